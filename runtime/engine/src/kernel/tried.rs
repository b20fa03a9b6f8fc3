//! `try { } otherwise as f { }`: a failure inside ends there.
//!
//! Kept true here: what was tried is taken back before the other block begins, and nothing that it found
//! out is seen there.

use sophia_plan::StepKind;

use super::command::Happening;
use super::event::Failure;
use super::machine::Machine;
use super::state::{NodeState, Place, Role};

impl Machine<'_> {
    pub(super) fn begin_try(&mut self, place: Place) {
        let Some(node) = self.place_layout(place) else {
            return;
        };
        let key = self.key(place);
        self.tell(&key, &node.step, Happening::Started { attempt: 1 });
        self.open_inside(place, node.children.first().copied(), Role::Tried);
    }

    /// What was tried failed, and is taken back: the other block begins.
    pub(super) fn catch(&mut self, place: Place, failure: Failure) {
        let (Some(layout), Some(frame)) = (self.place_layout(place), self.frame(place.frame))
        else {
            return;
        };
        let (
            StepKind::Try {
                failure: binding, ..
            },
            Some(block),
        ) = (&layout.step.kind, layout.children.get(1).copied())
        else {
            return;
        };
        let (prefix, mut scope) = (frame.prefix.clone(), frame.scope.clone());
        if let Some(name) = binding {
            scope = scope.with(name.clone(), failure.record());
        }
        let inner = self.open(block, Some((place, Role::Caught)), prefix, scope);
        if let Some(node) = self.node_mut(place) {
            node.state = NodeState::Inside(inner);
            node.failed = Some(failure);
        }
    }
}
