//! One value as a database gives it, and what it means where a type is expected.
//!
//! SQLite is loosely typed: a comparison is 0 or 1, a date is text, an amount may be an integer, a
//! double or text. What is read here is what such a value can only mean; anything else does not fit.
//! Exact values of other databases arrive as the text that says them exactly.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::de::IgnoredAny;

use crate::written;

/// A value by how it is stored.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell<'row> {
    Null,
    Integer(i64),
    Number(f64),
    Text(Cow<'row, str>),
    /// Bytes, by their number: no type of the language holds them.
    Bytes(usize),
}

impl<'row> Cell<'row> {
    pub(crate) fn boolean(&self) -> Option<bool> {
        match self {
            Self::Integer(0) => Some(false),
            Self::Integer(1) => Some(true),
            Self::Number(number) if *number == 0.0 => Some(false),
            Self::Number(number) if (*number - 1.0).abs() == 0.0 => Some(true),
            Self::Text(text) => written::boolean(text),
            _ => None,
        }
    }

    pub(crate) fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(integer) => Some(*integer),
            Self::Number(number) => whole(*number),
            Self::Text(text) => written::integer(text.trim()),
            _ => None,
        }
    }

    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            #[allow(
                clippy::cast_precision_loss,
                reason = "integers past 2^53 become the nearest double, as in every SQL"
            )]
            Self::Integer(integer) => Some(*integer as f64),
            Self::Number(number) => number.is_finite().then_some(*number),
            Self::Text(text) => written::number(text.trim()),
            _ => None,
        }
    }

    /// In billionths, rounded half to even.
    pub(crate) fn billionths(&self) -> Option<i128> {
        let decimal = match self {
            Self::Integer(integer) => Decimal::from(*integer),
            Self::Number(number) => written::double_as_decimal(*number)?,
            Self::Text(text) => written::decimal(text.trim())?,
            _ => return None,
        };
        let rounded = decimal.round_dp_with_strategy(9, RoundingStrategy::MidpointNearestEven);
        10_i128
            .checked_pow(9 - rounded.scale())
            .and_then(|factor| rounded.mantissa().checked_mul(factor))
    }

    /// A date; also a timestamp at midnight, as other programs write dates.
    pub(crate) fn date(&self) -> Option<Date> {
        let Self::Text(text) = self else {
            return None;
        };
        written::date(text).or_else(|| {
            let day = written::date(text.get(..10)?)?;
            let clock = written::time(text.get(10..)?.strip_prefix([' ', 'T'])?)?;
            (clock == Time::midnight()).then_some(day)
        })
    }

    pub(crate) fn time(&self) -> Option<Time> {
        match self {
            Self::Text(text) => written::time(text),
            _ => None,
        }
    }

    /// A timestamp as text, a date as its midnight in UTC, an integer as seconds since 1970: what
    /// SQLite's own functions take.
    pub(crate) fn timestamp(&self) -> Option<Timestamp> {
        match self {
            Self::Text(text) => {
                written::timestamp(text).or_else(|| written::timestamp(&format!("{text} 00:00")))
            }
            Self::Integer(seconds) => Timestamp::from_second(*seconds).ok(),
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<Cow<'row, str>> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Integer(integer) => Some(Cow::Owned(integer.to_string())),
            // With its point, as SQLite itself writes it.
            Self::Number(number) => Some(Cow::Owned(format!("{number:?}"))),
            _ => None,
        }
    }

    pub(crate) fn one_of(&self, literals: &[Arc<str>]) -> Option<Cow<'row, str>> {
        self.text()
            .filter(|text| literals.iter().any(|literal| **literal == **text))
    }

    /// Text that is JSON; a number is JSON too.
    pub(crate) fn json(&self) -> Option<Cow<'row, str>> {
        self.text()
            .filter(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
    }
}

/// The integer that a double is, if it is one.
fn whole(number: f64) -> Option<i64> {
    // Past 2^53 a double no longer says which integer was meant.
    let exact = number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0;
    #[allow(
        clippy::cast_possible_truncation,
        reason = "checked to be whole and small"
    )]
    exact.then_some(number as i64)
}

/// The value as a message shows it.
impl fmt::Display for Cell<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 40;
        match self {
            Self::Null => formatter.write_str("nothing"),
            Self::Integer(integer) => write!(formatter, "{integer}"),
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Text(text) if text.chars().count() > SHOWN => {
                let start: String = text.chars().take(SHOWN).collect();
                write!(formatter, "\"{start}…\"")
            }
            Self::Text(text) => write!(formatter, "\"{text}\""),
            Self::Bytes(length) => write!(formatter, "{length} bytes"),
        }
    }
}
