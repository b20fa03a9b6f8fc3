//! What a connection is asked for, whatever database stands behind it.
//!
//! Kept true here: a write happens whole or not at all; one that carries a key happens once, however
//! often it is asked for, and what it gave the first time is what it gives again.

use std::sync::Arc;

use async_trait::async_trait;
use sophia_diagnostics::Problem;
use sophia_plan::{RecordType, Table, Value};

use crate::description::{ColumnDescription, TableDescription, TableKey};
use crate::own::{OwnChange, WatchedTable};

/// Where a database remembers the keys of writes; no table of the source.
pub const EFFECTS_TABLE: &str = "sophia_effects";

/// A query and what it is expected to give.
#[derive(Clone, Copy, Debug)]
pub struct QueryRequest<'a> {
    /// One statement, with `?`, `?1` or `$1` where parameters stand.
    pub sql: &'a str,
    /// The parameters, in order.
    pub parameters: &'a [Value],
    /// What a row holds. Columns are found by their names, in any order; others are left out.
    pub row: &'a Arc<RecordType>,
    /// The most rows that it may give.
    pub at_most: Option<u64>,
}

/// A statement that writes.
#[derive(Clone, Copy, Debug)]
pub struct CommandRequest<'a> {
    /// One statement, with `?1` or `$1` where parameters stand.
    pub sql: &'a str,
    /// The parameters, in order.
    pub parameters: &'a [Value],
    /// What a row of `returning` holds, where the statement has it.
    pub row: Option<&'a Arc<RecordType>>,
    /// The most rows that it may change.
    pub at_most: Option<u64>,
    /// The key under which it happens once. Without one it happens as often as it is asked for.
    pub once: Option<&'a str>,
}

/// Rows for a table.
#[derive(Clone, Copy, Debug)]
pub struct RecordRequest<'a> {
    /// The table.
    pub table: &'a str,
    /// The columns that are written.
    pub columns: &'a [Arc<str>],
    /// The rows; each has a value for each column, in their order.
    pub rows: &'a [Vec<Value>],
    /// The columns by which a row is known again: it is changed where it is there, and added where not.
    /// Without them every row is added.
    pub key: &'a [Arc<str>],
    /// As in [`CommandRequest::once`].
    pub once: Option<&'a str>,
}

/// What a write did.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// How many rows it added, changed or removed.
    pub rows: u64,
    /// What `returning` gave.
    pub returned: Option<Table>,
    /// Whether it had happened before, under the same key, and nothing was done now.
    pub before: bool,
}

/// Rows of which nothing is known but that they can be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// A text for each column; nothing where a value is missing or is no text.
    pub rows: Vec<Vec<Option<String>>>,
}

/// A write that did not succeed.
#[derive(Clone, Debug)]
pub struct WriteFailure {
    /// What happened.
    pub problem: Problem,
    /// What is known about the database.
    pub kind: WriteFailureKind,
}

/// What is known after a write that did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteFailureKind {
    /// Nothing was changed, and it may succeed later.
    Transient,
    /// Nothing was changed, and it will fail the same way.
    Permanent,
    /// Nobody knows whether it happened.
    Unknown,
}

impl WriteFailure {
    /// Nothing was changed, and it will fail the same way.
    #[must_use]
    pub fn permanent(problem: Problem) -> Self {
        Self {
            problem,
            kind: WriteFailureKind::Permanent,
        }
    }

    /// Nothing was changed, and it may succeed later.
    #[must_use]
    pub fn transient(problem: Problem) -> Self {
        Self {
            problem,
            kind: WriteFailureKind::Transient,
        }
    }
}

/// An open connection to a source of data.
#[async_trait]
pub trait Source: Send + Sync {
    /// Asks a query and reads its answer into a table.
    ///
    /// # Errors
    /// S932 when the database refuses it, S938 when its columns or parameters are not those of the
    /// request, S933 and S934 when a value does not fit or is missing, S935 when there are more rows
    /// than `at_most`, S939 when the database stays locked or cannot be reached.
    async fn query(&self, request: &QueryRequest<'_>) -> Result<Table, Problem>;

    /// The tables and views, by name.
    ///
    /// # Errors
    /// S932 when the database refuses to tell, S939 when it stays locked or cannot be reached.
    async fn describe(&self) -> Result<Vec<TableDescription>, Problem>;

    /// A table's name, as the catalogue writes it, as a statement takes it.
    fn table_name(&self, table: &str) -> String;

    /// Reads a statement whose columns nobody has checked: each row as texts, in the order of the columns.
    ///
    /// # Errors
    /// As [`Source::query`].
    async fn texts(&self, sql: &str) -> Result<Texts, Problem>;

    /// Makes the table in which the keys of writes are remembered, where there is none.
    ///
    /// # Errors
    /// S932 when the account may not, S939 when the database stays locked or cannot be reached.
    async fn remember(&self) -> Result<(), Problem>;

    /// Runs a statement that writes, in one transaction with its key.
    ///
    /// # Errors
    /// S919 when it would change more rows than `at_most`; otherwise as [`Source::query`].
    async fn command(&self, request: &CommandRequest<'_>) -> Result<Changed, WriteFailure>;

    /// Writes rows into a table, in one transaction with their key.
    ///
    /// # Errors
    /// S918 when there is no such table, S920 when a key stands twice in the rows, S921 when the columns
    /// are not those of the table; otherwise as [`Source::query`].
    async fn record(&self, request: &RecordRequest<'_>) -> Result<Changed, WriteFailure>;

    /// From now on what is written through this connection and changes a watched table is noted with the write.
    ///
    /// # Errors
    /// As [`Source::remember`].
    async fn watch(&self, watched: &WatchedTable) -> Result<(), Problem>;

    /// What was noted of a watched table and not forgotten, the oldest first.
    ///
    /// # Errors
    /// As [`Source::describe`].
    async fn own_changes(&self, watched: &str) -> Result<Vec<OwnChange>, Problem>;

    /// What was noted under these numbers is needed no more.
    ///
    /// # Errors
    /// As [`Source::remember`].
    async fn forget_own(&self, numbers: &[i64]) -> Result<(), Problem>;

    /// Makes a table where there is none of its name.
    ///
    /// # Errors
    /// S932 when the database refuses it, S939 when it stays locked or cannot be reached.
    async fn create_table(
        &self,
        table: &str,
        columns: &[ColumnDescription],
        key: Option<TableKey<'_>>,
    ) -> Result<(), Problem>;

    /// Adds columns to a table, one after another. Rows that are there have nothing in them.
    ///
    /// # Errors
    /// S932 when the database refuses one, for example because it is there; those before it are added then. S939 when it
    /// stays locked or cannot be reached.
    async fn add_columns(&self, table: &str, columns: &[ColumnDescription]) -> Result<(), Problem>;

    /// Ends all connections once what runs on them has ended.
    async fn close(&self);
}
