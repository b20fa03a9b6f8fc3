//! What triggers on changes have seen of the tables that they watch.
//!
//! Kept true here: what of a row was seen changes in the very record that begins the run for its change, so a
//! change has one run, whatever stops in between.

use rusqlite::{Connection, params};

use super::Cursor;

/// A row of a watched table, as it was when its change was handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenRow {
    /// What it is known by.
    pub key: Vec<u8>,
    /// What it holds; nothing where it is there no more.
    pub row: Option<Vec<u8>>,
}

/// Remembers what a trigger has seen.
pub(super) fn see(transaction: &Connection, cursor: &Cursor) -> Result<(), rusqlite::Error> {
    for seen in &cursor.rows {
        match &seen.row {
            Some(row) => transaction
                .prepare_cached(
                    "insert into watched (trigger, key, row) values (?1, ?2, ?3)
                     on conflict (trigger, key) do update set row = excluded.row",
                )?
                .execute(params![&*cursor.trigger, seen.key, row])?,
            None => transaction
                .prepare_cached("delete from watched where trigger = ?1 and key = ?2")?
                .execute(params![&*cursor.trigger, seen.key])?,
        };
    }
    Ok(())
}

/// The key of a row as it stood, and the row.
pub type KeyedRow = (Vec<u8>, Vec<u8>);

/// What a trigger has seen: all of it, or the row with a key.
pub(super) fn seen(
    connection: &Connection,
    trigger: &str,
    key: Option<&[u8]>,
) -> Result<Vec<KeyedRow>, rusqlite::Error> {
    connection
        .prepare_cached(
            "select key, row from watched where trigger = ?1 and (?2 is null or key = ?2)",
        )?
        .query_map(params![trigger, key], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}
