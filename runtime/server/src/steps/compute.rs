//! Evaluates an expression, off the threads that serve others: a pipeline over many rows takes a while.

use sophia_diagnostics::Problem;
use sophia_engine::{Report, StepCall};
use sophia_plan::{Expression, Stage, Value, evaluate};

use super::Ended;
use super::host::StepHost;
use super::predictor::StoredPredictors;
use crate::environment::Environment;
use crate::sheet::grouped;

/// Runs one compute step.
pub(super) fn run(environment: &Environment, call: &StepCall, expression: &Expression) -> Ended {
    let predictors = StoredPredictors(environment);
    let evaluated = tokio::task::block_in_place(|| {
        let host = StepHost::new(call, &predictors);
        evaluate(expression, &call.scope, &host)
    });
    ended(call, expression, evaluated)
}

/// The outcome of an evaluation, with the rows that came and went for a pipeline.
pub(crate) fn ended(
    call: &StepCall,
    expression: &Expression,
    evaluated: Result<Value, Problem>,
) -> Ended {
    let value = match evaluated {
        Ok(value) => value,
        Err(problem) => return Ended::permanent(problem),
    };
    let rows = size(&value);
    let note = match expression {
        Expression::Pipeline { source, stages } if stages.iter().any(narrows) => match &**source {
            Expression::Name(name) => call
                .scope
                .get(name)
                .and_then(size)
                .map(|of| format!("of {}", grouped(of))),
            _ => None,
        },
        _ => None,
    };
    Ended::done(
        value,
        Report {
            rows,
            note,
            ..Report::default()
        },
    )
}

fn narrows(stage: &Stage) -> bool {
    matches!(stage, Stage::Where(_) | Stage::Take { .. })
}

fn size(value: &Value) -> Option<u64> {
    match value {
        Value::Table(table) => Some(table.len() as u64),
        Value::List(items) => Some(items.len() as u64),
        _ => None,
    }
}
