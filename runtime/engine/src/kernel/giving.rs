//! `return` and `yield`: what a run, an action, an item or a block gives.
//!
//! Kept true here: what a block gives stands in the order written, whichever of its steps came first; a
//! block that failed, or was skipped, gives nothing.

use std::sync::Arc;

use sophia_plan::step::{Amount, Wait};
use sophia_plan::{Step, StepKind, Value, evaluate};

use super::command::StepEnd;
use super::expressions;
use super::machine::Machine;
use super::state::{Ending, Place};
use crate::runner::Report;

impl Machine<'_> {
    pub(super) fn begin_return(&mut self, place: Place) {
        let (Some(node), Some(frame)) = (self.place_layout(place), self.frame(place.frame)) else {
            return;
        };
        let StepKind::Return { value } = &node.step.kind else {
            return;
        };
        let value = value.as_ref().map_or(Ok(Value::None), |value| {
            evaluate(value, &frame.scope, &self.host())
        });
        match value {
            Ok(value) => {
                let report = Report::default();
                self.end_node(place, StepEnd::Done, Some(value.clone()), &report);
                self.end_around(place.frame, Ending::Returned(value));
            }
            Err(problem) => self.broken(place, &problem),
        }
    }

    pub(super) fn begin_yield(&mut self, place: Place) {
        let (Some(node), Some(frame)) = (self.place_layout(place), self.frame(place.frame)) else {
            return;
        };
        let StepKind::Yield { value, amount } = &node.step.kind else {
            return;
        };
        let given = match amount {
            Amount::One => evaluate(value, &frame.scope, &self.host())
                .map(|value| (vec![value.clone()], value)),
            Amount::Each => expressions::items(value, &frame.scope, &self.host())
                .map(|items| (items.to_vec(), Value::List(items))),
        };
        match given {
            Ok((given, value)) => {
                self.give(place, given);
                self.end_node(place, StepEnd::Done, Some(value), &Report::default());
            }
            Err(problem) => self.broken(place, &problem),
        }
    }

    /// A step of a block gives values to whatever the block stands in.
    pub(super) fn give(&mut self, place: Place, values: Vec<Value>) {
        if values.is_empty() {
            return;
        }
        if let Some(frame) = self.frame_mut(place.frame) {
            frame.given.entry(place.node).or_default().extend(values);
        }
    }
}

/// Whether the `yield`s behind a step's `otherwise` give the step's own value.
pub(super) fn takes_yields(step: &Step) -> bool {
    let Some(binds) = &step.binds else {
        return false;
    };
    // `wait for EVENT as x` names what came in; a `yield` behind its `otherwise` is the item's.
    !matches!(&step.kind, StepKind::Wait(Wait::Event(event)) if event.binding.as_ref() == Some(binds))
}

/// Whether a loop's items give values of their own.
pub(super) fn gives(step: &Step) -> bool {
    match &step.kind {
        StepKind::Yield { .. } => true,
        StepKind::ForEach { .. } => false,
        StepKind::Work(_)
        | StepKind::Branch { .. }
        | StepKind::Match { .. }
        | StepKind::Repeat { .. }
        | StepKind::Together { .. }
        | StepKind::Try { .. }
        | StepKind::Action { .. }
        | StepKind::Ask(_)
        | StepKind::Wait(_)
        | StepKind::Armed { .. }
        | StepKind::End { .. }
        | StepKind::Return { .. } => {
            !takes_yields(step)
                && step
                    .blocks()
                    .into_iter()
                    .any(|block| block.steps().any(|(_, step)| gives(step)))
        }
    }
}

/// The values that a block gave, in the order written.
pub(super) fn in_order(given: std::collections::BTreeMap<usize, Vec<Value>>) -> Vec<Value> {
    given.into_values().flatten().collect()
}

/// As one list.
pub(super) fn list(values: impl IntoIterator<Item = Value>) -> Value {
    Value::List(Arc::new(values.into_iter().collect()))
}
