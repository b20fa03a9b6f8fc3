//! Values as parameters of a statement. Never as text inside it.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use sophia_diagnostics::{Problem, codes};
use sophia_plan::Value;
use sqlx::Arguments;
use sqlx::sqlite::SqliteArguments;

use crate::written::write_timestamp;

/// The parameters in order, as SQLite compares them: booleans are 0 and 1, amounts are numbers, dates
/// and times are text whose order is theirs, durations are milliseconds.
pub(super) fn arguments(values: &[Value]) -> Result<SqliteArguments, Problem> {
    let mut arguments = SqliteArguments::default();
    for (index, value) in values.iter().enumerate() {
        let added = match value {
            Value::None => arguments.add(None::<i64>),
            Value::Boolean(boolean) => arguments.add(*boolean),
            Value::Integer(integer) | Value::Duration(integer) => arguments.add(*integer),
            Value::Number(number) | Value::Percent(number) => arguments.add(*number),
            Value::Decimal(decimal) | Value::Money(decimal, _) => {
                add_decimal(&mut arguments, *decimal)
            }
            Value::Text(text) | Value::Json(text) => arguments.add(text.to_string()),
            Value::Date(date) => arguments.add(date.to_string()),
            Value::Time(time) => arguments.add(time.strftime("%H:%M:%S%.f").to_string()),
            Value::Timestamp(timestamp) => arguments.add(write_timestamp(*timestamp)),
            Value::List(_) | Value::Record(_) | Value::Table(_) => {
                return Err(Problem::new(
                    codes::S938,
                    format!(
                        "Parameter {} is a {}, and a statement takes single values only.",
                        index + 1,
                        shape(value)
                    ),
                )
                .with_help("pass one of its values, or filter with `| where` after the query"));
            }
        };
        added.map_err(|error| {
            Problem::new(
                codes::S938,
                format!("Parameter {} cannot be handed to the database.", index + 1),
            )
            .because(error)
        })?;
    }
    Ok(arguments)
}

/// SQLite has no exact fractions: a whole amount stays exact, another becomes the nearest double.
fn add_decimal(
    arguments: &mut SqliteArguments,
    decimal: Decimal,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let whole = decimal
        .fract()
        .is_zero()
        .then(|| decimal.to_i64())
        .flatten();
    match whole {
        Some(integer) => arguments.add(integer),
        None => arguments.add(decimal.to_string().parse::<f64>()?),
    }
}

fn shape(value: &Value) -> &'static str {
    match value {
        Value::List(_) => "list",
        Value::Record(_) => "record",
        _ => "table",
    }
}
