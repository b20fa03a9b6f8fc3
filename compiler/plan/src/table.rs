//! Tables: Arrow record batches with the row type of the language beside them.
//!
//! Kept true here: the batch's columns are the row type's fields, in order, and each column's Arrow
//! type is the one that [`arrow_type`] gives for the field's type.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::DataType;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::types::{RecordType, Type};

/// A table. Cloning shares the columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// What a row holds.
    pub row: Arc<RecordType>,
    /// The columns.
    pub batch: RecordBatch,
}

/// The Arrow type of a column.
///
/// text and literals: `Utf8` · boolean: `Boolean` · integer and ranges: `Int64` · number and percent:
/// `Float64` · decimal and money: `Decimal128(38, 9)` · date: `Date32` · time: `Time64(µs)` · timestamp:
/// `Timestamp(µs, "UTC")` · duration: `Int64` in milliseconds · everything else: `Utf8` holding JSON.
#[must_use]
pub fn arrow_type(of: &Type) -> DataType {
    use arrow_schema::TimeUnit::Microsecond;
    match of.present() {
        Type::Text | Type::Literals(_) => DataType::Utf8,
        Type::Boolean => DataType::Boolean,
        Type::Integer | Type::Range { .. } | Type::Duration => DataType::Int64,
        Type::Number | Type::Percent => DataType::Float64,
        Type::Decimal | Type::Money(_) => DataType::Decimal128(38, 9),
        Type::Date => DataType::Date32,
        Type::Time => DataType::Time64(Microsecond),
        Type::Timestamp => DataType::Timestamp(Microsecond, Some("UTC".into())),
        _ => DataType::Utf8,
    }
}

impl Table {
    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.batch.num_rows()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Serialize for Table {
    fn serialize<S: Serializer>(&self, _serializer: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("not written yet"))
    }
}

impl<'de> Deserialize<'de> for Table {
    fn deserialize<D: Deserializer<'de>>(_deserializer: D) -> Result<Self, D::Error> {
        Err(serde::de::Error::custom("not written yet"))
    }
}
