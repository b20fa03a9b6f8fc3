//! What a stretch of a playbook does, counted.
//!
//! Kept true here: adding, choosing and repeating give bounds of what they stand for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sophia_plan::step::Origin;

use super::envelope::Beyond;
use super::polynomial::Polynomial;

/// Bounds on what a stretch of a playbook does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Totals {
    /// Calls of models, by the model's declared name.
    pub models: BTreeMap<Arc<str>, ModelTotal>,
    /// Effects by their name: `slack.post_message`.
    pub effects: BTreeMap<Arc<str>, EffectTotal>,
    /// Attempts at steps that leave the run: reads, model calls and effects, every retry counted, those of other
    /// playbooks that it runs included.
    pub attempts: Polynomial,
    /// Other playbooks that it runs or starts, and how often.
    pub playbooks: BTreeMap<Arc<str>, Polynomial>,
    /// Where it does so, for those whose runs can cost money.
    pub(crate) costly: BTreeMap<Arc<str>, Origin>,
    /// What they do.
    pub beyond: Beyond,
    /// Waits for people, events and time, those of playbooks whose result it waits for included.
    pub waits: Polynomial,
    /// What its `yield`s give.
    pub(crate) yields: Polynomial,
}

/// Calls of one model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelTotal {
    /// How often it is called at most, retries counted.
    pub calls: Polynomial,
    /// Where it is called.
    pub places: Vec<Origin>,
}

/// One kind of effect.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EffectTotal {
    /// How often it happens at most.
    pub most: Polynomial,
    /// Fixed destinations: `#cs-alerts`.
    pub destinations: BTreeSet<Arc<str>>,
    /// Whether some calls go where only the run knows.
    pub elsewhere: bool,
    /// The steps that do it.
    pub steps: BTreeSet<Arc<str>>,
    /// Those of them that say how they are undone.
    pub undone: BTreeSet<Arc<str>>,
}

impl Totals {
    /// What follows happens too.
    pub(crate) fn add(&mut self, other: Self) {
        self.merge(other, Polynomial::plus);
    }

    /// This happens, or the other.
    pub(crate) fn or(&mut self, other: Self) {
        self.merge(other, Polynomial::or);
    }

    fn merge(&mut self, other: Self, bound: fn(&Polynomial, &Polynomial) -> Polynomial) {
        for (name, total) in other.models {
            let own = self.models.entry(name).or_default();
            own.calls = bound(&own.calls, &total.calls);
            own.places.extend(total.places);
        }
        for (name, total) in other.effects {
            let own = self.effects.entry(name).or_default();
            own.most = bound(&own.most, &total.most);
            own.destinations.extend(total.destinations);
            own.elsewhere |= total.elsewhere;
            own.steps.extend(total.steps);
            own.undone.extend(total.undone);
        }
        for (name, times) in other.playbooks {
            let own = self.playbooks.entry(name).or_default();
            *own = bound(own, &times);
        }
        for (name, origin) in other.costly {
            self.costly.entry(name).or_insert(origin);
        }
        self.beyond.merge(other.beyond, bound);
        self.attempts = bound(&self.attempts, &other.attempts);
        self.waits = bound(&self.waits, &other.waits);
        self.yields = bound(&self.yields, &other.yields);
    }

    /// Tried as many times more. What has happened and was not taken back is not done again.
    pub(crate) fn attempt_again(&mut self, times: u32) {
        let tries = Polynomial::known(u64::from(times) + 1);
        let once = std::mem::take(&mut self.effects);
        self.repeat(&tries);
        self.effects = once;
        for total in self.effects.values_mut() {
            if !total.undone.is_empty() {
                total.most = total.most.times(&tries);
            }
        }
    }

    /// All of it that many times.
    pub(crate) fn repeat(&mut self, times: &Polynomial) {
        for total in self.models.values_mut() {
            total.calls = total.calls.times(times);
        }
        for total in self.effects.values_mut() {
            total.most = total.most.times(times);
        }
        for count in self.playbooks.values_mut() {
            *count = count.times(times);
        }
        self.beyond.repeat(times);
        self.attempts = self.attempts.times(times);
        self.waits = self.waits.times(times);
        self.yields = self.yields.times(times);
    }
}
