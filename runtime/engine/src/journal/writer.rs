//! What writes to the store, one transaction at a time.
//!
//! Kept true here: what is queued goes into one transaction, so that many runs share one wait for the disk;
//! what is queued first is written first; a run whose write failed gets no later one in. What comes alone
//! where the disk is quick is written by whoever brings it, which spares two changes of threads.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use sophia_diagnostics::{Problem, codes};
use tokio::sync::{oneshot, watch};

use super::arrivals::{self, Arrived, PackedArrival, Rest};
use super::claims::Board;
use super::connection::{WriterLock, write_failed};
use super::line::{self, Line};
use super::plans::PackedPlan;
use super::record::{Digest, Packed};
use super::seal::Sealer;
use super::states::{self, PackedChange};
use super::watched;
use super::{ClaimChange, ClaimWanted, Created, Cursor, Delivery, RunId, RunStatus, StatusChange};

/// A transaction that took no longer may be waited for where other work is done.
const QUICK: Duration = Duration::from_micros(500);

/// Something to write, packed by whoever asked for it.
#[derive(Debug)]
pub(super) enum Job {
    Create(Box<NewRun>, oneshot::Sender<Result<Created, Problem>>),
    Append(Box<Append>, oneshot::Sender<Result<(), Problem>>),
    Pass(Cursor, oneshot::Sender<Result<(), Problem>>),
    Arrive(
        Box<PackedArrival>,
        oneshot::Sender<Result<Arrived, Problem>>,
    ),
    Forget(Timestamp, oneshot::Sender<Result<(), Problem>>),
}

#[derive(Debug)]
pub(super) struct NewRun {
    pub(super) run: RunId,
    pub(super) playbook: Arc<str>,
    pub(super) environment: Arc<str>,
    pub(super) plan: PackedPlan,
    pub(super) inputs: Packed,
    pub(super) at: Timestamp,
    pub(super) delivery: Option<Delivery>,
    pub(super) line: Option<Line>,
    pub(super) parent: Option<RunId>,
    /// Its first record, where it begins at once.
    pub(super) first: Option<Append>,
}

#[derive(Debug)]
pub(super) struct Append {
    pub(super) run: RunId,
    pub(super) sequence: u32,
    pub(super) record: Packed,
    /// Each with its packed value, where it has one.
    pub(super) claims: Vec<(ClaimChange, Option<Packed>)>,
    pub(super) status: Option<StatusChange>,
    /// Its summary as the store holds it.
    pub(super) summary: rusqlite::types::Value,
    pub(super) states: Vec<PackedChange>,
    pub(super) arrivals: Vec<PackedArrival>,
    pub(super) rest: Option<Rest>,
    pub(super) delivered: Vec<Delivery>,
}

/// Counts of the writer.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) transactions: AtomicU64,
    pub(super) writes: AtomicU64,
}

pub(super) struct Writer {
    pub(super) path: PathBuf,
    pub(super) connection: Connection,
    pub(super) sealer: Arc<Sealer>,
    pub(super) board: Arc<Board>,
    pub(super) counts: Arc<Counts>,
    /// Runs whose rows are known.
    pub(super) rows: HashMap<RunId, Row>,
    /// The number of the latest arrival.
    pub(super) latest_arrival: watch::Sender<u64>,
    /// Whether the latest transaction held one write and was quick.
    pub(super) alone_and_quick: bool,
    /// Held as long as the store is open for writing.
    pub(super) _lock: WriterLock,
}

/// What is known of a run without looking it up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// Its row.
    id: i64,
    /// The number that its next record has.
    next: u32,
}

/// What is told once a transaction is durable.
enum Reply {
    Create(
        oneshot::Sender<Result<Created, Problem>>,
        Created,
        Vec<ClaimChange>,
    ),
    Append(oneshot::Sender<Result<(), Problem>>, Vec<ClaimChange>),
    Pass(oneshot::Sender<Result<(), Problem>>),
    Arrive(oneshot::Sender<Result<Arrived, Problem>>, Arrived),
}

/// What stopped a write.
enum Stopped {
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

impl Writer {
    /// The store is one whole file again. Where a reader is in the way, the next start does it.
    pub(super) fn put_together(&self) {
        let _ = self
            .connection
            .execute_batch("pragma wal_checkpoint(truncate)");
    }

