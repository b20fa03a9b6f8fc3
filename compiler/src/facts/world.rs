//! What playbooks leave for each other: events, states, the inputs of those that they start, results.
//!
//! Kept true here: it only grows, so that going round comes to rest.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::known::Known;

/// What is known of what lies between playbooks.
#[derive(Debug, Default)]
pub(super) struct World {
    known: BTreeMap<Between, Known>,
    changed: bool,
}

/// Something that lies between playbooks, or between runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Between {
    /// What an event carries.
    Event(Arc<str>),
    /// What a state of a playbook keeps.
    State(Arc<str>, Arc<str>),
    /// What other playbooks give as an input.
    Input(Arc<str>, Arc<str>),
    /// The level of what decides that other playbooks start one.
    Started(Arc<str>),
    /// What a playbook gives back.
    Result(Arc<str>),
}

impl World {
    /// What is known so far.
    pub(super) fn get(&self, between: &Between) -> Option<&Known> {
        self.known.get(between)
    }

    /// Adds what one more playbook leaves.
    pub(super) fn add(&mut self, between: Between, known: &Known) {
        match self.known.get_mut(&between) {
            None => {
                self.known.insert(between, known.clone());
                self.changed = true;
            }
            Some(before) => {
                let both = before.join(known);
                if !both.same(before) {
                    *before = both;
                    self.changed = true;
                }
            }
        }
    }

    /// Whether anything was added since the last time.
    pub(super) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }
}
