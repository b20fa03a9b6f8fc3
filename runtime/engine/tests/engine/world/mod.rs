//! A world in which runs are carried on by hand: real kernels and pilots over a ground that may lose what
//! was not synced, in one thread, with a time that only the test moves. The scenarios of the conformance suite
//! and both simulations happen in it.
//!
//! Kept true here: an action of a pilot is done or kept, never dropped; a crash takes everything that was
//! in memory; after every step the state of a run is what its durable records fold to; a run is put down only
//! where the store says what it waits for.

mod ground;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sophia_engine::driver::{Action, Identity, Input, Pilot, World, goes_on};
use sophia_engine::journal::{ArrivalFilter, Creation, StoredRun, Write};
use sophia_engine::kernel::{Awaits, Layout, RunState, fold, horizon};
use sophia_engine::limits::{Limits, UNLIMITED};
use sophia_engine::{Act, RunId, StepCall, StepOutcome};
use sophia_plan::{Plan, Record};

use crate::scripted::creation;
use crate::simulation::Outside;

pub use ground::{Ground, InFile, InMemory};

/// The step and its attempt; without one, the grace after a cancellation.
pub type Timer = Option<(Arc<str>, u32)>;

/// What surrounds the runs of a world: who grants them places, and who looks on.
pub trait Around<G>: Sized {
    /// What is limited. Whoever limits anything answers the questions for places too.
    fn limits(&self) -> &Limits {
        &UNLIMITED
    }

    /// A run is about to do this.
    fn before(_: &mut Stage<G, Self>, _: &RunId, _: &Action) {}

    /// A run has done all that something led to.
    fn after(_: &Stage<G, Self>, _: &RunId) {}
}

/// Nobody looks on, and nothing is limited.
pub struct Nobody;

impl<G> Around<G> for Nobody {}

/// How a run comes into the world.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Begins {
    /// Created with its first record.
    AtOnce,
    /// Created before, as one that waited in line.
    Later,
}

/// The world.
pub struct Stage<G, A = Nobody> {
    pub now: Timestamp,
    pub ground: G,
    pub layout: Arc<Layout>,
    pub runs: Vec<RunId>,
    pub pilots: BTreeMap<RunId, Pilot>,
    /// Runs that were put down, with what wakes them.
    pub shelf: BTreeMap<RunId, Awaits>,
    /// Handed over and not synced.
    pub unsynced: VecDeque<Write>,
    pub attempts: Vec<(RunId, StepCall)>,
    pub timers: BTreeSet<(Timestamp, RunId, Timer)>,
    /// Arrivals up to this number were offered.
    offered: u64,
    pub around: A,
}

impl<G: Ground, A: Around<G>> Stage<G, A> {
    /// Runs of a plan, each begun.
    pub fn new(ground: G, around: A, plan: Plan, runs: &[(&str, Begins)]) -> Self {
        let plan = Arc::new(plan);
        let now = "2026-11-22T08:00:00Z".parse().unwrap();
        let mut stage = Self {
            now,
            ground,
            around,
            layout: Arc::new(Layout::of(&plan).unwrap()),
            runs: Vec::new(),
            pilots: BTreeMap::new(),
            shelf: BTreeMap::new(),
            unsynced: VecDeque::new(),
            attempts: Vec::new(),
            timers: BTreeSet::new(),
            offered: 0,
        };
        for (name, begins) in runs {
            stage.begin(&RunId((*name).into()), *begins, &plan);
        }
        stage
    }

    fn begin(&mut self, run: &RunId, begins: Begins, plan: &Arc<Plan>) {
        let (identity, inputs) = (self.identity(run), Record::default());
        let mut creation = Creation {
            at: self.now,
            ..creation(run, plan)
        };
        let (pilot, actions) = if begins == Begins::AtOnce {
            let begun = Pilot::begin_with(identity, &inputs, self.now, self.world());
            let (pilot, begins) = begun.unwrap();
            creation.first = begins.first;
            (pilot, begins.then)
        } else {
            Pilot::start(identity, &inputs, self.now, self.world()).unwrap()
        };
        self.ground.begin(creation);
        self.runs.push(run.clone());
        self.pilots.insert(run.clone(), pilot);
        self.perform(run, actions);
    }

