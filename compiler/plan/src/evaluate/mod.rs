//! The interpreter: what an expression means. It is the meaning; a faster tier must agree with it.
//!
//! Kept true here: the same expression, scope and host give the same result; nothing panics; what
//! cannot be computed is a [`Problem`] in the analyst's words.

mod aggregate;
mod arithmetic;
mod calendar;
mod check;
mod compare;
mod conceal;
mod function;
mod interpreter;
mod join;
mod markdown;
mod problem;
mod reading;
mod rows;
mod series;
mod sets;
mod stage;
mod time;
mod whole;
mod window;

use std::sync::Arc;

use sophia_diagnostics::Problem;

use crate::expression::Expression;
use crate::native::Tier;
use crate::table::Table;
use crate::value::{Record, Value};

/// The names that an expression sees, inner ones last. A scope is immutable and cheap to extend.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    names: names::Names,
}

/// What an expression may ask of the world while it is evaluated. It must answer the same for the
/// same question during one step.
pub trait Host {
    /// The instant of the step.
    fn now(&self) -> jiff::Timestamp;
    /// The zone for `today`.
    fn zone(&self) -> jiff::tz::TimeZone;
    /// One prediction. `pinned` is the value that the predictor's step gave.
    ///
    /// # Errors
    /// When the pinned version cannot be read, or the features do not fit it.
    fn predict(&self, predictor: &str, pinned: &Value, features: &Record)
    -> Result<Value, Problem>;
    /// The key under which `pseudonymize` makes its tokens: equal values get equal tokens where the
    /// key is the same. A host that has a secret of its project derives one from it; without one the
    /// tokens can be found again by whoever tries all values.
    fn pseudonym_key(&self) -> [u8; 32] {
        blake3::derive_key("sophia 2026 pseudonyms", b"")
    }
}

impl Scope {
    /// The value of a name; the innermost wins.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.names.get(name)
    }

    /// This scope with one more name.
    #[must_use]
    pub fn with(&self, name: impl Into<Arc<str>>, value: Value) -> Self {
        Self {
            names: self.names.with(name.into(), value),
        }
    }
}

/// Evaluates an expression.
///
/// # Errors
/// Division by zero, an overflow, `| only` on none or several, a prediction that fails: in the
/// analyst's words, with the value where it helps.
pub fn evaluate(expression: &Expression, scope: &Scope, host: &dyn Host) -> Result<Value, Problem> {
    evaluate_with(Tier::Automatic, expression, scope, host)
}

/// Evaluates an expression with the named tier for whole columns. Every tier gives the same.
///
/// # Errors
/// As [`evaluate`].
pub fn evaluate_with(
    tier: Tier,
    expression: &Expression,
    scope: &Scope,
    host: &dyn Host,
) -> Result<Value, Problem> {
    interpreter::Interpreter::new(tier, scope, host).value(expression, None)
}

/// Whether the native tier can evaluate an expression for the rows of a table on this machine.
#[must_use]
pub fn is_native(expression: &Expression, table: &Table, scope: &Scope, host: &dyn Host) -> bool {
    let interpreter = interpreter::Interpreter::new(Tier::Native, scope, host);
    rows::Rows::of(Value::Table(table.clone()))
        .is_ok_and(|rows| whole::is_native(&interpreter, &rows, expression))
}

pub(crate) use aggregate::LANES;
pub(crate) use arithmetic::like;
pub use compare::{compare, same};
pub(crate) use function::round_double;

/// The double nearest to an integer.
#[allow(
    clippy::cast_precision_loss,
    reason = "an integer as a number is the nearest double, by the language"
)]
pub(crate) fn double(integer: i64) -> f64 {
    integer as f64
}

mod names {
    use std::sync::Arc;

    use crate::value::Value;

    /// A persistent chain of names, the innermost first.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub(super) struct Names(Option<Arc<(Arc<str>, Value, Names)>>);

    impl Names {
        pub(super) fn get(&self, name: &str) -> Option<&Value> {
            let mut at = self;
            while let Some(entry) = &at.0 {
                if &*entry.0 == name {
                    return Some(&entry.1);
                }
                at = &entry.2;
            }
            None
        }

        pub(super) fn with(&self, name: Arc<str>, value: Value) -> Self {
            Self(Some(Arc::new((name, value, self.clone()))))
        }
    }
}
