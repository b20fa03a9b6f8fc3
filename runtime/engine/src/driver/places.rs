//! The places that one run holds or waits for, as its task sees them.
//!
//! Kept true here: a step begins only after its place has come; the time that it waits counts for its
//! timeout; while the run is paused its turn passes it by.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sophia_diagnostics::{Problem, codes};
use tokio::task::JoinSet;

use super::dispatch::{Dispatch, Means};
use super::engine::Engine;
use super::gate::{Hold, rated};
use super::progress::{Progress, Wait};
use super::protocol::{Input, PlaceAsked};
use crate::journal::RunId;
use crate::limits::Ticket;
use crate::runner::{FailureKind, Report, StepOutcome};

/// What of the places of a run is under way.
#[derive(Default)]
pub(super) struct Places {
    /// By step; the place of the run itself has no name.
    holds: HashMap<Arc<str>, Held>,
    coming: JoinSet<Coming>,
    /// How long steps have waited.
    waited: HashMap<Arc<str>, Duration>,
    paused: bool,
}

struct Held {
    hold: Hold,
    asked: PlaceAsked,
}

/// A wait for a place that is over.
pub(super) struct Coming {
    ticket: Ticket,
    asked: PlaceAsked,
    came: Came,
}

enum Came {
    /// After so long.
    After(Duration),
    TooLate,
    /// What a rate let through could not be remembered.
    Unwritten(Problem),
    /// Nobody waits any more.
    Gone,
}

impl Places {
    /// Whether the run waits for no place.
    pub(super) fn wait_for_none(&self) -> bool {
        self.coming.is_empty()
    }

    /// The next wait that is over; pending while there is none.
    pub(super) async fn next(&mut self) -> Option<Coming> {
        match self.coming.join_next().await {
            Some(Ok(coming)) => Some(coming),
            Some(Err(_)) => None,
            None => std::future::pending().await,
        }
    }

    /// A step is done with its place, or waits for it no longer.
    pub(super) fn leave(&mut self, key: &str) {
        self.holds.remove(key);
        self.waited.remove(key);
    }

    /// A step did nothing with its place.
    pub(super) fn give_back(&mut self, key: &str) {
        if let Some(held) = self.holds.remove(key) {
            held.hold.give_back();
        }
        self.waited.remove(key);
    }

    /// What is left of the time that an attempt may take.
    pub(super) fn left(&mut self, key: &str, deadline: Option<Duration>) -> Option<Duration> {
        let waited = self.waited.remove(key).unwrap_or_default();
        deadline.map(|deadline| deadline.saturating_sub(waited))
    }

    /// While a run is paused its turn passes it by.
    pub(super) fn pause(&mut self, paused: bool) {
        if paused == self.paused {
            return;
        }
        self.paused = paused;
        for held in self.holds.values() {
            if paused {
                held.hold.hold_back();
            } else {
                held.hold.let_on();
            }
        }
    }

    fn ask(&mut self, means: &Means, run: &RunId, asked: &PlaceAsked, already: Duration) {
        let began = Instant::now();
        let (hold, served) = means.gate.ask(run, asked.clone());
        if self.paused {
            hold.hold_back();
        }
        let ticket = hold.ticket;
        let (gate, journal, waits) = (means.gate.clone(), means.journal.clone(), asked.clone());
        let held = Held {
            hold,
            asked: asked.clone(),
        };
        self.holds.insert(asked.key.clone(), held);
        self.coming.spawn(async move {
            let left = waits
                .deadline
                .map(|deadline| deadline.saturating_sub(already));
            let served = match left {
                Some(left) => tokio::time::timeout(left, served).await,
                None => Ok(served.await),
            };
            let came = match served {
                Err(_) => Came::TooLate,
                Ok(Err(_)) => Came::Gone,
                Ok(Ok(at)) => {
                    let rated = rated(&waits.places);
                    match gate.remember(&*journal, &rated, at).await {
                        Ok(()) => Came::After(already + began.elapsed()),
                        Err(problem) => Came::Unwritten(problem),
                    }
                }
            };
            let asked = waits;
            Coming {
                ticket,
                asked,
                came,
            }
        });
    }
}

impl Dispatch {
    /// A step, or the run itself, waits for a place from now on.
    pub(super) fn ask_place(&mut self, asked: &PlaceAsked) {
        let key = asked.key.clone();
        (self.places).ask(&self.means, &self.run, asked, Duration::ZERO);
        let wait = (self.places.holds.get(&key)).and_then(|held| held.hold.wait());
        if let Some(wait) = wait {
            self.waits.insert(key, wait.clone());
            self.tell(&Progress::Waiting(wait));
        }
    }

    /// A wait for a place is over.
    pub(super) async fn place_came(&mut self, coming: Coming) -> Result<(), Problem> {
        let Coming {
            ticket,
            asked,
            came,
        } = coming;
        let key = asked.key.clone();
        let still = (self.places.holds.get(&key)).is_some_and(|held| held.hold.ticket == ticket);
        if !still {
            return Ok(());
        }
        match came {
            Came::Gone => Ok(()),
            Came::Unwritten(problem) => Err(problem),
            Came::After(waited) if self.places.paused => {
                if let Some(held) = self.places.holds.remove(&key) {
                    held.hold.give_back();
                    let (means, run) = (&self.means, &self.run);
                    self.places.ask(means, run, &held.asked, waited);
                }
                Ok(())
            }
            Came::After(waited) => {
                self.waits.remove(&key);
                self.places.waited.insert(key.clone(), waited);
                let attempt = asked.attempt;
                self.take(Input::Placed { key, attempt }).await
            }
            Came::TooLate => {
                let reason = (self.places.holds.get(&key)).and_then(|held| held.hold.wait());
                self.places.leave(&key);
                let outcome = Box::new(too_late(&asked, reason.map(|wait| wait.reason)));
                let attempt = asked.attempt;
                self.take(Input::Ended {
                    key,
                    attempt,
                    outcome,
                })
                .await
            }
        }
    }
}

impl Engine {
    /// What a run waits for that no journal says: a place, a rate.
    #[must_use]
    pub fn waits_for_places(&self, run: &RunId) -> Vec<Wait> {
        self.means().gate.waits(run)
    }

    /// Whether one more run may be begun from outside.
    pub(super) fn has_room(&self) -> Result<(), Problem> {
        let most = self.means().gate.limits().runs_in_memory;
        let under_way = self.under_way();
        if under_way < most {
            return Ok(());
        }
        Err(Problem::new(
            codes::S873,
            format!("{under_way} runs are under way, and no more than {most} are at once."),
        )
        .with_help("it is begun once there is room; `[limits] runs_in_memory` says how much"))
    }
}

fn too_late(asked: &PlaceAsked, reason: Option<String>) -> StepOutcome {
    let within = asked.deadline.unwrap_or_default();
    let mut problem = Problem::new(
        codes::S874,
        format!(
            "`{}` had no place within its timeout of {within:?}.",
            asked.label
        ),
    )
    .with_help("a longer `timeout`, or more room under `at_once` or `limit` in `sophia.toml`");
    problem.causes.extend(reason);
    StepOutcome::Failed {
        problem,
        kind: FailureKind::Transient,
        report: Report::default(),
    }
}
