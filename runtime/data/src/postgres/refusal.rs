//! What PostgreSQL says when it refuses, as a problem for a person.

use sophia_diagnostics::{Problem, codes};

/// SQLSTATEs, or their classes, after which trying again can help: the connection broke, the server has no
/// room or goes down, others were in the way, the statement took too long.
const AGAIN: [&str; 7] = ["08", "40", "53", "55P03", "57014", "57P", "58"];

/// A problem from an error while a statement ran. S939 where trying again can help, else S932.
pub(super) fn refused(error: &sqlx::Error) -> Problem {
    let sqlx::Error::Database(database) = error else {
        return match error {
            sqlx::Error::PoolTimedOut => {
                Problem::new(codes::S939, "All connections to the database are busy.")
                    .with_help("try again later, or raise `connections` in sophia.toml")
            }
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolClosed => {
                Problem::new(codes::S939, "The database cannot be reached.")
                    .because(error)
                    .with_help("check the connection's `host` and `port`, and the network between")
            }
            other => Problem::new(codes::S932, "The database did not answer the statement.")
                .because(other),
        };
    };
    let state = database.code().unwrap_or_default();
    if &*state == "57014" {
        return Problem::new(
            codes::S939,
            "The statement took longer than the connection allows.",
        )
        .because(database.message())
        .with_help("narrow the statement, or raise `statement_timeout` in sophia.toml");
    }
    if AGAIN.iter().any(|class| state.starts_with(class)) {
        return Problem::new(
            codes::S939,
            format!("The database cannot do this now: {}.", database.message()),
        )
        .with_help("try again later");
    }
    let problem = Problem::new(
        codes::S932,
        format!(
            "The database refused the statement: {}.",
            database.message()
        ),
    );
    if &*state == "42501" {
        return problem
            .with_help("ask who owns the database to grant this to the connection's `user`");
    }
    problem.with_help("compare the statement with the tables that `sophia sync` finds")
}

/// Whether an error leaves open what the server did.
pub(super) fn leaves_open(error: &sqlx::Error) -> bool {
    !matches!(error, sqlx::Error::Database(_))
}
