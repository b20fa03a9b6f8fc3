//! What writes changed in watched tables, noted in the database itself.
//!
//! Kept true here: a note is in the transaction of its write.

use async_trait::async_trait;
use sophia_diagnostics::Problem;
use sophia_plan::Table;
use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::PostgresSource;
use super::effects::make;
use super::refusal::refused;
use super::source::read;
use crate::own::{Change, Noting, OWN_TABLE, OwnChange, WatchedTable, forgetting};
use crate::source::QueryRequest;

#[async_trait]
impl Noting for PgConnection {
    async fn read(&mut self, request: &QueryRequest<'_>) -> Result<Table, Problem> {
        read(self, request).await
    }

    async fn note(&mut self, watcher: &str, (key, was, now): Change<'_>) -> Result<(), Problem> {
        let sql =
            format!("insert into {OWN_TABLE} (watcher, key, was, now) values ($1, $2, $3, $4)");
        sqlx::query(AssertSqlSafe(sql))
            .bind(watcher)
            .bind(key)
            .bind(was.map(<[u8; 32]>::as_slice))
            .bind(now.map(<[u8; 32]>::as_slice))
            .execute(self)
            .await
            .map(|_| ())
            .map_err(|error| refused(&error))
    }
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
            let note = (row.try_get(0)?, row.try_get(1)?);
            Ok(OwnChange::noted(note, [row.try_get(2)?, row.try_get(3)?]))
        };
        let changes: Result<_, sqlx::Error> = noted.iter().map(change).collect();
        changes.map_err(|error| refused(&error))
    }

    /// See [`crate::Source::forget_own`].
    pub(super) async fn forget_changes(&self, numbers: &[i64]) -> Result<(), Problem> {
        let mut connection = self.writer().await?;
        sqlx::query(AssertSqlSafe(forgetting(numbers)))
            .execute(&mut *connection)
            .await
            .map(|_| ())
            .map_err(|error| refused(&error))
    }
}
