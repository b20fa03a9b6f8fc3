//! The real kernel and the real pilot, against a disk that loses what was not synced and an outside that
//! remembers what was done to it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use sophia_diagnostics::{Problem, codes};
use sophia_engine::driver::{Action, Identity, Input, Pilot, World, goes_on};
use sophia_engine::journal::{Creation, Journal, MemoryJournal, Write};
use sophia_engine::kernel::{self, Event, Layout, RunState};
use sophia_engine::{Act, Decision, FailureKind, Report, RunId, StepCall, StepOutcome, StepRunner};
use sophia_plan::step::Unsure;
use sophia_plan::{Record, StepKind, Work};

use crate::scripted::creation;

use super::author::{Order, answer, random_plan};
use super::checks::undone;
use super::dice::Dice;
use super::places::Places;

/// Which effects the other side takes under keys: by the step's name, so that it is the same always.
pub struct Outside;

#[async_trait]
impl StepRunner for Outside {
    async fn run(&self, _: StepCall) -> StepOutcome {
        std::future::pending().await
    }

    fn repeatable(&self, call: &StepCall) -> bool {
        !is_effect(call) || call.step.name.len().is_multiple_of(2)
    }
}

pub fn is_effect(call: &StepCall) -> bool {
    matches!(&call.step.kind, StepKind::Work(work @ Work::Tool { .. }) if work.is_effect())
}

type Place = (RunId, Arc<str>);

/// The step and its attempt; without one, the grace after a cancellation.
type Timer = Option<(Arc<str>, u32)>;

pub struct Simulation {
    dice: Dice,
    /// Who holds a place, and who waits for one.
    pub(super) places: Places,
    now: Timestamp,
    pub(super) journal: MemoryJournal,
    pub(super) layout: Arc<Layout>,
    pub runs: Vec<RunId>,
    pub(super) pilots: BTreeMap<RunId, Pilot>,
    /// Handed over and not synced.
    unsynced: VecDeque<Write>,
    attempts: Vec<(RunId, StepCall)>,
    timers: BTreeSet<(Timestamp, RunId, Timer)>,
    crashes_left: u32,
    /// Of a thousand things that happen, how many are crashes.
    crash_rate: u64,
    /// Three of so many attempts fail.
    failing: usize,
    /// How often the machine stopped.
    pub crashes: u64,
    cancels_left: u32,
    /// How often a person still has an ended run go on.
    retries_left: u32,
    /// How often a person did.
    pub retries: u64,
    /// How often the outside did something, under which key.
    pub(super) done_outside: BTreeMap<Place, u32>,
    keys: BTreeMap<Place, Arc<str>>,
    /// Whether an action may be tried again.
    pub(super) tries: bool,
    /// The keys under which the outside did something.
    taken: BTreeSet<Arc<str>>,
    /// What steps said that they wait for, for the message of a failed check.
    pub(super) waits: BTreeMap<Place, String>,
    /// Where a person decided to do it again.
    may_double: BTreeSet<Place>,
}

