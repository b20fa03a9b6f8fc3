//! What a store keeps so that it can be opened again with its keys, and how a store becomes encrypted.
//!
//! Kept true here: names that stood there as text before are made in one transaction, so that a claim, a
//! state or a delivery is found again whenever the key came.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior, params};
use sophia_diagnostics::Problem;

use super::connection::{unreadable, write_failed};
use super::seal::{Keys, Sealer, Wrapped};
use super::{KeyedRow, SeenRow};

/// Columns that hold names which may be made of values.
const NAMES: [(&str, &str); 5] = [
    ("claims", "claim"),
    ("states", "state"),
    ("deliveries", "key"),
    ("arrivals", "key"),
    ("runs", "line"),
];

/// What a store keeps of its keys.
pub(super) fn kept(connection: &Connection) -> Result<Wrapped, rusqlite::Error> {
    let there: i64 = connection.query_row(
        "select count(*) from sqlite_schema where name = 'sealing'",
        [],
        |row| row.get(0),
    )?;
    if there == 0 {
        return Ok(Wrapped::new());
    }
    connection
        .prepare("select key, wrapped from sealing order by key")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// The sealer of a store that is written from now on.
pub(super) fn begin(
    connection: &mut Connection,
    path: &Path,
    keys: &Keys,
) -> Result<Sealer, Problem> {
    let known = kept(connection).map_err(|error| unreadable(path, &error))?;
    let (sealer, further) = Sealer::of(keys, &known)?;
    if further.is_empty() {
        return Ok(sealer);
    }
    let watched = if known.is_empty() {
        sealed_rows(connection, &sealer).map_err(|stop| match stop {
            Stop::Store(error) => unreadable(path, &error),
            Stop::Row(problem) => problem,
        })?
    } else {
        Vec::new()
    };
    let write = |connection: &mut Connection| -> Result<(), rusqlite::Error> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (key, wrapped) in &further {
            transaction.execute(
                "insert into sealing (key, wrapped) values (?1, ?2)",
                params![key, wrapped],
            )?;
        }
        for (trigger, was, seen) in &watched {
            transaction.execute(
                "update watched set key = ?3, row = ?4 where trigger = ?1 and key = ?2",
                params![trigger, was, seen.key, seen.row],
            )?;
        }
        if known.is_empty() {
            for (table, column) in NAMES {
                let rows: Vec<(i64, String)> = transaction
                    .prepare(&format!(
                        "select rowid, {column} from {table} where {column} is not null"
                    ))?
                    .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                    .collect::<Result<_, _>>()?;
                let mut update = transaction.prepare(&format!(
                    "update {table} set {column} = ?2 where rowid = ?1"
                ))?;
                for (row, name) in rows {
                    update.execute(params![row, &*sealer.name(&name)])?;
                }
            }
        }
        transaction.commit()
    };
    write(connection).map_err(|error| write_failed(path, &error))?;
    Ok(sealer)
}

/// Why watched rows cannot be sealed.
enum Stop {
    Store(rusqlite::Error),
    Row(Problem),
}

/// What triggers on changes have seen, sealed: the trigger, the key as it stood, the row as it will.
fn sealed_rows(
    connection: &Connection,
    sealer: &Sealer,
) -> Result<Vec<(String, Vec<u8>, SeenRow)>, Stop> {
    let read = || -> Result<Vec<(String, KeyedRow)>, rusqlite::Error> {
        connection
            .prepare("select trigger, key, row from watched")?
            .query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?
            .collect()
    };
    let rows = read().map_err(Stop::Store)?;
    rows.into_iter()
        .map(|(trigger, (key, row))| {
            let seen = SeenRow {
                key: key.clone(),
                row: Some(row),
            };
            Ok((trigger, key, sealer.seen(seen).map_err(Stop::Row)?))
        })
        .collect()
}
