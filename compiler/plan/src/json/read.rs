//! From JSON to values of a type.

use std::fmt::{self, Write as _};
use std::str::FromStr;
use std::sync::Arc;

use jiff::SignedDuration;
use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::{Border, WRAPPER, is_wrapped, shortened_json};
use crate::decimal::from_double;
use crate::table::Table;
use crate::types::{Currency, RecordType, Type};
use crate::value::{Record, Value};

/// A place where JSON is not what a type says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Where, from the root: `customers[3].email`; empty for the root itself.
    pub path: String,
    /// What should stand there, in the words of the language.
    pub expected: String,
    /// What stands there, shortened; `nothing` where a field is absent.
    pub found: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(formatter, "`{}`: ", self.path)?;
        }
        write!(
            formatter,
            "expected {}, found {}",
            self.expected, self.found
        )
    }
}

impl std::error::Error for Mismatch {}

/// Reads JSON as a value of a type.
///
/// # Errors
/// The first place where the JSON is not what the type says.
pub fn from_json(json: &Json, of: &Type, border: Border) -> Result<Value, Mismatch> {
    let mut reader = Reader {
        border,
        path: Vec::new(),
    };
    if border == Border::Model && is_wrapped(of) {
        // A model that answers without the wrapper is understood as well.
        if let Json::Object(fields) = json
            && let Some(inner) = fields.get(WRAPPER)
        {
            return reader.within(Part::Field(WRAPPER.into()), |reader| reader.read(inner, of));
        }
    }
    reader.read(json, of)
}

enum Part {
    Field(Arc<str>),
    Item(usize),
}

struct Reader {
    border: Border,
    path: Vec<Part>,
}

impl Reader {
    fn read(&mut self, json: &Json, of: &Type) -> Result<Value, Mismatch> {
        let value = match of {
            Type::Optional(inner) => {
                return if json.is_null() {
                    Ok(Value::None)
                } else {
                    self.read(json, inner)
                };
            }
            Type::List(item) => {
                let items = self.array(json, of)?;
                let items = self.items(items, |reader, json| reader.read(json, item))?;
                return Ok(Value::List(Arc::new(items)));
            }
            Type::Record(row) => {
                return Ok(Value::Record(Arc::new(self.record(json, row, of)?)));
            }
            Type::Table(row) => return self.table(json, row, of),
            Type::Unknown | Type::Json => Some(self.untyped(json)),
            Type::None => json.is_null().then_some(Value::None),
            scalar => self.scalar(json, scalar),
        };
        value.ok_or_else(|| self.mismatch(of, Some(json)))
    }

    fn scalar(&self, json: &Json, of: &Type) -> Option<Value> {
        Some(match of {
            Type::Boolean => Value::Boolean(json.as_bool()?),
            Type::Integer => Value::Integer(integer(json)?),
            Type::Range { from, to } => {
                Value::Integer(integer(json).filter(|found| (*from..=*to).contains(found))?)
            }
            Type::Number => Value::Number(double(json)?),
            Type::Percent => Value::Percent(match self.border {
                Border::Plain => double(json)?,
                Border::Model => share(
                    json.as_f64()
                        .filter(|points| (0.0..=100.0).contains(points))?,
                ),
            }),
            Type::Decimal => Value::Decimal(decimal(json)?),
            Type::Money(currency) => Value::Money(amount(json, currency)?, currency.clone()),
            Type::Text => Value::Text(json.as_str()?.into()),
            Type::Literals(texts) => {
                let found = json.as_str()?;
                Value::Text(Arc::clone(texts.iter().find(|text| &***text == found)?))
            }
            Type::Date => Value::Date(json.as_str()?.parse().ok()?),
            Type::Time => Value::Time(json.as_str()?.parse().ok()?),
            Type::Timestamp => Value::Timestamp(json.as_str()?.parse().ok()?),
            Type::Duration => {
                let duration: SignedDuration = json.as_str()?.parse().ok()?;
                Value::Duration(i64::try_from(duration.as_millis()).ok()?)
            }
            _ => return None,
        })
    }

    fn untyped(&self, json: &Json) -> Value {
        match (self.border, json) {
            // A model writes JSON as a text that holds it.
            (Border::Model, Json::String(text)) if serde_json::from_str::<Json>(text).is_ok() => {
                Value::Json(text.as_str().into())
            }
            _ => Value::Json(json.to_string().into()),
        }
    }

