//! What a write changes in the tables of the store.
//!
//! Kept true here: everything happens inside the transaction that is given; a run whose write failed gets no later
//! one in.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use sophia_diagnostics::{Problem, codes};

use super::arrivals::{self, Rest};
use super::line::{self, Line};
use super::plans::PackedPlan;
use super::record::{Digest, Packed};
use super::seal::Sealer;
use super::states;
use super::trail::{self, Trail};
use super::watched;
use super::within::Within;
use super::writer::{Append, NewRun};
use super::{ClaimChange, ClaimWanted, Created, Cursor, Delivery, RunId, RunStatus};

/// What is known without looking it up. What a transaction that failed had made known has to be forgotten.
#[derive(Debug, Default)]
pub(super) struct Known {
    rows: HashMap<RunId, Row>,
    /// The number of the latest record.
    latest: Option<i64>,
}

/// What is known of a run.
#[derive(Clone, Copy, Debug)]
struct Row {
    /// Its row.
    id: i64,
    /// The number that its next record has.
    next: u32,
    /// Where its records are.
    trail: Trail,
    /// Whether it stands in a line.
    in_line: bool,
}

impl Known {
    /// Forgets everything.
    pub(super) fn forget(&mut self) {
        self.rows.clear();
        self.latest = None;
    }

    /// The number of the latest record.
    fn latest(&mut self, transaction: &Connection) -> Result<i64, rusqlite::Error> {
        if self.latest.is_none() {
            self.latest = Some(trail::latest(transaction)?);
        }
        Ok(self.latest.unwrap_or_default())
    }
}

/// What stopped a write.
pub(super) enum Stopped {
    /// The store; nothing else can be written either.
    Store(rusqlite::Error),
    /// This write alone.
    Write(Problem),
}

impl From<rusqlite::Error> for Stopped {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error)
    }
}

/// Moves a trigger forward; never back.
pub(super) fn advance(transaction: &Connection, cursor: &Cursor) -> Result<(), rusqlite::Error> {
    transaction
        .prepare_cached(
            "insert into cursors (trigger, instant) values (?1, ?2)
             on conflict (trigger) do update set instant = max(instant, excluded.instant)",
        )?
        .execute(params![&*cursor.trigger, cursor.instant.as_microsecond()])?;
    watched::see(transaction, cursor)
}

pub(super) fn create(
    transaction: &mut Within<'_>,
    known: &mut Known,
    new: &NewRun,
) -> Result<Created, rusqlite::Error> {
    if let Some(delivery) = &new.delivery {
        let known: Option<String> = transaction
            .prepare_cached("select run from deliveries where key = ?1")?
            .query_row([&*delivery.key], |row| row.get(0))
            .optional()?;
        if let Some(run) = known {
            pass(transaction, new)?;
            return Ok(Created::Known(RunId(run.into())));
        }
    }
    let created = match &new.line {
        Some(Line { name, overlap }) => {
            line::take_place(*overlap, line::unfinished(transaction, name)?)
        }
        None => Created::New,
    };
    let (status, summary) = match &created {
        Created::Queued { behind } => (
            RunStatus::Queued,
            behind.first().map(line::reason).unwrap_or_default(),
        ),
        Created::New => (RunStatus::Running, String::new()),
        Created::Skipped { by } => {
            pass(transaction, new)?;
            deliver(transaction, new.delivery.as_ref(), by)?;
            return Ok(created);
        }
        // The record that takes it moves its trigger.
        Created::Joins(_) | Created::Known(_) => return Ok(created),
    };
    pass(transaction, new)?;
    deliver(transaction, new.delivery.as_ref(), &new.run)?;
    let PackedPlan { hash, body } = &new.plan;
    if !transaction.plans.contains(hash) {
        let known = transaction
            .prepare_cached("select 1 from plans where hash = ?1")?
            .exists([&**hash])?;
        if !known {
            transaction
                .prepare_cached("insert into plans (hash, body) values (?1, ?2)")?
                .execute(params![&**hash, &**body])?;
        }
        transaction.plans.push(hash.clone());
    }
    beside(transaction, &new.inputs.beside)?;
    let trail = Trail::of_new(known.latest(transaction)?);
    transaction
        .statement(
            "insert into runs (run, playbook, environment, plan, inputs, status, created, summary,
                line, parent, since)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            &*new.run.0,
            &*new.playbook,
            &*new.environment,
            &**hash,
            new.inputs.body,
            status.as_str(),
            new.at.as_microsecond(),
            summary,
            new.line.as_ref().map(|line| &*line.name),
            new.parent.as_ref().map(|parent| &*parent.0),
            trail.since,
        ])?;
    // One that waits in line may do so for long; its row is found again.
    if created == Created::New {
        let row = Row {
            id: transaction.last_insert_rowid(),
            next: 0,
            trail,
            in_line: new.line.is_some(),
        };
        known.rows.insert(new.run.clone(), row);
    }
    Ok(created)
}

/// The trigger of a delivery moves on.
fn pass(transaction: &Connection, new: &NewRun) -> Result<(), rusqlite::Error> {
    let cursor = (new.delivery.as_ref()).and_then(|delivery| delivery.cursor.as_ref());
    cursor.map_or(Ok(()), |cursor| advance(transaction, cursor))
}

/// Remembers that a run stands for a delivery.
fn deliver(
    transaction: &Connection,
    delivery: Option<&Delivery>,
    run: &RunId,
) -> Result<(), rusqlite::Error> {
    if let Some(delivery) = delivery {
        transaction
            .prepare_cached(
                "insert into deliveries (key, run) values (?1, ?2) on conflict do nothing",
            )?
            .execute(params![&*delivery.key, &*run.0])?;
    }
    Ok(())
}

