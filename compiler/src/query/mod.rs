//! The SQL checker: what a query reads, which row it gives, and what is wrong with it.
//!
//! `sqlparser` gives the shape; names, types, nullability and lineage are derived here over the pinned
//! catalogue. Kept true here: pure; every diagnostic stands at its place in the playbook's file; one
//! mistake gives one diagnostic; what cannot be decided is left open instead of guessed, because a
//! false alarm costs more than a miss.

mod call;
mod compare;
mod compound;
mod datatype;
mod dialect;
mod expression;
mod from;
mod functions;
mod narrow;
mod operator;
mod path;
mod pivot;
mod reading;
mod report;
mod scope;
mod select;
mod star;
mod statement;
mod text;
mod typed;
mod typer;
mod units;

pub(crate) use report::nearest;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sophia_diagnostics::Diagnostic;
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
}

/// A column of a table in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnSource {
    /// The table's key in the catalogue.
    pub table: Arc<str>,
    /// The column as the catalogue writes it.
    pub column: Arc<str>,
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
    pub row: RecordType,
    /// For each output column the base columns that its value is made of, conditions of `case` and
    /// the keys of a window included.
    pub lineage: Vec<BTreeSet<ColumnSource>>,
    /// Base columns that decide which rows appear, how they are grouped and in which order.
    pub indirect: BTreeSet<ColumnSource>,
    /// What is sent: hole `n` (from 1, in order) became `?n` (SQLite), `$n` (PostgreSQL) or `?` (Snowflake).
    pub sql: String,
    /// For each hole the type (without `?`) that its place wants; `None` where the place takes anything.
    pub hole_types: Vec<Option<Type>>,
    /// The keys of the tables that are read.
    pub tables: BTreeSet<String>,
    /// What a person should look at, though nothing is wrong yet.
    pub warnings: Vec<Diagnostic>,
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
                FieldType {
                    name: Arc::from(column.name.as_str()),
                    of: if column.nullable { of.optional() } else { of },
                    documentation: None,
                    labels: Vec::new(),
                }
            })
            .collect(),
    }
}
