//! The conversions of the language: integer → number or decimal, a value → an optional one, a list of
//! records → a table, and outside data → a type that the playbook names (`x as TYPE`).

use std::sync::Arc;

use rust_decimal::Decimal;
use sophia_diagnostics::{Problem, codes};

use crate::json::{Border, from_json, shortened};
use crate::table::Table;
use crate::types::{RecordType, Type};
use crate::value::{Record, Value};

/// A value as a type. What is of the type already stays as it is.
///
/// An integer zero becomes the zero of any unit, because `sum` over nothing cannot know its unit.
///
/// # Errors
/// When the value does not fit the type.
pub fn convert(value: &Value, to: &Type) -> Result<Value, Problem> {
    Ok(match (to, value) {
        (Type::Unknown, _)
        | (Type::Optional(_) | Type::None, Value::None)
        | (Type::Text, Value::Text(_))
        | (Type::Boolean, Value::Boolean(_))
        | (Type::Integer, Value::Integer(_))
        | (Type::Number, Value::Number(_))
        | (Type::Decimal, Value::Decimal(_))
        | (Type::Percent, Value::Percent(_))
        | (Type::Date, Value::Date(_))
        | (Type::Time, Value::Time(_))
        | (Type::Timestamp, Value::Timestamp(_))
        | (Type::Duration, Value::Duration(_))
        | (Type::Json, Value::Json(_)) => value.clone(),
        (Type::Optional(inner), _) => convert(value, inner)?,
        (Type::Money(currency), Value::Money(_, found)) if found == currency => value.clone(),
        (Type::Number, Value::Integer(integer)) => Value::Number(crate::evaluate::double(*integer)),
        (Type::Decimal, Value::Integer(integer)) => Value::Decimal(Decimal::from(*integer)),
        (Type::Money(currency), Value::Integer(0)) => Value::Money(Decimal::ZERO, currency.clone()),
        (Type::Percent, Value::Integer(0)) => Value::Percent(0.0),
        (Type::Duration, Value::Integer(0)) => Value::Duration(0),
        (Type::Literals(texts), Value::Text(text)) if texts.contains(text) => value.clone(),
        (Type::Range { from, to }, Value::Integer(integer)) if (*from..=*to).contains(integer) => {
            value.clone()
        }
        (_, Value::Json(text)) => json_as(text, to).ok_or_else(|| unfit(value, to))?,
        (Type::Json, _) => Value::Json(crate::json::to_json(value).to_string().into()),
        (Type::List(item), Value::List(items)) => Value::List(Arc::new(
            items
                .iter()
                .map(|value| convert(value, item))
                .collect::<Result<_, _>>()?,
        )),
        (Type::List(item), Value::Table(table)) => Value::List(Arc::new(
            table
                .records()
                .map(|record| convert(&Value::Record(record), item))
                .collect::<Result<_, _>>()?,
        )),
        (Type::Record(row), Value::Record(record)) => {
            Value::Record(Arc::new(record_as(record, row)?))
        }
        (Type::Table(row), Value::Table(table)) if table.row.fields == row.fields => value.clone(),
        (Type::Table(row), Value::Table(table)) => {
            let records: Vec<_> = table.records().collect();
            Value::Table(Table::from_records(Arc::clone(row), &records)?)
        }
        (Type::Table(row), Value::List(items)) => {
            let records = items
                .iter()
                .map(|item| match item {
                    Value::Record(record) => Ok(Arc::clone(record)),
                    other => Err(unfit(other, &Type::Record(Arc::clone(row)))),
                })
                .collect::<Result<Vec<_>, _>>()?;
            Value::Table(Table::from_records(Arc::clone(row), &records)?)
        }
        _ => return Err(unfit(value, to)),
    })
}

/// The fields that the type names, in its order.
fn record_as(record: &Record, row: &RecordType) -> Result<Record, Problem> {
    let fields = row
        .fields
        .iter()
        .map(|field| {
            let value = record.get(&field.name).unwrap_or(&Value::None);
            Ok((Arc::clone(&field.name), convert(value, &field.of)?))
        })
        .collect::<Result<_, Problem>>()?;
    Ok(Record { fields })
}

fn json_as(text: &str, to: &Type) -> Option<Value> {
    let json = serde_json::from_str(text).ok()?;
    from_json(&json, to, Border::Plain).ok()
}

fn unfit(value: &Value, to: &Type) -> Problem {
    Problem::new(
        codes::S979,
        format!(
            "A value should be {to} and is {}: {}.",
            value.kind(),
            shortened(value)
        ),
    )
}
