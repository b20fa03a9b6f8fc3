//! Runs that were kept long enough are deleted.
//!
//! Kept true here: a run that has not ended stays, and so does one whose parent or child has not; what
//! `at most once` and deliveries are known by outlives the runs; transactions are short.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};
use serde::Serialize;
use sophia_diagnostics::Problem;

use super::super::connection::{for_more_writing, write_failed};
use super::super::trail;
use super::note;

/// How many runs are deleted in one transaction.
const SLICE: u32 = 200;

/// A run is kept for so long after its end in any case, so that whoever waits for its result has it.
const AT_LEAST: SignedDuration = SignedDuration::from_hours(1);

/// Deliveries are known for so long after their run began.
const DELIVERIES: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Which runs that have ended are kept. Without either all of them are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// For so long after their end.
    pub keep: Option<SignedDuration>,
    /// At most so many, the latest.
    pub keep_runs: Option<u64>,
}

/// What was deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Removed {
    /// Runs.
    pub runs: u64,
    /// Keys of deliveries whose runs are gone.
    pub deliveries: u64,
    /// Claims of `at most once` whose time is over.
    pub claims: u64,
    /// Whether there may be more.
    pub more: bool,
}

/// Deletes a slice of what was kept long enough. Also while another process carries runs on.
///
/// # Errors
/// S961 when the store cannot be read; S962 when it cannot be written.
pub fn remove_old(store: &Path, retention: Retention, now: Timestamp) -> Result<Removed, Problem> {
    if retention == Retention::default() {
        return Ok(Removed::default());
    }
    let mut connection = for_more_writing(store)?;
    connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .and_then(|transaction| slice(transaction, retention, now))
        .map_err(|error| write_failed(store, &error))
}

fn slice(
    transaction: Transaction<'_>,
    retention: Retention,
    now: Timestamp,
) -> Result<Removed, rusqlite::Error> {
    let before = |age: SignedDuration| now.checked_sub(age).unwrap_or(Timestamp::MIN);
    let latest = before(AT_LEAST).as_microsecond();
    let age = retention
        .keep
        .map(|keep| before(keep.max(AT_LEAST)).as_microsecond());
    let beyond: Option<i64> = match retention.keep_runs {
        Some(keep) => transaction
            .query_row(
                "select id from runs where ended is not null order by id desc limit 1 offset ?1",
                [i64::try_from(keep).unwrap_or(i64::MAX)],
                |row| row.get(0),
            )
            .optional()?,
        None => None,
    };
    let runs: Vec<(i64, i64)> = transaction
        .prepare_cached(
            "select id, ended from runs
             where ended <= ?1 and (ended <= ?2 or id <= ?3)
               and not exists (select 1 from runs as other
                               where other.run = runs.parent and other.ended is null)
               and not exists (select 1 from runs as other
                               where other.parent = runs.run and other.ended is null)
             order by id limit ?4",
        )?
        .query_map(params![latest, age, beyond, SLICE], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect::<Result<_, _>>()?;
    let mut removed = Removed {
        runs: runs.len() as u64,
        more: runs.len() == SLICE as usize,
        ..Removed::default()
    };
    for (run, _) in &runs {
        trail::delete(&transaction, *run)?;
        for statement in [
            "delete from resting where run = ?1",
            "delete from runs where id = ?1",
        ] {
            transaction.prepare_cached(statement)?.execute([run])?;
        }
    }
    let until = runs.iter().map(|(_, ended)| *ended).max();
    note(&transaction, now, "runs", runs.len(), until)?;
    if !removed.more {
        // Names of runs sort by the instant at which they began.
        let millis = u64::try_from(before(DELIVERIES).as_millisecond()).unwrap_or(0);
        let first = ulid::Ulid::from_parts(millis, 0).to_string();
        let deliveries = transaction.execute(
            "delete from deliveries where id in (
                select deliveries.id from deliveries left join runs on runs.run = deliveries.run
                where deliveries.run < ?1 and runs.id is null limit ?2)",
            params![first, SLICE],
        )?;
        note(&transaction, now, "deliveries", deliveries, None)?;
        let claims = transaction.execute(
            "delete from claims where id in (
                select id from claims
                where within_ms is not null and kept_at is not null
                  and kept_at + within_ms * 1000 < ?1 limit ?2)",
            params![now.as_microsecond(), SLICE],
        )?;
        note(&transaction, now, "claims", claims, None)?;
        removed.deliveries = deliveries as u64;
        removed.claims = claims as u64;
        removed.more = deliveries.max(claims) == SLICE as usize;
    }
    transaction.commit()?;
    Ok(removed)
}
