//! Calendar files (iCalendar): the days of their events, with those that repeat.
//!
//! Kept true here: a rule that is not understood is refused by its line, never read as another one.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// The last year in which an event without an end repeats.
const LAST_YEAR: i16 = 2099;

/// One event, as far as it was read.
#[derive(Default)]
struct Event {
    start: Option<Date>,
    end: Option<Date>,
    rule: Option<Rule>,
    besides: Vec<Date>,
    except: BTreeSet<Date>,
}

/// `FREQ=YEARLY;BYMONTH=11;BYDAY=4TH`
#[derive(Default)]
struct Rule {
    every: i16,
    count: Option<usize>,
    until: Option<Date>,
    months: Vec<i8>,
    days_of_month: Vec<i8>,
    /// `4TH` is `(4, Thursday)`; `TH`, every Thursday, `(0, Thursday)`.
    weekdays: Vec<(i8, Weekday)>,
}

/// The days of a file; or the line, from 1, that cannot be read.
pub(crate) fn days(text: &str) -> Result<Vec<Date>, usize> {
    let mut days = Vec::new();
    let mut event = Event::default();
    for (number, line) in unfolded(text) {
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        let day = |written: &str| day(written).ok_or(number);
        let list = || value.split(',').map(day);
        match name.split(';').next().unwrap_or_default() {
            "BEGIN" if value == "VEVENT" => event = Event::default(),
            "DTSTART" => event.start = Some(day(value)?),
            "DTEND" => event.end = Some(day(value)?),
            "RRULE" => event.rule = Some(Rule::read(value).ok_or(number)?),
            "RDATE" => {
                for found in list() {
                    event.besides.push(found?);
                }
            }
            "EXDATE" => {
                for found in list() {
                    event.except.insert(found?);
                }
            }
            "END" if value == "VEVENT" => {
                let event = std::mem::take(&mut event);
                days.extend(event.days().ok_or(number)?);
            }
            _ => {}
        }
    }
    Ok(days)
}

/// The lines with their numbers; one that begins with a blank goes on with the line before it.
fn unfolded(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some((_, before))) => before.push_str(rest.trim_end()),
            _ => lines.push((number, line.trim_end().to_owned())),
        }
    }
    lines
}

/// `20261224`, or a time of that day.
fn day(written: &str) -> Option<Date> {
    Date::strptime("%Y%m%d", written.trim().get(..8)?).ok()
}

impl Event {
    fn days(self) -> Option<Vec<Date>> {
        let start = self.start?;
        let long = self
            .end
            .map_or(1, |end| start.duration_until(end).as_hours() / 24);
        let mut starts: BTreeSet<Date> = self.besides.into_iter().collect();
        match &self.rule {
            Some(rule) => starts.extend(rule.days(start)),
            None => {
                starts.insert(start);
            }
        }
        let mut days = Vec::new();
        for start in starts.difference(&self.except) {
            for after in 0..long.clamp(1, 366) {
                days.extend(start.checked_add(after.days()).ok());
            }
        }
        Some(days)
    }
}

impl Rule {
    fn read(written: &str) -> Option<Self> {
        let mut rule = Self {
            every: 1,
            ..Self::default()
        };
        let mut yearly = false;
        for part in written.split(';') {
            let (name, value) = part.split_once('=')?;
            match name {
                "FREQ" => yearly = value == "YEARLY",
                "INTERVAL" => rule.every = value.parse().ok().filter(|every| *every > 0)?,
                "COUNT" => rule.count = Some(value.parse().ok()?),
                "UNTIL" => rule.until = Some(day(value)?),
                "BYMONTH" => rule.months = numbers(value, 1..=12)?,
                "BYMONTHDAY" => rule.days_of_month = numbers(value, -31..=31)?,
                "BYDAY" => {
                    rule.weekdays = value.split(',').map(weekday).collect::<Option<_>>()?;
                }
                // It says where weeks begin, and no rule by the week is read.
                "WKST" => {}
                _ => return None,
            }
        }
        // A weekday of the whole year is another thing than one of a month.
        let whole_year = !rule.weekdays.is_empty() && rule.months.is_empty();
        (yearly && !whole_year).then_some(rule)
    }

    /// Every first day, the event's own among them.
    fn days(&self, start: Date) -> Vec<Date> {
        let mut days = vec![start];
        let mut year = start.year();
        while year <= LAST_YEAR {
            let own = [start.month()];
            let months = if self.months.is_empty() {
                &own[..]
            } else {
                &self.months
            };
            let mut found: Vec<Date> = (months.iter())
                .filter_map(|month| Date::new(year, *month, 1).ok())
                .flat_map(|first| self.of_month(first, start.day()))
                .collect();
            found.sort_unstable();
            found.dedup();
            days.extend(found.into_iter().filter(|day| *day > start));
            let Some(next) = year.checked_add(self.every) else {
                break;
            };
            year = next;
        }
        if let Some(until) = self.until {
            days.retain(|day| *day <= until);
        }
        days.truncate(self.count.unwrap_or(usize::MAX));
        days
    }

