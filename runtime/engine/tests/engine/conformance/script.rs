//! A run without dice: of what can happen next, the first always does.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;
use sophia_engine::driver::Input;
use sophia_engine::{
    Answer, Decision, Report, RunId, RunStatus, StepCall, StepOutcome, StepRunner,
};
use sophia_plan::{Plan, Value};

use crate::simulation::{Outside, is_effect, repeats};
use crate::world::{Begins, Ground, Nobody, Stage};

/// How often each thing is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Told {
    Once,
    Twice,
}

/// A world in which things happen one after the other, and what was done outside.
pub struct Script<G> {
    pub stage: Stage<G>,
    told: Told,
    /// How often each effect happened.
    pub ledger: BTreeMap<(RunId, Arc<str>), u32>,
}

impl<G: Ground> Script<G> {
    pub fn new(ground: G, plan: Plan, runs: &[&str], told: Told) -> Self {
        let runs: Vec<_> = runs.iter().map(|run| (*run, Begins::AtOnce)).collect();
        Self {
            stage: Stage::new(ground, Nobody, plan, &runs),
            told,
            ledger: BTreeMap::new(),
        }
    }

    /// Does one thing. Whether there was one to do.
    pub fn edge(&mut self) -> bool {
        self.stage.now += SignedDuration::from_millis(1);
        if !self.stage.unsynced.is_empty() {
            self.stage.sync();
        } else if !self.stage.attempts.is_empty() {
            self.end_attempt(0);
        } else if !self.answer() && !self.settle() {
            return self.ring();
        }
        true
    }

    pub fn finish(&mut self) {
        for _ in 0..10_000 {
            if !self.edge() {
                return;
            }
        }
        panic!("it does not end");
    }

    /// The attempt at this place ends well.
    pub fn end_attempt(&mut self, place: usize) {
        let (run, call) = self.stage.attempts.remove(place);
        self.happens(&run, &call);
        self.done(&run, &call);
        if self.told == Told::Twice {
            self.done(&run, &call);
        }
    }

    fn done(&mut self, run: &RunId, call: &StepCall) {
        let outcome = StepOutcome::Done {
            value: Value::text(format!("of {}", call.key)),
            report: Report::default(),
        };
        self.stage.ends(run, call.clone(), outcome);
    }

    /// The outside does it; where it knows the key, once.
    fn happens(&mut self, run: &RunId, call: &StepCall) {
        if !is_effect(call) {
            return;
        }
        let count = self
            .ledger
            .entry((run.clone(), call.key.clone()))
            .or_default();
        if *count == 0 || !Outside.repeatable(call) {
            *count += 1;
        }
    }

    /// Somebody says yes to the first open question. Whether there is one.
    fn answer(&mut self) -> bool {
        let open = self.stage.pilots.iter().find_map(|(run, pilot)| {
            let (key, _) = pilot.state().questions().next()?;
            Some((run.clone(), key.clone()))
        });
        let Some((run, key)) = open else { return false };
        let input = Input::Answered {
            key,
            by: "ann@example.org".into(),
            answer: Answer::Approved { comment: None },
        };
        self.tell(&run, &input);
        true
    }

    /// A person looks whether an unsure effect happened. Whether there is one.
    fn settle(&mut self) -> bool {
        let open = self.stage.pilots.iter().find_map(|(run, pilot)| {
            let (key, _) = pilot.state().asking().next()?;
            Some((run.clone(), key.clone()))
        });
        let Some((run, key)) = open else { return false };
        let happened = self
            .ledger
            .get(&(run.clone(), key.clone()))
            .is_some_and(|count| *count > 0);
        let decision = if happened {
            Decision::Skip
        } else {
            Decision::Retry
        };
        self.tell(&run, &Input::Settled { key, decision });
        true
    }

    /// The next timer rings. Whether there is one.
    pub fn ring(&mut self) -> bool {
        let Some((run, input)) = self.stage.rings() else {
            return false;
        };
        self.tell(&run, &input);
        true
    }

    pub fn tell(&mut self, run: &RunId, input: &Input) {
        self.stage.take(run, input.clone());
        if self.told == Told::Twice && self.is_open(run, input) {
            self.stage.take(run, input.clone());
        }
    }

    /// Whether a driver would hand this on: what people say is held against what is asked first.
    fn is_open(&self, run: &RunId, input: &Input) -> bool {
        let Some(pilot) = self.stage.pilots.get(run) else {
            return false;
        };
        match input {
            Input::Answered { key, .. } => pilot.state().question(key).is_some(),
            Input::Settled { key, .. } => pilot.asks(key).is_ok(),
            Input::Acted { .. } => pilot.state().outcome().is_none(),
            _ => true,
        }
    }

    /// The machine stops. Of the attempts under way the outside did those that `did` says.
    pub fn crash(&mut self, survives: usize, did: bool) {
        let gone = self.stage.crash(survives, SignedDuration::from_secs(1));
        for (run, call) in gone {
            if did {
                self.happens(&run, &call);
            }
        }
        self.stage.take_up_all();
    }

    /// Every run ended so, and its record repeats.
    pub fn ended(&self, status: RunStatus) {
        for run in &self.stage.runs {
            let stored = self.stage.stored(run);
            assert_eq!(stored.summary.status, status, "{run}: {:#?}", stored.events);
            assert_eq!(stored.summary.ended.is_some(), status.is_final());
            repeats(&stored);
        }
    }
}
