//! Compares what a test expects with what its run did.

use sophia_engine::{RunDetail, RunOutcome};
use sophia_plan::json::to_json;
use sophia_plan::test::{Expectation, Test};
use sophia_plan::{Expression, Plan, Record, Scope, Value, evaluate};

use super::Failure;
use super::runner::{Called, TestRunner};

/// What a run left behind.
pub(super) struct Evidence<'a> {
    pub(super) plan: &'a Plan,
    pub(super) runner: &'a TestRunner,
    pub(super) inputs: &'a Record,
    pub(super) outcome: &'a RunOutcome,
    pub(super) detail: &'a RunDetail,
}

/// The expectations that were not met. A run that failed unexpectedly is itself one, told first.
pub(super) fn unmet(test: &Test, evidence: &Evidence<'_>) -> Vec<Failure> {
    let mut failures = Vec::new();
    let may_fail = test
        .expectations
        .iter()
        .any(|(expectation, _)| matches!(expectation, Expectation::Fails { .. }));
    if !may_fail && let Some(message) = failure_message(evidence.outcome) {
        failures.push(Failure {
            line: test.origin.line,
            expected: "the run to end well".to_owned(),
            came: message,
        });
    }
    for (expectation, origin) in &test.expectations {
        if let Some((expected, came)) = check(expectation, evidence) {
            failures.push(Failure {
                line: origin.line,
                expected,
                came,
            });
        }
    }
    failures
}

fn failure_message(outcome: &RunOutcome) -> Option<String> {
    match outcome {
        RunOutcome::Failed(failure) => Some(failure.message.to_string()),
        RunOutcome::Waiting(waits) => Some(
            waits
                .iter()
                .map(|wait| wait.reason.as_str())
                .collect::<Vec<_>>()
                .join(" "),
        ),
        _ => None,
    }
}

fn check(expectation: &Expectation, evidence: &Evidence<'_>) -> Option<(String, String)> {
    match expectation {
        Expectation::Called {
            tool,
            call,
            times,
            with,
        } => called(
            &format!("{tool}.{call}"),
            *times,
            with.as_ref(),
            evidence,
            |made| made.tool == *tool && made.call == *call,
        ),
        Expectation::Fails { message } => {
            let wanted = message.as_ref().and_then(|message| text(message, evidence));
            let expected = wanted.as_ref().map_or_else(
                || "the run to fail".to_owned(),
                |wanted| format!("the run to fail with \"{wanted}\""),
            );
            match failure_message(evidence.outcome) {
                None => Some((expected, "it ended well".to_owned())),
                Some(came)
                    if wanted
                        .as_ref()
                        .is_some_and(|wanted| !came.contains(wanted.as_str())) =>
                {
                    Some((expected, format!("it failed with \"{came}\"")))
                }
                Some(_) => None,
            }
        }
        Expectation::Holds(condition) => holds(condition, evidence),
    }
}

fn called(
    name: &str,
    times: u32,
    with: Option<&Expression>,
    evidence: &Evidence<'_>,
    is_it: impl Fn(&Called) -> bool,
) -> Option<(String, String)> {
    let wanted = match with.map(|with| evaluate(with, &scope(evidence), &evidence.runner.host())) {
        Some(Ok(Value::Record(record))) => Some(record),
        Some(Ok(_)) | None => None,
        Some(Err(problem)) => return Some((format!("{name} called"), problem.message)),
    };
    let made: Vec<_> = evidence.runner.calls().into_iter().filter(is_it).collect();
    let matching = made
        .iter()
        .filter(|call| {
            wanted.as_ref().is_none_or(|wanted| {
                wanted
                    .fields
                    .iter()
                    .all(|(name, value)| call.arguments.get(name) == Some(value))
            })
        })
        .count();
    if matching == times as usize {
        return None;
    }
    let shown = wanted
        .as_ref()
        .map(|wanted| format!(" with {}", show(wanted)))
        .unwrap_or_default();
    let came = match made.as_slice() {
        [] => format!("{name} never called"),
        [only] => {
            let arguments = wanted.as_ref().map_or_else(
                || show(&only.arguments),
                |wanted| show(&restricted(&only.arguments, wanted)),
            );
            format!("{name} called once with {arguments}")
        }
        several => format!(
            "{name} called {}{}",
            count(several.len()),
            match &wanted {
                Some(_) => format!(", {matching} of them so"),
                None => String::new(),
            }
        ),
    };
    Some((format!("{name} {}{shown}", expected_count(times)), came))
}

/// Only the fields that the expectation names, so that the difference stands out.
fn restricted(arguments: &Record, wanted: &Record) -> Record {
    let fields = wanted
        .fields
        .iter()
        .filter_map(|(name, _)| Some((name.clone(), arguments.get(name)?.clone())))
        .collect();
    Record { fields }
}

fn expected_count(times: u32) -> String {
    if times == 0 {
        "never called".to_owned()
    } else {
        format!("called {}", count(times as usize))
    }
}

fn count(times: usize) -> String {
    if times == 1 {
        "once".to_owned()
    } else {
        format!("{times} times")
    }
}

fn holds(condition: &Expression, evidence: &Evidence<'_>) -> Option<(String, String)> {
    let scope = scope(evidence);
    let host = evidence.runner.host();
    match evaluate(condition, &scope, &host) {
        Ok(Value::Boolean(true)) => None,
        Ok(_) => {
            // For a comparison, the two sides say more than the condition does.
            if let Expression::Binary { left, right, .. } = condition
                && let (Ok(left), Ok(right)) = (
                    evaluate(left, &scope, &host),
                    evaluate(right, &scope, &host),
                )
            {
                return Some((to_json(&right).to_string(), to_json(&left).to_string()));
            }
            Some(("the condition to hold".to_owned(), "it does not".to_owned()))
        }
        Err(problem) => Some(("the condition to hold".to_owned(), problem.message)),
    }
}

/// The inputs, and the results of the top-level steps by the names that they bind.
fn scope(evidence: &Evidence<'_>) -> Scope {
    let mut scope = Scope::default();
    for (name, value) in &evidence.inputs.fields {
        scope = scope.with(name.clone(), value.clone());
    }
    for step in evidence.plan.body.graph.node_weights() {
        let Some(name) = &step.binds else { continue };
        if let Some(value) = evidence
            .detail
            .steps
            .iter()
            .find(|taken| taken.key == step.name)
            .and_then(|taken| taken.value.clone())
        {
            scope = scope.with(name.clone(), value);
        }
    }
    scope
}

fn text(expression: &Expression, evidence: &Evidence<'_>) -> Option<String> {
    match evaluate(expression, &scope(evidence), &evidence.runner.host()) {
        Ok(Value::Text(text)) => Some(text.to_string()),
        _ => None,
    }
}

fn show(record: &Record) -> String {
    let fields: Vec<_> = record
        .fields
        .iter()
        .map(|(name, value)| format!("{name}: {}", to_json(value)))
        .collect();
    format!("{{ {} }}", fields.join(", "))
}
