//! The rows that a stage looks at: a table's or a list's, with the columns that the stage has added.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray};
use sophia_diagnostics::Problem;

use super::problem::{unfit, unknown};
use crate::expression::Expression;
use crate::table::{Column, Reader, Table, column_of};
use crate::types::{FieldType, Type};
use crate::value::{Record, Value};

/// Rows, made ready to be read many times.
pub(super) struct Rows {
    source: Source,
    /// Columns that stand before those of the source, each with a value for every row.
    added: Vec<(Arc<str>, Added)>,
    /// What window functions have given, by the place of the function in memory: the expression of a
    /// column stays where it is while its rows are looked at.
    windows: RefCell<HashMap<usize, Arc<Vec<Value>>>>,
}

enum Added {
    Values(Vec<Value>),
    /// A column that holds the values exactly, with the type that it was built for.
    Column(ArrayRef, Type, Column),
}

impl Added {
    fn value(&self, row: usize) -> Value {
        match self {
            Self::Values(values) => values.get(row).cloned().unwrap_or(Value::None),
            Self::Column(_, _, column) => column.value(row),
        }
    }
}

enum Source {
    Table(Table, Reader),
    List(Arc<Vec<Value>>),
}

impl Rows {
    /// The rows of a table or a list.
    pub(super) fn of(value: Value) -> Result<Self, Problem> {
        let source = match value {
            Value::Table(table) => {
                let reader = table.reader();
                Source::Table(table, reader)
            }
            Value::List(items) => Source::List(items),
            other => return Err(unfit("A pipeline", &other)),
        };
        Ok(Self {
            source,
            added: Vec::new(),
            windows: RefCell::default(),
        })
    }

    pub(super) fn len(&self) -> usize {
        match &self.source {
            Source::Table(table, _) => table.len(),
            Source::List(items) => items.len(),
        }
    }

    /// What a window function has given for every row, worked out at its first row.
    pub(super) fn window(
        &self,
        function: &Expression,
        all: impl FnOnce() -> Result<Vec<Value>, Problem>,
    ) -> Result<Arc<Vec<Value>>, Problem> {
        let place = std::ptr::from_ref(function).addr();
        if let Some(values) = self.windows.borrow().get(&place) {
            return Ok(Arc::clone(values));
        }
        let values = Arc::new(all()?);
        self.windows.borrow_mut().insert(place, Arc::clone(&values));
        Ok(values)
    }

    /// Adds a column, or replaces the one of this name.
    pub(super) fn add(&mut self, name: &Arc<str>, values: Vec<Value>) {
        self.replace(name, Added::Values(values));
    }

    /// The same for a column that was built for a field of this type.
    pub(super) fn add_column(&mut self, field: &FieldType, array: ArrayRef) {
        let column = Column::new(&array, &field.of);
        self.replace(&field.name, Added::Column(array, field.of.clone(), column));
    }

    fn replace(&mut self, name: &Arc<str>, with: Added) {
        self.windows.get_mut().clear();
        self.added.retain(|(added, _)| added != name);
        self.added.push((Arc::clone(name), with));
    }

    fn find(&self, name: &str) -> Option<&Added> {
        self.added
            .iter()
            .find(|(added, _)| &**added == name)
            .map(|(_, added)| added)
    }

    /// An added column, as a table with this field holds it.
    pub(super) fn added(&self, field: &FieldType) -> Option<Result<ArrayRef, Problem>> {
        Some(match self.find(&field.name)? {
            Added::Values(values) => column_of(field, values.iter()),
            Added::Column(array, _, _) => Ok(Arc::clone(array)),
        })
    }

    /// A column as it lies in memory, with its type, where there is one.
    pub(super) fn array(&self, name: &str) -> Option<(ArrayRef, Type)> {
        match (self.find(name), &self.source) {
            (Some(Added::Column(array, of, _)), _) => Some((Arc::clone(array), of.clone())),
            (None, Source::Table(table, _)) => table
                .row
                .fields
                .iter()
                .zip(table.batch.columns())
                .find(|(field, _)| &*field.name == name)
                .map(|(field, array)| (Arc::clone(array), field.of.clone())),
            _ => None,
        }
    }

    /// One cell.
    pub(super) fn cell(&self, row: usize, name: &str) -> Result<Value, Problem> {
        if let Some(added) = self.find(name) {
            return Ok(added.value(row));
        }
        match &self.source {
            Source::Table(_, reader) => reader
                .column(name)
                .map(|column| column.value(row))
                .ok_or_else(|| unknown("column", name)),
            Source::List(items) => match items.get(row) {
                // A record may lack a field that may be missing.
                Some(Value::Record(record)) => Ok(record.get(name).cloned().unwrap_or(Value::None)),
                Some(other) => Err(unfit(&format!("The column `{name}`"), other)),
                None => Ok(Value::None),
            },
        }
    }

    /// The whole row: a record, or the item of a plain list.
    pub(super) fn row(&self, row: usize) -> Value {
        let item = match &self.source {
            Source::Table(_, reader) => Value::Record(reader.record(row)),
            Source::List(items) => items.get(row).cloned().unwrap_or(Value::None),
        };
        match item {
            Value::Record(record) if !self.added.is_empty() => {
                Value::Record(Arc::new(self.extended(&record, row)))
            }
            item => item,
        }
    }

    fn extended(&self, record: &Record, row: usize) -> Record {
        let mut fields = record.fields.clone();
        for (name, added) in &self.added {
            let value = added.value(row);
            match fields.iter_mut().find(|(field, _)| field == name) {
                Some((_, there)) => *there = value,
                None => fields.push((Arc::clone(name), value)),
            }
        }
        Record { fields }
    }

    /// The table itself, where the rows are one.
    pub(super) fn table(&self) -> Option<&Table> {
        match &self.source {
            Source::Table(table, _) => Some(table),
            Source::List(_) => None,
        }
    }

    /// The source's rows that a mask holds for. Only a table's rows have a mask.
    pub(super) fn filter(&self, holding: &BooleanArray) -> Result<Value, Problem> {
        match &self.source {
            Source::Table(table, _) => table.filtered(holding).map(Value::Table),
            Source::List(_) => {
                let kept: Vec<usize> = holding.values().set_indices().collect();
                self.take(&kept)
            }
        }
    }

    /// Some of the source's rows, as the kind of thing the source is.
    pub(super) fn take(&self, rows: &[usize]) -> Result<Value, Problem> {
        Ok(match &self.source {
            Source::Table(table, _) => Value::Table(table.take(rows)?),
            Source::List(items) => Value::List(Arc::new(
                rows.iter()
                    .filter_map(|row| items.get(*row).cloned())
                    .collect(),
            )),
        })
    }
}
