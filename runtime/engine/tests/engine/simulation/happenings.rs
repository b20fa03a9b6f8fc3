//! What happens in a simulation, in the order of the dice: attempts end, timers ring, writes reach the disk, people
//! decide, and the machine stops.

use std::sync::Arc;

use jiff::SignedDuration;
use sophia_diagnostics::{Problem, codes};
use sophia_engine::driver::Input;
use sophia_engine::kernel::Event;
use sophia_engine::{Act, Decision, FailureKind, Report, RunId, StepOutcome};

use crate::world::{Begins, InMemory};

use super::author::{Order, answer, random_plan};
use super::checks::undone;
use super::dice::Dice;
use super::observer::{Observer, Place, Watched, is_effect};
use super::places::Places;

/// One seed's world, and what may still happen in it.
pub struct Simulation {
    pub world: Watched,
    crashes_left: u32,
    /// Of a thousand things that happen, how many are crashes.
    crash_rate: u64,
    /// Three of so many attempts fail.
    failing: usize,
    /// How often the machine stopped.
    pub crashes: u64,
    /// How often a run was put down.
    pub put_downs: u64,
    cancels_left: u32,
    /// How often a person still has an ended run go on.
    retries_left: u32,
}

impl Simulation {
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let plan = random_plan(&mut dice, Order::Any);
        let failing = dice.one_of(&[10, 25, 60]);
        let crash_rate = dice.one_of(&[5, 30, 120]);
        let places = Places::random(&mut dice);
        let observer = Observer::new(dice, places, &plan);
        // One as it is begun, the other as one that waited in line.
        let runs = [("RUN A", Begins::AtOnce), ("RUN B", Begins::Later)];
        Self {
            world: Watched::new(InMemory::new(), observer, plan, &runs),
            crashes_left: 20,
            crash_rate,
            failing,
            crashes: 0,
            put_downs: 0,
            cancels_left: 1,
            retries_left: 3,
        }
    }

    fn dice(&mut self) -> &mut Dice {
        &mut self.world.around.dice
    }

    fn finish_attempt(&mut self) {
        let attempts = self.world.attempts.len();
        let place = self.dice().below(attempts);
        let (run, call) = self.world.attempts.swap_remove(place);
        let failed = |kind| StepOutcome::Failed {
            problem: Problem::new(codes::S965, "It did not work."),
            kind,
            report: Report::default(),
        };
        let outcome = match self.world.around.dice.below(self.failing) {
            0 => failed(FailureKind::Transient),
            1 => failed(FailureKind::Permanent),
            2 => {
                if is_effect(&call) && self.dice().chance(50) {
                    self.world.do_outside(&run, &call);
                }
                failed(FailureKind::Unknown)
            }
            _ => {
                if is_effect(&call) {
                    self.world.do_outside(&run, &call);
                }
                StepOutcome::Done {
                    value: answer(&call.key),
                    report: Report::default(),
                }
            }
        };
        self.world.around.places.leave(&run, &call.key);
        self.world.ends(&run, call, outcome);
    }

    fn ring(&mut self) {
        if let Some((run, input)) = self.world.rings() {
            self.world.take(&run, input);
        }
    }

    /// Those whose places have come go on. Whether there were any.
    fn serve(&mut self) -> bool {
        let served = self.world.around.places.served(self.world.now);
        for (run, key, attempt) in &served {
            let (key, attempt) = (key.clone(), *attempt);
            self.world.take(run, Input::Placed { key, attempt });
        }
        !served.is_empty()
    }

    /// A person decides about one of the effects that are unsure. Whether there was one.
    fn settle(&mut self) -> bool {
        self.world.take_up_shelved();
        for run in self.world.runs.clone() {
            let asking = self
                .world
                .pilots
                .get(&run)
                .and_then(|pilot| pilot.state().asking().next().map(|(key, _)| key.clone()));
            if let Some(key) = asking {
                let decision = if self.dice().chance(50) {
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
                self.world
                    .around
                    .may_double
                    .extend(doubles.map(|key| (run.clone(), key)));
                self.world.take(&run, Input::Settled { key, decision });
                return true;
            }
        }
        false
    }

    /// A person does not wait until what failed is tried again. Whether anything was.
    fn try_now(&mut self) -> bool {
        let pausing = |run: &&RunId| {
            let pilot = self.world.pilots.get(run);
            pilot.is_some_and(|pilot| pilot.state().pausing().next().is_some())
        };
        let Some(run) = self.world.runs.iter().find(pausing).cloned() else {
            return false;
        };
        let act = Act::TriesNow {
            key: None,
            because: None,
        };
        let by = "a person".into();
        self.world.take(&run, Input::Acted { by, act });
        true
    }

    /// The machine stops: what is in memory is gone, and of what was not synced some may be on the disk.
    fn crash(&mut self) {
        self.crashes_left -= 1;
        self.crashes += 1;
        let unsynced = self.world.unsynced.len();
        let survives = self.dice().below(unsynced + 1);
        let gone = self.world.crash(survives, SignedDuration::from_secs(1));
        self.world.around.places.crash();
        self.world.cut_off(gone);
        self.world.take_up_all();
    }

    /// A person has a run that has ended go on: from what failed, from any of its steps, or without the
    /// step that failed.
    fn retry(&mut self) {
        let which = self.dice().below(2);
        let run = self.world.runs[which].clone();
        if self.world.unsynced.iter().any(|write| write.run == run) {
            return;
        }
        let stored = self.world.stored(&run);
        let keys: Vec<Arc<str>> = (stored.events.iter())
            .filter_map(|event| match event {
                Event::Done { key, .. } | Event::Failed { key, .. } => Some(key.clone()),
                _ => None,
            })
            .collect();
        let step = (!keys.is_empty()).then(|| keys[self.dice().below(keys.len())].clone());
        let mut again = Vec::new();
        let act = match (step, self.dice().below(4)) {
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
        if !self.world.goes_on(&run, act) {
            return;
        }
        self.retries_left -= 1;
        self.world.around.retries += 1;
        let own: Vec<Place> = (self.world.around.keys.keys())
            .filter(|(of, _)| *of == run)
            .cloned()
            .collect();
        for place in own {
            self.world.around.keys.remove(&place);
        }
        for key in again {
            self.world.around.may_double.insert((run.clone(), key));
        }
        self.world.take_up(&run);
    }

    pub fn run(&mut self) {
        for _ in 0..60_000 {
            let micros = 1 + self.dice().below(900);
            self.world.now += SignedDuration::from_micros(i64::try_from(micros).unwrap());
            if self.crashes_left > 0 && self.dice().roll() % 1000 < self.crash_rate {
                self.crash();
                continue;
            }
            if self.dice().chance(5) {
                let which = self.dice().below(2);
                let run = self.world.runs[which].clone();
                self.put_downs += u64::from(self.world.put_down(&run));
                continue;
            }
            if self.cancels_left > 0 && self.dice().roll() % 1000 < 2 {
                self.cancels_left -= 1;
                let run = self.world.runs[0].clone();
                self.world.take(&run, Input::Cancelled);
                continue;
            }
            if self.dice().chance(30) && self.serve() {
                continue;
            }
            if self.dice().chance(1) && self.settle() {
                continue;
            }
            if self.dice().chance(2) && self.try_now() {
                continue;
            }
            let waits_alone = self.world.unsynced.is_empty() && self.world.attempts.is_empty();
            if waits_alone && self.serve() {
                continue;
            }
            if self.retries_left > 0 && self.dice().chance(3) {
                self.retry();
                continue;
            }
            let choices = [
                (!self.world.unsynced.is_empty(), 0),
                (!self.world.attempts.is_empty(), 1),
                (self.world.has_timers(), 2),
            ];
            let choices: Vec<_> = choices.into_iter().filter(|(is, _)| *is).collect();
            if choices.is_empty() {
                if let Some(opens) = self.world.around.places.next() {
                    self.world.now = self.world.now.max(opens);
                    continue;
                }
                if self.settle() {
                    continue;
                }
                break;
            }
            match choices[self.dice().below(choices.len())].1 {
                0 => self.world.sync(),
                1 => self.finish_attempt(),
                _ => self.ring(),
            }
        }
        self.world.check_end();
    }
}
