//! The built-in functions of single values: rounding, text, days and durations.

use std::sync::Arc;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use sophia_diagnostics::{Problem, codes};

use super::aggregate::count;
use super::arithmetic::{negate, whole_milliseconds};
use super::compare::same;
use super::problem::{missing, overflow, unfit};
use super::{Host, calendar, conceal, double, markdown, series};
use crate::decimal::{from_double, round, to_double};
use crate::expression::Function;
use crate::show::show;
use crate::value::Value;

/// Applies a function that needs neither rows nor the clock; of the host only its zone and key.
pub(super) fn apply(
    function: Function,
    arguments: &[Value],
    host: &dyn Host,
) -> Result<Value, Problem> {
    let argument = |place: usize| {
        arguments
            .get(place)
            .ok_or_else(|| missing(&format!("`{}`", name(function))))
    };
    let text = |place: usize| match argument(place)? {
        Value::Text(text) => Ok(&**text),
        other => Err(unfit(&format!("`{}`", name(function)), other)),
    };
    match function {
        Function::Round => rounded(argument(0)?, arguments.get(1)),
        Function::Lower => Ok(Value::text(text(0)?.to_lowercase())),
        Function::Upper => Ok(Value::text(text(0)?.to_uppercase())),
        Function::Trim => Ok(Value::text(text(0)?.trim())),
        Function::Length => match argument(0)? {
            Value::List(items) => Ok(count(items.len())),
            Value::Table(table) => Ok(count(table.len())),
            _ => Ok(count(text(0)?.chars().count())),
        },
        Function::Contains => match argument(0)? {
            Value::List(items) => {
                let wanted = argument(1)?;
                Ok(Value::Boolean(items.iter().any(|item| same(item, wanted))))
            }
            _ => Ok(Value::Boolean(text(0)?.contains(text(1)?))),
        },
        Function::StartsWith => Ok(Value::Boolean(text(0)?.starts_with(text(1)?))),
        Function::EndsWith => Ok(Value::Boolean(text(0)?.ends_with(text(1)?))),
        Function::Replace => {
            let (whole, old, new) = (text(0)?, text(1)?, text(2)?);
            // Replacing nothing would put the new text between all characters.
            Ok(Value::text(if old.is_empty() {
                whole.to_owned()
            } else {
                whole.replace(old, new)
            }))
        }
        Function::Days => span(function, argument(0)?, 86_400_000),
        Function::Hours => span(function, argument(0)?, 3_600_000),
        Function::Minutes => span(function, argument(0)?, 60_000),
        Function::Split => {
            let (whole, part) = (text(0)?, text(1)?);
            let parts = if part.is_empty() {
                vec![Value::text(whole)]
            } else {
                whole.split(part).map(Value::text).collect()
            };
            Ok(Value::List(Arc::new(parts)))
        }
        Function::JoinText => match argument(0)? {
            Value::List(items) => {
                let zone = host.zone();
                let shown: Vec<String> = items.iter().map(|item| show(item, &zone)).collect();
                Ok(Value::text(shown.join(text(1)?)))
            }
            other => Err(unfit("`join_text`", other)),
        },
        Function::Text => Ok(Value::text(show(argument(0)?, &host.zone()))),
        Function::Abs => match argument(0)? {
            Value::Integer(integer) if *integer >= 0 => Ok(Value::Integer(*integer)),
            Value::Number(number) => Ok(Value::Number(number.abs())),
            Value::Percent(share) => Ok(Value::Percent(share.abs())),
            Value::Decimal(decimal) => Ok(Value::Decimal(decimal.abs())),
            Value::Money(amount, currency) => Ok(Value::Money(amount.abs(), currency.clone())),
            Value::Duration(length) if *length >= 0 => Ok(Value::Duration(*length)),
            other => negate(other),
        },
        Function::Floor => whole(function, argument(0)?, f64::floor, |exact| exact.floor()),
        Function::Ceiling => whole(function, argument(0)?, f64::ceil, |exact| exact.ceil()),
        Function::DateOf
        | Function::HourOf
        | Function::DayOf
        | Function::MonthOf
        | Function::QuarterOf
        | Function::YearOf
        | Function::WeekdayOf => calendar::part(function, argument(0)?, &host.zone()),
        Function::DaysBetween => calendar::days_between(argument(0)?, argument(1)?),
        Function::AddMonths => calendar::add_months(argument(0)?, argument(1)?),
        Function::SquareRoot => square_root(argument(0)?),
        Function::Percent => match argument(0)? {
            Value::Integer(share) => Ok(Value::Percent(double(*share))),
            Value::Number(share) => Ok(Value::Percent(*share)),
            other => Err(unfit("`percent`", other)),
        },
        Function::Left => Ok(Value::text(part(text(0)?, argument(1)?, End::Left)?)),
        Function::Right => Ok(Value::text(part(text(0)?, argument(1)?, End::Right)?)),
        Function::Markdown => Ok(Value::text(markdown::page(argument(0)?, &host.zone()))),
        Function::Anomalies => series::anomalies(arguments),
        Function::Anomaly => series::anomaly(arguments),
        Function::Forecast => series::forecast(arguments),
        Function::Redact => conceal::redact(argument(0)?),
        Function::Pseudonymize => conceal::pseudonymize(argument(0)?, &host.pseudonym_key()),
        // The interpreter answers these itself.
        _ => Err(missing(&format!("`{}`", name(function)))),
    }
}

