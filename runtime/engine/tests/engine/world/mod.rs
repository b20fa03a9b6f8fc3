//! A world in which runs are carried on by hand: real kernels and pilots over a ground that may lose what
//! was not synced, in one thread, with a time that only the test moves.
//!
//! Kept true here: an action of a pilot is done or kept, never dropped; a crash takes everything that was
//! in memory; after every step the state of a run is what its durable records fold to.

mod ground;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sophia_engine::driver::{Action, Identity, Input, Pilot, World};
use sophia_engine::journal::{ArrivalFilter, Creation, StoredRun, Write};
use sophia_engine::kernel::{Layout, RunState, fold, horizon};
use sophia_engine::limits::UNLIMITED;
use sophia_engine::{RunId, StepCall, StepOutcome};
use sophia_plan::{Plan, Record};

use crate::scripted::creation;
use crate::simulation::Outside;

pub use ground::{Ground, InFile, InMemory};

/// The step and its attempt; without one, the grace after a cancellation.
pub type Timer = Option<(Arc<str>, u32)>;

/// The world.
pub struct Stage<G> {
    pub now: Timestamp,
    pub ground: G,
    pub layout: Arc<Layout>,
    pub runs: Vec<RunId>,
    pub pilots: BTreeMap<RunId, Pilot>,
    /// Handed over and not synced.
    pub unsynced: VecDeque<Write>,
    pub attempts: Vec<(RunId, StepCall)>,
    pub timers: BTreeSet<(Timestamp, RunId, Timer)>,
    /// Arrivals up to this number were offered.
    offered: u64,
}

impl<G: Ground> Stage<G> {
    /// Runs of a plan, all begun.
    pub fn new(ground: G, plan: Plan, names: &[&str]) -> Self {
        let plan = Arc::new(plan);
        let now = "2026-11-22T08:00:00Z".parse().unwrap();
        let mut stage = Self {
            now,
            ground,
            layout: Arc::new(Layout::of(&plan).unwrap()),
            runs: names.iter().map(|name| RunId((*name).into())).collect(),
            pilots: BTreeMap::new(),
            unsynced: VecDeque::new(),
            attempts: Vec::new(),
            timers: BTreeSet::new(),
            offered: 0,
        };
        for run in stage.runs.clone() {
            let identity = stage.identity(&run);
            let (pilot, begins) =
                Pilot::begin_with(identity, &Record::default(), now, stage.world()).unwrap();
            stage.ground.begin(Creation {
                at: now,
                first: begins.first,
                ..creation(&run, &plan)
            });
            stage.pilots.insert(run.clone(), pilot);
            stage.perform(&run, begins.then);
        }
        stage
    }

