//! Reads a schedule phrase. The grammar is `schedule.pest`; what its words and numbers may be is
//! decided here, because here the reason can be given.

use std::ops::Range;

use pest::Parser;
use pest::error::{Error, ErrorVariant};
use pest::iterators::Pair;
use pest_derive::Parser;

use super::{CatchUp, ClockTime, Repeat, Schedule, cron, slips};
use crate::PhraseError;
use crate::duration::unit_milliseconds;
use crate::zone::zone;

#[derive(Parser)]
#[grammar = "schedule/schedule.pest"]
struct Grammar;

/// Ten years in milliseconds: a schedule that comes round more rarely is a slip.
const LONGEST_DISTANCE: i64 = 87_600 * 3_600_000;

const EXPECTED: &str = "A schedule such as `every weekday at 08:00` is expected here.";

/// Reads a whole schedule phrase, from `every`, `on the` or `cron` to its end.
///
/// # Errors
/// The phrase breaks off, holds a word that cannot stand where it is, names a day, time or zone
/// that does not exist, or would never come round. What was probably meant is proposed.
pub fn schedule(text: &str) -> Result<Schedule, PhraseError> {
    read(text).map_err(|refusal| slips::propose(text, refusal))
}

/// Why a phrase was refused, and how far it was understood.
pub(super) struct Refusal {
    pub(super) error: PhraseError,
    pub(super) stage: Stage,
}

/// How far a phrase was understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Its words stand in the right order; one of them cannot be.
    Meaning,
    /// A word stands where another belongs.
    Words,
}

pub(super) fn read(text: &str) -> Result<Schedule, Refusal> {
    let mut pairs = Grammar::parse(Rule::phrase, text).map_err(|error| Refusal {
        error: PhraseError::stopped(text, &error, expected(&error)),
        stage: Stage::Words,
    })?;
    let phrase = pairs
        .next()
        .ok_or_else(|| PhraseError::whole(text, EXPECTED));
    phrase
        .and_then(|phrase| read_phrase(phrase, text))
        .map_err(|error| Refusal {
            error,
            stage: Stage::Meaning,
        })
}

fn read_phrase(phrase: Pair<'_, Rule>, text: &str) -> Result<Schedule, PhraseError> {
    let mut repeat = None;
    let mut times = Vec::new();
    let mut zone_name = None;
    let mut catch_up = CatchUp::default();
    for part in phrase.into_inner() {
        match part.as_rule() {
            Rule::every => repeat = Some(read_every(&part, &mut times)?),
            Rule::on_the => repeat = Some(read_on_the(&part, &mut times)?),
            Rule::cron => repeat = Some(read_cron(&part)?),
            Rule::in_zone => {
                if let Some(Repeat::Interval { .. }) = repeat {
                    let error = PhraseError::at(
                        part.as_span(),
                        "A distance such as `every 15 minutes` is the same in every zone, so no zone stands here.",
                    );
                    let before = text.get(..error.span.start).unwrap_or("").trim_end().len();
                    let place = before..error.span.end;
                    return Err(error.with_fix(place, ""));
                }
                zone_name = Some(read_zone(&part)?);
            }
            Rule::catch_up => catch_up = read_catch_up(&part),
            _ => {}
        }
    }
    let repeat = repeat.ok_or_else(|| PhraseError::whole(text, EXPECTED))?;
    if times.is_empty() && !matches!(repeat, Repeat::Interval { .. } | Repeat::Cron(_)) {
        times.push(ClockTime { hour: 0, minute: 0 });
    }
    Ok(Schedule {
        repeat,
        times,
        zone: zone_name,
        catch_up,
    })
}

