//! Branches, and the statements that end something early: `stop`, `fail`, `skip`.

use sophia_diagnostics::Problem;
use sophia_plan::{EndKind, Expression, StepKind, Value};

use super::event::{Failure, StepEnd};
use super::expressions;
use super::machine::Machine;
use super::state::{Ending, Place, Role};
use crate::runner::Report;

impl Machine<'_> {
    pub(super) fn begin_branch(&mut self, place: Place) {
        let (Some(node), Some(frame)) = (self.place_layout(place), self.frame(place.frame)) else {
            return;
        };
        let StepKind::Branch { condition, .. } = &node.step.kind else {
            return;
        };
        match expressions::condition(condition, &frame.scope, &self.host()) {
            Ok(true) => self.open_inside(place, node.children.first().copied(), Role::Chosen),
            Ok(false) => self.open_inside(place, node.children.get(1).copied(), Role::Chosen),
            Err(problem) => self.broken(place, &problem),
        }
    }

    pub(super) fn begin_match(&mut self, place: Place) {
        self.not_there(place);
    }

    pub(super) fn begin_end(&mut self, place: Place) {
        let (Some(node), Some(frame)) = (self.place_layout(place), self.frame(place.frame)) else {
            return;
        };
        let StepKind::End { kind, reason, when } = &node.step.kind else {
            return;
        };
        let applies = when.as_ref().map_or(Ok(true), |when| {
            expressions::condition(when, &frame.scope, &self.host())
        });
        match applies {
            Ok(true) => self.end_early(place, *kind, reason),
            Ok(false) => self.end_node(place, StepEnd::Done, Some(Value::None), &Report::default()),
            Err(problem) => self.broken(place, &problem),
        }
    }

    /// Applies an end statement, or the one behind an `otherwise`.
    pub(super) fn end_early(&mut self, place: Place, kind: EndKind, reason: &Expression) {
        let Some(frame) = self.frame(place.frame) else {
            return;
        };
        let reason = match expressions::text(reason, &frame.scope, &self.host()) {
            Ok(reason) => reason,
            Err(problem) => return self.broken(place, &problem),
        };
        let ending = match kind {
            EndKind::Stop => Ending::Stopped(reason.clone()),
            EndKind::Skip => Ending::Skipped(reason.clone()),
            EndKind::Fail => Ending::Failed(self.failure(place, reason.clone())),
        };
        self.end_node(place, StepEnd::Ended(reason), None, &Report::default());
        self.end_around(place.frame, ending);
    }

    /// A step whose own expression could not be evaluated fails; no `otherwise` makes up for it.
    pub(super) fn broken(&mut self, place: Place, problem: &Problem) {
        let Some(node) = self.place_layout(place) else {
            return;
        };
        let failure = Failure::of(problem, &self.key(place), &node.step);
        self.end_node(
            place,
            StepEnd::Failed(failure.clone()),
            None,
            &Report::default(),
        );
        self.end_around(place.frame, Ending::Failed(failure));
    }
}
