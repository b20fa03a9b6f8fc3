//! Reads a declared metric: a series over a window of time, or its newest value.
//!
//! Kept true here: a value that is missing is no value; values of several dimensions become one as the
//! metric says; a figure that its source knows for now only is read once a period and kept.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use sophia_diagnostics::{Problem, codes};
use sophia_engine::{FailureKind, Report, StepCall};
use sophia_plan::expression::Function;
use sophia_plan::step::{MetricDefinition, MetricReading};
use sophia_plan::{
    Expression, Host, Record, RecordType, Scope, Table, Type, Value, convert, evaluate,
};

use super::Ended;
use super::host::StepHost;
use super::predictor::StoredPredictors;
use crate::environment::{Environment, Snapshot};

/// The column of a series that says when a kept figure was read.
const READ_AT: &str = "at";

/// Runs one step that reads a metric.
pub(super) async fn run(
    environment: &Environment,
    call: &StepCall,
    metric: &str,
    reading: &MetricReading,
) -> Ended {
    let Some(definition) = call.plan.metrics.get(metric) else {
        return Ended::permanent(super::not_work(call));
    };
    let points = match points(environment, call, metric, definition).await {
        Ok(points) => points,
        Err(problem) => return Ended::failed(problem, FailureKind::Transient),
    };
    let predictors = StoredPredictors(environment);
    let host = StepHost::new(call, &predictors);
    ended(call, metric, &points, reading, &host)
}

/// What a step gives of the values that there are.
pub(crate) fn ended(
    call: &StepCall,
    metric: &str,
    points: &[Point],
    reading: &MetricReading,
    host: &dyn Host,
) -> Ended {
    let Some(definition) = call.plan.metrics.get(metric) else {
        return Ended::permanent(super::not_work(call));
    };
    let read = match reading {
        MetricReading::Latest => latest(metric, definition, points, host),
        MetricReading::Over { window, by } => series(call, definition, points, (window, by), host),
    };
    match read {
        Ok(value) => {
            let rows = match &value {
                Value::Table(table) => table.len(),
                _ => points.len(),
            };
            Ended::done(
                value,
                Report {
                    rows: Some(rows as u64),
                    ..Report::default()
                },
            )
        }
        Err(problem) => Ended::permanent(problem),
    }
}

/// One value of a metric.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    /// A date or an instant.
    when: Value,
    /// Its dimensions, as they are declared.
    row: Arc<Record>,
    value: Value,
}

/// Every value that there is.
pub(super) async fn points(
    environment: &Environment,
    call: &StepCall,
    metric: &str,
    definition: &MetricDefinition,
) -> Result<Vec<Point>, Problem> {
    let Some(often) = &definition.snapshot else {
        let table = super::query::read(environment, call, &definition.source, &call.scope).await?;
        return Ok(of_rows(&table, definition, |record| {
            let time = definition.time.as_deref()?;
            record.get(time).cloned()
        }));
    };
    // A metric of a module is shared; a playbook's own is its own.
    let name = if metric.contains('.') {
        metric.to_owned()
    } else {
        format!("{}.{metric}", call.plan.playbook)
    };
    let zone = super::zone(&call.plan.zone);
    let period = |at: Timestamp| period(often, at.to_zoned(zone.clone()).datetime());
    let mut kept = environment.snapshots.lock(&name).await?;
    let has_one = kept
        .all()
        .last()
        .is_some_and(|last| period(last.at) == period(call.now));
    if !has_one {
        let rows = super::query::read(environment, call, &definition.source, &call.scope).await?;
        kept.add(Snapshot { at: call.now, rows })?;
    }
    let row = &definition.source.row;
    let mut all = Vec::new();
    for snapshot in kept.of(row)? {
        let at = Value::Timestamp(snapshot.at);
        all.extend(of_rows(&snapshot.rows, definition, |_| Some(at.clone())));
    }
    Ok(all)
}

/// The values of a series with all its dimensions.
pub(crate) fn points_of(table: &Table, definition: &MetricDefinition) -> Vec<Point> {
    let time = definition.time.as_deref().unwrap_or(READ_AT);
    of_rows(table, definition, |record| record.get(time).cloned())
}

fn of_rows(
    table: &Table,
    definition: &MetricDefinition,
    when: impl Fn(&Record) -> Option<Value>,
) -> Vec<Point> {
    table
        .records()
        .filter_map(|row| {
            let when = when(&row).filter(|when| !when.is_none())?;
            let value = row.get("value").filter(|value| !value.is_none())?;
            let value = measured(value, &definition.of);
            Some(Point { when, row, value })
        })
        .collect()
}

/// A value of the source as the metric's type.
fn measured(value: &Value, of: &Type) -> Value {
    match (value, of) {
        (Value::Decimal(decimal), Type::Number) => decimal
            .to_string()
            .parse()
            .map_or_else(|_| value.clone(), Value::Number),
        (Value::Number(number), Type::Decimal) => number
            .to_string()
            .parse()
            .map_or_else(|_| value.clone(), Value::Decimal),
        _ => convert(value, of).unwrap_or_else(|_| value.clone()),
    }
}

