//! Prints a schedule as its phrase: reading what is printed gives the same schedule.

use std::fmt::{self, Display, Formatter};

use super::read::ordinal_text;
use super::{CatchUp, ClockTime, Repeat, Schedule};

const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// The units of distances, longest first, in milliseconds.
const UNITS: [(i64, &str); 4] = [
    (3_600_000, "hour"),
    (60_000, "minute"),
    (1_000, "second"),
    (1, "millisecond"),
];

/// `every weekday at 08:00 in "America/Chicago" catch up all`. Midnight alone and `catch up once`
/// are what is meant without words, so they are not printed.
impl Display for Schedule {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.repeat)?;
        let midnight = ClockTime { hour: 0, minute: 0 };
        if self.times.as_slice() != [midnight] {
            for (index, time) in self.times.iter().enumerate() {
                let before = if index == 0 { " at " } else { ", " };
                write!(formatter, "{before}{time}")?;
            }
        }
        if let Some(zone) = &self.zone {
            write!(formatter, " in \"{zone}\"")?;
        }
        match self.catch_up {
            CatchUp::All => formatter.write_str(" catch up all"),
            CatchUp::Once => Ok(()),
            CatchUp::None => formatter.write_str(" catch up none"),
        }
    }
}

/// `every weekday`, `on the 3rd of each month`.
impl Display for Repeat {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day => formatter.write_str("every day"),
            Self::Weekday => formatter.write_str("every weekday"),
            Self::Week => formatter.write_str("every week"),
            Self::Month => formatter.write_str("every month"),
            Self::Quarter => formatter.write_str("every quarter"),
            Self::Year => formatter.write_str("every year"),
            Self::DaysOfWeek(days) => {
                formatter.write_str("every ")?;
                for (index, day) in days.iter().enumerate() {
                    if index > 0 {
                        let last = index + 1 == days.len();
                        formatter.write_str(if last { " and " } else { ", " })?;
                    }
                    formatter.write_str(day_name(*day))?;
                }
                Ok(())
            }
            Self::Interval { milliseconds } => {
                let (length, unit) = UNITS
                    .into_iter()
                    .find(|(length, _)| milliseconds % length == 0)
                    .unwrap_or((1, "millisecond"));
                let count = milliseconds / length;
                let plural = if count == 1 { "" } else { "s" };
                write!(formatter, "every {count} {unit}{plural}")
            }
            Self::DayOfMonth(day) => {
                write!(formatter, "on the {} of each month", ordinal_text(*day))
            }
            Self::LastDayOfMonth => formatter.write_str("on the last day of each month"),
            Self::WeekdayOfMonth { weekday, nth } => write!(
                formatter,
                "on the {} {} of each month",
                position(*nth),
                day_name(*weekday)
            ),
            Self::BusinessDayOfMonth(nth) | Self::BusinessDayOfMonthBy { nth, .. } => write!(
                formatter,
                "on the {} business day of each month",
                position(*nth)
            ),
            Self::Cron(fields) => write!(formatter, "cron \"{fields}\""),
        }
    }
}

/// `08:00`.
impl Display for ClockTime {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:02}:{:02}", self.hour, self.minute)
    }
}

fn day_name(day: u8) -> &'static str {
    usize::from(day)
        .checked_sub(1)
        .and_then(|index| DAYS.get(index))
        .copied()
        .unwrap_or("day")
}

fn position(nth: i8) -> String {
    match nth {
        -1 => "last".to_owned(),
        nth if nth < 0 => format!("{} to last", ordinal_text(nth.unsigned_abs())),
        nth => ordinal_text(nth.unsigned_abs()),
    }
}
