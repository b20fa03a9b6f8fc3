//! What a database holds: the tables and views of its schema with their columns.

use std::collections::BTreeMap;

use sophia_diagnostics::Problem;
use sqlx::Row;

use super::PostgresSource;
use super::refusal::refused;
use crate::description::{ColumnDescription, TableDescription};
use crate::own::OWN_TABLE;
use crate::source::EFFECTS_TABLE;

/// A domain is described as what it is made of, an enumeration as the text that it is.
const COLUMNS: &str = "
    select c.relname::text, c.relkind in ('r', 'p') and c.reltuples >= 0, c.reltuples::bigint,
        a.attname::text,
        case t.typtype
            when 'd' then format_type(t.typbasetype, t.typtypmod)
            when 'e' then 'text'
            else format_type(a.atttypid, a.atttypmod)
        end,
        not a.attnotnull and not (t.typtype = 'd' and t.typnotnull)
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_type t on t.oid = a.atttypid
    where n.nspname = $1 and c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relname not in ($2, $3)
    order by c.relname, a.attnum";

impl PostgresSource {
    /// The tables and views of the schema, by name. Rows are the server's own estimate.
    ///
    /// # Errors
    /// S932 when the database refuses to tell, S939 when it cannot be reached.
    pub async fn describe(&self) -> Result<Vec<TableDescription>, Problem> {
        let rows = sqlx::query(COLUMNS)
            .bind(&self.schema)
            .bind(EFFECTS_TABLE)
            .bind(OWN_TABLE)
            .fetch_all(&self.readers)
            .await
            .map_err(|error| refused(&error))?;
        let mut tables: BTreeMap<String, TableDescription> = BTreeMap::new();
        for row in rows {
            let read = || -> Result<_, sqlx::Error> {
                let counted: bool = row.try_get(1)?;
                let count: i64 = row.try_get(2)?;
                let column = ColumnDescription {
                    name: row.try_get(3)?,
                    declared: row.try_get(4)?,
                    nullable: row.try_get(5)?,
                };
                Ok((
                    row.try_get::<String, _>(0)?,
                    counted.then_some(count),
                    column,
                ))
            };
            let (name, count, column) = read().map_err(|error| refused(&error))?;
            let table = tables
                .entry(name.clone())
                .or_insert_with(|| TableDescription {
                    name,
                    rows: count.and_then(|count| u64::try_from(count).ok()),
                    columns: Vec::new(),
                });
            table.columns.push(column);
        }
        Ok(tables.into_values().collect())
    }
}
