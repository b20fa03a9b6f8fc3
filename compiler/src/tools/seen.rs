//! What is known of a value before a run: the value itself where it is fixed, its type where it is not.
//!
//! Kept true here: what stands for a value never claims more than every run keeps, so a verdict over it
//! holds for each of them.

use std::sync::Arc;

use serde_json::{Map, Value as Json};
use sophia_plan::expression::Expression as Code;
use sophia_plan::json::to_json;
use sophia_plan::types::{RecordType, Type};
use sophia_plan::value::{Record, Value};

use crate::types::constant_value;

/// More combinations than these are not told apart.
const MOST_WAYS: usize = 64;

/// A value as far as it is known.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Seen {
    /// This JSON, which is no list and no record of ours, and the type that it has in the language.
    Value(Json, Type),
    /// Any value of a type that is neither optional nor made of others.
    Of(Type),
    /// A record with these fields.
    Object(Vec<Field>),
    /// A list of these.
    Array(Vec<Seen>),
    /// A list of unknown length whose items are all like this.
    Many(Box<Seen>),
    /// One of these; the run decides which.
    Either(Vec<Seen>),
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) value: Seen,
    pub(super) presence: Presence,
}

/// Whether a field is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    Sure,
    /// It is left out where its value is missing.
    Maybe,
}

impl Seen {
    /// What is known of the value of checked code with its type.
    pub(super) fn of_code(code: &Code, of: &Type) -> Self {
        if let Some(value) = constant_value(code) {
            return Self::of_value(&value, of);
        }
        match code {
            Code::Record { fields, .. } => Self::Object(
                fields
                    .iter()
                    .map(|(name, code)| {
                        let of = match of.present() {
                            Type::Record(record) => record.field(name).map(|field| &field.of),
                            _ => None,
                        };
                        sure(name, Self::of_code(code, of.unwrap_or(&Type::Unknown)))
                    })
                    .collect(),
            ),
            Code::List(items) => {
                let item = match of.present() {
                    Type::List(item) => (**item).clone(),
                    Type::Table(row) => Type::Record(row.clone()),
                    _ => Type::Unknown,
                };
                Self::Array(
                    items
                        .iter()
                        .map(|code| Self::of_code(code, &item))
                        .collect(),
                )
            }
            Code::If {
                then, otherwise, ..
            } => Self::Either(vec![Self::of_code(then, of), Self::of_code(otherwise, of)]),
            Code::Convert { value, to } if matches!(**value, Code::List(_)) => {
                Self::of_code(value, to)
            }
            _ => match of {
                Type::Literals(texts) if texts.len() == 1 => texts.first().map_or_else(
                    || Self::of_type(of),
                    |only| Self::of_value(&Value::Text(only.clone()), of),
                ),
                _ => Self::of_type(of),
            },
        }
    }

    /// Any value of a type.
    pub(super) fn of_type(of: &Type) -> Self {
        match of {
            Type::Optional(inner) => Self::Either(vec![
                Self::Value(Json::Null, of.clone()),
                Self::of_type(inner),
            ]),
            Type::None => Self::Value(Json::Null, Type::None),
            Type::Literals(texts) => Self::Either(
                texts
                    .iter()
                    .map(|text| Self::Value(Json::from(&**text), of.clone()))
                    .collect(),
            ),
            Type::List(item) => Self::Many(Box::new(Self::of_type(item))),
            Type::Table(row) => Self::Many(Box::new(Self::of_row(row))),
            Type::Record(row) => Self::of_row(row),
            other => Self::Of(other.clone()),
        }
    }

    fn of_row(row: &RecordType) -> Self {
        let fields = row.fields.iter();
        Self::Object(
            fields
                .map(|field| sure(&field.name, Self::of_type(&field.of)))
                .collect(),
        )
    }

    fn of_value(value: &Value, of: &Type) -> Self {
        match value {
            Value::Record(record) => Self::of_record(record, of),
            Value::List(items) => {
                let item = match of.present() {
                    Type::List(item) => (**item).clone(),
                    _ => Type::Unknown,
                };
                Self::Array(
                    items
                        .iter()
                        .map(|value| Self::of_value(value, &item))
                        .collect(),
                )
            }
            Value::Table(table) => {
                let row = match of.present() {
                    Type::Table(row) => Type::Record(row.clone()),
                    _ => Type::Unknown,
                };
                Self::Array(
                    table
                        .records()
                        .map(|record| Self::of_record(&record, &row))
                        .collect(),
                )
            }
            Value::Json(text) => {
                serde_json::from_str(text).map_or(Self::Of(Type::Json), |json| Self::of_json(&json))
            }
            scalar => Self::Value(to_json(scalar), own_type(scalar)),
        }
    }

