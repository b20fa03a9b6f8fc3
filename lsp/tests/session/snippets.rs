//! The snippets of the extension for VS Code: what they write, before anybody fills it in, is a playbook as the
//! formatter lays it out.

use std::collections::BTreeMap;

use serde_json::Value;

const SNIPPETS: &str = include_str!("../../vscode/snippets/sophia.json");

/// A snippet with what stands in its places: the default, the first choice, or nothing.
fn filled_in(body: &str) -> String {
    let mut text = String::new();
    let mut rest = body;
    while let Some(letter) = rest.chars().next() {
        rest = &rest[letter.len_utf8()..];
        match letter {
            '\\' => {
                let escaped = rest.chars().next().expect("something is escaped");
                text.push(escaped);
                rest = &rest[escaped.len_utf8()..];
            }
            '$' if rest.starts_with('{') => {
                let (inside, behind) = braced(&rest[1..]);
                text.push_str(&place(inside));
                rest = behind;
            }
            '$' => rest = rest.trim_start_matches(|letter: char| letter.is_ascii_digit()),
            _ => text.push(letter),
        }
    }
    text
}

/// What stands before the bracket that closes, and what stands behind it.
fn braced(text: &str) -> (&str, &str) {
    let mut depth = 1;
    let mut escaped = false;
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return (&text[..at], &text[at + 1..]);
        }
    }
    panic!("`{text}` has no end")
}

/// `1:default`, `1|one,two|` or `1`.
fn place(inside: &str) -> String {
    match inside.find([':', '|']) {
        Some(at) if inside[at..].starts_with(':') => filled_in(&inside[at + 1..]),
        Some(at) => {
            let choices = inside[at + 1..].trim_end_matches('|');
            choices.split(',').next().unwrap_or_default().to_owned()
        }
        None => String::new(),
    }
}

/// The lines on which something stands.
fn written(text: &str) -> Vec<&str> {
    let lines = text.lines().map(str::trim_end);
    lines.filter(|line| !line.is_empty()).collect()
}

#[test]
fn every_snippet_writes_what_the_language_reads() {
    let snippets: BTreeMap<String, Value> = serde_json::from_str(SNIPPETS).expect("snippets");
    assert!(snippets.len() >= 30);
    for (name, snippet) in &snippets {
        let lines = snippet["body"].as_array().expect("lines");
        let lines: Vec<&str> = lines.iter().filter_map(Value::as_str).collect();
        let body = filled_in(&lines.join("\n"));
        let file = match name.as_str() {
            "Playbook" | "Module" => body,
            "Policy" => format!("module rules\n\n{body}\n"),
            _ => format!("playbook letters\n\n{body}\n"),
        };
        let parsed = sophia_language::parse(&file, "snippet.sophia".into());
        assert!(
            parsed.diagnostics.is_empty(),
            "{name}: {:?}\n{file}",
            parsed.diagnostics
        );
        let laid_out =
            sophia_language::format(&file, "snippet.sophia".into()).expect("it is laid out");
        assert_eq!(written(&laid_out), written(&file), "{name}");
    }
}

#[test]
fn a_snippet_is_filled_in_as_an_editor_does() {
    assert_eq!(
        filled_in(r"${1:a}: \$${2:${3:b}} ${4|c,d|}$0 {${5:\}}}"),
        "a: $b c {}}"
    );
}
