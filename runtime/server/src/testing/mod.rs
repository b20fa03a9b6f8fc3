//! `sophia test`: runs a playbook's tests with nothing outside touched.
//!
//! Kept true here: every query, model, predictor and tool is answered by the test, by the playbook's own
//! `otherwise`, or by a stand-in; the engine is the real one, on a journal in memory.

mod answers;
mod coverage;
mod expectations;
mod outside;
mod play;
mod runner;
mod shown;
mod waited;

use std::collections::BTreeSet;
use std::sync::Arc;

use sophia_compiler::{Playbook, Snapshot};
use sophia_diagnostics::{Problem, codes};
use sophia_engine::journal::MemoryJournal;
use sophia_engine::{Engine, MovedClock, RunDetail, RunOutcome, RunRequest};
use sophia_plan::test::{Line, Test};
use sophia_plan::{Expression, Plan, Record, Scope, evaluate};
use tokio::sync::Semaphore;

use crate::environment::{PinnedCalls, pinned_calls};
use crate::run::Plans;
use crate::steps::zone;
use expectations::Evidence;
use play::Play;
use runner::TestRunner;

pub use coverage::{Coverage, Missed, coverage};
pub use shown::Shown;

/// The environment of every test.
const ENVIRONMENT: &str = "test";

/// How one test went.
#[derive(Clone, Debug)]
pub struct TestResult {
    /// Its title.
    pub title: Arc<str>,
    /// The line it stands on.
    pub line: u32,
    /// What was expected and did not come; empty when it passed.
    pub failures: Vec<Failure>,
    /// Why it could not be played: a line of it needs what is not there yet, or gives what cannot be.
    pub not_played: Option<Problem>,
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
    pub came: Shown,
}

impl TestResult {
    /// That of a test of which nothing is known yet.
    fn of(test: &Test) -> Self {
        Self {
            title: test.title.clone(),
            line: test.origin.line,
            failures: Vec::new(),
            not_played: None,
            reached: BTreeSet::new(),
            micros: 0,
        }
    }

    /// Whether every expectation was met.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failures.is_empty() && self.not_played.is_none()
    }
}

/// What every test of a project shares.
struct Shared {
    snapshot: Snapshot,
    pinned: Arc<PinnedCalls>,
    /// What steps that run other playbooks find.
    plans: Arc<Plans>,
    /// As many tests run at once as there are processors.
    places: Semaphore,
}

/// Runs every test of some playbooks side by side. The results stand in the order of the playbooks, and of
/// the tests as they are written.
///
/// # Errors
/// When the engine itself fails; an unmet expectation is a result, not an error.
pub async fn run_tests(
    playbooks: &[&Playbook],
    snapshot: &Snapshot,
) -> Result<Vec<Vec<TestResult>>, Problem> {
    let places = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let shared = Arc::new(Shared {
        snapshot: snapshot.clone(),
        pinned: Arc::new(pinned_calls(&snapshot.catalogue)),
        plans: Arc::new(Plans::of(playbooks.iter().copied())),
        places: Semaphore::new(places),
    });
    let mut running = Vec::with_capacity(playbooks.len());
    for playbook in playbooks {
        let mut of_playbook = Vec::new();
        for test in &playbook.tests {
            let Some(plan) = playbook.plan.clone() else {
                continue;
            };
            let (test, shared) = (test.clone(), shared.clone());
            of_playbook.push(tokio::spawn(async move {
                // The places are never closed, so one comes free.
                let _place = shared.places.acquire().await;
                let shared = shared.clone();
                tokio::task::spawn_blocking(move || alone(&plan, &test, &shared))
                    .await
                    .map_err(broke_off)?
            }));
        }
        running.push(of_playbook);
    }
    let mut results = Vec::with_capacity(running.len());
    for of_playbook in running {
        let mut of_one = Vec::with_capacity(of_playbook.len());
        for test in of_playbook {
            of_one.push(test.await.map_err(broke_off)??);
        }
        results.push(of_one);
    }
    Ok(results)
}

/// Plays one test on one thread: what happens side by side in a run comes in the same order each time. What is wrong with
/// one test is told with that test, and hides no other.
fn alone(plan: &Arc<Plan>, test: &Test, shared: &Shared) -> Result<TestResult, Problem> {
    let thread = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(broke_off)?;
    let played = thread.block_on(run_test(plan, test, shared));
    Ok(played.unwrap_or_else(|problem| TestResult {
        not_played: Some(problem),
        ..TestResult::of(test)
    }))
}

fn broke_off(why: impl std::fmt::Display) -> Problem {
    Problem::new(codes::S872, "A test broke off inside the program.").because(why)
}

