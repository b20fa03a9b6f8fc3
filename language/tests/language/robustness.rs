//! Whatever the text, reading ends with a tree and every byte in a token.

use std::sync::Arc;

use crate::common::{CHURN_WATCH, complaints, read};
use proptest::prelude::*;
use sophia_language::format;

fn survives(text: &str) {
    let parsed = read(text);
    let mut at = 0;
    for token in &parsed.tokens {
        assert_eq!(token.span.start, at);
        at = token.span.end;
    }
    assert_eq!(at as usize, text.len());
    for found in &parsed.diagnostics {
        assert!(text.get(found.span.range()).is_some(), "{found:?}");
        for edit in found.fix.iter().flat_map(|fix| &fix.edits) {
            assert!(text.get(edit.span.range()).is_some(), "{edit:?}");
        }
    }
    let sorted = parsed
        .diagnostics
        .windows(2)
        .all(|pair| pair[0].span <= pair[1].span);
    assert!(sorted);
    if let Ok(formatted) = format(text, Arc::from("test.sophia")) {
        assert_eq!(
            format(&formatted, Arc::from("test.sophia")),
            Ok(formatted.clone()),
            "{text:?}"
        );
    }
}

#[test]
fn a_bracket_that_is_only_taken_for_granted_is_not_replaced() {
    survives("A:(,\0(\u{fffd}");
}

pub const SOUP: &[&str] = &[
    "playbook p",
    "\n",
    "\n  ",
    "let x = ",
    "do a.b(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\"\"\"",
    "'",
    "query q from w {",
    "select 1",
    "{a}",
    "if ",
    " then ",
    "else",
    "| where ",
    "| take 5",
    ",",
    ":",
    "=",
    "==",
    "-",
    "not ",
    "model m(",
    ") -> T {",
    "prompt ",
    "test \"t\" {",
    "given ",
    "run",
    "expect ",
    "#c",
    "##d",
    "$5",
    "70%",
    "2026-11-22",
    "08:00",
    "..",
    ".",
    "?",
    "??",
    "for each x in y ",
    "trigger every ",
    "metric m from c {",
    "--",
    "/*",
    "$$",
    ";",
    "é",
    "\u{feff}",
    "\t",
    "otherwise ",
    "retry 3 times",
    "as ",
    "type T {",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in any::<String>()) {
        survives(&text);
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        survives(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn token_soup(parts in prop::collection::vec(prop::sample::select(SOUP), 0..60)) {
        survives(&parts.concat());
    }

    #[test]
    fn a_cut_in_the_example(start in 0..3_000_usize, length in 0..200_usize) {
        let end = (start + length).min(CHURN_WATCH.len());
        let start = start.min(end);
        if let (Some(before), Some(after)) = (CHURN_WATCH.get(..start), CHURN_WATCH.get(end..)) {
            survives(&format!("{before}{after}"));
        }
    }
}

#[test]
fn deep_and_long_inputs_end_in_one_clear_error() {
    let deep = [
        ("(", ")"),
        ("[", "]"),
        ("not ", ""),
        ("- ", ""),
        ("if a then ", " else b"),
        ("f(", ")"),
        ("{ a: ", " }"),
        ("1 + ", ""),
        ("a.", ""),
        ("a[", "]"),
    ];
    for (open, close) in deep {
        let text = format!(
            "playbook deep\n\nlet x = {}1{}\nlet y = 2\n",
            open.repeat(3_000),
            close.repeat(3_000)
        );
        let found = complaints(&text);
        assert_eq!(found.len(), 1, "{open}: {found:?}");
        assert_eq!(found[0].0, "S109", "{open}");
        assert!(
            crate::common::outline(&read(&text)).contains(&"let y".to_owned()),
            "{open}"
        );
    }
    let nested = format!(
        "playbook deep\n{}{}",
        "if a {\n".repeat(500),
        "}\n".repeat(500)
    );
    assert_eq!(complaints(&nested).len(), 1);
    let chain = format!(
        "playbook deep\nif a {{ }}{}\n",
        " else if a { }".repeat(500)
    );
    assert_eq!(complaints(&chain).len(), 1);
    let types = format!("playbook deep\ninput a: {}text\n", "list of ".repeat(500));
    assert_eq!(complaints(&types).len(), 1);
    let optional = format!("playbook deep\ninput a: text{}\n", "? ".repeat(500));
    assert_eq!(complaints(&optional).len(), 1);
}

#[test]
fn unmatched_brackets_by_the_thousand_end() {
    for part in [
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "\"\"\"",
        "'",
        "query q from w {\n",
        "{\"",
        "a {\n",
    ] {
        survives(&part.repeat(2_000));
    }
}
