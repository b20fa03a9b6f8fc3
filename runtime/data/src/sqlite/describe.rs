//! What a database holds: its tables and views with their columns.

use std::collections::BTreeMap;

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
        let seeded = self.is_seeded().await?;
        for row in found {
            let name: String = row.try_get(0).map_err(|error| refused(&error))?;
            let kind: String = row.try_get(1).map_err(|error| refused(&error))?;
            let rows = if kind == "table" {
                Some(self.count(&name).await?)
            } else {
                None
            };
            let (columns, key) = self.columns(&name).await?;
            let mut table = TableDescription {
                name,
                rows,
                key: (!seeded).then_some(key),
                unique: Vec::new(),
                columns,
            };
            if !seeded {
                self.add_unique(&mut table).await?;
            }
            tables.push(table);
        }
        Ok(tables)
    }

    /// Whether the tables were made of files, which tell nothing of keys.
    async fn is_seeded(&self) -> Result<bool, Problem> {
        sqlx::query_scalar("select exists (select 1 from sqlite_master where name = ?)")
            .bind(SEED_TABLE)
            .fetch_one(self.readers())
            .await
            .map_err(|error| refused(&error))
    }

    /// The unique indexes of a table that hold of every row: over columns alone, none of which may be missing.
    async fn add_unique(&self, table: &mut TableDescription) -> Result<(), Problem> {
        let rows = sqlx::query(
            "select list.seq, info.name from pragma_index_list(?) as list, pragma_index_info(list.name) as info \
             where list.\"unique\" = 1 and list.partial = 0 and list.origin <> 'pk' order by list.seq, info.seqno",
        )
        .bind(&table.name)
        .fetch_all(self.readers())
        .await
        .map_err(|error| refused(&error))?;
        // An expression has no name, and no column of that name is there.
        let mut keys: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        for row in rows {
            let read = || -> Result<_, sqlx::Error> {
                let column: Option<String> = row.try_get(1)?;
                Ok((row.try_get::<i64, _>(0)?, column.unwrap_or_default()))
            };
            let (index, column) = read().map_err(|error| refused(&error))?;
            keys.entry(index).or_default().push(column);
        }
        for columns in keys.into_values() {
            let is_present = |name: &String| {
                let mut known = table.columns.iter();
                known.any(|column| column.name == *name && !column.nullable)
            };
            if columns.iter().all(is_present) {
                table.add_unique(columns);
            }
        }
        Ok(())
    }

    async fn count(&self, table: &str) -> Result<u64, Problem> {
        let sql = format!("select count(*) from {}", quoted(table));
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(self.readers())
            .await
            .map_err(|error| refused(&error))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// The columns of a table, and the names of those that are its primary key, in the key's order.
    async fn columns(&self, table: &str) -> Result<(Vec<ColumnDescription>, Vec<String>), Problem> {
        // `hidden` is 1 for the inner columns of virtual tables.
        let rows = sqlx::query(
            "select name, type, \"notnull\", pk from pragma_table_xinfo(?) where hidden <> 1 order by cid",
        )
        .bind(table)
        .fetch_all(self.readers())
        .await
        .map_err(|error| refused(&error))?;
        let mut columns = Vec::with_capacity(rows.len());
        let mut key = BTreeMap::new();
        for row in rows {
            let read = || -> Result<_, sqlx::Error> {
                let not_null: i64 = row.try_get(2)?;
                let place: i64 = row.try_get(3)?;
                let column = ColumnDescription {
                    name: row.try_get(0)?,
                    declared: row.try_get(1)?,
                    nullable: not_null == 0,
                };
                Ok((column, place))
            };
            let (column, place) = read().map_err(|error| refused(&error))?;
            if place > 0 {
                key.insert(place, column.name.clone());
            }
            columns.push(column);
        }
        let key: Vec<String> = key.into_values().collect();
        // A single key declared INTEGER is the row's own number, which is never missing. Other keys
        // may hold nulls in SQLite, unless they say otherwise.
        if let [name] = key.as_slice() {
            for column in columns.iter_mut().filter(|column| column.name == *name) {
                if column.declared.eq_ignore_ascii_case("integer") {
                    column.nullable = false;
                }
            }
        }
        Ok((columns, key))
    }
}
