//! The values that flow while a playbook runs.

use std::sync::Arc;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::table::Table;
use crate::types::Currency;

/// A value. Cloning is cheap: what is large is shared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(
    missing_docs,
    reason = "the plain ones are the types of the language by their names"
)]
pub enum Value {
    /// `none`
    None,
    Boolean(bool),
    Integer(i64),
    Number(f64),
    Decimal(Decimal),
    Money(Decimal, Currency),
    /// A share; 70 % is 0.7.
    Percent(f64),
    Text(Arc<str>),
    Date(jiff::civil::Date),
    Time(jiff::civil::Time),
    Timestamp(jiff::Timestamp),
    /// In milliseconds.
    Duration(i64),
    /// Outside data without a declared shape, as JSON text (so that a compact encoding can hold it).
    Json(Arc<str>),
    List(Arc<Vec<Value>>),
    Record(Arc<Record>),
    Table(Table),
}

/// Fields in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The fields; names are unique.
    pub fields: Vec<(Arc<str>, Value)>,
}

impl Record {
    /// The value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields
            .iter()
            .find(|(field, _)| &**field == name)
            .map(|(_, value)| value)
    }
}
