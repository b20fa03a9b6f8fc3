//! Values that are known before a run: defaults, durations of modifiers, the values of tests.

use std::sync::Arc;

use sophia_diagnostics::{Problem, codes};
use sophia_plan::expression::Expression as Code;
use sophia_plan::value::{Record, Value};
use sophia_plan::{Host, Scope as Names, evaluate};

use crate::lower::Uses;

/// A world in which nothing can be asked. Constants never ask.
struct Nowhere;

impl Host for Nowhere {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }

    fn zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::UTC
    }

    fn predict(&self, predictor: &str, _: &Value, _: &Record) -> Result<Value, Problem> {
        Err(Problem::new(
            codes::S329,
            format!("`{predictor}` cannot predict before a run."),
        ))
    }
}

/// The value of code over these names and nothing else.
pub(crate) fn value_with(code: &Code, names: &[(Arc<str>, Value)]) -> Option<Value> {
    if Uses::of(code).asks_the_run {
        return None;
    }
    let scope = names.iter().fold(Names::default(), |scope, (name, value)| {
        scope.with(name.clone(), value.clone())
    });
    evaluate(code, &scope, &Nowhere).ok()
}

/// The value of code that rests on nothing but itself.
pub(crate) fn constant_value(code: &Code) -> Option<Value> {
    if let Code::Constant(value) = code {
        return Some(value.clone());
    }
    let uses = Uses::of(code);
    if !uses.names.is_empty() || uses.asks_the_run {
        return None;
    }
    evaluate(code, &Names::default(), &Nowhere).ok()
}
