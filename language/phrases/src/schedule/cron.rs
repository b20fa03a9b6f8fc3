//! The five fields of cron: minute, hour, day of the month, month, day of the week.
//!
//! A field is `*`, a number, a range `1-5`, either with a step `*/15`, or a list of these by commas;
//! months and days may be named `jan`, `mon`. Sunday is 0 and 7. As in cron itself, a day must fit
//! both day fields where one of them begins with `*`, and either of them otherwise.

use std::ops::Range;

use jiff::civil::Date;

/// Five fields, each as a set of numbers: bit `n` stands for `n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cron {
    pub(super) minutes: u64,
    pub(super) hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    either_day: bool,
}

/// A field that cannot be read, in bytes of the fields.
#[derive(Debug)]
pub(super) struct Mistake {
    pub(super) span: Range<usize>,
    pub(super) message: String,
}

struct Field {
    name: &'static str,
    from: u8,
    to: u8,
    names: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field {
        name: "minute",
        from: 0,
        to: 59,
        names: &[],
    },
    Field {
        name: "hour",
        from: 0,
        to: 23,
        names: &[],
    },
    Field {
        name: "day of the month",
        from: 1,
        to: 31,
        names: &[],
    },
    Field {
        name: "month",
        from: 1,
        to: 12,
        names: &[
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ],
    },
    Field {
        name: "day of the week",
        from: 0,
        to: 7,
        names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    },
];

/// The days of each month in a leap year.
const DAYS_IN_MONTH: [u8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

impl Cron {
    /// Whether it fires on a day.
    pub(super) fn includes(&self, date: Date) -> bool {
        let has = |set: u64, number: i8| number >= 0 && set & (1 << number) != 0;
        let day = has(self.days, date.day());
        let weekday = has(self.weekdays, date.weekday().to_sunday_zero_offset());
        has(self.months, date.month())
            && if self.either_day {
                day || weekday
            } else {
                day && weekday
            }
    }
}

/// Reads the five fields.
pub(super) fn read(text: &str) -> Result<Cron, Mistake> {
    let mut start = 0;
    let mut fields: Vec<(usize, &str)> = Vec::new();
    for field in text.split(' ') {
        if !field.is_empty() {
            fields.push((start, field));
        }
        start += field.len() + 1;
    }
    let &[minute, hour, day, month, weekday] = fields.as_slice() else {
        return Err(Mistake {
            span: 0..text.len(),
            message: format!(
                "Cron has five fields (minute, hour, day of the month, month, day of the week), and here are {}: `0 8 * * 1-5` is each weekday at 08:00.",
                fields.len()
            ),
        });
    };
    let [
        minute_field,
        hour_field,
        day_field,
        month_field,
        weekday_field,
    ] = &FIELDS;
    let mut weekdays = set(weekday, weekday_field)?;
    if weekdays & (1 << 7) != 0 {
        weekdays |= 1;
    }
    let cron = Cron {
        minutes: set(minute, minute_field)?,
        hours: set(hour, hour_field)?,
        days: set(day, day_field)?,
        months: set(month, month_field)?,
        weekdays,
        either_day: !day.1.starts_with('*') && !weekday.1.starts_with('*'),
    };
    let fires = cron.either_day
        || DAYS_IN_MONTH
            .into_iter()
            .zip(1..=12_u8)
            .any(|(days, month)| {
                cron.months & (1 << month) != 0 && (1..=days).any(|day| cron.days & (1 << day) != 0)
            });
    if !fires {
        return Err(Mistake {
            span: day.0..month.0 + month.1.len(),
            message: "No month named here has such a day, so this would never fire.".to_owned(),
        });
    }
    Ok(cron)
}

fn set((start, text): (usize, &str), field: &Field) -> Result<u64, Mistake> {
    let mut numbers = 0;
    let mut at = start;
    for item in text.split(',') {
        numbers |= item_set(item, field).ok_or_else(|| Mistake {
            span: at..at + item.len(),
            message: format!(
                "`{item}` is no {}: `*`, a number from {} to {}, a range such as `{}-{}` or a step such as `*/{}` is expected here.",
                field.name, field.from, field.to, field.from, field.to, field.from.max(2)
            ),
        })?;
        at += item.len() + 1;
    }
    Ok(numbers)
}

fn item_set(item: &str, field: &Field) -> Option<u64> {
    let (range, step) = match item.split_once('/') {
        Some((range, step)) => (range, Some(number(step)?)),
        None => (item, None),
    };
    let (from, to) = match range.split_once('-') {
        _ if range == "*" => (field.from, field.to),
        Some((from, to)) => (value(from, field)?, value(to, field)?),
        None => {
            let from = value(range, field)?;
            (from, if step.is_some() { field.to } else { from })
        }
    };
    let step = step.unwrap_or(1);
    if step == 0 || from > to {
        return None;
    }
    Some(
        (from..=to)
            .step_by(usize::from(step))
            .fold(0, |set, number| set | 1 << number),
    )
}

fn value(text: &str, field: &Field) -> Option<u8> {
    let named = field
        .names
        .iter()
        .position(|name| name.eq_ignore_ascii_case(text))
        .and_then(|index| u8::try_from(index).ok())
        .map(|index| index + field.from);
    named
        .or_else(|| number(text))
        .filter(|value| (field.from..=field.to).contains(value))
}

fn number(text: &str) -> Option<u8> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}
