//! How many runs a schedule starts in a month, at most.
//!
//! Kept true here: a month has 31 days and the hour that clocks go back, and each count is the largest of any month.

use sophia_language::phrases::{Repeat, Schedule};

const DAYS: u64 = 31;
/// The weekdays of the longest month that begins on one.
const WEEKDAYS: u64 = 23;
/// A day of the week falls at most this often into a month.
const WEEKS: u64 = 5;
/// Where clocks go back in October, its last day has an hour more, and what comes round at a distance comes round in it.
const MILLISECONDS_OF_A_MONTH: u64 = (DAYS * 24 + 1) * 60 * 60 * 1_000;

/// The most runs in a month.
pub(crate) fn runs(schedule: &Schedule) -> u64 {
    let days = match &schedule.repeat {
        Repeat::Interval { milliseconds } => {
            let interval = u64::try_from(*milliseconds).unwrap_or(0).max(1);
            return MILLISECONDS_OF_A_MONTH.div_ceil(interval);
        }
        Repeat::Cron(fields) => return cron(fields),
        Repeat::Day => DAYS,
        Repeat::Weekday => WEEKDAYS,
        Repeat::DaysOfWeek(days) => (days.len() as u64 * WEEKS).min(DAYS),
        Repeat::Week => WEEKS,
        Repeat::Month
        | Repeat::DayOfMonth(_)
        | Repeat::LastDayOfMonth
        | Repeat::WeekdayOfMonth { .. }
        | Repeat::BusinessDayOfMonth(_)
        | Repeat::BusinessDayOfMonthBy { .. }
        | Repeat::Quarter
        | Repeat::Year => 1,
    };
    days.saturating_mul((schedule.times.len() as u64).max(1))
}

/// The five fields: minute, hour, day of the month, month, day of the week.
fn cron(fields: &str) -> u64 {
    let mut fields = fields.split_whitespace();
    let minutes = values(fields.next().unwrap_or("*"), 60);
    let hours = values(fields.next().unwrap_or("*"), 24);
    let day = fields.next().unwrap_or("*");
    let _month = fields.next();
    let weekday = fields.next().unwrap_or("*");
    let by_date = values(day, DAYS);
    let by_week = values(weekday, 7).saturating_mul(WEEKS).min(DAYS);
    let days = match (day == "*", weekday == "*") {
        (true, true) => DAYS,
        (true, false) if weekday.trim() == "1-5" => WEEKDAYS,
        (true, false) => by_week,
        (false, true) => by_date,
        // Where both are written, either is enough.
        (false, false) => by_date.saturating_add(by_week).min(DAYS),
    };
    minutes.saturating_mul(hours).saturating_mul(days)
}

/// How many values a field names; what it says in another way is taken as all of them.
fn values(field: &str, all: u64) -> u64 {
    field
        .split(',')
        .map(|part| part_values(part, all).unwrap_or(all))
        .fold(0_u64, u64::saturating_add)
        .min(all)
}

fn part_values(part: &str, all: u64) -> Option<u64> {
    let (range, step) = match part.split_once('/') {
        Some((range, step)) => (range, step.parse::<u64>().ok()?.max(1)),
        None => (part, 1),
    };
    let width = match range.split_once('-') {
        Some((from, to)) => to.parse::<u64>().ok()?.checked_sub(from.parse().ok()?)? + 1,
        None if range == "*" => all,
        None if part.contains('/') => all,
        None => range.parse::<u64>().ok().map(|_| 1)?,
    };
    Some(width.div_ceil(step))
}
