//! The keys of writes that happened, remembered in the database that they changed.
//!
//! Kept true here: a key and what it did are in one transaction with the write itself, so they are there
//! together or not at all.

use sophia_diagnostics::{Problem, codes};
use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::refusal::refused;
use crate::effects::{before, returned};
use crate::source::{Changed, EFFECTS_TABLE};

/// Makes the table.
pub(super) async fn create(connection: &mut PgConnection) -> Result<(), Problem> {
    let columns = "key text primary key, at timestamptz not null default now(), rows bigint not null, returned bytea";
    make(connection, EFFECTS_TABLE, columns, &["select", "insert"]).await
}

/// Makes a table of ours, where there is none. An account that may not make it may still use it.
pub(super) async fn make(
    connection: &mut PgConnection,
    table: &str,
    columns: &str,
    privileges: &[&str],
) -> Result<(), Problem> {
    if usable(connection, table, privileges).await? {
        return Ok(());
    }
    let sql = format!("create table if not exists {table} ({columns})");
    let made = sqlx::query(AssertSqlSafe(sql))
        .execute(&mut *connection)
        .await;
    match made {
        Ok(_) => Ok(()),
        // Another program may have made it at the same time.
        Err(_) if usable(connection, table, privileges).await? => Ok(()),
        Err(error) => Err(refused(&error)),
    }
}

async fn usable(
    connection: &mut PgConnection,
    table: &str,
    privileges: &[&str],
) -> Result<bool, Problem> {
    let sql = "select coalesce(bool_and(has_table_privilege(to_regclass($1)::oid, one)), false) from unnest($2) as one";
    sqlx::query_scalar(sql)
        .bind(table)
        .bind(privileges.to_vec())
        .fetch_one(connection)
        .await
        .map_err(|error| refused(&error))
}

/// What a write did that happened under this key.
pub(super) async fn earlier(
    connection: &mut PgConnection,
    key: &str,
) -> Result<Option<Changed>, Problem> {
    let sql = format!("select rows, returned from {EFFECTS_TABLE} where key = $1");
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
    connection: &mut PgConnection,
    key: &str,
    changed: &Changed,
) -> Result<(), Problem> {
    let sql = format!(
        "insert into {EFFECTS_TABLE} (key, rows, returned) values ($1, $2, $3) on conflict (key) do nothing"
    );
    let noted = sqlx::query(AssertSqlSafe(sql))
        .bind(key)
        .bind(i64::try_from(changed.rows).unwrap_or(i64::MAX))
        .bind(returned(changed))
        .execute(connection)
        .await
        .map_err(|error| refused(&error))?;
    if noted.rows_affected() == 1 {
        return Ok(());
    }
    // The other did it; nothing of this one stays.
    Err(Problem::new(
        codes::S939,
        "Another program did the same write at the same time.",
    )
    .with_help("try again: what the other did is then taken as the result"))
}
