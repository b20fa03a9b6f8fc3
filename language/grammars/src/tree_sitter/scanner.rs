//! `scanner.c`, with the words of the table in it.

use crate::words;

const TEMPLATE: &str = include_str!("scanner.template.c");

/// The text of `scanner.c`.
#[must_use]
pub fn source() -> String {
    TEMPLATE
        .replace("//CONTINUING//", &phrases(words::CONTINUING))
        .replace("//MODIFIERS//", &phrases(words::MODIFIER_STARTS))
}

fn phrases(phrases: &[&str]) -> String {
    phrases
        .iter()
        .map(|phrase| {
            let (first, second) = phrase.split_once(' ').unwrap_or((phrase, ""));
            format!("  {{\"{first}\", \"{second}\"}},")
        })
        .collect::<Vec<_>>()
        .join("\n")
}
