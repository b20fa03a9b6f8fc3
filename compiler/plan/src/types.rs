//! The types that values have while a playbook runs.
//!
//! Names of declared types are already resolved here; a record keeps its name for people.

#![allow(
    missing_docs,
    reason = "the fields of a variant are explained at the variant"
)]

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::depth::count_levels;

/// A currency by its ISO 4217 code, for example `USD`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Currency(pub Arc<str>);

/// A type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[allow(
    missing_docs,
    reason = "the plain ones are the types of the language by their names"
)]
pub enum Type {
    Text,
    Boolean,
    Integer,
    /// A double.
    Number,
    /// Exact.
    Decimal,
    /// Exact, in one currency.
    Money(Currency),
    /// A share; 70 % is 0.7.
    Percent,
    Date,
    Time,
    Timestamp,
    Duration,
    /// Outside data without a declared shape.
    Json,
    /// The type of `none` alone.
    None,
    /// One of these texts.
    Literals(Arc<[Arc<str>]>),
    /// An integer between two bounds, both included.
    Range {
        from: i64,
        to: i64,
    },
    /// May be missing. Never nested.
    Optional(Arc<Type>),
    /// A list.
    List(Arc<Type>),
    /// A table with rows of this record.
    Table(Arc<RecordType>),
    /// A record.
    Record(Arc<RecordType>),
    /// A type that could not be derived, because of a mistake that is already reported. It fits
    /// everything, so that one mistake gives one diagnostic. Never in a plan without errors.
    Unknown,
}

count_levels!(Type);

/// The fields of a record or the columns of a table, in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RecordType {
    /// The declared name, where there is one.
    pub name: Option<Arc<str>>,
    /// The fields.
    pub fields: Vec<FieldType>,
}

/// One field or column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldType {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub of: Type,
    /// Its documentation; models are shown it.
    pub documentation: Option<Arc<str>>,
    /// The `@labels` that its type adds to whatever it holds, without `@`.
    pub labels: Vec<Arc<str>>,
}

impl FieldType {
    /// A field of which nothing but its name and its type is said.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>, of: Type) -> Self {
        Self {
            name: name.into(),
            of,
            documentation: None,
            labels: Vec::new(),
        }
    }
}

impl RecordType {
    /// The field of a name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&FieldType> {
        self.fields.iter().find(|field| &*field.name == name)
    }
}

impl Type {
    /// This type, or missing. An optional stays as it is.
    #[must_use]
    pub fn optional(self) -> Self {
        match self {
            Self::Optional(_) | Self::None | Self::Unknown => self,
            other => Self::Optional(Arc::new(other)),
        }
    }

    /// The type without `?`.
    #[must_use]
    pub fn present(&self) -> &Self {
        match self {
            Self::Optional(inner) => inner,
            other => other,
        }
    }

    /// Whether a value of this type may be missing.
    #[must_use]
    pub fn is_optional(&self) -> bool {
        matches!(self, Self::Optional(_) | Self::None)
    }
}

/// As an analyst writes it: `list of text`, `money USD`, `"call" | "email"`, `1..5`, `text?`.
impl fmt::Display for Type {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => formatter.write_str("text"),
            Self::Boolean => formatter.write_str("boolean"),
            Self::Integer => formatter.write_str("integer"),
            Self::Number => formatter.write_str("number"),
            Self::Decimal => formatter.write_str("decimal"),
            Self::Money(currency) => write!(formatter, "money {}", currency.0),
            Self::Percent => formatter.write_str("percent"),
            Self::Date => formatter.write_str("date"),
            Self::Time => formatter.write_str("time"),
            Self::Timestamp => formatter.write_str("timestamp"),
            Self::Duration => formatter.write_str("duration"),
            Self::Json => formatter.write_str("json"),
            Self::None => formatter.write_str("none"),
            Self::Literals(texts) => {
                for (index, text) in texts.iter().enumerate() {
                    if index > 0 {
                        formatter.write_str(" | ")?;
                    }
                    write!(formatter, "{text:?}")?;
                }
                Ok(())
            }
            Self::Range { from, to } => write!(formatter, "{from}..{to}"),
            Self::Optional(inner) => match &**inner {
                Self::Literals(_) => write!(formatter, "({inner})?"),
                inner => write!(formatter, "{inner}?"),
            },
            Self::List(item) => write!(formatter, "list of {item}"),
            Self::Table(row) => write!(formatter, "table of {row}"),
            Self::Record(record) => write!(formatter, "{record}"),
            Self::Unknown => formatter.write_str("unknown"),
        }
    }
}

/// The declared name, or the fields: `{ id: integer, name: text }`.
impl fmt::Display for RecordType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            return formatter.write_str(name);
        }
        formatter.write_str("{ ")?;
        for (index, field) in self.fields.iter().enumerate() {
            if index > 0 {
                formatter.write_str(", ")?;
            }
            write!(formatter, "{}: {}", field.name, field.of)?;
        }
        formatter.write_str(" }")
    }
}
