//! Every name that a file gives is replaced by another one, everywhere in the file.

use std::collections::BTreeSet;

use sophia_language::{Token, TokenKind, tokens};

use super::{DECLARE, Rewritten, Seed, edited};

/// Words of the language that could also be names; they mean the same in every file.
const BUILT_IN: [&str; 47] = [
    "approved",
    "at",
    "average",
    "by",
    "changed_at",
    "comment",
    "count",
    "date",
    "done",
    "email",
    "failed",
    "file",
    "first",
    "found",
    "groups",
    "id",
    "item",
    "key",
    "kind",
    "last",
    "latest",
    "length",
    "line",
    "max",
    "message",
    "min",
    "name",
    "now",
    "of",
    "passed",
    "path",
    "person",
    "problems",
    "reason",
    "result",
    "row",
    "score",
    "size",
    "skipped",
    "step",
    "sum",
    "text",
    "today",
    "total",
    "upper",
    "value",
    "was",
];

/// `outside` holds the words that others know: tables, tools, modules.
pub fn renamed(text: &str, outside: &BTreeSet<String>, seed: &mut Seed) -> Rewritten {
    let tokens = tokens(text);
    let mut fixed: BTreeSet<&str> = BUILT_IN.into();
    for token in tokens.iter().filter(|token| is_sql(token)) {
        fixed.extend(words(&text[token.span.range()]));
    }
    let mut all: BTreeSet<String> = words(text).map(str::to_owned).collect();
    let mut names: Vec<(String, String)> = Vec::new();
    let code: Vec<&Token> = tokens
        .iter()
        .filter(|token| token.kind != TokenKind::Whitespace)
        .collect();
    for (index, token) in code.iter().enumerate() {
        let begins = index == 0 || code[index - 1].kind == TokenKind::Newline;
        let word = &text[token.span.range()];
        let declares = begins && DECLARE.contains(&word);
        let goes_through = word == "each" && token.kind == TokenKind::Word;
        let Some(next) = code.get(index + 1).filter(|_| declares || goes_through) else {
            continue;
        };
        let name = &text[next.span.range()];
        let known = names.iter().any(|(old, _)| old == name);
        if next.kind != TokenKind::Word || known || fixed.contains(name) || outside.contains(name) {
            continue;
        }
        // Of the same length, because a step's name holds no more than the beginning of a long condition.
        let first = if name.starts_with(|first: char| first.is_ascii_uppercase()) {
            ["Q", "Z", "A"][seed.below(3)]
        } else {
            ["q", "z", "a"][seed.below(3)]
        };
        let new = format!("{first}{}", &name[1..]);
        if all.contains(&new) || fixed.contains(new.as_str()) || outside.contains(&new) {
            continue;
        }
        all.insert(new.clone());
        names.push((name.to_owned(), new));
    }
    let edits: Vec<_> = tokens
        .iter()
        .filter(|token| token.kind == TokenKind::Word)
        .filter_map(|token| {
            let word = &text[token.span.range()];
            let (_, new) = names.iter().find(|(old, _)| old == word)?;
            Some((token.span.range(), new.clone()))
        })
        .collect();
    Rewritten {
        names,
        ..edited(text, &edits)
    }
}

fn is_sql(token: &Token) -> bool {
    matches!(token.kind, TokenKind::SqlPart | TokenKind::SqlQuoted)
}

/// The words of a text.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .filter(|word| !word.is_empty())
}
