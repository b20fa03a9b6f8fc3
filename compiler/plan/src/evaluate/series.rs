//! Series over time: what is unusual in them, and how they go on. What `stats.anomalies`, `stats.anomaly` and
//! `stats.forecast` give.
//!
//! Kept true here: rows that differ in a column besides time and value are series of their own; the middle and the
//! spread are medians, so that one wild value does not hide itself or the next; the same rows give the same answer.

mod forecast;
mod spread;

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::prelude::ToPrimitive;
use sophia_diagnostics::{Problem, codes};

use super::double;
use super::problem::{missing, overflow, unfit};
use crate::decimal::{from_double, to_double};
use crate::value::{Record, Value};
use spread::Spread;

pub(super) use forecast::forecast;

/// The milliseconds of a day.
const DAY: i64 = 86_400_000;

/// A row at its time.
#[derive(Clone, Debug)]
struct Point {
    /// Milliseconds since 1970; of a day, its beginning.
    time: i64,
    value: f64,
    row: Arc<Record>,
    /// Its place among the rows that were given.
    place: usize,
}

/// What a function of a series is given.
struct Given<'a> {
    name: &'static str,
    time: &'a str,
    /// Each series in the order of time; the series in the order of their first rows.
    series: Vec<Vec<Point>>,
    /// In milliseconds.
    season: i64,
}

impl<'a> Given<'a> {
    /// Reads `[series, time, _, season]`.
    fn of(name: &'static str, arguments: &'a [Value]) -> Result<Self, Problem> {
        let [table, Value::Text(time), _, Value::Duration(season)] = arguments else {
            return Err(missing(name));
        };
        let rows: Vec<Arc<Record>> = match table {
            Value::Table(table) => table.records().collect(),
            Value::List(items) => (items.iter())
                .map(|item| match item {
                    Value::Record(record) => Ok(Arc::clone(record)),
                    other => Err(unfit(name, other)),
                })
                .collect::<Result<_, Problem>>()?,
            other => return Err(unfit(name, other)),
        };
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        let mut series: Vec<Vec<Point>> = Vec::new();
        for (place, row) in rows.into_iter().enumerate() {
            let dimensions: Vec<&(Arc<str>, Value)> = (row.fields.iter())
                .filter(|(column, _)| **column != **time && **column != *"value")
                .collect();
            let own = *(places.entry(format!("{dimensions:?}"))).or_insert(series.len());
            if own == series.len() {
                series.push(Vec::new());
            }
            let point = Point {
                time: instant(row.get(time)).ok_or_else(|| missing(name))?,
                value: number(name, row.get("value").unwrap_or(&Value::None))?,
                row,
                place,
            };
            if let Some(points) = series.get_mut(own) {
                points.push(point);
            }
        }
        for points in &mut series {
            points.sort_by_key(|point| point.time);
        }
        Ok(Self {
            name,
            time,
            series,
            season: *season,
        })
    }
}

/// The rows whose value is unusual, in the order in which they were given, with `expected` and `direction`.
pub(super) fn anomalies(arguments: &[Value]) -> Result<Value, Problem> {
    let given = Given::of("`stats.anomalies`", arguments)?;
    let limit = limit(arguments.get(2))?;
    let mut unusual = Vec::new();
    for points in &given.series {
        let season = seasonal(points, given.season);
        for point in points {
            let Some(spread) = Spread::around(points, point.time, season) else {
                continue;
            };
            if !spread.is_unusual(point.value, limit) {
                continue;
            }
            let mut fields = point.row.fields.clone();
            let expected = alike(given.name, point.row.get("value"), spread.middle)?;
            fields.push((Arc::from("expected"), expected));
            fields.push((
                Arc::from("direction"),
                direction(point.value, spread.middle),
            ));
            unusual.push((point.place, Value::Record(Arc::new(Record { fields }))));
        }
    }
    // In the order of the rows that were given, not series by series.
    unusual.sort_by_key(|(place, _)| *place);
    let rows = unusual.into_iter().map(|(_, row)| row).collect();
    Ok(Value::List(Arc::new(rows)))
}

