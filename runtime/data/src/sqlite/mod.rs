//! SQLite as a source: opening it, asking it, describing it.

mod cell;
mod column;
mod describe;
mod parameters;
mod refusal;
mod source;

pub use describe::{ColumnDescription, TableDescription};
pub use source::{Access, QueryRequest, SqliteSource};

pub(crate) use describe::{SEED_TABLE, quoted};
pub(crate) use refusal::refused;
