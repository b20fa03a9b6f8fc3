//! What the tests of this room share: a host with a fixed clock, short ways to write values and
//! types, and a small plan with every kind of step.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use sophia_diagnostics::Problem;
use sophia_plan::expression::{Expression, Function, Operator, Stage};
use sophia_plan::{
    Currency, FieldType, Host, Record, RecordType, Scope, Table, Type, Value, evaluate,
};

pub mod generate;
pub mod random;
pub mod sample;

/// 22 November 2026, 03:30 UTC: still the 21st in Chicago.
pub struct Clock;

impl Host for Clock {
    fn now(&self) -> Timestamp {
        "2026-11-22T03:30:00Z".parse().expect("an instant")
    }

    fn zone(&self) -> TimeZone {
        TimeZone::get("America/Chicago").expect("a bundled zone")
    }

    /// The share of the feature `tenure` in the pinned number.
    fn predict(&self, _: &str, pinned: &Value, features: &Record) -> Result<Value, Problem> {
        match (pinned, features.get("tenure")) {
            (Value::Integer(longest), Some(Value::Integer(tenure))) => Ok(Value::Percent(
                1.0 - f64::from(i32::try_from(*tenure).expect("small"))
                    / f64::from(i32::try_from(*longest).expect("small")),
            )),
            other => panic!("unexpected {other:?}"),
        }
    }
}

pub fn text(text: &str) -> Value {
    Value::text(text)
}

pub fn exact(digits: &str) -> Decimal {
    digits.parse().expect("digits")
}

pub fn money(digits: &str, currency: &str) -> Value {
    Value::Money(exact(digits), Currency(currency.into()))
}

pub fn list(items: Vec<Value>) -> Value {
    Value::List(Arc::new(items))
}

pub fn record(fields: Vec<(&str, Value)>) -> Arc<Record> {
    Arc::new(Record {
        fields: fields
            .into_iter()
            .map(|(name, value)| (name.into(), value))
            .collect(),
    })
}

pub fn row_type(fields: Vec<(&str, Type)>) -> Arc<RecordType> {
    Arc::new(RecordType {
        name: None,
        fields: fields
            .into_iter()
            .map(|(name, of)| FieldType::new(name, of))
            .collect(),
    })
}

pub fn table(fields: Vec<(&str, Type)>, rows: Vec<Vec<Value>>) -> Table {
    let row = row_type(fields);
    let records: Vec<_> = rows
        .into_iter()
        .map(|cells| {
            Arc::new(Record {
                fields: row
                    .fields
                    .iter()
                    .map(|field| Arc::clone(&field.name))
                    .zip(cells)
                    .collect(),
            })
        })
        .collect();
    Table::from_records(row, &records).expect("rows that fit")
}

#[allow(
    clippy::unnecessary_box_returns,
    reason = "it mostly stands where the tree wants a box"
)]
pub fn constant(value: Value) -> Box<Expression> {
    Box::new(Expression::Constant(value))
}

pub fn column(name: &str) -> Expression {
    Expression::Column(name.into())
}

pub fn name(name: &str) -> Expression {
    Expression::Name(name.into())
}

pub fn binary(operator: Operator, left: Expression, right: Expression) -> Expression {
    Expression::Binary {
        operator,
        left: Box::new(left),
        right: Box::new(right),
    }
}

pub fn call(function: Function, arguments: Vec<Expression>) -> Expression {
    Expression::Call {
        function,
        arguments,
    }
}

pub fn pipeline(source: Value, stages: Vec<Stage>) -> Expression {
    Expression::Pipeline {
        source: constant(source),
        stages,
    }
}

/// The value of an expression in an empty scope.
pub fn run(expression: &Expression) -> Result<Value, Problem> {
    evaluate(expression, &Scope::default(), &Clock)
}

/// The value of an operator between two constants.
pub fn apply(operator: Operator, left: Value, right: Value) -> Result<Value, Problem> {
    run(&binary(operator, *constant(left), *constant(right)))
}

/// The code of a failure.
pub fn code<Found: std::fmt::Debug>(found: Result<Found, Problem>) -> &'static str {
    found.expect_err("a problem").code.as_str()
}
