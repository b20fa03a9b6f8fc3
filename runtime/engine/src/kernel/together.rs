//! `together { }`: effects whose order does not matter. The graph of its block has no edges between them.
//!
//! Kept true here: what its steps bind is seen behind it, once all of them have ended.

use std::sync::Arc;

use sophia_plan::{Block, Scope, StepKind};

use super::command::Happening;
use super::machine::Machine;
use super::state::{Place, Role};

impl Machine<'_> {
    pub(super) fn begin_together(&mut self, place: Place) {
        let Some(node) = self.place_layout(place) else {
            return;
        };
        let key = self.key(place);
        self.tell(&key, &node.step, Happening::Started { attempt: 1 });
        self.open_inside(place, node.children.first().copied(), Role::Together);
    }

    /// What the block of a `together` found out is known around it.
    pub(super) fn share_names(&mut self, place: Place, inside: &Scope) {
        let Some(layout) = self.place_layout(place) else {
            return;
        };
        let StepKind::Together { body } = &layout.step.kind else {
            return;
        };
        let Some(frame) = self.frame_mut(place.frame) else {
            return;
        };
        for name in bound(body) {
            if let Some(value) = inside.get(&name) {
                frame.scope = frame.scope.with(name, value.clone());
            }
        }
    }
}

fn bound(block: &Block) -> Vec<Arc<str>> {
    let mut names = Vec::new();
    for (_, step) in block.steps() {
        names.extend(step.binds.clone());
        if let StepKind::Together { body } = &step.kind {
            names.extend(bound(body));
        }
    }
    names
}
