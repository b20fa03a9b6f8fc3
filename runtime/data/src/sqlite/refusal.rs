//! What SQLite says when it refuses, as a problem for a person.

use sophia_diagnostics::{Problem, codes};

/// SQLite's own numbers for "busy" and "locked".
const BUSY: [&str; 2] = ["5", "6"];

/// A problem from an error while a statement ran. S939 where trying again can help, else S932.
pub(crate) fn refused(error: &sqlx::Error) -> Problem {
    if let sqlx::Error::Database(database) = error {
        let primary = database
            .code()
            .and_then(|code| code.parse::<u32>().ok())
            .map(|code| (code & 0xff).to_string());
        if primary.is_some_and(|code| BUSY.contains(&code.as_str())) {
            return Problem::new(codes::S939, "The database is locked by another program.")
                .because(database.message())
                .with_help("close what holds it open, or try again later");
        }
        let help = match database.message().strip_prefix("no such function: ") {
            Some(function) => format!(
                "SQLite has no `{function}`; where it stands in for another database in this environment, write what both know, or run in an environment with the other one"
            ),
            None => "compare the statement with the tables that `sophia sync` finds".to_owned(),
        };
        return Problem::new(
            codes::S932,
            format!(
                "The database refused the statement: {}.",
                database.message()
            ),
        )
        .with_help(help);
    }
    match error {
        sqlx::Error::PoolTimedOut => {
            Problem::new(codes::S939, "All connections to the database are busy.")
                .with_help("try again later")
        }
        other => {
            Problem::new(codes::S932, "The database did not answer the statement.").because(other)
        }
    }
}