pub(super) fn take(
    transaction: &mut Within<'_>,
    sealer: &Sealer,
    known: &mut Known,
    append: &Append,
) -> Result<u64, Stopped> {
    let record = known.latest(transaction)? + 1;
    let row = if let Some(row) = known.rows.get_mut(&append.run) {
        row
    } else {
        let row = look_up(transaction, &append.run)?;
        known.rows.entry(append.run.clone()).or_insert(row)
    };
    // A gap would lose what stood in it: after a failed write none of the run's later ones may go in.
    if row.next != append.sequence {
        return Err(not_written(&append.run));
    }
    let opens = (append.status.as_ref()).is_some_and(|change| !change.status.is_final());
    if opens && let Some(line) = line::of_ended(transaction, row.id)? {
        let unfinished = line::unfinished(transaction, &line)?;
        line::begins_again(&append.run, &unfinished).map_err(Stopped::Write)?;
    }
    beside(transaction, &append.record.beside)?;
    transaction
        .statement(
            "insert into events (id, run, sequence, back, body) values (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            record,
            row.id,
            append.sequence,
            row.trail.back_from(record),
            append.record.body
        ])?;
    known.latest = Some(record);
    for (change, value) in &append.claims {
        claim(transaction, sealer, &append.run, (change, value.as_ref()))?;
    }
    states::change(transaction, &append.states)?;
    for delivery in &append.delivered {
        if let Some(cursor) = &delivery.cursor {
            advance(transaction, cursor)?;
        }
        deliver(transaction, Some(delivery), &append.run)?;
    }
    let mut latest_arrival = 0;
    for arrival in &append.arrivals {
        let arrived = arrivals::insert(transaction, arrival)?;
        latest_arrival = latest_arrival.max(arrived.number);
    }
    if let Some(rest) = &append.rest {
        arrivals::rest(transaction, row.id, rest)?;
    }
    let ended = (append.status.as_ref()).is_some_and(|change| change.status.is_final());
    let at_rest = ended || matches!(append.rest, Some(Rest::For(..)));
    let moved = row.trail.go_on(record, at_rest);
    if let Some(change) = &append.status {
        transaction
            .statement(
                "update runs set status = ?2, ended = ?3, summary = ?4, last = ?5, since = ?6
                 where id = ?1",
            )?
            .execute(params![
                row.id,
                change.status.as_str(),
                change.ended.map(Timestamp::as_microsecond),
                append.summary,
                row.trail.last,
                row.trail.since,
            ])?;
    } else if moved {
        transaction
            .statement("update runs set last = ?2, since = ?3 where id = ?1")?
            .execute(params![row.id, row.trail.last, row.trail.since])?;
    }
    if ended && row.in_line {
        line::advance(transaction, row.id)?;
    }
    row.next += 1;
    // A run that rests may do so for months; its row is found again.
    if at_rest {
        known.rows.remove(&append.run);
    }
    Ok(latest_arrival)
}

fn look_up(transaction: &Connection, run: &RunId) -> Result<Row, Stopped> {
    let row = transaction
        .prepare_cached("select id, last, since, line is not null from runs where run = ?1")?
        .query_row([&*run.0], |row| {
            Ok(Row {
                id: row.get(0)?,
                next: 0,
                trail: Trail {
                    last: row.get(1)?,
                    since: row.get(2)?,
                },
                in_line: row.get(3)?,
            })
        })
        .optional()?
        .ok_or_else(|| not_written(run))?;
    let trail = row.trail.found(transaction, row.id)?;
    let next = trail::next_sequence(transaction, trail.last)?.ok_or_else(|| not_written(run))?;
    Ok(Row { next, trail, ..row })
}

fn not_written(run: &RunId) -> Stopped {
    Stopped::Write(
        Problem::new(
            codes::S962,
            format!("An earlier step of run {run} could not be written."),
        )
        .with_help("resume the run once the store can be written again"),
    )
}

fn claim(
    transaction: &Connection,
    sealer: &Sealer,
    of: &RunId,
    (change, value): (&ClaimChange, Option<&Packed>),
) -> Result<(), rusqlite::Error> {
    match change {
        ClaimChange::Hold(ClaimWanted {
            claim,
            run,
            step,
            within_ms,
            ..
        }) => {
            transaction
                .prepare_cached(
                    "insert into claims (claim, run, step, within_ms) values (?1, ?2, ?3, ?4)
                     on conflict (claim) do update set run = excluded.run, step = excluded.step,
                        within_ms = excluded.within_ms, kept_at = null, value = null",
                )?
                .execute(params![&*sealer.name(claim), &*run.0, &**step, within_ms])?;
        }
        ClaimChange::Keep { claim, at, .. } => {
            if let Some(value) = value {
                beside(transaction, &value.beside)?;
                transaction
                    .prepare_cached("update claims set kept_at = ?2, value = ?3 where claim = ?1")?
                    .execute(params![
                        &*sealer.name(claim),
                        at.as_microsecond(),
                        value.body
                    ])?;
            }
        }
        ClaimChange::Free { claim, step } => {
            transaction
                .prepare_cached("delete from claims where claim = ?1 and run = ?2 and step = ?3")?
                .execute(params![&*sealer.name(claim), &*of.0, &**step])?;
        }
    }
    Ok(())
}

pub(super) fn beside(
    transaction: &Connection,
    large: &[(Digest, Vec<u8>)],
) -> Result<(), rusqlite::Error> {
    for (digest, body) in large {
        transaction
            .prepare_cached(
                "insert into blobs (digest, body) values (?1, ?2) on conflict do nothing",
            )?
            .execute(params![digest, body])?;
    }
    Ok(())
}
