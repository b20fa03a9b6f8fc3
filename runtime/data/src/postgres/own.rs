//! What writes changed in watched tables, noted in the database itself.
//!
//! Kept true here: a note is in the transaction of its write.

use std::sync::Arc;

use sophia_diagnostics::Problem;
use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::PostgresSource;
use super::effects::make;
use super::refusal::refused;
use super::source::read;
use crate::own::{OWN_TABLE, OwnChange, Rows, WatchedTable, changes, digest, listed, rows};

/// The rows of the watched tables as the connection sees them.
pub(super) async fn look(
    connection: &mut PgConnection,
    watched: &[Arc<WatchedTable>],
) -> Result<Vec<Rows>, Problem> {
    let mut seen = Vec::with_capacity(watched.len());
    for watched in watched {
        let answer = read(connection, &watched.request()).await?;
        seen.push(rows(watched, &answer));
    }
    Ok(seen)
}

/// Notes what has changed in them since.
pub(super) async fn note(
    connection: &mut PgConnection,
    watched: &[Arc<WatchedTable>],
    before: &[Rows],
) -> Result<(), Problem> {
    let after = look(connection, watched).await?;
    let sql = format!("insert into {OWN_TABLE} (watcher, key, was, now) values ($1, $2, $3, $4)");
    for ((watched, before), after) in watched.iter().zip(before).zip(&after) {
        for (key, was, now) in changes(before, after) {
            sqlx::query(AssertSqlSafe(sql.clone()))
                .bind(&*watched.name)
                .bind(key)
                .bind(was.map(<[u8; 32]>::as_slice))
                .bind(now.map(<[u8; 32]>::as_slice))
                .execute(&mut *connection)
                .await
                .map_err(|error| refused(&error))?;
        }
    }
    Ok(())
}

impl PostgresSource {
    /// See [`crate::Source::watch`].
    pub(super) async fn watch_table(&self, watched: &WatchedTable) -> Result<(), Problem> {
        let mut connection = self.writer().await?;
        let columns = "number bigint generated always as identity primary key, watcher text not null, key bytea not null, was bytea, now bytea";
        make(
            &mut connection,
            OWN_TABLE,
            columns,
            &["select", "insert", "delete"],
        )
        .await?;
        self.watches.add(watched);
        Ok(())
    }

    /// See [`crate::Source::own_changes`].
    pub(super) async fn noted_changes(&self, watched: &str) -> Result<Vec<OwnChange>, Problem> {
        let sql = format!(
            "select number, key, was, now from {OWN_TABLE} where watcher = $1 order by number"
        );
        let noted = sqlx::query(AssertSqlSafe(sql))
            .bind(watched)
            .fetch_all(&self.readers)
            .await
            .map_err(|error| refused(&error))?;
        let change = |row| -> Result<OwnChange, sqlx::Error> {
            let row: &sqlx::postgres::PgRow = row;
            Ok(OwnChange {
                number: row.try_get(0)?,
                key: row.try_get(1)?,
                was: digest(row.try_get(2)?),
                now: digest(row.try_get(3)?),
            })
        };
        let changes: Result<_, sqlx::Error> = noted.iter().map(change).collect();
        changes.map_err(|error| refused(&error))
    }

    /// See [`crate::Source::forget_own`].
    pub(super) async fn forget_changes(&self, numbers: &[i64]) -> Result<(), Problem> {
        let mut connection = self.writer().await?;
        let sql = format!(
            "delete from {OWN_TABLE} where number in ({})",
            listed(numbers)
        );
        sqlx::query(AssertSqlSafe(sql))
            .execute(&mut *connection)
            .await
            .map(|_| ())
            .map_err(|error| refused(&error))
    }
}
