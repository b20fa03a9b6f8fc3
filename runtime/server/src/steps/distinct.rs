//! Reads the distinct values of a column.

use std::sync::Arc;

use sophia_data::{QueryRequest, quoted};
use sophia_engine::{FailureKind, Report, StepCall};
use sophia_plan::{FieldType, RecordType, Type, Value};

use super::Ended;
use crate::environment::Environment;

/// Runs one step that reads a column.
pub(super) async fn run(
    environment: &Environment,
    call: &StepCall,
    (connection, table, column): (&str, &str, &str),
) -> Ended {
    let Type::List(item) = &call.step.result else {
        return Ended::permanent(super::not_work(call));
    };
    let row = Arc::new(RecordType {
        name: None,
        fields: vec![FieldType::new("value", (**item).clone())],
    });
    let source = match environment.connections.source(connection).await {
        Ok(source) => source,
        Err(problem) => return Ended::failed(problem, FailureKind::Transient),
    };
    let column = quoted(column);
    let sql = format!(
        "select distinct {column} as value from {} where {column} is not null order by 1",
        source.table_name(table)
    );
    let request = QueryRequest {
        sql: &sql,
        parameters: &[],
        row: &row,
        at_most: None,
    };
    match source.query(&request).await {
        Ok(table) => {
            let values = table.values("value").unwrap_or_default();
            let report = Report {
                rows: Some(values.len() as u64),
                ..Report::default()
            };
            Ended::done(Value::List(Arc::new(values)), report)
        }
        Err(problem) => Ended::failed(problem, FailureKind::Transient),
    }
}
