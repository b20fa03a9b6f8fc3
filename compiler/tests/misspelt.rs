//! One mistake, few complaints: every word of every clean example is misspelt in turn.

mod fixture;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use fixture::{EXAMPLE, Example};

/// The clean examples of the specification and of the diagnostics' pages.
fn clean() -> Vec<(String, Example)> {
    let mut clean = Vec::new();
    for folder in ["tests/specification", "../docs/diagnostics"] {
        for (name, page) in fixture::pages(folder) {
            for example in fixture::examples(&page) {
                if fixture::complaints_among(&example.files()).is_empty() {
                    clean.push((name.clone(), example));
                }
            }
        }
    }
    clean
}

/// Where the words of a text stand, after its first line.
fn words(text: &str) -> Vec<(usize, usize)> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, letter) in text.char_indices() {
        if letter.is_alphanumeric() || letter == '_' {
            start.get_or_insert(at);
        } else if let Some(start) = start.take() {
            words.push((start, at));
        }
    }
    let first_line = text.find('\n').unwrap_or(text.len());
    words.retain(|(start, _)| *start > first_line);
    words
}

#[test]
fn a_misspelt_word_is_told_once_on_its_line() {
    let mut report = String::new();
    let mut tried = 0;
    for (name, example) in clean() {
        let text = &example.text;
        for (start, end) in words(text) {
            tried += 1;
            let changed = format!("{}x{}", &text[..end], &text[end..]);
            let mut lines: BTreeMap<u32, Vec<String>> = BTreeMap::new();
            let mut files = example.files();
            if let Some(first) = files.first_mut() {
                *first = (EXAMPLE, &changed);
            }
            for (line, code, told) in fixture::complaints_among(&files) {
                // What the grammar says is its own matter.
                if !code.starts_with("S1") {
                    lines
                        .entry(line)
                        .or_default()
                        .push(format!("{code} {told}"));
                }
            }
            for (line, told) in lines {
                if told.len() > 1 {
                    let word = &text[start..end];
                    let told = told.join("\n    ");
                    let _ = writeln!(report, "{name} `{word}x`, line {line}:\n    {told}");
                }
            }
        }
    }
    assert!(tried > 1000, "{tried} words");
    assert!(report.is_empty(), "\n{report}");
}
