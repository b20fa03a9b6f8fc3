//! The SQL checker: what a query reads, which row it gives, and what is wrong with it.
//!
//! `sqlparser` gives the shape; names, types, nullability and lineage are derived here over the pinned
//! catalogue. Kept true here: pure; every diagnostic stands at its place in the playbook's file; one
//! mistake gives one diagnostic; what cannot be decided is left open instead of guessed, because a
//! false alarm costs more than a miss.

mod access;
mod adding;
mod assign;
mod bound;
mod call;
mod choice;
mod choice_report;
mod compare;
mod compound;
mod conjuncts;
mod datatype;
mod definition;
mod dialect;
mod distinct;
mod expression;
mod from;
mod functions;
mod group_keys;
mod grouped;
mod grouped_report;
mod groups;
mod insert;
mod kept;
mod keyed;
mod lineage;
mod matching;
mod misuse;
mod misuse_report;
mod named;
mod narrow;
mod operator;
mod own_calls;
mod partner;
mod path;
mod pivot;
mod quoted;
mod reading;
mod report;
mod scope;
mod select;
mod spelling;
mod star;
mod statement;
mod table_function;
mod text;
mod typed;
mod typer;
mod units;
mod write;
mod write_bound;
mod write_report;

pub(crate) use definition::{declared_for, definition, longest_name};
pub use functions::{SqlFunction, sql_function, sql_functions};
pub use kept::KeptColumn;
pub use lineage::{ColumnSource, Lineage, Way};
pub(crate) use report::nearest;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sophia_diagnostics::{Diagnostic, Span};
use sophia_language::syntax::SqlText;
use sophia_plan::types::{FieldType, RecordType, Type};

use crate::catalogue::Table;

/// What is asked: one SQL text over one connection.
pub struct QueryRequest<'a> {
    /// The text with its holes blanked.
    pub sql: &'a SqlText,
    /// The file that holds the text, for diagnostics.
    pub file: Arc<str>,
    /// The connection's name, for messages.
    pub connection: &'a str,
    /// `sqlite`, `postgres` or `snowflake`; fixes the dialect. Anything else is read as `sqlite`.
    pub kind: &'a str,
    /// The tables of the connection, by name or by `schema.name` or `catalog.schema.name`.
    pub tables: &'a BTreeMap<String, Table>,
    /// The unit that the manifest gives a column: (table, column) → type.
    pub units: &'a dyn Fn(&str, &str) -> Option<Type>,
    /// When the catalogue was written, an RFC 3339 instant.
    pub synced_at: &'a str,
    /// Whether a name is a parameter or an input that the text could put in.
    pub in_scope: &'a dyn Fn(&str) -> bool,
}

/// What a query gives.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryShape {
    /// The output columns in order. A column that may be missing has an optional type; one whose type
    /// could not be derived has [`Type::Unknown`], and a warning says so.
    ///
    /// Names are as the source would give them, except that Snowflake's all-capital names arrive in
    /// lower case, and that a column without a name is `column_2` after its place, with a warning. Rows are
    /// therefore matched by position, never by name.
    pub row: Arc<RecordType>,
    /// For each output column the base columns that its value is made of, conditions of `case` and
    /// the keys of a window included, each with the way in which it went in. Never less than what the
    /// value shows.
    pub lineage: Vec<Lineage>,
    /// For each output column the holes whose values it is made of, from 0.
    pub holes: Vec<BTreeSet<usize>>,
    /// Base columns that decide which rows appear, how they are grouped and in which order.
    pub indirect: BTreeSet<ColumnSource>,
    /// Holes that decide the same, from 0.
    pub indirect_holes: BTreeSet<usize>,
    /// The output columns that are a `sum` or a `count`, and so add up across the rows of the answer.
    pub adding: BTreeSet<String>,
    /// The most rows that the query can give, where its text proves a bound: a `limit` that is a number,
    /// one row of an aggregate over everything, rows that are written out, rows found by their key.
    pub limit: Option<u64>,
    /// Comparisons of output columns with numbers that hold of every row.
    pub kept: Vec<(KeptColumn, Span)>,
    /// The columns, by their places, by which no two rows are alike: keys of the one table that is read.
    pub keys: Vec<Vec<usize>>,
    /// What is sent: hole `n` (from 1, in order) became `?n` (SQLite), `$n` (PostgreSQL) or `?` (Snowflake).
    pub sql: String,
    /// For each hole the type (without `?`) that its place wants; `None` where the place takes anything.
    pub hole_types: Vec<Option<Type>>,
    /// The keys of the tables that are read.
    pub tables: BTreeSet<String>,
    /// What a person should look at, though nothing is wrong yet.
    pub warnings: Vec<Diagnostic>,
}

/// What a command does.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandShape {
    /// What is sent, as in [`QueryShape::sql`].
    pub sql: String,
    /// For each hole the type (without `?`) that its place wants; `None` where the place takes anything.
    pub hole_types: Vec<Option<Type>>,
    /// The row that `returning` gives, if it stands there.
    pub returning: Option<RecordType>,
    /// For each column of `returning` what it is made of, as in [`QueryShape::lineage`].
    pub lineage: Vec<Lineage>,
    /// For each column of `returning` the holes that it is made of, from 0.
    pub holes: Vec<BTreeSet<usize>>,
    /// The key of the table that is written.
    pub table: String,
    /// The columns that are written, as the catalogue writes them, each with what flows into it. Empty for a
    /// `delete`.
    pub writes: BTreeMap<String, Written>,
    /// Base columns that decide which rows are written.
    pub reads: BTreeSet<ColumnSource>,
    /// Holes that decide the same, from 0.
    pub indirect_holes: BTreeSet<usize>,
    /// Nothing in the text picks rows: every row of the table is changed. A warning says so.
    pub whole_table: bool,
    /// The most rows that can be written, where the text proves it: an `insert` of rows that are written out.
    pub limit: Option<u64>,
    /// What a person should look at, though nothing is wrong yet.
    pub warnings: Vec<Diagnostic>,
}

/// What flows into a column that is written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Written {
    /// The base columns.
    pub sources: Lineage,
    /// The holes, from 0.
    pub holes: BTreeSet<usize>,
}

/// Checks one command: a single `insert`, `update`, `delete` or `merge`.
///
/// # Errors
/// Every mistake that was found, in the order of the text.
pub fn check_command(request: &QueryRequest<'_>) -> Result<CommandShape, Vec<Diagnostic>> {
    write::check(request)
}

/// Checks one query.
///
/// # Errors
/// Every mistake that was found, in the order of the text.
pub fn check_query(request: &QueryRequest<'_>) -> Result<QueryShape, Vec<Diagnostic>> {
    statement::check(request)
}

/// The columns of a pinned table as a playbook sees them, units and missing values included.
pub(crate) fn row_of(
    kind: &str,
    key: &str,
    table: &Table,
    units: &dyn Fn(&str, &str) -> Option<Type>,
) -> RecordType {
    let dialect = dialect::Dialect::of_kind(kind);
    RecordType {
        name: None,
        fields: table
            .columns
            .iter()
            .map(|column| {
                let of = units(key, &column.name)
                    .unwrap_or_else(|| datatype::declared(dialect, &column.declared));
                FieldType::new(
                    column.name.as_str(),
                    if column.nullable { of.optional() } else { of },
                )
            })
            .collect(),
    }
}
