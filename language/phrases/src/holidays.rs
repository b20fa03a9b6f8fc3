//! Days off: which days of a calendar are no business days.
//!
//! Kept true here: a business day is a Monday to Friday that is no holiday.

use std::sync::Arc;

use jiff::civil::Date;
use jiff::{ToSpan, Zoned};
use serde::{Deserialize, Serialize};

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

    /// The days of a calendar file (iCalendar): of each event the days from its start to before its end.
    ///
    /// # Errors
    /// The line, from 1, that cannot be read as one day, or repeats.
    pub fn from_ics(text: &str) -> Result<Self, usize> {
        let mut days = Vec::new();
        let mut first: Option<Date> = None;
        let mut end: Option<Date> = None;
        for (number, line) in (1..).zip(text.lines()) {
            let (name, value) = line.trim_end().split_once(':').unwrap_or((line, ""));
            let day = || {
                let digits = value.get(..8).ok_or(number)?;
                Date::strptime("%Y%m%d", digits).map_err(|_| number)
            };
            match name.split(';').next().unwrap_or_default() {
                "BEGIN" if value == "VEVENT" => (first, end) = (None, None),
                "DTSTART" => first = Some(day()?),
                "DTEND" => end = Some(day()?),
                "RRULE" | "RDATE" => return Err(number),
                "END" if value == "VEVENT" => {
                    let mut day = first.ok_or(number)?;
                    days.push(day);
                    while let (Some(end), Ok(next)) = (end, day.tomorrow()) {
                        if next >= end {
                            break;
                        }
                        days.push(next);
                        day = next;
                    }
                }
                _ => {}
            }
        }
        Ok(Self::of(days))
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

    #[test]
    fn a_calendar_file_names_days_one_by_one() {
        let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261224\r\n\
                    DTEND;VALUE=DATE:20261226\r\nSUMMARY:Christmas\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let days = Holidays::of([day("2026-12-24"), day("2026-12-25")]);
        assert_eq!(Holidays::from_ics(text), Ok(days));
        let yearly = text.replace("SUMMARY:Christmas", "RRULE:FREQ=YEARLY");
        assert_eq!(Holidays::from_ics(&yearly), Err(5));
    }
}
