//! Tables: Arrow record batches with the row type of the language beside them.
//!
//! Kept true here: the batch's columns are the row type's fields, in order; each column's Arrow
//! type is the one that [`arrow_type`] gives for the field's type; only an optional field holds
//! nulls; every cell can be read as a value of its field's type.

mod build;
mod column;
mod select;
mod wire;

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use sophia_diagnostics::{Problem, codes};

pub(crate) use build::column_of;
pub(crate) use column::{Column, EPOCH, instant};

use crate::types::{FieldType, RecordType, Type};
use crate::value::{Record, Value};

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
        Type::Boolean => DataType::Boolean,
        Type::Integer | Type::Range { .. } | Type::Duration => DataType::Int64,
        Type::Number | Type::Percent => DataType::Float64,
        Type::Decimal | Type::Money(_) => DataType::Decimal128(38, DECIMAL_SCALE_ARROW),
        Type::Date => DataType::Date32,
        Type::Time => DataType::Time64(Microsecond),
        Type::Timestamp => DataType::Timestamp(Microsecond, Some("UTC".into())),
        // Text and literals as they are, the rest as JSON.
        _ => DataType::Utf8,
    }
}

/// Digits after the point in a decimal column.
pub(crate) const DECIMAL_SCALE: u32 = 9;
pub(crate) const DECIMAL_SCALE_ARROW: i8 = 9;

/// The Arrow schema of a row type.
#[must_use]
pub fn arrow_schema(row: &RecordType) -> SchemaRef {
    let fields: Vec<Field> = row
        .fields
        .iter()
        .map(|field| Field::new(&*field.name, arrow_type(&field.of), field.of.is_optional()))
        .collect();
    Arc::new(Schema::new(fields))
}

/// A column, by its name or its place from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKey<'a> {
    /// By name.
    Name(&'a str),
    /// By place.
    Index(usize),
}

impl<'a> From<&'a str> for ColumnKey<'a> {
    fn from(name: &'a str) -> Self {
        Self::Name(name)
    }
}

impl From<usize> for ColumnKey<'_> {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

impl Table {
    /// A table without rows.
    ///
    /// # Errors
    /// When two columns have one name.
    pub fn empty(row: Arc<RecordType>) -> Result<Self, Problem> {
        Self::from_records(row, &[])
    }

    /// Takes a batch that came from elsewhere, after proving that it holds what `row` says.
    ///
    /// Field metadata and the batch's own nullability are replaced by what follows from `row`, so
    /// that tables with equal rows are equal.
    ///
    /// # Errors
    /// When a column is missing, misnamed or of another Arrow type, when a cell is null and its field
    /// not optional, or when a cell is no value of its field's type.
    pub fn from_batch(row: Arc<RecordType>, batch: RecordBatch) -> Result<Self, Problem> {
        unique_names(&row)?;
        let (schema, columns, rows) = batch.into_parts();
        if schema.fields().len() != row.fields.len() {
            return Err(broken(format!(
                "The rows should have {} columns and have {}.",
                row.fields.len(),
                schema.fields().len()
            )));
        }
        for (field, (found, array)) in row.fields.iter().zip(schema.fields().iter().zip(&columns)) {
            if *field.name != **found.name() {
                return Err(broken(format!(
                    "The rows should have a column `{}` where `{}` stands.",
                    field.name,
                    found.name()
                )));
            }
            check_column(field, array)?;
        }
        Self::from_columns(row, columns, rows)
    }

    /// Puts columns together that were built for `row`.
    pub(crate) fn from_columns(
        row: Arc<RecordType>,
        columns: Vec<ArrayRef>,
        rows: usize,
    ) -> Result<Self, Problem> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(arrow_schema(&row), columns, &options)
            .map_err(|error| broken("The columns do not make a table.").because(error))?;
        Ok(Self { row, batch })
    }

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

    /// One cell. A row or column that is not there gives `none`.
    #[must_use]
    pub fn value<'a>(&self, row: usize, column: impl Into<ColumnKey<'a>>) -> Value {
        self.column(column)
            .map_or(Value::None, |column| column.value(row))
    }

    /// One row, from 0. A row that is not there has `none` in every field.
    #[must_use]
    pub fn record(&self, index: usize) -> Arc<Record> {
        self.reader().record(index)
    }

    /// The rows in order.
    pub fn records(&self) -> impl Iterator<Item = Arc<Record>> {
        let reader = self.reader();
        (0..self.len()).map(move |index| reader.record(index))
    }

    /// The cells of a column in order; `None` where there is no such column.
    #[must_use]
    pub fn values<'a>(&self, column: impl Into<ColumnKey<'a>>) -> Option<Vec<Value>> {
        let column = self.column(column)?;
        Some((0..self.len()).map(|row| column.value(row)).collect())
    }

    pub(crate) fn column<'a>(&self, key: impl Into<ColumnKey<'a>>) -> Option<Column> {
        let index = match key.into() {
            ColumnKey::Index(index) => index,
            ColumnKey::Name(name) => self
                .row
                .fields
                .iter()
                .position(|field| &*field.name == name)?,
        };
        let field = self.row.fields.get(index)?;
        Some(Column::new(self.batch.columns().get(index)?, &field.of))
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader {
            columns: self
                .row
                .fields
                .iter()
                .zip(self.batch.columns())
                .map(|(field, array)| (Arc::clone(&field.name), Column::new(array, &field.of)))
                .collect(),
        }
    }
}

/// The columns of a table, made ready to be read many times.
pub(crate) struct Reader {
    columns: Vec<(Arc<str>, Column)>,
}

impl Reader {
    pub(crate) fn record(&self, row: usize) -> Arc<Record> {
        Arc::new(Record {
            fields: self
                .columns
                .iter()
                .map(|(name, column)| (Arc::clone(name), column.value(row)))
                .collect(),
        })
    }

    pub(crate) fn column(&self, name: &str) -> Option<&Column> {
        self.columns
            .iter()
            .find(|(column, _)| &**column == name)
            .map(|(_, column)| column)
    }
}

fn check_column(field: &FieldType, array: &ArrayRef) -> Result<(), Problem> {
    let expected = arrow_type(&field.of);
    if *array.data_type() != expected {
        return Err(broken(format!(
            "The column `{}` should hold {}, as {expected}, and holds {}.",
            field.name,
            field.of,
            array.data_type()
        )));
    }
    if array.null_count() > 0 && !field.of.is_optional() {
        return Err(missing_cell(field));
    }
    let column = Column::new(array, &field.of);
    match column.unreadable() {
        Some(row) => Err(broken(format!(
            "Row {} of the column `{}` is no {}.",
            row + 1,
            field.name,
            field.of
        ))),
        None => Ok(()),
    }
}

fn unique_names(row: &RecordType) -> Result<(), Problem> {
    for (index, field) in row.fields.iter().enumerate() {
        if row
            .fields
            .iter()
            .take(index)
            .any(|earlier| earlier.name == field.name)
        {
            return Err(broken(format!("Two columns are called `{}`.", field.name)));
        }
    }
    Ok(())
}

fn broken(message: impl Into<String>) -> Problem {
    Problem::new(codes::S980, message)
        .with_help("run `sophia sync`, so that the catalogue and the source agree again")
}

fn missing_cell(field: &FieldType) -> Problem {
    Problem::new(
        codes::S980,
        format!(
            "The column `{}` holds {}, which is never missing, but a row has nothing there.",
            field.name, field.of
        ),
    )
    .with_help("run `sophia sync`, so that the catalogue and the source agree again")
}
