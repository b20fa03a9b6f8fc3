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
    match function {
        Function::Count => Ok(count(values.len())),
        Function::First => Ok(values.first().cloned().unwrap_or(Value::None)),
        Function::Last => Ok(values.last().cloned().unwrap_or(Value::None)),
        function => {
            let mut gathered = Gathered::new(function);
            for value in values {
                gathered.add(value)?;
            }
            gathered.value(of)
        }
    }
}

/// An aggregate while its values come in.
pub(super) struct Gathered {
    function: Function,
    present: usize,
    so_far: Option<Value>,
}

impl Gathered {
    /// Nothing yet. `count` counts what is present.
    pub(super) fn new(function: Function) -> Self {
        Self {
            function,
            present: 0,
            so_far: None,
        }
    }

    /// One more value; a missing one changes nothing.
    pub(super) fn add(&mut self, value: &Value) -> Result<(), Problem> {
        if value.is_none() {
            return Ok(());
        }
        self.present += 1;
        self.so_far = Some(match (&self.so_far, self.function) {
            (Some(sum), Function::Sum | Function::Average) => apply(Operator::Add, sum, value)?,
            (Some(best), Function::Min) => better(best, value, Ordering::Less)?,
            (Some(best), Function::Max) => better(best, value, Ordering::Greater)?,
            (Some(first), Function::First) => first.clone(),
            // The first, or the last so far.
            (_, _) => value.clone(),
        });
        Ok(())
    }

    /// What the values so far give.
    pub(super) fn value(&self, of: Option<&Type>) -> Result<Value, Problem> {
        match (self.function, &self.so_far) {
            (Function::Count, _) => Ok(count(self.present)),
            (Function::Sum, None) => {
                let of = of.map_or(&Type::Integer, Type::present);
                convert(&Value::Integer(0), of).or(Ok(Value::Integer(0)))
            }
            (_, None) => Ok(Value::None),
            (Function::Average, Some(sum)) => {
                mean(sum, i64::try_from(self.present).unwrap_or(i64::MAX))
            }
            (_, Some(value)) => Ok(value.clone()),
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

/// The better of two values; what is not a number is never better.
fn better(best: &Value, value: &Value, wanted: Ordering) -> Result<Value, Problem> {
    match compare(value, best) {
        Some(ordering) if ordering == wanted => Ok(value.clone()),
        Some(_) => Ok(best.clone()),
        None if matches!(value, Value::Number(_) | Value::Percent(_)) => Ok(best.clone()),
        None => Err(unfit_pair("A comparison", value, best)),
    }
}