    /// Writes a batch in one transaction, and answers everybody in it.
    pub(super) fn write(&mut self, batch: &mut Vec<Job>) {
        let began = Instant::now();
        let count = batch.len() as u64;
        let mut replies = Vec::new();
        let mut latest_arrival = 0;
        let written = self.transact(batch, &mut replies, &mut latest_arrival);
        self.alone_and_quick = count == 1 && written.is_ok() && began.elapsed() <= QUICK;
        match written {
            Ok(()) => {
                self.counts.transactions.fetch_add(1, Ordering::Relaxed);
                self.counts.writes.fetch_add(count, Ordering::Relaxed);
                // Before anybody is told, so that whoever was told finds it there.
                self.latest_arrival.send_if_modified(|latest| {
                    let later = latest_arrival > *latest;
                    *latest = latest_arrival.max(*latest);
                    later
                });
                for reply in replies {
                    // Whoever asked may be gone; what is written stays written.
                    match reply {
                        Reply::Create(reply, created, claims) => {
                            self.board.settled(&claims);
                            drop(reply.send(Ok(created)));
                        }
                        Reply::Append(reply, claims) => {
                            self.board.settled(&claims);
                            drop(reply.send(Ok(())));
                        }
                        Reply::Pass(reply) => drop(reply.send(Ok(()))),
                        Reply::Arrive(reply, arrived) => drop(reply.send(Ok(arrived))),
                    }
                }
            }
            Err(error) => {
                // Rows that this transaction made are gone with it.
                self.rows.clear();
                let problem = write_failed(&self.path, &error);
                for reply in replies {
                    match reply {
                        Reply::Create(reply, ..) => drop(reply.send(Err(problem.clone()))),
                        Reply::Arrive(reply, _) => drop(reply.send(Err(problem.clone()))),
                        Reply::Append(reply, _) | Reply::Pass(reply) => {
                            drop(reply.send(Err(problem.clone())));
                        }
                    }
                }
                for job in batch.drain(..) {
                    match job {
                        Job::Create(_, reply) => drop(reply.send(Err(problem.clone()))),
                        Job::Arrive(_, reply) => drop(reply.send(Err(problem.clone()))),
                        Job::Append(_, reply) | Job::Pass(_, reply) | Job::Forget(_, reply) => {
                            drop(reply.send(Err(problem.clone())));
                        }
                    }
                }
            }
        }
    }

    fn transact(
        &mut self,
        batch: &mut Vec<Job>,
        replies: &mut Vec<Reply>,
        latest_arrival: &mut u64,
    ) -> Result<(), rusqlite::Error> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        for job in batch.drain(..) {
            match job {
                Job::Create(mut new, reply) => {
                    let first = new.first.take();
                    let created = create(&transaction, &new).map_err(Stopped::Store);
                    let begun = created.and_then(|created| {
                        let Some(first) = first.filter(|_| created == Created::New) else {
                            return Ok((created, 0, Vec::new()));
                        };
                        let row = Row {
                            id: transaction.last_insert_rowid(),
                            next: 0,
                        };
                        self.rows.insert(first.run.clone(), row);
                        let latest = take(&transaction, &self.sealer, &mut self.rows, &first)?;
                        Ok((created, latest, changes(first.claims)))
                    });
                    match begun {
                        Ok((created, latest, claims)) => {
                            *latest_arrival = (*latest_arrival).max(latest);
                            replies.push(Reply::Create(reply, created, claims));
                        }
                        Err(Stopped::Write(problem)) => drop(reply.send(Err(problem))),
                        Err(Stopped::Store(error)) => {
                            replies.push(Reply::Create(reply, Created::New, Vec::new()));
                            return Err(error);
                        }
                    }
                }
                Job::Pass(cursor, reply) => {
                    let advanced = advance(&transaction, &cursor);
                    replies.push(Reply::Pass(reply));
                    advanced?;
                }
                Job::Forget(before, reply) => {
                    let forgotten = arrivals::forget(&transaction, before);
                    replies.push(Reply::Pass(reply));
                    forgotten?;
                }
                Job::Arrive(arrival, reply) => match arrivals::insert(&transaction, &arrival) {
                    Ok(arrived) => {
                        *latest_arrival = (*latest_arrival).max(arrived.number);
                        replies.push(Reply::Arrive(reply, arrived));
                    }
                    Err(error) => {
                        let none = Arrived {
                            number: 0,
                            already_known: false,
                        };
                        replies.push(Reply::Arrive(reply, none));
                        return Err(error);
                    }
                },
                Job::Append(append, reply) => {
                    match take(&transaction, &self.sealer, &mut self.rows, &append) {
                        Ok(latest) => {
                            *latest_arrival = (*latest_arrival).max(latest);
                            replies.push(Reply::Append(reply, changes(append.claims)));
                        }
                        Err(Stopped::Write(problem)) => drop(reply.send(Err(problem))),
                        Err(Stopped::Store(error)) => {
                            replies.push(Reply::Append(reply, Vec::new()));
                            return Err(error);
                        }
                    }
                }
            }
        }
        transaction.commit()
    }
}

