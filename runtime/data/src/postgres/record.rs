//! Rows into a table.
//!
//! Kept true here: nothing is written before every column and every key is known to fit; all of it
//! happens in the transaction that it is given.

use sophia_diagnostics::Problem;
use sophia_plan::Value;
use sqlx::{PgConnection, Row, Statement};

use super::parameters::arguments;
use super::refusal::refused;
use super::source::{parameter_types, prepare};
use crate::description::quoted;
use crate::rows::{TargetColumn, keys, matched};
use crate::source::{Changed, RecordRequest};

/// The most parameters of one statement; PostgreSQL takes 65,535.
const PARAMETERS: usize = 20_000;

/// The columns of a table that rows may write.
const COLUMNS: &str = "
    select attname::text, not attnotnull or atthasdef or attidentity <> ''
    from pg_attribute
    where attrelid = to_regclass($1) and attnum > 0 and not attisdropped and attgenerated = ''
    order by attnum";

/// Whether a unique index stands on exactly these columns, for every row.
const UNIQUE: &str = "
    select exists (
        select from pg_index i
        where i.indrelid = to_regclass($1) and i.indisunique and i.indisvalid
            and i.indpred is null and i.indexprs is null
            and (
                select array_agg(a.attname::text order by a.attname::text)
                from pg_attribute a
                where a.attrelid = i.indrelid and a.attnum = any (i.indkey[0:i.indnkeyatts - 1])
            ) = (select array_agg(k order by k) from unnest($2::text[]) k)
            and not exists (
                select from pg_attribute a
                where a.attrelid = i.indrelid and a.attnum = any (i.indkey[0:i.indnkeyatts - 1])
                    and not a.attnotnull
            )
    )";

/// Writes the rows.
pub(super) async fn write(
    connection: &mut PgConnection,
    request: &RecordRequest<'_>,
) -> Result<Changed, Problem> {
    let parts: Vec<String> = request.table.split('.').map(quoted).collect();
    let table = parts.join(".");
    let known = columns_of(connection, &table).await?;
    let columns = matched(request, &known)?;
    let key = keys(request)?;
    let rows = if key.is_empty() {
        insert(connection, &table, request, &columns, "").await?
    } else if is_unique(connection, &table, &key, &columns).await? {
        let conflict = on_conflict(&columns, &key);
        insert(connection, &table, request, &columns, &conflict).await?
    } else {
        merge(connection, &table, request, &columns, &key).await?
    };
    Ok(Changed {
        rows,
        returned: None,
        before: false,
    })
}

async fn columns_of(
    connection: &mut PgConnection,
    table: &str,
) -> Result<Vec<TargetColumn>, Problem> {
    let rows = sqlx::query(COLUMNS)
        .bind(table)
        .fetch_all(connection)
        .await
        .map_err(|error| refused(&error))?;
    rows.iter()
        .map(|row| {
            let read = || -> Result<TargetColumn, sqlx::Error> {
                Ok(TargetColumn {
                    name: row.try_get(0)?,
                    optional: row.try_get(1)?,
                })
            };
            read().map_err(|error| refused(&error))
        })
        .collect()
}

async fn is_unique(
    connection: &mut PgConnection,
    table: &str,
    key: &[usize],
    columns: &[&str],
) -> Result<bool, Problem> {
    let names: Vec<String> = key.iter().map(|place| columns[*place].to_owned()).collect();
    sqlx::query_scalar(UNIQUE)
        .bind(table)
        .bind(names)
        .fetch_one(connection)
        .await
        .map_err(|error| refused(&error))
}

fn on_conflict(columns: &[&str], key: &[usize]) -> String {
    let keys: Vec<String> = key.iter().map(|place| quoted(columns[*place])).collect();
    let rest: Vec<String> = columns
        .iter()
        .enumerate()
        .filter(|(place, _)| !key.contains(place))
        .map(|(_, column)| format!("{0} = excluded.{0}", quoted(column)))
        .collect();
    if rest.is_empty() {
        format!(" on conflict ({}) do nothing", keys.join(", "))
    } else {
        format!(
            " on conflict ({}) do update set {}",
            keys.join(", "),
            rest.join(", ")
        )
    }
}

async fn insert(
    connection: &mut PgConnection,
    table: &str,
    request: &RecordRequest<'_>,
    columns: &[&str],
    ending: &str,
) -> Result<u64, Problem> {
    let width = columns.len().max(1);
    let mut written = 0;
    for batch in request.rows.chunks((PARAMETERS / width).max(1)) {
        let rows: Vec<String> = (0..batch.len())
            .map(|row| places(row * width, columns.len()))
            .collect();
        let sql = format!(
            "insert into {table} ({}) values {}{ending}",
            listed(columns),
            rows.join(", ")
        );
        let values: Vec<Value> = batch.iter().flatten().cloned().collect();
        written += execute(connection, &sql, &values).await?;
    }
    Ok(written)
}

/// Changes each row where it is there, and adds it where not. No index helps to tell which, so nobody else
/// may write into the table meanwhile.
async fn merge(
    connection: &mut PgConnection,
    table: &str,
    request: &RecordRequest<'_>,
    columns: &[&str],
    key: &[usize],
) -> Result<u64, Problem> {
    execute(
        connection,
        &format!("lock table {table} in share row exclusive mode"),
        &[],
    )
    .await?;
    let rest: Vec<usize> = (0..columns.len())
        .filter(|place| !key.contains(place))
        .collect();
    let condition: Vec<String> = key
        .iter()
        .map(|place| {
            format!(
                "{} is not distinct from ${}",
                quoted(columns[*place]),
                place + 1
            )
        })
        .collect();
    // Where the key is all there is, a row that is there stays as it is.
    let assigned = if rest.is_empty() { key } else { &rest };
    let assignments: Vec<String> = assigned
        .iter()
        .map(|place| format!("{} = ${}", quoted(columns[*place]), place + 1))
        .collect();
    let update = format!(
        "update {table} set {} where {}",
        assignments.join(", "),
        condition.join(" and ")
    );
    let insert = format!(
        "insert into {table} ({}) values {}",
        listed(columns),
        places(0, columns.len())
    );
    let mut written = 0;
    for row in request.rows {
        let changed = execute(connection, &update, row).await?;
        written += if changed == 0 {
            execute(connection, &insert, row).await?
        } else {
            changed
        };
    }
    Ok(written)
}

async fn execute(
    connection: &mut PgConnection,
    sql: &str,
    values: &[Value],
) -> Result<u64, Problem> {
    let statement = prepare(connection, sql).await?;
    let arguments = arguments(values, &parameter_types(&statement))?;
    statement
        .query_with(arguments)
        .execute(connection)
        .await
        .map(|done| done.rows_affected())
        .map_err(|error| refused(&error))
}

/// `($4, $5, $6)`
fn places(after: usize, count: usize) -> String {
    let places: Vec<String> = (1..=count)
        .map(|place| format!("${}", after + place))
        .collect();
    format!("({})", places.join(", "))
}

fn listed(columns: &[&str]) -> String {
    let quoted: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
    quoted.join(", ")
}
