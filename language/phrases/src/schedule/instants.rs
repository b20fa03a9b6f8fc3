//! The instants that a schedule stands for.
//!
//! Kept true here: later local times never give earlier instants, so the first one found that lies
//! after a given instant is the next. A local time that a day skips (clocks go forward) stands for
//! the first instant after the gap, one that a day has twice (clocks go back) for its first.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};

use super::cron::{self, Cron};
use super::{ClockTime, Repeat, Schedule};
use crate::zone::known;

/// How far ahead a day is looked for. The rarest schedules (a Monday that is 29 February) come
/// round within 40 years.
const DAYS_AHEAD: usize = 41 * 366;

const MIDNIGHT: ClockTime = ClockTime { hour: 0, minute: 0 };

impl Schedule {
    /// The first instant strictly after another one.
    ///
    /// Each zone's clock is searched by halves, so a day with many times costs little more than one
    /// with few. Local times are those of the schedule's own zone, else of `default_zone`. Business days are
    /// Monday to Friday, without the holidays of a calendar. `None` where time as it can be counted ends (the year 9999), and for a
    /// schedule put together by hand that never fires or names an unknown zone.
    #[must_use]
    pub fn next(&self, after: Timestamp, default_zone: &TimeZone) -> Option<Timestamp> {
        if let Repeat::Interval { milliseconds } = self.repeat {
            return next_multiple(after, milliseconds);
        }
        let own_zone = match &self.zone {
            Some(name) => Some(known(name)?),
            None => None,
        };
        let zone = own_zone.as_ref().unwrap_or(default_zone);
        let days = Days::of(&self.repeat)?;
        let times = self.local_times(&days);

        // Two days earlier, because a zone may skip a whole day.
        let today = zone.to_datetime(after).date();
        let mut date = today.checked_sub(2.days()).unwrap_or(today);
        for _ in 0..DAYS_AHEAD {
            if days.include(date) {
                let at = |time: &Time| instant(date.to_datetime(*time), zone);
                // Where no instant can be counted, time has not begun, or is over.
                let passed =
                    |time: &Time| at(time).map_or(date.year() < 0, |instant| instant <= after);
                let next = times.get(times.partition_point(passed)).and_then(at);
                if next.is_some() {
                    return next;
                }
            }
            date = date.tomorrow().ok()?;
        }
        None
    }

    fn local_times(&self, days: &Days) -> Vec<Time> {
        if let Days::Cron(cron) = days {
            return (0..24)
                .filter(|hour| cron.hours & (1 << hour) != 0)
                .flat_map(|hour| {
                    (0..60)
                        .filter(|minute| cron.minutes & (1 << minute) != 0)
                        .filter_map(move |minute| Time::new(hour, minute, 0, 0).ok())
                })
                .collect();
        }
        let times = if self.times.is_empty() {
            &[MIDNIGHT]
        } else {
            self.times.as_slice()
        };
        times
            .iter()
            .filter_map(|time| {
                let hour = i8::try_from(time.hour).ok()?;
                let minute = i8::try_from(time.minute).ok()?;
                Time::new(hour, minute, 0, 0).ok()
            })
            .collect()
    }
}

/// The next multiple of a distance since 1970 began.
fn next_multiple(after: Timestamp, milliseconds: i64) -> Option<Timestamp> {
    if milliseconds <= 0 {
        return None;
    }
    let distance = i128::from(milliseconds) * 1_000_000;
    let count = after.as_nanosecond().div_euclid(distance) + 1;
    Timestamp::from_nanosecond(count.checked_mul(distance)?).ok()
}

/// The instant that a local time stands for.
fn instant(local: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let AmbiguousOffset::Gap { before, after } = ambiguous.offset() else {
        return ambiguous.earlier().ok();
    };
    // The clock jumps between these two, and nowhere else.
    let from = after.to_timestamp(local).ok()?;
    let to = before.to_timestamp(local).ok()?;
    zone.following(from)
        .map(|change| change.timestamp())
        .take_while(|change| *change <= to)
        .find(|change| zone.to_offset(*change) == after)
        .or(Some(to))
}

/// Which days a schedule fires on.
enum Days {
    Plain(Repeat),
    Cron(Cron),
}

impl Days {
    fn of(repeat: &Repeat) -> Option<Self> {
        match repeat {
            Repeat::Cron(fields) => cron::read(fields).ok().map(Self::Cron),
            other => Some(Self::Plain(other.clone())),
        }
    }

    fn include(&self, date: Date) -> bool {
        let day = date.day();
        let weekday = date.weekday().to_monday_one_offset();
        match self {
            Self::Cron(cron) => cron.includes(date),
            Self::Plain(repeat) => match repeat {
                Repeat::Day => true,
                Repeat::Weekday => weekday <= 5,
                Repeat::DaysOfWeek(days) => days.iter().any(|wanted| same(*wanted, weekday)),
                Repeat::Week => weekday == 1,
                Repeat::Month => day == 1,
                Repeat::Quarter => day == 1 && date.month() % 3 == 1,
                Repeat::Year => day == 1 && date.month() == 1,
                Repeat::DayOfMonth(wanted) => same(*wanted, day),
                Repeat::LastDayOfMonth => day == date.days_in_month(),
                Repeat::WeekdayOfMonth {
                    weekday: wanted,
                    nth,
                } => {
                    let from_start = (day - 1) / 7 + 1;
                    let from_end = (date.days_in_month() - day) / 7 + 1;
                    same(*wanted, weekday) && (*nth == from_start || *nth == -from_end)
                }
                Repeat::BusinessDayOfMonth(nth) => {
                    nth_business_day(date, *nth, |day| day.weekday().to_monday_zero_offset() < 5)
                }
                Repeat::BusinessDayOfMonthBy { nth, holidays } => {
                    nth_business_day(date, *nth, |day| holidays.leave(day))
                }
                Repeat::Interval { .. } | Repeat::Cron(_) => false,
            },
        }
    }
}

fn same(wanted: u8, found: i8) -> bool {
    i8::try_from(wanted) == Ok(found)
}

/// Whether a day is the business day of its month with this number, counted from the end where it is
/// negative.
fn nth_business_day(date: Date, nth: i8, is_one: impl Fn(Date) -> bool) -> bool {
    let count = |days: std::ops::RangeInclusive<i8>| {
        days.filter_map(|day| Date::new(date.year(), date.month(), day).ok())
            .filter(|day| is_one(*day))
            .fold(0_i8, |count, _| count + 1)
    };
    let day = date.day();
    is_one(date) && (nth == count(1..=day) || nth == -count(day..=date.days_in_month()))
}
