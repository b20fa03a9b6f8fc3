//! What of a plan can be carried out, and what can only be checked and drawn yet.
//!
//! Kept true here: a plan that holds something which no engine follows is told before its run begins,
//! never in the middle of it.

use sophia_diagnostics::{Problem, codes};

use crate::plan::Plan;
use crate::step::{Policy, Step, StepKind};

impl Plan {
    /// Proves that the engine can carry out every step.
    ///
    /// # Errors
    /// The first construct that it cannot, with its line.
    pub fn runs(&self) -> Result<(), Problem> {
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
    match &step.kind {
        StepKind::Work(_)
        | StepKind::ForEach { .. }
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
    }
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
