//! Types as JSON Schema 2020-12, inside the subset that strict model interfaces accept: the root is an
//! object, every field is required, nothing else is allowed, what may be missing is nullable.

use serde_json::{Map, Value as Json, json};

use super::{Border, WRAPPER, is_wrapped};
use crate::types::{RecordType, Type};

/// Digits with an optional point, as exact numbers are written.
const EXACT: &str = r"^-?[0-9]+(\.[0-9]+)?$";

/// The schema of a type for one side of the border. For a model the root is an object; see
/// [`Border::Model`].
#[must_use]
pub fn schema(of: &Type, border: Border) -> Json {
    let described = describe(of, border);
    if border == Border::Model && is_wrapped(of) {
        let mut properties = Map::new();
        properties.insert(WRAPPER.into(), described);
        return json!({
            "type": "object",
            "properties": properties,
            "required": [WRAPPER],
            "additionalProperties": false,
        });
    }
    described
}

fn describe(of: &Type, border: Border) -> Json {
    match of {
        Type::Text => json!({ "type": "string" }),
        Type::Boolean => json!({ "type": "boolean" }),
        Type::Integer => json!({ "type": "integer" }),
        Type::Number => match border {
            Border::Plain => json!({ "anyOf": [
                { "type": "number" },
                { "type": "string", "enum": ["NaN", "Infinity", "-Infinity"] },
            ] }),
            Border::Model => json!({ "type": "number" }),
        },
        Type::Decimal => json!({
            "type": "string",
            "pattern": EXACT,
            "description": "an exact number in digits, such as 12.50",
        }),
        Type::Money(currency) => match border {
            Border::Plain => json!({
                "type": "object",
                "properties": {
                    "amount": { "type": "string", "pattern": EXACT },
                    "currency": { "type": "string", "enum": [currency.0] },
                },
                "required": ["amount", "currency"],
                "additionalProperties": false,
            }),
            Border::Model => json!({
                "type": "string",
                "pattern": EXACT,
                "description": format!("an amount in {} in digits, such as 12.50", currency.0),
            }),
        },
        Type::Percent => match border {
            Border::Plain => json!({
                "type": "number",
                "description": "a share: 0.7 is 70 percent",
            }),
            Border::Model => json!({
                "type": "number",
                "minimum": 0,
                "maximum": 100,
                "description": "percent, from 0 to 100",
            }),
        },
        Type::Date => json!({
            "type": "string",
            "format": "date",
            "description": "a date such as 2026-11-22",
        }),
        Type::Time => json!({
            "type": "string",
            "description": "a time of day such as 08:00:00",
        }),
        Type::Timestamp => json!({
            "type": "string",
            "format": "date-time",
            "description": "an instant such as 2026-11-22T08:00:00Z",
        }),
        Type::Duration => json!({
            "type": "string",
            "description": "a duration such as PT2H30M",
        }),
        Type::Json => match border {
            Border::Plain => json!({}),
            Border::Model => json!({
                "type": "string",
                "description": "any data, written as JSON",
            }),
        },
        Type::Unknown => json!({}),
        Type::None => json!({ "type": "null" }),
        Type::Literals(texts) => json!({ "type": "string", "enum": texts }),
        Type::Range { from, to } => json!({ "type": "integer", "minimum": from, "maximum": to }),
        Type::Optional(inner) => nullable(describe(inner, border)),
        Type::List(item) => json!({ "type": "array", "items": describe(item, border) }),
        Type::Table(row) => json!({ "type": "array", "items": object(row, border) }),
        Type::Record(row) => object(row, border),
    }
}

fn object(row: &RecordType, border: Border) -> Json {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in &row.fields {
        let mut property = describe(&field.of, border);
        if let (Some(documentation), Json::Object(keywords)) = (&field.documentation, &mut property)
        {
            let description = match keywords.get("description").and_then(Json::as_str) {
                // What the author says comes first; how to write it stays.
                Some(form) => format!("{documentation} ({form})"),
                None => documentation.to_string(),
            };
            keywords.insert("description".into(), description.into());
        }
        properties.insert(field.name.to_string(), property);
        required.push(Json::from(&*field.name));
    }
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// The same or `null`. A single type becomes a pair of types; what has none becomes an alternative.
fn nullable(mut of: Json) -> Json {
    let Json::Object(keywords) = &mut of else {
        return of;
    };
    let Some(kind) = keywords.get("type").and_then(Json::as_str) else {
        if keywords.is_empty() {
            return of;
        }
        return json!({ "anyOf": [of, { "type": "null" }] });
    };
    if kind == "object" || kind == "array" {
        return json!({ "anyOf": [of, { "type": "null" }] });
    }
    let kinds = json!([kind, "null"]);
    keywords.insert("type".into(), kinds);
    if let Some(Json::Array(allowed)) = keywords.get_mut("enum") {
        allowed.push(Json::Null);
    }
    of
}
