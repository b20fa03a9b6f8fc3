//! Holds the SQL checker against the truth: what a live PostgreSQL and SQLite say about the same statements.
//!
//! Everything stands in `tests/`. It is a package of its own so that the checker itself keeps no door to a
//! database.
