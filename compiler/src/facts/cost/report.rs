//! Loops whose cost nothing bounds, each with the bound that is missing.

use rust_decimal::Decimal;
use sophia_diagnostics::{Diagnostic, codes};
use sophia_plan::plan::Plan;

use super::circle::Circle;
use super::count::OpenLoop;
use super::money::{about, at_most, grouped};
use super::runs_a_month;
use crate::facts::RunFacts;
use crate::places::Places;

/// The complaints about a playbook. `rows` gives the rows of a query at the last sync, by the name of
/// its size.
pub(crate) fn diagnostics(
    plan: &Plan,
    run: &RunFacts,
    places: &Places<'_>,
    rows: &dyn Fn(&str) -> Option<u64>,
) -> Vec<Diagnostic> {
    let mut diagnostics: Vec<Diagnostic> = (run.circle.iter())
        .map(|circle| in_a_circle(plan, circle, places))
        .collect();
    let costs = |open: &&OpenLoop| !open.calls.is_empty() || !open.runs.is_empty();
    for open in run.open.iter().filter(costs) {
        let repeats = open.sizes.iter().any(|size| size.starts_with("rounds("));
        let what = if repeats { "`repeat`" } else { "loop" };
        let span = places.source(open.stand.origin);
        let known: Vec<u64> = open.sizes.iter().filter_map(|size| rows(size)).collect();
        let label = match (known.as_slice(), repeats) {
            ([rows], _) => {
                format!(
                    "{} rows at the last sync, no limit",
                    grouped(&rows.to_string())
                )
            }
            (_, true) => "no `at most N times`".to_owned(),
            (_, false) => "no limit".to_owned(),
        };
        let mut diagnostic = Diagnostic::new(
            codes::S703,
            plan.file.clone(),
            span,
            format!("This {what} has no upper bound on cost."),
        )
        .with_label(label);
        let mut models = Vec::new();
        for (model, origin) in &open.calls {
            models.push(model.clone());
            let Some(call) = run.calls.get(model) else {
                continue;
            };
            if let Some(most) = call.most {
                let told = format!("up to {} a call", at_most(most));
                diagnostic = diagnostic.with_related(places.head(*origin), told);
            }
            for assumption in &call.assumptions {
                diagnostic = diagnostic.with_note(assumption.clone());
            }
        }
        for (playbook, origin) in &open.runs {
            let told = format!("each run of `{playbook}` costs too");
            diagnostic = diagnostic.with_related(places.head(*origin), told);
        }
        if let ([count], Some(cost)) = (known.as_slice(), run.cost(plan).at(rows)) {
            let mut told = format!(
                "at {} rows: {} a run",
                grouped(&count.to_string()),
                about(cost)
            );
            let runs: u64 = plan.schedules().map(runs_a_month).sum();
            if let Some(month) = cost.checked_mul(Decimal::from(runs))
                && runs > 0
            {
                told.push_str(&format!(", {} a month on this schedule", about(month)));
            }
            diagnostic = diagnostic.with_note(told);
        }
        let bound = if repeats {
            "`at most 10 times`"
        } else {
            "`| take 50`"
        };
        diagnostics.push(diagnostic.with_help(match models.first() {
            Some(model) if open.runs.is_empty() => {
                format!("add {bound}, or `budget $5 per run` to `{model}`")
            }
            _ => format!("add {bound}"),
        }));
    }
    diagnostics
}

/// Playbooks that run each other.
fn in_a_circle(plan: &Plan, circle: &Circle, places: &Places<'_>) -> Diagnostic {
    let way: Vec<String> = (circle.playbooks.iter())
        .chain(circle.playbooks.first())
        .map(|playbook| format!("`{playbook}`"))
        .collect();
    let whom = if circle.playbooks.len() == 1 {
        "itself"
    } else {
        "each other"
    };
    let others: Vec<String> = (circle.playbooks.iter())
        .map(|playbook| format!("`{playbook}`"))
        .collect();
    let origin = circle.origins.first().copied().unwrap_or_default();
    let mut diagnostic = Diagnostic::new(
        codes::S704,
        plan.file.clone(),
        places.head(origin),
        format!(
            "{} run {whom}, so nothing bounds what a run does and costs.",
            others.join(" and ")
        ),
    )
    .with_label("leads back here")
    .with_note(format!("the circle: {}", way.join(" → ")))
    .with_help(
        "let one of them be started by a schedule or an event, or end without running the next",
    );
    diagnostic.related.extend(circle.further.iter().cloned());
    diagnostic
}
