//! The kinds of connection that can be opened.

use sophia_diagnostics::{Problem, codes};

/// A kind of connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionKind {
    /// A SQLite database in a file.
    Sqlite,
    /// A PostgreSQL database on a server.
    Postgres,
    /// A Redis server, of which messages are read.
    Redis,
}

impl ConnectionKind {
    /// The kind that a manifest names, for a connection of that name.
    ///
    /// # Errors
    /// S931 for a kind that cannot be opened.
    pub fn named(connection: &str, kind: &str) -> Result<Self, Problem> {
        match kind {
            "sqlite" => Ok(Self::Sqlite),
            "postgres" => Ok(Self::Postgres),
            "redis" => Ok(Self::Redis),
            other => Err(Problem::new(
                codes::S931,
                format!("The connection `{connection}` is of the kind `{other}`, which cannot be opened yet."),
            )
            .with_help(format!(
                "give `{connection}` a SQLite stand-in for this environment: `kind = \"sqlite\"` with a `path`, and `seed` files where it needs data"
            ))),
        }
    }
}
