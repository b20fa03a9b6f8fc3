//! The stages of a pipeline, over tables and lists of records alike.
//!
//! Kept true here: a table stays a table and a list a list, except where the stage says otherwise;
//! sorting is stable; an expression is evaluated once for each row, in the order of the rows.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use sophia_diagnostics::{Problem, codes};

use super::check::check;
use super::compare::sorting;
use super::interpreter::{Frame, Interpreter};
use super::join::Join;
use super::problem::unfit;
use super::rows::Rows;
use super::whole;
use crate::convert::convert;
use crate::encode::encode;
use crate::expression::{Expression, Stage};
use crate::table::{Table, column_of};
use crate::types::{FieldType, RecordType, Type};
use crate::value::{Record, Value};

/// Applies one stage. `outer` is the row of the stage around the whole pipeline.
pub(super) fn apply(
    interpreter: &Interpreter<'_>,
    stage: &Stage,
    value: Value,
    outer: Option<Frame<'_>>,
) -> Result<Value, Problem> {
    match stage {
        Stage::Where(condition) => keep(interpreter, condition, value),
        Stage::Add { columns, row } => add(interpreter, columns, row, value),
        Stage::Select(columns) => select(columns, value),
        Stage::Sort(keys) => sort(interpreter, keys, value),
        Stage::Take { count, per } => {
            let count = interpreter.value(count, outer)?;
            take(&count, per, value)
        }
        Stage::First => Ok(Rows::of(value).map(|rows| {
            if rows.len() == 0 {
                Value::None
            } else {
                rows.row(0)
            }
        })?),
        Stage::Only => only(value),
        Stage::Map { value: item, .. } => {
            let rows = Rows::of(value)?;
            let items = each(interpreter, &rows, item)?;
            Ok(Value::List(Arc::new(items)))
        }
        Stage::Group { by, columns, row } => group(interpreter, by, columns, row, value),
        Stage::Join {
            source,
            kind,
            binding,
            on,
            row,
        } => {
            let join = Join {
                kind: *kind,
                binding: binding.as_ref(),
                on,
                row,
            };
            join.apply(interpreter, value, interpreter.value(source, outer)?)
        }
        Stage::Check { rules, failed } => check(interpreter, rules, failed, value),
    }
}

/// An expression's value for every row.
pub(super) fn each(
    interpreter: &Interpreter<'_>,
    rows: &Rows,
    expression: &Expression,
) -> Result<Vec<Value>, Problem> {
    if let Some(values) = whole::values(interpreter, rows, expression)? {
        return Ok(values);
    }
    (0..rows.len())
        .map(|row| interpreter.value(expression, Some(Frame::Row { rows, row })))
        .collect()
}

fn keep(
    interpreter: &Interpreter<'_>,
    condition: &Expression,
    value: Value,
) -> Result<Value, Problem> {
    let rows = Rows::of(value)?;
    if let Some(holding) = whole::holding(interpreter, &rows, condition, "`where`")? {
        return rows.filter(&holding);
    }
    let mut kept = Vec::new();
    for row in 0..rows.len() {
        let frame = Some(Frame::Row { rows: &rows, row });
        if interpreter.holds(condition, frame, "`where`")? {
            kept.push(row);
        }
    }
    rows.take(&kept)
}

fn add(
    interpreter: &Interpreter<'_>,
    columns: &[(Arc<str>, Expression)],
    row: &Arc<RecordType>,
    value: Value,
) -> Result<Value, Problem> {
    let mut rows = Rows::of(value)?;
    for (name, expression) in columns {
        if let Some(field) = row.field(name)
            && let Some(column) = whole::column(interpreter, &rows, expression, field)?
        {
            rows.add_column(field, column);
            continue;
        }
        let of = row.field(name).map_or(&Type::Unknown, |field| &field.of);
        let values = each(interpreter, &rows, expression)?
            .iter()
            .map(|value| convert(value, of))
            .collect::<Result<_, _>>()?;
        rows.add(name, values);
    }
    let Some(table) = rows.table() else {
        let items = (0..rows.len()).map(|row| rows.row(row)).collect();
        return Ok(Value::List(Arc::new(items)));
    };
    let arrays = row
        .fields
        .iter()
        .map(|field| match rows.added(field) {
            Some(column) => column,
            None => kept_column(table, field),
        })
        .collect::<Result<_, _>>()?;
    Table::from_columns(Arc::clone(row), arrays, table.len()).map(Value::Table)
}

/// A column that `add` leaves as it is.
fn kept_column(table: &Table, field: &FieldType) -> Result<arrow_array::ArrayRef, Problem> {
    let there = table
        .row
        .fields
        .iter()
        .zip(table.batch.columns())
        .find(|(column, _)| column.name == field.name);
    match there {
        Some((column, array)) if column.of == field.of => Ok(Arc::clone(array)),
        _ => {
            let values = table.values(&*field.name).unwrap_or_default();
            column_of(field, values.iter())
        }
    }
}