fn read_every(part: &Pair<'_, Rule>, times: &mut Vec<ClockTime>) -> Result<Repeat, PhraseError> {
    let mut repeat = Repeat::Day;
    for inner in part.clone().into_inner() {
        match inner.as_rule() {
            Rule::day => repeat = Repeat::Day,
            Rule::weekday => repeat = Repeat::Weekday,
            Rule::week => repeat = Repeat::Week,
            Rule::month => repeat = Repeat::Month,
            Rule::quarter => repeat = Repeat::Quarter,
            Rule::year => repeat = Repeat::Year,
            Rule::days_of_week => repeat = read_days(&inner)?,
            Rule::interval => repeat = read_interval(&inner)?,
            Rule::single_unit => repeat = interval("1", inner.as_str(), &inner)?,
            Rule::times => {
                if matches!(repeat, Repeat::Interval { .. }) {
                    return Err(PhraseError::at(
                        inner.as_span(),
                        "A distance has no time of day: write `every 15 minutes`, or `every day at 08:00`.",
                    ));
                }
                *times = read_times(&inner)?;
            }
            _ => {}
        }
    }
    Ok(repeat)
}

fn read_days(part: &Pair<'_, Rule>) -> Result<Repeat, PhraseError> {
    let mut days = Vec::new();
    for name in part
        .clone()
        .into_inner()
        .filter(|pair| pair.as_rule() == Rule::day_name)
    {
        let day = day_number(&name);
        if days.contains(&day) {
            return Err(PhraseError::at(
                name.as_span(),
                format!("`{}` is named twice.", name.as_str().trim()),
            ));
        }
        days.push(day);
    }
    days.sort_unstable();
    Ok(Repeat::DaysOfWeek(days))
}

fn read_interval(part: &Pair<'_, Rule>) -> Result<Repeat, PhraseError> {
    let amount = find(part, Rule::amount)?;
    let unit = find(part, Rule::unit)?;
    interval(amount.as_str(), unit.as_str(), &unit)
}

/// A distance in seconds, minutes or hours. Longer ones are named by their days, because a distance
/// in days that is counted from 1970 would fall where nobody expects it.
fn interval(amount: &str, unit: &str, place: &Pair<'_, Rule>) -> Result<Repeat, PhraseError> {
    let refuse = |message: String| Err(PhraseError::at(place.as_span(), message));
    match unit.trim_end_matches('s') {
        "day" => {
            return refuse(
                "Days are named: write `every day at 08:00` or `every monday`; a fixed distance is written in hours, such as `every 48 hours`.".to_owned(),
            );
        }
        "week" => {
            return refuse(
                "Weeks are not counted, because nothing says which is the first: write `every week`, `every monday at 08:00`, or a distance in hours such as `every 336 hours`.".to_owned(),
            );
        }
        counted @ ("month" | "quarter" | "year") => {
            return refuse(format!(
                "{}s are not counted, because nothing says which is the first: write `every month`, `every quarter` or `every year`, or name the months as in `cron \"0 8 1 1,7 *\"`.",
                capitalised(counted),
            ));
        }
        _ => {}
    }
    let unit_length = unit_milliseconds(unit, amount)
        .map_err(|message| PhraseError::at(place.as_span(), message))?;
    let milliseconds = amount
        .parse::<i64>()
        .ok()
        .and_then(|count| count.checked_mul(unit_length));
    match milliseconds {
        None => refuse("This distance is longer than any time that can be counted.".to_owned()),
        Some(milliseconds) if milliseconds < 1_000 => {
            refuse("A schedule repeats at most once a second.".to_owned())
        }
        Some(milliseconds) if milliseconds > LONGEST_DISTANCE => {
            refuse("A distance is at most 87600 hours, which is ten years.".to_owned())
        }
        Some(milliseconds) => Ok(Repeat::Interval { milliseconds }),
    }
}

