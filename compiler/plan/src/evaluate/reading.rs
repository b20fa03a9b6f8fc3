//! Values that must hold what the playbook says of them: `as`, `known in`, `over at least`.
//!
//! Kept true here: what does not fit fails the step, with the value and the place in it.

use sophia_diagnostics::{Problem, codes};

use super::interpreter::contained;
use crate::convert::convert;
use crate::json::{Border, from_json, shortened};
use crate::types::Type;
use crate::value::Value;

/// `x as T`
pub(super) fn read_as(value: &Value, to: &Type) -> Result<Value, Problem> {
    let Value::Json(text) = value else {
        return convert(value, to);
    };
    let json: serde_json::Value = serde_json::from_str(text).map_err(|error| {
        Problem::new(codes::S979, "A value should be JSON and cannot be read.").because(error)
    })?;
    from_json(&json, to, Border::Plain).map_err(|mismatch| {
        let place = if mismatch.path.is_empty() {
            "It".to_owned()
        } else {
            format!("`{}`", mismatch.path)
        };
        Problem::new(
            codes::S979,
            format!(
                "{place} should be {} and is {}.",
                mismatch.expected, mismatch.found
            ),
        )
        .with_help("widen the type, for example with `?`, or look at where the value comes from")
    })
}

/// `x known in xs`
pub(super) fn known_in(value: Value, set: &Value) -> Result<Value, Problem> {
    if contained(&value, set)? == Value::Boolean(true) {
        return Ok(value);
    }
    Err(Problem::new(
        codes::S360,
        format!("{} is not among the known values.", shortened(&value)),
    )
    .with_help("say what happens then with `otherwise`"))
}

/// `… over at least K rows`
pub(super) fn enough_rows(found: usize, wanted: u64) -> Result<(), Problem> {
    if u64::try_from(found).unwrap_or(u64::MAX) >= wanted {
        return Ok(());
    }
    let rows = if found == 1 { "row" } else { "rows" };
    Err(Problem::new(
        codes::S361,
        format!("A total needs at least {wanted} rows, and here stand {found} {rows}."),
    )
    .with_help("leave small groups out before: `| where many >= …`"))
}
