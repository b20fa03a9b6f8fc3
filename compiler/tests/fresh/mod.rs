//! Generated statements that read, write and wait, and what each use of a query must see.

pub mod generate;
pub mod reference;
