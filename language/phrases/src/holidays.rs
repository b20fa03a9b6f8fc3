//! Days off: which days of a calendar are no business days.
//!
//! Kept true here: a business day is a Monday to Friday that is no holiday.

use std::sync::Arc;

use jiff::civil::Date;
use jiff::{ToSpan, Zoned};
use serde::{Deserialize, Serialize};

use crate::ics;

/// The most days in a row that are no business days: more would be a calendar without any.
const LONGEST: usize = 366;

/// The holidays of a calendar, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holidays(Arc<[Date]>);

impl Holidays {
    /// A calendar with these holidays.
    #[must_use]
    pub fn of(days: impl IntoIterator<Item = Date>) -> Self {
        let mut days: Vec<Date> = days.into_iter().collect();
        days.sort_unstable();
        days.dedup();
        Self(days.into())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a day is a business day.
    #[must_use]
    pub fn leave(&self, day: Date) -> bool {
        day.weekday().to_monday_zero_offset() < 5 && self.0.binary_search(&day).is_err()
    }

    /// The same time of day, that many business days later. Nothing where time as it can be counted ends.
    #[must_use]
    pub fn later(&self, from: &Zoned, days: u32) -> Option<Zoned> {
        let mut instant = from.clone();
        for _ in 0..days {
            let mut off = 0;
            loop {
                instant = instant.checked_add(1.day()).ok()?;
                off += 1;
                if self.leave(instant.date()) || off > LONGEST {
                    break;
                }
            }
        }
        Some(instant)
    }

    /// The days of a calendar file (iCalendar): of each event the days from its start to before its end, and those
    /// of every time that it repeats, year by year, up to the end of 2099.
    ///
    /// # Errors
    /// The line, from 1, that cannot be read, or repeats otherwise than by the year.
    pub fn from_ics(text: &str) -> Result<Self, usize> {
        ics::days(text).map(Self::of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn business_days_leave_weekends_and_holidays_out() {
        let days = Holidays::of([day("2026-12-25")]);
        let from = day("2026-12-24").at(9, 0, 0, 0).in_tz("UTC").unwrap();
        let later = days.later(&from, 1).unwrap();
        assert_eq!(later.date(), day("2026-12-28"));
        let plain = Holidays::default().later(&from, 1).unwrap();
        assert_eq!(plain.date(), day("2026-12-25"));
    }
}