    fn record(&mut self, json: &Json, row: &RecordType, of: &Type) -> Result<Record, Mismatch> {
        let Json::Object(object) = json else {
            return Err(self.mismatch(of, Some(json)));
        };
        let mut fields = Vec::with_capacity(row.fields.len());
        for field in &row.fields {
            let value = self.within(Part::Field(Arc::clone(&field.name)), |reader| match object
                .get(&*field.name)
            {
                Some(json) => reader.read(json, &field.of),
                None if field.of.is_optional() => Ok(Value::None),
                None => Err(reader.mismatch(&field.of, None)),
            })?;
            fields.push((Arc::clone(&field.name), value));
        }
        Ok(Record { fields })
    }

    fn table(&mut self, json: &Json, row: &Arc<RecordType>, of: &Type) -> Result<Value, Mismatch> {
        let rows = self.array(json, of)?;
        let item = Type::Record(Arc::clone(row));
        let records = self.items(rows, |reader, json| {
            reader.record(json, row, &item).map(Arc::new)
        })?;
        Table::from_records(Arc::clone(row), &records)
            .map(Value::Table)
            .map_err(|problem| Mismatch {
                path: self.place(),
                expected: of.to_string(),
                found: problem.message,
            })
    }

    fn array<'a>(&self, json: &'a Json, of: &Type) -> Result<&'a [Json], Mismatch> {
        json.as_array()
            .map(Vec::as_slice)
            .ok_or_else(|| self.mismatch(of, Some(json)))
    }

    fn items<Item>(
        &mut self,
        items: &[Json],
        read: impl Fn(&mut Self, &Json) -> Result<Item, Mismatch>,
    ) -> Result<Vec<Item>, Mismatch> {
        items
            .iter()
            .enumerate()
            .map(|(index, json)| self.within(Part::Item(index), |reader| read(reader, json)))
            .collect()
    }

    fn within<Found>(&mut self, part: Part, read: impl FnOnce(&mut Self) -> Found) -> Found {
        self.path.push(part);
        let found = read(self);
        self.path.pop();
        found
    }

    fn mismatch(&self, of: &Type, found: Option<&Json>) -> Mismatch {
        let unit = match (self.border, of.present()) {
            (Border::Model, Type::Percent) => " from 0 to 100",
            _ => "",
        };
        Mismatch {
            path: self.place(),
            expected: format!("{of}{unit}"),
            found: found.map_or_else(|| "nothing".into(), shortened_json),
        }
    }

    fn place(&self) -> String {
        let mut place = String::new();
        for part in &self.path {
            match part {
                // Writing to a string cannot fail.
                Part::Item(index) => {
                    let _ = write!(place, "[{index}]");
                }
                Part::Field(name) => {
                    if !place.is_empty() {
                        place.push('.');
                    }
                    place.push_str(name);
                }
            }
        }
        place
    }
}

/// An integer, also where it is written with a zero fraction.
fn integer(json: &Json) -> Option<i64> {
    json.as_i64().or_else(|| {
        let number = json.as_f64()?;
        // Beyond 2^53 a double may stand for a neighbour.
        (number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0)
            .then(|| number.to_string().parse().ok())
            .flatten()
    })
}

fn double(json: &Json) -> Option<f64> {
    match json {
        Json::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        number => number.as_f64(),
    }
}

/// Points as a share, by moving the decimal point.
fn share(points: f64) -> f64 {
    format!("{points:e}")
        .split_once('e')
        .and_then(|(digits, exponent)| {
            let exponent: i32 = exponent.parse().ok()?;
            format!("{digits}e{}", exponent - 2).parse().ok()
        })
        .unwrap_or(points / 100.0)
}

fn decimal(json: &Json) -> Option<Decimal> {
    match json {
        Json::String(text) => Decimal::from_str_exact(text).ok(),
        Json::Number(number) => number
            .as_i64()
            .map(Decimal::from)
            .or_else(|| Decimal::from_str(&number.to_string()).ok())
            .or_else(|| from_double(number.as_f64()?)),
        _ => None,
    }
}

fn amount(json: &Json, currency: &Currency) -> Option<Decimal> {
    match json {
        Json::Object(object) => {
            let found = object.get("currency")?.as_str()?;
            if found != &*currency.0 {
                return None;
            }
            decimal(object.get("amount")?)
        }
        other => decimal(other),
    }
}
