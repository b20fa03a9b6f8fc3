//! Looking after a store: backups, checks, room that is given back, runs that were kept long enough.
//!
//! Kept true here: all of it works while another process writes, in transactions that are short; nothing is
//! deleted that a run, a claim or a delivery may still need; what was deleted is counted in the store.

mod backup;
mod compact;
mod retention;
mod verify;

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, params};
use serde::Serialize;

pub use backup::{Backup, backup, restore};
pub use compact::{Compacted, compact};
pub use retention::{Removed, Retention, remove_old};
pub use verify::{Finding, Verified, verify};

/// Something that was deleted, and how much of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Deleted {
    /// When.
    pub at: Timestamp,
    /// What: `runs`, `large values`, `plans`.
    pub what: String,
    /// How many.
    pub count: u64,
    /// The latest instant of them, where that means something.
    pub until: Option<Timestamp>,
}

/// Counts in the store what is deleted from it.
fn note(
    transaction: &Transaction<'_>,
    at: Timestamp,
    what: &str,
    count: usize,
    until: Option<i64>,
) -> Result<(), rusqlite::Error> {
    if count > 0 {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        transaction.execute(
            "insert into upkeep (at, what, count, until) values (?1, ?2, ?3, ?4)",
            params![at.as_microsecond(), what, count, until],
        )?;
    }
    Ok(())
}

/// Everything that was deleted, by its kind and day.
fn deleted(connection: &Connection) -> Result<Vec<Deleted>, rusqlite::Error> {
    let there: i64 = connection.query_row(
        "select count(*) from sqlite_schema where name = 'upkeep'",
        [],
        |row| row.get(0),
    )?;
    if there == 0 {
        return Ok(Vec::new());
    }
    connection
        .prepare(
            "select max(at), what, sum(count), max(until) from upkeep
             group by at / 86400000000, what order by 1, 2",
        )?
        .query_map([], |row| {
            let until: Option<i64> = row.get(3)?;
            Ok(Deleted {
                at: Timestamp::from_microsecond(row.get(0)?).unwrap_or_default(),
                what: row.get(1)?,
                count: u64::try_from(row.get::<_, i64>(2)?).unwrap_or_default(),
                until: until.and_then(|until| Timestamp::from_microsecond(until).ok()),
            })
        })?
        .collect()
}
