//! Runs that wait, in one thread under a seed: questions, timers, events and crashes in any order.
//!
//! As in `simulation`, the real kernel and pilot run against a disk that loses what was not synced.
//! `SOPHIA_SIMULATION_SEEDS` and `SOPHIA_SIMULATION_FIRST` choose the seeds; a failure prints its seed.

mod author;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::SignedDuration;
use sophia_engine::driver::{Input, Pilot};
use sophia_engine::journal::ArrivalFilter;
use sophia_engine::kernel::{Event, fits};
use sophia_engine::{Act, Answer, Decision, NewArrival, Report, RunId, StepOutcome};
use sophia_plan::Value;

use crate::plans::plan;
use crate::simulation::{Dice, repeats, setting};
use crate::world::{Begins, Ground, InMemory, Nobody, Stage};
use author::Author;

/// One seed's world, and what may still happen in it.
struct Simulation {
    dice: Dice,
    world: Stage<InMemory>,
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
        let runs = [("RUN A", Begins::Later), ("RUN B", Begins::Later)];
        Self {
            dice,
            world: Stage::new(InMemory::new(), Nobody, plan("waiting", body), &runs),
            crashes_left: 4,
            retries_left: 2,
            deliveries: 0,
        }
    }

    fn finish_attempt(&mut self) {
        let place = self.dice.below(self.world.attempts.len());
        let (run, call) = self.world.attempts.swap_remove(place);
        let outcome = StepOutcome::Done {
            value: Value::None,
            report: Report::default(),
        };
        self.world.ends(&run, call, outcome);
    }

    fn ring(&mut self) {
        if let Some((run, input)) = self.world.rings() {
            self.world.take(&run, input);
        }
    }

    /// Something comes in, sometimes twice; it is offered later.
    fn deliver(&mut self, event: &str) {
        self.deliveries += 1;
        let value = Value::Integer(i64::try_from(self.dice.below(3)).unwrap());
        for _ in 0..=self.dice.below(2) {
            self.world.ground.take_in(NewArrival {
                environment: "dev".into(),
                event: event.into(),
                key: format!("delivery {}", self.deliveries).into(),
                value: value.clone(),
                at: self.world.now,
            });
        }
    }

    /// Somebody answers one of the open questions. Whether there was one.
    fn answer(&mut self) -> bool {
        self.world.take_up_shelved();
        let open: Vec<(RunId, Arc<str>, usize)> = self
            .world
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
        self.world.take(&run, Input::Answered { key, by, answer });
        true
    }

    /// Somebody says what became of an effect of which nobody knew.
    fn settle(&mut self) {
        self.world.take_up_shelved();
        let unsure = self.world.pilots.iter().find_map(|(run, pilot)| {
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
        self.world.take(&run, Input::Settled { key, decision });
    }

    fn act(&mut self) {
        let run = self.world.runs[self.dice.below(2)].clone();
        self.world.take_up_shelved();
        let paused = match self.world.pilots.get(&run) {
            Some(pilot) if pilot.state().outcome().is_none() => pilot.state().paused().is_some(),
            _ => return,
        };
        let act = match (paused, self.dice.chance(5)) {
            (_, true) => Act::Cancels,
            (true, _) => Act::GoesOn,
            (false, _) => Act::Pauses,
        };
        let by = "a person".into();
        self.world.take(&run, Input::Acted { by, act });
    }

    fn crash(&mut self) {
        self.crashes_left -= 1;
        let survives = self.dice.below(self.world.unsynced.len() + 1);
        self.world.crash(survives, SignedDuration::from_mins(20));
        self.world.take_up_all();
    }

    /// A person has a run that has ended go on, from what failed or from any of its steps.
    fn retry(&mut self) {
        let run = self.world.runs[self.dice.below(2)].clone();
        if self.world.unsynced.iter().any(|write| write.run == run) {
            return;
        }
        let stored = self.world.stored(&run);
        let keys: Vec<Arc<str>> = stored.events.iter().filter_map(key_of).collect();
        let from = (!keys.is_empty() && self.dice.chance(70))
            .then(|| keys[self.dice.below(keys.len())].clone());
        let act = Act::Retries {
            from,
            again: Vec::new(),
            because: None,
        };
        if self.world.goes_on(&run, act) {
            self.retries_left -= 1;
            self.world.take_up(&run);
        }
    }

    fn is_over(&self) -> bool {
        let ended = |pilot: &Pilot| pilot.state().outcome().is_some();
        self.world.unsynced.is_empty()
            && self.world.shelf.is_empty()
            && self.world.pilots.values().all(ended)
    }

    fn run(&mut self) {
        for turn in 0..20_000 {
            self.world.now += SignedDuration::from_secs(1);
            if self.crashes_left > 0 && self.dice.chance(3) {
                self.crash();
            } else if self.dice.chance(8) {
                let run = self.world.runs[self.dice.below(2)].clone();
                self.world.put_down(&run);
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
                self.world.offer();
            } else if self.dice.chance(4) {
                self.answer();
            } else if self.dice.chance(7) {
                self.settle();
            } else if !self.world.unsynced.is_empty() && self.dice.chance(50) {
                self.world.sync();
            } else if !self.world.attempts.is_empty() {
                self.finish_attempt();
            } else if self.dice.chance(6) {
                self.ring();
            }
            if self.is_over() {
                break;
            }
        }
        self.world.sync_all();
        self.check_end();
    }

    fn check_end(&mut self) {
        self.world.offer();
        let arrivals = self
            .world
            .ground
            .journal()
            .arrivals(&ArrivalFilter::default())
            .unwrap();
        let mut told = BTreeSet::new();
        for run in &self.world.runs {
            let stored = self.world.stored(run);
            let state = self.world.folded(run);
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
                assert!(!fits(&self.world.layout, &state, arrival, self.world.now));
            }
        }
        let came = arrivals.len() - self.deliveries as usize;
        assert_eq!(came, told.len(), "what was told is what came in");
        assert_eq!(self.world.ground.journal().resting().unwrap(), Vec::new());
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
