//! Values as people read them, in texts and on a terminal: `91%`, `$12,000.00`, `2 hours 30 minutes`.
//!
//! Kept true here: what is shown is for people and may be rounded; nothing reads it back.

mod number;
mod span;

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json};

pub use number::{money, number, percent};
pub use span::duration;

use crate::decimal::canonical;
use crate::value::{Record, Value};

/// A value as it stands in a text. `none` is empty; instants are shown on the clock of `zone`; a list
/// of plain values is separated by commas; records and tables are fenced data.
#[must_use]
pub fn show(value: &Value, zone: &TimeZone) -> String {
    match value {
        Value::None => String::new(),
        Value::Boolean(boolean) => boolean.to_string(),
        Value::Integer(integer) => integer.to_string(),
        Value::Number(double) => number(*double),
        Value::Decimal(decimal) => canonical(*decimal).to_string(),
        Value::Money(amount, currency) => money(*amount, currency),
        Value::Percent(share) => percent(*share),
        Value::Text(text) => text.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Time(time) => clock(*time),
        Value::Timestamp(instant) => {
            let local = instant.to_zoned(zone.clone());
            format!("{} {}", local.date(), clock(local.time()))
        }
        Value::Duration(milliseconds) => duration(*milliseconds),
        Value::Json(text) => fenced(text),
        Value::List(items) if items.iter().all(is_plain) => {
            let shown: Vec<_> = items.iter().map(|item| show(item, zone)).collect();
            shown.join(", ")
        }
        Value::List(_) | Value::Record(_) | Value::Table(_) => {
            fenced(&format!("{:#}", data(value, zone)))
        }
    }
}

fn is_plain(value: &Value) -> bool {
    !matches!(
        value,
        Value::List(_) | Value::Record(_) | Value::Table(_) | Value::Json(_)
    )
}

/// `08:00`, with seconds only where there are some.
fn clock(time: jiff::civil::Time) -> String {
    let mut shown = format!("{:02}:{:02}", time.hour(), time.minute());
    if time.second() != 0 || time.subsec_nanosecond() != 0 {
        // Writing to a string cannot fail.
        let _ = write!(shown, ":{:02}", time.second());
    }
    shown
}

/// Data between fences that nothing inside can close: the fence is longer than any run of backticks in it.
fn fenced(data: &str) -> String {
    let longest_run = data
        .split(|character| character != '`')
        .map(str::len)
        .max()
        .unwrap_or(0);
    let fence = "`".repeat(longest_run.max(2) + 1);
    format!("\n{fence}json\n{data}\n{fence}\n")
}

/// Structured data as JSON whose numbers with a unit are shown with it.
fn data(value: &Value, zone: &TimeZone) -> Json {
    match value {
        Value::List(items) => items.iter().map(|item| data(item, zone)).collect(),
        Value::Record(record) => record_data(record, zone),
        Value::Table(table) => table
            .records()
            .map(|record| record_data(&record, zone))
            .collect(),
        Value::Percent(_) | Value::Money(..) | Value::Duration(_) | Value::Timestamp(_) => {
            Json::String(show(value, zone))
        }
        plain => crate::json::to_json(plain),
    }
}

fn record_data(record: &Record, zone: &TimeZone) -> Json {
    let fields: Map<String, Json> = record
        .fields
        .iter()
        .map(|(name, value)| (name.to_string(), data(value, zone)))
        .collect();
    Json::Object(fields)
}
