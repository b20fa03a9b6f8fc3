//! Schedules as they are written elsewhere, and what was probably meant: `daily at 8am`, a line of
//! cron without its word, `every 15 mins`, `in Chicago`.
//!
//! Kept true: a proposal is made only where the phrase with it reads, or is refused further on; so
//! taking one proposal after another ends.

mod cron_line;
mod day;
mod distance;

use std::ops::Range;

use super::read::{Refusal, Stage, read};
use crate::error::mended;
use crate::words::{Word, nearest, words};
use crate::zone::nearest_zone;
use crate::{PhraseError, clock};

/// What belongs in the place of some words.
struct Proposal {
    place: Range<usize>,
    text: String,
    /// What is said instead of what was expected there.
    message: Option<String>,
}

impl Proposal {
    fn new(place: Range<usize>, text: impl Into<String>) -> Self {
        Self {
            place,
            text: text.into(),
            message: None,
        }
    }

    fn saying(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }
}

/// The words of a phrase, and the one at which it was refused.
struct Slip<'t> {
    words: Vec<Word<'t>>,
    at: usize,
}

/// The error with what was probably meant.
pub(super) fn propose(text: &str, refusal: Refusal) -> PhraseError {
    let measure = distance_to_end(text, &refusal);
    let Refusal { mut error, .. } = refusal;
    let helps = |fix: &(Range<usize>, String)| {
        mended(text, fix).is_some_and(|mended| {
            read(&mended).map_or_else(
                |refusal| distance_to_end(&mended, &refusal) < measure,
                |_| true,
            )
        })
    };
    if let Some(fix) = error.fix.take() {
        error.fix = Some(fix).filter(helps);
        return error;
    }
    let words = words(text);
    let at = words
        .iter()
        .position(|word| word.end > error.span.start)
        .unwrap_or(words.len());
    let slip = Slip { words, at };
    let known: [fn(&Slip<'_>) -> Option<Proposal>; 10] = [
        cron_line::meant,
        distance::meant,
        day::first_words,
        day::of_a_month,
        day::kind_of_day,
        day::of_each_month,
        |slip| slip.time(),
        |slip| slip.zone(),
        |slip| slip.catch_up(),
        |slip| slip.close_word(),
    ];
    for meant in known {
        let Some(proposal) = meant(&slip) else {
            continue;
        };
        let fix = (proposal.place, proposal.text);
        if helps(&fix) {
            if let Some(message) = proposal.message {
                error.span = fix.0.clone();
                error.message = message;
            }
            error.fix = Some(fix);
            break;
        }
    }
    error
}

/// How much of a phrase is still to be understood.
fn distance_to_end(text: &str, refusal: &Refusal) -> (Stage, usize) {
    (
        refusal.stage,
        text.trim_end()
            .len()
            .saturating_sub(refusal.error.span.start),
    )
}

impl<'t> Slip<'t> {
    /// The word at which the phrase was refused.
    fn here(&self) -> Option<Word<'t>> {
        self.words.get(self.at).copied()
    }

    /// A word further on.
    fn after(&self, count: usize) -> Option<Word<'t>> {
        self.words.get(self.at + count).copied()
    }

    /// A word before.
    fn before(&self, count: usize) -> Option<Word<'t>> {
        self.words.get(self.at.checked_sub(count)?).copied()
    }

    /// `8am`, `8:30 pm`, `8:00`, and a time without `at`.
    fn time(&self) -> Option<Proposal> {
        let here = self.here()?;
        let joined = |first: Word<'t>, second: Word<'t>| {
            clock::is_half_of_day(second.text)
                .then(|| clock::meant(&format!("{} {}", first.text, second.text)))
                .flatten()
                .map(|time| (first.start..second.end, time))
        };
        // `8:30 pm` is refused at its second word where the first looks like a time.
        if let Some(before) = self.before(1)
            && let Some((place, time)) = joined(before, here)
        {
            return Some(Proposal::new(place, time));
        }
        let before = self.before(1).map(|word| word.text);
        if here.text == "and" && before.is_some_and(|before| before.contains(':')) {
            let place = self.before(1)?.end..here.end;
            return Some(Proposal::new(place, ","));
        }
        let (place, time) = self
            .after(1)
            .and_then(|next| joined(here, next))
            .or_else(|| Some((here.span(), clock::meant(here.text)?)))?;
        // A number alone is a time only after `at`.
        let expected = matches!(before, Some("at" | ","));
        if let Some(before) = self.before(1)
            && before.text.contains(':')
        {
            return Some(Proposal::new(before.end..place.end, format!(", {time}")));
        }
        if expected {
            Some(Proposal::new(place, time))
        } else if here.text.bytes().all(|byte| byte.is_ascii_digit()) {
            None
        } else {
            Some(Proposal::new(place, format!("at {time}")))
        }
    }

    /// `in Chicago`, `in New York`, `in "EST"`, `in 'Europe/Berlin'`.
    fn zone(&self) -> Option<Proposal> {
        if self.before(1)?.text != "in" {
            // The refused words may begin with `in`, or the zone may stand without it.
            return self.zone_without_in();
        }
        let here = self.here()?;
        let last = self
            .words
            .iter()
            .skip(self.at)
            .take_while(|word| word.text != "catch")
            .last()?;
        let names: Vec<&str> = self
            .words
            .iter()
            .skip(self.at)
            .take_while(|word| word.text != "catch")
            .map(|word| word.text.trim_matches(['"', '\'']))
            .collect();
        let zone = nearest_zone(&names.join(" "))?;
        Some(Proposal::new(here.start..last.end, format!("\"{zone}\"")))
    }

    fn zone_without_in(&self) -> Option<Proposal> {
        let here = self.here()?;
        let name = here.text.trim_matches(['"', '\'']);
        if name.len() < 2
            || name
                .chars()
                .next()
                .is_some_and(|first| first.is_ascii_digit())
        {
            return None;
        }
        // A word in small letters may be many things; a zone has capitals, or a stroke.
        if !name.contains('/') && !name.chars().any(char::is_uppercase) {
            return None;
        }
        let zone = nearest_zone(name)?;
        Some(Proposal::new(here.span(), format!("in \"{zone}\"")))
    }

    /// `catchup all`, `catch-up once`, `catch up never`.
    fn catch_up(&self) -> Option<Proposal> {
        let here = self.here()?;
        match here.lower().as_str() {
            "catchup" | "catch-up" => Some(Proposal::new(here.span(), "catch up")),
            "never" | "no" | "nothing" if self.before(1)?.text == "up" => {
                Some(Proposal::new(here.span(), "none"))
            }
            "every" | "each" | "everything" if self.before(1)?.text == "up" => {
                Some(Proposal::new(here.span(), "all"))
            }
            _ => None,
        }
    }

    /// A word of schedules with a wrong letter or two, or in capitals.
    fn close_word(&self) -> Option<Proposal> {
        let here = self.here()?;
        let near = nearest(&here.lower(), KEYWORDS).or_else(|| {
            let lower = here.lower();
            KEYWORDS.into_iter().find(|word| *word == lower)
        })?;
        (near != here.text).then(|| Proposal::new(here.span(), near))
    }
}

const KEYWORDS: [&str; 29] = [
    "every",
    "on",
    "the",
    "cron",
    "day",
    "weekday",
    "week",
    "month",
    "quarter",
    "year",
    "hour",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "business",
    "first",
    "second",
    "third",
    "last",
    "of",
    "each",
    "at",
    "in",
    "catch",
    "once",
];