async fn run_test(plan: &Arc<Plan>, test: &Test, shared: &Shared) -> Result<TestResult, Problem> {
    let began = std::time::Instant::now();
    let mut result = TestResult::of(test);
    let runner = Arc::new(TestRunner::new(
        plan,
        test,
        &shared.snapshot,
        shared.pinned.clone(),
    )?);
    let inputs = match test_inputs(plan, test, &runner) {
        Ok(inputs) => inputs,
        Err(failure) => {
            result.failures.push(failure);
            return Ok(result);
        }
    };
    // Pauses between attempts pass at once; other time when a line of the test says so.
    let clock = Arc::new(MovedClock::at(runner.now()));
    let journal = MemoryJournal::new();
    journal.keep(runner.states(plan, ENVIRONMENT)?);
    let engine = Engine::over(Arc::new(journal), runner.clone(), clock.clone());
    engine.follow(shared.plans.clone());
    let submitted = engine
        .submit(RunRequest {
            plan: plan.clone(),
            inputs: inputs.clone(),
            environment: ENVIRONMENT.into(),
            delivery: None,
            at: runner.now(),
            brought: None,
        })
        .await;
    let submitted = match submitted {
        Err(problem) if problem.code == codes::S964 => {
            result.failures.push(Failure {
                line: test.origin.line,
                expected: "what the run begins with".to_owned(),
                came: Shown::plain(problem.message),
            });
            return Ok(result);
        }
        submitted => submitted?,
    };
    let groups = &shared.snapshot.manifest.groups;
    let mut play = Play {
        engine: &engine,
        clock: &clock,
        runner: &runner,
        run: &submitted.run,
        zone: zone(&plan.zone),
        members: &|group| groups.get(group).cloned().unwrap_or_default(),
        arrivals: 0,
    };
    let stage = Stage {
        plan,
        runner: &runner,
        inputs: &inputs,
    };
    play_lines(test, &mut play, &stage, &mut result).await?;
    engine.close().await;
    result.micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    Ok(result)
}

/// What expectations are held against, besides the run.
struct Stage<'a> {
    plan: &'a Plan,
    runner: &'a TestRunner,
    inputs: &'a Record,
}

/// Plays what happens and looks at what is expected, line by line as they are written.
async fn play_lines(
    test: &Test,
    play: &mut Play<'_>,
    stage: &Stage<'_>,
    result: &mut TestResult,
) -> Result<(), Problem> {
    let mut outcome = play.rest().await?;
    let mut detail = play.engine.run(&play.run.0).await?;
    for (line, origin) in &test.lines {
        match line {
            Line::Then(happening) => {
                if !matches!(outcome, RunOutcome::Waiting(_)) {
                    result.not_played = Some(too_late(origin.line));
                    break;
                }
                result
                    .failures
                    .extend(play.happens(happening, origin.line).await?);
                outcome = play.rest().await?;
                detail = play.engine.run(&play.run.0).await?;
            }
            Line::Expect(expectation) => {
                let evidence = stage.evidence(&outcome, &detail);
                let unmet = expectations::unmet(expectation, origin.line, &evidence);
                result.failures.extend(unmet);
            }
        }
    }
    result.reached = detail.steps.iter().flat_map(coverage::reached).collect();
    // How a run ended that nobody foresaw says the most, and is told first.
    let unforeseen = expectations::unforeseen(test, &stage.evidence(&outcome, &detail));
    if result.not_played.is_none()
        && let Some(unforeseen) = unforeseen
    {
        result.failures.insert(0, unforeseen);
    }
    Ok(())
}

impl<'a> Stage<'a> {
    fn evidence(&self, outcome: &'a RunOutcome, detail: &'a RunDetail) -> Evidence<'a> {
        Evidence {
            plan: self.plan,
            runner: self.runner,
            inputs: self.inputs,
            outcome,
            detail,
        }
    }
}

fn too_late(line: u32) -> Problem {
    Problem::new(
        codes::S871,
        format!("The `then` in line {line} never came: the run had ended before."),
    )
    .with_help("look at what the run should have waited for")
}

/// The inputs of `run with { … }`, and the playbook's defaults.
fn test_inputs(plan: &Plan, test: &Test, runner: &TestRunner) -> Result<Record, Failure> {
    let mut fields = Vec::new();
    let value = |name: &str, expression: &Expression| {
        evaluate(expression, &Scope::default(), &runner.host()).map_err(|problem| Failure {
            line: test.origin.line,
            expected: format!("a value for `{name}`"),
            came: Shown::plain(problem.message),
        })
    };
    let (binding, filled) = match plan.triggers.as_slice() {
        [trigger] => (trigger.binding.as_ref(), trigger.with.as_slice()),
        _ => (None, [].as_slice()),
    };
    let brought = binding.and_then(|binding| test.inputs.iter().find(|(name, _)| name == binding));
    if let Some((name, expression)) = brought {
        fields.push((name.clone(), value(name, expression)?));
    }
    for input in &plan.inputs {
        let given = test.inputs.iter().find(|(name, _)| *name == input.name);
        let fills = brought.is_some() && filled.iter().any(|(name, _)| *name == input.name);
        if given.is_none() && fills {
            // The trigger fills it from what it brought.
            continue;
        }
        let value = match (given, &input.default) {
            (Some((name, expression)), _) => value(name, expression)?,
            (None, Some(default)) => default.clone(),
            (None, None) => {
                return Err(Failure {
                    line: test.origin.line,
                    expected: format!("a value for the input `{}`", input.name),
                    came: Shown::plain(format!("none: write `run with {{ {}: … }}`", input.name)),
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
