//! How an expectation and what came are written, with what differs marked.
//!
//! Kept true here: the places that are marked are columns of the line that is shown.

use sophia_plan::json::to_json;
use sophia_plan::{Record, Value};

/// One line, and the columns in it that differ from what was expected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// The line.
    pub text: String,
    /// What differs: from which column, and how many columns.
    pub differs: Vec<(usize, usize)>,
}

impl Shown {
    /// A line in which nothing is marked.
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            differs: Vec::new(),
        }
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds a part that differs. A text is marked from its first letter to its closing quote.
    pub(super) fn push_differing(&mut self, text: &str) {
        let skipped = usize::from(text.starts_with('"') && text.chars().count() > 2);
        let begin = self.text.chars().count() + skipped;
        self.differs
            .push((begin, text.chars().count().saturating_sub(skipped).max(1)));
        self.text.push_str(text);
    }
}

/// A record as the language writes it.
pub(super) fn record(record: &Record) -> String {
    let fields: Vec<_> = record
        .fields
        .iter()
        .map(|(name, value)| format!("{name}: {}", value_text(value)))
        .collect();
    if fields.is_empty() {
        return "{ }".to_owned();
    }
    format!("{{ {} }}", fields.join(", "))
}

/// What came of a record of which some fields were expected: those fields, with the others marked.
pub(super) fn compared(before: &str, came: &Record, wanted: &Record) -> Shown {
    let mut shown = Shown::plain(before);
    shown.push("{ ");
    for (index, (name, expected)) in wanted.fields.iter().enumerate() {
        if index > 0 {
            shown.push(", ");
        }
        match came.get(name) {
            Some(value) if value == expected => {
                shown.push(&format!("{name}: {}", value_text(value)));
            }
            Some(value) => {
                shown.push(&format!("{name}: "));
                shown.push_differing(&value_text(value));
            }
            None => shown.push_differing(&format!("no {name}")),
        }
    }
    shown.push(" }");
    shown
}

/// How many of the expected fields a record has.
pub(super) fn alike(came: &Record, wanted: &Record) -> usize {
    wanted
        .fields
        .iter()
        .filter(|(name, value)| came.get(name) == Some(value))
        .count()
}

/// A value as people read it in a test.
pub(super) fn value_text(value: &Value) -> String {
    to_json(value).to_string()
}
