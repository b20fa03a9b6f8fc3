//! The expressions that the kernel evaluates itself: conditions, loop sources, keys, reasons.
//!
//! Kept true here: they see the scope and the instant of the event, and nothing else; so they give the
//! same when a journal is folded again.

use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sophia_diagnostics::{Problem, codes};
use sophia_plan::{Expression, Host, Record, Scope, Value, encode, evaluate, show};

/// The instant of an event, as expressions see it.
pub(crate) struct Instant<'a> {
    pub(crate) at: Timestamp,
    pub(crate) zone: &'a TimeZone,
}

impl Host for Instant<'_> {
    fn now(&self) -> Timestamp {
        self.at
    }

    fn zone(&self) -> TimeZone {
        self.zone.clone()
    }

    fn predict(&self, predictor: &str, _: &Value, _: &Record) -> Result<Value, Problem> {
        Err(Problem::new(
            codes::S968,
            format!("The plan asks `{predictor}` for a prediction where no step can make one."),
        )
        .with_help("deploy the playbook again"))
    }
}

/// A condition; `none` does not hold.
pub(super) fn condition(
    expression: &Expression,
    scope: &Scope,
    host: &Instant<'_>,
) -> Result<bool, Problem> {
    match evaluate(expression, scope, host)? {
        Value::Boolean(holds) => Ok(holds),
        Value::None => Ok(false),
        other => Err(unfit("a condition", "yes or no", &other)),
    }
}

/// A text; anything else is shown as the language shows it.
pub(super) fn text(
    expression: &Expression,
    scope: &Scope,
    host: &Instant<'_>,
) -> Result<Arc<str>, Problem> {
    match evaluate(expression, scope, host)? {
        Value::Text(text) => Ok(text),
        other => Err(unfit("a reason", "a text", &other)),
    }
}

/// The items of a list, or the rows of a table.
pub(super) fn items(
    expression: &Expression,
    scope: &Scope,
    host: &Instant<'_>,
) -> Result<Arc<Vec<Value>>, Problem> {
    match evaluate(expression, scope, host)? {
        Value::List(items) => Ok(items),
        Value::None => Ok(Arc::default()),
        Value::Table(table) => Ok(Arc::new(table.records().map(Value::Record).collect())),
        other => Err(unfit("a loop", "a list or a table", &other)),
    }
}

/// A length of time.
pub(super) fn duration(
    expression: &Expression,
    scope: &Scope,
    host: &Instant<'_>,
) -> Result<SignedDuration, Problem> {
    match evaluate(expression, scope, host)? {
        Value::Duration(milliseconds) => Ok(SignedDuration::from_millis(milliseconds)),
        other => Err(unfit("a pause", "a duration", &other)),
    }
}

/// The value of an `at most once` key, as text: what people read, and a digest that tells values apart
/// which read the same.
pub(crate) fn once_key(
    expression: &Expression,
    scope: &Scope,
    host: &Instant<'_>,
) -> Result<String, Problem> {
    let value = evaluate(expression, scope, host)?;
    let digest = blake3::hash(&encode(&value)).to_hex();
    Ok(format!("{} #{}", show(&value, host.zone), &digest[..16]))
}

fn unfit(what: &str, expected: &str, came: &Value) -> Problem {
    let kind = came.kind();
    Problem::new(
        codes::S968,
        format!("The plan gives {what} {kind} where {expected} belongs."),
    )
    .with_help("deploy the playbook again")
}
