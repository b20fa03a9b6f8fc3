//! The schema as servers with strict schemas want it: a record at the root, every field required, no field
//! beside the declared ones, only the keywords they know.
//!
//! Kept true here: every value of the strict schema, once its empty optional fields are dropped, is a value
//! of the original schema as far as the keywords kept can say; the rest is checked on the reply.

use serde_json::{Map, Value, json};

/// The name of the only field where the original is not a record.
pub const WRAPPER: &str = "value";

/// The keywords that pass; everything else is left to the check of the reply.
const KEYWORDS: &[&str] = &[
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "const",
    "anyOf",
    "description",
    "$ref",
    "$defs",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
];

/// A schema in strict form.
#[derive(Clone, Debug)]
pub struct Strict {
    /// The schema to send.
    pub schema: Value,
    /// Whether the original stands inside a record with the one field [`WRAPPER`].
    pub wrapped: bool,
    /// Whether every part has a declared shape; only then can a reply be known to be complete.
    pub closed: bool,
}

/// Brings a schema into strict form.
pub fn strict(original: &Value) -> Strict {
    let mut closed = true;
    let mut schema = lower(original, &mut closed);
    let is_record = original.get("type").and_then(Value::as_str) == Some("object")
        && original.get("properties").is_some();
    if !is_record {
        let shared = schema
            .as_object_mut()
            .and_then(|object| object.remove("$defs"));
        schema = json!({
            "type": "object",
            "properties": { WRAPPER: schema },
            "required": [WRAPPER],
            "additionalProperties": false,
        });
        if let (Some(shared), Some(object)) = (shared, schema.as_object_mut()) {
            object.insert("$defs".to_owned(), shared);
        }
    }
    Strict {
        schema,
        wrapped: !is_record,
        closed,
    }
}

fn lower(schema: &Value, closed: &mut bool) -> Value {
    let Some(object) = schema.as_object() else {
        *closed = false;
        return json!({});
    };
    let mut lowered = Map::new();
    for (keyword, value) in object {
        if !KEYWORDS.contains(&keyword.as_str()) {
            continue;
        }
        let value = match (keyword.as_str(), value) {
            ("properties" | "$defs", Value::Object(parts)) => Value::Object(
                parts
                    .iter()
                    .map(|(name, part)| (name.clone(), lower(part, closed)))
                    .collect(),
            ),
            ("items", part) => lower(part, closed),
            ("anyOf", Value::Array(parts)) => {
                Value::Array(parts.iter().map(|part| lower(part, closed)).collect())
            }
            _ => value.clone(),
        };
        lowered.insert(keyword.clone(), value);
    }
    let says_something = ["type", "enum", "const", "anyOf", "$ref"]
        .iter()
        .any(|keyword| lowered.contains_key(*keyword));
    let is_object = has_type(&lowered, "object");
    if !says_something
        || (is_object && !lowered.contains_key("properties"))
        || (has_type(&lowered, "array") && !lowered.contains_key("items"))
    {
        *closed = false;
    }
    if is_object && lowered.contains_key("properties") {
        require_all(&mut lowered, object);
    }
    Value::Object(lowered)
}

fn has_type(schema: &Map<String, Value>, name: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(one)) => one == name,
        Some(Value::Array(several)) => several.iter().any(|one| one == name),
        _ => false,
    }
}

/// Makes every field required; one that was not may be null instead.
fn require_all(lowered: &mut Map<String, Value>, original: &Map<String, Value>) {
    let mut names = Vec::new();
    if let Some(Value::Object(properties)) = lowered.get_mut("properties") {
        for (name, part) in properties.iter_mut() {
            names.push(Value::String(name.clone()));
            if !is_required(original, name) {
                *part = json!({ "anyOf": [part.take(), { "type": "null" }] });
            }
        }
    }
    lowered.insert("required".to_owned(), Value::Array(names));
    lowered.insert("additionalProperties".to_owned(), Value::Bool(false));
}

fn is_required(schema: &Map<String, Value>, name: &str) -> bool {
    schema
        .get("required")
        .and_then(Value::as_array)
        .is_some_and(|names| names.iter().any(|one| one == name))
}

/// Drops the nulls that only stand in a value because the strict form requires every field. `root` is the
/// whole original schema, where shared parts are found.
pub fn drop_empty(value: &mut Value, schema: &Value, root: &Value) {
    let schema = match schema.get("$ref").and_then(Value::as_str) {
        Some(path) => match path.strip_prefix('#').and_then(|path| root.pointer(path)) {
            Some(shared) => shared,
            None => return,
        },
        None => schema,
    };
    match value {
        Value::Object(members) => {
            let (Some(object), Some(properties)) = (
                schema.as_object(),
                schema.get("properties").and_then(Value::as_object),
            ) else {
                return;
            };
            members.retain(|name, member| {
                !member.is_null() || !properties.contains_key(name) || is_required(object, name)
            });
            for (name, member) in members.iter_mut() {
                if let Some(part) = properties.get(name) {
                    drop_empty(member, part, root);
                }
            }
        }
        Value::Array(items) => {
            if let Some(part) = schema.get("items") {
                for item in items {
                    drop_empty(item, part, root);
                }
            }
        }
        _ => {}
    }
}
