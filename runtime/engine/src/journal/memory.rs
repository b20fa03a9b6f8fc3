//! A journal without a disk, for tests and `sophia test`. Everything is durable at once.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use sophia_diagnostics::{Problem, codes};
use sophia_plan::Value;
use tokio::sync::{oneshot, watch};

use super::claims::{Board, StoredClaim};
use super::line::{Line, begins_again, next_begins, reason, take_place};
use super::watched::KeyedRow;
use super::{
    ArrivalFilter, Arrived, ClaimChange, ClaimWanted, Claimed, Commits, Created, Creation, Cursor,
    Delivery, Journal, NewArrival, Receipt, Rest, Resting, RunFilter, RunId, RunStatus, RunSummary,
    StateChange, StoredRun, Write,
};
use crate::kernel::{Arrival, Awaits};

/// A journal in memory.
#[derive(Debug)]
pub struct MemoryJournal {
    store: Mutex<Store>,
    board: Board,
    latest_arrival: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Store {
    runs: BTreeMap<RunId, StoredRun>,
    claims: HashMap<Arc<str>, StoredClaim>,
    deliveries: HashMap<Arc<str>, RunId>,
    cursors: HashMap<Arc<str>, Timestamp>,
    /// What triggers on changes have seen: rows by key.
    watched: HashMap<Arc<str>, BTreeMap<Vec<u8>, Vec<u8>>>,
    states: HashMap<Arc<str>, Value>,
    commits: Commits,
    arrivals: Vec<(Arc<str>, Arrival)>,
    arrival_keys: HashMap<Arc<str>, u64>,
    /// The highest number that was given, also where what had it is forgotten.
    latest_arrival: u64,
    resting: BTreeMap<RunId, (Awaits, Timestamp)>,
}

impl Store {
    fn arrive(&mut self, arrival: NewArrival) -> Arrived {
        if let Some(number) = self.arrival_keys.get(&arrival.key) {
            return Arrived {
                number: *number,
                already_known: true,
            };
        }
        self.latest_arrival += 1;
        let number = self.latest_arrival;
        self.arrival_keys.insert(arrival.key, number);
        self.arrivals.push((
            arrival.environment,
            Arrival {
                number,
                event: arrival.event,
                value: arrival.value,
                at: arrival.at,
            },
        ));
        Arrived {
            number,
            already_known: false,
        }
    }

    /// Moves a trigger forward; never back.
    fn advance(&mut self, cursor: &Cursor) {
        let known = self.cursors.get(&cursor.trigger).copied();
        let instant = known.map_or(cursor.instant, |known| cursor.instant.max(known));
        self.cursors.insert(cursor.trigger.clone(), instant);
        let seen = self.watched.entry(cursor.trigger.clone()).or_default();
        for row in &cursor.rows {
            match &row.row {
                Some(held) => seen.insert(row.key.clone(), held.clone()),
                None => seen.remove(&row.key),
            };
        }
    }

    /// Remembers that a run stands for a delivery.
    fn deliver(&mut self, delivery: &Delivery, run: &RunId) {
        if let Some(cursor) = &delivery.cursor {
            self.advance(cursor);
        }
        self.deliveries
            .entry(delivery.key.clone())
            .or_insert_with(|| run.clone());
    }

    /// The runs of a line that have not ended, the oldest first.
    fn unfinished(&self, line: &str) -> Vec<RunId> {
        let runs = self.runs.values().map(|run| &run.summary);
        runs.filter(|run| run.line.as_deref() == Some(line) && !run.status.is_final())
            .map(|run| run.run.clone())
            .collect()
    }