impl Simulation {
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let plan = Arc::new(random_plan(&mut dice, Order::Any));
        let layout = Arc::new(Layout::of(&plan).unwrap());
        let failing = dice.one_of(&[10, 25, 60]);
        let crash_rate = dice.one_of(&[5, 30, 120]);
        let places = Places::random(&mut dice);
        let now: Timestamp = "2026-11-22T08:00:00Z".parse().unwrap();
        let mut simulation = Self {
            dice,
            places,
            now,
            journal: MemoryJournal::new(),
            layout,
            runs: Vec::new(),
            pilots: BTreeMap::new(),
            unsynced: VecDeque::new(),
            attempts: Vec::new(),
            timers: BTreeSet::new(),
            crashes_left: 20,
            crash_rate,
            failing,
            crashes: 0,
            cancels_left: 1,
            retries_left: 3,
            retries: 0,
            done_outside: BTreeMap::new(),
            keys: BTreeMap::new(),
            tries: plan.steps().iter().any(|step| {
                matches!(step.kind, StepKind::Action { .. }) && step.policy.retry.is_some()
            }),
            taken: BTreeSet::new(),
            waits: BTreeMap::new(),
            may_double: BTreeSet::new(),
        };
        for name in ["RUN A", "RUN B"] {
            let run = RunId(name.into());
            let mut creation = Creation {
                at: now,
                ..creation(&run, &plan)
            };
            let identity = simulation.identity(&run);
            let world = World {
                journal: &simulation.journal,
                runner: &Outside,
                limits: &simulation.places.limits,
            };
            // One as it is begun, the other as one that waited in line.
            let (pilot, actions) = if name == "RUN A" {
                let (pilot, begins) =
                    Pilot::begin_with(identity, &Record::default(), now, world).unwrap();
                creation.first = begins.first;
                (pilot, begins.then)
            } else {
                Pilot::start(identity, &Record::default(), now, world).unwrap()
            };
            simulation.journal.begin(creation);
            simulation.runs.push(run.clone());
            simulation.pilots.insert(run.clone(), pilot);
            simulation.perform(&run, actions);
        }
        simulation
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
                Action::Attempt(call) => {
                    self.check_attempt(run, &call);
                    self.attempts.push((run.clone(), *call));
                }
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
                    self.places.leave(run, &key);
                    let (gone, left) = std::mem::take(&mut self.attempts)
                        .into_iter()
                        .partition(|(of, call)| of == run && call.key == key);
                    self.attempts = left;
                    self.cut_off(gone);
                    self.timers.retain(|(_, of, timer)| {
                        of != run || timer.as_ref().is_none_or(|(of, _)| *of != key)
                    });
                }
                Action::TellWait(wait) => {
                    self.waits.insert((run.clone(), wait.key), wait.reason);
                }
                Action::Tell(_)
                | Action::Stand(_)
                | Action::Playbook(_)
                | Action::EndPlaybook { .. } => {}
                Action::AskPlace(asked) => self.places.ask(run, *asked, self.now),
                Action::LeavePlace { key } | Action::GiveBackPlace { key } => {
                    self.places.leave(run, &key);
                }
            }
        }
        self.check_state(run);
    }

    /// Attempts that nobody waits for any more may have done their work all the same.
    fn cut_off(&mut self, attempts: Vec<(RunId, StepCall)>) {
        for (run, call) in attempts {
            if is_effect(&call) && self.dice.chance(50) {
                self.do_outside(&run, &call);
            }
        }
    }

    fn do_outside(&mut self, run: &RunId, call: &StepCall) {
        let place = (run.clone(), call.key.clone());
        if !self.taken.insert(call.idempotency_key.clone()) && Outside.repeatable(call) {
            // The other side knows the key and does nothing.
            return;
        }
        let undo: Arc<str> = format!("{}/undo", call.key).into();
        let undone = self.done_outside.get(&(run.clone(), undo)).copied();
        let durable = self.durable(run);
        let count = self.done_outside.entry(place.clone()).or_default();
        *count += 1;
        // What was taken back may be done anew, and so may what takes it back and what follows a failure.
        let undoes = call.key.ends_with("/undo") && (self.retries > 0 || self.tries);
        let follows = call.key.starts_with("on failure/") && self.retries > 0;
        assert!(
            *count == 1 + undone.unwrap_or(0)
                || undoes
                || follows
                || call.step.policy.unsure == Unsure::Retry
                || self.may_double.contains(&place),
            "{place:?} happened {count} times: {durable:#?}"
        );
    }

    pub fn durable(&self, run: &RunId) -> Vec<Event> {
        self.journal.load(run).unwrap().unwrap().events
    }

    fn check_attempt(&mut self, run: &RunId, call: &StepCall) {
        let durable = self.durable(run);
        // Since a person had the run go on.
        let begins = durable.iter().rposition(goes_on_again);
        let durable = &durable[begins.map_or(0, |begins| begins + 1)..];
        // What was taken back is another effect when it is done anew.
        let undo: Arc<str> = format!("{}/undo", call.key).into();
        let done = |of: &Arc<str>| durable.iter().rposition(|event| ends(event, of));
        let anew = done(&undo).is_some() && done(&undo) > done(&call.key);
        let undone = durable.iter().filter(|event| ends(event, &undo)).count();
        let own = durable
            .iter()
            .filter(|event| ends(event, &call.key))
            .count();
        let times = if call.key.ends_with("/undo") {
            own
        } else {
            undone
        };
        let place = (run.clone(), format!("{} {times}", call.key).into());
        let known = self
            .keys
            .entry(place)
            .or_insert_with(|| call.idempotency_key.clone());
        assert_eq!(
            *known, call.idempotency_key,
            "one step, one idempotency key"
        );
        // What an action reads it reads anew in a further attempt.
        let rereads = self.tries && !is_effect(call);
        let takes_back = self.tries && call.key.ends_with("/undo");
        assert!(
            anew || rereads || takes_back || done(&call.key).is_none(),
            "{} has a durable result and runs again",
            call.key
        );
        if is_effect(call) {
            let intended = durable.iter().any(|event| {
                matches!(event, Event::Started { key, attempt, .. }
                    if *key == call.key && *attempt == call.attempt)
            });
            assert!(
                intended,
                "{} is sent before its intent is durable",
                call.key
            );
        }
    }

    fn check_state(&self, run: &RunId) {
        let Some(pilot) = self.pilots.get(run) else {
            return;
        };
        self.places.check(|of, key, attempt| {
            let pilot = self.pilots.get(of);
            pilot.is_some_and(|pilot| match key {
                "" => pilot.state().is_busy(),
                key => pilot.state().expects(key, attempt),
            })
        });
        for (held, most) in pilot.state().slots() {
            assert!(held <= most, "{held} items hold a slot where {most} may");
        }
        if !self.unsynced.iter().any(|write| write.run == *run) {
            assert_eq!(
                fold(&self.layout, &self.durable(run), self.created()),
                *pilot.state()
            );
        }
    }

    fn created(&self) -> Timestamp {
        self.journal
            .load(&self.runs[0])
            .unwrap()
            .unwrap()
            .summary
            .created
    }

    fn take(&mut self, run: &RunId, input: Input) {
        let world = World {
            journal: &self.journal,
            runner: &Outside,
            limits: &self.places.limits,
        };
        let Some(pilot) = self.pilots.get_mut(run) else {
            return;
        };
        let actions = pilot.take(input, self.now, world).unwrap();
        self.perform(run, actions);
    }

    /// One more write is on the disk.
    fn sync(&mut self) {
        let Some(write) = self.unsynced.pop_front() else {
            return;
        };
        let (run, sequence) = (write.run.clone(), write.sequence);
        self.journal.take(write).unwrap();
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

    fn finish_attempt(&mut self) {
        let place = self.dice.below(self.attempts.len());
        let (run, call) = self.attempts.swap_remove(place);
        let failed = |kind| StepOutcome::Failed {
            problem: Problem::new(codes::S965, "It did not work."),
            kind,
            report: Report::default(),
        };
        let outcome = match self.dice.below(self.failing) {
            0 => failed(FailureKind::Transient),
            1 => failed(FailureKind::Permanent),
            2 => {
                if is_effect(&call) && self.dice.chance(50) {
                    self.do_outside(&run, &call);
                }
                failed(FailureKind::Unknown)
            }
            _ => {
                if is_effect(&call) {
                    self.do_outside(&run, &call);
                }
                StepOutcome::Done {
                    value: answer(&call.key),
                    report: Report::default(),
                }
            }
        };
        self.places.leave(&run, &call.key);
        let input = Input::Ended {
            key: call.key,
            attempt: call.attempt,
            outcome: Box::new(outcome),
        };
        self.take(&run, input);
    }

    fn fire_timer(&mut self) {
        let Some((until, run, timer)) = self.timers.pop_first() else {
            return;
        };
        self.now = self.now.max(until);
        match timer {
            Some((key, attempt)) => self.take(&run, Input::Woken { key, attempt }),
            None => self.take(&run, Input::GraceOver),
        }
    }

    /// Those whose places have come go on. Whether there were any.
    fn serve(&mut self) -> bool {
        let served = self.places.served(self.now);
        for (run, key, attempt) in &served {
            let (key, attempt) = (key.clone(), *attempt);
            self.take(run, Input::Placed { key, attempt });
        }
        !served.is_empty()
    }

    /// A person decides about one of the effects that are unsure. Whether there was one.
    fn settle(&mut self) -> bool {
        for run in self.runs.clone() {
            let asking = self
                .pilots
                .get(&run)
                .and_then(|pilot| pilot.state().asking().next().map(|(key, _)| key.clone()));
            if let Some(key) = asking {
                let decision = if self.dice.chance(50) {
                    Decision::Retry
                } else {
                    Decision::Skip
                };
                let doubles = match (decision, undone(&key)) {
                    (Decision::Retry, _) => Some(key.clone()),
                    // Who says that it was taken back may be wrong.
                    (Decision::Skip, Some(effect)) => Some(effect.into()),
                    (Decision::Skip, None) => None,
                };
                self.may_double
                    .extend(doubles.map(|key| (run.clone(), key)));
                self.take(&run, Input::Settled { key, decision });
                return true;
            }
        }
        false
    }

    /// A person does not wait until what failed is tried again. Whether anything was.
    fn try_now(&mut self) -> bool {
        let pausing = |run: &&RunId| {
            let pilot = self.pilots.get(run);
            pilot.is_some_and(|pilot| pilot.state().pausing().next().is_some())
        };
        let Some(run) = self.runs.iter().find(pausing).cloned() else {
            return false;
        };
        let act = Act::TriesNow {
            key: None,
            because: None,
        };
        let by = "a person".into();
        self.take(&run, Input::Acted { by, act });
        true
    }

    /// The machine stops: what is in memory is gone, and of what was not synced some may be on the disk.
    fn crash(&mut self) {
        self.crashes_left -= 1;
        self.crashes += 1;
        let survives = self.dice.below(self.unsynced.len() + 1);
        for write in std::mem::take(&mut self.unsynced)
            .into_iter()
            .take(survives)
        {
            self.journal.take(write).unwrap();
        }
        self.pilots.clear();
        self.places.crash();
        self.timers.clear();
        let gone = std::mem::take(&mut self.attempts);
        self.cut_off(gone);
        self.journal.crash();
        self.now += SignedDuration::from_secs(1);
        for run in self.runs.clone() {
            self.take_up(&run);
        }
    }

    /// A person has a run that has ended go on: from what failed, from any of its steps, or without the
    /// step that failed.
    fn retry(&mut self) {
        let run = self.runs[self.dice.below(2)].clone();
        if self.unsynced.iter().any(|write| write.run == run) {
            return;
        }
        let stored = self.journal.load(&run).unwrap().unwrap();
        let keys: Vec<Arc<str>> = (stored.events.iter())
            .filter_map(|event| match event {
                Event::Done { key, .. } | Event::Failed { key, .. } => Some(key.clone()),
                _ => None,
            })
            .collect();
        let step = (!keys.is_empty()).then(|| keys[self.dice.below(keys.len())].clone());
        let mut again = Vec::new();
        let act = match (step, self.dice.below(4)) {
            (Some(key), 0) => Act::Skips {
                value: answer(&key),
                key,
                because: None,
            },
            (Some(key), 1) => Act::Retries {
                from: Some(key),
                again: Vec::new(),
                because: None,
            },
            (Some(key), 2) => {
                again.push(key.clone());
                Act::Retries {
                    from: Some(key),
                    again: again.clone(),
                    because: Some("once more".into()),
                }
            }
            _ => Act::Retries {
                from: None,
                again: Vec::new(),
                because: None,
            },
        };
        let by = "a person".into();
        let Ok(write) = goes_on(&stored, &self.layout, &by, act, self.now) else {
            return;
        };
        self.retries_left -= 1;
        self.retries += 1;
        let own: Vec<Place> = (self.keys.keys())
            .filter(|(of, _)| *of == run)
            .cloned()
            .collect();
        for place in own {
            self.keys.remove(&place);
        }
        for key in again {
            self.may_double.insert((run.clone(), key));
        }
        self.journal.take(write).unwrap();
        self.pilots.remove(&run);
        self.take_up(&run);
    }

    fn take_up(&mut self, run: &RunId) {
        let stored = self.journal.load(run).unwrap().unwrap();
        if stored.summary.status.is_final() {
            return;
        }
        let state = fold(&self.layout, &stored.events, stored.summary.created);
        let identity = self.identity(run);
        let world = World {
            journal: &self.journal,
            runner: &Outside,
            limits: &self.places.limits,
        };
        let (pilot, actions) =
            Pilot::resume(identity, state, stored.sequence, self.now, world).unwrap();
        self.pilots.insert(run.clone(), pilot);
        self.perform(run, actions);
    }

    pub fn run(&mut self) {
        for _ in 0..60_000 {
            self.now +=
                SignedDuration::from_micros(1 + i64::try_from(self.dice.below(900)).unwrap());
            if self.crashes_left > 0 && self.dice.roll() % 1000 < self.crash_rate {
                self.crash();
                continue;
            }
            if self.cancels_left > 0 && self.dice.roll() % 1000 < 2 {
                self.cancels_left -= 1;
                let run = self.runs[0].clone();
                self.take(&run, Input::Cancelled);
                continue;
            }
            if self.dice.chance(30) && self.serve() {
                continue;
            }
            if self.dice.chance(1) && self.settle() {
                continue;
            }
            if self.dice.chance(2) && self.try_now() {
                continue;
            }
            let waits_alone = self.unsynced.is_empty() && self.attempts.is_empty();
            if waits_alone && self.serve() {
                continue;
            }
            if self.retries_left > 0 && self.dice.chance(3) {
                self.retry();
                continue;
            }
            let choices = [
                (!self.unsynced.is_empty(), 0),
                (!self.attempts.is_empty(), 1),
                (!self.timers.is_empty(), 2),
            ];
            let choices: Vec<_> = choices.into_iter().filter(|(is, _)| *is).collect();
            if choices.is_empty() {
                if let Some(opens) = self.places.next() {
                    self.now = self.now.max(opens);
                    continue;
                }
                if self.settle() {
                    continue;
                }
                break;
            }
            match choices[self.dice.below(choices.len())].1 {
                0 => self.sync(),
                1 => self.finish_attempt(),
                _ => self.fire_timer(),
            }
        }
        self.check_end();
    }
}

/// Whether a run that had ended goes on by this.
pub(super) fn goes_on_again(event: &Event) -> bool {
    matches!(
        event,
        Event::Acted {
            act: Act::Retries { .. } | Act::Skips { .. },
            ..
        }
    )
}

pub(super) fn ends(event: &Event, of: &Arc<str>) -> bool {
    matches!(event, Event::Done { key, .. } | Event::Suppressed { key, .. } if key == of)
}

pub(super) fn fold(layout: &Layout, events: &[Event], created: Timestamp) -> RunState {
    kernel::fold(layout, &Record::default(), created, events, drop)
}
