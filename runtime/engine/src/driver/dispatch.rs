//! The task of one run: it waits for what happens and does what the pilot says.
//!
//! Kept true here: one input at a time; when the journal refuses, the run halts where the disk has it.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use sophia_diagnostics::{Problem, codes};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{AbortHandle, JoinSet};

use super::attempt::{self, Ended};
use super::clock::Clock;
use super::history::History;
use super::pilot::Pilot;
use super::progress::{Progress, RunOutcome, Standing, Wait};
use super::protocol::{Action, Input, World};
use crate::journal::{Journal, Receipt, RunId};
use crate::kernel::Decision;
use crate::runner::StepRunner;

/// What others ask of a run under way.
#[derive(Debug)]
pub(super) enum Message {
    /// Answered once the decision is durable.
    Settle(Arc<str>, Decision, oneshot::Sender<Result<(), Problem>>),
    /// Answered once the cancellation is durable.
    Cancel(oneshot::Sender<Result<(), Problem>>),
    /// Everything so far, then everything that follows.
    Watch(mpsc::UnboundedSender<Progress>),
}

/// What a run is carried on with.
#[derive(Clone)]
pub(super) struct Means {
    pub(super) journal: Arc<dyn Journal>,
    pub(super) runner: Arc<dyn StepRunner>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Means {
    pub(super) fn world(&self) -> World<'_> {
        World {
            journal: &*self.journal,
            runner: &*self.runner,
        }
    }
}

/// What a timer is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    Retry(Arc<str>, u32),
    Grace,
}

/// A run under way.
pub(super) struct Dispatch {
    run: RunId,
    means: Means,
    pilot: Pilot,
    history: History,
    standing: watch::Sender<Standing>,
    mailbox: mpsc::UnboundedReceiver<Message>,
    watchers: Vec<mpsc::UnboundedSender<Progress>>,
    waits: BTreeMap<Arc<str>, Wait>,
    attempts: JoinSet<Ended>,
    aborts: HashMap<Arc<str>, AbortHandle>,
    timers: BTreeSet<(Timestamp, Timer)>,
    receipts: VecDeque<(u32, Receipt)>,
    /// Who is told once a record is durable.
    confirmations: VecDeque<(u32, oneshot::Sender<Result<(), Problem>>)>,
}

/// Why the loop ends.
enum End {
    Resting,
    Halted(Problem),
}

impl Dispatch {
    pub(super) fn new(
        run: RunId,
        means: Means,
        pilot: Pilot,
        history: History,
        standing: watch::Sender<Standing>,
        mailbox: mpsc::UnboundedReceiver<Message>,
    ) -> Self {
        Self {
            run,
            means,
            pilot,
            history,
            standing,
            mailbox,
            watchers: Vec::new(),
            waits: BTreeMap::new(),
            attempts: JoinSet::new(),
            aborts: HashMap::new(),
            timers: BTreeSet::new(),
            receipts: VecDeque::new(),
            confirmations: VecDeque::new(),
        }
    }

    /// Carries the run on until it ends, or cannot go on. `leave` is called just before those who wait
    /// for it are told.
    pub(super) async fn work(mut self, first: Vec<Action>, leave: impl FnOnce()) {
        let end = match self.perform(first).await {
            Ok(()) => self.turn_by_turn().await,
            Err(problem) => End::Halted(problem),
        };
        self.attempts.abort_all();
        if let End::Halted(problem) = end {
            tracing::error!(run = %self.run, %problem, "a run halted");
            self.means.journal.forget(&self.run);
            for (_, reply) in self.confirmations.drain(..) {
                // Whoever asked may be gone.
                let _ = reply.send(Err(problem.clone()));
            }
            leave();
            self.standing.send_replace(Standing::Halted(problem));
        } else {
            leave();
        }
    }

    async fn turn_by_turn(&mut self) -> End {
        let mut claims = self.means.journal.claims_changed();
        loop {
            if self.is_over() {
                return End::Resting;
            }
            let input = tokio::select! {
                biased;
                (sequence, result) = front(&mut self.receipts) => {
                    self.receipts.pop_front();
                    match result {
                        Ok(()) => self.written(sequence).await,
                        Err(problem) => Err(problem),
                    }
                }
                Some(message) = self.mailbox.recv() => self.message(message).await,
                Some(ended) = self.attempts.join_next(), if !self.attempts.is_empty() => match ended {
                    Ok(Ended { key, attempt, outcome }) => {
                        self.aborts.remove(&key);
                        self.take(Input::Ended { key, attempt, outcome: Box::new(outcome) }).await
                    }
                    // Let go on purpose.
                    Err(_) => Ok(()),
                },
                Ok(()) = claims.changed(), if self.pilot.waits_for_claims() => {
                    self.take(Input::ClaimsChanged).await
                }
                () = next_timer(&*self.means.clock, &self.timers), if !self.timers.is_empty() => {
                    self.fire().await
                }
            };
            if let Err(problem) = input {
                return End::Halted(problem);
            }
        }
    }

    /// Whether the run ended and everybody has been told.
    fn is_over(&self) -> bool {
        self.pilot.state().outcome().is_some() && self.receipts.is_empty()
    }

    async fn take(&mut self, input: Input) -> Result<(), Problem> {
        let now = self.means.clock.now();
        let actions = self.pilot.take(input, now, self.means.world())?;
        self.perform(actions).await
    }

