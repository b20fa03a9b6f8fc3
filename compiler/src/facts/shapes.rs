//! What the SQL of a playbook is made of, kept from the time it was checked.
//!
//! Kept true here: it is found by the connection and the text that is sent, so that a plan alone leads
//! to it. The same text over the same catalogue has the same lineage.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::query::{ColumnSource, CommandShape, KeptColumn, Lineage, QueryShape};

/// The SQL of a playbook.
#[derive(Clone, Debug, Default)]
pub struct Shapes {
    reads: BTreeMap<(Arc<str>, Arc<str>), Arc<ReadShape>>,
    writes: BTreeMap<(Arc<str>, Arc<str>), Arc<WriteShape>>,
}

/// What a query's result is made of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadShape {
    /// For each column.
    pub columns: Vec<Made>,
    /// What decides which rows there are.
    pub rows: Made,
    /// The most rows, where the text proves it.
    pub limit: Option<u64>,
    /// What holds of every row.
    pub kept: Vec<KeptColumn>,
    /// The columns, by their places, by which no two rows are alike.
    pub keys: Vec<Vec<usize>>,
}

/// What a command does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WriteShape {
    /// The table that is written.
    pub table: Arc<str>,
    /// What flows into each column that is written.
    pub writes: BTreeMap<Arc<str>, Made>,
    /// What decides which rows are written.
    pub rows: Made,
    /// What each column of `returning` is made of.
    pub columns: Vec<Made>,
    /// The most rows, where the text proves it.
    pub limit: Option<u64>,
}

/// What a value is made of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Made {
    /// Columns, each with the way in which it went in.
    pub columns: Lineage,
    /// Holes, from 0.
    pub holes: BTreeSet<usize>,
}

impl Made {
    fn value(columns: &Lineage, holes: &BTreeSet<usize>) -> Self {
        Self {
            columns: columns.clone(),
            holes: holes.clone(),
        }
    }

    fn deciding(columns: &BTreeSet<ColumnSource>, holes: &BTreeSet<usize>) -> Self {
        let way = |source: &ColumnSource| (source.clone(), crate::query::Way::Value);
        Self {
            columns: columns.iter().map(way).collect(),
            holes: holes.clone(),
        }
    }
}

fn pairs(lineage: &[Lineage], holes: &[BTreeSet<usize>]) -> Vec<Made> {
    let none = BTreeSet::new();
    lineage
        .iter()
        .enumerate()
        .map(|(index, columns)| Made::value(columns, holes.get(index).unwrap_or(&none)))
        .collect()
}

impl ReadShape {
    /// What the rows and columns of a query are made of.
    #[must_use]
    pub fn of(shape: &QueryShape) -> Self {
        Self {
            columns: pairs(&shape.lineage, &shape.holes),
            rows: Made::deciding(&shape.indirect, &shape.indirect_holes),
            limit: shape.limit,
            kept: shape.kept.iter().map(|(kept, _)| *kept).collect(),
            keys: shape.keys.clone(),
        }
    }
}

impl WriteShape {
    /// What a command writes is made of.
    #[must_use]
    pub fn of(shape: &CommandShape) -> Self {
        Self {
            table: Arc::from(shape.table.as_str()),
            writes: shape
                .writes
                .iter()
                .map(|(column, written)| {
                    let made = Made::value(&written.sources, &written.holes);
                    (Arc::from(column.as_str()), made)
                })
                .collect(),
            rows: Made::deciding(&shape.reads, &shape.indirect_holes),
            columns: pairs(&shape.lineage, &shape.holes),
            limit: shape.limit,
        }
    }
}

impl Shapes {
    /// Keeps what the query is made of that sends this text.
    pub fn read(&mut self, connection: &str, sql: &str, read: Arc<ReadShape>) {
        self.reads.insert(key(connection, sql), read);
    }

    /// Keeps what the command does that sends this text.
    pub fn write(&mut self, connection: &str, sql: &str, write: Arc<WriteShape>) {
        self.writes.insert(key(connection, sql), write);
    }

    /// Keeps what another file's SQL is made of too.
    pub fn extend(&mut self, other: &Self) {
        let shared =
            |(key, shape): (&(Arc<str>, Arc<str>), &Arc<ReadShape>)| (key.clone(), shape.clone());
        self.reads.extend(other.reads.iter().map(shared));
        let shared =
            |(key, shape): (&(Arc<str>, Arc<str>), &Arc<WriteShape>)| (key.clone(), shape.clone());
        self.writes.extend(other.writes.iter().map(shared));
    }

    /// What a query is made of. `None` where it was never checked.
    #[must_use]
    pub fn of_query(&self, connection: &Arc<str>, sql: &Arc<str>) -> Option<&Arc<ReadShape>> {
        self.reads.get(&(connection.clone(), sql.clone()))
    }

    /// What a command does. `None` where it was never checked.
    #[must_use]
    pub fn of_command(&self, connection: &Arc<str>, sql: &Arc<str>) -> Option<&WriteShape> {
        self.writes
            .get(&(connection.clone(), sql.clone()))
            .map(Arc::as_ref)
    }
}

fn key(connection: &str, sql: &str) -> (Arc<str>, Arc<str>) {
    (Arc::from(connection), Arc::from(sql))
}
