//! Days of the calendar: the ends of periods, and the parts of a day or an instant.
//!
//! Kept true here: a week goes from Monday to Sunday; an instant has its parts in the playbook's zone.

use jiff::civil::{Date, Weekday, date};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan as _};
use sophia_diagnostics::{Problem, codes};

use super::function::name;
use super::problem::unfit;
use crate::expression::{Edge, Function, Period};
use crate::value::Value;

/// The first or last day of the period around a day, or of the one `offset` periods away.
pub(super) fn boundary(
    today: Date,
    edge: Edge,
    offset: i8,
    period: Period,
) -> Result<Value, Problem> {
    let first = match period {
        Period::Day => Some(today),
        Period::Week => {
            let since_monday = i64::from(today.weekday().to_monday_zero_offset());
            today.checked_sub(since_monday.days()).ok()
        }
        Period::Month => Some(today.first_of_month()),
        Period::Quarter => Some(date(today.year(), (quarter(today) - 1) * 3 + 1, 1)),
        Period::Year => Some(date(today.year(), 1, 1)),
    };
    let length: Span = match period {
        Period::Day => 1.day(),
        Period::Week => 1.week(),
        Period::Month => 1.month(),
        Period::Quarter => 3.months(),
        Period::Year => 1.year(),
    };
    let moved = |from: Date, periods: i64| {
        let by = length.checked_mul(periods).ok()?;
        from.checked_add(by).ok()
    };
    let found = first
        .and_then(|first| moved(first, i64::from(offset)))
        .and_then(|start| match edge {
            Edge::Start => Some(start),
            Edge::End => moved(start, 1)?.yesterday().ok(),
        });
    found.map(Value::Date).ok_or_else(|| {
        Problem::new(
            codes::S976,
            format!("A period beside {today} lies outside the calendar."),
        )
    })
}

/// A part of a day, an instant or a time of day.
pub(super) fn part(function: Function, value: &Value, zone: &TimeZone) -> Result<Value, Problem> {
    let day = match value {
        Value::Date(day) => Some(*day),
        Value::Timestamp(instant) => Some(instant.to_zoned(zone.clone()).date()),
        _ => None,
    };
    let hour = match value {
        Value::Time(time) => Some(time.hour()),
        Value::Timestamp(instant) => Some(instant.to_zoned(zone.clone()).hour()),
        _ => None,
    };
    let found = match function {
        Function::HourOf => hour.map(|hour| Value::Integer(hour.into())),
        Function::DateOf => day.map(Value::Date),
        Function::DayOf => day.map(|day| Value::Integer(day.day().into())),
        Function::MonthOf => day.map(|day| Value::Integer(day.month().into())),
        Function::QuarterOf => day.map(|day| Value::Integer(quarter(day).into())),
        Function::YearOf => day.map(|day| Value::Integer(day.year().into())),
        _ => day.map(|day| Value::text(weekday(day.weekday()))),
    };
    found.ok_or_else(|| unfit(&format!("`{}`", name(function)), value))
}

/// The days from one day to another.
pub(super) fn days_between(from: &Value, to: &Value) -> Result<Value, Problem> {
    match (from, to) {
        (Value::Date(from), Value::Date(to)) => {
            Ok(Value::Integer(to.duration_since(*from).as_hours() / 24))
        }
        (Value::Date(_), other) | (other, _) => Err(unfit("`days_between`", other)),
    }
}

/// The day some months later; the last day of that month where it is shorter.
pub(super) fn add_months(day: &Value, months: &Value) -> Result<Value, Problem> {
    let (Value::Date(day), Value::Integer(months)) = (day, months) else {
        let wrong = if matches!(day, Value::Date(_)) {
            months
        } else {
            day
        };
        return Err(unfit("`add_months`", wrong));
    };
    (Span::new().try_months(*months).ok())
        .and_then(|ahead| day.checked_add(ahead).ok())
        .map(Value::Date)
        .ok_or_else(|| {
            Problem::new(
                codes::S976,
                format!("The day {months} months after {day} lies outside the calendar."),
            )
        })
}

fn quarter(day: Date) -> i8 {
    (day.month() - 1) / 3 + 1
}

fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "monday",
        Weekday::Tuesday => "tuesday",
        Weekday::Wednesday => "wednesday",
        Weekday::Thursday => "thursday",
        Weekday::Friday => "friday",
        Weekday::Saturday => "saturday",
        Weekday::Sunday => "sunday",
    }
}
