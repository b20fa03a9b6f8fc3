//! The border with JSON.
//!
//! | value | plain | for a model |
//! | --- | --- | --- |
//! | none | `null` | `null` |
//! | boolean, text, integer | itself | itself |
//! | number | a number; `"NaN"`, `"Infinity"`, `"-Infinity"` where JSON has none | a number |
//! | decimal | text: `"12.5"` | text |
//! | money | `{"amount": "12.5", "currency": "USD"}` | text: `"12.5"`, the currency stands in the schema |
//! | percent | a share: 70 % is 0.7 | points: 70 % is 70 |
//! | date, time | `"2026-11-22"`, `"08:00:00"` | the same |
//! | timestamp | `"2026-11-22T08:00:00Z"` | the same |
//! | duration | ISO 8601: `"PT2H30M"` | the same |
//! | json | itself | text that holds JSON |
//! | list, table | an array | an array |
//! | record | an object, fields in order | an object |
//!
//! Reading is kinder than writing where nothing can be misread: a decimal or money may be a number
//! (money then is of the type's currency), an integer may be written `5.0`, fields that the type does not
//! name are left out, and a field that may be missing may be absent.
//!
//! Kept true here: what was written for a type by a border is read back the same by that border.

mod read;
mod schema;
mod write;

pub use read::{Mismatch, from_json};
pub use schema::schema;
pub use write::{to_json, to_json_for};

use crate::types::Type;
use crate::value::Value;

/// Which side of the border.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Border {
    /// People and programs: percents are shares.
    Plain,
    /// Language models: percents are 0 to 100, and the root is always an object: what is no record
    /// stands in it as `value`.
    Model,
}

/// Whether a model's answer of this type stands in an object as `value`.
fn is_wrapped(of: &Type) -> bool {
    !matches!(of, Type::Record(_))
}

/// The name under which a wrapped answer stands.
const WRAPPER: &str = "value";

/// A value as a short piece of JSON, for messages.
pub(crate) fn shortened(value: &Value) -> String {
    shortened_json(&to_json(value))
}

fn shortened_json(json: &serde_json::Value) -> String {
    const LONGEST: usize = 60;
    let text = json.to_string();
    if text.chars().count() <= LONGEST {
        return text;
    }
    let mut short: String = text.chars().take(LONGEST).collect();
    short.push('…');
    short
}
