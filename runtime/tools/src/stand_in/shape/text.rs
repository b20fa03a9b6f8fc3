//! Texts for a schema: of a known format, for a pattern, or of the right length.

use serde_json::{Map, Value, json};

use super::size;
use crate::limits;
use crate::schema::Checker;

/// What may be tried for a pattern. No value is made from the pattern itself.
const TEXTS: [&str; 20] = [
    "stand-in",
    "stand_in",
    "standin",
    "STANDIN",
    "Stand in",
    "a",
    "A",
    "0",
    "1",
    "00",
    "000",
    "0000",
    "0.00",
    "#stand-in",
    "@stand-in",
    "C0STANDIN0",
    "2026-01-01",
    "2026-01",
    "12:00",
    "1.0.0",
];

/// Formats with an example each.
const FORMATS: [(&str, &str); 20] = [
    ("date-time", "2026-01-01T00:00:00Z"),
    ("date", "2026-01-01"),
    ("time", "00:00:00Z"),
    ("duration", "P1D"),
    ("email", "stand-in@example.com"),
    ("idn-email", "stand-in@example.com"),
    ("hostname", "stand-in.example.com"),
    ("idn-hostname", "stand-in.example.com"),
    ("ipv4", "192.0.2.1"),
    ("ipv6", "2001:db8::1"),
    ("uri", "https://example.com/stand-in"),
    ("url", "https://example.com/stand-in"),
    ("iri", "https://example.com/stand-in"),
    ("uri-reference", "/stand-in"),
    ("iri-reference", "/stand-in"),
    ("uri-template", "/stand-in"),
    ("uuid", "00000000-0000-4000-8000-000000000000"),
    ("json-pointer", "/stand-in"),
    ("relative-json-pointer", "0"),
    ("regex", "stand-in"),
];

/// A text that fits the keywords, as far as one is known.
pub(super) fn string(keywords: &Map<String, Value>, variant: usize) -> Option<Value> {
    let format = keywords.get("format").and_then(Value::as_str);
    let formatted = FORMATS
        .iter()
        .find(|(name, _)| Some(*name) == format)
        .map(|(_, example)| *example);
    let least = size(keywords, "minLength");
    let most = keywords
        .get("maxLength")
        .and_then(Value::as_u64)
        .map_or(usize::MAX, |most| {
            usize::try_from(most).unwrap_or(usize::MAX)
        });
    if least > limits::MESSAGE_BYTES / 16 {
        return None;
    }
    if formatted.is_none() && !keywords.contains_key("pattern") {
        return Some(Value::String(fitted(&plain(variant), least, most)));
    }
    let wanted = json!({
        "type": "string",
        "pattern": keywords.get("pattern").cloned().unwrap_or_else(|| json!("")),
        "minLength": least,
        "maxLength": most,
    });
    let checker = Checker::new(&wanted, "a pattern").ok()?;
    formatted
        .into_iter()
        .chain(
            TEXTS
                .iter()
                .cycle()
                .skip(variant)
                .take(TEXTS.len())
                .copied(),
        )
        .chain(FORMATS.iter().map(|(_, example)| *example))
        .flat_map(|example| [example.to_owned(), fitted(example, least, most)])
        .map(Value::String)
        .find(|example| checker.fits(example))
}

pub(super) fn any(variant: usize) -> Value {
    Value::String(plain(variant))
}

fn plain(variant: usize) -> String {
    if variant == 0 {
        "stand-in".to_owned()
    } else {
        format!("{variant} stand-in")
    }
}

/// A text made as long as it must be and no longer than it may be.
fn fitted(text: &str, least: usize, most: usize) -> String {
    let length = text.chars().count();
    text.chars()
        .chain(std::iter::repeat_n('x', least.saturating_sub(length)))
        .take(most)
        .collect()
}
