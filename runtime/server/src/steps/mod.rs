//! The step runner: one file for each kind of work.
//!
//! Kept true here: arguments are evaluated from the step's scope alone, so that a repeated step asks the
//! same question; every outcome carries what a person would want to know about it.

mod compute;
mod host;
mod model;
mod predictor;
mod query;
mod tool;

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use sophia_diagnostics::Problem;
use sophia_engine::{FailureKind, Report, StepCall, StepOutcome, StepRunner};
use sophia_plan::{StepKind, Value, Work};

use crate::environment::Environment;

pub(crate) use compute::ended as compute_ended;
pub(crate) use host::ClockHost;
pub use host::{PredictorSource, StepHost, zone};
pub(crate) use model::written_answer;
pub(crate) use query::with_arguments;
pub(crate) use tool::{answer_value, prepare};

/// Runs steps against the live adapters of an environment.
pub struct EnvironmentRunner {
    environment: Arc<Environment>,
}

impl EnvironmentRunner {
    /// A runner over an environment.
    #[must_use]
    pub fn new(environment: Arc<Environment>) -> Self {
        Self { environment }
    }
}

/// How a step ended, before its time is noted.
pub(crate) struct Ended {
    pub(crate) result: Result<Value, (Problem, FailureKind)>,
    pub(crate) report: Report,
}

impl Ended {
    pub(crate) fn done(value: Value, report: Report) -> Self {
        Self {
            result: Ok(value),
            report,
        }
    }

    pub(crate) fn failed(problem: Problem, kind: FailureKind) -> Self {
        Self {
            result: Err((problem, kind)),
            report: Report::default(),
        }
    }

    /// A failure that will be the same next time.
    pub(crate) fn permanent(problem: Problem) -> Self {
        Self::failed(problem, FailureKind::Permanent)
    }
}

#[async_trait]
impl StepRunner for EnvironmentRunner {
    async fn run(&self, call: StepCall) -> StepOutcome {
        let began = Instant::now();
        let StepKind::Work(work) = &call.step.kind else {
            return outcome(Ended::permanent(not_work(&call)), began);
        };
        let environment = &self.environment;
        let ended = match work {
            Work::Query { query, arguments } => {
                query::run(environment, &call, query, arguments).await
            }
            Work::Predictor { predictor } => predictor::run(environment, &call, predictor).await,
            Work::Compute { expression } => compute::run(environment, &call, expression),
            Work::Model { model, arguments } => {
                model::run(environment, &call, model, arguments).await
            }
            Work::Tool {
                tool,
                wire_name,
                arguments,
                ..
            } => tool::run(environment, &call, tool, wire_name, arguments).await,
            _ => Ended::permanent(not_yet(&call)),
        };
        outcome(ended, began)
    }

    fn repeatable(&self, call: &StepCall) -> bool {
        match &call.step.kind {
            StepKind::Work(Work::Tool {
                tool,
                call,
                wire_name,
                effect: true,
                ..
            }) => self.environment.servers.repeatable(tool, call, wire_name),
            _ => true,
        }
    }
}

/// Notes the time and takes the engine's shape.
pub(crate) fn outcome(ended: Ended, began: Instant) -> StepOutcome {
    let mut report = ended.report;
    report.micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    match ended.result {
        Ok(value) => StepOutcome::Done { value, report },
        Err((problem, kind)) => StepOutcome::Failed {
            problem,
            kind,
            report,
        },
    }
}

/// Work that is checked, and that no adapter does yet.
pub(crate) fn not_yet(call: &StepCall) -> Problem {
    Problem::new(
        sophia_diagnostics::codes::S992,
        format!(
            "The step {} is checked, and running it is not there yet.",
            call.step.name
        ),
    )
}

pub(crate) fn not_work(call: &StepCall) -> Problem {
    Problem::new(
        sophia_diagnostics::codes::S928,
        format!("The step {} is not work for a runner.", call.step.name),
    )
}
