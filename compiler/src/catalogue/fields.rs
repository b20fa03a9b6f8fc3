//! Field names at the border with a tool: ours are in `snake_case`, theirs are the schema's.
//!
//! Kept true here: only names that the pinned schema states are changed, so free-form data passes as it
//! is; an optional field that is missing is left out rather than sent as null.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use sophia_plan::types::{RecordType, Type};

use super::names::our_argument;

/// Schemas nested deeper than this are left as they are.
const DEEPEST: usize = 24;

/// A value of ours as the server's schema names it.
#[must_use]
pub fn theirs(value: Value, schema: &Value) -> Value {
    walk(value, schema, schema, Direction::Out, 0)
}

/// A value of the server's with our names.
#[must_use]
pub fn ours(value: Value, schema: &Value) -> Value {
    walk(value, schema, schema, Direction::In, 0)
}

/// A value of a server that states no schema, with the names that the fields of its stated type have. A field that is there
/// by its name stays; where two names fall together, the value keeps the server's.
#[must_use]
pub fn ours_by_type(value: Value, of: &Type) -> Value {
    match (value, of.present()) {
        (Value::Array(items), Type::List(item)) => {
            let items = items.into_iter();
            items.map(|value| ours_by_type(value, item)).collect()
        }
        (Value::Array(items), Type::Table(row)) => {
            let items = items.into_iter();
            items.map(|value| renamed(value, row)).collect()
        }
        (value, Type::Record(row)) => renamed(value, row),
        (value, _) => value,
    }
}

fn renamed(value: Value, row: &RecordType) -> Value {
    let Value::Object(fields) = value else {
        return value;
    };
    let known: BTreeSet<String> = fields.keys().cloned().collect();
    let mut ours = Map::new();
    for (name, value) in fields {
        let wanted = our_argument(&name);
        let free = !known.contains(&wanted) && !ours.contains_key(&wanted);
        let name = if row.field(&name).is_none() && free && row.field(&wanted).is_some() {
            wanted
        } else {
            name
        };
        let value = match row.field(&name) {
            Some(field) => ours_by_type(value, &field.of),
            None => value,
        };
        ours.insert(name, value);
    }
    Value::Object(ours)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Out,
    In,
}

fn walk(value: Value, schema: &Value, root: &Value, direction: Direction, depth: usize) -> Value {
    if depth > DEEPEST {
        return value;
    }
    let schema = target(schema, root);
    match value {
        Value::Array(items) => match schema.get("items") {
            Some(of) => items
                .into_iter()
                .map(|item| walk(item, of, root, direction, depth + 1))
                .collect(),
            None => Value::Array(items),
        },
        Value::Object(fields) => match object_schema(schema, root, &fields, direction) {
            Some(of) => Value::Object(rename(fields, of, root, direction, depth)),
            None => Value::Object(fields),
        },
        other => other,
    }
}

/// What a local reference points to; a schema without one is itself.
fn target<'s>(schema: &'s Value, root: &'s Value) -> &'s Value {
    let reference = schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|text| text.strip_prefix('#'));
    reference
        .and_then(|pointer| root.pointer(pointer))
        .unwrap_or(schema)
}

/// The schema with properties: itself, or the alternative that knows the most of the value's fields.
fn object_schema<'s>(
    schema: &'s Value,
    root: &'s Value,
    fields: &Map<String, Value>,
    direction: Direction,
) -> Option<&'s Value> {
    if schema.get("properties").is_some() {
        return Some(schema);
    }
    ["anyOf", "oneOf", "allOf"]
        .iter()
        .filter_map(|word| schema.get(word).and_then(Value::as_array))
        .flatten()
        .map(|part| target(part, root))
        .filter(|part| part.get("properties").is_some())
        .max_by_key(|part| {
            fields
                .keys()
                .filter(|name| property(part, name, direction).is_some())
                .count()
        })
}

/// The schema's own name of a property and its schema, for a name on our side or on theirs.
fn property<'s>(
    schema: &'s Value,
    name: &str,
    direction: Direction,
) -> Option<(&'s str, &'s Value)> {
    let properties = schema.get("properties")?.as_object()?;
    if let Some((wire, of)) = properties.get_key_value(name) {
        return Some((wire.as_str(), of));
    }
    if direction == Direction::In {
        return None;
    }
    properties
        .iter()
        .find(|(wire, _)| our_argument(wire) == name)
        .map(|(wire, of)| (wire.as_str(), of))
}

fn rename(
    fields: Map<String, Value>,
    schema: &Value,
    root: &Value,
    direction: Direction,
    depth: usize,
) -> Map<String, Value> {
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut renamed = Map::new();
    for (name, value) in fields {
        let Some((wire, of)) = property(schema, &name, direction) else {
            renamed.insert(name, value);
            continue;
        };
        if direction == Direction::Out && value.is_null() && !required.contains(&wire) {
            continue;
        }
        let value = walk(value, of, root, direction, depth + 1);
        let name = match direction {
            Direction::Out => wire.to_owned(),
            Direction::In => our_argument(wire),
        };
        renamed.insert(name, value);
    }
    renamed
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Value {
        json!({
            "$defs": { "entity": {
                "type": "object",
                "properties": { "entityType": { "type": "string" }, "notes": { "type": "string" }, "free": {} },
                "required": ["entityType"],
            } },
            "type": "object",
            "properties": { "entities": { "type": "array", "items": { "$ref": "#/$defs/entity" } } },
        })
    }

    #[test]
    fn names_inside_lists_and_references_are_translated_both_ways() {
        let ours_first = json!({ "entities": [{ "entity_type": "a", "free": { "in_ner": 1 } }] });
        let sent = theirs(ours_first.clone(), &schema());
        assert_eq!(
            sent,
            json!({ "entities": [{ "entityType": "a", "free": { "in_ner": 1 } }] })
        );
        assert_eq!(ours(sent, &schema()), ours_first);
    }

    #[test]
    fn a_missing_optional_field_is_left_out_and_a_required_one_is_not() {
        let sent = theirs(
            json!({ "entities": [{ "entity_type": null, "notes": null }] }),
            &schema(),
        );
        assert_eq!(sent, json!({ "entities": [{ "entityType": null }] }));
    }
}