    /// A run of a line ended: the first that waits may begin.
    fn let_in(&mut self, line: &str) {
        let runs = self.runs.values().map(|run| &run.summary);
        let line = runs.filter(|run| run.line.as_deref() == Some(line));
        let next = next_begins(line).map(|run| run.run.clone());
        if let Some(run) = next.and_then(|run| self.runs.get_mut(&run)) {
            run.summary.status = RunStatus::Running;
            run.summary.summary = String::new();
        }
    }
}

impl Default for MemoryJournal {
    fn default() -> Self {
        Self {
            store: Mutex::default(),
            board: Board::new(),
            latest_arrival: watch::Sender::new(0),
        }
    }
}

impl MemoryJournal {
    /// An empty journal.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a write at once. Also used where there is no asynchronous caller: in simulations.
    ///
    /// # Errors
    /// S968 when the write does not follow the one before.
    pub fn take(&self, write: Write) -> Result<(), Problem> {
        let mut store = self.store();
        let Some(run) = store.runs.get_mut(&write.run) else {
            return Err(out_of_order(&write));
        };
        if run.sequence != write.sequence {
            return Err(out_of_order(&write));
        }
        let opens = (write.status.as_ref()).is_some_and(|change| !change.status.is_final());
        if opens
            && run.summary.status.is_final()
            && let Some(line) = run.summary.line.clone()
        {
            begins_again(&write.run, &store.unfinished(&line))?;
        }
        let Some(run) = store.runs.get_mut(&write.run) else {
            return Err(out_of_order(&write));
        };
        run.sequence += 1;
        run.records.push(write.events.len());
        run.events.extend(write.events);
        if let Some(change) = write.status {
            run.summary.status = change.status;
            run.summary.ended = change.ended;
            run.summary.summary = change.summary;
        }
        let ended = run
            .summary
            .status
            .is_final()
            .then(|| run.summary.line.clone());
        if let Some(line) = ended.flatten() {
            store.let_in(&line);
        }
        for delivery in &write.delivered {
            store.deliver(delivery, &write.run);
        }
        for change in &write.claims {
            match change {
                ClaimChange::Hold(wanted) => {
                    store.claims.insert(
                        wanted.claim.clone(),
                        StoredClaim {
                            run: wanted.run.clone(),
                            step: wanted.step.clone(),
                            within_ms: wanted.within_ms,
                            kept: None,
                        },
                    );
                }
                ClaimChange::Keep { claim, value, at } => {
                    if let Some(claim) = store.claims.get_mut(claim) {
                        claim.kept = Some((value.clone(), *at));
                    }
                }
                ClaimChange::Free { claim, step } => {
                    let held = store.claims.get(claim);
                    if held.is_some_and(|held| held.run == write.run && held.step == *step) {
                        store.claims.remove(claim);
                    }
                }
            }
        }
        for change in write.states {
            store.states.insert(change.name, change.value);
        }
        for arrival in write.arrivals {
            store.arrive(arrival);
        }
        match write.rest {
            Some(Rest::For(awaits, since)) => {
                store.resting.insert(write.run.clone(), (awaits, since));
            }
            Some(Rest::Over) => {
                store.resting.remove(&write.run);
            }
            None => {}
        }
        store.commits.transactions += 1;
        store.commits.writes += 1;
        drop(store);
        self.board.settled(&write.claims);
        self.tell_arrivals();
        Ok(())
    }

    fn tell_arrivals(&self) {
        let now = self.store().latest_arrival;
        self.latest_arrival.send_if_modified(|latest| {
            let later = now > *latest;
            *latest = now.max(*latest);
            later
        });
    }

    /// Remembers at once something that came in.
    pub fn take_in(&self, arrival: NewArrival) -> Arrived {
        let arrived = self.store().arrive(arrival);
        self.tell_arrivals();
        arrived
    }

    /// Remembers a run at once.
    pub fn begin(&self, creation: Creation) -> Created {
        let hash = creation.plan.hash().0;
        let mut store = self.store();
        if let Some(delivery) = &creation.delivery
            && let Some(run) = store.deliveries.get(&delivery.key).cloned()
        {
            store.deliver(delivery, &run);
            return Created::Known(run);
        }
        let created = match &creation.line {
            Some(Line { name, overlap }) => take_place(*overlap, store.unfinished(name)),
            None => Created::New,
        };
        let (status, summary) = match &created {
            Created::Queued { behind } => (
                RunStatus::Queued,
                behind.first().map(reason).unwrap_or_default(),
            ),
            Created::New => (RunStatus::Running, String::new()),
            Created::Skipped { by } => {
                if let Some(delivery) = &creation.delivery {
                    store.deliver(delivery, by);
                }
                return created;
            }
            // The record that takes it moves its trigger.
            Created::Joins(_) | Created::Known(_) => return created,
        };
        if let Some(delivery) = &creation.delivery {
            store.deliver(delivery, &creation.run);
        }
        store.commits.transactions += 1;
        store.commits.writes += 1;
        let summary = RunSummary {
            run: creation.run.clone(),
            playbook: creation.plan.playbook.clone(),
            environment: creation.environment,
            plan: hash,
            status,
            created: creation.at,
            ended: None,
            summary,
            line: creation.line.map(|line| line.name),
            parent: creation.parent,
        };
        store.runs.insert(
            creation.run,
            StoredRun {
                summary,
                plan: creation.plan,
                inputs: creation.inputs,
                events: Vec::new(),
                records: Vec::new(),
                sequence: 0,
            },
        );
        drop(store);
        // It is the first, so nothing is out of order.
        if let Some(first) = creation.first.filter(|_| created == Created::New) {
            drop(self.take(*first));
        }
        created
    }

    /// Keeps the values of states, as if earlier runs had set them.
    pub fn keep(&self, states: impl IntoIterator<Item = StateChange>) {
        let states = states.into_iter().map(|change| (change.name, change.value));
        self.store().states.extend(states);
    }

