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
        c.relkind = 'r' and c.relhassubclass,
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

/// The keys that hold of every row at every instant: over columns alone, none of which may be missing. Those that are
/// checked at the end of a transaction are none; of rows in tables that inherit they say nothing.
const KEYS: &str = "
    select c.relname::text, i.indisprimary, array(
        select a.attname::text
        from unnest(i.indkey) with ordinality as k(number, place)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
        where k.place <= i.indnkeyatts
        order by k.place
    )
    from pg_index i
    join pg_class c on c.oid = i.indrelid
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = $1 and c.relkind in ('r', 'p', 'm')
        and i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null and i.indexprs is null
        and not exists (
            select from pg_attribute a
            where a.attrelid = c.oid and a.attnum = any (i.indkey[0:i.indnkeyatts - 1]) and not a.attnotnull
        )
    order by c.relname, i.indisprimary desc";

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
                let inherited: bool = row.try_get(3)?;
                let table = TableDescription {
                    name: row.try_get(0)?,
                    rows: u64::try_from(count).ok().filter(|_| counted),
                    key: (!inherited).then(Vec::new),
                    unique: Vec::new(),
                    columns: Vec::new(),
                };
                let column = ColumnDescription {
                    name: row.try_get(4)?,
                    declared: row.try_get(5)?,
                    nullable: row.try_get(6)?,
                };
                Ok((table, column))
            };
            let (table, column) = read().map_err(|error| refused(&error))?;
            let table = tables.entry(table.name.clone()).or_insert(table);
            table.columns.push(column);
        }
        self.add_keys(&mut tables).await?;
        Ok(tables.into_values().collect())
    }

    async fn add_keys(
        &self,
        tables: &mut BTreeMap<String, TableDescription>,
    ) -> Result<(), Problem> {
        let rows = sqlx::query(KEYS)
            .bind(&self.schema)
            .fetch_all(&self.readers)
            .await
            .map_err(|error| refused(&error))?;
        for row in rows {
            let read = || -> Result<(String, bool, Vec<String>), sqlx::Error> {
                Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))
            };
            let (name, primary, columns) = read().map_err(|error| refused(&error))?;
            let table = tables.get_mut(&name);
            let Some(table) = table.filter(|table| table.key.is_some()) else {
                continue;
            };
            if primary {
                table.key = Some(columns);
            } else {
                table.add_unique(columns);
            }
        }
        Ok(())
    }
}
