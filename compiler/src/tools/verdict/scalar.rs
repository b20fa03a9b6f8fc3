//! `type`, `enum` and `const`: which kinds of values and which values are taken at all.

use serde_json::{Map, Value as Json};
use sophia_plan::types::Type;

use super::Verdict;
use super::complaint::{Kind, Place};
use super::number::same_number;
use crate::tools::seen::Seen;

/// `type`, with the formats that make a text a date or an instant.
pub(super) fn kinds(object: &Map<String, Json>, seen: &Seen, path: &[Place]) -> Verdict {
    let format = object.get("format").and_then(Json::as_str);
    let kinds: Vec<&str> = match object.get("type") {
        Some(Json::String(kind)) => vec![kind.as_str()],
        Some(Json::Array(kinds)) => kinds.iter().filter_map(Json::as_str).collect(),
        _ => return Verdict::Holds,
    };
    if kinds.iter().any(|kind| is_of(seen, kind, format)) {
        return Verdict::Holds;
    }
    let free = kinds.iter().any(|kind| matches!(*kind, "object" | "array"));
    if matches!(seen, Seen::Of(Type::Json)) && free {
        return Verdict::Later;
    }
    if let Seen::Value(Json::Null, Type::Optional(_)) = seen {
        return Verdict::refused(path, Kind::Missing, seen);
    }
    let wanted = words(&kinds, format);
    Verdict::refused(path, Kind::Type(wanted), seen)
}

fn is_of(seen: &Seen, kind: &str, format: Option<&str>) -> bool {
    match (seen, kind) {
        (Seen::Object(_), "object")
        | (Seen::Array(_) | Seen::Many(_), "array")
        | (Seen::Value(Json::Null, _), "null")
        | (Seen::Value(Json::Bool(_), _), "boolean") => true,
        (Seen::Value(Json::Number(number), of), "integer") => {
            is_plain(of)
                && (number.is_i64()
                    || number.is_u64()
                    || number.as_f64().is_some_and(|number| number.fract() == 0.0))
        }
        (Seen::Value(Json::Number(_), of), "number") => is_plain(of),
        (Seen::Value(Json::String(_), of) | Seen::Of(of), "string") => is_text(of, format),
        (Seen::Of(of), "integer") => matches!(of, Type::Integer | Type::Range { .. }),
        (Seen::Of(of), "number") => {
            matches!(of, Type::Integer | Type::Range { .. } | Type::Number)
        }
        (Seen::Of(of), "boolean") => *of == Type::Boolean,
        _ => false,
    }
}

/// Whether a number is a number and no share or amount, whose unit the schema does not know.
fn is_plain(of: &Type) -> bool {
    !matches!(of, Type::Percent | Type::Money(_))
}

/// Whether a value of this type goes out as a text of this format. A text may hold a date.
fn is_text(of: &Type, format: Option<&str>) -> bool {
    match of {
        Type::Text | Type::Literals(_) => true,
        Type::Date => format == Some("date"),
        Type::Timestamp => format == Some("date-time"),
        Type::Time => format == Some("time"),
        Type::Duration => format == Some("duration"),
        _ => false,
    }
}

/// What a schema's kinds are called.
fn words(kinds: &[&str], format: Option<&str>) -> String {
    let words: Vec<&str> = kinds
        .iter()
        .filter(|kind| **kind != "null")
        .map(|kind| match (*kind, format) {
            ("string", Some("date")) => "a date",
            ("string", Some("date-time")) => "a timestamp",
            ("string", Some("duration")) => "a duration",
            ("string", _) => "text",
            ("integer", _) => "an integer",
            ("number", _) => "a number",
            ("boolean", _) => "a boolean",
            ("array", _) => "a list",
            ("object", _) => "a record",
            _ => "another value",
        })
        .collect();
    if words.is_empty() {
        "`none`".to_owned()
    } else {
        words.join(" or ")
    }
}

/// `enum` and `const`.
pub(super) fn allowed(object: &Map<String, Json>, seen: &Seen, path: &[Place]) -> Verdict {
    let mut verdict = Verdict::Holds;
    if let Some(values) = object.get("enum").and_then(Json::as_array) {
        verdict = verdict.and(one_of(values, seen, path));
    }
    if let Some(value) = object.get("const") {
        verdict = verdict.and(one_of(std::slice::from_ref(value), seen, path));
    }
    verdict
}

fn one_of(values: &[Json], seen: &Seen, path: &[Place]) -> Verdict {
    let choice = || {
        Kind::Choice(
            values
                .iter()
                .filter(|value| !value.is_null())
                .cloned()
                .collect(),
        )
    };
    if let Some(constant) = seen.constant() {
        return if values.iter().any(|value| same(value, &constant)) {
            Verdict::Holds
        } else if let Seen::Value(Json::Null, Type::Optional(_)) = seen {
            Verdict::refused(path, Kind::Missing, seen)
        } else if let Seen::Value(_, Type::Literals(_)) = seen {
            Verdict::unproven(path, choice(), seen)
        } else {
            Verdict::refused(path, choice(), seen)
        };
    }
    let possible = match seen {
        Seen::Of(Type::Text) => values.iter().any(Json::is_string),
        Seen::Of(Type::Boolean) => {
            if [true, false]
                .iter()
                .all(|value| values.contains(&Json::Bool(*value)))
            {
                return Verdict::Holds;
            }
            values.iter().any(Json::is_boolean)
        }
        Seen::Of(Type::Range { from, to }) => {
            let held = |number: &i64| values.iter().any(|value| same(value, &Json::from(*number)));
            if to.saturating_sub(*from) <= 64 && (*from..=*to).all(|number| held(&number)) {
                return Verdict::Holds;
            }
            values.iter().any(Json::is_number)
        }
        Seen::Of(Type::Integer | Type::Number) => values.iter().any(Json::is_number),
        Seen::Of(Type::Date | Type::Timestamp | Type::Time | Type::Duration) => {
            values.iter().any(Json::is_string)
        }
        Seen::Of(Type::Json) => true,
        Seen::Object(_) | Seen::Array(_) | Seen::Many(_) => return Verdict::Later,
        _ => false,
    };
    if possible {
        Verdict::unproven(path, choice(), seen)
    } else {
        Verdict::refused(path, choice(), seen)
    }
}

/// Whether two values are the same to a schema: 1 and 1.0 are.
pub(super) fn same(left: &Json, right: &Json) -> bool {
    match (left, right) {
        (Json::Number(left), Json::Number(right)) => same_number(left, right),
        (Json::Array(left), Json::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| same(left, right))
        }
        (Json::Object(left), Json::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(name, value)| right.get(name).is_some_and(|other| same(value, other)))
        }
        _ => left == right,
    }
}
