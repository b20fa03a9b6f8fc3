//! What nothing needs any more is deleted, and the room that it took is given back.
//!
//! Kept true here: a large value is deleted only in a transaction in which nothing needs it, also where a
//! record that needs it came a moment before.

use std::collections::HashSet;
use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use serde::Serialize;
use sophia_diagnostics::Problem;

use super::super::connection::{WriterLock, for_more_writing, unreadable, write_failed};
use super::super::record::{self, Digest};
use super::super::seal::{Keys, Sealer};
use super::super::sealing;
use super::note;

/// How many large values are deleted in one transaction.
const SLICE: usize = 200;

/// How many pages are given back at once.
const PAGES: u32 = 1_000;

/// What `pragma auto_vacuum` says of a file that gives room back in small steps.
const INCREMENTAL: i64 = 2;

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Compacted {
    /// Large values that nothing needed.
    pub large: u64,
    /// Plans of which there is no run.
    pub plans: u64,
    /// The size before.
    pub before: u64,
    /// The size after.
    pub after: u64,
    /// Whether the file keeps free room inside until it is compacted while nothing runs.
    pub keeps_room: bool,
}

/// Deletes what nothing needs and gives the room back. Also while another process carries runs on.
///
/// # Errors
/// S961 when the store cannot be read; S962 when it cannot be written; S968 when a record cannot be read,
/// so that nobody knows what it needs; S909 when its key is not given.
pub fn compact(store: &Path, keys: &Keys, now: Timestamp) -> Result<Compacted, Problem> {
    let before = size(store);
    let mut connection = for_more_writing(store)?;
    let kept = sealing::kept(&connection).map_err(|error| unreadable(store, &error))?;
    let (sealer, _) = Sealer::of(keys, &kept)?;
    let large = sweep(&mut connection, &sealer, now).map_err(|stop| stop.told(store))?;
    let plans = unused_plans(&mut connection, now).map_err(|error| write_failed(store, &error))?;
    let keeps_room = give_back(store, &connection).map_err(|error| write_failed(store, &error))?;
    drop(connection);
    Ok(Compacted {
        large,
        plans,
        before,
        after: size(store),
        keeps_room,
    })
}

fn sweep(connection: &mut Connection, sealer: &Sealer, now: Timestamp) -> Result<u64, Stop> {
    // First without holding anybody up.
    let mut marked = Marked::default();
    let candidates: Vec<Digest> = {
        let reading = connection.transaction()?;
        marked.read(&reading, sealer)?;
        let mut statement = reading.prepare("select digest from blobs")?;
        let all = statement.query_map([], |row| row.get(0))?;
        let all: Vec<Digest> = all.collect::<Result<_, _>>()?;
        all.into_iter()
            .filter(|digest| !marked.needed.contains(digest))
            .collect()
    };
    let mut gone = 0;
    for slice in candidates.chunks(SLICE) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // What came meanwhile.
        marked.read(&transaction, sealer)?;
        let mut count = 0;
        for digest in slice
            .iter()
            .filter(|digest| !marked.needed.contains(*digest))
        {
            count += transaction.execute("delete from blobs where digest = ?1", [digest])?;
        }
        note(&transaction, now, "large values", count, None)?;
        transaction.commit()?;
        gone += count as u64;
    }
    Ok(gone)
}

/// The large values that something needs, as far as it was read.
#[derive(Default)]
struct Marked {
    needed: HashSet<Digest>,
    /// Records up to this one were read.
    events: i64,
    runs: i64,
    arrivals: i64,
}

/// Why it cannot be known what is needed.
enum Stop {
    Store(rusqlite::Error),
    Record(Problem),
}

impl Stop {
    fn told(self, store: &Path) -> Problem {
        match self {
            Self::Store(error) => write_failed(store, &error),
            Self::Record(problem) => problem,
        }
    }
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error)
    }
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Record(problem)
    }
}

impl Marked {
    /// Reads what came since the last time; what changes in its place is read anew.
    fn read(&mut self, transaction: &Transaction<'_>, sealer: &Sealer) -> Result<(), Stop> {
        let mut records =
            transaction.prepare("select id, body from events where id > ?1 order by id")?;
        let mut rows = records.query([self.events])?;
        while let Some(row) = rows.next()? {
            self.events = row.get(0)?;
            let body: Vec<u8> = row.get(1)?;
            self.needed.extend(record::needs(&body, sealer)?);
        }
        self.runs = self.values(transaction, sealer, ("runs", "inputs", self.runs))?;
        self.arrivals = self.values(transaction, sealer, ("arrivals", "body", self.arrivals))?;
        for table in ["claims", "states"] {
            self.values(transaction, sealer, (table, "value", 0))?;
        }
        Ok(())
    }

    /// Reads the values of a table after a row. The last row.
    fn values(
        &mut self,
        transaction: &Transaction<'_>,
        sealer: &Sealer,
        (table, column, after): (&str, &str, i64),
    ) -> Result<i64, Stop> {
        let mut values = transaction.prepare(&format!(
            "select id, {column} from {table} where id > ?1 and {column} is not null order by id"
        ))?;
        let mut rows = values.query([after])?;
        let mut last = after;
        while let Some(row) = rows.next()? {
            last = row.get(0)?;
            let body: Vec<u8> = row.get(1)?;
            self.needed.extend(record::value_needs(&body, sealer)?);
        }
        Ok(last)
    }
}

fn unused_plans(connection: &mut Connection, now: Timestamp) -> Result<u64, rusqlite::Error> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let count = transaction.execute(
        "delete from plans where hash not in (select plan from runs)",
        [],
    )?;
    note(&transaction, now, "plans", count, None)?;
    transaction.commit()?;
    Ok(count as u64)
}

/// Gives free room back. Whether it stays inside the file for now.
fn give_back(store: &Path, connection: &Connection) -> Result<bool, rusqlite::Error> {
    let mode: i64 = connection.pragma_query_value(None, "auto_vacuum", |row| row.get(0))?;
    let free = || -> Result<i64, rusqlite::Error> {
        connection.pragma_query_value(None, "freelist_count", |row| row.get(0))
    };
    let mut keeps_room = false;
    if mode == INCREMENTAL {
        let mut left = free()?;
        while left > 0 {
            connection.execute_batch(&format!("pragma incremental_vacuum({PAGES})"))?;
            let now = free()?;
            if now >= left {
                break;
            }
            left = now;
        }
    } else {
        // An older file is written anew, for which nobody else may be at it.
        match WriterLock::take(store) {
            Ok(_lock) => connection.execute_batch("pragma auto_vacuum = incremental; vacuum")?,
            Err(_) => keeps_room = free()? > 0,
        }
    }
    // Where a reader is in the way, the next start does it.
    let _ = connection.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()));
    Ok(keeps_room)
}

/// The bytes of a store, with what has not been moved into its file yet.
fn size(store: &Path) -> u64 {
    let mut beside = store.as_os_str().to_owned();
    beside.push("-wal");
    [store, Path::new(&beside)]
        .iter()
        .filter_map(|path| path.metadata().ok())
        .map(|metadata| metadata.len())
        .sum()
}