fn read_on_the(part: &Pair<'_, Rule>, times: &mut Vec<ClockTime>) -> Result<Repeat, PhraseError> {
    let position = find(part, Rule::position)?;
    let nth = read_position(&position)?;
    let refuse = |message: &str| Err(PhraseError::at(position.as_span(), message));
    let mut named = None;
    for inner in part.clone().into_inner() {
        match inner.as_rule() {
            Rule::month_day => named = inner.into_inner().next(),
            Rule::times => *times = read_times(&inner)?,
            _ => {}
        }
    }
    let kind = named.as_ref().map(Pair::as_rule);
    match (kind, named) {
        (Some(Rule::business_day), _) if nth.abs() > 23 => {
            refuse("No month has more than 23 business days.")
        }
        (Some(Rule::business_day), _) => Ok(Repeat::BusinessDayOfMonth(nth)),
        (Some(Rule::day_name), Some(name)) => {
            if nth.abs() > 5 {
                return refuse("No month has the same day of the week more than 5 times.");
            }
            Ok(Repeat::WeekdayOfMonth {
                weekday: day_number(&name),
                nth,
            })
        }
        (None, _) if nth < 0 => refuse(
            "The last of what: write `on the last day of each month` or `on the last friday of each month`.",
        ),
        _ if nth == -1 => Ok(Repeat::LastDayOfMonth),
        _ if nth < 0 => {
            refuse("Days before the last are counted as business days or days of the week only.")
        }
        _ => Ok(Repeat::DayOfMonth(nth.unsigned_abs())),
    }
}

/// Which one: 1 to 31 from the beginning, -1 and further from the end.
fn read_position(part: &Pair<'_, Rule>) -> Result<i8, PhraseError> {
    let Ok(ordinal) = find(part, Rule::ordinal) else {
        return Ok(-1);
    };
    let from_end = find(part, Rule::to_last).is_ok();
    let written = ordinal.as_str();
    let refuse = |message: String| Err(PhraseError::at(ordinal.as_span(), message));
    let rewrite = |message: String, place: Range<usize>, text: &str| {
        Err(PhraseError::at(ordinal.as_span(), message).with_fix(place, text))
    };
    let count = match written {
        "first" => 1,
        "second" => 2,
        "third" => 3,
        "fourth" => 4,
        "fifth" => 5,
        _ => {
            let digits = written.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
            let Some(count) = digits
                .parse::<u8>()
                .ok()
                .filter(|count| (1..=31).contains(count))
            else {
                return refuse("Days of a month go from the 1st to the 31st.".to_owned());
            };
            let proper = ordinal_text(count);
            if written != proper {
                let place = ordinal.as_span().start()..ordinal.as_span().end();
                return rewrite(format!("This is written `{proper}`."), place, &proper);
            }
            count
        }
    };
    if from_end && count == 1 {
        let start = ordinal.as_span().start();
        let place = start..start + part.as_str().trim_end().len();
        return rewrite("This is written `last`.".to_owned(), place, "last");
    }
    let count = i8::try_from(count).unwrap_or(i8::MAX);
    Ok(if from_end { -count } else { count })
}

/// `1st`, `22nd`, `13th`.
pub(super) fn ordinal_text(count: u8) -> String {
    let ending = match (count % 100, count % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{count}{ending}")
}

fn read_times(part: &Pair<'_, Rule>) -> Result<Vec<ClockTime>, PhraseError> {
    let mut times = Vec::new();
    for written in part
        .clone()
        .into_inner()
        .filter(|pair| pair.as_rule() == Rule::time)
    {
        let refuse = |message: &str| Err(PhraseError::at(written.as_span(), message));
        let Some((hour, minute)) = written.as_str().split_once(':') else {
            return refuse("A time such as `08:00` is expected here.");
        };
        if hour.len() != 2 || minute.len() != 2 {
            return refuse("A time is written with two digits on either side, such as `08:00`.");
        }
        let (Ok(hour), Ok(minute)) = (hour.parse(), minute.parse()) else {
            return refuse("A time such as `08:00` is expected here.");
        };
        if hour > 23 || minute > 59 {
            return refuse("There is no such time: times go from 00:00 to 23:59.");
        }
        let time = ClockTime { hour, minute };
        if times.contains(&time) {
            return refuse("This time is named twice.");
        }
        times.push(time);
    }
    times.sort_unstable();
    Ok(times)
}

fn read_cron(part: &Pair<'_, Rule>) -> Result<Repeat, PhraseError> {
    let quoted = find(part, Rule::fields)?;
    let fields = quoted.as_str().trim_matches('"');
    match cron::read(fields) {
        Ok(_) => Ok(Repeat::Cron(fields.to_owned())),
        Err(mistake) => {
            let start = quoted.as_span().start() + 1;
            Err(PhraseError::new(
                start + mistake.span.start..start + mistake.span.end,
                mistake.message,
            ))
        }
    }
}

fn read_zone(part: &Pair<'_, Rule>) -> Result<String, PhraseError> {
    let quoted = find(part, Rule::zone_name)?;
    let name = quoted.as_str().trim_matches('"');
    zone(name).map_err(|message| PhraseError::zone(quoted.as_span(), message))?;
    Ok(name.to_owned())
}

fn read_catch_up(part: &Pair<'_, Rule>) -> CatchUp {
    if find(part, Rule::all).is_ok() {
        CatchUp::All
    } else if find(part, Rule::none).is_ok() {
        CatchUp::None
    } else {
        CatchUp::Once
    }
}

/// 1 for Monday to 7 for Sunday.
fn day_number(name: &Pair<'_, Rule>) -> u8 {
    match name.clone().into_inner().next().map(|day| day.as_rule()) {
        Some(Rule::tuesday) => 2,
        Some(Rule::wednesday) => 3,
        Some(Rule::thursday) => 4,
        Some(Rule::friday) => 5,
        Some(Rule::saturday) => 6,
        Some(Rule::sunday) => 7,
        _ => 1,
    }
}

fn find<'t>(part: &Pair<'t, Rule>, rule: Rule) -> Result<Pair<'t, Rule>, PhraseError> {
    part.clone()
        .into_inner()
        .find(|pair| pair.as_rule() == rule)
        .ok_or_else(|| PhraseError::at(part.as_span(), EXPECTED))
}

