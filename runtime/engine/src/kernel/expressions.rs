//! The expressions that the kernel evaluates itself: conditions, loop sources, keys, reasons.
//!
//! Kept true here: they see the scope and the instant of the event, and nothing else; so they give the
//! same when a journal is folded again.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sophia_diagnostics::{Problem, codes};
use sophia_plan::{Expression, Host, Record, Scope, Stage, Value, evaluate};

/// The instant of an event, as expressions see it.
pub(super) struct Instant<'a> {
    pub(super) at: Timestamp,
    pub(super) zone: &'a TimeZone,
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
        Value::Table(table) => {
            let row = sophia_plan::Type::Record(table.row.clone());
            let rows = Expression::Pipeline {
                source: Box::new(Expression::Constant(Value::Table(table))),
                stages: vec![Stage::Map {
                    value: Expression::Row,
                    of: row,
                }],
            };
            match evaluate(&rows, scope, host)? {
                Value::List(items) => Ok(items),
                other => Err(unfit("a loop", "a list or a table", &other)),
            }
        }
        other => Err(unfit("a loop", "a list or a table", &other)),
    }
}

/// The value of an `at most once` key, as text that is the same for equal values.
pub(super) fn once_key(
    expression: &Expression,
    scope: &Scope,
    host: &Instant<'_>,
) -> Result<String, Problem> {
    let value = evaluate(expression, scope, host)?;
    serde_json::to_string(&value).map_err(|error| {
        Problem::new(codes::S968, "The key of `at most once per` cannot be compared.").because(error)
    })
}

fn unfit(what: &str, expected: &str, came: &Value) -> Problem {
    let kind = match came {
        Value::None => "none",
        Value::Boolean(_) => "a boolean",
        Value::Text(_) => "a text",
        Value::List(_) => "a list",
        Value::Record(_) => "a record",
        Value::Table(_) => "a table",
        _ => "another value",
    };
    Problem::new(
        codes::S968,
        format!("The plan gives {what} {kind} where {expected} belongs."),
    )
    .with_help("deploy the playbook again")
}
