//! The step runner: one file for each kind of work.
//!
//! Kept true here: arguments are evaluated from the step's scope alone, so that a repeated step asks the
//! same question; every outcome carries what a person would want to know about it.

mod command;
mod compute;
mod distinct;
mod file;
mod host;
mod metric;
mod model;
mod predictor;
mod query;
mod record;
mod search;
mod tool;

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use sophia_diagnostics::Problem;
use sophia_engine::{FailureKind, Report, RunDetail, StepCall, StepOutcome, StepRunner};
use sophia_plan::{StepKind, Value, Work};

use crate::environment::Environment;

pub(crate) use compute::ended as compute_ended;
pub(crate) use file::ended as file_ended;
pub(crate) use host::ClockHost;
pub use host::{PredictorSource, StepHost, zone};
pub(crate) use metric::{ended as metric_ended, points_of};
pub(crate) use model::written_answer;
pub(crate) use query::with_arguments;
pub(crate) use record::cells;
pub(crate) use search::{Wanted, narrowed};
pub(crate) use tool::{answer_json, answer_value, prepare};

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
            Work::Command { command, arguments } => {
                command::run(environment, &call, command, arguments).await
            }
            Work::Record {
                connection,
                table,
                rows,
                columns,
                key,
            } => {
                let target = record::Target {
                    connection,
                    table,
                    columns,
                    key,
                };
                record::run(environment, &call, &target, rows).await
            }
            Work::Metric { metric, reading } => {
                metric::run(environment, &call, metric, reading).await
            }
            Work::Distinct {
                connection,
                table,
                column,
            } => distinct::run(environment, &call, (connection, table, column)).await,
            Work::Search {
                knowledge,
                text,
                take,
                condition,
            } => {
                let wanted = search::Wanted {
                    text,
                    take: take.as_ref(),
                    condition: condition.as_ref(),
                };
                search::run(environment, &call, knowledge, &wanted).await
            }
            Work::FindMetrics { text, take } => {
                let wanted = search::Wanted {
                    text,
                    take: take.as_ref(),
                    condition: None,
                };
                search::find_metrics(environment, &call, &wanted).await
            }
            Work::ReadFile { path, row, .. } => file::run(environment, &call, path, row).await,
            // The engine does these itself.
            Work::Set { .. } | Work::State { .. } | Work::Emit { .. } | Work::Playbook { .. } => {
                Ended::permanent(not_yet(&call))
            }
        };
        outcome(ended, began)
    }

    fn takes_up(&self, detail: &RunDetail) {
        self.environment.restore_spending(detail);
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
            StepKind::Work(Work::Command { command, .. }) => {
                call.plan.commands.get(command).is_some_and(|definition| {
                    self.environment.effects.repeatable(&definition.connection)
                })
            }
            StepKind::Work(Work::Record { connection, .. }) => {
                self.environment.effects.repeatable(connection)
            }
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
