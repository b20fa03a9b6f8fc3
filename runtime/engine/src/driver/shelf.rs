//! Runs that only wait: put down, so that they need neither a task nor their state in memory.
//!
//! Kept true here: a run is carried on or stands here, never both; what it waits for is known here, and
//! nothing else of it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::journal::{Resting, RunId};
use crate::kernel::Awaits;

/// The runs that were put down.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    runs: HashMap<RunId, (Arc<str>, Awaits)>,
    clock: BTreeSet<(Timestamp, RunId)>,
    /// By environment and event.
    listening: HashMap<(Arc<str>, Arc<str>), HashSet<RunId>>,
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
            .map(|event| self.name(event))
            .collect();
        if let Some(next) = awaits.next {
            self.clock.insert((next, run.clone()));
        }
        for event in &awaits.events {
            self.listening
                .entry((environment.clone(), event.clone()))
                .or_default()
                .insert(run.clone());
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
        for event in awaits.events {
            let place = (environment.clone(), event);
            if let Some(runs) = self.listening.get_mut(&place) {
                runs.remove(run);
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

    /// The runs that an event may end the wait of.
    pub(super) fn listening(&self, environment: &Arc<str>, event: &Arc<str>) -> Vec<RunId> {
        let runs = self.listening.get(&(environment.clone(), event.clone()));
        let mut runs: Vec<_> = runs.into_iter().flatten().cloned().collect();
        runs.sort();
        runs
    }
}