    fn world(&self) -> World<'_> {
        World {
            journal: self.ground.ledger(),
            runner: &Outside,
            limits: self.around.limits(),
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
            A::before(self, run, &action);
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
        A::after(self, run);
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

    /// A run is told something. One that was put down is taken up for it.
    pub fn take(&mut self, run: &RunId, input: Input) {
        if self.shelf.contains_key(run) {
            self.take_up(run);
        }
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

    /// Everything is on the disk.
    pub fn sync_all(&mut self) {
        while !self.unsynced.is_empty() {
            self.sync();
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

    /// Whether a timer has not rung yet.
    pub fn has_timers(&self) -> bool {
        !self.timers.is_empty() || self.next_on_shelf().is_some()
    }

    fn next_on_shelf(&self) -> Option<(Timestamp, RunId)> {
        let timers = self.shelf.iter();
        timers
            .filter_map(|(run, awaits)| Some((awaits.next?, run.clone())))
            .min()
    }

    /// The next timer rings. What it tells which run.
    pub fn rings(&mut self) -> Option<(RunId, Input)> {
        if let Some((until, run)) = self.next_on_shelf()
            && (self.timers.first()).is_none_or(|(first, ..)| until <= *first)
        {
            self.now = self.now.max(until);
            self.take_up(&run);
        }
        let (until, run, timer) = self.timers.pop_first()?;
        self.now = self.now.max(until);
        let input = match timer {
            Some((key, attempt)) => Input::Woken { key, attempt },
            None => Input::GraceOver,
        };
        Some((run, input))
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
        self.shelf.clear();
        self.timers.clear();
        let gone = std::mem::take(&mut self.attempts);
        self.ground.crash();
        self.now += down;
        self.offered = *self.ground.journal().latest_arrival().borrow();
        gone
    }

    /// Every run that has not ended is taken up from its journal.
    pub fn take_up_all(&mut self) {
        for run in self.runs.clone() {
            self.take_up(&run);
        }
    }

    /// A run of which nothing is under way is put down: the store alone knows of it until what it waits for is
    /// there. Whether it was.
    pub fn put_down(&mut self, run: &RunId) -> bool {
        let Some(pilot) = self.pilots.get(run) else {
            return false;
        };
        let is_on_its_way = self.unsynced.iter().any(|write| write.run == *run)
            || self.attempts.iter().any(|(of, _)| of == run)
            || pilot.waits_for_claims();
        if is_on_its_way || pilot.state().outcome().is_some() {
            return false;
        }
        let Some(awaits) = pilot.resting().cloned() else {
            let timers = (self.timers.iter()).filter(|(_, of, _)| of == run);
            let held: Vec<_> = timers.collect();
            // What is limited may make it wait for a place, and a cancellation gives time in memory.
            let may_be_held =
                self.around.limits().any() || held.iter().any(|held| held.2.is_none());
            assert!(
                held.is_empty() || may_be_held,
                "{run} waits for {held:?} and does not rest: {:?}",
                pilot.state()
            );
            return false;
        };
        let resting = self.ground.journal().resting().unwrap();
        let known = resting.into_iter().find(|known| known.run == *run);
        assert_eq!(known.map(|known| known.awaits), Some(awaits.clone()));
        let timers = (self.timers.iter()).filter(|(_, of, _)| of == run);
        assert_eq!(timers.map(|(until, ..)| *until).min(), awaits.next, "{run}");
        self.pilots.remove(run);
        self.timers.retain(|(_, of, _)| of != run);
        self.shelf.insert(run.clone(), awaits);
        true
    }

    /// Every run that was put down is taken up, as by people who ask something of it.
    pub fn take_up_shelved(&mut self) {
        for run in self.shelf.keys().cloned().collect::<Vec<_>>() {
            self.take_up(&run);
        }
    }

    /// A run is taken up from its journal, unless it has ended.
    pub fn take_up(&mut self, run: &RunId) {
        self.shelf.remove(run);
        let stored = self.stored(run);
        if stored.summary.status.is_final() {
            return;
        }
        let state = folded(&self.layout, &stored);
        let horizon = horizon(&state);
        let identity = self.identity(run);
        let (pilot, actions) =
            Pilot::resume(identity, state, stored.sequence, self.now, self.world()).unwrap();
        self.pilots.insert(run.clone(), pilot);
        self.perform(run, actions);
        if let Some((since, after)) = horizon {
            let filter = ArrivalFilter {
                after,
                since: Some(since),
                ..ArrivalFilter::default()
            };
            for (_, arrival) in self.ground.journal().arrivals(&filter).unwrap() {
                self.take(run, Input::Arrived(Box::new(arrival)));
            }
        }
    }

    /// A person has a run that has ended go on by an act, if it may. Whether it does.
    pub fn goes_on(&mut self, run: &RunId, act: Act) -> bool {
        let by = "a person".into();
        let Ok(write) = goes_on(&self.stored(run), &self.layout, &by, act, self.now) else {
            return false;
        };
        self.ground.write(write);
        // Who carried it on to its end has let go of it.
        self.pilots.remove(run);
        self.timers.retain(|(_, of, _)| of != run);
        true
    }
}

fn folded(layout: &Layout, stored: &StoredRun) -> RunState {
    let created = stored.summary.created;
    fold(layout, &stored.inputs, created, &stored.events, drop)
}
