//! Connections to data: queries in a source's own SQL give tables, tables of files become a source.
//!
//! Kept true here: a table holds exactly what its row type says, or there is a problem that names the
//! row, the column and the value; a query cannot write.
//! Must not know: playbooks, plans, when a query runs or why.

mod kind;
mod seed;
mod sqlite;
mod written;

pub use kind::ConnectionKind;
pub use seed::{SeededTable, seed_sqlite};
pub use sqlite::{Access, ColumnDescription, QueryRequest, SqliteSource, TableDescription};
