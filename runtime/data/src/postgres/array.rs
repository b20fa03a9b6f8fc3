//! Arrays, as PostgreSQL sends and takes them, and as JSON.

use serde_json::Value as Json;
use sqlx::postgres::PgTypeInfo;

use super::cell;
use crate::cell::Cell;

/// An array of one dimension as JSON text. Nothing for one of several.
pub(super) fn read(item: &PgTypeInfo, bytes: &[u8]) -> Option<String> {
    let word = |at: usize| -> Option<i32> {
        Some(i32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
    };
    match word(0)? {
        0 => return Some("[]".to_owned()),
        1 => {}
        _ => return None,
    }
    let count = usize::try_from(word(12)?).ok()?;
    let mut at = 20;
    let mut items = Vec::with_capacity(count.min(1024));
    for _ in 0..count {
        let length = word(at)?;
        at += 4;
        let Ok(length) = usize::try_from(length) else {
            items.push("null".to_owned());
            continue;
        };
        items.push(json(item, bytes.get(at..at + length)?)?);
        at += length;
    }
    Some(format!("[{}]", items.join(",")))
}

/// An item as JSON text, an exact number with every digit.
fn json(item: &PgTypeInfo, bytes: &[u8]) -> Option<String> {
    use sqlx::TypeInfo as _;
    Some(match (cell::read(item, bytes)?, item.name()) {
        (Cell::Integer(integer), "BOOL") => (integer != 0).to_string(),
        (Cell::Integer(integer), _) => integer.to_string(),
        (Cell::Number(number), _) => Json::from(number).to_string(),
        (Cell::Text(text), "NUMERIC" | "JSON" | "JSONB") => text.into_owned(),
        (Cell::Text(text), _) => Json::from(text.into_owned()).to_string(),
        (Cell::Null | Cell::Bytes(_), _) => return None,
    })
}

/// The bytes of an array of one dimension. An item without bytes is missing.
pub(super) fn write(item: u32, items: &[Option<Vec<u8>>]) -> Vec<u8> {
    let length = |length: usize| i32::try_from(length).unwrap_or(i32::MAX).to_be_bytes();
    let mut bytes = Vec::new();
    let dimensions: i32 = i32::from(!items.is_empty());
    bytes.extend(dimensions.to_be_bytes());
    bytes.extend(i32::from(items.iter().any(Option::is_none)).to_be_bytes());
    bytes.extend(item.to_be_bytes());
    if items.is_empty() {
        return bytes;
    }
    bytes.extend(length(items.len()));
    // The number of the first item.
    bytes.extend(1_i32.to_be_bytes());
    for item in items {
        match item {
            Some(item) => {
                bytes.extend(length(item.len()));
                bytes.extend(item);
            }
            None => bytes.extend((-1_i32).to_be_bytes()),
        }
    }
    bytes
}