/// What could have stood where the grammar stopped.
fn expected(error: &Error<Rule>) -> String {
    let ErrorVariant::ParsingError { positives, .. } = &error.variant else {
        return EXPECTED.to_owned();
    };
    if positives.contains(&Rule::weekday) {
        return "What repeats is expected here: `day`, `weekday`, `monday`, `week`, `month`, `quarter`, `year`, or a distance such as `15 minutes`.".to_owned();
    }
    let mut words: Vec<&str> = Vec::new();
    for rule in positives {
        let word = match rule {
            Rule::phrase
            | Rule::every_word
            | Rule::on_word
            | Rule::on_the_word
            | Rule::cron_word
            | Rule::cron
            | Rule::every
            | Rule::on_the => {
                return EXPECTED.to_owned();
            }
            Rule::time => "a time such as `08:00`",
            Rule::in_zone | Rule::in_word => "`in` and a zone",
            Rule::catch_up | Rule::catch_up_word | Rule::catch_word => "`catch up`",
            Rule::times | Rule::at_word => "`at` and a time",
            Rule::fields => "a line of cron in quotes, such as `\"0 8 * * 1-5\"`,",
            Rule::zone_name => "a zone in quotes, such as `\"Europe/Berlin\"`,",
            Rule::day_name
            | Rule::days_of_week
            | Rule::monday
            | Rule::tuesday
            | Rule::wednesday
            | Rule::thursday
            | Rule::friday
            | Rule::saturday
            | Rule::sunday => "a day such as `monday`",
            Rule::weekday => "`weekday`",
            Rule::week => "`week`",
            Rule::quarter => "`quarter`",
            Rule::year => "`year`",
            Rule::interval | Rule::amount => "a distance such as `15 minutes`",
            Rule::unit => "a unit such as `minutes`",
            Rule::position | Rule::ordinal | Rule::last => "a position such as `3rd` or `last`",
            Rule::of_each_month | Rule::of_word | Rule::each_word => "`of each month`",
            Rule::month => "`month`",
            Rule::day => "`day`",
            Rule::all | Rule::once | Rule::none => "`all`, `once` or `none`",
            Rule::and_word => "`and`",
            Rule::up_word => "`up`",
            Rule::the_word => "`the`",
            Rule::business_day | Rule::business_word => "`business day`",
            _ => continue,
        };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    match words.as_slice() {
        [] => "The schedule ends here; nothing more can follow.".to_owned(),
        [only] => capitalised(&format!("{only} is expected here.")),
        [most @ .., last] => {
            capitalised(&format!("{} or {last} is expected here.", most.join(", ")))
        }
    }
}

fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