    /// Loses what is in memory only, as a crash does: claims that were granted and never written.
    pub fn crash(&self) {
        let runs: Vec<RunId> = self.store().runs.keys().cloned().collect();
        for run in &runs {
            self.board.forget(run);
        }
    }
}

fn out_of_order(write: &Write) -> Problem {
    Problem::new(
        codes::S968,
        format!(
            "Record {} of run {} does not follow the one before.",
            write.sequence, write.run
        ),
    )
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn create(&self, creation: Creation) -> Result<Created, Problem> {
        Ok(self.begin(creation))
    }

    async fn append(&self, write: Write) -> Result<Receipt, Problem> {
        let (reply, receipt) = oneshot::channel();
        // Nobody has to wait for the receipt.
        let _ = reply.send(self.take(write));
        Ok(receipt)
    }

    fn arbitrate(&self, wanted: &ClaimWanted) -> Result<Claimed, Problem> {
        self.board.arbitrate(wanted, || {
            Ok(self.store().claims.get(&wanted.claim).cloned())
        })
    }

    fn state(&self, name: &str) -> Result<Option<Value>, Problem> {
        Ok(self.store().states.get(name).cloned())
    }

    async fn arrive(&self, arrival: NewArrival) -> Result<Arrived, Problem> {
        Ok(self.take_in(arrival))
    }

    fn arrivals(&self, filter: &ArrivalFilter) -> Result<Vec<(Arc<str>, Arrival)>, Problem> {
        let fits = |(environment, arrival): &&(Arc<str>, Arrival)| {
            arrival.number > filter.after
                && filter.since.is_none_or(|since| arrival.at >= since)
                && (filter.environment.as_ref()).is_none_or(|wanted| wanted == environment)
                && (filter.events.is_empty() || filter.events.contains(&arrival.event))
        };
        let limit = filter.limit.map_or(usize::MAX, |limit| limit as usize);
        let store = self.store();
        let found = store.arrivals.iter().filter(fits).take(limit);
        Ok(found.cloned().collect())
    }

    fn latest_arrival(&self) -> watch::Receiver<u64> {
        self.latest_arrival.subscribe()
    }

    async fn forget_arrivals(&self, before: Timestamp) -> Result<(), Problem> {
        let mut store = self.store();
        let unfinished = store.runs.values().filter(|run| {
            !run.summary.status.is_final() && !store.resting.contains_key(&run.summary.run)
        });
        let began = unfinished.map(|run| run.summary.created).min();
        let since = store.resting.values().map(|(_, since)| *since).min();
        let before = [began, since]
            .into_iter()
            .flatten()
            .fold(before, Timestamp::min);
        store.arrivals.retain(|(_, arrival)| arrival.at >= before);
        Ok(())
    }

    fn resting(&self) -> Result<Vec<Resting>, Problem> {
        let store = self.store();
        let resting = store.resting.iter().filter_map(|(run, (awaits, _))| {
            Some(Resting {
                run: run.clone(),
                environment: store.runs.get(run)?.summary.environment.clone(),
                awaits: awaits.clone(),
            })
        });
        Ok(resting.collect())
    }

    fn forget(&self, run: &RunId) {
        self.board.forget(run);
    }

    fn claims_changed(&self) -> watch::Receiver<u64> {
        self.board.changed()
    }

    fn load(&self, run: &RunId) -> Result<Option<StoredRun>, Problem> {
        Ok(self.store().runs.get(run).cloned())
    }

    fn runs(&self, filter: &RunFilter) -> Result<Vec<RunSummary>, Problem> {
        let fits = |run: &&StoredRun| {
            let summary = &run.summary;
            filter
                .playbook
                .as_ref()
                .is_none_or(|playbook| *playbook == summary.playbook)
                && filter
                    .environment
                    .as_ref()
                    .is_none_or(|environment| *environment == summary.environment)
                && filter.status.is_none_or(|status| status == summary.status)
                && (filter.parent.is_none() || filter.parent == summary.parent)
                && (filter.line.is_none() || filter.line == summary.line)
        };
        let limit = filter.limit.map_or(usize::MAX, |limit| limit as usize);
        let store = self.store();
        let runs = store.runs.values().rev().filter(fits).take(limit);
        Ok(runs.map(|run| run.summary.clone()).collect())
    }

    fn named(&self, prefix: &str) -> Result<Vec<RunId>, Problem> {
        let store = self.store();
        let runs = store.runs.keys().filter(|run| run.0.starts_with(prefix));
        Ok(runs.take(2).cloned().collect())
    }

    async fn pass(&self, cursor: Cursor) -> Result<(), Problem> {
        self.store().advance(&cursor);
        Ok(())
    }

    fn cursor(&self, trigger: &str) -> Result<Option<Timestamp>, Problem> {
        Ok(self.store().cursors.get(trigger).copied())
    }

    fn seen(&self, trigger: &str, key: Option<&[u8]>) -> Result<Vec<KeyedRow>, Problem> {
        let store = self.store();
        let seen = store.watched.get(trigger).into_iter().flatten();
        let wanted = seen.filter(|(of, _)| key.is_none_or(|key| key == &***of));
        Ok(wanted
            .map(|(key, row)| (key.clone(), row.clone()))
            .collect())
    }

    fn commits(&self) -> Commits {
        self.store().commits
    }
}
