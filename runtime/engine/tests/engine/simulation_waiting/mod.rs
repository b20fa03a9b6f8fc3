//! Runs that wait, in one thread under a seed: questions, timers, events and crashes in any order.
//!
//! As in `simulation`, the real kernel and pilot run against a disk that loses what was not synced.
//! `SOPHIA_SIMULATION_SEEDS` and `SOPHIA_SIMULATION_FIRST` choose the seeds; a failure prints its seed.

mod author;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sophia_engine::driver::{Action, Identity, Input, Pilot, World, goes_on};
use sophia_engine::journal::{ArrivalFilter, Creation, Journal, MemoryJournal, Write};
use sophia_engine::kernel::{Event, Layout, RunState, fits, fold, horizon};
use sophia_engine::{Act, Answer, Decision, NewArrival, Report, RunId, StepCall, StepOutcome};
use sophia_plan::{Record, Value};

use crate::plans::plan;
use crate::scripted::creation;
use crate::simulation::{Dice, Outside, repeats, setting};
use author::Author;

/// When, in which run, and which of a step's timers.
type Timer = (Timestamp, RunId, Option<(Arc<str>, u32)>);

struct Simulation {
    dice: Dice,
    now: Timestamp,
    journal: MemoryJournal,
    layout: Arc<Layout>,
    runs: Vec<RunId>,
    pilots: BTreeMap<RunId, Pilot>,
    unsynced: VecDeque<Write>,
    attempts: Vec<(RunId, StepCall)>,
    timers: BTreeSet<Timer>,
    offered: u64,
    crashes_left: u32,
    retries_left: u32,
    deliveries: u32,
}

