//! `do ACTION(…)`: the steps of an action, which see its arguments and the inputs of the run, and nothing
//! of the caller's.

use sophia_plan::step::{Otherwise, Step};
use sophia_plan::{StepKind, evaluate};

use super::command::Happening;
use super::machine::Machine;
use super::state::{NodeState, Place, Role};

impl Machine<'_> {
    pub(super) fn begin_action(&mut self, place: Place) {
        let (Some(layout), Some(node)) = (self.place_layout(place), self.state.node(place)) else {
            return;
        };
        if layout.step.policy.at_most_once.is_some() && node.claim.is_none() {
            self.begin_attempt(place);
        } else {
            self.open_action(place);
        }
    }

    /// Begins an attempt at the statements of an action, whose claim is held where it needs one.
    pub(super) fn open_action(&mut self, place: Place) {
        let (Some(layout), Some(frame)) = (self.place_layout(place), self.frame(place.frame))
        else {
            return;
        };
        let StepKind::Action { arguments, .. } = &layout.step.kind else {
            return;
        };
        let (prefix, outer) = (frame.prefix.clone(), frame.scope.clone());
        let mut scope = self.state.inputs.clone();
        for (name, argument) in arguments {
            match evaluate(argument, &outer, &self.host()) {
                Ok(value) => scope = scope.with(name.clone(), value),
                Err(problem) => return self.broken(place, &problem),
            }
        }
        let key = self.key(place);
        self.state.under_way.remove(&key);
        let Some(node) = self.node_mut(place) else {
            return;
        };
        // Where it needed a claim, its attempt began with that.
        if !matches!(node.state, NodeState::Running { .. }) {
            node.attempt += 1;
        }
        let attempt = node.attempt;
        self.tell(&key, &layout.step, Happening::Started { attempt });
        let Some(body) = layout.children.first().copied() else {
            return;
        };
        let inner = self.open(body, Some((place, Role::Called)), prefix, scope);
        if let Some(node) = self.node_mut(place) {
            node.state = NodeState::Inside(inner);
        }
        self.begin_call(place, &key, inner);
    }
}

/// Whether a failure inside an action ends there, because the call says what happens then.
pub(super) fn catches(step: &Step) -> bool {
    matches!(
        step.policy.otherwise,
        Some(Otherwise::Value(_) | Otherwise::End { .. } | Otherwise::Block(_))
    )
}
