//! Labels and clearances in the manifest.
//!
//! Kept true here: a word is a level, the word `trusted` of `[labels]`, or a category such as `pii.email`,
//! with or without its `@`; anything else is told at its place.

use std::collections::BTreeMap;

use sophia_diagnostics::codes;
use toml::de::{DeTable, DeValue};

use super::reader::{Reader, Value, field, place};

impl Reader<'_> {
    /// `[labels]`: a path to a word or a list of words.
    pub(super) fn labels(&mut self, root: &DeTable<'_>) -> BTreeMap<String, Vec<String>> {
        self.word_table(root, "labels")
    }

    /// `[clearance]`: a group, or `people`, to a word or a list of words.
    pub(super) fn clearances(&mut self, root: &DeTable<'_>) -> BTreeMap<String, Vec<String>> {
        self.word_table(root, "clearance")
    }

    /// `clearance = "internal"`, `clearance = ["confidential", "pii"]`
    pub(super) fn clearance(&mut self, table: &DeTable<'_>, name: &str) -> Vec<String> {
        field(table, name)
            .map(|value| self.words(value, name))
            .unwrap_or_default()
    }

    fn word_table(&mut self, root: &DeTable<'_>, name: &str) -> BTreeMap<String, Vec<String>> {
        let Some(table) = field(root, name).and_then(|value| self.table(value, name)) else {
            return BTreeMap::new();
        };
        table
            .iter()
            .map(|(key, value)| {
                let words = self.words(value, key.get_ref());
                (key.get_ref().to_string(), words)
            })
            .collect()
    }

    fn words(&mut self, value: &Value<'_>, name: &str) -> Vec<String> {
        let words: Vec<&Value<'_>> = match value.get_ref() {
            DeValue::Array(items) => items.iter().collect(),
            _ => vec![value],
        };
        let mut known = Vec::with_capacity(words.len());
        for word in words {
            match word
                .get_ref()
                .as_str()
                .map(|text| text.trim_start_matches('@'))
            {
                Some(text) if is_label(text) => known.push(text.to_owned()),
                Some(text) => {
                    self.report(codes::S621, place(word), format!("`{text}` is no label."))
                        .notes
                        .push("a label is a level (`public`, `internal`, `confidential`, `restricted`) or a category such as `pii.email`".to_owned());
                }
                None => {
                    self.report(
                        codes::S912,
                        place(word),
                        format!("`{name}` must be a label, or a list of labels."),
                    );
                }
            }
        }
        known
    }
}

/// Whether a word can be a label: lower-case words between dots.
fn is_label(text: &str) -> bool {
    let is_part = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_lowercase())
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    text.split('.').all(is_part)
}
