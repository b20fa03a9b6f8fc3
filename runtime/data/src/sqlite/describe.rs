//! What a database holds: its tables and views with their columns.

use sophia_diagnostics::Problem;
use sqlx::{AssertSqlSafe, Row};

use super::SqliteSource;
use super::refusal::refused;
use crate::description::{ColumnDescription, TableDescription, quoted};
use crate::own::OWN_TABLE;
use crate::source::EFFECTS_TABLE;

/// Where seeding notes what it made; no table of the source.
pub(crate) const SEED_TABLE: &str = "_sophia_seed";

impl SqliteSource {
    /// The tables and views, by name.
    ///
    /// # Errors
    /// S932 when the database refuses to tell, S939 when it stays locked.
    pub async fn describe(&self) -> Result<Vec<TableDescription>, Problem> {
        let found = sqlx::query(
            "select name, type from sqlite_master \
             where type in ('table', 'view') and name not like 'sqlite~_%' escape '~' and name not in (?, ?, ?) \
             order by name",
        )
        .bind(SEED_TABLE)
        .bind(EFFECTS_TABLE)
        .bind(OWN_TABLE)
        .fetch_all(self.readers())
        .await
        .map_err(|error| refused(&error))?;

        let mut tables = Vec::with_capacity(found.len());
        for row in found {
            let name: String = row.try_get(0).map_err(|error| refused(&error))?;
            let kind: String = row.try_get(1).map_err(|error| refused(&error))?;
            let rows = if kind == "table" {
                Some(self.count(&name).await?)
            } else {
                None
            };
            let columns = self.columns(&name).await?;
            tables.push(TableDescription {
                name,
                rows,
                columns,
            });
        }
        Ok(tables)
    }

    async fn count(&self, table: &str) -> Result<u64, Problem> {
        let sql = format!("select count(*) from {}", quoted(table));
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(self.readers())
            .await
            .map_err(|error| refused(&error))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    async fn columns(&self, table: &str) -> Result<Vec<ColumnDescription>, Problem> {
        // `hidden` is 1 for the inner columns of virtual tables.
        let rows = sqlx::query(
            "select name, type, \"notnull\", pk from pragma_table_xinfo(?) where hidden <> 1 order by cid",
        )
        .bind(table)
        .fetch_all(self.readers())
        .await
        .map_err(|error| refused(&error))?;
        let mut columns = Vec::with_capacity(rows.len());
        let mut keys = Vec::with_capacity(rows.len());
        for row in rows {
            let read = || -> Result<_, sqlx::Error> {
                let not_null: i64 = row.try_get(2)?;
                let key: i64 = row.try_get(3)?;
                let column = ColumnDescription {
                    name: row.try_get(0)?,
                    declared: row.try_get(1)?,
                    nullable: not_null == 0,
                };
                Ok((column, key > 0))
            };
            let (column, key) = read().map_err(|error| refused(&error))?;
            columns.push(column);
            keys.push(key);
        }
        // A single key declared INTEGER is the row's own number, which is never missing. Other keys
        // may hold nulls in SQLite, unless they say otherwise.
        if keys.iter().filter(|key| **key).count() == 1 {
            for (column, _) in columns.iter_mut().zip(keys).filter(|(_, key)| *key) {
                if column.declared.eq_ignore_ascii_case("integer") {
                    column.nullable = false;
                }
            }
        }
        Ok(columns)
    }
}
