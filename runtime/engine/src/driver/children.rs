//! The runs that a run has started and waits for.
//!
//! Kept true here: a run that only waits for runs which wait rests itself, and goes on by itself when they
//! do.

use std::sync::Arc;

use sophia_diagnostics::Problem;
use tokio::sync::{Notify, mpsc};

use super::dispatch::Dispatch;
use super::playbook::{self, Told};
use super::progress::{Progress, RunOutcome, Standing, Wait};
use super::protocol::Action;
use crate::runner::StepCall;

impl Dispatch {
    pub(super) async fn told(&mut self, told: Told) -> Result<(), Problem> {
        match told {
            Told::Waits(wait) => self.perform(vec![Action::TellWait(wait)]).await,
            Told::Rests(wait) => {
                // It may have been let go meanwhile.
                if self.ends.contains_key(&wait.key) {
                    self.resting.insert(wait.key.clone(), wait);
                }
                Ok(())
            }
            Told::GoesOn(key) => {
                self.resting.remove(&key);
                Ok(())
            }
        }
    }

    pub(super) fn forget_playbook(&mut self, key: &str) {
        self.ends.remove(key);
        self.resting.remove(key);
    }

    /// A run rests while all that it does is wait for runs that rest. It is carried on all the same, and
    /// goes on by itself when they do.
    pub(super) fn tell_whether_it_rests(&mut self) {
        let rests = *self.pilot.standing() == Standing::Running
            && !self.resting.is_empty()
            && self.resting.len() == self.ends.len()
            && self.attempts.is_empty()
            && self.places.wait_for_none()
            && self.receipts.is_empty()
            && self.pauses.is_empty()
            && !self.pilot.waits_for_claims();
        if rests == self.rests {
            return;
        }
        self.rests = rests;
        if rests {
            let mut waits: Vec<Wait> = self.resting.values().cloned().collect();
            waits.extend(self.pilot.waits());
            let outcome = RunOutcome::Waiting(waits);
            self.tell(&Progress::Standing(outcome.clone()));
            self.place.rested(Ok(outcome.clone()));
            self.standing.send_replace(Standing::Resting(outcome));
        } else if *self.pilot.standing() == Standing::Running {
            self.standing.send_replace(Standing::Running);
        }
    }

    pub(super) fn run_playbook(&mut self, call: StepCall) {
        let (key, end) = (call.key.clone(), Arc::new(Notify::new()));
        self.ends.insert(key.clone(), end.clone());
        let attempt = playbook::Attempt {
            engine: self.engine.clone(),
            environment: self.pilot.environment().clone(),
            call,
            told: (self.told.get_or_insert_with(mpsc::unbounded_channel).0).clone(),
            end,
        };
        let abort = self.playbooks.spawn(attempt.make());
        self.aborts.insert(key, abort);
    }
}
