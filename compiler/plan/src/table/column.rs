//! Reading one column: from Arrow's cells to values.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float64Type, Int64Type, Time64MicrosecondType,
    TimestampMicrosecondType,
};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array,
    StringArray, Time64MicrosecondArray, TimestampMicrosecondArray,
};
use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::DECIMAL_SCALE;
use crate::decimal::canonical;
use crate::json::{Border, from_json};
use crate::types::{Currency, Type};
use crate::value::Value;

/// A column with its Arrow array already known by type.
pub(crate) struct Column {
    length: usize,
    cells: Cells,
}

enum Cells {
    Text(StringArray),
    Literals(StringArray, Arc<[Arc<str>]>),
    Boolean(BooleanArray),
    Integer(Int64Array),
    Range(Int64Array, i64, i64),
    Number(Float64Array),
    Percent(Float64Array),
    Decimal(Decimal128Array),
    Money(Decimal128Array, Currency),
    Date(Date32Array),
    Time(Time64MicrosecondArray),
    Timestamp(TimestampMicrosecondArray),
    Duration(Int64Array),
    Json(StringArray),
    /// Lists, records and tables, as JSON.
    Nested(StringArray, Type),
    /// A column whose array is not what its type asks for. [`super::Table`] never holds one.
    Unreadable,
}

impl Column {
    pub(crate) fn new(array: &ArrayRef, of: &Type) -> Self {
        Self {
            length: array.len(),
            cells: Cells::new(array, of).unwrap_or(Cells::Unreadable),
        }
    }

    /// The value of a row; `none` where there is no such row.
    pub(crate) fn value(&self, row: usize) -> Value {
        self.read(row).unwrap_or(Value::None)
    }

    /// The first row whose cell is no value of the column's type.
    pub(crate) fn unreadable(&self) -> Option<usize> {
        match self.cells {
            // Every cell of these is a value.
            Cells::Text(_)
            | Cells::Boolean(_)
            | Cells::Integer(_)
            | Cells::Number(_)
            | Cells::Percent(_)
            | Cells::Duration(_)
            | Cells::Json(_) => None,
            _ => (0..self.length).find(|row| self.read(*row).is_none()),
        }
    }

    fn read(&self, row: usize) -> Option<Value> {
        if row >= self.length {
            return None;
        }
        if self.cells.is_null(row) {
            return Some(Value::None);
        }
        Some(match &self.cells {
            Cells::Text(array) => Value::Text(array.value(row).into()),
            Cells::Literals(array, texts) => {
                let found = array.value(row);
                Value::Text(Arc::clone(texts.iter().find(|text| &***text == found)?))
            }
            Cells::Boolean(array) => Value::Boolean(array.value(row)),
            Cells::Integer(array) => Value::Integer(array.value(row)),
            Cells::Range(array, from, to) => {
                let integer = array.value(row);
                if !(*from..=*to).contains(&integer) {
                    return None;
                }
                Value::Integer(integer)
            }
            Cells::Number(array) => Value::Number(array.value(row)),
            Cells::Percent(array) => Value::Percent(array.value(row)),
            Cells::Decimal(array) => Value::Decimal(decimal(array.value(row))?),
            Cells::Money(array, currency) => {
                Value::Money(decimal(array.value(row))?, currency.clone())
            }
            Cells::Date(array) => {
                let days = SignedDuration::from_hours(i64::from(array.value(row)) * 24);
                Value::Date(EPOCH.checked_add(days).ok()?)
            }
            Cells::Time(array) => {
                let since_midnight = SignedDuration::from_micros(array.value(row));
                Value::Time(Time::midnight().checked_add(since_midnight).ok()?)
            }
            Cells::Timestamp(array) => Value::Timestamp(instant(array.value(row))?),
            Cells::Duration(array) => Value::Duration(array.value(row)),
            Cells::Json(array) => Value::Json(array.value(row).into()),
            Cells::Nested(array, of) => {
                let json = serde_json::from_str(array.value(row)).ok()?;
                from_json(&json, of, Border::Plain).ok()?
            }
            Cells::Unreadable => return None,
        })
    }
}

/// The day that a date column counts from.
pub(crate) const EPOCH: jiff::civil::Date = jiff::civil::date(1970, 1, 1);

/// The instant so many microseconds after 1970, up to the very end of the calendar.
pub(crate) fn instant(microseconds: i64) -> Option<Timestamp> {
    const SECOND: i64 = 1_000_000;
    let nanoseconds = i32::try_from(microseconds.rem_euclid(SECOND) * 1000).ok()?;
    Timestamp::new(microseconds.div_euclid(SECOND), nanoseconds).ok()
}

fn decimal(mut mantissa: i128) -> Option<Decimal> {
    const LARGEST: i128 = (1 << 96) - 1;
    let mut scale = DECIMAL_SCALE;
    // Zeros at the end give room: the column's form has nine digits after the point, always.
    while scale > 0 && (mantissa % 10 == 0 || mantissa.abs() > LARGEST) {
        if mantissa % 10 != 0 {
            return None;
        }
        mantissa /= 10;
        scale -= 1;
    }
    Decimal::try_from_i128_with_scale(mantissa, scale)
        .ok()
        .map(canonical)
}

impl Cells {
    fn new(array: &ArrayRef, of: &Type) -> Option<Self> {
        Some(match of.present() {
            Type::Text => Self::Text(array.as_string_opt::<i32>()?.clone()),
            Type::Literals(texts) => {
                Self::Literals(array.as_string_opt::<i32>()?.clone(), Arc::clone(texts))
            }
            Type::Boolean => Self::Boolean(array.as_boolean_opt()?.clone()),
            Type::Integer => Self::Integer(array.as_primitive_opt::<Int64Type>()?.clone()),
            Type::Range { from, to } => {
                Self::Range(array.as_primitive_opt::<Int64Type>()?.clone(), *from, *to)
            }
            Type::Duration => Self::Duration(array.as_primitive_opt::<Int64Type>()?.clone()),
            Type::Number => Self::Number(array.as_primitive_opt::<Float64Type>()?.clone()),
            Type::Percent => Self::Percent(array.as_primitive_opt::<Float64Type>()?.clone()),
            Type::Decimal => Self::Decimal(array.as_primitive_opt::<Decimal128Type>()?.clone()),
            Type::Money(currency) => Self::Money(
                array.as_primitive_opt::<Decimal128Type>()?.clone(),
                currency.clone(),
            ),
            Type::Date => Self::Date(array.as_primitive_opt::<Date32Type>()?.clone()),
            Type::Time => Self::Time(array.as_primitive_opt::<Time64MicrosecondType>()?.clone()),
            Type::Timestamp => Self::Timestamp(
                array
                    .as_primitive_opt::<TimestampMicrosecondType>()?
                    .clone(),
            ),
            Type::Json => Self::Json(array.as_string_opt::<i32>()?.clone()),
            nested => Self::Nested(array.as_string_opt::<i32>()?.clone(), nested.clone()),
        })
    }

    fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Text(array)
            | Self::Literals(array, _)
            | Self::Json(array)
            | Self::Nested(array, _) => array.is_null(row),
            Self::Boolean(array) => array.is_null(row),
            Self::Integer(array) | Self::Range(array, _, _) | Self::Duration(array) => {
                array.is_null(row)
            }
            Self::Number(array) | Self::Percent(array) => array.is_null(row),
            Self::Decimal(array) | Self::Money(array, _) => array.is_null(row),
            Self::Date(array) => array.is_null(row),
            Self::Time(array) => array.is_null(row),
            Self::Timestamp(array) => array.is_null(row),
            Self::Unreadable => false,
        }
    }
}
