//! Rows into a table.
//!
//! Kept true here: nothing is written before every column and every key is known to fit; all of it
//! happens in the transaction that it is given.

use sophia_diagnostics::Problem;
use sophia_plan::Value;
use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use super::parameters::arguments;
use super::refusal::refused;
use crate::description::quoted;
use crate::rows::{TargetColumn, cell, keys, matched};
use crate::source::{Changed, RecordRequest};

/// The most parameters of one statement; SQLite takes 32,766.
const PARAMETERS: usize = 8_000;

/// Writes the rows.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    request: &RecordRequest<'_>,
) -> Result<Changed, Problem> {
    let table = columns_of(connection, request.table).await?;
    let columns = matched(request, &table)?;
    let key = keys(request)?;
    let rows = if key.is_empty() {
        append(connection, request, &columns).await?
    } else {
        merge(connection, request, &columns, &key).await?
    };
    Ok(Changed {
        rows,
        returned: None,
        before: false,
    })
}

async fn columns_of(
    connection: &mut SqliteConnection,
    table: &str,
) -> Result<Vec<TargetColumn>, Problem> {
    let rows = sqlx::query(
        "select name, type, \"notnull\", dflt_value is not null, pk from pragma_table_xinfo(?) \
         where hidden = 0 order by cid",
    )
    .bind(table)
    .fetch_all(connection)
    .await
    .map_err(|error| refused(&error))?;
    let mut columns = Vec::with_capacity(rows.len());
    for row in rows {
        let read = || -> Result<TargetColumn, sqlx::Error> {
            let declared: String = row.try_get(1)?;
            let not_null: i64 = row.try_get(2)?;
            let has_default: i64 = row.try_get(3)?;
            let key: i64 = row.try_get(4)?;
            // A key declared INTEGER is the row's own number, which the database gives.
            let numbered = key > 0 && declared.eq_ignore_ascii_case("integer");
            Ok(TargetColumn {
                name: row.try_get(0)?,
                optional: not_null == 0 || has_default != 0 || numbered,
            })
        };
        columns.push(read().map_err(|error| refused(&error))?);
    }
    Ok(columns)
}

async fn append(
    connection: &mut SqliteConnection,
    request: &RecordRequest<'_>,
    columns: &[&str],
) -> Result<u64, Problem> {
    let at_once = (PARAMETERS / columns.len().max(1)).max(1);
    let mut written = 0;
    for batch in request.rows.chunks(at_once) {
        let row = format!("({})", vec!["?"; columns.len()].join(", "));
        let sql = format!(
            "insert into {} ({}) values {}",
            quoted(request.table),
            listed(columns),
            vec![row.as_str(); batch.len()].join(", ")
        );
        let values: Vec<Value> = batch.iter().flatten().map(cell).collect();
        written += execute(connection, sql, &values).await?;
    }
    Ok(written)
}

/// Changes each row where it is there, and adds it where not. The table need have no index for the key.
async fn merge(
    connection: &mut SqliteConnection,
    request: &RecordRequest<'_>,
    columns: &[&str],
    key: &[usize],
) -> Result<u64, Problem> {
    let table = quoted(request.table);
    let is_key = |place: &usize| key.contains(place);
    let rest: Vec<usize> = (0..columns.len()).filter(|place| !is_key(place)).collect();
    let condition: Vec<String> = key
        .iter()
        .map(|place| format!("{} is ?{}", quoted(columns[*place]), place + 1))
        .collect();
    let condition = condition.join(" and ");
    // Where the key is all there is, a row that is there stays as it is.
    let assigned = if rest.is_empty() { key } else { &rest };
    let assignments: Vec<String> = assigned
        .iter()
        .map(|place| format!("{} = ?{}", quoted(columns[*place]), place + 1))
        .collect();
    let update = format!(
        "update {table} set {} where {condition}",
        assignments.join(", ")
    );
    let places: Vec<String> = (1..=columns.len())
        .map(|place| format!("?{place}"))
        .collect();
    let insert = format!(
        "insert into {table} ({}) values ({})",
        listed(columns),
        places.join(", ")
    );
    let mut written = 0;
    for row in request.rows {
        let values: Vec<Value> = row.iter().map(cell).collect();
        let changed = execute(connection, update.clone(), &values).await?;
        written += if changed == 0 {
            execute(connection, insert.clone(), &values).await?
        } else {
            changed
        };
    }
    Ok(written)
}

async fn execute(
    connection: &mut SqliteConnection,
    sql: String,
    values: &[Value],
) -> Result<u64, Problem> {
    sqlx::query_with(AssertSqlSafe(sql), arguments(values)?)
        .execute(connection)
        .await
        .map(|done| done.rows_affected())
        .map_err(|error| refused(&error))
}

fn listed(columns: &[&str]) -> String {
    let quoted: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
    quoted.join(", ")
}