fn select(columns: &[Arc<str>], value: Value) -> Result<Value, Problem> {
    let items = match value {
        Value::Table(table) => return table.select(columns).map(Value::Table),
        Value::List(items) => items,
        other => return Err(unfit("`select`", &other)),
    };
    let chosen = items
        .iter()
        .map(|item| match item {
            Value::Record(record) => Ok(Value::Record(Arc::new(Record {
                fields: columns
                    .iter()
                    .map(|name| {
                        let value = record.get(name).cloned().unwrap_or(Value::None);
                        (Arc::clone(name), value)
                    })
                    .collect(),
            }))),
            other => Err(unfit("`select`", other)),
        })
        .collect::<Result<_, _>>()?;
    Ok(Value::List(Arc::new(chosen)))
}

fn sort(
    interpreter: &Interpreter<'_>,
    keys: &[(Expression, bool)],
    value: Value,
) -> Result<Value, Problem> {
    let rows = Rows::of(value)?;
    let columns = keys
        .iter()
        .map(|(key, descending)| Ok((each(interpreter, &rows, key)?, *descending)))
        .collect::<Result<Vec<_>, Problem>>()?;
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|left, right| {
        columns
            .iter()
            .map(|(values, descending)| {
                let left = values.get(*left).unwrap_or(&Value::None);
                let right = values.get(*right).unwrap_or(&Value::None);
                sorting(left, right, *descending)
            })
            .find(|ordering| ordering.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    rows.take(&order)
}

fn take(count: &Value, per: &[Arc<str>], value: Value) -> Result<Value, Problem> {
    let count = match count {
        // Fewer than none is none.
        Value::Integer(count) => usize::try_from(*count).unwrap_or(0),
        other => return Err(unfit("`take`", other)),
    };
    if per.is_empty() {
        return match value {
            Value::Table(table) => Ok(Value::Table(table.head(count))),
            other => {
                let rows = Rows::of(other)?;
                let kept: Vec<usize> = (0..rows.len().min(count)).collect();
                rows.take(&kept)
            }
        };
    }
    let rows = Rows::of(value)?;
    let mut taken: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut kept = Vec::new();
    for row in 0..rows.len() {
        let mut key = Vec::new();
        for column in per {
            key.extend(identity(&rows.cell(row, column)?));
        }
        let group = taken.entry(key).or_default();
        if *group < count {
            *group += 1;
            kept.push(row);
        }
    }
    rows.take(&kept)
}

fn only(value: Value) -> Result<Value, Problem> {
    let rows = Rows::of(value)?;
    match rows.len() {
        1 => Ok(rows.row(0)),
        0 => Err(Problem::new(
            codes::S974,
            "`only` expects exactly one row and found none.",
        )
        .with_help("use `first` where no row is fine")),
        several => Err(Problem::new(
            codes::S974,
            format!("`only` expects exactly one row and found {several}."),
        )
        .with_help("narrow the rows with `where`, or use `first`")),
    }
}

/// One row a group, groups in the order of their first rows; what is missing makes a group of its own.
fn group(
    interpreter: &Interpreter<'_>,
    by: &[Arc<str>],
    columns: &[(Arc<str>, Expression)],
    row: &Arc<RecordType>,
    value: Value,
) -> Result<Value, Problem> {
    let rows = Rows::of(value)?;
    let mut places: BTreeMap<Vec<Vec<u8>>, usize> = BTreeMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for row in 0..rows.len() {
        let key = by
            .iter()
            .map(|name| Ok(identity(&rows.cell(row, name)?)))
            .collect::<Result<_, Problem>>()?;
        let place = *places.entry(key).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(members) => members.push(row),
            None => groups.push(vec![row]),
        }
    }
    let records = groups
        .iter()
        .map(|members| {
            let frame = Some(Frame::Group {
                rows: &rows,
                members,
            });
            let keys = by.iter().map(|name| {
                let first = members.first().copied().unwrap_or_default();
                Ok((Arc::clone(name), rows.cell(first, name)?))
            });
            let values = columns.iter().map(|(name, expression)| {
                let of = row.field(name).map_or(&Type::Unknown, |field| &field.of);
                let value = interpreter.value(expression, frame)?;
                Ok((Arc::clone(name), convert(&value, of)?))
            });
            let fields = keys.chain(values).collect::<Result<_, Problem>>()?;
            Ok(Arc::new(Record { fields }))
        })
        .collect::<Result<Vec<_>, Problem>>()?;
    Table::from_records(Arc::clone(row), &records).map(Value::Table)
}

/// Bytes that are equal for values that are the same.
pub(super) fn identity(value: &Value) -> Vec<u8> {
    match value {
        // A negative zero is zero.
        Value::Number(number) if *number == 0.0 => encode(&Value::Number(0.0)),
        Value::Percent(share) if *share == 0.0 => encode(&Value::Percent(0.0)),
        other => encode(other),
    }
}
