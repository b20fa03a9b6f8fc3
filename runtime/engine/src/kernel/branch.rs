//! Branches by a condition or a value, and the statements that end something early: `stop`, `fail`, `skip`.

use std::sync::Arc;

use sophia_diagnostics::{Problem, codes};
use sophia_plan::evaluate::same;
use sophia_plan::step::Pattern;
use sophia_plan::{EndKind, Expression, StepKind, Value, evaluate, show};

use super::command::{Happening, StepEnd};
use super::event::Failure;
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
            Ok(true) => self.choose(place, 0, "then".into()),
            Ok(false) => self.choose(place, 1, "else".into()),
            Err(problem) => self.broken(place, &problem),
        }
    }

    pub(super) fn begin_match(&mut self, place: Place) {
        let (Some(node), Some(frame)) = (self.place_layout(place), self.frame(place.frame)) else {
            return;
        };
        let StepKind::Match {
            value,
            arms,
            otherwise,
        } = &node.step.kind
        else {
            return;
        };
        let value = match evaluate(value, &frame.scope, &self.host()) {
            Ok(value) => value,
            Err(problem) => return self.broken(place, &problem),
        };
        let fitting = arms
            .iter()
            .position(|arm| arm.patterns.iter().any(|pattern| fits(pattern, &value)));
        match fitting.and_then(|arm| Some((arm, arms.get(arm)?))) {
            Some((number, arm)) => {
                let way: Vec<String> = arm.patterns.iter().map(|it| self.shown(it)).collect();
                self.choose(place, number, way.join(" | ").into());
            }
            None if otherwise.is_some() => self.choose(place, arms.len(), "else".into()),
            None => {
                let came = show(&value, &self.layout.zone);
                let problem = Problem::new(
                    codes::S968,
                    format!("`{}` has no case for {came}.", node.step.label),
                )
                .with_help("deploy the playbook again; add `else { … }` where more values come");
                self.broken(place, &problem);
            }
        }
    }

    /// Opens one of the blocks of a step, by its place in the layout.
    fn choose(&mut self, place: Place, block: usize, way: Arc<str>) {
        let Some(node) = self.place_layout(place) else {
            return;
        };
        let key = self.key(place);
        self.tell(&key, &node.step, Happening::Chosen { way });
        self.open_inside(place, node.children.get(block).copied(), Role::Chosen);
    }

    /// A pattern as people write it.
    fn shown(&self, pattern: &Pattern) -> String {
        match pattern {
            Pattern::Value(Value::Text(text)) => format!("\"{text}\""),
            Pattern::Value(value) => show(value, &self.layout.zone),
            Pattern::Range { from, to } => format!("{from}..{to}"),
        }
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

/// Whether a value is one that a case names.
fn fits(pattern: &Pattern, value: &Value) -> bool {
    match (pattern, value) {
        (Pattern::Value(wanted), value) => same(wanted, value),
        (Pattern::Range { from, to }, Value::Integer(value)) => (from..=to).contains(&value),
        (Pattern::Range { .. }, _) => false,
    }
}
