//! Days in other words: `daily`, `mondays`, `every Monday`, `every business day`, `the 3rd of the
//! month`.

use super::{Proposal, Slip};
use crate::words::{Word, nearest};

const DAYS: [(&str, &[&str]); 7] = [
    ("monday", &["mon", "mo"]),
    ("tuesday", &["tue", "tues", "tu"]),
    ("wednesday", &["wed", "weds", "we"]),
    ("thursday", &["thu", "thur", "thurs", "th"]),
    ("friday", &["fri", "fr"]),
    ("saturday", &["sat", "sa"]),
    ("sunday", &["sun", "su"]),
];

/// The first words of a phrase that begins otherwise.
pub(super) fn first_words(slip: &Slip<'_>) -> Option<Proposal> {
    let first = slip.words.first()?;
    let second = slip.words.get(1);
    let lower = first.lower();
    if slip.at > 1 || (slip.at == 1 && lower != "on") {
        return None;
    }
    if lower == "on"
        && let Some(second) = second
        && let Some(day) = day_kind(&second.lower())
    {
        let place = first.start..second.end;
        return Some(Proposal::new(place, format!("every {day}")));
    }
    if slip.at > 0 {
        return None;
    }
    let whole = match lower.as_str() {
        "daily" | "nightly" | "everyday" => "every day",
        "weekly" => "every week",
        "hourly" => "every hour",
        "monthly" => "every month",
        "quarterly" => "every quarter",
        "yearly" | "annually" => "every year",
        "each" | "all" => "every",
        "at" => "every day at",
        _ => "",
    };
    if !whole.is_empty() {
        return Some(Proposal::new(first.span(), whole));
    }
    if let Some(day) = day_kind(&lower) {
        return Some(Proposal::new(first.span(), format!("every {day}")));
    }
    let before = first.start..first.start;
    if lower == "the" {
        return Some(Proposal::new(first.span(), "on the"));
    }
    if is_position(&lower) {
        return Some(Proposal::new(before, "on the "));
    }
    lower
        .starts_with(|letter: char| letter.is_ascii_digit())
        .then(|| Proposal::new(before, "every "))
}

/// A day, week or month in the plural, in capitals, shortened or misspelt.
pub(super) fn kind_of_day(slip: &Slip<'_>) -> Option<Proposal> {
    let here = slip.here()?;
    let before = slip.before(1)?;
    let lower = here.lower();
    // `every week day`
    if before.text == "week" && matches!(lower.as_str(), "day" | "days") {
        return Some(Proposal::new(before.start..here.end, "weekday"));
    }
    // `every business day`, `every working day`
    if matches!(
        lower.as_str(),
        "business" | "working" | "work" | "week" | "banking"
    ) && before.text == "every"
        && let Some(next) = slip.after(1)
        && matches!(next.lower().as_str(), "day" | "days")
    {
        return Some(Proposal::new(here.start..next.end, "weekday"));
    }
    if matches!(lower.as_str(), "workday" | "workdays" | "weekdays") && before.text == "every" {
        return Some(Proposal::new(here.span(), "weekday"));
    }
    if matches!(lower.as_str(), "weekend" | "weekends") && before.text == "every" {
        return Some(Proposal::new(here.span(), "saturday and sunday"));
    }
    if matches!(lower.as_str(), "&" | "or" | "und") {
        return Some(Proposal::new(here.span(), "and"));
    }
    let singular = lower.strip_suffix('s').unwrap_or(&lower);
    let kind = ["day", "week", "month", "quarter", "year", "hour", "minute"]
        .into_iter()
        .find(|kind| *kind == singular)
        .or_else(|| day_name(&lower));
    kind.filter(|kind| *kind != here.text)
        .map(|kind| Proposal::new(here.span(), kind))
}

