//! PostgreSQL as a source: opening it, asking it, describing it, writing into it.

mod array;
mod cell;
mod describe;
mod effects;
mod numeric;
mod own;
mod parameters;
mod record;
mod refusal;
mod source;
mod write;

pub use source::{PostgresSettings, PostgresSource, Tls};
