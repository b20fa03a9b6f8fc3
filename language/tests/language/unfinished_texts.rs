//! A text of several lines that somebody has begun and not ended: what stands behind it is read as if it were ended.

use crate::common::{corpus, outline, read};
use sophia_language::syntax::{Header, Item};
use sophia_language::{Parsed, TokenKind, begins_item};

/// What somebody has written who is in the middle of a text of several lines.
const BEGUN: [&str; 10] = [
    "let unfinished = \"\"\"",
    "let unfinished = \"\"\"\n",
    "let unfinished = \"\"\"\n  Words of a text, with {a} value.",
    "do slack.post_message(channel: \"#a\", text: \"\"\"\n  Words of a text.",
    "let unfinished = worded(\n  \"\"\"\n    Words of a text.\n  )",
    "do slack.post_message(\n  channel: \"#a\",\n  text: \"\"\"\n)",
    "let unfinished = \"\"\"\nWords that stand as far left,\nand more of them.",
    "let unfinished = \"\"\"\n  Words of a text.\n\nWords of {another} part.",
    "let unfinished = \"\"\"Words behind the quotes",
    "let unfinished = \"\"\"Words that end with one quote\"",
];

/// Where a statement or a declaration begins on a line of its own, tests apart, with the columns before it.
fn beginnings(text: &str, parsed: &Parsed) -> Vec<(usize, usize)> {
    let in_test = |at: usize| {
        parsed.file.items.iter().any(|item| match item {
            Item::Test(test) => test.span.range().contains(&at) && at > test.span.start as usize,
            _ => false,
        })
    };
    let mut found = Vec::new();
    for (number, token) in parsed.tokens.iter().enumerate() {
        let start = token.span.start as usize;
        let line = text[..start].rfind('\n').map_or(0, |end| end + 1);
        let is_first = text[line..start].trim().is_empty();
        let next = parsed.tokens.get(number + 1).map(|next| next.kind);
        let is_item = token.kind == TokenKind::Word
            && begins_item(&text[token.span.range()])
            && next == Some(TokenKind::Whitespace);
        let is_behind_header =
            matches!(&parsed.file.header, Header::Playbook(name) if start > name.span.end as usize);
        if is_behind_header && is_first && is_item && !in_test(start) {
            found.push((line, start - line));
        }
    }
    found
}

fn indented(text: &str, columns: usize) -> String {
    let margin = " ".repeat(columns);
    let lines = text.lines().map(|line| format!("{margin}{line}\n"));
    lines.collect()
}

#[test]
fn what_stands_behind_a_text_that_is_not_ended_is_read() {
    let mut cases = 0;
    let mut wrong = Vec::new();
    for (name, text) in corpus() {
        let whole = read(&text);
        // A module holds no statements.
        if matches!(whole.file.header, Header::Module(_)) {
            continue;
        }
        for (line, columns) in beginnings(&text, &whole) {
            for (number, begun) in BEGUN.iter().enumerate() {
                let (before, behind) = text.split_at(line);
                let now = format!("{before}{}{behind}", indented(begun, columns));
                let parsed = read(&now);
                let expected = outline(&whole);
                let found = outline(&parsed);
                let lost = expected.iter().filter(|entry| !found.contains(entry));
                let lost: Vec<&String> = lost.collect();
                let told: Vec<String> = (parsed.diagnostics.iter())
                    .map(|told| format!("{} {}", told.code, told.message))
                    .collect();
                cases += 1;
                if !lost.is_empty() || told.len() != 1 || !told[0].starts_with("S105") {
                    let at = before.lines().count() + 1;
                    wrong.push(format!("{name}:{at} #{number} lost {lost:?} told {told:?}"));
                }
            }
        }
    }
    println!(
        "{} of {cases} unfinished texts spoil something",
        wrong.len()
    );
    for case in wrong.iter().take(40) {
        println!("  {case}");
    }
    assert!(wrong.is_empty(), "{} of {cases}", wrong.len());
}
