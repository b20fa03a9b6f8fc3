//! A line of cron where a phrase belongs, or not quite as cron is written here.

use super::super::cron;
use super::{Proposal, Slip};

const SAID: &str = "A line of cron stands in quotes after the word `cron`.";

/// `0 8 * * 1-5`, `every "0 8 * * 1-5"`, `cron 0 8 * * *`, `@daily`, and a cron of six fields.
pub(super) fn meant(slip: &Slip<'_>) -> Option<Proposal> {
    let first = slip.words.first()?;
    let leading = matches!(first.lower().as_str(), "every" | "on" | "at" | "cron");
    let place_of_line = usize::from(leading);
    let line = slip.words.get(place_of_line)?;
    let cron = |fields: &str| format!("cron \"{fields}\"");
    if let Some(quoted) = line
        .text
        .strip_prefix(['"', '\''])
        .and_then(|text| text.strip_suffix(['"', '\'']))
    {
        let fields = five_fields(quoted)?;
        return Some(Proposal::new(first.start..line.end, cron(&fields)).saying(SAID));
    }
    if let Some(word) = shorthand(line.text) {
        return Some(Proposal::new(first.start..line.end, word));
    }
    // Fields may hold commas, so they are cut at white space only, longest line first.
    let rest: Vec<_> = slip.words.iter().skip(place_of_line).collect();
    (5..=rest.len().min(24)).rev().find_map(|count| {
        let last = rest.get(count - 1)?;
        let mut fields = String::new();
        let mut end = line.start;
        for word in rest.iter().take(count) {
            if word.start > end {
                fields.push(' ');
            }
            fields.push_str(word.text);
            end = word.end;
        }
        let fields = five_fields(&fields)?;
        Some(Proposal::new(first.start..last.end, cron(&fields)).saying(SAID))
    })
}

/// The line as cron reads it here: without the seconds of other systems, `*` for `?`.
fn five_fields(line: &str) -> Option<String> {
    if line.len() > 200 {
        return None;
    }
    let mut fields: Vec<&str> = line.split_whitespace().collect();
    if fields.len() == 6 && fields.first() == Some(&"0") {
        fields.remove(0);
    }
    for field in &mut fields {
        if *field == "?" {
            *field = "*";
        }
    }
    let line = fields.join(" ");
    cron::read(&line).ok().map(|_| line)
}

/// `@daily` and its like.
fn shorthand(word: &str) -> Option<&'static str> {
    Some(match word {
        "@hourly" => "every hour",
        "@daily" | "@midnight" => "every day",
        "@weekly" => "every week",
        "@monthly" => "every month",
        "@yearly" | "@annually" => "every year",
        _ => return None,
    })
}
