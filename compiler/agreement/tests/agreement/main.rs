//! The checker against the truth: the same statements are derived here and asked of a live PostgreSQL and a live
//! SQLite, over rows in which everything is missing that may be.
//!
//! What is compared: the names of the columns, their types, and whether a value may be missing. The shares are
//! printed, and none may fall below its floor.

#![allow(clippy::print_stdout, reason = "the shares are worth reading")]

mod ask_postgres;
mod ask_sqlite;
mod flows;
mod generated;
mod ours;
mod rate;
mod refused;
mod schema;
mod statements;