impl Simulation {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let body = Author {
            dice: &mut dice,
            steps: 0,
        }
        .block("", 2);
        let plan = Arc::new(plan("waiting", body));
        let mut simulation = Self {
            dice,
            now: "2026-11-22T08:00:00Z".parse().unwrap(),
            journal: MemoryJournal::new(),
            layout: Arc::new(Layout::of(&plan).unwrap()),
            runs: vec![RunId("RUN A".into()), RunId("RUN B".into())],
            pilots: BTreeMap::new(),
            unsynced: VecDeque::new(),
            attempts: Vec::new(),
            timers: BTreeSet::new(),
            offered: 0,
            crashes_left: 4,
            retries_left: 2,
            deliveries: 0,
        };
        for run in simulation.runs.clone() {
            simulation.journal.begin(Creation {
                at: simulation.now,
                ..creation(&run, &plan)
            });
            let identity = simulation.identity(&run);
            let world = simulation.world();
            let (pilot, actions) =
                Pilot::start(identity, &Record::default(), simulation.now, world).unwrap();
            simulation.pilots.insert(run.clone(), pilot);
            simulation.perform(&run, actions);
        }
        simulation
    }

    fn world(&self) -> World<'_> {
        World {
            journal: &self.journal,
            runner: &Outside,
            limits: &sophia_engine::limits::UNLIMITED,
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
        let Some(pilot) = self.pilots.get(run) else {
            return;
        };
        for (held, most) in pilot.state().slots() {
            assert!(held <= most, "{held} items hold a slot where {most} may");
        }
        if !self.unsynced.iter().any(|write| write.run == *run) {
            assert_eq!(self.fold(run), *pilot.state());
        }
    }

    fn fold(&self, run: &RunId) -> RunState {
        let stored = self.journal.load(run).unwrap().unwrap();
        let created = stored.summary.created;
        let inputs = Record::default();
        fold(&self.layout, &inputs, created, &stored.events, drop)
    }

    fn take(&mut self, run: &RunId, input: Input) {
        let Some(mut pilot) = self.pilots.remove(run) else {
            return;
        };
        let actions = pilot.take(input, self.now, self.world()).unwrap();
        self.pilots.insert(run.clone(), pilot);
        self.perform(run, actions);
    }

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
    }

    fn finish_attempt(&mut self) {
        let place = self.dice.below(self.attempts.len());
        let (run, call) = self.attempts.swap_remove(place);
        let outcome = StepOutcome::Done {
            value: Value::None,
            report: Report::default(),
        };
        self.take(
            &run,
            Input::Ended {
                key: call.key,
                attempt: call.attempt,
                outcome: Box::new(outcome),
            },
        );
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

    /// Something comes in, sometimes twice; it is offered later.
    fn deliver(&mut self, event: &str) {
        self.deliveries += 1;
        let value = Value::Integer(i64::try_from(self.dice.below(3)).unwrap());
        for _ in 0..=self.dice.below(2) {
            self.journal.take_in(NewArrival {
                environment: "dev".into(),
                event: event.into(),
                key: format!("delivery {}", self.deliveries).into(),
                value: value.clone(),
                at: self.now,
            });
        }
    }

    fn offer(&mut self) {
        let filter = ArrivalFilter {
            after: self.offered,
            ..ArrivalFilter::default()
        };
        for (_, arrival) in self.journal.arrivals(&filter).unwrap() {
            self.offered = arrival.number;
            for run in self.runs.clone() {
                self.take(&run, Input::Arrived(Box::new(arrival.clone())));
            }
        }
    }

    /// Somebody answers one of the open questions. Whether there was one.
    fn answer(&mut self) -> bool {
        let open: Vec<(RunId, Arc<str>, usize)> = self
            .pilots
            .iter()
            .flat_map(|(run, pilot)| {
                let open = pilot.state().questions();
                open.map(|(key, question)| (run.clone(), key.clone(), question.said.len()))
            })
            .collect();
        if open.is_empty() {
            return false;
        }
        let (run, key, said) = open[self.dice.below(open.len())].clone();
        let answer = if self.dice.chance(80) {
            Answer::Approved { comment: None }
        } else {
            Answer::Refused { comment: None }
        };
        let by: Arc<str> = format!("person {said}").into();
        self.take(&run, Input::Answered { key, by, answer });
        true
    }

    /// Somebody says what became of an effect of which nobody knew.
    fn settle(&mut self) {
        let unsure = self.pilots.iter().find_map(|(run, pilot)| {
            let (key, _) = pilot.state().asking().next()?;
            Some((run.clone(), key.clone()))
        });
        let Some((run, key)) = unsure else {
            return;
        };
        let decision = if self.dice.chance(50) {
            Decision::Retry
        } else {
            Decision::Skip
        };
        self.take(&run, Input::Settled { key, decision });
    }

    fn act(&mut self) {
        let run = self.runs[self.dice.below(2)].clone();
        let paused = match self.pilots.get(&run) {
            Some(pilot) if pilot.state().outcome().is_none() => pilot.state().paused().is_some(),
            _ => return,
        };
        let act = match (paused, self.dice.chance(5)) {
            (_, true) => Act::Cancels,
            (true, _) => Act::GoesOn,
            (false, _) => Act::Pauses,
        };
        let by = "a person".into();
        self.take(&run, Input::Acted { by, act });
    }

    fn crash(&mut self) {
        self.crashes_left -= 1;
        let survives = self.dice.below(self.unsynced.len() + 1);
        for write in std::mem::take(&mut self.unsynced)
            .into_iter()
            .take(survives)
        {
            self.journal.take(write).unwrap();
        }
        self.pilots.clear();
        self.timers.clear();
        self.attempts.clear();
        self.journal.crash();
        self.now += SignedDuration::from_mins(20);
        self.offered = *self.journal.latest_arrival().borrow();
        for run in self.runs.clone() {
            self.take_up(&run);
        }
    }

    fn take_up(&mut self, run: &RunId) {
        let stored = self.journal.load(run).unwrap().unwrap();
        if stored.summary.status.is_final() {
            return;
        }
        let state = self.fold(run);
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
            for (_, arrival) in self.journal.arrivals(&filter).unwrap() {
                self.take(run, Input::Arrived(Box::new(arrival)));
            }
        }
    }

    /// A person has a run that has ended go on, from what failed or from any of its steps.
    fn retry(&mut self) {
        let run = self.runs[self.dice.below(2)].clone();
        if self.unsynced.iter().any(|write| write.run == run) {
            return;
        }
        let stored = self.journal.load(&run).unwrap().unwrap();
        let keys: Vec<Arc<str>> = stored.events.iter().filter_map(key_of).collect();
        let from = (!keys.is_empty() && self.dice.chance(70))
            .then(|| keys[self.dice.below(keys.len())].clone());
        let act = Act::Retries {
            from,
            again: Vec::new(),
            because: None,
        };
        let by = "a person".into();
        if let Ok(write) = goes_on(&stored, &self.layout, &by, act, self.now) {
            self.retries_left -= 1;
            self.journal.take(write).unwrap();
            self.pilots.remove(&run);
            self.take_up(&run);
        }
    }

    fn is_over(&self) -> bool {
        let ended = |pilot: &Pilot| pilot.state().outcome().is_some();
        self.unsynced.is_empty() && self.pilots.values().all(ended)
    }

    fn run(&mut self) {
        for turn in 0..20_000 {
            self.now += SignedDuration::from_secs(1);
            if self.crashes_left > 0 && self.dice.chance(3) {
                self.crash();
            } else if self.dice.chance(2) {
                self.act();
            } else if self.retries_left > 0 && self.dice.chance(4) {
                self.retry();
            } else if self.dice.chance(5) {
                // Late in the day whatever is waited for comes.
                let event = if turn > 2_000 && self.dice.chance(10) {
                    "end"
                } else {
                    "came"
                };
                self.deliver(event);
            } else if self.dice.chance(10) {
                self.offer();
            } else if self.dice.chance(4) {
                self.answer();
            } else if self.dice.chance(7) {
                self.settle();
            } else if !self.unsynced.is_empty() && self.dice.chance(50) {
                self.sync();
            } else if !self.attempts.is_empty() {
                self.finish_attempt();
            } else if self.dice.chance(6) {
                self.fire_timer();
            }
            if self.is_over() {
                break;
            }
        }
        while !self.unsynced.is_empty() {
            self.sync();
        }
        self.check_end();
    }

    fn check_end(&mut self) {
        self.offer();
        let arrivals = self.journal.arrivals(&ArrivalFilter::default()).unwrap();
        let mut told = BTreeSet::new();
        for run in &self.runs {
            let stored = self.journal.load(run).unwrap().unwrap();
            let state = self.fold(run);
            assert!(
                stored.summary.status.is_final() && state.outcome().is_some(),
                "{run} has not ended: {state:?}"
            );
            repeats(&stored);
            let mut taken = BTreeSet::new();
            for event in &stored.events {
                match event {
                    Event::Arrived { arrival, .. } => {
                        assert!(taken.insert(arrival.number), "{run} took one arrival twice");
                    }
                    Event::Done { key, .. } if key.contains("emit") => {
                        let key: Arc<str> = format!("{run} {key}").into();
                        assert!(told.insert(key), "one emit is done twice");
                    }
                    _ => {}
                }
            }
            for (_, arrival) in &arrivals {
                assert!(!fits(&self.layout, &state, arrival, self.now));
            }
        }
        let came = arrivals.len() - self.deliveries as usize;
        assert_eq!(came, told.len(), "what was told is what came in");
        assert_eq!(self.journal.resting().unwrap(), Vec::new());
    }
}

/// The step of an event that ended one.
fn key_of(event: &Event) -> Option<Arc<str>> {
    match event {
        Event::Done { key, .. } | Event::Fired { key, .. } | Event::Answered { key, .. } => {
            Some(key.clone())
        }
        _ => None,
    }
}

#[test]
fn whatever_happens_waits_end_once_and_nothing_that_came_is_lost() {
    let first = setting("SOPHIA_SIMULATION_FIRST", 0);
    let seeds = setting("SOPHIA_SIMULATION_SEEDS", 2_000);
    for seed in first..first + seeds {
        let result = std::panic::catch_unwind(|| Simulation::new(seed).run());
        assert!(
            result.is_ok(),
            "seed {seed} failed: SOPHIA_SIMULATION_FIRST={seed} SOPHIA_SIMULATION_SEEDS=1"
        );
    }
}
