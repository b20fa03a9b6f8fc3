//! Rows of a file that do not fit their type, on their way to a check.
//!
//! Kept true here: such a row has a field that no playbook can name, so nothing but a check sees what is
//! wrong with it; where no check comes first, there is no such row.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::plan::Plan;
use crate::value::{Record, Value};

/// The field that says what is wrong. No name of the language begins so.
const FIELD: &str = "\u{0}unfit";

/// A row of which only some fields fit.
#[must_use]
pub fn unfit_row(mut fitting: Record, why: impl Into<Arc<str>>) -> Record {
    fitting
        .fields
        .push((Arc::from(FIELD), Value::Text(why.into())));
    fitting
}

/// Whether a row does not fit its type. Its field that says so is taken away.
pub(crate) fn take_unfit(fields: &mut Vec<(Arc<str>, Value)>) -> bool {
    let before = fields.len();
    fields.retain(|(name, _)| &**name != FIELD);
    fields.len() < before
}

impl Plan {
    /// Whether every use of a name holds its rows against a check before anything else.
    #[must_use]
    pub fn is_checked_first(&self, name: &str) -> bool {
        let mut uses = Uses::default();
        let on_failure = self.on_failure.iter().map(|(_, block)| block);
        for block in std::iter::once(&self.body).chain(on_failure) {
            // Looked at as it is written, so that a use in any kind of step and expression is seen.
            uses.look_at(&serde_json::to_value(block).unwrap_or_default(), name);
        }
        uses.checked > 0 && uses.others == 0
    }
}

#[derive(Default)]
struct Uses {
    checked: usize,
    others: usize,
}

impl Uses {
    fn look_at(&mut self, part: &Json, name: &str) {
        match part {
            Json::Object(fields) => {
                if fields.get("Name").and_then(Json::as_str) == Some(name) {
                    self.others += 1;
                    return;
                }
                if let Some(pipeline) = fields.get("Pipeline")
                    && pipeline.pointer("/source/Name").and_then(Json::as_str) == Some(name)
                    && pipeline.pointer("/stages/0/Check").is_some()
                {
                    self.checked += 1;
                    if let Some(stages) = pipeline.get("stages") {
                        self.look_at(stages, name);
                    }
                    return;
                }
                for inner in fields.values() {
                    self.look_at(inner, name);
                }
            }
            Json::Array(parts) => {
                for inner in parts {
                    self.look_at(inner, name);
                }
            }
            _ => {}
        }
    }
}
