//! Length, pattern and format of texts. What a text holds is known only where it is fixed.

use serde_json::{Map, Value as Json};
use sophia_plan::types::Type;

use super::Verdict;
use super::complaint::{Kind, Place};
use super::format::{Format, fits};
use crate::tools::seen::Seen;

/// What the schema says about a text.
pub(super) fn rules(object: &Map<String, Json>, seen: &Seen, path: &[Place]) -> Verdict {
    let text = match seen {
        Seen::Value(Json::String(text), _) => text,
        Seen::Of(Type::Text)
            if ["minLength", "maxLength", "pattern", "format"]
                .iter()
                .any(|word| object.contains_key(*word)) =>
        {
            return Verdict::Later;
        }
        _ => return Verdict::Holds,
    };
    length(object, text, seen, path)
        .and(pattern(object, text, seen, path))
        .and(format(object, text, seen, path))
}

fn length(object: &Map<String, Json>, text: &str, seen: &Seen, path: &[Place]) -> Verdict {
    let letters = text.chars().count() as u64;
    let bound = |word: &str| whole(object.get(word));
    if let Some(most) = bound("maxLength")
        && letters > most
    {
        let rule = format!("at most {}, and this has {letters}", count(most, "letter"));
        return Verdict::refused(path, Kind::Rule(rule), seen);
    }
    if let Some(least) = bound("minLength")
        && letters < least
    {
        let rule = format!(
            "at least {}, and this has {letters}",
            count(least, "letter")
        );
        return Verdict::refused(path, Kind::Rule(rule), seen);
    }
    Verdict::Holds
}

fn pattern(object: &Map<String, Json>, text: &str, seen: &Seen, path: &[Place]) -> Verdict {
    let Some(pattern) = object.get("pattern").and_then(Json::as_str) else {
        return Verdict::Holds;
    };
    match matches(pattern, text) {
        Some(true) => Verdict::Holds,
        Some(false) => Verdict::refused(
            path,
            Kind::Rule(format!("a text that fits `{pattern}`")),
            seen,
        ),
        None => Verdict::Later,
    }
}

/// Whether a pattern of the schema's kind is found in a text. `None` for one that cannot be read.
pub(super) fn matches(pattern: &str, text: &str) -> Option<bool> {
    let translated = jsonschema_regex::to_rust_regex(pattern).ok()?;
    let regex = fancy_regex::Regex::new(&translated).ok()?;
    regex.is_match(text).ok()
}

fn format(object: &Map<String, Json>, text: &str, seen: &Seen, path: &[Place]) -> Verdict {
    let format = object.get("format").and_then(Json::as_str);
    let Some(format) = format.and_then(Format::of) else {
        return Verdict::Holds;
    };
    if fits(format, text) {
        Verdict::Holds
    } else {
        Verdict::refused(path, Kind::Rule(format.wanted().to_owned()), seen)
    }
}

/// A bound that counts.
pub(super) fn whole(value: Option<&Json>) -> Option<u64> {
    let number = value?.as_number()?;
    number.as_u64().or_else(|| {
        let number = number.as_f64()?;
        // `5.0` counts as 5.
        (number >= 0.0 && number.fract() == 0.0)
            .then(|| format!("{number:.0}").parse().ok())
            .flatten()
    })
}

/// `1 letter`, `20 letters`
pub(super) fn count(number: u64, what: &str) -> String {
    if number == 1 {
        format!("1 {what}")
    } else {
        format!("{number} {what}s")
    }
}
