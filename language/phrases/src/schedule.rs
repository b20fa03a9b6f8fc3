//! What a schedule phrase means: its parts, the instants it stands for, and the phrase again.
//!
//! Kept true here: a schedule that was read has times in order and without repeats, days of the week
//! in order, and comes round again.

#![allow(
    missing_docs,
    reason = "the fields of a variant are explained at the variant"
)]

mod cron;
mod display;
mod instants;
mod read;
mod slips;

use serde::{Deserialize, Serialize};

use crate::holidays::Holidays;

pub use read::schedule;

/// A schedule as written: `every weekday at 08:00 in "America/Chicago" catch up all`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// Which days or instants.
    pub repeat: Repeat,
    /// The times of day at which it fires, sorted; empty for intervals and cron. A phrase without
    /// a time means 00:00, and so does an empty list with any other `repeat`.
    pub times: Vec<ClockTime>,
    /// The IANA zone, where one is written.
    pub zone: Option<String>,
    /// What happens to instants that passed while nothing ran.
    pub catch_up: CatchUp,
}

impl Schedule {
    /// The same schedule by a calendar with these holidays.
    #[must_use]
    pub fn by(mut self, holidays: &Holidays) -> Self {
        if let Repeat::BusinessDayOfMonth(nth) = self.repeat
            && !holidays.is_empty()
        {
            let holidays = holidays.clone();
            self.repeat = Repeat::BusinessDayOfMonthBy { nth, holidays };
        }
        self
    }
}

/// Which days or instants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Repeat {
    /// `every day`
    Day,
    /// `every weekday`: Monday to Friday
    Weekday,
    /// `every monday`, `every monday and thursday`: 1 is Monday, 7 Sunday
    DaysOfWeek(Vec<u8>),
    /// `every 15 minutes`, counted from midnight UTC of 1 January 1970
    Interval { milliseconds: i64 },
    /// `every month`: the first day
    Month,
    /// `on the 3rd of each month`; a month without that day is passed over
    DayOfMonth(u8),
    /// `on the last day of each month`
    LastDayOfMonth,
    /// `on the last friday of each month`: a weekday (1 is Monday) and which one, -1 for the last; a
    /// month without that one is passed over
    WeekdayOfMonth { weekday: u8, nth: i8 },
    /// `on the 3rd business day of each month`; negative counts from the end. Business days are
    /// Monday to Friday
    BusinessDayOfMonth(i8),
    /// `cron "0 8 * * 1-5"`: the five fields as written, already known to be well formed
    Cron(String),
    // A stored plan names a variant by its position, so new ones stand at the end.
    /// `every week`: each Monday
    Week,
    /// `every quarter`: the first day of January, April, July and October
    Quarter,
    /// `every year`: the first of January
    Year,
    /// `on the 3rd business day of each month`, by a calendar with holidays
    BusinessDayOfMonthBy { nth: i8, holidays: Holidays },
}

/// A time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ClockTime {
    /// 0 to 23
    pub hour: u8,
    /// 0 to 59
    pub minute: u8,
}

/// What happens to instants that passed while nothing ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CatchUp {
    /// Each is made up for.
    All,
    /// One run makes up for all of them.
    #[default]
    Once,
    /// They are let go.
    None,
}
