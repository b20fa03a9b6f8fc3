//! Compares what a test expects with what its run did.

use std::sync::Arc;

use sophia_engine::{RunDetail, RunOutcome};
use sophia_plan::test::{Expectation, Line, Test};
use sophia_plan::{Block, Expression, Plan, Record, Scope, StepKind, Value, evaluate};

use super::Failure;
use super::runner::{Called, TestRunner};
use super::shown::{Shown, alike, compared, record, value_text};
use super::waited::{Named, named};

/// What a run left behind.
pub(super) struct Evidence<'a> {
    pub(super) plan: &'a Plan,
    pub(super) runner: &'a TestRunner,
    pub(super) inputs: &'a Record,
    pub(super) outcome: &'a RunOutcome,
    pub(super) detail: &'a RunDetail,
}

/// What was expected, and what came.
type Unmet = (String, Shown);

/// A run that failed, or still waits, where no line foresees it. A wait for time or an event that comes after what is
/// expected to have been done needs no line of its own; that a person is asked does.
pub(super) fn unforeseen(test: &Test, evidence: &Evidence<'_>) -> Option<Failure> {
    let is_then = |(line, _): &(Line, _)| matches!(line, Line::Then(_));
    let last = test.lines.iter().rposition(is_then).map_or(0, |at| at + 1);
    let after = test.lines.iter().skip(last);
    let foreseen = after.into_iter().any(|(line, _)| match line {
        Line::Expect(Expectation::Fails { .. }) => !waits(evidence.outcome),
        Line::Expect(Expectation::WaitsFor(_)) => waits(evidence.outcome),
        Line::Expect(Expectation::Called { times: 1.., .. } | Expectation::Before { .. }) => {
            waits_for_nobody(evidence.outcome)
        }
        _ => false,
    });
    if foreseen {
        return None;
    }
    not_well(evidence.outcome).map(|message| Failure {
        line: test.origin.line,
        expected: "the run to end well".to_owned(),
        came: Shown::plain(message),
    })
}

/// An expectation that is not met as the run stands.
pub(super) fn unmet(
    expectation: &Expectation,
    line: u32,
    evidence: &Evidence<'_>,
) -> Option<Failure> {
    check(expectation, evidence).map(|(expected, came)| Failure {
        line,
        expected,
        came,
    })
}

fn waits(outcome: &RunOutcome) -> bool {
    matches!(outcome, RunOutcome::Waiting(_))
}

fn waits_for_nobody(outcome: &RunOutcome) -> bool {
    match outcome {
        RunOutcome::Waiting(waits) => waits.iter().all(|wait| !wait.for_a_person),
        _ => false,
    }
}

/// Why a run did not end well, if it did not.
fn not_well(outcome: &RunOutcome) -> Option<String> {
    match outcome {
        RunOutcome::Failed(failure) => Some(failure.message.to_string()),
        RunOutcome::Waiting(waits) => Some(
            waits
                .iter()
                .map(|wait| wait.reason.as_str())
                .collect::<Vec<_>>()
                .join(" "),
        ),
        RunOutcome::Done | RunOutcome::Stopped(_) | RunOutcome::Cancelled => None,
    }
}

fn check(expectation: &Expectation, evidence: &Evidence<'_>) -> Option<Unmet> {
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
        Expectation::Before { first, second } => before(first, second, evidence),
        Expectation::WaitsFor(what) => waits_for(what, evidence),
        Expectation::Fails { message } => fails(message.as_ref(), evidence),
        Expectation::Holds(condition) => holds(condition, evidence),
    }
}

fn fails(message: Option<&Expression>, evidence: &Evidence<'_>) -> Option<Unmet> {
    let wanted = message.and_then(|message| text(message, evidence));
    let expected = wanted.as_ref().map_or_else(
        || "the run to fail".to_owned(),
        |wanted| format!("the run to fail with \"{wanted}\""),
    );
    match evidence.outcome {
        RunOutcome::Failed(failure) => {
            let came = failure.message.to_string();
            let other = wanted.is_some_and(|wanted| !came.contains(wanted.as_str()));
            other.then(|| (expected, Shown::plain(format!("it failed with \"{came}\""))))
        }
        RunOutcome::Stopped(reason) => Some((
            expected,
            Shown::plain(format!("it stopped with \"{reason}\"")),
        )),
        RunOutcome::Waiting(_) => {
            let reason = not_well(evidence.outcome).unwrap_or_default();
            Some((expected, Shown::plain(format!("it waits: {reason}"))))
        }
        RunOutcome::Done | RunOutcome::Cancelled => Some((expected, Shown::plain("it ended well"))),
    }
}