    fn world(&self) -> World<'_> {
        World {
            journal: self.ground.ledger(),
            runner: &Outside,
            limits: &UNLIMITED,
        }
    }

    fn identity(&self, run: &RunId) -> Identity {
        Identity {
            run: run.clone(),
            environment: "dev".into(),
            layout: self.layout.clone(),
        }
    }

    fn perform(&mut self, run: &RunId, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Write(write) => self.unsynced.push_back(*write),
                Action::Attempt(call) => self.attempts.push((run.clone(), *call)),
                Action::Sleep {
                    key,
                    attempt,
                    until,
                } => {
                    self.timers
                        .insert((until, run.clone(), Some((key, attempt))));
                }
                Action::Grace { until } => {
                    self.timers.insert((until, run.clone(), None));
                }
                Action::Abandon { key } => {
                    self.attempts
                        .retain(|(of, call)| of != run || call.key != key);
                    self.timers.retain(|(_, of, timer)| {
                        of != run || timer.as_ref().is_none_or(|(of, _)| *of != key)
                    });
                }
                _ => {}
            }
        }
        self.check_state(run);
    }

    fn check_state(&self, run: &RunId) {
        let Some(pilot) = self.pilots.get(run) else {
            return;
        };
        for (held, most) in pilot.state().slots() {
            assert!(held <= most, "{held} items hold a slot where {most} may");
        }
        if !self.unsynced.iter().any(|write| write.run == *run) {
            assert_eq!(self.folded(run), *pilot.state());
        }
    }

    /// Everything that is durable of a run.
    pub fn stored(&self, run: &RunId) -> StoredRun {
        self.ground.journal().load(run).unwrap().unwrap()
    }

    /// The state that the durable records of a run fold to.
    pub fn folded(&self, run: &RunId) -> RunState {
        let stored = self.stored(run);
        folded(&self.layout, &stored)
    }

    /// A run is told something.
    pub fn take(&mut self, run: &RunId, input: Input) {
        let Some(mut pilot) = self.pilots.remove(run) else {
            return;
        };
        let actions = pilot.take(input, self.now, self.world()).unwrap();
        self.pilots.insert(run.clone(), pilot);
        self.perform(run, actions);
    }

    /// One more write is on the disk.
    pub fn sync(&mut self) {
        let Some(write) = self.unsynced.pop_front() else {
            return;
        };
        let (run, sequence) = (write.run.clone(), write.sequence);
        self.ground.write(write);
        if let Some(pilot) = self.pilots.get_mut(&run) {
            let actions = pilot.written(sequence);
            self.perform(&run, actions);
        }
        for run in self.runs.clone() {
            if self.pilots.get(&run).is_some_and(Pilot::waits_for_claims) {
                self.take(&run, Input::ClaimsChanged);
            }
        }
    }

    /// An attempt ends.
    pub fn ends(&mut self, run: &RunId, call: StepCall, outcome: StepOutcome) {
        let input = Input::Ended {
            key: call.key,
            attempt: call.attempt,
            outcome: Box::new(outcome),
        };
        self.take(run, input);
    }

    /// What came in and was not offered yet is offered to every run.
    pub fn offer(&mut self) {
        let filter = ArrivalFilter {
            after: self.offered,
            ..ArrivalFilter::default()
        };
        for (_, arrival) in self.ground.journal().arrivals(&filter).unwrap() {
            self.offered = arrival.number;
            for run in self.runs.clone() {
                self.take(&run, Input::Arrived(Box::new(arrival.clone())));
            }
        }
    }

    /// The machine stops: what is in memory is gone, and of what was not synced so many writes are on the
    /// disk. After `down` every run that has not ended is taken up. The attempts that were under way.
    pub fn crash(&mut self, survives: usize, down: SignedDuration) -> Vec<(RunId, StepCall)> {
        for write in std::mem::take(&mut self.unsynced)
            .into_iter()
            .take(survives)
        {
            self.ground.write(write);
        }
        self.pilots.clear();
        self.timers.clear();
        let gone = std::mem::take(&mut self.attempts);
        self.ground.crash();
        self.now += down;
        self.offered = *self.ground.journal().latest_arrival().borrow();
        gone
    }

    /// Every run that has not ended is taken up from its journal.
    pub fn take_up(&mut self) {
        for run in self.runs.clone() {
            let stored = self.stored(&run);
            if stored.summary.status.is_final() {
                continue;
            }
            let state = folded(&self.layout, &stored);
            let horizon = horizon(&state);
            let identity = self.identity(&run);
            let (pilot, actions) =
                Pilot::resume(identity, state, stored.sequence, self.now, self.world()).unwrap();
            self.pilots.insert(run.clone(), pilot);
            self.perform(&run, actions);
            if let Some((since, after)) = horizon {
                let filter = ArrivalFilter {
                    after,
                    since: Some(since),
                    ..ArrivalFilter::default()
                };
                for (_, arrival) in self.ground.journal().arrivals(&filter).unwrap() {
                    self.take(&run, Input::Arrived(Box::new(arrival)));
                }
            }
        }
    }
}

fn folded(layout: &Layout, stored: &StoredRun) -> RunState {
    let created = stored.summary.created;
    fold(layout, &stored.inputs, created, &stored.events, drop)
}
