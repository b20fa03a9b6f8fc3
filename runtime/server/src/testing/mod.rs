//! `sophia test`: runs a playbook's tests with nothing outside touched.
//!
//! Kept true here: every query, model, predictor and tool is answered by the test, by the playbook's own
//! `otherwise`, or by a stand-in; the engine is the real one, on a journal in memory.

mod answers;
mod expectations;
mod runner;

use std::collections::BTreeSet;
use std::sync::Arc;

use sophia_compiler::{Playbook, Snapshot};
use sophia_diagnostics::Problem;
use sophia_engine::{Engine, RunRequest, SkippingClock, Store};
use sophia_plan::test::Test;
use sophia_plan::{Plan, Record, Scope, evaluate};

use expectations::Evidence;
use runner::TestRunner;

/// How one test went.
#[derive(Clone, Debug)]
pub struct TestResult {
    /// Its title.
    pub title: Arc<str>,
    /// The line it stands on.
    pub line: u32,
    /// What was expected and did not come; empty when it passed.
    pub failures: Vec<Failure>,
    /// The names of the steps that it reached.
    pub reached: BTreeSet<Arc<str>>,
    /// How long it took, in microseconds.
    pub micros: u64,
}

/// One unmet expectation.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The line of the expectation.
    pub line: u32,
    /// What was expected.
    pub expected: String,
    /// What came instead.
    pub came: String,
}

impl TestResult {
    /// Whether every expectation was met.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}

/// Runs every test of a playbook, in the order written.
///
/// # Errors
/// When the engine itself fails; an unmet expectation is a result, not an error.
pub async fn run_tests(
    playbook: &Playbook,
    snapshot: &Snapshot,
) -> Result<Vec<TestResult>, Problem> {
    let Some(plan) = &playbook.plan else {
        return Ok(Vec::new());
    };
    let mut results = Vec::new();
    for test in &playbook.tests {
        results.push(run_test(plan, test, snapshot).await?);
    }
    Ok(results)
}

async fn run_test(
    plan: &Arc<Plan>,
    test: &Test,
    snapshot: &Snapshot,
) -> Result<TestResult, Problem> {
    let began = std::time::Instant::now();
    let mut result = TestResult {
        title: test.title.clone(),
        line: test.origin.line,
        failures: Vec::new(),
        reached: BTreeSet::new(),
        micros: 0,
    };
    let runner = Arc::new(TestRunner::new(plan, test, snapshot)?);
    let inputs = match test_inputs(plan, test, &runner) {
        Ok(inputs) => inputs,
        Err(failure) => {
            result.failures.push(failure);
            return Ok(result);
        }
    };
    // Pauses between attempts pass at once: a test is not there to wait.
    let clock = Arc::new(SkippingClock::at(runner.now()));
    let engine = Engine::with_clock(Store::Memory, runner.clone(), clock).await?;
    let submitted = engine
        .submit(RunRequest {
            plan: plan.clone(),
            inputs: inputs.clone(),
            environment: "test".into(),
            delivery: None,
            at: runner.now(),
        })
        .await?;
    let outcome = engine.wait(&submitted.run).await?;
    let detail = engine.run(&submitted.run.0).await?;
    result.reached = detail
        .steps
        .iter()
        .map(|step| step_name(&step.key))
        .collect();
    let evidence = Evidence {
        plan,
        runner: &runner,
        inputs: &inputs,
        outcome: &outcome,
        detail: &detail,
    };
    result.failures = expectations::unmet(test, &evidence);
    engine.close().await;
    result.micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    Ok(result)
}

/// The inputs of `run with { … }`, and the playbook's defaults.
fn test_inputs(plan: &Plan, test: &Test, runner: &TestRunner) -> Result<Record, Failure> {
    let mut fields = Vec::new();
    for input in &plan.inputs {
        let given = test.inputs.iter().find(|(name, _)| *name == input.name);
        let value = match (given, &input.default) {
            (Some((_, expression)), _) => evaluate(expression, &Scope::default(), &runner.host())
                .map_err(|problem| Failure {
                line: test.origin.line,
                expected: format!("a value for the input `{}`", input.name),
                came: problem.message,
            })?,
            (None, Some(default)) => default.clone(),
            (None, None) => {
                return Err(Failure {
                    line: test.origin.line,
                    expected: format!("a value for the input `{}`", input.name),
                    came: format!("none: write `run with {{ {}: … }}`", input.name),
                });
            }
        };
        fields.push((input.name.clone(), value));
    }
    Ok(Record { fields })
}

/// A step's key without its loop items: `for each customer[3]/advice` is the step `for each customer/advice`.
#[must_use]
pub fn step_name(key: &str) -> Arc<str> {
    let mut name = String::with_capacity(key.len());
    let mut depth = 0_u32;
    for letter in key.chars() {
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => name.push(letter),
            _ => {}
        }
    }
    name.into()
}
