//! What a predictor sees of a table or a record: columns of plain cells.
//!
//! Kept true here: a cell that was trained from a table equals the cell of the same value in a record.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use serde::{Deserialize, Serialize};
use sophia_diagnostics::{Problem, codes};
use sophia_plan::{Table, Type, Value};

/// How a feature is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A quantity.
    Number,
    /// Yes or no.
    Boolean,
    /// One of some words.
    Text,
}

/// One value of one feature.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// `none`, or a number that is not finite.
    Missing,
    /// A finite quantity.
    Number(f64),
    /// Yes or no.
    Boolean(bool),
    /// A word.
    Text(Arc<str>),
}

/// One column with its cells in row order.
#[derive(Clone, Debug)]
pub struct Column {
    /// The column's name.
    pub name: Arc<str>,
    /// How it is read.
    pub kind: Kind,
    /// The cells.
    pub cells: Vec<Cell>,
}

impl Kind {
    /// How a column of this type is read, or nothing where a predictor has no use for it.
    pub fn of(of: &Type) -> Option<Self> {
        match of.present() {
            Type::Integer
            | Type::Range { .. }
            | Type::Number
            | Type::Percent
            | Type::Decimal
            | Type::Money(_)
            | Type::Duration => Some(Self::Number),
            Type::Boolean => Some(Self::Boolean),
            Type::Text | Type::Literals(_) => Some(Self::Text),
            _ => None,
        }
    }

    /// As an analyst says it.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Boolean => "yes or no",
            Self::Text => "text",
        }
    }
}

/// Reads the column of a table.
pub fn read(table: &Table, index: usize) -> Result<Column, Problem> {
    let (Some(field), Some(array)) = (
        table.row.fields.get(index),
        table.batch.columns().get(index),
    ) else {
        return Err(Problem::new(
            codes::S940,
            "The rows to learn from do not fit their own description.",
        ));
    };
    let unusable = || {
        Problem::new(
            codes::S942,
            format!(
                "A predictor cannot learn from the column `{}`: it is {}.",
                field.name, field.of
            ),
        )
        .with_help(format!(
            "leave `{}` out, or turn it into a number, a text or a yes/no in the SQL",
            field.name
        ))
    };
    let kind = Kind::of(&field.of).ok_or_else(unusable)?;
    let cells = cells(array, kind).ok_or_else(unusable)?;
    Ok(Column {
        name: field.name.clone(),
        kind,
        cells,
    })
}

fn cells(array: &ArrayRef, kind: Kind) -> Option<Vec<Cell>> {
    let present = |row: usize, cell: &dyn Fn(usize) -> Cell| {
        if array.is_null(row) {
            Cell::Missing
        } else {
            cell(row)
        }
    };
    let rows = 0..array.len();
    let cells = match (kind, array.data_type()) {
        (Kind::Number, DataType::Int64) => {
            let values = array.as_primitive_opt::<Int64Type>()?;
            rows.map(|row| present(row, &|row| integer(values.value(row))))
                .collect()
        }
        (Kind::Number, DataType::Float64) => {
            let values = array.as_primitive_opt::<Float64Type>()?;
            rows.map(|row| present(row, &|row| number(values.value(row))))
                .collect()
        }
        (Kind::Number, DataType::Decimal128(_, scale)) => {
            let values = array.as_primitive_opt::<Decimal128Type>()?;
            let unit = 10_f64.powi(i32::from(*scale));
            rows.map(|row| present(row, &|row| wide(values.value(row), unit)))
                .collect()
        }
        (Kind::Boolean, DataType::Boolean) => {
            let values = array.as_boolean_opt()?;
            rows.map(|row| present(row, &|row| Cell::Boolean(values.value(row))))
                .collect()
        }
        (Kind::Text, DataType::Utf8) => {
            let values = array.as_string_opt::<i32>()?;
            rows.map(|row| present(row, &|row| Cell::Text(values.value(row).into())))
                .collect()
        }
        _ => return None,
    };
    Some(cells)
}

/// The cell of a value, or nothing where the value is not of that kind.
pub fn cell(value: &Value, kind: Kind) -> Option<Cell> {
    Some(match (kind, value) {
        (_, Value::None) => Cell::Missing,
        (Kind::Number, Value::Integer(value) | Value::Duration(value)) => integer(*value),
        (Kind::Number, Value::Number(value) | Value::Percent(value)) => number(*value),
        (Kind::Number, Value::Decimal(value) | Value::Money(value, _)) => {
            number(f64::try_from(*value).ok()?)
        }
        (Kind::Boolean, Value::Boolean(value)) => Cell::Boolean(*value),
        (Kind::Text, Value::Text(value)) => Cell::Text(value.clone()),
        _ => return None,
    })
}

#[allow(
    clippy::cast_precision_loss,
    reason = "a feature is a double; the digits past 2^53 do not matter to a regression"
)]
fn integer(value: i64) -> Cell {
    Cell::Number(value as f64)
}

#[allow(
    clippy::cast_precision_loss,
    reason = "a feature is a double; the digits past 2^53 do not matter to a regression"
)]
fn wide(value: i128, unit: f64) -> Cell {
    Cell::Number(value as f64 / unit)
}

fn number(value: f64) -> Cell {
    if value.is_finite() {
        Cell::Number(value)
    } else {
        Cell::Missing
    }
}