    /// The days of a month, by its first.
    fn of_month(&self, first: Date, own_day: i8) -> Vec<Date> {
        let last = first.days_in_month();
        let numbered = |number: i8| {
            let number = if number < 0 {
                last + 1 + number
            } else {
                number
            };
            Date::new(first.year(), first.month(), number).ok()
        };
        let by_number = |days: &[i8]| -> Vec<Date> {
            days.iter().filter_map(|number| numbered(*number)).collect()
        };
        if self.weekdays.is_empty() {
            return if self.days_of_month.is_empty() {
                by_number(&[own_day])
            } else {
                by_number(&self.days_of_month)
            };
        }
        let mut days = Vec::new();
        for (nth, weekday) in &self.weekdays {
            if *nth == 0 {
                let every =
                    (1..=5).filter_map(|nth| first.nth_weekday_of_month(nth, *weekday).ok());
                days.extend(every);
            } else {
                days.extend(first.nth_weekday_of_month(*nth, *weekday).ok());
            }
        }
        if !self.days_of_month.is_empty() {
            let among = by_number(&self.days_of_month);
            days.retain(|day| among.contains(day));
        }
        days
    }
}

fn numbers(written: &str, within: std::ops::RangeInclusive<i8>) -> Option<Vec<i8>> {
    let number = |written: &str| {
        let number = written.parse::<i8>().ok()?;
        (number != 0 && within.contains(&number)).then_some(number)
    };
    written.split(',').map(number).collect()
}

/// `4TH`, `-1MO`, `TU`
fn weekday(written: &str) -> Option<(i8, Weekday)> {
    let at = written.len().checked_sub(2)?;
    let (nth, name) = (written.get(..at)?, written.get(at..)?);
    let weekday = match name {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    };
    let nth = match nth {
        "" => 0,
        nth => nth
            .parse()
            .ok()
            .filter(|nth| (-5..=5).contains(nth) && *nth != 0)?,
    };
    Some((nth, weekday))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(event: &str) -> String {
        format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
    }

    /// The days of an event up to the end of a year.
    fn until(event: &str, year: i16) -> Vec<String> {
        let mut days = days(&file(event)).unwrap();
        days.sort_unstable();
        days.retain(|day| day.year() <= year);
        days.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_event_has_the_days_from_its_start_to_before_its_end() {
        let event =
            "DTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261226\r\nSUMMARY:Chris\r\n tmas";
        assert_eq!(until(event, 2030), ["2026-12-24", "2026-12-25"]);
        assert_eq!(until("DTSTART:20261224T090000Z", 2030), ["2026-12-24"]);
    }

    #[test]
    fn an_event_repeats_by_the_year() {
        let event = "DTSTART:20251225\r\nDTEND:20251227\r\nRRULE:FREQ=YEARLY\r\nEXDATE:20261225\r\nRDATE:20260105";
        assert_eq!(
            until(event, 2027),
            [
                "2025-12-25",
                "2025-12-26",
                "2026-01-05",
                "2026-01-06",
                "2027-12-25",
                "2027-12-26"
            ]
        );
        let leap = "DTSTART:20240229\r\nRRULE:FREQ=YEARLY";
        assert_eq!(until(leap, 2030), ["2024-02-29", "2028-02-29"]);
        let twice = "DTSTART:20260101\r\nRRULE:FREQ=YEARLY;INTERVAL=2;COUNT=2";
        assert_eq!(until(twice, 2099), ["2026-01-01", "2028-01-01"]);
        let ends = "DTSTART:20260101\r\nRRULE:FREQ=YEARLY;UNTIL=20271231T000000Z";
        assert_eq!(until(ends, 2099), ["2026-01-01", "2027-01-01"]);
    }

    #[test]
    fn weekdays_of_a_month_are_found() {
        let thanks = "DTSTART:20261126\r\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH";
        assert_eq!(
            until(thanks, 2028),
            ["2026-11-26", "2027-11-25", "2028-11-23"]
        );
        let memorial = "DTSTART:20260525\r\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO";
        assert_eq!(until(memorial, 2027), ["2026-05-25", "2027-05-31"]);
        let election =
            "DTSTART:20261103\r\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8";
        assert_eq!(
            until(election, 2028),
            ["2026-11-03", "2027-11-02", "2028-11-07"]
        );
        let last = "DTSTART:20261231\r\nRRULE:FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=-1";
        assert_eq!(until(last, 2027), ["2026-12-31", "2027-12-31"]);
    }

    #[test]
    fn what_is_not_understood_is_told_by_its_line() {
        for rule in [
            "FREQ=WEEKLY",
            "FREQ=YEARLY;BYDAY=MO",
            "FREQ=YEARLY;BYWEEKNO=20",
            "FREQ=YEARLY;INTERVAL=0",
            "FREQ=YEARLY;BYMONTH=13",
            "FREQ=YEARLY;BYMONTH=5;BYDAY=6MO",
        ] {
            let event = format!("DTSTART:20261224\r\nRRULE:{rule}");
            assert_eq!(days(&file(&event)), Err(4), "{rule}");
        }
        assert_eq!(days(&file("DTSTART:christmas")), Err(3));
        assert_eq!(days(&file("SUMMARY:no day")), Err(4));
    }
}
