//! Runs that only wait: put down, so that they need neither a task nor their state in memory.
//!
//! Kept true here: a run is carried on or stands here, never both; what it waits for is known here, and
//! nothing else of it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use sophia_plan::Value;

use crate::journal::{Resting, RunId};
use crate::kernel::{Arrival, Awaits, Carries, Listening, Only, carries};

/// The runs that were put down.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    runs: HashMap<RunId, (Arc<str>, Awaits)>,
    clock: BTreeSet<(Timestamp, RunId)>,
    /// By environment and event.
    listening: HashMap<(Arc<str>, Arc<str>), Listeners>,
    /// Names are held once.
    names: HashSet<Arc<str>>,
}

impl Shelf {
    pub(super) fn put(&mut self, resting: Resting) {
        let Resting {
            run,
            environment,
            mut awaits,
        } = resting;
        self.take(&run);
        let environment = self.name(environment);
        awaits.events = std::mem::take(&mut awaits.events)
            .into_iter()
            .map(|listening| Listening {
                event: self.name(listening.event),
                only: listening.only.map(|only| Only {
                    field: self.name(only.field),
                    value: only.value,
                }),
            })
            .collect();
        if let Some(next) = awaits.next {
            self.clock.insert((next, run.clone()));
        }
        for listening in &awaits.events {
            self.listening
                .entry((environment.clone(), listening.event.clone()))
                .or_default()
                .add(listening.only.as_ref(), &run);
        }
        self.runs.insert(run, (environment, awaits));
    }

    fn name(&mut self, name: Arc<str>) -> Arc<str> {
        if let Some(known) = self.names.get(&name) {
            return known.clone();
        }
        self.names.insert(name.clone());
        name
    }

    pub(super) fn take(&mut self, run: &RunId) {
        let Some((environment, awaits)) = self.runs.remove(run) else {
            return;
        };
        if let Some(next) = awaits.next {
            self.clock.remove(&(next, run.clone()));
        }
        for listening in awaits.events {
            let place = (environment.clone(), listening.event);
            if let Some(runs) = self.listening.get_mut(&place) {
                runs.remove(listening.only.as_ref(), run);
                if runs.is_empty() {
                    self.listening.remove(&place);
                }
            }
        }
    }

    pub(super) fn holds(&self, run: &RunId) -> bool {
        self.runs.contains_key(run)
    }

    pub(super) fn len(&self) -> usize {
        self.runs.len()
    }

    /// When the next timer rings.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.clock.first().map(|(next, _)| *next)
    }

    /// The runs whose timer has rung, the earliest first.
    pub(super) fn due(&self, now: Timestamp) -> Vec<RunId> {
        let due = self.clock.iter().take_while(|(next, _)| *next <= now);
        due.map(|(_, run)| run.clone()).collect()
    }

    /// The runs that something which came in may end the wait of.
    pub(super) fn listening(&self, environment: &Arc<str>, arrival: &Arrival) -> Vec<RunId> {
        let place = (environment.clone(), arrival.event.clone());
        let listeners = self.listening.get(&place);
        let mut runs = listeners.map_or_else(Vec::new, |of| of.hear(&arrival.value));
        runs.sort();
        runs.dedup();
        runs
    }
}

/// Who listens to one event.
#[derive(Debug, Default)]
struct Listeners {
    /// Whatever it carries.
    any: HashSet<RunId>,
    /// By field: those who listen for one value of it, by the value.
    only: BTreeMap<Arc<str>, BTreeSet<(u64, RunId)>>,
}

impl Listeners {
    fn add(&mut self, only: Option<&Only>, run: &RunId) {
        match only {
            None => self.any.insert(run.clone()),
            Some(Only { field, value }) => {
                (self.only.entry(field.clone()).or_default()).insert((*value, run.clone()))
            }
        };
    }

    fn remove(&mut self, only: Option<&Only>, run: &RunId) {
        let Some(Only { field, value }) = only else {
            self.any.remove(run);
            return;
        };
        if let Some(runs) = self.only.get_mut(field) {
            runs.remove(&(*value, run.clone()));
            if runs.is_empty() {
                self.only.remove(field);
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.any.is_empty() && self.only.is_empty()
    }

    fn hear(&self, came: &Value) -> Vec<RunId> {
        let mut runs: Vec<RunId> = self.any.iter().cloned().collect();
        for (field, listeners) in &self.only {
            match carries(came, field) {
                Carries::Value(value) => {
                    let first = (value, RunId("".into()));
                    let with_value = listeners.range(first..);
                    let with_value = with_value.take_while(|(other, _)| *other == value);
                    runs.extend(with_value.map(|(_, run)| run.clone()));
                }
                Carries::Anything => runs.extend(listeners.iter().map(|(_, run)| run.clone())),
            }
        }
        runs
    }
}