/// Half to even, at the given digits after the point, or before it where negative. A percent is
/// rounded as it is shown: `round(91.4%)` is 91 %.
fn rounded(value: &Value, digits: Option<&Value>) -> Result<Value, Problem> {
    let digits = match digits {
        None => 0,
        Some(Value::Integer(digits)) => (*digits).clamp(-28, 28),
        Some(other) => return Err(unfit("`round`", other)),
    };
    Ok(match value {
        Value::Integer(integer) if digits >= 0 => Value::Integer(*integer),
        Value::Integer(integer) => Value::Integer(
            round_at((*integer).into(), digits)
                .and_then(|rounded| rounded.to_i64())
                .ok_or_else(|| overflow("`round`"))?,
        ),
        Value::Number(number) => Value::Number(round_double(*number, digits)),
        Value::Percent(share) => Value::Percent(round_double(*share, digits + 2)),
        Value::Decimal(decimal) => {
            Value::Decimal(round_at(*decimal, digits).ok_or_else(|| overflow("`round`"))?)
        }
        Value::Money(amount, currency) => Value::Money(
            round_at(*amount, digits).ok_or_else(|| overflow("`round`"))?,
            currency.clone(),
        ),
        other => return Err(unfit("`round`", other)),
    })
}

pub(crate) fn round_double(number: f64, digits: i64) -> f64 {
    // What does not fit a decimal has no digits after the point that could be rounded.
    from_double(number)
        .and_then(|exact| round_at(exact, digits))
        .map_or(number, to_double)
}

fn round_at(decimal: rust_decimal::Decimal, digits: i64) -> Option<rust_decimal::Decimal> {
    if let Ok(digits) = u32::try_from(digits) {
        return Some(round(decimal, digits));
    }
    let places = u32::try_from(-digits).ok()?;
    let unit = rust_decimal::Decimal::from_i128_with_scale(10_i128.checked_pow(places)?, 0);
    round(decimal.checked_div(unit)?, 0).checked_mul(unit)
}

fn span(function: Function, value: &Value, length: i64) -> Result<Value, Problem> {
    let operation = format!("`{}`", name(function));
    match value {
        Value::Integer(count) => count
            .checked_mul(length)
            .map(Value::Duration)
            .ok_or_else(|| overflow(&operation)),
        Value::Number(count) => whole_milliseconds(&operation, count * double(length)),
        Value::Decimal(count) => whole_milliseconds(&operation, to_double(*count) * double(length)),
        other => Err(unfit(&operation, other)),
    }
}

/// The next integer below or above.
fn whole(
    function: Function,
    value: &Value,
    number: impl Fn(f64) -> f64,
    decimal: impl Fn(Decimal) -> Decimal,
) -> Result<Value, Problem> {
    let operation = format!("`{}`", name(function));
    let found = match value {
        Value::Integer(integer) => Some(*integer),
        Value::Number(found) => number(*found).to_i64(),
        Value::Decimal(found) => decimal(*found).to_i64(),
        other => return Err(unfit(&operation, other)),
    };
    found
        .map(Value::Integer)
        .ok_or_else(|| overflow(&operation))
}

fn square_root(value: &Value) -> Result<Value, Problem> {
    let number = match value {
        Value::Integer(integer) => double(*integer),
        Value::Number(number) => *number,
        other => return Err(unfit("`square_root`", other)),
    };
    if number < 0.0 {
        return Err(Problem::new(
            codes::S946,
            format!("{number} is below zero, and has no square root."),
        ));
    }
    Ok(Value::Number(number.sqrt()))
}

/// From which end of a text a part is taken.
#[derive(Clone, Copy)]
enum End {
    Left,
    Right,
}

/// The first or last characters of a text; all of it where it has fewer.
fn part(text: &str, count: &Value, end: End) -> Result<String, Problem> {
    let Value::Integer(count) = count else {
        return Err(unfit("`left` or `right`", count));
    };
    // What is below zero is nothing; what is too large is all of it.
    let count = usize::try_from((*count).max(0)).unwrap_or(usize::MAX);
    Ok(match end {
        End::Left => text.chars().take(count).collect(),
        End::Right => {
            let before = text.chars().count().saturating_sub(count);
            text.chars().skip(before).collect()
        }
    })
}

/// A function's name as an analyst writes it.
pub(super) fn name(function: Function) -> &'static str {
    match function {
        Function::Count => "count",
        Function::Sum => "sum",
        Function::Average => "average",
        Function::Min => "min",
        Function::Max => "max",
        Function::First => "first",
        Function::Last => "last",
        Function::Today => "today",
        Function::Now => "now",
        Function::Round => "round",
        Function::Lower => "lower",
        Function::Upper => "upper",
        Function::Trim => "trim",
        Function::Length => "length",
        Function::Contains => "contains",
        Function::StartsWith => "starts_with",
        Function::EndsWith => "ends_with",
        Function::Replace => "replace",
        Function::Days => "days",
        Function::Hours => "hours",
        Function::Minutes => "minutes",
        Function::Redact => "redact",
        Function::Pseudonymize => "pseudonymize",
        Function::Split => "split",
        Function::JoinText => "join_text",
        Function::Text => "text",
        Function::Abs => "abs",
        Function::Floor => "floor",
        Function::Ceiling => "ceiling",
        Function::DateOf => "date_of",
        Function::HourOf => "hour_of",
        Function::DayOf => "day_of",
        Function::MonthOf => "month_of",
        Function::QuarterOf => "quarter_of",
        Function::YearOf => "year_of",
        Function::WeekdayOf => "weekday_of",
        Function::DaysBetween => "days_between",
        Function::AddMonths => "add_months",
        Function::SquareRoot => "square_root",
        Function::Percent => "percent",
        Function::Left => "left",
        Function::Right => "right",
        Function::Markdown => "documents.markdown",
        Function::Anomalies => "stats.anomalies",
        Function::Anomaly => "stats.anomaly",
        Function::Forecast => "stats.forecast",
    }
}
