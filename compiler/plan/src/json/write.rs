//! From values to JSON.

use jiff::SignedDuration;
use serde_json::{Map, Number, Value as Json};

use super::{Border, WRAPPER, is_wrapped};
use crate::decimal::canonical;
use crate::types::Type;
use crate::value::{Record, Value};

/// A value as plain JSON.
#[must_use]
pub fn to_json(value: &Value) -> Json {
    write(value, Border::Plain)
}

/// A value of a type as JSON for one side of the border.
#[must_use]
pub fn to_json_for(value: &Value, of: &Type, border: Border) -> Json {
    let json = write(value, border);
    if border == Border::Model && is_wrapped(of) {
        let mut object = Map::new();
        object.insert(WRAPPER.into(), json);
        return Json::Object(object);
    }
    json
}

fn write(value: &Value, border: Border) -> Json {
    match (value, border) {
        (Value::None, _) => Json::Null,
        (Value::Boolean(boolean), _) => Json::Bool(*boolean),
        (Value::Integer(integer), _) => Json::from(*integer),
        (Value::Number(number), _) | (Value::Percent(number), Border::Plain) => double(*number),
        (Value::Percent(share), Border::Model) => double(points(*share)),
        (Value::Decimal(decimal), _) | (Value::Money(decimal, _), Border::Model) => {
            Json::String(canonical(*decimal).to_string())
        }
        (Value::Money(amount, currency), Border::Plain) => {
            let mut object = Map::new();
            object.insert("amount".into(), canonical(*amount).to_string().into());
            object.insert("currency".into(), Json::String(currency.0.to_string()));
            Json::Object(object)
        }
        (Value::Text(text), _) | (Value::Json(text), Border::Model) => {
            Json::String(text.to_string())
        }
        (Value::Date(date), _) => Json::String(date.to_string()),
        (Value::Time(time), _) => Json::String(time.to_string()),
        (Value::Timestamp(instant), _) => Json::String(instant.to_string()),
        (Value::Duration(milliseconds), _) => {
            Json::String(SignedDuration::from_millis(*milliseconds).to_string())
        }
        (Value::Json(text), Border::Plain) => {
            serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.to_string()))
        }
        (Value::List(items), _) => items.iter().map(|item| write(item, border)).collect(),
        (Value::Record(record), _) => object(record, border),
        (Value::Table(table), _) => table
            .records()
            .map(|record| object(&record, border))
            .collect(),
    }
}

fn object(record: &Record, border: Border) -> Json {
    let fields: Map<String, Json> = record
        .fields
        .iter()
        .map(|(name, value)| (name.to_string(), write(value, border)))
        .collect();
    Json::Object(fields)
}

fn double(number: f64) -> Json {
    Number::from_f64(number).map_or_else(
        || {
            Json::from(if number.is_nan() {
                "NaN"
            } else if number > 0.0 {
                "Infinity"
            } else {
                "-Infinity"
            })
        },
        Json::Number,
    )
}

/// A share as points, by moving the decimal point, so that no digit is invented: 0.07 is 7.
fn points(share: f64) -> f64 {
    format!("{share:e}")
        .split_once('e')
        .and_then(|(digits, exponent)| {
            let exponent: i32 = exponent.parse().ok()?;
            format!("{digits}e{}", exponent + 2).parse().ok()
        })
        .unwrap_or(share * 100.0)
}
