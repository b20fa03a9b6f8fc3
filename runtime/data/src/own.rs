//! Which rows of a watched table writes through a connection have changed.
//!
//! Kept true here: what a write changed is what its own transaction sees before and after it, and it is noted in that
//! transaction; so it is there with the write or not at all, and nobody else's change is among it.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use sophia_diagnostics::Problem;
use sophia_plan::{RecordType, Table, Value, encode};

use crate::source::QueryRequest;

/// Where a database keeps what writes changed in watched tables; no table of the source.
pub const OWN_TABLE: &str = "sophia_own";

/// A table that somebody watches.
#[derive(Clone, Debug)]
pub struct WatchedTable {
    /// Under which name its changes are noted.
    pub name: Arc<str>,
    /// Gives its rows.
    pub sql: Arc<str>,
    /// What a row holds.
    pub row: Arc<RecordType>,
    /// The columns by which a row is known again.
    pub key: Vec<Arc<str>>,
    /// The most rows that it may have.
    pub at_most: u64,
}

/// A row of a watched table.
#[derive(Clone, Debug, PartialEq)]
pub struct WatchedRow {
    /// What it is known by, as bytes.
    pub key: Vec<u8>,
    /// What it holds.
    pub row: Value,
    /// The same as bytes.
    pub bytes: Vec<u8>,
    /// A digest of them.
    pub digest: [u8; 32],
}

/// What a write changed in a watched table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnChange {
    /// Of two changes of a row the later one has the higher number.
    pub number: i64,
    /// What the row is known by.
    pub key: Vec<u8>,
    /// A digest of what it held before; nothing where it was not there.
    pub was: Option<[u8; 32]>,
    /// A digest of what it held afterwards; nothing where it was there no more.
    pub now: Option<[u8; 32]>,
}

impl WatchedTable {
    /// Asks for its rows.
    #[must_use]
    pub fn request(&self) -> QueryRequest<'_> {
        QueryRequest {
            sql: &self.sql,
            parameters: &[],
            row: &self.row,
            at_most: Some(self.at_most),
        }
    }

    /// The rows of an answer.
    pub fn rows(&self, answer: &Table) -> impl Iterator<Item = WatchedRow> {
        answer.records().map(|record| {
            let key = self.key.iter().map(|column| {
                let value = record.get(column);
                value.cloned().unwrap_or(Value::None)
            });
            let key = encode(&Value::List(Arc::new(key.collect())));
            let row = Value::Record(record);
            let bytes = encode(&row);
            let digest = *blake3::hash(&bytes).as_bytes();
            WatchedRow {
                key,
                row,
                bytes,
                digest,
            }
        })
    }
}

/// The tables that are watched through a connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watches(Arc<RwLock<Vec<Arc<WatchedTable>>>>);

impl Watches {
    /// One more, or the same anew.
    pub(crate) fn add(&self, watched: &WatchedTable) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        all.retain(|known| known.name != watched.name);
        all.push(Arc::new(watched.clone()));
    }

    pub(crate) fn all(&self) -> Vec<Arc<WatchedTable>> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.clone()
    }
}

/// The rows of a watched table at one moment, each with its digest.
pub(crate) type Rows = BTreeMap<Vec<u8>, [u8; 32]>;

/// The connection of a write, on which watched tables are looked at, and what has changed is noted.
#[async_trait]
pub(crate) trait Noting: Send {
    /// Asks a query.
    async fn read(&mut self, request: &QueryRequest<'_>) -> Result<Table, Problem>;

    /// Notes one change of a watched table.
    async fn note(&mut self, watcher: &str, change: Change<'_>) -> Result<(), Problem>;
}

/// The rows of the watched tables as a connection sees them.
pub(crate) async fn look(
    connection: &mut dyn Noting,
    watched: &[Arc<WatchedTable>],
) -> Result<Vec<Rows>, Problem> {
    let mut seen = Vec::with_capacity(watched.len());
    for watched in watched {
        let answer = connection.read(&watched.request()).await?;
        let rows = watched.rows(&answer);
        seen.push(rows.map(|row| (row.key, row.digest)).collect());
    }
    Ok(seen)
}

/// Notes what has changed in them since.
pub(crate) async fn note(
    connection: &mut dyn Noting,
    watched: &[Arc<WatchedTable>],
    before: &[Rows],
) -> Result<(), Problem> {
    let after = look(connection, watched).await?;
    for ((watched, before), after) in watched.iter().zip(before).zip(&after) {
        for change in changes(before, after) {
            connection.note(&watched.name, change).await?;
        }
    }
    Ok(())
}

/// What became of a row: its key, what it held and what it holds.
pub(crate) type Change<'a> = (&'a [u8], Option<&'a [u8; 32]>, Option<&'a [u8; 32]>);

/// What a write changed.
fn changes<'a>(before: &'a Rows, after: &'a Rows) -> Vec<Change<'a>> {
    let there = after
        .iter()
        .map(|(key, now)| (key, before.get(key), Some(now)));
    let gone = before.iter().filter(|(key, _)| !after.contains_key(*key));
    let gone = gone.map(|(key, was)| (key, Some(was), None));
    there
        .chain(gone)
        .filter(|(_, was, now)| was != now)
        .map(|(key, was, now)| (key.as_slice(), was, now))
        .collect()
}

impl OwnChange {
    /// A change as a database gives its note back.
    pub(crate) fn noted((number, key): (i64, Vec<u8>), [was, now]: [Option<Vec<u8>>; 2]) -> Self {
        let digest = |bytes: Option<Vec<u8>>| bytes.and_then(|bytes| bytes.try_into().ok());
        Self {
            number,
            key,
            was: digest(was),
            now: digest(now),
        }
    }
}

/// Deletes the notes with these numbers.
pub(crate) fn forgetting(numbers: &[i64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
    let numbers = numbers.join(", ");
    format!("delete from {OWN_TABLE} where number in ({numbers})")
}
