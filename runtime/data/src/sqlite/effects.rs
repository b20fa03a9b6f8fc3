//! The keys of writes that happened, remembered in the database that they changed.
//!
//! Kept true here: a key and what it did are in one transaction with the write itself, so they are there
//! together or not at all.

use sophia_diagnostics::Problem;
use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use super::refusal::refused;
use crate::effects::{before, returned};
use crate::source::{Changed, EFFECTS_TABLE};

/// Makes the table, where there is none.
pub(super) async fn create(connection: &mut SqliteConnection) -> Result<(), Problem> {
    let sql = format!(
        "create table if not exists {EFFECTS_TABLE} (
            key text primary key not null,
            at text not null default current_timestamp,
            rows integer not null,
            returned blob
        ) without rowid"
    );
    sqlx::query(AssertSqlSafe(sql))
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(|error| refused(&error))
}

/// What a write did that happened under this key.
pub(super) async fn earlier(
    connection: &mut SqliteConnection,
    key: &str,
) -> Result<Option<Changed>, Problem> {
    let sql = format!("select rows, returned from {EFFECTS_TABLE} where key = ?1");
    let found = sqlx::query(AssertSqlSafe(sql))
        .bind(key)
        .fetch_optional(connection)
        .await
        .map_err(|error| refused(&error))?;
    let Some(row) = found else {
        return Ok(None);
    };
    let read = || -> Result<(i64, Option<Vec<u8>>), sqlx::Error> {
        Ok((row.try_get(0)?, row.try_get(1)?))
    };
    let (rows, returned) = read().map_err(|error| refused(&error))?;
    before(rows, returned).map(Some)
}

/// Remembers a write within its transaction.
pub(super) async fn note(
    connection: &mut SqliteConnection,
    key: &str,
    changed: &Changed,
) -> Result<(), Problem> {
    let sql = format!("insert into {EFFECTS_TABLE} (key, rows, returned) values (?1, ?2, ?3)");
    sqlx::query(AssertSqlSafe(sql))
        .bind(key)
        .bind(i64::try_from(changed.rows).unwrap_or(i64::MAX))
        .bind(returned(changed))
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(|error| refused(&error))
}
