//! Arithmetic with dates, times and durations.

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Span, Timestamp};
use sophia_diagnostics::{Problem, codes};

use super::problem::overflow;
use crate::show::duration;
use crate::value::Value;

const DAY: i64 = 86_400_000;

/// A date moves by whole days.
pub(super) fn date_plus(date: Date, milliseconds: i64) -> Result<Value, Problem> {
    if milliseconds % DAY != 0 {
        return Err(Problem::new(
            codes::S976,
            format!(
                "The date {date} cannot be moved by {}: a date moves by whole days.",
                duration(milliseconds)
            ),
        )
        .with_help("use whole days, or a timestamp where the time of day matters"));
    }
    // In days, because a duration is refused that reaches over more than a third of the calendar.
    Span::new()
        .try_days(milliseconds / DAY)
        .and_then(|days| date.checked_add(days))
        .map(Value::Date)
        .map_err(|_| outside(&date.to_string(), milliseconds))
}

pub(super) fn timestamp_plus(instant: Timestamp, milliseconds: i64) -> Result<Value, Problem> {
    instant
        .checked_add(SignedDuration::from_millis(milliseconds))
        .map(Value::Timestamp)
        .map_err(|_| outside(&instant.to_string(), milliseconds))
}

/// A time of day stays within its day.
pub(super) fn time_plus(time: Time, milliseconds: i64) -> Result<Value, Problem> {
    time.checked_add(SignedDuration::from_millis(milliseconds))
        .map(Value::Time)
        .map_err(|_| {
            Problem::new(
                codes::S976,
                format!(
                    "The time {time} moved by {} leaves its day.",
                    duration(milliseconds)
                ),
            )
        })
}

pub(super) fn between(later: SignedDuration) -> Result<Value, Problem> {
    i64::try_from(later.as_millis())
        .map(Value::Duration)
        .map_err(|_| overflow("a difference of two times"))
}

fn outside(start: &str, milliseconds: i64) -> Problem {
    Problem::new(
        codes::S976,
        format!(
            "{start} moved by {} lies outside the calendar, which goes from year -9999 to 9999.",
            duration(milliseconds)
        ),
    )
}