fn waits_for(what: &Expression, evidence: &Evidence<'_>) -> Option<Unmet> {
    let wanted = text(what, evidence).unwrap_or_default();
    let expected = format!("the run to wait for \"{wanted}\"");
    let came = match evidence.outcome {
        RunOutcome::Waiting(waits) => match named(&wanted, waits, evidence.detail) {
            Named::Met => return None,
            Named::Several(reasons) => format!(
                "several waits fit, so more of one has to be written: {}",
                reasons.join(" ")
            ),
            Named::Other => format!(
                "it waits: {}",
                not_well(evidence.outcome).unwrap_or_default()
            ),
        },
        RunOutcome::Failed(failure) => format!("it failed with \"{}\"", failure.message),
        RunOutcome::Done | RunOutcome::Stopped(_) | RunOutcome::Cancelled => {
            "it ended without waiting".to_owned()
        }
    };
    Some((expected, Shown::plain(came)))
}

fn before(
    first: &(Arc<str>, Arc<str>),
    second: &(Arc<str>, Arc<str>),
    evidence: &Evidence<'_>,
) -> Option<Unmet> {
    let calls = evidence.runner.calls();
    let at = |(tool, call): &(Arc<str>, Arc<str>)| {
        calls
            .iter()
            .position(|made| made.tool == *tool && made.call == *call)
    };
    let name = |(tool, call): &(Arc<str>, Arc<str>)| format!("{tool}.{call}");
    let expected = format!("{} before {}", name(first), name(second));
    let came = match (at(first), at(second)) {
        (Some(one), Some(other)) if one < other => return None,
        (Some(_), Some(_)) => {
            let mut shown = Shown::default();
            shown.push_differing(&format!("{} before {}", name(second), name(first)));
            shown
        }
        (None, _) => Shown::plain(format!("{} never called", name(first))),
        (_, None) => Shown::plain(format!("{} never called", name(second))),
    };
    Some((expected, came))
}

fn called(
    name: &str,
    times: u32,
    with: Option<&Expression>,
    evidence: &Evidence<'_>,
    is_it: impl Fn(&Called) -> bool,
) -> Option<Unmet> {
    let wanted = match with.map(|with| evaluate(with, &scope(evidence), &evidence.runner.host())) {
        Some(Ok(Value::Record(record))) => Some(record),
        Some(Ok(_)) | None => None,
        Some(Err(problem)) => {
            return Some((format!("{name} called"), Shown::plain(problem.message)));
        }
    };
    let made: Vec<_> = evidence.runner.calls().into_iter().filter(is_it).collect();
    let fits = |call: &Called| {
        wanted
            .as_ref()
            .is_none_or(|wanted| alike(&call.arguments, wanted) == wanted.fields.len())
    };
    let matching = made.iter().filter(|call| fits(call)).count();
    if matching == times as usize {
        return None;
    }
    let with_wanted = wanted
        .as_ref()
        .map(|wanted| format!(" with {}", record(wanted)))
        .unwrap_or_default();
    let expected = format!("{name} {}{with_wanted}", expected_count(times));
    // The call that comes nearest to what was expected says the most.
    let nearest = wanted
        .as_ref()
        .filter(|_| matching == 0)
        .and_then(|wanted| {
            made.iter()
                .max_by_key(|call| alike(&call.arguments, wanted))
        });
    let came = match (made.as_slice(), &wanted, nearest) {
        ([], _, _) => Shown::plain(format!("{name} never called")),
        ([_], Some(wanted), Some(only)) => compared(
            &format!("{name} called once with "),
            &only.arguments,
            wanted,
        ),
        (several, Some(wanted), Some(nearest)) => compared(
            &format!("{name} called {}, nearest with ", count(several.len())),
            &nearest.arguments,
            wanted,
        ),
        (_, _, _) => {
            let mut shown = Shown::plain(format!("{name} called "));
            shown.push_differing(&count(matching));
            shown.text.push_str(&with_wanted);
            shown
        }
    };
    Some((expected, came))
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

fn holds(condition: &Expression, evidence: &Evidence<'_>) -> Option<Unmet> {
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
                let came = match (&left, &right) {
                    (Value::Record(left), Value::Record(right)) => compared("", left, right),
                    _ => Shown::plain(value_text(&left)),
                };
                return Some((value_text(&right), came));
            }
            Some((
                "the condition to hold".to_owned(),
                Shown::plain("it does not"),
            ))
        }
        Err(problem) => Some((
            "the condition to hold".to_owned(),
            Shown::plain(problem.message),
        )),
    }
}

/// The inputs, the results of the top-level steps by the names that they bind, and the run's `result`.
fn scope(evidence: &Evidence<'_>) -> Scope {
    let mut scope = Scope::default();
    for (name, value) in &evidence.inputs.fields {
        scope = scope.with(name.clone(), value.clone());
    }
    scope = with_results(scope, &evidence.plan.body, evidence.detail);
    match &evidence.detail.result {
        Some(result) => scope.with("result", result.clone()),
        None => scope,
    }
}

/// What a block binds, and what each `together` in it does, which is seen behind it.
fn with_results(mut scope: Scope, block: &Block, detail: &RunDetail) -> Scope {
    for (_, step) in block.steps() {
        if let StepKind::Together { body } = &step.kind {
            scope = with_results(scope, body, detail);
        }
        let Some(name) = &step.binds else { continue };
        if let Some(value) = (detail.steps.iter())
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
