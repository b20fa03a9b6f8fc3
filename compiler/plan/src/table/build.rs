//! Building tables from rows: from values to Arrow's cells.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, StringArray,
    Time64MicrosecondArray, TimestampMicrosecondArray,
};
use jiff::civil::Time;
use rust_decimal::Decimal;
use sophia_diagnostics::{Problem, codes};

use super::column::EPOCH;
use super::{DECIMAL_SCALE, DECIMAL_SCALE_ARROW, Table, arrow_type, missing_cell, unique_names};
use crate::convert::convert;
use crate::decimal::{canonical, round};
use crate::json::to_json;
use crate::types::{FieldType, RecordType, Type};
use crate::value::{Record, Value};

impl Table {
    /// Builds a table from records. A field that a record lacks is `none`; one that the row type lacks
    /// is left out; an integer becomes a number or a decimal where the row type asks for one.
    /// Decimals and money are stored with nine digits after the point, rounded half to even, and
    /// times and timestamps in microseconds.
    ///
    /// # Errors
    /// When a value is not of its field's type, or is `none` and its field not optional.
    pub fn from_records(row: Arc<RecordType>, records: &[Arc<Record>]) -> Result<Self, Problem> {
        unique_names(&row)?;
        let columns = row
            .fields
            .iter()
            .map(|field| {
                let cells = records
                    .iter()
                    .map(|record| record.get(&field.name).unwrap_or(&Value::None));
                column_of(field, cells)
            })
            .collect::<Result<Vec<_>, _>>()?;
        Self::from_columns(row, columns, records.len())
    }
}

/// One column, from its cells in order.
pub(crate) fn column_of<'a>(
    field: &FieldType,
    cells: impl Iterator<Item = &'a Value>,
) -> Result<ArrayRef, Problem> {
    Ok(match field.of.present() {
        Type::Text => Arc::new(StringArray::from(
            collect(field, cells, |value| match value {
                Value::Text(text) => Some(Arc::clone(text)),
                _ => None,
            })?
            .iter()
            .map(Option::as_deref)
            .collect::<Vec<_>>(),
        )),
        Type::Literals(texts) => Arc::new(StringArray::from(
            collect(field, cells, |value| match value {
                Value::Text(text) if texts.contains(text) => Some(Arc::clone(text)),
                _ => None,
            })?
            .iter()
            .map(Option::as_deref)
            .collect::<Vec<_>>(),
        )),
        Type::Boolean => Arc::new(BooleanArray::from(collect(
            field,
            cells,
            |value| match value {
                Value::Boolean(boolean) => Some(*boolean),
                _ => None,
            },
        )?)),
        Type::Integer => Arc::new(Int64Array::from(collect(field, cells, integer)?)),
        Type::Range { from, to } => Arc::new(Int64Array::from(collect(field, cells, |value| {
            integer(value).filter(|found| (*from..=*to).contains(found))
        })?)),
        Type::Duration => Arc::new(Int64Array::from(collect(
            field,
            cells,
            |value| match value {
                Value::Duration(milliseconds) => Some(*milliseconds),
                _ => None,
            },
        )?)),
        Type::Number => Arc::new(Float64Array::from(collect(
            field,
            cells,
            |value| match value {
                Value::Number(number) => Some(*number),
                Value::Integer(integer) => Some(crate::evaluate::double(*integer)),
                _ => None,
            },
        )?)),
        Type::Percent => Arc::new(Float64Array::from(collect(
            field,
            cells,
            |value| match value {
                Value::Percent(share) => Some(*share),
                _ => None,
            },
        )?)),
        Type::Decimal => decimals(collect(field, cells, |value| match value {
            Value::Decimal(decimal) => mantissa(*decimal),
            Value::Integer(integer) => mantissa(Decimal::from(*integer)),
            _ => None,
        })?)?,
        Type::Money(currency) => decimals(collect(field, cells, |value| match value {
            Value::Money(amount, found) if found == currency => mantissa(*amount),
            _ => None,
        })?)?,
        Type::Date => Arc::new(Date32Array::from(collect(
            field,
            cells,
            |value| match value {
                Value::Date(date) => i32::try_from(date.duration_since(EPOCH).as_hours() / 24).ok(),
                _ => None,
            },
        )?)),
        Type::Time => Arc::new(Time64MicrosecondArray::from(collect(
            field,
            cells,
            |value| match value {
                Value::Time(time) => {
                    i64::try_from(time.duration_since(Time::midnight()).as_micros()).ok()
                }
                _ => None,
            },
        )?)),
        Type::Timestamp => Arc::new(
            TimestampMicrosecondArray::from(collect(field, cells, |value| match value {
                Value::Timestamp(instant) => Some(instant.as_microsecond()),
                _ => None,
            })?)
            .with_data_type(arrow_type(&Type::Timestamp)),
        ),
        Type::Json => Arc::new(StringArray::from(collect(
            field,
            cells,
            |value| match value {
                Value::Json(text) => Some(text.to_string()),
                _ => None,
            },
        )?)),
        nested => Arc::new(StringArray::from(collect(field, cells, |value| {
            let value = convert(value, nested).ok()?;
            Some(to_json(&value).to_string())
        })?)),
    })
}

fn collect<'a, Cell>(
    field: &FieldType,
    cells: impl Iterator<Item = &'a Value>,
    read: impl Fn(&Value) -> Option<Cell>,
) -> Result<Vec<Option<Cell>>, Problem> {
    cells
        .map(|value| match value {
            Value::None if field.of.is_optional() => Ok(None),
            Value::None => Err(missing_cell(field)),
            value => read(value).map(Some).ok_or_else(|| {
                Problem::new(
                    codes::S980,
                    format!(
                        "The column `{}` holds {}, and a row has {} there: {}.",
                        field.name,
                        field.of,
                        value.kind(),
                        crate::json::shortened(value)
                    ),
                )
            }),
        })
        .collect()
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Integer(integer) => Some(*integer),
        _ => None,
    }
}

/// The digits of a decimal as a column stores them.
fn mantissa(decimal: Decimal) -> Option<i128> {
    let rounded = canonical(round(decimal, DECIMAL_SCALE));
    let missing_zeros = DECIMAL_SCALE.checked_sub(rounded.scale())?;
    rounded
        .mantissa()
        .checked_mul(10_i128.checked_pow(missing_zeros)?)
}

fn decimals(cells: Vec<Option<i128>>) -> Result<ArrayRef, Problem> {
    Decimal128Array::from(cells)
        .with_precision_and_scale(38, DECIMAL_SCALE_ARROW)
        .map(|array| Arc::new(array) as ArrayRef)
        .map_err(|error| {
            Problem::new(codes::S980, "A column cannot hold these decimals.").because(error)
        })
}