/// What the newest value is beside those before it: `unusual`, `direction`, `at`, `expected`, `actual`.
pub(super) fn anomaly(arguments: &[Value]) -> Result<Value, Problem> {
    let given = Given::of("`stats.anomaly`", arguments)?;
    let limit = limit(arguments.get(2))?;
    let Some((newest, before)) = given.series.first().and_then(|points| points.split_last()) else {
        return Err(Problem::new(
            codes::S946,
            "`stats.anomaly` was asked about a series without a row.",
        )
        .with_help("ask only where there is one: `if count(series) > 0 { … }`"));
    };
    let season = seasonal(before, given.season);
    let spread = Spread::around(before, newest.time, season);
    let unusual = spread.is_some_and(|spread| spread.is_unusual(newest.value, limit));
    let actual = newest.row.get("value");
    let expected = spread.map_or(newest.value, |spread| spread.middle);
    let fields = [
        ("unusual", Value::Boolean(unusual)),
        ("direction", direction(newest.value, expected)),
        (
            "at",
            newest.row.get(given.time).cloned().unwrap_or(Value::None),
        ),
        ("expected", alike(given.name, actual, expected)?),
        ("actual", alike(given.name, actual, newest.value)?),
    ];
    let fields = fields
        .into_iter()
        .map(|(name, value)| (Arc::from(name), value))
        .collect();
    Ok(Value::Record(Arc::new(Record { fields })))
}

/// The distance from the middle, in spreads, beyond which a value is unusual.
fn limit(sensitivity: Option<&Value>) -> Result<f64, Problem> {
    match sensitivity {
        Some(Value::Percent(share)) => Ok(spread::limit(*share)),
        Some(other) => Err(unfit("`sensitivity`", other)),
        None => Err(missing("`sensitivity`")),
    }
}

fn direction(value: f64, expected: f64) -> Value {
    Value::text(if value > expected {
        "up"
    } else if value < expected {
        "down"
    } else {
        "level"
    })
}

/// The usual distance between two times that follow each other; 0 where there are none.
fn step(points: &[Point]) -> i64 {
    let mut steps: Vec<i64> = (points.iter().zip(points.iter().skip(1)))
        .map(|(one, next)| next.time - one.time)
        .filter(|step| *step > 0)
        .collect();
    steps.sort_unstable();
    steps.get(steps.len() / 2).copied().unwrap_or(0)
}

/// The season, where the series has at least two values in one.
fn seasonal(points: &[Point], season: i64) -> Option<i64> {
    let step = step(points);
    (step > 0 && season >= step.saturating_mul(2)).then_some(season)
}

fn instant(value: Option<&Value>) -> Option<i64> {
    match value? {
        Value::Date(day) => {
            let since = day.duration_since(jiff::civil::date(1970, 1, 1));
            Some(since.as_hours() / 24 * DAY)
        }
        Value::Timestamp(instant) => Some(instant.as_millisecond()),
        _ => None,
    }
}

fn number(name: &str, value: &Value) -> Result<f64, Problem> {
    Ok(match value {
        Value::Integer(integer) => double(*integer),
        Value::Number(number) | Value::Percent(number) => *number,
        Value::Decimal(decimal) | Value::Money(decimal, _) => to_double(*decimal),
        Value::Duration(length) => double(*length),
        other => return Err(unfit(name, other)),
    })
}

/// A figure as a value of the kind of another; in place of an integer stands a number.
fn alike(name: &str, other: Option<&Value>, figure: f64) -> Result<Value, Problem> {
    let exact = || from_double(figure).ok_or_else(|| overflow(name));
    Ok(match other {
        Some(Value::Percent(_)) => Value::Percent(figure),
        Some(Value::Decimal(_)) => Value::Decimal(exact()?),
        Some(Value::Money(_, currency)) => Value::Money(exact()?, currency.clone()),
        Some(Value::Duration(_)) => {
            Value::Duration(figure.round().to_i64().ok_or_else(|| overflow(name))?)
        }
        _ => Value::Number(figure),
    })
}
