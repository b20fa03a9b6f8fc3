//! Connections to data: queries in a source's own SQL give tables, statements and rows are written,
//! tables of files become a source, messages are read in their order.
//!
//! Kept true here: a table holds exactly what its row type says, or there is a problem that names the
//! row, the column and the value; a query cannot write; a write with a key happens once.
//! Must not know: playbooks, plans, when a query runs or why.

mod answer;
mod cell;
mod column;
mod description;
mod effects;
mod file;
mod kind;
mod own;
mod postgres;
mod redis;
mod rows;
mod seed;
mod source;
mod sqlite;
mod writing;
mod written;

pub use description::{ColumnDescription, TableDescription, TableKey, quoted};
pub use file::{FileRow, read_csv};
pub use kind::ConnectionKind;
pub use own::{OWN_TABLE, OwnChange, WatchedRow, WatchedTable};
pub use postgres::{PostgresSettings, PostgresSource, Tls};
pub use redis::{Encryption, Message, Position, RedisSettings, Streams};
pub use seed::{SeededTable, seed_sqlite};
pub use source::{
    Changed, CommandRequest, EFFECTS_TABLE, QueryRequest, RecordRequest, Source, Texts,
    WriteFailure, WriteFailureKind,
};
pub use sqlite::{Access, SqliteSource};
