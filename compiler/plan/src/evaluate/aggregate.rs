//! One value from many: `count sum average min max first last`.
//!
//! Kept true here: missing values are left out, as in SQL. Over nothing `count` is 0, `sum` the zero of
//! the items' type, the rest `none`.

use std::cmp::Ordering;

use sophia_diagnostics::Problem;

use super::arithmetic::apply;
use super::compare::compare;
use super::problem::unfit_pair;
use crate::convert::convert;
use crate::expression::{Function, Operator};
use crate::types::Type;
use crate::value::Value;

/// Whether a function makes one value from many.
pub(super) fn is_aggregate(function: Function) -> bool {
    matches!(
        function,
        Function::Count
            | Function::Sum
            | Function::Average
            | Function::Min
            | Function::Max
            | Function::First
            | Function::Last
    )
}

/// Applies an aggregate to values; `of` is their type where it is known.
pub(super) fn aggregate(
    function: Function,
    values: &[Value],
    of: Option<&Type>,
) -> Result<Value, Problem> {
    let mut present = values.iter().filter(|value| !value.is_none());
    match function {
        Function::Count => Ok(count(values.len())),
        Function::First => Ok(values.first().cloned().unwrap_or(Value::None)),
        Function::Last => Ok(values.last().cloned().unwrap_or(Value::None)),
        Function::Min => extreme(present, Ordering::Less),
        Function::Max => extreme(present, Ordering::Greater),
        Function::Average => {
            let Some(first) = present.next() else {
                return Ok(Value::None);
            };
            let (sum, items) = present
                .try_fold((first.clone(), 1_i64), |(sum, items), value| {
                    Ok((apply(Operator::Add, &sum, value)?, items + 1))
                })?;
            mean(&sum, items)
        }
        _ => {
            let Some(first) = present.next() else {
                let of = of.map_or(&Type::Integer, Type::present);
                return convert(&Value::Integer(0), of).or(Ok(Value::Integer(0)));
            };
            present.try_fold(first.clone(), |sum, value| {
                apply(Operator::Add, &sum, value)
            })
        }
    }
}

/// The mean of so many items with a sum.
pub(super) fn mean(sum: &Value, items: i64) -> Result<Value, Problem> {
    apply(Operator::Divide, sum, &Value::Integer(items)).map(|mean| match (sum, mean) {
        // A mean of shares is a share, although a share divided by a count is a plain number.
        (Value::Percent(_), Value::Number(mean)) => Value::Percent(mean),
        (_, mean) => mean,
    })
}

pub(super) fn count(items: usize) -> Value {
    Value::Integer(i64::try_from(items).unwrap_or(i64::MAX))
}

fn extreme<'a>(
    mut values: impl Iterator<Item = &'a Value>,
    wanted: Ordering,
) -> Result<Value, Problem> {
    let Some(mut best) = values.next() else {
        return Ok(Value::None);
    };
    for value in values {
        match compare(value, best) {
            Some(ordering) if ordering == wanted => best = value,
            Some(_) => {}
            None if matches!(value, Value::Number(_) | Value::Percent(_)) => {}
            None => return Err(unfit_pair("A comparison", value, best)),
        }
    }
    Ok(best.clone())
}
