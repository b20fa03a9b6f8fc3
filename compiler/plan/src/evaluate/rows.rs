//! The rows that a stage looks at: a table's or a list's, with the columns that the stage has added.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use sophia_diagnostics::Problem;

use super::problem::{unfit, unknown};
use crate::expression::Expression;
use crate::table::{Reader, Table};
use crate::value::{Record, Value};

/// Rows, made ready to be read many times.
pub(super) struct Rows {
    source: Source,
    /// Columns that stand before those of the source, each with a value for every row.
    added: Vec<(Arc<str>, Vec<Value>)>,
    /// What window functions have given, by the place of the function in memory: the expression of a
    /// column stays where it is while its rows are looked at.
    windows: RefCell<HashMap<usize, Arc<Vec<Value>>>>,
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
        self.windows.get_mut().clear();
        self.added.retain(|(added, _)| added != name);
        self.added.push((Arc::clone(name), values));
    }

    /// The values of an added column.
    pub(super) fn added(&self, name: &str) -> Option<&[Value]> {
        self.added
            .iter()
            .find(|(added, _)| &**added == name)
            .map(|(_, values)| values.as_slice())
    }

    /// One cell.
    pub(super) fn cell(&self, row: usize, name: &str) -> Result<Value, Problem> {
        if let Some(values) = self.added(name) {
            return Ok(values.get(row).cloned().unwrap_or(Value::None));
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
        for (name, values) in &self.added {
            let value = values.get(row).cloned().unwrap_or(Value::None);
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
