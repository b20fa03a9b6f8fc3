//! The TextMate grammar and the settings that editors keep beside it.

pub mod configuration;
mod patterns;
mod rule;

use serde_json::{Value, json};

/// The text of `sophia.tmLanguage.json`.
#[must_use]
pub fn grammar() -> String {
    let repository: serde_json::Map<String, Value> = patterns::repository()
        .into_iter()
        .map(|(name, patterns)| (name.to_owned(), json!({ "patterns": patterns })))
        .collect();
    let grammar = json!({
        "$schema": "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
        "name": "Sophia",
        "scopeName": "source.sophia",
        "fileTypes": ["sophia"],
        "patterns": [{ "include": "#lines" }, { "include": "#code" }],
        "repository": repository,
    });
    let mut text = serde_json::to_string_pretty(&grammar).unwrap_or_default();
    text.push('\n');
    text
}