    async fn written(&mut self, sequence: u32) -> Result<(), Problem> {
        let actions = self.pilot.written(sequence);
        self.perform(actions).await?;
        while self
            .confirmations
            .front()
            .is_some_and(|(waits_for, _)| *waits_for <= sequence)
        {
            if let Some((_, reply)) = self.confirmations.pop_front() {
                // Whoever asked may be gone.
                let _ = reply.send(Ok(()));
            }
        }
        Ok(())
    }

    async fn fire(&mut self) -> Result<(), Problem> {
        let Some((_, timer)) = self.timers.pop_first() else {
            return Ok(());
        };
        self.take(match timer {
            Timer::Retry(key, attempt) => Input::Woken { key, attempt },
            Timer::Grace => Input::GraceOver,
        })
        .await
    }

    async fn message(&mut self, message: Message) -> Result<(), Problem> {
        match message {
            Message::Settle(key, decision, reply) => {
                if let Err(problem) = self.pilot.asks(&key) {
                    // Whoever asked may be gone.
                    let _ = reply.send(Err(problem));
                    return Ok(());
                }
                self.confirmed(Input::Settled { key, decision }, reply)
                    .await
            }
            Message::Cancel(reply) => {
                if self.pilot.state().outcome().is_some() {
                    let _ = reply.send(Err(has_ended(&self.run)));
                    return Ok(());
                }
                self.confirmed(Input::Cancelled, reply).await
            }
            Message::Watch(watcher) => {
                self.greet(watcher);
                Ok(())
            }
        }
    }

    /// Takes an input and tells whoever sent it once it is durable.
    async fn confirmed(
        &mut self,
        input: Input,
        reply: oneshot::Sender<Result<(), Problem>>,
    ) -> Result<(), Problem> {
        let sequence = self.pilot.sequence();
        self.confirmations.push_back((sequence, reply));
        // Until its record is durable nobody should take an older rest for the present one.
        self.standing.send_if_modified(|standing| {
            let rests = matches!(standing, Standing::Resting(RunOutcome::Waiting(_)));
            if rests {
                *standing = Standing::Running;
            }
            rests
        });
        self.take(input).await
    }

    fn greet(&mut self, watcher: mpsc::UnboundedSender<Progress>) {
        let known = self
            .history
            .notices()
            .map(|notice| Progress::Step(Box::new(notice)))
            .chain(self.waits.values().cloned().map(Progress::Waiting));
        let resting = match &*self.standing.borrow() {
            Standing::Resting(outcome) => Some(Progress::Standing(outcome.clone())),
            _ => None,
        };
        // A watcher that is gone is noticed here.
        if known
            .chain(resting)
            .all(|progress| watcher.send(progress).is_ok())
        {
            self.watchers.push(watcher);
        }
    }

    fn tell(&mut self, progress: &Progress) {
        self.watchers
            .retain(|watcher| watcher.send(progress.clone()).is_ok());
    }

    async fn perform(&mut self, actions: Vec<Action>) -> Result<(), Problem> {
        for action in actions {
            match action {
                Action::Write(write) => {
                    let sequence = write.sequence;
                    let receipt = self.means.journal.append(*write).await?;
                    self.receipts.push_back((sequence, receipt));
                }
                Action::Attempt(call) => {
                    let key = call.key.clone();
                    self.waits.remove(&key);
                    let abort =
                        attempt::spawn(&mut self.attempts, self.means.runner.clone(), *call);
                    self.aborts.insert(key, abort);
                }
                Action::Sleep {
                    key,
                    attempt,
                    until,
                } => {
                    self.timers.insert((until, Timer::Retry(key, attempt)));
                }
                Action::Grace { until } => {
                    self.timers.insert((until, Timer::Grace));
                }
                Action::Abandon { key } => {
                    if let Some(abort) = self.aborts.remove(&key) {
                        abort.abort();
                    }
                    self.waits.remove(&key);
                    self.timers
                        .retain(|(_, timer)| !matches!(timer, Timer::Retry(of, _) if *of == key));
                }
                Action::Tell(notice) => {
                    self.waits.remove(&notice.key);
                    self.history.take((*notice).clone(), false);
                    self.tell(&Progress::Step(notice));
                }
                Action::TellWait(wait) => {
                    self.waits.insert(wait.key.clone(), wait.clone());
                    self.tell(&Progress::Waiting(wait));
                }
                Action::Stand(standing) => {
                    if let Standing::Resting(outcome) = &standing {
                        self.tell(&Progress::Standing(outcome.clone()));
                    }
                    self.standing.send_replace(standing);
                }
            }
        }
        Ok(())
    }
}

pub(super) fn has_ended(run: &RunId) -> Problem {
    Problem::new(codes::S969, format!("Run {run} has ended already."))
}

/// The oldest receipt, once it is there.
async fn front(receipts: &mut VecDeque<(u32, Receipt)>) -> (u32, Result<(), Problem>) {
    match receipts.front_mut() {
        None => std::future::pending().await,
        Some((sequence, receipt)) => {
            let result = receipt.await.unwrap_or_else(|_| {
                Err(
                    Problem::new(codes::S962, "The store is no longer being written.").with_help(
                        "start the program again; runs go on from the last step on the disk",
                    ),
                )
            });
            (*sequence, result)
        }
    }
}

async fn next_timer(clock: &dyn Clock, timers: &BTreeSet<(Timestamp, Timer)>) {
    if let Some((until, _)) = timers.first() {
        clock.sleep_until(*until).await;
    }
}
