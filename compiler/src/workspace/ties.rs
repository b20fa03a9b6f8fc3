//! What playbooks have to do with each other: what lies between them, and which run which.
//!
//! Kept true here: a playbook without ties is walked through alone. Nothing that it asks for or leaves is asked for or
//! left by another, it runs none and none runs it, so going round all of them would come to the same for it and for the
//! others.

use std::collections::HashMap;
use std::sync::Arc;

use sophia_plan::Plan;

use crate::facts::cost::Runs;
use crate::facts::{Between, Walked};

/// The ties of all playbooks with a plan, as they were when the last check was over.
pub(super) struct Ties {
    /// How many of them ask for something between playbooks, or leave it.
    touched: HashMap<Between, usize>,
    /// How many of them run a playbook.
    run: HashMap<Arc<str>, usize>,
    /// Whether the file at a place is counted.
    counted: Vec<bool>,
    /// The texts of modules and the rules under which everything was looked at.
    pub(super) under: (u64, u64),
}

/// What one playbook has to do with others.
pub(super) struct Own<'w> {
    pub(super) plan: &'w Plan,
    pub(super) runs: &'w Runs,
    pub(super) walks: &'w [Arc<Walked>],
}

impl Ties {
    pub(super) fn new(files: usize, under: (u64, u64)) -> Self {
        Self {
            touched: HashMap::new(),
            run: HashMap::new(),
            counted: vec![false; files],
            under,
        }
    }

    /// Whether the file at a place is counted.
    pub(super) fn counts(&self, place: usize) -> bool {
        self.counted.get(place).copied().unwrap_or_default()
    }

    /// Counts a playbook.
    pub(super) fn add(&mut self, place: usize, own: &Own<'_>) {
        for between in own.touches() {
            *self.touched.entry(between.clone()).or_default() += 1;
        }
        for playbook in own.runs.keys() {
            *self.run.entry(playbook.clone()).or_default() += 1;
        }
        if let Some(counted) = self.counted.get_mut(place) {
            *counted = true;
        }
    }

    /// Counts a playbook no longer.
    pub(super) fn remove(&mut self, place: usize, own: &Own<'_>) {
        for between in own.touches() {
            less(&mut self.touched, between);
        }
        for playbook in own.runs.keys() {
            less(&mut self.run, playbook);
        }
        if let Some(counted) = self.counted.get_mut(place) {
            *counted = false;
        }
    }

    /// Whether a playbook that is not counted has nothing to do with those that are.
    pub(super) fn is_apart(&self, own: &Own<'_>) -> bool {
        own.runs.is_empty()
            && !self.run.contains_key(&own.plan.playbook)
            && !own
                .touches()
                .any(|between| self.touched.contains_key(between))
    }
}

impl<'w> Own<'w> {
    /// Everything that it asks for or leaves in any of its walks, some of it more than once.
    fn touches(&self) -> impl Iterator<Item = &'w Between> {
        self.walks.iter().flat_map(|walked| walked.touches())
    }
}

fn less<K: Eq + std::hash::Hash>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}
