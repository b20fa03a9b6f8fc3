//! Bounds of numbers, and `multipleOf`.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use serde_json::{Map, Number, Value as Json};
use sophia_plan::types::Type;

use super::Verdict;
use super::complaint::{Kind, Place};
use crate::tools::seen::Seen;

/// A bound, and whether the bound itself is inside.
struct Bound<'s> {
    at: &'s Number,
    inside: bool,
}

/// What the schema says about the size of a number.
pub(super) fn bounds(object: &Map<String, Json>, seen: &Seen, path: &[Place]) -> Verdict {
    let low = bound(object, "minimum", "exclusiveMinimum", Ordering::Greater);
    let high = bound(object, "maximum", "exclusiveMaximum", Ordering::Less);
    match seen {
        Seen::Value(Json::Number(number), _) => {
            let above = low
                .as_ref()
                .is_none_or(|low| inside(number, low, Ordering::Greater));
            let below = high
                .as_ref()
                .is_none_or(|high| inside(number, high, Ordering::Less));
            let verdict = if above && below {
                Verdict::Holds
            } else {
                Verdict::refused(path, kind(low.as_ref(), high.as_ref()), seen)
            };
            verdict.and(multiple(object, number, seen, path))
        }
        Seen::Of(Type::Range { from, to }) => {
            let (from, to) = (Number::from(*from), Number::from(*to));
            let fits = |number: &Number| {
                low.as_ref()
                    .is_none_or(|low| inside(number, low, Ordering::Greater))
                    && high
                        .as_ref()
                        .is_none_or(|high| inside(number, high, Ordering::Less))
            };
            let verdict = if fits(&from) && fits(&to) {
                Verdict::Holds
            } else {
                Verdict::unproven(path, kind(low.as_ref(), high.as_ref()), seen)
            };
            if object.contains_key("multipleOf") {
                verdict.and(Verdict::Later)
            } else {
                verdict
            }
        }
        Seen::Of(Type::Integer | Type::Number)
            if low.is_some() || high.is_some() || object.contains_key("multipleOf") =>
        {
            Verdict::Later
        }
        _ => Verdict::Holds,
    }
}

/// The stricter of a bound that is inside and one that is not.
fn bound<'s>(
    object: &'s Map<String, Json>,
    with: &str,
    without: &str,
    stricter: Ordering,
) -> Option<Bound<'s>> {
    let number = |word: &str| match object.get(word) {
        Some(Json::Number(number)) => Some(number),
        _ => None,
    };
    match (number(with), number(without)) {
        (Some(with), Some(without)) if order(with, without) == Some(stricter) => Some(Bound {
            at: with,
            inside: true,
        }),
        (_, Some(at)) => Some(Bound { at, inside: false }),
        (Some(at), None) => Some(Bound { at, inside: true }),
        (None, None) => None,
    }
}

fn inside(number: &Number, bound: &Bound<'_>, side: Ordering) -> bool {
    match order(number, bound.at) {
        Some(Ordering::Equal) => bound.inside,
        found => found == Some(side),
    }
}

fn kind(low: Option<&Bound<'_>>, high: Option<&Bound<'_>>) -> Kind {
    match (low, high) {
        (Some(low), Some(high)) if low.inside && high.inside => {
            Kind::Between(low.at.to_string(), high.at.to_string())
        }
        (Some(low), Some(high)) => Kind::Rule(format!(
            "a number {} and {}",
            said(low, "at least", "above"),
            said(high, "at most", "below")
        )),
        (Some(low), None) => Kind::Rule(said(low, "at least", "more than")),
        (None, Some(high)) => Kind::Rule(said(high, "at most", "less than")),
        (None, None) => Kind::Nothing,
    }
}

fn said(bound: &Bound<'_>, with: &str, without: &str) -> String {
    format!("{} {}", if bound.inside { with } else { without }, bound.at)
}

fn multiple(object: &Map<String, Json>, number: &Number, seen: &Seen, path: &[Place]) -> Verdict {
    let Some(Json::Number(of)) = object.get("multipleOf") else {
        return Verdict::Holds;
    };
    let exact = |number: &Number| number.to_string().parse::<Decimal>().ok();
    match exact(number).zip(exact(of)) {
        Some((number, of)) => match number.checked_rem(of) {
            Some(rest) if rest.is_zero() => Verdict::Holds,
            Some(_) => Verdict::refused(path, Kind::Rule(format!("a multiple of {of}")), seen),
            None => Verdict::Later,
        },
        None => Verdict::Later,
    }
}

/// Whether two numbers are the same, however they are written.
pub(super) fn same_number(left: &Number, right: &Number) -> bool {
    order(left, right) == Some(Ordering::Equal)
}

/// Which of two numbers is larger; whole ones are compared exactly.
fn order(left: &Number, right: &Number) -> Option<Ordering> {
    let whole = |number: &Number| {
        number
            .as_i64()
            .map(i128::from)
            .or_else(|| number.as_u64().map(i128::from))
    };
    match (whole(left), whole(right)) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}
