//! Reads lengths of time such as `30 days` and `3 business days`. The grammar is `duration.pest`.

mod slips;

use pest::Parser;
use pest::iterators::Pair;
use pest_derive::Parser;

use crate::unit::named;
use crate::{Literal, PhraseError};

#[derive(Parser)]
#[grammar = "duration.pest"]
struct Grammar;

const EXPECTED: &str = "A length of time such as `30 days` is expected here.";
const EXPECTED_WAIT: &str =
    "A length of time such as `4 hours` or `3 business days` is expected here.";

/// The most business days that a wait counts: some 38 years.
const MOST_BUSINESS_DAYS: u32 = 10_000;

/// The months of the calendar, from the year -9999 to the year 9999.
const MOST_MONTHS: i64 = 239_988;

/// How long a `wait` or a `within` lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// `4 hours`: a length in milliseconds, a day being 24 hours
    Milliseconds(i64),
    /// `3 business days`, at most 10,000; which days those are is said by a calendar
    BusinessDays(u32),
}

/// Reads `30 days`, `1 hour`, `90 seconds`: a whole number and a unit, singular after 1.
///
/// # Errors
/// The text is something else, too long to count in milliseconds, or in a unit without a fixed
/// length (months, quarters, years, business days).
pub fn duration(text: &str) -> Result<Literal, PhraseError> {
    read_duration(text)
        .map(|milliseconds| Literal::Duration { milliseconds })
        .map_err(|error| {
            slips::propose(text, error, slips::duration, |text| {
                read_duration(text).is_ok()
            })
        })
}

/// Reads `30 days`, and months, quarters and years too: what is added to a date.
///
/// # Errors
/// The text is something else, or more than can be counted.
pub fn length(text: &str) -> Result<Literal, PhraseError> {
    read_length(text).map_err(|error| {
        slips::propose(text, error, slips::duration, |text| {
            read_length(text).is_ok()
        })
    })
}

/// Reads what stands after `wait` and `within`: a length of time, or `3 business days`.
///
/// # Errors
/// The text is neither, or too long to count.
pub fn wait(text: &str) -> Result<Wait, PhraseError> {
    read_wait(text)
        .map_err(|error| slips::propose(text, error, slips::wait, |text| read_wait(text).is_ok()))
}

fn read_duration(text: &str) -> Result<i64, PhraseError> {
    let (amount, unit) = parts(text, EXPECTED)?;
    milliseconds(&amount, &unit, text)
}

fn read_length(text: &str) -> Result<Literal, PhraseError> {
    let (amount, unit) = parts(text, EXPECTED)?;
    let counted = named(unit.as_str()).and_then(|unit| Some((unit, unit.months?)));
    let Some((named, months)) = counted else {
        return read_duration(text).map(|milliseconds| Literal::Duration { milliseconds });
    };
    let written = named.after(amount.as_str());
    if unit.as_str() != written {
        return Err(PhraseError::at(
            unit.as_span(),
            format!("After {} the unit is written `{written}`.", amount.as_str()),
        ));
    }
    (amount.as_str().parse::<i64>().ok())
        .and_then(|count| count.checked_mul(months))
        .filter(|count| *count <= MOST_MONTHS)
        .map(|count| Literal::Months { count })
        .ok_or_else(|| {
            let message = format!("`{text}` is longer than the calendar.");
            PhraseError::at(amount.as_span(), message)
        })
}

fn read_wait(text: &str) -> Result<Wait, PhraseError> {
    let (amount, unit) = parts(text, EXPECTED_WAIT)?;
    let mut words = unit.as_str().split_whitespace();
    if words.next() != Some("business") {
        return milliseconds(&amount, &unit, text).map(Wait::Milliseconds);
    }
    let written = if amount.as_str() == "1" {
        "day"
    } else {
        "days"
    };
    if words.next() != Some(written) {
        return Err(PhraseError::at(
            unit.as_span(),
            format!(
                "After {} the unit is written `business {written}`.",
                amount.as_str()
            ),
        ));
    }
    amount
        .as_str()
        .parse()
        .ok()
        .filter(|count| *count <= MOST_BUSINESS_DAYS)
        .map(Wait::BusinessDays)
        .ok_or_else(|| {
            PhraseError::at(
                amount.as_span(),
                "At most 10000 business days are counted, which is some 38 years.",
            )
        })
}

/// The amount and the unit.
fn parts<'t>(
    text: &'t str,
    expected: &str,
) -> Result<(Pair<'t, Rule>, Pair<'t, Rule>), PhraseError> {
    let mut pairs = Grammar::parse(Rule::phrase, text)
        .map_err(|error| PhraseError::stopped(text, &error, expected))?
        .flatten();
    let amount = pairs.find(|pair| pair.as_rule() == Rule::amount);
    let unit = pairs.find(|pair| pair.as_rule() == Rule::unit);
    amount
        .zip(unit)
        .ok_or_else(|| PhraseError::whole(text, expected))
}

fn milliseconds(
    amount: &Pair<'_, Rule>,
    unit: &Pair<'_, Rule>,
    text: &str,
) -> Result<i64, PhraseError> {
    let unit_length = unit_milliseconds(unit.as_str(), amount.as_str())
        .map_err(|message| PhraseError::at(unit.as_span(), message))?;
    amount
        .as_str()
        .parse::<i64>()
        .ok()
        .and_then(|count| count.checked_mul(unit_length))
        .ok_or_else(|| {
            PhraseError::at(
                amount.as_span(),
                format!("`{text}` is longer than any time that can be counted."),
            )
        })
}

/// The length of a unit as it must be written after this amount.
pub(crate) fn unit_milliseconds(word: &str, amount: &str) -> Result<i64, String> {
    if word.to_ascii_lowercase().starts_with("business") {
        return Err(
            "Business days stand after `wait` and `within` only; elsewhere write days.".to_owned(),
        );
    }
    let Some(unit) = named(word) else {
        return Err(format!(
            "`{word}` is no unit of time: `seconds`, `minutes`, `hours`, `days` or `weeks` is expected here."
        ));
    };
    let singular = unit.singular;
    let Some(length) = unit.milliseconds else {
        return Err(format!(
            "A {singular} has no fixed length, so it is no duration: write days, or a schedule such as `every month`."
        ));
    };
    let written = unit.after(amount);
    if word == written {
        Ok(length)
    } else {
        Err(format!("After {amount} the unit is written `{written}`."))
    }
}