/// The period in which an instant lies: the same text for all of its instants.
fn period(often: &str, local: jiff::civil::DateTime) -> String {
    let date = local.date();
    match often {
        "hourly" => format!("{date} {}", local.hour()),
        "weekly" => {
            let week = date.iso_week_date();
            format!("{} week {}", week.year(), week.week())
        }
        "monthly" => format!("{}-{}", date.year(), date.month()),
        _ => date.to_string(),
    }
}

fn series(
    call: &StepCall,
    definition: &MetricDefinition,
    points: &[Point],
    (window, by): (&Expression, &[Arc<str>]),
    host: &dyn Host,
) -> Result<Value, Problem> {
    let Type::Table(row) = &call.step.result else {
        return Err(super::not_work(call));
    };
    let Value::Duration(window) = evaluate(window, &call.scope, host)? else {
        return Err(super::not_work(call));
    };
    let now = call.now;
    let from = now
        .checked_sub(jiff::SignedDuration::from_millis(window))
        .unwrap_or(Timestamp::MIN);
    let zone = host.zone();
    let day = |at: Timestamp| -> Date { at.to_zoned(zone.clone()).date() };
    let inside = |when: &Value| match when {
        Value::Timestamp(at) => (from..=now).contains(at),
        Value::Date(date) => (day(from)..=day(now)).contains(date),
        _ => false,
    };
    // In the order of time, then of the dimensions.
    let mut groups: Vec<(Value, Vec<Value>, Vec<Value>)> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for point in points.iter().filter(|point| inside(&point.when)) {
        let dimensions: Vec<Value> = by
            .iter()
            .map(|name| point.row.get(name).cloned().unwrap_or(Value::None))
            .collect();
        let mut key = vec![point.when.clone()];
        key.extend(dimensions.iter().cloned());
        let key = sophia_plan::encode(&Value::List(Arc::new(key)));
        let place = *places.entry(key).or_insert_with(|| {
            groups.push((point.when.clone(), dimensions, Vec::new()));
            groups.len() - 1
        });
        if let Some((_, _, values)) = groups.get_mut(place) {
            values.push(point.value.clone());
        }
    }
    let time = definition.time.as_deref().unwrap_or(READ_AT);
    let mut records = Vec::with_capacity(groups.len());
    for (when, dimensions, values) in groups {
        let value = combined(definition, values, host)?;
        let mut fields = vec![(Arc::from(time), when)];
        fields.extend(by.iter().cloned().zip(dimensions));
        fields.push((Arc::from("value"), value));
        records.push(Arc::new(Record { fields }));
    }
    sorted(row, &records, host)
}

/// By time, then by the dimensions, so that the same values are the same table.
fn sorted(
    row: &Arc<RecordType>,
    records: &[Arc<Record>],
    host: &dyn Host,
) -> Result<Value, Problem> {
    let table = Table::from_records(row.clone(), records)?;
    let keys = row
        .fields
        .iter()
        .take(row.fields.len().saturating_sub(1))
        .map(|field| (Expression::Column(field.name.clone()), false))
        .collect();
    let pipeline = Expression::Pipeline {
        source: Box::new(Expression::Constant(Value::Table(table))),
        stages: vec![sophia_plan::Stage::Sort(keys)],
    };
    evaluate(&pipeline, &Scope::default(), host)
}

/// The newest value over all dimensions.
pub(super) fn latest(
    metric: &str,
    definition: &MetricDefinition,
    points: &[Point],
    host: &dyn Host,
) -> Result<Value, Problem> {
    let later = |one: &Value, other: &Value| match (one, other) {
        (Value::Timestamp(one), Value::Timestamp(other)) => one > other,
        (Value::Date(one), Value::Date(other)) => one > other,
        _ => false,
    };
    let mut newest: Option<(&Value, Vec<Value>)> = None;
    for point in points {
        match &mut newest {
            Some((when, values)) if **when == point.when => values.push(point.value.clone()),
            Some((when, _)) if !later(&point.when, when) => {}
            _ => newest = Some((&point.when, vec![point.value.clone()])),
        }
    }
    match newest {
        Some((_, values)) => combined(definition, values, host),
        None => Err(Problem::new(
            codes::S924,
            format!("The metric `{metric}` has no value yet."),
        )
        .with_help("look at its SQL, or give the step an `otherwise`")),
    }
}

/// Values of several dimensions as one.
fn combined(
    definition: &MetricDefinition,
    mut values: Vec<Value>,
    host: &dyn Host,
) -> Result<Value, Problem> {
    if values.len() == 1 {
        return Ok(values.remove(0));
    }
    let function = match definition.combine.as_deref() {
        Some("average") => Function::Average,
        Some("min") => Function::Min,
        Some("max") => Function::Max,
        _ => Function::Sum,
    };
    let values = Expression::Constant(Value::List(Arc::new(values)));
    let call = Expression::Call {
        function,
        arguments: vec![values],
    };
    let value = evaluate(&call, &Scope::default(), host)?;
    Ok(measured(&value, &definition.of))
}
