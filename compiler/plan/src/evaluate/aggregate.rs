//! One value from many: `count sum average min max first last`.
//!
//! Kept true here: missing values are left out, as in SQL. Over nothing `count` is 0, `sum` the zero of
//! the items' type, the rest `none`. Doubles are added up in [`LANES`] sums that take turns, which are
//! added in their order at the end: the native tier does the same several at once, and up to so many
//! values the result is that of adding one after the other.

use std::cmp::Ordering;

use sophia_diagnostics::Problem;

use super::arithmetic::apply;
use super::compare::compare;
use super::problem::unfit_pair;
use crate::convert::convert;
use crate::expression::{Function, Operator};
use crate::types::Type;
use crate::value::Value;

/// The sums that take turns where doubles are added up.
pub(crate) const LANES: usize = 8;

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
    /// The best value or the sum so far; sums of doubles one by one, as far as there are any.
    so_far: Vec<Value>,
}

impl Gathered {
    /// Nothing yet. `count` counts what is present.
    pub(super) fn new(function: Function) -> Self {
        Self {
            function,
            present: 0,
            so_far: Vec::new(),
        }
    }

    /// One more value; a missing one changes nothing.
    pub(super) fn add(&mut self, value: &Value) -> Result<(), Problem> {
        if value.is_none() {
            return Ok(());
        }
        let lane = match (self.function, value) {
            (Function::Sum | Function::Average, Value::Number(_) | Value::Percent(_)) => {
                self.present % LANES
            }
            _ => 0,
        };
        self.present += 1;
        let Some(so_far) = self.so_far.get_mut(lane) else {
            self.so_far.push(value.clone());
            return Ok(());
        };
        *so_far = match self.function {
            Function::Sum | Function::Average => apply(Operator::Add, so_far, value)?,
            Function::Min => better(so_far, value, Ordering::Less)?,
            Function::Max => better(so_far, value, Ordering::Greater)?,
            Function::Last => value.clone(),
            _ => return Ok(()),
        };
        Ok(())
    }

    /// What the values so far give.
    pub(super) fn value(&self, of: Option<&Type>) -> Result<Value, Problem> {
        match (self.function, self.all()?) {
            (Function::Count, _) => Ok(count(self.present)),
            (Function::Sum, None) => {
                let of = of.map_or(&Type::Integer, Type::present);
                convert(&Value::Integer(0), of).or(Ok(Value::Integer(0)))
            }
            (_, None) => Ok(Value::None),
            (Function::Average, Some(sum)) => {
                mean(&sum, i64::try_from(self.present).unwrap_or(i64::MAX))
            }
            (_, Some(value)) => Ok(value),
        }
    }

    /// The best value, or the sums so far added up.
    fn all(&self) -> Result<Option<Value>, Problem> {
        let mut sums = self.so_far.iter();
        let Some(first) = sums.next() else {
            return Ok(None);
        };
        sums.try_fold(first.clone(), |all, sum| apply(Operator::Add, &all, sum))
            .map(Some)
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
