//! How a series goes on: a straight line through it, with what the place in the season adds.
//!
//! Kept true here: a forecast begins after the last row of its series and ends where it was asked to; a series that
//! is too short to have a direction has none.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Span;
use jiff::civil::Date;
use sophia_diagnostics::{Problem, codes};

use super::super::double;
use super::super::problem::{missing, overflow};
use super::spread::{count, median};
use super::{DAY, Given, Point, alike, seasonal, step};
use crate::value::{Record, Value};

/// So many rows of one series can be meant.
const MOST: usize = 10_000;

/// So many standard deviations to either side hold 95 of 100 values.
const RANGE: f64 = 1.96;

/// The rows that follow each series, with `low` and `high`.
pub(in super::super) fn forecast(arguments: &[Value]) -> Result<Value, Problem> {
    let given = Given::of("`stats.forecast`", arguments)?;
    let Some(Value::Duration(next)) = arguments.get(2) else {
        return Err(missing(given.name));
    };
    let mut rows = Vec::new();
    for points in &given.series {
        let Some((line, last)) = Line::through(points, given.season).zip(points.last()) else {
            continue;
        };
        for time in following(points, last, *next, &given)? {
            let (instant, at) = time;
            let middle = line.at(instant);
            let beside = RANGE * line.deviation;
            let of = last.row.get("value");
            let mut fields = last.row.fields.clone();
            for (name, value) in &mut fields {
                if **name == *given.time {
                    value.clone_from(&at);
                } else if **name == *"value" {
                    *value = alike(given.name, of, middle)?;
                }
            }
            fields.push((Arc::from("low"), alike(given.name, of, middle - beside)?));
            fields.push((Arc::from("high"), alike(given.name, of, middle + beside)?));
            rows.push(Value::Record(Arc::new(Record { fields })));
        }
    }
    Ok(Value::List(Arc::new(rows)))
}

/// A straight line, and what is added to it at each place of the season.
struct Line {
    first: i64,
    step: i64,
    height: f64,
    slope: f64,
    season: Option<i64>,
    added: BTreeMap<i64, f64>,
    /// How far the values lie from all this.
    deviation: f64,
}

impl Line {
    fn through(points: &[Point], season: i64) -> Option<Self> {
        let step = step(points);
        if step == 0 {
            return None;
        }
        let first = points.first()?.time;
        let mut line = Self {
            first,
            step,
            height: 0.0,
            slope: 0.0,
            season: seasonal(points, season),
            added: BTreeMap::new(),
            deviation: 0.0,
        };
        let number = count(points.len());
        let along = points.iter().map(|point| line.along(point.time));
        let middle = along.clone().sum::<f64>() / number;
        let height = points.iter().map(|point| point.value).sum::<f64>() / number;
        let (mut across, mut square) = (0.0, 0.0);
        for (x, point) in along.zip(points) {
            across += (x - middle) * (point.value - height);
            square += (x - middle) * (x - middle);
        }
        line.slope = if square > 0.0 { across / square } else { 0.0 };
        line.height = height - line.slope * middle;
        line.added = line.seasons(points);
        let squares: f64 = (points.iter())
            .map(|point| point.value - line.at(point.time))
            .map(|away| away * away)
            .sum();
        line.deviation = (squares / (number - 2.0).max(1.0)).sqrt();
        Some(line)
    }

    /// The median of what is left above the line, at each place of the season that has been seen twice.
    fn seasons(&self, points: &[Point]) -> BTreeMap<i64, f64> {
        let Some(season) = self.season else {
            return BTreeMap::new();
        };
        let mut left: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
        for point in points {
            let above = point.value - self.at(point.time);
            left.entry(point.time.rem_euclid(season))
                .or_default()
                .push(above);
        }
        left.into_iter()
            .filter(|(_, values)| values.len() > 1)
            .filter_map(|(place, values)| Some((place, median(values)?)))
            .collect()
    }

    fn along(&self, time: i64) -> f64 {
        double(time - self.first) / double(self.step)
    }

    fn at(&self, time: i64) -> f64 {
        let place = self.season.map(|season| time.rem_euclid(season));
        let added = place.and_then(|place| self.added.get(&place));
        self.height + self.slope * self.along(time) + added.copied().unwrap_or(0.0)
    }
}

/// The times that follow the last one, as milliseconds and as values, no further than asked.
fn following(
    points: &[Point],
    last: &Point,
    next: i64,
    given: &Given<'_>,
) -> Result<Vec<(i64, Value)>, Problem> {
    let end = (last.time.checked_add(next)).ok_or_else(|| overflow(given.name))?;
    let months = months(points, given.time);
    let step = step(points);
    let mut times = Vec::new();
    for number in 1_i64.. {
        let outside = || overflow(given.name);
        let (instant, at) = if let Some(Value::Date(day)) = last.row.get(given.time) {
            let at = Value::Date(after(*day, number, step, months).ok_or_else(outside)?);
            (super::instant(Some(&at)).ok_or_else(outside)?, at)
        } else {
            let ahead = number.checked_mul(step).ok_or_else(outside)?;
            let instant = last.time.checked_add(ahead).ok_or_else(outside)?;
            let at = jiff::Timestamp::from_millisecond(instant).map_err(|_| outside())?;
            (instant, Value::Timestamp(at))
        };
        if instant > end {
            break;
        }
        if times.len() == MOST {
            return Err(Problem::new(
                codes::S946,
                format!(
                    "{} was asked for more than {MOST} rows of one series.",
                    given.name
                ),
            )
            .with_help("ask for a shorter time, or for larger steps such as days"));
        }
        times.push((instant, at));
    }
    Ok(times)
}

/// The day so many steps later; `None` outside the calendar.
fn after(day: Date, steps: i64, step: i64, months: Option<i64>) -> Option<Date> {
    let ahead = match months {
        Some(months) => Span::new().try_months(steps.checked_mul(months)?),
        None => Span::new().try_days(steps.checked_mul(step / DAY)?),
    };
    day.checked_add(ahead.ok()?).ok()
}

/// How many months lie between two days, where every day is the same of its month.
fn months(points: &[Point], time: &str) -> Option<i64> {
    let day = |point: &Point| match point.row.get(time) {
        Some(Value::Date(day)) => Some(day.day()),
        _ => None,
    };
    let first = day(points.first()?)?;
    let days = step(points) / DAY;
    let monthly = days >= 28 && points.iter().all(|point| day(point) == Some(first));
    // A month has 30.4 days: 28 to 31 are one, 59 to 62 two, and so on.
    monthly.then(|| (days * 10 + 152) / 304)
}
