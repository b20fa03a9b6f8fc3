//! What the operators with two operands mean for each pair of kinds.
//!
//! Kept true here: money and decimals stay exact; a number or percent that meets one becomes a
//! decimal through its shortest form; overflow and division by zero are problems, never a wrong number.

use std::cmp::Ordering;

use rust_decimal::Decimal as Exact;
use rust_decimal::prelude::ToPrimitive;
use sophia_diagnostics::Problem;

use super::compare::{compare, same};
use super::problem::{division_by_zero, missing, overflow, two_currencies, unfit, unfit_pair};
use super::{double, time};
use crate::decimal::{from_double, to_double};
use crate::expression::Operator;
use crate::value::Value;

/// Applies an operator.
pub(super) fn apply(operator: Operator, left: &Value, right: &Value) -> Result<Value, Problem> {
    match operator {
        Operator::Equal
        | Operator::NotEqual
        | Operator::Less
        | Operator::LessOrEqual
        | Operator::Greater
        | Operator::GreaterOrEqual => comparison(operator, left, right).map(Value::Boolean),
        Operator::Like => match (left, right) {
            (Value::None, _) | (_, Value::None) => Ok(Value::Boolean(false)),
            (Value::Text(text), Value::Text(pattern)) => Ok(Value::Boolean(like(text, pattern))),
            _ => Err(unfit_pair("`like`", left, right)),
        },
        Operator::Add => add(left, right),
        Operator::Subtract => subtract(left, right),
        Operator::Multiply => multiply(left, right),
        Operator::Divide => divide(left, right),
        Operator::Modulo => modulo(left, right),
    }
}

/// `-x`
pub(super) fn negate(value: &Value) -> Result<Value, Problem> {
    Ok(match value {
        Value::Integer(integer) => {
            Value::Integer(integer.checked_neg().ok_or_else(|| overflow("`-`"))?)
        }
        Value::Number(number) => Value::Number(-number),
        Value::Decimal(decimal) => Value::Decimal(-*decimal),
        Value::Money(amount, currency) => Value::Money(-*amount, currency.clone()),
        Value::Percent(share) => Value::Percent(-share),
        Value::Duration(milliseconds) => {
            Value::Duration(milliseconds.checked_neg().ok_or_else(|| overflow("`-`"))?)
        }
        Value::None => return Err(missing("`-`")),
        other => return Err(unfit("`-`", other)),
    })
}

/// A comparison with something missing is false, `!=` as well.
fn comparison(operator: Operator, left: &Value, right: &Value) -> Result<bool, Problem> {
    if left.is_none() || right.is_none() {
        return Ok(false);
    }
    if let (Value::Money(_, left), Value::Money(_, right)) = (left, right)
        && left != right
    {
        return Err(two_currencies("A comparison", &left.0, &right.0));
    }
    match operator {
        Operator::Equal => return Ok(same(left, right)),
        Operator::NotEqual => return Ok(!same(left, right)),
        _ => {}
    }
    let Some(ordering) = compare(left, right) else {
        return match (left, right) {
            // What is not a number is neither less nor greater.
            (Value::Number(_) | Value::Percent(_), _) | (_, Value::Number(_)) => Ok(false),
            _ => Err(unfit_pair("A comparison", left, right)),
        };
    };
    Ok(match operator {
        Operator::Less => ordering == Ordering::Less,
        Operator::LessOrEqual => ordering != Ordering::Greater,
        Operator::Greater => ordering == Ordering::Greater,
        _ => ordering != Ordering::Less,
    })
}

