//! Runs a declared command: a write in SQL, once for each step.

use std::sync::Arc;

use sophia_data::{Changed, CommandRequest, WriteFailure, WriteFailureKind};
use sophia_engine::{FailureKind, Report, StepCall};
use sophia_plan::{Expression, Record, Value, evaluate};

use super::Ended;
use super::host::StepHost;
use super::predictor::StoredPredictors;
use crate::environment::{Environment, Memory};

/// Runs one command step.
pub(super) async fn run(
    environment: &Environment,
    call: &StepCall,
    command: &str,
    arguments: &[(Arc<str>, Expression)],
) -> Ended {
    let Some(definition) = call.plan.commands.get(command) else {
        return Ended::permanent(super::not_work(call));
    };
    let parameters = {
        let predictors = StoredPredictors(environment);
        let host = StepHost::new(call, &predictors);
        super::with_arguments(&call.scope, arguments, &host).and_then(|scope| {
            definition
                .holes
                .iter()
                .map(|hole| evaluate(hole, &scope, &host))
                .collect::<Result<Vec<_>, _>>()
        })
    };
    let parameters = match parameters {
        Ok(parameters) => parameters,
        Err(problem) => return Ended::permanent(problem),
    };
    let connection = &definition.connection;
    let source = match environment.connections.source(connection).await {
        Ok(source) => source,
        Err(problem) => return Ended::failed(problem, FailureKind::Transient),
    };
    let (memory, said) = match environment.effects.prepare(connection, &*source).await {
        Ok(prepared) => prepared,
        Err(problem) => return Ended::failed(problem, FailureKind::Transient),
    };
    let written = source
        .command(&CommandRequest {
            sql: &definition.sql,
            parameters: &parameters,
            row: definition.row.as_ref(),
            at_most: definition.at_most,
            once: once(memory, call),
        })
        .await;
    ended(written, said, |changed| {
        let rows = Value::Integer(i64::try_from(changed.rows).unwrap_or(i64::MAX));
        let mut fields = vec![(Arc::from("rows"), rows)];
        let returned = changed.returned.clone();
        fields.extend(returned.map(|table| (Arc::from("returned"), Value::Table(table))));
        Value::Record(Arc::new(Record { fields }))
    })
}

/// The key under which a write happens once, where the connection remembers it.
pub(super) fn once(memory: Memory, call: &StepCall) -> Option<&str> {
    (memory == Memory::Keeps).then_some(&*call.idempotency_key)
}

/// How a write ended. `said` is what a person should know about its connection.
pub(super) fn ended(
    written: Result<Changed, WriteFailure>,
    said: Option<String>,
    value: impl FnOnce(&Changed) -> Value,
) -> Ended {
    match written {
        Ok(changed) => {
            let before = changed
                .before
                .then(|| "had happened before the program stopped".to_owned());
            let report = Report {
                rows: Some(changed.rows),
                note: said.or(before),
                ..Report::default()
            };
            Ended::done(value(&changed), report)
        }
        Err(failure) => Ended {
            result: Err((failure.problem, kind(failure.kind))),
            report: Report {
                note: said,
                ..Report::default()
            },
        },
    }
}

fn kind(kind: WriteFailureKind) -> FailureKind {
    match kind {
        WriteFailureKind::Transient => FailureKind::Transient,
        WriteFailureKind::Permanent => FailureKind::Permanent,
        WriteFailureKind::Unknown => FailureKind::Unknown,
    }
}
