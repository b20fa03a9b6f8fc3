//! What a `record` wants of a table, or of columns, that the lock does not know.
//!
//! Kept true here: only what is wholly known is noted; rows with a mistake in them are told where it stands.

use std::sync::Arc;

use sophia_diagnostics::Span;
use sophia_language::syntax::Record;
use sophia_plan::types::{FieldType, RecordType, Type};

use crate::checker::Checker;
use crate::types::row_type;

/// What one `record` wants.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Recorded {
    /// The connection.
    pub(crate) connection: Arc<str>,
    /// The table.
    pub(crate) table: Arc<str>,
    /// The fields of its rows, in their order.
    pub(crate) fields: Vec<FieldType>,
    /// The fields by which a row is known again.
    pub(crate) key: Vec<Arc<str>>,
    /// The fields that have no column; `None` where there is no table.
    pub(crate) without_column: Option<Vec<Arc<str>>>,
    /// Where it stands.
    pub(crate) span: Span,
}

/// What one row is of what is recorded: of a table, of a list of records, or of one record.
pub(super) fn recorded_row(rows: &Type) -> Option<Arc<RecordType>> {
    match rows {
        Type::Record(row) => Some(row.clone()),
        other => row_type(other),
    }
}

impl Checker<'_> {
    /// Notes rows for a table that the lock does not know, though it knows the connection.
    pub(super) fn note_table(&mut self, record: &Record, rows: &Type) {
        let [connection, table] = record.table.as_slice() else {
            return;
        };
        let pinned = self.catalogue.connections.get(&connection.text);
        // Where messages come from there are no tables.
        let lacks = pinned.is_some_and(|pinned| {
            pinned.kind != "redis" && !pinned.tables.contains_key(&table.text)
        });
        if let Some(row) = recorded_row(rows).filter(|_| lacks) {
            self.note_recorded(record, &row, None);
        }
    }

    /// Notes the fields for which a table has no column. Where the rows lack a column that the table needs, they are
    /// another table's, or a name is misspelt.
    pub(super) fn note_columns(&mut self, record: &Record, row: &RecordType, columns: &RecordType) {
        let has = |columns: &RecordType, name: &str| {
            (columns.fields.iter()).any(|known| known.name.eq_ignore_ascii_case(name))
        };
        let lacking: Vec<Arc<str>> = (row.fields.iter())
            .filter(|field| !has(columns, &field.name))
            .map(|field| field.name.clone())
            .collect();
        let fitting = (columns.fields.iter())
            .all(|column| column.of.is_optional() || row.field(&column.name).is_some());
        if !lacking.is_empty() && fitting {
            self.note_recorded(record, row, Some(lacking));
        }
    }

    fn note_recorded(
        &mut self,
        record: &Record,
        row: &RecordType,
        without_column: Option<Vec<Arc<str>>>,
    ) {
        let [connection, table] = record.table.as_slice() else {
            return;
        };
        let known = (row.fields.iter()).all(|field| field.of.present() != &Type::Unknown);
        let keyed = (record.key.iter()).all(|name| row.field(&name.text).is_some());
        if connection.text.is_empty() || table.text.is_empty() || !known || !keyed {
            return;
        }
        let recorded = Recorded {
            connection: Arc::from(connection.text.as_str()),
            table: Arc::from(table.text.as_str()),
            fields: row.fields.clone(),
            key: (record.key.iter())
                .map(|name| Arc::from(name.text.as_str()))
                .collect(),
            without_column,
            span: record.span,
        };
        // The statements of an action are gone through for each call of it.
        if !self.recorded.contains(&recorded) {
            self.recorded.push(recorded);
        }
    }
}
