//! Writes rows into a table, once for each step.

use std::sync::Arc;

use sophia_data::{RecordRequest, WriteFailure};
use sophia_diagnostics::{Problem, codes};
use sophia_engine::{FailureKind, StepCall};
use sophia_plan::{Expression, Record, Value, evaluate};

use super::Ended;
use super::command::{ended, once};
use super::host::StepHost;
use super::predictor::StoredPredictors;
use crate::environment::Environment;

/// Where rows go.
pub(super) struct Target<'a> {
    pub(super) connection: &'a str,
    pub(super) table: &'a str,
    pub(super) columns: &'a [Arc<str>],
    pub(super) key: &'a [Arc<str>],
}

/// Runs one record step.
pub(super) async fn run(
    environment: &Environment,
    call: &StepCall,
    target: &Target<'_>,
    rows: &Expression,
) -> Ended {
    let rows = {
        let predictors = StoredPredictors(environment);
        let host = StepHost::new(call, &predictors);
        tokio::task::block_in_place(|| {
            evaluate(rows, &call.scope, &host).and_then(|value| cells(&value, target.columns))
        })
    };
    let rows = match rows {
        Ok(rows) => rows,
        Err(problem) => return Ended::permanent(problem),
    };
    let connection = target.connection;
    let source = match environment.connections.source(connection).await {
        Ok(source) => source,
        Err(problem) => return Ended::failed(problem, FailureKind::Transient),
    };
    let (memory, said) = match environment.effects.prepare(connection, &*source).await {
        Ok(prepared) => prepared,
        Err(problem) => return Ended::failed(problem, FailureKind::Transient),
    };
    let request = RecordRequest {
        table: target.table,
        columns: target.columns,
        rows: &rows,
        key: target.key,
        once: once(memory, call),
    };
    let mut written = source.record(&request).await;
    let no_table =
        matches!(&written, Err(WriteFailure { problem, .. }) if problem.code == codes::S918);
    if no_table {
        let made = environment
            .connections
            .make_missing(connection, target.table, &*source)
            .await;
        match made {
            Ok(true) => written = source.record(&request).await,
            Ok(false) => {}
            Err(problem) => written = Err(WriteFailure::permanent(problem)),
        }
    }
    ended(written, said, |_| Value::None)
}

/// The rows of a table, a list of records or one record, as values of the columns.
pub(crate) fn cells(rows: &Value, columns: &[Arc<str>]) -> Result<Vec<Vec<Value>>, Problem> {
    let row = |record: &Record| -> Vec<Value> {
        columns
            .iter()
            .map(|column| record.get(column).cloned().unwrap_or(Value::None))
            .collect()
    };
    match rows {
        Value::Table(table) => Ok(table.records().map(|record| row(&record)).collect()),
        Value::List(items) => items
            .iter()
            .map(|item| match item {
                Value::Record(record) => Ok(row(record)),
                other => Err(no_rows(other)),
            })
            .collect(),
        Value::Record(record) => Ok(vec![row(record)]),
        other => Err(no_rows(other)),
    }
}

fn no_rows(value: &Value) -> Problem {
    Problem::new(
        codes::S968,
        format!("The plan writes {} where rows belong.", value.kind()),
    )
    .with_help("compile the playbook again")
}
