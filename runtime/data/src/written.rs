//! Values as they are written in text: numbers, dates, times. Strict, so that what merely looks like a
//! number (`007`, `1_000`, a postal code) stays text.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

/// `42`, `-7`; not `+5`, not `007`.
pub(crate) fn integer(text: &str) -> Option<i64> {
    plain(text.strip_prefix('-').unwrap_or(text))
        .then(|| text.parse().ok())
        .flatten()
}

/// `29.85`, `-0.5`, `1e6`; finite, and not `.5`, not `007.5`.
pub(crate) fn number(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let exponent_fits = exponent
        .is_none_or(|exponent| digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent)));
    (exponent_fits && fixed(mantissa))
        .then(|| text.parse().ok())
        .flatten()
        .filter(|number: &f64| number.is_finite())
}

/// `12000.50`, exactly; digits past the 28th are rounded.
pub(crate) fn decimal(text: &str) -> Option<Decimal> {
    if fixed(text.strip_prefix('-').unwrap_or(text)) {
        Decimal::from_str(text).ok()
    } else {
        number(text).and_then(double_as_decimal)
    }
}

/// The decimal that a person sees when the double is written: 0.1 is exactly 0.1.
pub(crate) fn double_as_decimal(number: f64) -> Option<Decimal> {
    number
        .is_finite()
        .then(|| Decimal::from_str(&number.to_string()).ok())
        .flatten()
}

/// `true` and `false` in any case, and nothing else.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// `2026-11-22`.
pub(crate) fn date(text: &str) -> Option<Date> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
        return None;
    };
    [y1, y2, y3, y4, m1, m2, d1, d2]
        .into_iter()
        .all(u8::is_ascii_digit)
        .then(|| text.parse().ok())
        .flatten()
}

/// `08:00`, `08:00:30`, `08:00:30.125`.
pub(crate) fn time(text: &str) -> Option<Time> {
    let mut parts = text.splitn(3, ':');
    let two_digits = |part: &str| part.len() == 2 && digits(part);
    let hour = parts.next().is_some_and(two_digits);
    let minute = parts.next().is_some_and(two_digits);
    let second = parts.next().is_none_or(|second| {
        let (whole, fraction) = second.split_once('.').unwrap_or((second, "0"));
        two_digits(whole) && digits(fraction)
    });
    (hour && minute && second)
        .then(|| text.parse().ok())
        .flatten()
}

/// `2026-11-22 08:00:00`, `2026-11-22T08:00:00Z`, `2026-11-22T08:00+01:00`. Without an offset it is
/// UTC, as in SQLite's own functions.
pub(crate) fn timestamp(text: &str) -> Option<Timestamp> {
    let day = date(text.get(..10)?)?;
    let rest = text.get(10..)?.strip_prefix([' ', 'T'])?;
    let zone_at = rest.find(['Z', '+', '-']).unwrap_or(rest.len());
    let clock = time(rest.get(..zone_at)?)?;
    let offset = rest.get(zone_at..)?;
    if offset.is_empty() {
        let local: DateTime = day.to_datetime(clock);
        local
            .to_zoned(TimeZone::UTC)
            .ok()
            .map(|zoned| zoned.timestamp())
    } else {
        format!("{day}T{clock}{offset}").parse().ok()
    }
}

/// How timestamps are written into a source: UTC, so that text order is time order.
pub(crate) fn write_timestamp(timestamp: Timestamp) -> String {
    timestamp.strftime("%Y-%m-%d %H:%M:%S%.f").to_string()
}

/// `0`, `12.5`: digits without a leading zero, and perhaps a fraction.
fn fixed(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    plain(whole) && digits(fraction)
}

fn plain(text: &str) -> bool {
    digits(text) && (text == "0" || !text.starts_with('0'))
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
