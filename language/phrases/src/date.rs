//! Reads dates and times of day such as `2026-11-22` and `08:00`. The grammar is `date.pest`.

mod slips;

use jiff::civil::Date;
use pest::Parser;
use pest::iterators::{FlatPairs, Pair};
use pest_derive::Parser;

use self::slips::Meant;
use crate::{Literal, PhraseError, clock};

#[derive(Parser)]
#[grammar = "date.pest"]
struct Grammar;

const DATE: &str = "A date such as `2026-11-22` is expected here: year, month, day.";
const TIME: &str = "A time such as `08:00` is expected here: two digits, a colon, two digits.";
const DATE_TIME: &str = "A date and a time such as `2026-11-22 08:00` are expected here.";

/// The names of the months, from the first of a year to its last.
pub const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Reads `2026-11-22`.
///
/// # Errors
/// The text is something else, or the calendar has no such day.
pub fn date(text: &str) -> Result<Literal, PhraseError> {
    read_date_phrase(text).map_err(|error| match slips::meant(text) {
        Some(Meant::Day(proposal)) if read_date_phrase(&proposal).is_ok() => {
            error.with_fix(0..text.len(), proposal)
        }
        Some(Meant::Unclear(message)) => PhraseError::whole(text, message),
        _ => error,
    })
}

fn read_date_phrase(text: &str) -> Result<Literal, PhraseError> {
    let (year, month, day) = read_date(&parts(Rule::date_phrase, text, DATE)?, text)?;
    Ok(Literal::Date { year, month, day })
}

/// Reads `08:00`, from `00:00` to `23:59`.
///
/// # Errors
/// The text is something else, or the day has no such time.
pub fn time(text: &str) -> Result<Literal, PhraseError> {
    read_time_phrase(text).map_err(|error| match clock::meant(text) {
        Some(proposal) if read_time_phrase(&proposal).is_ok() => {
            error.with_fix(0..text.len(), proposal)
        }
        _ => error,
    })
}

fn read_time_phrase(text: &str) -> Result<Literal, PhraseError> {
    let (hour, minute) = read_time(&parts(Rule::time_phrase, text, TIME)?, text)?;
    Ok(Literal::Time { hour, minute })
}

/// Reads `2026-11-22 08:00`, a moment in the project's zone.
///
/// # Errors
/// The text is something else, or there is no such day or time.
pub fn date_time(text: &str) -> Result<Literal, PhraseError> {
    read_date_time_phrase(text).map_err(|error| match slips::meant_with_time(text) {
        Some(Meant::Day(proposal)) if read_date_time_phrase(&proposal).is_ok() => {
            error.with_fix(0..text.len(), proposal)
        }
        Some(Meant::Unclear(message)) => PhraseError::whole(text, message),
        _ => error,
    })
}

fn read_date_time_phrase(text: &str) -> Result<Literal, PhraseError> {
    let parts = parts(Rule::date_time_phrase, text, DATE_TIME)?;
    let (year, month, day) = read_date(&parts, text)?;
    let (hour, minute) = read_time(&parts, text)?;
    Ok(Literal::DateTime {
        year,
        month,
        day,
        hour,
        minute,
    })
}

fn parts<'t>(
    rule: Rule,
    text: &'t str,
    expected: &str,
) -> Result<FlatPairs<'t, Rule>, PhraseError> {
    Grammar::parse(rule, text)
        .map(pest::iterators::Pairs::flatten)
        .map_err(|error| PhraseError::stopped(text, &error, expected))
}

fn part<'t>(
    parts: &FlatPairs<'t, Rule>,
    rule: Rule,
    text: &str,
) -> Result<Pair<'t, Rule>, PhraseError> {
    parts
        .clone()
        .find(|pair| pair.as_rule() == rule)
        .ok_or_else(|| PhraseError::whole(text, DATE_TIME))
}

fn read_date(parts: &FlatPairs<'_, Rule>, text: &str) -> Result<(i16, i8, i8), PhraseError> {
    let day_part = part(parts, Rule::day, text)?;
    let month_part = part(parts, Rule::month, text)?;
    let year = part(parts, Rule::year, text)?.as_str().parse().unwrap_or(0);
    let month = month_part.as_str().parse().unwrap_or(0);
    let day = day_part.as_str().parse().unwrap_or(0);
    let Ok(first) = Date::new(year, month, 1) else {
        return Err(PhraseError::at(
            month_part.as_span(),
            format!(
                "There is no month {}: months go from 01 to 12.",
                month_part.as_str()
            ),
        ));
    };
    if Date::new(year, month, day).is_err() {
        let last = first.days_in_month();
        return Err(PhraseError::at(
            day_part.as_span(),
            format!(
                "There is no day {} in {}: that month ends on the {last}th.",
                day_part.as_str(),
                first.strftime("%B %Y"),
            )
            .replace("31th", "31st"),
        ));
    }
    Ok((year, month, day))
}

fn read_time(parts: &FlatPairs<'_, Rule>, text: &str) -> Result<(i8, i8), PhraseError> {
    let hour = part(parts, Rule::hour, text)?;
    let minute = part(parts, Rule::minute, text)?;
    let hour = limited(&hour, 23, "hours")?;
    let minute = limited(&minute, 59, "minutes")?;
    Ok((hour, minute))
}

fn limited(part: &Pair<'_, Rule>, last: i8, name: &str) -> Result<i8, PhraseError> {
    part.as_str()
        .parse()
        .ok()
        .filter(|value| *value <= last)
        .ok_or_else(|| {
            PhraseError::at(
                part.as_span(),
                format!("There is no such time: {name} go from 00 to {last}."),
            )
        })
}
