//! Where steps read and write: connections and tools, and what may have changed there.

use std::collections::BTreeSet;
use std::sync::Arc;

use sophia_plan::Plan;
use sophia_plan::step::Work;

use super::uses::Uses;

/// What is known of the names that a step calls.
pub(crate) trait Sources {
    /// Where a declared read or write goes.
    fn connection_of(&self, work: &Work) -> Option<Arc<str>>;

    /// What is not as it was once another playbook has run.
    fn touched_by(&self, playbook: &str) -> Touched;
}

/// Connections and tools on which the world may change.
#[derive(Clone, Debug, Default)]
pub(crate) struct Touched {
    places: BTreeSet<Arc<str>>,
    everywhere: bool,
}

impl Touched {
    /// Any place: nobody knows, or time passes.
    pub(crate) fn everything() -> Self {
        Self {
            places: BTreeSet::new(),
            everywhere: true,
        }
    }

    /// What is not as it was once a playbook has run.
    pub(crate) fn by(plan: &Plan, sources: &dyn Sources) -> Self {
        let mut touched = Uses::of_block(&plan.body, sources).outdates();
        if let Some((_, block)) = &plan.on_failure {
            touched.add(Uses::of_block(block, sources).outdates());
        }
        touched
    }

    /// Whether nothing changes.
    pub(crate) fn is_empty(&self) -> bool {
        self.places.is_empty() && !self.everywhere
    }

    /// Whether one of these places may change.
    pub(super) fn touches(&self, places: &BTreeSet<Arc<str>>) -> bool {
        !places.is_empty() && (self.everywhere || !self.places.is_disjoint(places))
    }

    /// Whether this place may change.
    pub(super) fn holds(&self, place: &Arc<str>) -> bool {
        self.everywhere || self.places.contains(place)
    }

    /// This place too.
    pub(super) fn insert(&mut self, place: Arc<str>) {
        self.places.insert(place);
    }

    /// These places too.
    pub(super) fn add(&mut self, other: Self) {
        self.places.extend(other.places);
        self.everywhere |= other.everywhere;
    }
}
