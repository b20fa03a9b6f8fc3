//! The values that flow while a playbook runs.

use std::sync::Arc;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::depth::count_levels;
use crate::table::Table;
use crate::types::Currency;

/// A value. Cloning is cheap: what is large is shared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
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
    Decimal(#[serde(with = "crate::decimal::exact")] Decimal),
    Money(#[serde(with = "crate::decimal::exact")] Decimal, Currency),
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

count_levels!(Value);

impl Value {
    /// A text.
    #[must_use]
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text(text.into())
    }

    /// Whether this is `none`.
    #[must_use]
    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// What kind of thing this is, in the words of the language, for messages: `text`, `money USD`.
    #[must_use]
    pub fn kind(&self) -> String {
        match self {
            Self::None => "none".into(),
            Self::Boolean(_) => "boolean".into(),
            Self::Integer(_) => "integer".into(),
            Self::Number(_) => "number".into(),
            Self::Decimal(_) => "decimal".into(),
            Self::Money(_, currency) => format!("money {}", currency.0),
            Self::Percent(_) => "percent".into(),
            Self::Text(_) => "text".into(),
            Self::Date(_) => "date".into(),
            Self::Time(_) => "time".into(),
            Self::Timestamp(_) => "timestamp".into(),
            Self::Duration(_) => "duration".into(),
            Self::Json(_) => "json".into(),
            Self::List(_) => "list".into(),
            Self::Record(_) => "record".into(),
            Self::Table(_) => "table".into(),
        }
    }
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
