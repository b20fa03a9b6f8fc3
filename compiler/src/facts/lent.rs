//! Where a playbook uses what modules declare: their queries, commands and models.
//!
//! Kept true here: each stands where the walk first came by a use of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use sophia_plan::step::{StepKind, Work};

use super::visit::{Seen, Stand};

/// The first use of each, by its name in the plan: `sales.open_deals`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Lent(BTreeMap<Arc<str>, Stand>);

impl Lent {
    /// Notes what a step uses that the walk comes by.
    pub(super) fn note(&mut self, step: Seen<'_>) {
        let StepKind::Work(
            Work::Query { query: name, .. }
            | Work::Command { command: name, .. }
            | Work::Model { model: name, .. },
        ) = &step.step.kind
        else {
            return;
        };
        if name.contains('.') && !self.0.contains_key(name) {
            self.0.insert(name.clone(), step.stand());
        }
    }

    /// Where something that a module declares is used first.
    pub(crate) fn first_use(&self, name: &str) -> Option<&Stand> {
        self.0.get(name)
    }
}
