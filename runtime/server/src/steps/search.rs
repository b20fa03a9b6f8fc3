//! Searches a body of knowledge, and the declared metrics, by the words of a question.

use std::sync::Arc;

use sophia_diagnostics::Problem;
use sophia_engine::{FailureKind, Report, StepCall};
use sophia_plan::{
    Expression, Host, Record, RecordType, Stage, Table, Type, Value, evaluate, to_json,
};

use super::Ended;
use super::host::StepHost;
use super::metric::{latest, points};
use super::predictor::StoredPredictors;
use crate::environment::Environment;
use crate::lexical::Index;

/// What is looked for, and how many are wanted.
pub(crate) struct Wanted<'a> {
    pub(crate) text: &'a Expression,
    pub(crate) take: Option<&'a Expression>,
    pub(crate) condition: Option<&'a Expression>,
}

/// Runs one step that searches a body of knowledge.
pub(super) async fn run(
    environment: &Environment,
    call: &StepCall,
    knowledge: &str,
    wanted: &Wanted<'_>,
) -> Ended {
    let Type::Table(row) = &call.step.result else {
        return Ended::permanent(super::not_work(call));
    };
    let index = match environment
        .knowledge
        .index(&call.run, knowledge, &environment.connections)
        .await
    {
        Ok(index) => index,
        Err(problem) => return Ended::failed(problem, FailureKind::Transient),
    };
    let predictors = StoredPredictors(environment);
    let host = StepHost::new(call, &predictors);
    match found(call, row, &index, wanted, &host) {
        Ok(value) => {
            let report = Report {
                rows: rows(&value),
                note: environment.knowledge.note(knowledge),
                ..Report::default()
            };
            Ended::done(value, report)
        }
        Err(problem) => Ended::permanent(problem),
    }
}

/// The passages that share words with the text, the best first.
fn found(
    call: &StepCall,
    row: &Arc<RecordType>,
    index: &Index,
    wanted: &Wanted<'_>,
    host: &dyn Host,
) -> Result<Value, Problem> {
    let text = text(call, wanted.text, host)?;
    let records: Vec<_> = index
        .search(&text)
        .into_iter()
        .map(|(passage, score)| {
            Arc::new(Record {
                fields: vec![
                    (Arc::from("id"), Value::Text(passage.id.as_str().into())),
                    (Arc::from("text"), Value::Text(passage.text.as_str().into())),
                    (Arc::from("score"), Value::Number(score)),
                ],
            })
        })
        .collect();
    let table = Table::from_records(row.clone(), &records)?;
    narrowed(call, table, wanted, host)
}

/// The passages that are wanted of those that were found.
pub(crate) fn narrowed(
    call: &StepCall,
    table: Table,
    wanted: &Wanted<'_>,
    host: &dyn Host,
) -> Result<Value, Problem> {
    let mut stages = Vec::new();
    stages.extend(wanted.condition.cloned().map(Stage::Where));
    stages.extend(wanted.take.cloned().map(|count| Stage::Take {
        count,
        per: Vec::new(),
    }));
    let source = Box::new(Expression::Constant(Value::Table(table)));
    evaluate(&Expression::Pipeline { source, stages }, &call.scope, host)
}

/// Runs one step that looks for metrics.
pub(super) async fn find_metrics(
    environment: &Environment,
    call: &StepCall,
    wanted: &Wanted<'_>,
) -> Ended {
    let Type::Table(row) = &call.step.result else {
        return Ended::permanent(super::not_work(call));
    };
    let names = {
        let predictors = StoredPredictors(environment);
        named(call, wanted, &StepHost::new(call, &predictors))
    };
    let names = match names {
        Ok(names) => names,
        Err(problem) => return Ended::permanent(problem),
    };
    let mut records = Vec::with_capacity(names.len());
    for name in names {
        let Some(definition) = call.plan.metrics.get(&*name) else {
            continue;
        };
        let points = match points(environment, call, &name, definition).await {
            Ok(points) => points,
            Err(problem) => return Ended::failed(problem, FailureKind::Transient),
        };
        let predictors = StoredPredictors(environment);
        // A metric without a value yet is found all the same.
        let value = latest(
            &name,
            definition,
            &points,
            &StepHost::new(call, &predictors),
        )
        .unwrap_or(Value::None);
        records.push(Arc::new(found_metric(
            &name,
            &value,
            definition.documentation.as_deref(),
        )));
    }
    match Table::from_records(row.clone(), &records) {
        Ok(table) => {
            let value = Value::Table(table);
            let report = Report {
                rows: rows(&value),
                ..Report::default()
            };
            Ended::done(value, report)
        }
        Err(problem) => Ended::permanent(problem),
    }
}

fn found_metric(name: &str, value: &Value, documentation: Option<&str>) -> Record {
    Record {
        fields: vec![
            (Arc::from("name"), Value::Text(name.into())),
            (
                Arc::from("value"),
                Value::Json(to_json(value).to_string().into()),
            ),
            (
                Arc::from("description"),
                Value::Text(documentation.unwrap_or_default().into()),
            ),
        ],
    }
}

/// The names of the plan's metrics that fit, the best first.
fn named(call: &StepCall, wanted: &Wanted<'_>, host: &dyn Host) -> Result<Vec<String>, Problem> {
    let text = text(call, wanted.text, host)?;
    let index = Index::new(call.plan.metrics.iter().map(|(name, definition)| {
        let words = name.replace(['_', '.'], " ");
        let documentation = definition.documentation.as_deref().unwrap_or_default();
        (name.to_string(), format!("{words} {documentation}"))
    }));
    let count = match wanted.take {
        Some(take) => match evaluate(take, &call.scope, host)? {
            Value::Integer(count) => usize::try_from(count).unwrap_or(0),
            _ => return Err(super::not_work(call)),
        },
        None => usize::MAX,
    };
    let found = index.search(&text).into_iter().take(count);
    Ok(found.map(|(passage, _)| passage.id.clone()).collect())
}

fn text(call: &StepCall, text: &Expression, host: &dyn Host) -> Result<Arc<str>, Problem> {
    match evaluate(text, &call.scope, host)? {
        Value::Text(text) => Ok(text),
        _ => Err(super::not_work(call)),
    }
}

fn rows(value: &Value) -> Option<u64> {
    match value {
        Value::Table(table) => Some(table.len() as u64),
        _ => None,
    }
}
