//! `every 15 mins`, `every 1 days`, `every 2 weeks`: a number and a unit in other words.

use super::{Proposal, Slip};
use crate::unit;

/// What is meant by a number and a unit after `every`.
pub(super) fn meant(slip: &Slip<'_>) -> Option<Proposal> {
    let every = slip.words.first()?;
    let amount = slip.words.get(1)?;
    if every.lower() != "every" || slip.at > 2 {
        return None;
    }
    let digits = amount
        .text
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(amount.text.len());
    let (count, glued) = amount.text.split_at_checked(digits)?;
    let count: u32 = if count.is_empty() {
        number_word(&amount.lower())?
    } else {
        count.parse().ok()?
    };
    // `15min` is one word.
    let last = if digits == 0 || glued.is_empty() {
        2
    } else {
        1
    };
    let word = if last == 1 {
        glued
    } else {
        slip.words.get(last)?.text
    };
    let unit = unit::meant(word)?;
    let end = slip.words.get(last)?.end;
    let place = amount.start..end;
    let following = slip.words.get(last + 1).map(|word| word.text);
    let plain = matches!(following, None | Some("catch"));
    let proposal = |text: String| Some(Proposal::new(place.clone(), text));
    match (count, unit.singular) {
        (1, kind @ ("day" | "week" | "month" | "quarter" | "year")) => proposal(kind.to_owned()),
        (_, "second" | "minute" | "hour" | "millisecond") => {
            let count = count.to_string();
            let unit = unit.after(&count);
            proposal(format!("{count} {unit}"))
        }
        (2.., "day") if plain => proposal(format!("{} hours", count.checked_mul(24)?)),
        (2.., "week") if plain => proposal(format!("{} hours", count.checked_mul(168)?)),
        (7, "day") => proposal("week".to_owned()),
        (3, "month") => proposal("quarter".to_owned()),
        (12, "month") | (4, "quarter") => proposal("year".to_owned()),
        (2 | 4 | 6, "month") => months(slip, last, count),
        (2, "quarter") => months(slip, last, 6),
        _ => None,
    }
}

/// Every second, fourth or sixth month of a year, as cron.
fn months(slip: &Slip<'_>, last: usize, count: u32) -> Option<Proposal> {
    let start = slip.words.first()?.start;
    let mut end = slip.words.get(last)?.end;
    let (mut hour, mut minute) = (0, 0);
    if slip
        .words
        .get(last + 1)
        .is_some_and(|word| word.text == "at")
    {
        let time = slip.words.get(last + 2)?;
        let (hours, minutes) = time.text.split_once(':')?;
        hour = hours.parse::<u8>().ok()?;
        minute = minutes.parse::<u8>().ok()?;
        end = time.end;
    }
    let text = format!("cron \"{minute} {hour} 1 */{count} *\"");
    Some(Proposal::new(start..end, text))
}

fn number_word(word: &str) -> Option<u32> {
    Some(match word {
        "a" | "an" | "one" => 1,
        "two" => 2,
        "three" => 3,
        "four" => 4,
        "five" => 5,
        "six" => 6,
        "ten" => 10,
        "twelve" => 12,
        "fifteen" => 15,
        "twenty" => 20,
        "thirty" => 30,
        _ => return None,
    })
}
