//! Which steps of a playbook its tests reach, and which written answers.

use std::collections::BTreeSet;
use std::sync::Arc;

use sophia_engine::{Report, StepDetail};
use sophia_plan::Plan;

use super::TestResult;

/// Who answers where no model did.
const OTHERWISE: &str = "otherwise";

/// What the tests of a playbook reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// How many steps and written answers there are.
    pub all: usize,
    /// Those that no test reaches, in the order of their lines.
    pub missed: Vec<Missed>,
}

/// A place that no test reaches.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missed {
    /// Its line.
    pub line: u32,
    /// Its column.
    pub column: u32,
    /// What stands there: `slack.post_message`, `otherwise of advise`.
    pub what: String,
}

/// What the tests of a playbook reach together.
#[must_use]
pub fn coverage(plan: &Plan, results: &[TestResult]) -> Coverage {
    let reached: BTreeSet<&str> = results
        .iter()
        .flat_map(|result| &result.reached)
        .map(|name| &**name)
        .collect();
    let mut coverage = Coverage::default();
    let mut look = |name: &str, missed: Missed| {
        coverage.all += 1;
        if !reached.contains(name) {
            coverage.missed.push(missed);
        }
    };
    for step in plan.steps() {
        look(
            &step.name,
            Missed {
                line: step.origin.line,
                column: step.origin.column,
                what: step.label.to_string(),
            },
        );
    }
    for (name, definition) in &plan.models {
        if let Some((_, origin)) = &definition.otherwise {
            look(
                &written_answer(name),
                Missed {
                    line: origin.line,
                    column: origin.column,
                    what: format!("otherwise of {name}"),
                },
            );
        }
    }
    coverage.missed.sort();
    coverage
}

/// What a step of a run reached: itself, and the written answer where that was taken.
pub(super) fn reached(detail: &StepDetail) -> Vec<Arc<str>> {
    let mut names = vec![super::step_name(&detail.key)];
    let answered_by = |report: &Report| report.answered_by.clone();
    if answered_by(&detail.report).as_deref() == Some(OTHERWISE)
        && let sophia_plan::StepKind::Work(sophia_plan::Work::Model { model, .. }) =
            &detail.step.kind
    {
        names.push(written_answer(model).into());
    }
    names
}

fn written_answer(model: &str) -> String {
    format!("{OTHERWISE} of {model}")
}
