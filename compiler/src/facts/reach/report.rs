//! Steps that can never run, and conditions that can never hold.
//!
//! Kept true here: one reason gives one complaint, at the condition that decides.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use petgraph::graph::NodeIndex;
use sophia_diagnostics::{Diagnostic, codes};
use sophia_plan::plan::Plan;
use sophia_plan::step::{Step, StepKind};

use super::condition::{Condition, Knowledge};
use super::domain::Sure;
use super::flow::Flow;
use super::node::{Node, NodeKind};
use super::states::{States, states};
use crate::places::Places;

/// The complaints about a playbook, whose steps are given by their names.
pub(crate) fn diagnostics(
    plan: &Plan,
    flow: &Flow,
    steps: &HashMap<&str, &Step>,
    places: &Places<'_>,
) -> Vec<Diagnostic> {
    let known = states(flow, &|_| false);
    let in_else: BTreeSet<&Arc<str>> = (steps.values()).filter_map(|step| else_if(step)).collect();
    let copies = Copies::of(flow, &known, steps);
    let mut diagnostics = Vec::new();
    for (index, node) in flow.nodes() {
        let NodeKind::Step { condition, .. } = &node.kind else {
            continue;
        };
        let Some(step) = steps.get(&*node.step).filter(|_| known.at(index).is_some()) else {
            continue;
        };
        // What one call of a module's action decides says nothing of the action, and stands in another file.
        if node.stand.lender.is_some() {
            continue;
        }
        if let Some(condition) = condition {
            let verdict = copies.agreed(step, 0);
            // Behind `else`, the last of all cases may be written out.
            let last = verdict == Sure::Always && in_else.contains(&step.name);
            if !last && let Some(mut diagnostic) = decided(plan, step, verdict, condition, places) {
                if let Some(before) = decider(flow, &known, index, condition, verdict)
                    && let Some(step) = steps.get(&*before.step)
                {
                    diagnostic = match step.kind {
                        StepKind::ForEach { .. } => diagnostic.with_related(
                            places.source(step.origin),
                            "only rows for which its conditions hold come here",
                        ),
                        _ => diagnostic
                            .with_related(places.head(step.origin), "this decides it already"),
                    };
                }
                diagnostics.push(diagnostic);
            }
        }
        if let StepKind::Match { arms, .. } = &step.kind {
            for (number, case) in arms.iter().enumerate() {
                if copies.agreed(step, number) != Sure::Never {
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

/// How the conditions of steps come out, by where they stand. An action of the playbook has a copy for each call: what
/// comes out otherwise in another call is open.
struct Copies(HashMap<(u32, u32, usize), Sure>);

impl Copies {
    fn of(flow: &Flow, known: &States, steps: &HashMap<&str, &Step>) -> Self {
        let mut verdicts = HashMap::new();
        for (index, node) in flow.nodes() {
            let NodeKind::Step {
                condition, cases, ..
            } = &node.kind
            else {
                continue;
            };
            let (Some(here), Some(step), None) =
                (known.at(index), steps.get(&*node.step), &node.stand.lender)
            else {
                continue;
            };
            for (number, condition) in condition.iter().chain(cases).enumerate() {
                let verdict = condition.verdict(here);
                let place = (step.origin.line, step.origin.column, number);
                let agreed = verdicts.entry(place).or_insert(verdict);
                if *agreed != verdict {
                    *agreed = Sure::Open;
                }
            }
        }
        Self(verdicts)
    }

    /// How a condition of a step comes out, whoever calls it: the only one of an `if`, one of the cases of a `match`.
    fn agreed(&self, step: &Step, number: usize) -> Sure {
        let place = (step.origin.line, step.origin.column, number);
        self.0.get(&place).copied().unwrap_or(Sure::Open)
    }
}

/// The `if` that is all there is behind the `else` of this one.
fn else_if(step: &Step) -> Option<&Arc<str>> {
    let StepKind::Branch { otherwise, .. } = &step.kind else {
        return None;
    };
    let mut steps = otherwise.steps().map(|(_, step)| step);
    let only = steps.next().filter(|_| steps.next().is_none())?;
    matches!(only.kind, StepKind::Branch { .. }).then_some(&only.name)
}

/// The last place before this one that every way comes through and whose outcome alone decides a condition.
fn decider<'f>(
    flow: &'f Flow,
    states: &States,
    place: NodeIndex,
    condition: &Condition,
    verdict: Sure,
) -> Option<&'f Node> {
    let way = states.way_to(place);
    (way.windows(2).rev())
        .filter_map(|pair| match pair {
            [from, to] => {
                let mut between = flow.graph.edges_connecting(*from, *to);
                let (decided, held) = between.find_map(|edge| edge.weight().decided.as_ref())?;
                let mut known = Knowledge::new();
                let alone =
                    decided.learn(&mut known, *held) && condition.verdict(&known) == verdict;
                flow.graph.node_weight(*from).filter(|_| alone)
            }
            _ => None,
        })
        .find(|before| {
            let around = self::states(flow, &|node| node.step == before.step);
            around.at(place).is_none()
        })
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
        (StepKind::Branch { .. }, Sure::Always) => Some(
            Diagnostic::new(codes::S830, file, span, "This condition always holds.")
                .with_label("it decides nothing")
                .with_help("correct the condition, or remove it"),
        ),
        (StepKind::End { .. }, Sure::Always) => Some(
            Diagnostic::new(codes::S830, file, span, "What follows this never runs.")
                .with_label("its condition always holds here")
                .with_help("correct the condition, or remove what follows"),
        ),
        _ => None,
    }
}
