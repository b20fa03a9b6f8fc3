//! What of a plan can be carried out, and what can only be checked and drawn yet.
//!
//! Kept true here: a plan that holds something which no engine follows is told before its run begins,
//! never in the middle of it.

use sophia_diagnostics::{Problem, codes};

use crate::plan::Plan;
use crate::step::{Policy, Step, StepKind, TriggerKind, Work};

impl Plan {
    /// Proves that the engine can carry out every step.
    ///
    /// # Errors
    /// The first construct that it cannot, with its line.
    pub fn runs(&self) -> Result<(), Problem> {
        if let Some(trigger) = self.triggers.iter().find(|trigger| {
            !matches!(&trigger.kind, TriggerKind::Schedule(_))
                && (trigger.binding.is_some() || !trigger.with.is_empty())
        }) {
            return Err(not_yet("trigger … as", trigger.origin.line));
        }
        if let (Some(_), Some(first)) = (&self.one_run, self.steps().first()) {
            return Err(not_yet("one run at a time", first.origin.line));
        }
        for step in self.steps() {
            if let Some(construct) = beyond(step) {
                return Err(not_yet(construct, step.origin.line));
            }
        }
        Ok(())
    }
}

fn not_yet(construct: &str, line: u32) -> Problem {
    Problem::new(
        codes::S992,
        format!("`{construct}` (line {line}) is checked, and running it is not there yet."),
    )
    .with_help("`sophia plan` shows what the playbook would do")
}

/// The construct of a step that the engine does not follow yet.
fn beyond(step: &Step) -> Option<&'static str> {
    of_policy(&step.policy).or(match &step.kind {
        StepKind::Work(work) => of_work(work),
        StepKind::ForEach { .. }
        | StepKind::Branch { .. }
        | StepKind::Match { .. }
        | StepKind::Repeat { .. }
        | StepKind::Together { .. }
        | StepKind::Try { .. }
        | StepKind::End { .. }
        | StepKind::Ask(_)
        | StepKind::Wait(_)
        | StepKind::Armed { .. }
        | StepKind::Return { .. }
        | StepKind::Yield { .. } => None,
        StepKind::Action { .. } => of_action(&step.policy),
    })
}

fn of_policy(policy: &Policy) -> Option<&'static str> {
    policy.undo.as_ref().and_then(|undo| of_work(&undo.work))
}

/// Modifiers that make something of one call, where several statements are called.
fn of_action(policy: &Policy) -> Option<&'static str> {
    let modifiers = [
        (policy.retry.is_some(), "do ACTION … retry"),
        (policy.timeout_ms.is_some(), "do ACTION … timeout"),
        (policy.at_most_once.is_some(), "do ACTION … at most once"),
        (policy.undo.is_some(), "do ACTION … undo with"),
    ];
    modifiers
        .into_iter()
        .find_map(|(stands, construct)| stands.then_some(construct))
}

fn of_work(work: &Work) -> Option<&'static str> {
    match work {
        Work::Query { .. }
        | Work::Predictor { .. }
        | Work::Compute { .. }
        | Work::Model { .. }
        | Work::Tool { .. }
        | Work::Command { .. }
        | Work::Record { .. }
        | Work::Set { .. }
        | Work::State { .. }
        | Work::Metric { .. }
        | Work::Distinct { .. }
        | Work::Search { .. }
        | Work::FindMetrics { .. }
        | Work::ReadFile { .. }
        | Work::Emit { .. } => None,
        Work::Playbook { .. } => Some("run"),
    }
}
