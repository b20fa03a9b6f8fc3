//! Equality and order of values.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::decimal::{from_double, to_double};
use crate::value::{Record, Value};

/// The order of two values of one kind. `None` where there is none: a missing value, two currencies,
/// not a number, records, or two kinds that do not mix. Integers, numbers and decimals mix.
#[must_use]
pub fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    use Value::{
        Boolean, Date, Decimal, Duration, Integer, Money, Number, Percent, Text, Time, Timestamp,
    };
    Some(match (left, right) {
        (Boolean(left), Boolean(right)) => left.cmp(right),
        (Integer(left), Integer(right)) | (Duration(left), Duration(right)) => left.cmp(right),
        (Integer(left), Number(right)) => integer_and_number(*left, *right)?,
        (Number(left), Integer(right)) => integer_and_number(*right, *left)?.reverse(),
        (Number(left), Number(right)) | (Percent(left), Percent(right)) => {
            left.partial_cmp(right)?
        }
        (Decimal(left), Decimal(right)) => left.cmp(right),
        (Integer(left), Decimal(right)) => rust_decimal::Decimal::from(*left).cmp(right),
        (Decimal(left), Integer(right)) => left.cmp(&rust_decimal::Decimal::from(*right)),
        (Decimal(left), Number(right)) => decimal_and_number(*left, *right)?,
        (Number(left), Decimal(right)) => decimal_and_number(*right, *left)?.reverse(),
        (Money(left, left_currency), Money(right, right_currency))
            if left_currency == right_currency =>
        {
            left.cmp(right)
        }
        (Text(left), Text(right)) => left.cmp(right),
        (Date(left), Date(right)) => left.cmp(right),
        (Time(left), Time(right)) => left.cmp(right),
        (Timestamp(left), Timestamp(right)) => left.cmp(right),
        _ => return None,
    })
}

/// Whether two values are the same, as `=` says; two missing ones inside a list or a record are.
///
/// Records are the same if they have the same fields, in any order; a table and a list if their rows are.
#[must_use]
pub fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::None, Value::None) => true,
        (Value::Json(left), Value::Json(right)) => {
            left == right || (parsed(left).is_some() && parsed(left) == parsed(right))
        }
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len() && left.iter().zip(right.iter()).all(|(l, r)| same(l, r))
        }
        (Value::Record(left), Value::Record(right)) => same_record(left, right),
        (Value::Table(left), Value::Table(right)) => {
            left.len() == right.len()
                && left
                    .records()
                    .zip(right.records())
                    .all(|(left, right)| same_record(&left, &right))
        }
        (Value::Table(table), Value::List(items)) | (Value::List(items), Value::Table(table)) => {
            table.len() == items.len()
                && table
                    .records()
                    .zip(items.iter())
                    .all(|(row, item)| same(&Value::Record(row), item))
        }
        _ => compare(left, right) == Some(Ordering::Equal),
    }
}

fn same_record(left: &Record, right: &Record) -> bool {
    left.fields.len() == right.fields.len()
        && left
            .fields
            .iter()
            .all(|(name, value)| right.get(name).is_some_and(|other| same(value, other)))
}

fn parsed(json: &str) -> Option<serde_json::Value> {
    serde_json::from_str(json).ok()
}

/// The order in which rows are sorted: as [`compare`], with what is missing last in either direction,
/// and before it what is not a number. Values that do not mix are kept apart, so that the order is
/// total for whatever stands in a list.
pub(super) fn sorting(left: &Value, right: &Value, descending: bool) -> Ordering {
    family(left).cmp(&family(right)).then_with(|| {
        let ordering = compare(left, right).unwrap_or(Ordering::Equal);
        if descending {
            ordering.reverse()
        } else {
            ordering
        }
    })
}

/// Values of one family have an order among themselves.
fn family(value: &Value) -> (u8, &str) {
    let rank = match value {
        Value::None => u8::MAX,
        Value::Number(number) | Value::Percent(number) if number.is_nan() => u8::MAX - 1,
        Value::Boolean(_) => 0,
        Value::Integer(_) | Value::Number(_) => 1,
        Value::Decimal(_) => 2,
        Value::Percent(_) => 3,
        Value::Money(_, currency) => return (4, &currency.0),
        Value::Text(_) => 5,
        Value::Date(_) => 6,
        Value::Time(_) => 7,
        Value::Timestamp(_) => 8,
        Value::Duration(_) => 9,
        Value::Json(_) | Value::List(_) | Value::Record(_) | Value::Table(_) => 10,
    };
    (rank, "")
}

/// Exact also beyond 2^53, where a double stands for several integers.
fn integer_and_number(integer: i64, number: f64) -> Option<Ordering> {
    if number.is_nan() {
        return None;
    }
    Some(match number.floor().to_i64() {
        Some(floor) => integer.cmp(&floor).then(if number.fract() == 0.0 {
            Ordering::Equal
        } else {
            Ordering::Less
        }),
        None if number > 0.0 => Ordering::Less,
        None => Ordering::Greater,
    })
}

/// By the number's shortest decimal form, so that 0.1 equals 0.1.
fn decimal_and_number(decimal: Decimal, number: f64) -> Option<Ordering> {
    match from_double(number) {
        Some(exact) => Some(decimal.cmp(&exact)),
        None => to_double(decimal).partial_cmp(&number),
    }
}
