//! `do ACTION(…)`: the steps of an action, which see its arguments and the inputs of the run, and nothing
//! of the caller's.

use sophia_plan::step::{Otherwise, Step};
use sophia_plan::{StepKind, evaluate};

use super::event::Happening;
use super::machine::Machine;
use super::state::{NodeState, Place, Role};

impl Machine<'_> {
    pub(super) fn begin_action(&mut self, place: Place) {
        let (Some(node), Some(frame)) = (self.place_layout(place), self.frame(place.frame)) else {
            return;
        };
        let StepKind::Action { arguments, .. } = &node.step.kind else {
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
        self.tell(&key, &node.step, Happening::Started { attempt: 1 });
        let Some(body) = node.children.first().copied() else {
            return;
        };
        let inner = self.open(body, Some((place, Role::Called)), prefix, scope);
        if let Some(node) = self.node_mut(place) {
            node.state = NodeState::Inside(inner);
        }
    }
}

/// Whether a failure inside an action ends there, because the call says what happens then.
pub(super) fn catches(step: &Step) -> bool {
    matches!(
        step.policy.otherwise,
        Some(Otherwise::Value(_) | Otherwise::End { .. } | Otherwise::Block(_))
    )
}
