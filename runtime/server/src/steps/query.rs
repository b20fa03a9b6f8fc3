//! Reads a declared query from its connection.

use std::sync::Arc;

use sophia_data::QueryRequest;
use sophia_diagnostics::Problem;
use sophia_engine::{FailureKind, Report, StepCall};
use sophia_plan::step::QueryDefinition;
use sophia_plan::{Expression, Host, Scope, Table, Value, evaluate};

use super::Ended;
use super::host::StepHost;
use super::predictor::StoredPredictors;
use crate::environment::Environment;

/// Runs one query step.
pub(super) async fn run(
    environment: &Environment,
    call: &StepCall,
    query: &str,
    arguments: &[(Arc<str>, Expression)],
) -> Ended {
    let Some(definition) = call.plan.queries.get(query) else {
        return Ended::permanent(super::not_work(call));
    };
    let predictors = StoredPredictors(environment);
    let scope = {
        let host = StepHost::new(call, &predictors);
        match with_arguments(&call.scope, arguments, &host) {
            Ok(scope) => scope,
            Err(problem) => return Ended::permanent(problem),
        }
    };
    match read(environment, call, definition, &scope).await {
        Ok(table) => {
            let report = Report {
                rows: Some(table.len() as u64),
                ..Report::default()
            };
            Ended::done(Value::Table(table), report)
        }
        Err(problem) => Ended::failed(problem, FailureKind::Transient),
    }
}

/// Reads a definition with the names of `scope` in its holes.
pub(super) async fn read(
    environment: &Environment,
    call: &StepCall,
    definition: &QueryDefinition,
    scope: &Scope,
) -> Result<Table, Problem> {
    let parameters = {
        let predictors = StoredPredictors(environment);
        let host = StepHost::new(call, &predictors);
        definition
            .holes
            .iter()
            .map(|hole| evaluate(hole, scope, &host))
            .collect::<Result<Vec<_>, _>>()?
    };
    let source = environment
        .connections
        .source(&definition.connection)
        .await?;
    source
        .query(&QueryRequest {
            sql: &definition.sql,
            parameters: &parameters,
            row: &definition.row,
            at_most: definition.at_most,
        })
        .await
}

/// `scope` with the arguments under their parameters' names.
pub(crate) fn with_arguments(
    scope: &Scope,
    arguments: &[(Arc<str>, Expression)],
    host: &dyn Host,
) -> Result<Scope, Problem> {
    arguments
        .iter()
        .try_fold(scope.clone(), |inner, (name, argument)| {
            Ok(inner.with(name.clone(), evaluate(argument, scope, host)?))
        })
}
