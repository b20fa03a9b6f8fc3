//! What writes to the store, one transaction at a time.
//!
//! Kept true here: what is queued goes into one transaction, so that many runs share one wait for the disk;
//! what is queued first is written first.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::Connection;
use sophia_diagnostics::Problem;
use tokio::sync::{oneshot, watch};

use super::arrivals::{self, Arrived, PackedArrival, Rest};
use super::claims::Board;
use super::connection::{WriterLock, write_failed};
use super::line::Line;
use super::plans::PackedPlan;
use super::record::Packed;
use super::seal::Sealer;
use super::states::PackedChange;
use super::tables::{Known, Stopped, advance, create, take};
use super::within::Within;
use super::{ClaimChange, Created, Cursor, Delivery, RunId, StatusChange};

/// A transaction that took no longer may be waited for where other work is done.
const QUICK: Duration = Duration::from_micros(500);

/// Something to write, packed by whoever asked for it.
#[derive(Debug)]
pub(super) enum Job {
    Create(Box<NewRun>, oneshot::Sender<Result<Created, Problem>>),
    /// A run that is new whatever the store holds, and whose records come by themselves.
    Begin(Box<NewRun>, oneshot::Sender<Result<(), Problem>>),
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
    /// What need not be looked up.
    pub(super) known: Known,
    /// The number of the latest arrival.
    pub(super) latest_arrival: watch::Sender<u64>,
    /// Whether nobody but one waited for the latest transaction, and it was quick.
    pub(super) alone_and_quick: bool,
    /// Held as long as the store is open for writing.
    pub(super) _lock: WriterLock,
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

impl Writer {
    /// The store is one whole file again. Where a reader is in the way, the next start does it.
    pub(super) fn put_together(&self) {
        let _ = self
            .connection
            .execute_batch("pragma wal_checkpoint(truncate)");
    }

    /// Writes a batch in one transaction, and answers everybody in it. `alone` says that nobody waits for it but one.
    pub(super) fn write(&mut self, batch: &mut Vec<Job>, alone: bool) {
        let began = Instant::now();
        let count = batch.len() as u64;
        let mut replies = Vec::new();
        let mut latest_arrival = 0;
        let written = self.transact(batch, &mut replies, &mut latest_arrival);
        self.alone_and_quick = alone && written.is_ok() && began.elapsed() <= QUICK;
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
                // What this transaction made is gone with it.
                self.known.forget();
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
                        Job::Begin(_, reply)
                        | Job::Append(_, reply)
                        | Job::Pass(_, reply)
                        | Job::Forget(_, reply) => drop(reply.send(Err(problem.clone()))),
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
        let mut within = Within::begin(&self.connection)?;
        for job in batch.drain(..) {
            match job {
                Job::Create(mut new, reply) => {
                    let first = new.first.take();
                    let created =
                        create(&mut within, &mut self.known, &new).map_err(Stopped::Store);
                    let begun = created.and_then(|created| {
                        let Some(first) = first.filter(|_| created == Created::New) else {
                            return Ok((created, 0, Vec::new()));
                        };
                        let latest = take(&mut within, &self.sealer, &mut self.known, &first)?;
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
                Job::Begin(new, reply) => {
                    let created = create(&mut within, &mut self.known, &new);
                    replies.push(Reply::Append(reply, Vec::new()));
                    created?;
                }
                Job::Pass(cursor, reply) => {
                    let advanced = advance(&within, &cursor);
                    replies.push(Reply::Pass(reply));
                    advanced?;
                }
                Job::Forget(before, reply) => {
                    let forgotten = arrivals::forget(&within, before);
                    replies.push(Reply::Pass(reply));
                    forgotten?;
                }
                Job::Arrive(arrival, reply) => match arrivals::insert(&within, &arrival) {
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
                    match take(&mut within, &self.sealer, &mut self.known, &append) {
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
        within.commit()
    }
}

fn changes(claims: Vec<(ClaimChange, Option<Packed>)>) -> Vec<ClaimChange> {
    claims.into_iter().map(|(change, _)| change).collect()
}
