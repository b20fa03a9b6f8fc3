//! A JSON Schema → the type of the language that holds the same values.
//!
//! Kept true here: what a schema says in a way that the language cannot follow becomes `json`, which
//! takes everything; a circle of references ends there too.

use std::sync::Arc;

use serde_json::Value as Json;
use sophia_plan::types::{FieldType, RecordType, Type};

use crate::catalogue::our_argument;

/// Deeper schemas are read as `json`.
const DEEPEST: usize = 24;

/// The type of a schema. `root` is the document that `$ref` points into.
pub(crate) fn type_of(schema: &Json, root: &Json) -> Type {
    convert(schema, root, 0)
}

fn convert(schema: &Json, root: &Json, depth: usize) -> Type {
    if depth > DEEPEST {
        return Type::Json;
    }
    let Some(object) = schema.as_object() else {
        return Type::Json;
    };
    if let Some(reference) = object.get("$ref").and_then(Json::as_str) {
        return match resolve(reference, root) {
            Some(target) => convert(target, root, depth + 1),
            None => Type::Json,
        };
    }
    if let Some(fixed) = object.get("const") {
        return choice(std::slice::from_ref(fixed));
    }
    if let Some(values) = object.get("enum").and_then(Json::as_array) {
        return choice(values);
    }
    for word in ["anyOf", "oneOf"] {
        if let Some(parts) = object.get(word).and_then(Json::as_array) {
            return alternatives(parts, root, depth);
        }
    }
    if let Some([only]) = object
        .get("allOf")
        .and_then(Json::as_array)
        .map(Vec::as_slice)
    {
        return convert(only, root, depth + 1);
    }
    match object.get("type") {
        Some(Json::String(kind)) => simple(kind, schema, root, depth),
        Some(Json::Array(kinds)) => {
            let named: Vec<&str> = kinds.iter().filter_map(Json::as_str).collect();
            let present: Vec<&str> = named
                .iter()
                .copied()
                .filter(|kind| *kind != "null")
                .collect();
            let of = match present.as_slice() {
                [one] => simple(one, schema, root, depth),
                ["integer", "number"] | ["number", "integer"] => Type::Number,
                _ => Type::Json,
            };
            if present.len() < named.len() && of != Type::Json {
                of.optional()
            } else {
                of
            }
        }
        _ if object.contains_key("properties") => simple("object", schema, root, depth),
        _ => Type::Json,
    }
}

/// What a reference inside the document points to. Other documents are never fetched.
pub(super) fn resolve<'s>(reference: &str, root: &'s Json) -> Option<&'s Json> {
    let pointer = reference.strip_prefix('#')?;
    root.pointer(pointer)
}

fn simple(kind: &str, schema: &Json, root: &Json, depth: usize) -> Type {
    match kind {
        "string" => match schema.get("format").and_then(Json::as_str) {
            Some("date") => Type::Date,
            Some("date-time") => Type::Timestamp,
            _ => Type::Text,
        },
        "boolean" => Type::Boolean,
        "number" => Type::Number,
        "null" => Type::None,
        "integer" => integer(schema),
        "array" => {
            let item = schema
                .get("items")
                .map_or(Type::Json, |items| convert(items, root, depth + 1));
            Type::List(Arc::new(item))
        }
        "object" => object(schema, root, depth),
        _ => Type::Json,
    }
}

fn integer(schema: &Json) -> Type {
    let bound = |word: &str| schema.get(word).and_then(Json::as_i64);
    let from = bound("minimum").or_else(|| bound("exclusiveMinimum")?.checked_add(1));
    let to = bound("maximum").or_else(|| bound("exclusiveMaximum")?.checked_sub(1));
    match (from, to) {
        (Some(from), Some(to)) if from <= to => Type::Range { from, to },
        _ => Type::Integer,
    }
}

fn object(schema: &Json, root: &Json, depth: usize) -> Type {
    let Some(properties) = schema.get("properties").and_then(Json::as_object) else {
        return Type::Json;
    };
    let required = required(schema);
    let fields = properties
        .iter()
        .map(|(name, property)| {
            let of = convert(property, root, depth + 1);
            let documentation = property
                .get("description")
                .and_then(Json::as_str)
                .map(Arc::from);
            let ours = our_argument(name);
            let taken = ours != *name && properties.contains_key(&ours);
            FieldType {
                // Ours are in snake_case; where that name is another field's, the server's own stays.
                name: if taken {
                    Arc::from(name.as_str())
                } else {
                    Arc::from(ours)
                },
                of: if required.contains(&name.as_str()) {
                    of
                } else {
                    of.optional()
                },
                documentation,
                labels: Vec::new(),
            }
        })
        .collect();
    Type::Record(Arc::new(RecordType { name: None, fields }))
}

/// The required properties of an object's schema.
pub(super) fn required(schema: &Json) -> Vec<&str> {
    schema
        .get("required")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect()
}

/// One of some fixed values: a choice of texts, or what they have in common.
fn choice(values: &[Json]) -> Type {
    let present: Vec<&Json> = values.iter().filter(|value| !value.is_null()).collect();
    let texts: Option<Vec<Arc<str>>> = present
        .iter()
        .map(|value| value.as_str().map(Arc::from))
        .collect();
    let of = match texts {
        Some(texts) if !texts.is_empty() => Type::Literals(texts.into()),
        _ if present.is_empty() => Type::None,
        _ if present.iter().all(|value| value.is_i64()) => Type::Integer,
        _ if present.iter().all(|value| value.is_number()) => Type::Number,
        _ if present.iter().all(|value| value.is_boolean()) => Type::Boolean,
        _ => Type::Json,
    };
    if present.len() < values.len() && of != Type::Json {
        of.optional()
    } else {
        of
    }
}

fn alternatives(parts: &[Json], root: &Json, depth: usize) -> Type {
    let types: Vec<Type> = parts
        .iter()
        .map(|part| convert(part, root, depth + 1))
        .collect();
    let may_be_missing = types.iter().any(Type::is_optional);
    let present: Vec<&Type> = types
        .iter()
        .filter(|of| **of != Type::None)
        .map(Type::present)
        .collect();
    let of = match present.as_slice() {
        [] => return Type::None,
        [first, rest @ ..] if rest.iter().all(|of| of == first) => (*first).clone(),
        all => {
            let texts: Option<Vec<Arc<str>>> = all
                .iter()
                .map(|of| match of {
                    Type::Literals(texts) => Some(texts.to_vec()),
                    _ => None,
                })
                .collect::<Option<Vec<_>>>()
                .map(|lists| lists.into_iter().flatten().collect());
            match texts {
                Some(texts) => Type::Literals(texts.into()),
                None if all
                    .iter()
                    .all(|of| matches!(of, Type::Integer | Type::Number | Type::Range { .. })) =>
                {
                    Type::Number
                }
                None => return Type::Json,
            }
        }
    };
    if may_be_missing && of != Type::Json {
        of.optional()
    } else {
        of
    }
}
