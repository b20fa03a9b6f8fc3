//! Dates as they are written elsewhere: `22.11.2026`, `11/22/2026`, `2026-1-5`, `22 Nov 2026`.

use jiff::civil::Date;

use super::MONTHS;
use crate::clock;

/// What is known about a date that was not read.
pub(super) enum Meant {
    /// This is it, as it is written here.
    Day(String),
    /// It may be two days; one sentence says which.
    Unclear(String),
}

/// The day that is meant.
pub(super) fn meant(text: &str) -> Option<Meant> {
    let text = text.trim();
    if text.len() > 40 {
        return None;
    }
    let parts: Vec<&str> = text
        .split(|letter: char| matches!(letter, '-' | '/' | '.' | ',') || letter.is_whitespace())
        .filter(|part| !part.is_empty())
        .collect();
    match parts.as_slice() {
        [digits] if digits.len() == 8 => {
            let (year, rest) = digits.split_at_checked(4)?;
            let (month, day) = rest.split_at_checked(2)?;
            day_of(number(year)?, number(month)?, number(day)?)
        }
        [year, month, day] if is_year(year) => {
            day_of(number(year)?, month_number(month)?, number(day)?)
        }
        [first, second, year] if is_year(year) => {
            let year = number(year)?;
            if let Some(month) = named_month(second) {
                return day_of(year, month, number(first)?);
            }
            if let Some(month) = named_month(first) {
                return day_of(year, month, number(second)?);
            }
            let (first, second) = (number(first)?, number(second)?);
            // With points the day always comes first; otherwise that depends on the country.
            if text.contains('.') || first > 12 || first == second {
                day_of(year, second, first)
            } else if second > 12 {
                day_of(year, first, second)
            } else {
                unclear(text, year, first, second)
            }
        }
        _ => None,
    }
}

/// The moment that is meant: a day and a time.
pub(super) fn meant_with_time(text: &str) -> Option<Meant> {
    let text = text.trim();
    text.char_indices()
        .filter(|(_, letter)| matches!(letter, ' ' | 'T'))
        .find_map(|(at, _)| {
            let time = clock::meant(text.get(at + 1..)?)?;
            Some(match meant(text.get(..at)?)? {
                Meant::Day(day) => Meant::Day(format!("{day} {time}")),
                unclear @ Meant::Unclear(_) => unclear,
            })
        })
}

fn day_of(year: i16, month: i16, day: i16) -> Option<Meant> {
    let month = i8::try_from(month).ok()?;
    let date = Date::new(year, month, i8::try_from(day).ok()?).ok()?;
    Some(Meant::Day(date.to_string()))
}

fn unclear(text: &str, year: i16, first: i16, second: i16) -> Option<Meant> {
    let [Some(Meant::Day(one)), Some(Meant::Day(other))] =
        [day_of(year, first, second), day_of(year, second, first)]
    else {
        return None;
    };
    Some(Meant::Unclear(format!(
        "`{text}` may be `{one}` or `{other}`: a date is written year, month, day."
    )))
}

fn is_year(written: &str) -> bool {
    written.len() == 4 && written.bytes().all(|byte| byte.is_ascii_digit())
}

fn number(digits: &str) -> Option<i16> {
    let digits = digits
        .strip_suffix("st")
        .or_else(|| digits.strip_suffix("nd"))
        .or_else(|| digits.strip_suffix("rd"))
        .or_else(|| digits.strip_suffix("th"))
        .unwrap_or(digits);
    let well_formed =
        (1..=4).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    well_formed.then(|| digits.parse().ok()).flatten()
}

fn month_number(written: &str) -> Option<i16> {
    named_month(written).or_else(|| number(written))
}

/// `Nov`, `november`.
fn named_month(written: &str) -> Option<i16> {
    let lower = written.to_ascii_lowercase();
    if lower.len() < 3 {
        return None;
    }
    (1..)
        .zip(MONTHS)
        .find(|(_, name)| name.starts_with(&lower))
        .map(|(number, _)| number)
}