fn changes(claims: Vec<(ClaimChange, Option<Packed>)>) -> Vec<ClaimChange> {
    claims.into_iter().map(|(change, _)| change).collect()
}

/// Moves a trigger forward; never back.
fn advance(transaction: &Transaction<'_>, cursor: &Cursor) -> Result<(), rusqlite::Error> {
    transaction
        .prepare_cached(
            "insert into cursors (trigger, instant) values (?1, ?2)
             on conflict (trigger) do update set instant = max(instant, excluded.instant)",
        )?
        .execute(params![&*cursor.trigger, cursor.instant.as_microsecond()])?;
    watched::see(transaction, cursor)
}

fn create(transaction: &Transaction<'_>, new: &NewRun) -> Result<Created, rusqlite::Error> {
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
    let known = transaction
        .prepare_cached("select 1 from plans where hash = ?1")?
        .exists([&**hash])?;
    if !known {
        transaction
            .prepare_cached("insert into plans (hash, body) values (?1, ?2)")?
            .execute(params![&**hash, &**body])?;
    }
    beside(transaction, &new.inputs.beside)?;
    transaction
        .prepare_cached(
            "insert into runs (run, playbook, environment, plan, inputs, status, created, summary,
                line, parent)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
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
        ])?;
    Ok(created)
}

/// The trigger of a delivery moves on.
fn pass(transaction: &Transaction<'_>, new: &NewRun) -> Result<(), rusqlite::Error> {
    let cursor = (new.delivery.as_ref()).and_then(|delivery| delivery.cursor.as_ref());
    cursor.map_or(Ok(()), |cursor| advance(transaction, cursor))
}

/// Remembers that a run stands for a delivery.
fn deliver(
    transaction: &Transaction<'_>,
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

fn take(
    transaction: &Transaction<'_>,
    sealer: &Sealer,
    rows: &mut HashMap<RunId, Row>,
    append: &Append,
) -> Result<u64, Stopped> {
    let Row { id: row, next } = match rows.get(&append.run) {
        Some(row) => *row,
        None => transaction
            .prepare_cached(
                "select id, (select coalesce(max(sequence) + 1, 0) from events where run = runs.id)
                 from runs where run = ?1",
            )?
            .query_row([&*append.run.0], |row| {
                Ok(Row {
                    id: row.get(0)?,
                    next: row.get(1)?,
                })
            })?,
    };
    // A gap would lose what stood in it: after a failed write none of the run's later ones may go in.
    if next != append.sequence {
        return Err(Stopped::Write(
            Problem::new(
                codes::S962,
                format!(
                    "An earlier step of run {} could not be written.",
                    append.run
                ),
            )
            .with_help("resume the run once the store can be written again"),
        ));
    }
    let opens = (append.status.as_ref()).is_some_and(|change| !change.status.is_final());
    if opens && let Some(line) = line::of_ended(transaction, row)? {
        let unfinished = line::unfinished(transaction, &line)?;
        line::begins_again(&append.run, &unfinished).map_err(Stopped::Write)?;
    }
    beside(transaction, &append.record.beside)?;
    transaction
        .prepare_cached("insert into events (run, sequence, body) values (?1, ?2, ?3)")?
        .execute(params![row, append.sequence, append.record.body])?;
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
        arrivals::rest(transaction, row, rest)?;
    }
    if let Some(change) = &append.status {
        transaction
            .prepare_cached("update runs set status = ?2, ended = ?3, summary = ?4 where id = ?1")?
            .execute(params![
                row,
                change.status.as_str(),
                change.ended.map(Timestamp::as_microsecond),
                append.summary,
            ])?;
    }
    let ended = append
        .status
        .as_ref()
        .is_some_and(|change| change.status.is_final());
    if ended {
        line::advance(transaction, row)?;
    }
    // A run that rests may do so for months; its row is found again.
    if ended || matches!(append.rest, Some(Rest::For(..))) {
        rows.remove(&append.run);
    } else {
        let next = next + 1;
        rows.insert(append.run.clone(), Row { id: row, next });
    }
    Ok(latest_arrival)
}

fn claim(
    transaction: &Transaction<'_>,
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
    transaction: &Transaction<'_>,
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
