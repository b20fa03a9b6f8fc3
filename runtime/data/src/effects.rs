//! What is remembered of a write, as bytes beside its key.

use sophia_diagnostics::{Problem, codes};
use sophia_plan::{Value, decode, encode};

use crate::source::{Changed, EFFECTS_TABLE};

/// A write that happened before, as it was remembered.
pub(crate) fn before(rows: i64, returned: Option<Vec<u8>>) -> Result<Changed, Problem> {
    let returned = match returned.map(|bytes| decode(&bytes)).transpose()? {
        Some(Value::Table(table)) => Some(table),
        Some(_) => {
            return Err(Problem::new(
                codes::S938,
                format!("What `{EFFECTS_TABLE}` remembers of a write makes no table."),
            ));
        }
        None => None,
    };
    Ok(Changed {
        rows: u64::try_from(rows).unwrap_or(0),
        returned,
        before: true,
    })
}

/// What a write returned, as bytes.
pub(crate) fn returned(changed: &Changed) -> Option<Vec<u8>> {
    let table = changed.returned.clone()?;
    Some(encode(&Value::Table(table)))
}