/// `every month on the 3rd`, `every last friday of the month`, `every week on monday`.
pub(super) fn of_a_month(slip: &Slip<'_>) -> Option<Proposal> {
    let lower: Vec<String> = slip.words.iter().take(9).map(Word::lower).collect();
    let mut rest = lower.iter().map(String::as_str).peekable();
    let mut taken = 1;
    if rest.next() != Some("every") {
        return None;
    }
    let first = slip.words.first()?;
    let kind = rest
        .next_if(|word| matches!(*word, "month" | "week"))
        .unwrap_or("");
    taken += usize::from(!kind.is_empty());
    for filler in ["on", "the"] {
        taken += usize::from(!kind.is_empty() && rest.next_if_eq(&filler).is_some());
    }
    if kind == "week" {
        let day = day_kind(rest.next()?)?;
        let end = slip.words.get(taken)?.end;
        return Some(Proposal::new(first.start..end, format!("every {day}")));
    }
    let position = rest.next_if(|word| is_position(word))?;
    taken += 1;
    let mut named = String::new();
    if rest.next_if_eq(&"business").is_some() {
        named.push_str(" business");
        taken += 1;
    }
    if let Some(day) = rest.next_if(|word| *word == "day" || day_name(word).is_some()) {
        named.push(' ');
        named.push_str(day_name(day).unwrap_or("day"));
        taken += 1;
    }
    for words in [
        ["of"].as_slice(),
        &["the", "each", "every", "a"],
        &["month"],
    ] {
        taken += usize::from(rest.next_if(|word| words.contains(word)).is_some());
    }
    let end = slip.words.get(taken - 1)?.end;
    let text = format!("on the {position}{named} of each month");
    Some(Proposal::new(first.start..end, text))
}

/// `of the month`, `of every month`, `on last friday`, `on 3rd`, `last friday each month`.
pub(super) fn of_each_month(slip: &Slip<'_>) -> Option<Proposal> {
    let here = slip.here()?;
    let before = slip.before(1).map(|word| word.lower());
    let before = before.as_deref().unwrap_or("");
    match here.lower().as_str() {
        "the" | "every" | "a" | "any" if before == "of" => Some(Proposal::new(here.span(), "each")),
        "month" | "months" if before == "of" => Some(Proposal::new(here.span(), "each month")),
        "months" if before == "each" => Some(Proposal::new(here.span(), "month")),
        "each" => Some(Proposal::new(here.start..here.start, "of ")),
        "every" | "in" => {
            let month = slip.after(1)?;
            let month = if month.text == "the" || month.text == "each" {
                slip.after(2)?
            } else {
                month
            };
            (month.text == "month").then(|| Proposal::new(here.start..month.end, "of each month"))
        }
        "working" | "work" if before != "every" => Some(Proposal::new(here.span(), "business")),
        "workday" | "weekday" if before != "every" => {
            Some(Proposal::new(here.span(), "business day"))
        }
        word if before == "on" && is_position(word) => {
            Some(Proposal::new(here.start..here.start, "the "))
        }
        _ => None,
    }
}

/// What `weekdays`, `Mondays` and `mon` repeat on.
fn day_kind(lower: &str) -> Option<&'static str> {
    match lower {
        "weekday" | "weekdays" | "workdays" => Some("weekday"),
        _ => day_name(lower),
    }
}

/// A day of the week in the plural, shortened or misspelt.
fn day_name(lower: &str) -> Option<&'static str> {
    let singular = lower.strip_suffix('s').unwrap_or(lower);
    DAYS.iter()
        .find(|(day, short)| *day == singular || short.contains(&lower))
        .map(|(day, _)| *day)
        .or_else(|| {
            (singular.len() > 4)
                .then(|| nearest(singular, DAYS.iter().map(|(day, _)| *day)))
                .flatten()
        })
}

fn is_position(lower: &str) -> bool {
    let letters = lower.trim_start_matches(|letter: char| letter.is_ascii_digit());
    matches!(
        lower,
        "first" | "second" | "third" | "fourth" | "fifth" | "last"
    ) || (letters.len() < lower.len() && matches!(letters, "st" | "nd" | "rd" | "th"))
}