/// SQL's `like`: `%` is any run of characters, `_` any one character.
pub(crate) fn like(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    let (mut at, mut wanted) = (0, 0);
    // Where the last `%` stood, and what it has swallowed so far: enough, as a later `%` takes over.
    let mut last_run: Option<(usize, usize)> = None;
    while let Some(character) = text.get(at) {
        match pattern.get(wanted) {
            Some('%') => {
                last_run = Some((wanted, at));
                wanted += 1;
            }
            Some(expected) if *expected == '_' || expected == character => {
                at += 1;
                wanted += 1;
            }
            _ => match last_run {
                Some((run, swallowed)) => {
                    last_run = Some((run, swallowed + 1));
                    at = swallowed + 1;
                    wanted = run + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(wanted).all(|rest| *rest == '%')
}

fn add(left: &Value, right: &Value) -> Result<Value, Problem> {
    use Value::{Date, Duration, Money, Percent, Time, Timestamp};
    match (left, right) {
        (Percent(left), Percent(right)) => finite("`+`", left + right).map(Percent),
        (Money(left, currency), Money(right, other)) if currency == other => left
            .checked_add(*right)
            .map(|sum| Money(sum, currency.clone()))
            .ok_or_else(|| overflow("`+`")),
        (Money(_, left), Money(_, right)) => Err(two_currencies("`+`", &left.0, &right.0)),
        (Duration(left), Duration(right)) => left
            .checked_add(*right)
            .map(Duration)
            .ok_or_else(|| overflow("`+`")),
        (Date(date), Duration(by)) | (Duration(by), Date(date)) => time::date_plus(*date, *by),
        (Timestamp(instant), Duration(by)) | (Duration(by), Timestamp(instant)) => {
            time::timestamp_plus(*instant, *by)
        }
        (Time(at), Duration(by)) | (Duration(by), Time(at)) => time::time_plus(*at, *by),
        _ => plain(
            "`+`",
            left,
            right,
            i64::checked_add,
            |left, right| left + right,
            Exact::checked_add,
        ),
    }
}

fn subtract(left: &Value, right: &Value) -> Result<Value, Problem> {
    use Value::{Date, Duration, Money, Percent, Time, Timestamp};
    match (left, right) {
        (Percent(left), Percent(right)) => finite("`-`", left - right).map(Percent),
        (Money(left, currency), Money(right, other)) if currency == other => left
            .checked_sub(*right)
            .map(|rest| Money(rest, currency.clone()))
            .ok_or_else(|| overflow("`-`")),
        (Money(_, left), Money(_, right)) => Err(two_currencies("`-`", &left.0, &right.0)),
        (Duration(left), Duration(right)) => left
            .checked_sub(*right)
            .map(Duration)
            .ok_or_else(|| overflow("`-`")),
        (Date(left), Date(right)) => time::between(left.duration_since(*right)),
        (Timestamp(left), Timestamp(right)) => time::between(left.duration_since(*right)),
        (Time(left), Time(right)) => time::between(left.duration_since(*right)),
        (Date(_) | Timestamp(_) | Time(_), Duration(by)) => {
            let back = by.checked_neg().ok_or_else(|| overflow("`-`"))?;
            add(left, &Duration(back))
        }
        _ => plain(
            "`-`",
            left,
            right,
            i64::checked_sub,
            |left, right| left - right,
            Exact::checked_sub,
        ),
    }
}

fn multiply(left: &Value, right: &Value) -> Result<Value, Problem> {
    use Value::{Duration, Integer, Money, Number, Percent};
    match (left, right) {
        (Percent(left), Percent(right)) => finite("`*`", left * right).map(Percent),
        (Money(..), Money(..)) => Err(unfit_pair("`*`", left, right)),
        (Money(amount, currency), factor) | (factor, Money(amount, currency)) => {
            let exact = exact(factor).ok_or_else(|| unfit_pair("`*`", left, right))?;
            amount
                .checked_mul(exact)
                .map(|product| Money(product, currency.clone()))
                .ok_or_else(|| overflow("`*`"))
        }
        (Duration(length), Integer(times)) | (Integer(times), Duration(length)) => length
            .checked_mul(*times)
            .map(Duration)
            .ok_or_else(|| overflow("`*`")),
        (Duration(length), factor) | (factor, Duration(length)) => {
            let factor = inexact(factor).ok_or_else(|| unfit_pair("`*`", left, right))?;
            whole_milliseconds("`*`", double(*length) * factor)
        }
        // A share of a plain number is a plain number.
        (Percent(share), other) | (other, Percent(share)) => multiply(&Number(*share), other),
        _ => plain(
            "`*`",
            left,
            right,
            i64::checked_mul,
            |left, right| left * right,
            Exact::checked_mul,
        ),
    }
}

fn divide(left: &Value, right: &Value) -> Result<Value, Problem> {
    use Value::{Decimal, Duration, Money, Number};
    if is_zero(right) {
        return Err(division_by_zero(left));
    }
    match (left, right) {
        (Money(left, currency), Money(right, other)) if currency == other => left
            .checked_div(*right)
            .map(|ratio| Number(to_double(ratio)))
            .ok_or_else(|| overflow("`/`")),
        (Money(_, left), Money(_, right)) => Err(two_currencies("`/`", &left.0, &right.0)),
        (Money(amount, currency), divisor) => {
            let exact = exact(divisor).ok_or_else(|| unfit_pair("`/`", left, right))?;
            // A divisor too small for a decimal has become zero.
            amount
                .checked_div(exact)
                .map(|part| Money(part, currency.clone()))
                .ok_or_else(|| overflow("`/`"))
        }
        (Duration(left), Duration(right)) => Ok(Number(double(*left) / double(*right))),
        (Duration(length), divisor) => {
            let divisor = inexact(divisor).ok_or_else(|| unfit_pair("`/`", left, right))?;
            whole_milliseconds("`/`", double(*length) / divisor)
        }
        (Decimal(_), other) | (other, Decimal(_)) if exact(other).is_some() => {
            match (exact(left), exact(right)) {
                (Some(left), Some(right)) => left
                    .checked_div(right)
                    .map(Decimal)
                    .ok_or_else(|| overflow("`/`")),
                _ => Err(unfit_pair("`/`", left, right)),
            }
        }
        _ => match (inexact(left), inexact(right)) {
            (Some(left), Some(right)) => finite("`/`", left / right).map(Number),
            _ => Err(unfit_pair("`/`", left, right)),
        },
    }
}

/// The rest of a division, with the sign of the right side.
fn modulo(left: &Value, right: &Value) -> Result<Value, Problem> {
    if is_zero(right) {
        return Err(division_by_zero(left));
    }
    plain(
        "`mod`",
        left,
        right,
        |left, right| {
            let rest = left.checked_rem(right).unwrap_or(0);
            Some(if rest != 0 && (rest < 0) != (right < 0) {
                rest + right
            } else {
                rest
            })
        },
        |left, right| {
            let rest = left % right;
            if rest != 0.0 && (rest < 0.0) != (right < 0.0) {
                rest + right
            } else {
                rest
            }
        },
        |left, right| {
            let rest = left.checked_rem(right)?;
            if !rest.is_zero() && rest.is_sign_negative() != right.is_sign_negative() {
                rest.checked_add(right)
            } else {
                Some(rest)
            }
        },
    )
}

/// Integers stay integers, a decimal makes the result a decimal, otherwise it is a number.
fn plain(
    operation: &str,
    left: &Value,
    right: &Value,
    integers: impl Fn(i64, i64) -> Option<i64>,
    numbers: impl Fn(f64, f64) -> f64,
    decimals: impl Fn(Exact, Exact) -> Option<Exact>,
) -> Result<Value, Problem> {
    use Value::{Decimal, Integer, Number};
    match (left, right) {
        (Integer(left), Integer(right)) => integers(*left, *right)
            .map(Integer)
            .ok_or_else(|| overflow(operation)),
        (Integer(_) | Number(_), Integer(_) | Number(_)) => match (inexact(left), inexact(right)) {
            (Some(left), Some(right)) => finite(operation, numbers(left, right)).map(Number),
            _ => Err(unfit_pair(operation, left, right)),
        },
        (Decimal(_), Integer(_) | Number(_) | Decimal(_))
        | (Integer(_) | Number(_), Decimal(_)) => match (exact(left), exact(right)) {
            (Some(left), Some(right)) => decimals(left, right)
                .map(Decimal)
                .ok_or_else(|| overflow(operation)),
            _ => Err(unfit_pair(operation, left, right)),
        },
        _ => Err(unfit_pair(operation, left, right)),
    }
}

/// A plain number or a share, exactly.
fn exact(value: &Value) -> Option<Exact> {
    match value {
        Value::Integer(integer) => Some(Exact::from(*integer)),
        Value::Number(number) | Value::Percent(number) => from_double(*number),
        Value::Decimal(decimal) => Some(*decimal),
        _ => None,
    }
}

/// A plain number or a share as a double.
fn inexact(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(integer) => Some(double(*integer)),
        Value::Number(number) | Value::Percent(number) => Some(*number),
        Value::Decimal(decimal) => Some(to_double(*decimal)),
        _ => None,
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Integer(integer) | Value::Duration(integer) => *integer == 0,
        Value::Number(number) | Value::Percent(number) => *number == 0.0,
        Value::Decimal(decimal) | Value::Money(decimal, _) => decimal.is_zero(),
        _ => false,
    }
}

/// A number that grew beyond what a double holds is an overflow, not infinity.
fn finite(operation: &str, number: f64) -> Result<f64, Problem> {
    if number.is_infinite() {
        Err(overflow(operation))
    } else {
        Ok(number)
    }
}

/// The nearest millisecond, half to even.
pub(super) fn whole_milliseconds(operation: &str, milliseconds: f64) -> Result<Value, Problem> {
    milliseconds
        .round_ties_even()
        .to_i64()
        .map(Value::Duration)
        .ok_or_else(|| overflow(operation))
}
