//! Steps that can never run, and conditions that can never hold.
//!
//! Kept true here: one reason gives one complaint, at the condition that decides.

use std::collections::HashMap;

use sophia_diagnostics::{Diagnostic, codes};
use sophia_plan::plan::Plan;
use sophia_plan::step::{Step, StepKind};

use super::condition::Condition;
use super::domain::Sure;
use super::flow::Flow;
use super::node::NodeKind;
use super::states::states;
use crate::places::Places;

/// The complaints about a playbook.
pub(crate) fn diagnostics(plan: &Plan, flow: &Flow, places: &Places<'_>) -> Vec<Diagnostic> {
    let known = states(flow, &|_| false);
    let steps: HashMap<&str, &Step> = (plan.steps().into_iter())
        .map(|step| (&*step.name, step))
        .collect();
    let mut diagnostics = Vec::new();
    for (index, node) in flow.nodes() {
        let NodeKind::Step { condition, .. } = &node.kind else {
            continue;
        };
        let (Some(here), Some(step)) = (known.at(index), steps.get(&*node.step)) else {
            continue;
        };
        if let Some(condition) = condition {
            let verdict = condition.verdict(here);
            diagnostics.extend(decided(plan, step, verdict, condition, places));
        }
        if let StepKind::Match { arms, .. } = &step.kind {
            for (number, (case, fits)) in arms.iter().zip(flow.cases(index)).enumerate() {
                if fits.verdict(here) != Sure::Never {
                    continue;
                }
                let first = case.body.steps().next().map(|(_, step)| step.origin);
                let span = places.head(first.unwrap_or(step.origin));
                let diagnostic = Diagnostic::new(
                    codes::S830,
                    plan.file.clone(),
                    span,
                    "This case never comes.",
                )
                .with_label(format!("case {} of {}", number + 1, arms.len()))
                .with_note("the value cannot be one of its patterns here")
                .with_help("remove the case, or correct its patterns");
                diagnostics.push(diagnostic);
            }
        }
    }
    diagnostics
}

fn decided(
    plan: &Plan,
    step: &Step,
    verdict: Sure,
    condition: &Condition,
    places: &Places<'_>,
) -> Option<Diagnostic> {
    // A condition that is written as `true` or `false` says what it means.
    if verdict == Sure::Open || condition.is_constant() {
        return None;
    }
    let span = places.head(step.origin);
    let file = plan.file.clone();
    match (&step.kind, verdict) {
        (StepKind::Branch { .. }, Sure::Never) => Some(
            Diagnostic::new(codes::S831, file, span, "This condition can never hold.")
                .with_label("what follows it never runs")
                .with_note("what holds on every way to here rules it out")
                .with_help("correct the condition, or remove the branch"),
        ),
        (StepKind::End { .. }, Sure::Never) => Some(
            Diagnostic::new(codes::S831, file, span, "This condition can never hold.")
                .with_label("it never ends here")
                .with_note("what holds on every way to here rules it out")
                .with_help("correct the condition, or remove the line"),
        ),
        (StepKind::Branch { otherwise, .. }, Sure::Always) if !otherwise.is_empty() => Some(
            Diagnostic::new(codes::S830, file, span, "The `else` of this never runs.")
                .with_label("always holds here")
                .with_help("correct the condition, or remove the `else`"),
        ),
        (StepKind::End { .. }, Sure::Always) => Some(
            Diagnostic::new(codes::S830, file, span, "What follows this never runs.")
                .with_label("its condition always holds here")
                .with_help("correct the condition, or remove what follows"),
        ),
        _ => None,
    }
}
