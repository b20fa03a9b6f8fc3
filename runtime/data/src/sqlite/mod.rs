//! SQLite as a source: opening it, asking it, describing it, writing into it.

mod cell;
mod describe;
mod effects;
mod own;
mod parameters;
mod record;
mod refusal;
mod source;
mod write;

pub use source::{Access, SqliteSource};

pub(crate) use describe::SEED_TABLE;
pub(crate) use refusal::refused;
