//! The units of time: their lengths, and the ways in which they are written elsewhere.

use crate::words::nearest;

/// A unit as it is written after 1, its length where that is fixed, and the shorter ways to write it.
pub(crate) struct Unit {
    pub(crate) singular: &'static str,
    pub(crate) milliseconds: Option<i64>,
    /// How many months it is, where the calendar says how long it is.
    pub(crate) months: Option<i64>,
    short: &'static [&'static str],
}

const UNITS: [Unit; 9] = [
    Unit {
        singular: "millisecond",
        milliseconds: Some(1),
        months: None,
        short: &["ms", "msec", "msecs", "millis"],
    },
    Unit {
        singular: "second",
        milliseconds: Some(1_000),
        months: None,
        short: &["s", "sec", "secs"],
    },
    Unit {
        singular: "minute",
        milliseconds: Some(60_000),
        months: None,
        short: &["min", "mins"],
    },
    Unit {
        singular: "hour",
        milliseconds: Some(3_600_000),
        months: None,
        short: &["h", "hr", "hrs"],
    },
    Unit {
        singular: "day",
        milliseconds: Some(86_400_000),
        months: None,
        short: &["d"],
    },
    Unit {
        singular: "week",
        milliseconds: Some(604_800_000),
        months: None,
        short: &["w", "wk", "wks"],
    },
    Unit {
        singular: "month",
        milliseconds: None,
        months: Some(1),
        short: &["mo", "mos", "mth", "mths"],
    },
    Unit {
        singular: "quarter",
        milliseconds: None,
        months: Some(3),
        short: &["qtr", "qtrs"],
    },
    Unit {
        singular: "year",
        milliseconds: None,
        months: Some(12),
        short: &["y", "yr", "yrs"],
    },
];

impl Unit {
    /// The unit as it stands after an amount: singular after 1.
    pub(crate) fn after(&self, amount: &str) -> String {
        if amount == "1" {
            self.singular.to_owned()
        } else {
            format!("{}s", self.singular)
        }
    }
}

/// The unit that a word is in any case, in the singular or the plural.
pub(crate) fn named(word: &str) -> Option<&'static Unit> {
    let lower = word.to_ascii_lowercase();
    let singular = lower.strip_suffix('s').unwrap_or(&lower);
    UNITS.iter().find(|unit| unit.singular == singular)
}

/// The unit that a word stands for: `mins`, `hrs`, `Days`, `minuts`.
pub(crate) fn meant(word: &str) -> Option<&'static Unit> {
    if word.len() > 20 {
        return None;
    }
    let lower = word.to_ascii_lowercase();
    let lower = lower.strip_suffix('.').unwrap_or(&lower);
    named(lower)
        .or_else(|| UNITS.iter().find(|unit| unit.short.contains(&lower)))
        .or_else(|| {
            let singular = lower.strip_suffix('s').unwrap_or(lower);
            let close = (singular.len() > 2)
                .then(|| nearest(singular, UNITS.iter().map(|unit| unit.singular)))
                .flatten()?;
            UNITS.iter().find(|unit| unit.singular == close)
        })
}

/// The length as one whole number and the longest unit that gives one.
pub(crate) fn longest(milliseconds: i64) -> Option<String> {
    UNITS
        .iter()
        .rev()
        .filter(|unit| unit.singular != "week")
        .filter_map(|unit| Some((unit, unit.milliseconds?)))
        .find(|(_, length)| milliseconds % length == 0)
        .map(|(unit, length)| {
            let count = (milliseconds / length).to_string();
            let unit = unit.after(&count);
            format!("{count} {unit}")
        })
}
