//! Where the records of a run are.
//!
//! Records stand in the order in which they were written, whosever they are, and no index is kept over them: each says
//! how far behind it the one before of its run is, and the row of the run says where the last one is.
//!
//! Kept true here: a run that has ended or rests says exactly which record is its last. Of any other, whatever it
//! does not know of comes after a record that it names, and within [`REACH`] of it.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
/// How many numbers further on what a run's row does not know of may be. Its row is written anew where a record comes
/// to lie beyond.
pub(super) const REACH: i64 = 4096;

/// What the row of a run says of its records, and what is known beyond it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Trail {
    /// Its last record.
    pub(super) last: Option<i64>,
    /// The row knows of every record up to this one; nothing where it knows of all.
    pub(super) since: Option<i64>,
}

impl Trail {
    /// That of a run without a record, where this is the latest one of all.
    pub(super) fn of_new(latest: i64) -> Self {
        Self {
            last: None,
            since: Some(latest),
        }
    }

    /// How far the next record, with this number, is from the one before.
    pub(super) fn back_from(self, next: i64) -> Option<i64> {
        self.last.map(|last| next - last)
    }

    /// Goes on to a record. Whether the row has to be written anew: in any case `at_rest`, which says that nothing
    /// comes after it for now.
    pub(super) fn go_on(&mut self, record: i64, at_rest: bool) -> bool {
        self.last = Some(record);
        if at_rest {
            self.since = None;
            return true;
        }
        let within = |since| record - since <= REACH;
        if self.since.is_some_and(within) {
            return false;
        }
        self.since = Some(record);
        true
    }

    /// As the row of a run has it, with the records that the row does not know of.
    pub(super) fn found(self, connection: &Connection, run: i64) -> Result<Self, rusqlite::Error> {
        let Some(since) = self.since else {
            return Ok(self);
        };
        let further: Option<i64> = connection
            .prepare_cached(
                "select id from events where id > ?1 and id <= ?2 and run = ?3
                 order by id desc limit 1",
            )?
            .query_row(params![since, since + REACH, run], |row| row.get(0))
            .optional()?;
        Ok(Self {
            last: further.or(self.last),
            ..self
        })
    }
}

/// The number of the latest record of all.
pub(super) fn latest(connection: &Connection) -> Result<i64, rusqlite::Error> {
    connection
        .prepare_cached("select coalesce(max(id), 0) from events")?
        .query_row([], |row| row.get(0))
}

/// The number that the next record of a run has within the run, where this is its last;
/// nothing where that record is not there.
pub(super) fn next_sequence(
    connection: &Connection,
    last: Option<i64>,
) -> Result<Option<u32>, rusqlite::Error> {
    let Some(last) = last else { return Ok(Some(0)) };
    connection
        .prepare_cached("select sequence + 1 from events where id = ?1")?
        .query_row([last], |row| row.get(0))
        .optional()
}

/// The bodies of a run's records up to this one, in order; nothing where one of them is not where the one after it
/// says.
pub(super) fn bodies(
    connection: &Connection,
    run: i64,
    last: Option<i64>,
) -> Result<Option<Vec<Vec<u8>>>, rusqlite::Error> {
    let mut bodies = Vec::new();
    let mut statement = connection
        .prepare_cached("select sequence, back, body from events where id = ?1 and run = ?2")?;
    let mut at = last;
    let mut expected: Option<u32> = None;
    while let Some(id) = at {
        let found: Option<(u32, Option<i64>, Vec<u8>)> = statement
            .query_row([id, run], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((sequence, back, body)) = found else {
            return Ok(None);
        };
        let fits = expected.is_none_or(|expected| expected == sequence);
        // The first one, and no other, has none before it; the way goes backwards, so that it ends.
        if !fits || back.is_none_or(|back| back <= 0) != (sequence == 0) {
            return Ok(None);
        }
        bodies.push(body);
        expected = sequence.checked_sub(1);
        at = back.map(|back| id - back);
    }
    bodies.reverse();
    Ok(Some(bodies))
}

/// Deletes the records of a run.
pub(super) fn delete(connection: &Connection, run: i64) -> Result<(), rusqlite::Error> {
    let kept: Option<Trail> = connection
        .prepare_cached("select last, since from runs where id = ?1")?
        .query_row([run], |row| {
            Ok(Trail {
                last: row.get(0)?,
                since: row.get(1)?,
            })
        })
        .optional()?;
    let mut at = kept.unwrap_or_default().found(connection, run)?.last;
    let mut back_of =
        connection.prepare_cached("select back from events where id = ?1 and run = ?2")?;
    let mut gone = connection.prepare_cached("delete from events where id = ?1")?;
    while let Some(id) = at {
        let back: Option<Option<i64>> =
            back_of.query_row([id, run], |row| row.get(0)).optional()?;
        gone.execute([id])?;
        at = back
            .flatten()
            .filter(|back| *back > 0)
            .map(|back| id - back);
    }
    Ok(())
}

/// Has every run say exactly which record is its last, so that none has to be looked for: once whenever a store is
/// opened to be carried on, by whoever writes to it alone.
pub(super) fn settle(connection: &Connection) -> Result<(), rusqlite::Error> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let open: Vec<(i64, i64)> = transaction
        .prepare("select since, id from runs where since is not null order by since")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    if !open.is_empty() {
        let mut last: HashMap<i64, Option<i64>> =
            open.iter().map(|(_, run)| (*run, None)).collect();
        let mut records = transaction
            .prepare("select id, run from events where id > ?1 and id <= ?2 order by id")?;
        // Most of them lie close together, so what several may reach is read once.
        let mut read = i64::MIN;
        for (since, _) in &open {
            let mut rows = records.query([read.max(*since), since + REACH])?;
            while let Some(row) = rows.next()? {
                if let Some(last) = last.get_mut(&row.get(1)?) {
                    *last = Some(row.get(0)?);
                }
            }
            read = since + REACH;
        }
        let mut update = transaction
            .prepare("update runs set last = coalesce(?2, last), since = null where id = ?1")?;
        for (run, last) in &last {
            update.execute(params![run, last])?;
        }
    }
    transaction.commit()
}