    fn of_record(record: &Record, of: &Type) -> Self {
        let of_field = |name: &str| match of.present() {
            Type::Record(row) => row.field(name).map(|field| field.of.clone()),
            _ => None,
        };
        Self::Object(
            record
                .fields
                .iter()
                .map(|(name, value)| {
                    let of = of_field(name).unwrap_or(Type::Unknown);
                    sure(name, Self::of_value(value, &of))
                })
                .collect(),
        )
    }

    /// A JSON value.
    pub(super) fn of_json(json: &Json) -> Self {
        match json {
            Json::Object(fields) => Self::Object(
                fields
                    .iter()
                    .map(|(name, value)| sure(name, Self::of_json(value)))
                    .collect(),
            ),
            Json::Array(items) => Self::Array(items.iter().map(Self::of_json).collect()),
            Json::Null => Self::Value(Json::Null, Type::None),
            Json::Bool(_) => Self::Value(json.clone(), Type::Boolean),
            Json::Number(number) if number.is_f64() => Self::Value(json.clone(), Type::Number),
            Json::Number(_) => Self::Value(json.clone(), Type::Integer),
            Json::String(_) => Self::Value(json.clone(), Type::Text),
        }
    }

    /// The same as a plain number, which a share or an amount with a stated unit goes out as.
    pub(super) fn into_number(self) -> Self {
        match self {
            Self::Value(json @ Json::Number(_), _) => Self::Value(json, Type::Number),
            Self::Either(parts) => Self::Either(parts.into_iter().map(Self::into_number).collect()),
            _ => Self::Of(Type::Number),
        }
    }

    /// The whole value, where all of it is fixed.
    pub(super) fn constant(&self) -> Option<Json> {
        match self {
            Self::Value(json, _) => Some(json.clone()),
            Self::Object(fields) => fields
                .iter()
                .map(|field| match field.presence {
                    Presence::Sure => Some((field.name.clone(), field.value.constant()?)),
                    Presence::Maybe => None,
                })
                .collect::<Option<Map<String, Json>>>()
                .map(Json::Object),
            Self::Array(items) => items.iter().map(Self::constant).collect(),
            Self::Of(_) | Self::Many(_) | Self::Either(_) => None,
        }
    }

    /// Each way in which the value may come, so that what belongs together is judged together. Where there
    /// are too many of them, the value as it is.
    pub(super) fn ways(&self) -> Vec<Self> {
        self.split().unwrap_or_else(|| vec![self.clone()])
    }

    fn split(&self) -> Option<Vec<Self>> {
        let ways = match self {
            Self::Value(..) | Self::Of(_) | Self::Many(_) => vec![self.clone()],
            Self::Either(parts) => {
                let mut ways = Vec::new();
                for part in parts {
                    ways.extend(part.split()?);
                }
                ways
            }
            Self::Array(items) => combinations(items.iter())?
                .into_iter()
                .map(Self::Array)
                .collect(),
            Self::Object(fields) => combinations(fields.iter().map(|field| &field.value))?
                .into_iter()
                .map(|values| {
                    Self::Object(
                        fields
                            .iter()
                            .zip(values)
                            .map(|(field, value)| Field {
                                value,
                                ..field.clone()
                            })
                            .collect(),
                    )
                })
                .collect(),
        };
        (ways.len() <= MOST_WAYS).then_some(ways)
    }
}

fn combinations<'s>(parts: impl Iterator<Item = &'s Seen>) -> Option<Vec<Vec<Seen>>> {
    let mut all: Vec<Vec<Seen>> = vec![Vec::new()];
    for part in parts {
        let ways = part.split()?;
        if all.len().saturating_mul(ways.len()) > MOST_WAYS {
            return None;
        }
        all = all
            .iter()
            .flat_map(|before| {
                ways.iter().map(|way| {
                    let mut longer = before.clone();
                    longer.push(way.clone());
                    longer
                })
            })
            .collect();
    }
    Some(all)
}

fn sure(name: &str, value: Seen) -> Field {
    Field {
        name: name.to_owned(),
        value,
        presence: Presence::Sure,
    }
}

/// The type that a fixed value has by itself.
fn own_type(value: &Value) -> Type {
    match value {
        Value::None => Type::None,
        Value::Boolean(_) => Type::Boolean,
        Value::Integer(_) => Type::Integer,
        Value::Number(_) => Type::Number,
        Value::Percent(_) => Type::Percent,
        Value::Decimal(_) => Type::Decimal,
        Value::Money(_, currency) => Type::Money(currency.clone()),
        Value::Text(_) => Type::Text,
        Value::Date(_) => Type::Date,
        Value::Time(_) => Type::Time,
        Value::Timestamp(_) => Type::Timestamp,
        Value::Duration(_) => Type::Duration,
        Value::Json(_) => Type::Json,
        Value::List(_) => Type::List(Arc::new(Type::Unknown)),
        Value::Record(_) => Type::Record(Arc::default()),
        Value::Table(_) => Type::Table(Arc::default()),
    }
}
