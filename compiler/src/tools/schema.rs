//! A JSON Schema → the type of the language that holds the same values.
//!
//! Kept true here: what a schema says in a way that the language cannot follow becomes `json`, which
//! takes everything; a circle of references ends there too.

use std::cell::Cell;
use std::sync::Arc;

use serde_json::Value as Json;
use sophia_plan::types::{FieldType, RecordType, Type};

use crate::catalogue::our_argument;

/// Deeper schemas are read as `json`.
const DEEPEST: usize = 24;

/// A schema whose references multiply is read this far.
const MOST_PARTS: u32 = 5_000;

/// The type of a schema. `root` is the document that `$ref` points into.
pub(crate) fn type_of(schema: &Json, root: &Json) -> Type {
    let reading = Reading {
        root,
        parts_left: Cell::new(MOST_PARTS),
    };
    reading.convert(schema, 0, &[])
}

/// A schema that is being read.
struct Reading<'s> {
    root: &'s Json,
    parts_left: Cell<u32>,
}

impl<'s> Reading<'s> {
    /// `open` are the references that are being followed: meeting one again is a circle.
    fn convert(&self, schema: &'s Json, depth: usize, open: &[&str]) -> Type {
        let left = self.parts_left.get();
        if depth > DEEPEST || left == 0 {
            return Type::Json;
        }
        self.parts_left.set(left - 1);
        let Some(object) = schema.as_object() else {
            return Type::Json;
        };
        if let Some(reference) = object.get("$ref").and_then(Json::as_str) {
            if open.contains(&reference) {
                return Type::Json;
            }
            let mut inner = open.to_vec();
            inner.push(reference);
            return match resolve(reference, self.root) {
                Some(target) => self.convert(target, depth + 1, &inner),
                None => Type::Json,
            };
        }
        if let Some(fixed) = object.get("const") {
            return choice(std::slice::from_ref(fixed));
        }
        if let Some(values) = object.get("enum").and_then(Json::as_array) {
            return choice(values);
        }
        if let Some(parts) = object.get("allOf").and_then(Json::as_array) {
            return self.together(schema, parts, depth, open);
        }
        if !object.contains_key("properties") {
            for word in ["anyOf", "oneOf"] {
                if let Some(parts) = object.get(word).and_then(Json::as_array) {
                    return self.alternatives(parts, depth, open);
                }
            }
        }
        match object.get("type") {
            Some(Json::String(kind)) => self.simple(kind, schema, depth, open),
            Some(Json::Array(kinds)) => {
                let named: Vec<&str> = kinds.iter().filter_map(Json::as_str).collect();
                let present: Vec<&str> = named
                    .iter()
                    .copied()
                    .filter(|kind| *kind != "null")
                    .collect();
                let of = match present.as_slice() {
                    [one] => self.simple(one, schema, depth, open),
                    ["integer", "number"] | ["number", "integer"] => Type::Number,
                    _ => Type::Json,
                };
                if present.len() < named.len() && of != Type::Json {
                    of.optional()
                } else {
                    of
                }
            }
            _ if object.contains_key("properties") => self.object(schema, depth, open),
            _ => Type::Json,
        }
    }

    fn simple(&self, kind: &str, schema: &'s Json, depth: usize, open: &[&str]) -> Type {
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
                    .map_or(Type::Json, |items| self.convert(items, depth + 1, open));
                Type::List(Arc::new(item))
            }
            "object" => self.object(schema, depth, open),
            _ => Type::Json,
        }
    }

    fn object(&self, schema: &'s Json, depth: usize, open: &[&str]) -> Type {
        let Some(properties) = schema.get("properties").and_then(Json::as_object) else {
            return Type::Json;
        };
        let required = required(schema);
        let fields = properties
            .iter()
            .map(|(name, property)| {
                let of = self.convert(property, depth + 1, open);
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

    /// `allOf`: records become one with the fields of all; beside them, parts that only add rules say
    /// nothing about the type.
    fn together(&self, schema: &'s Json, parts: &'s [Json], depth: usize, open: &[&str]) -> Type {
        let own = match schema.get("type").and_then(Json::as_str) {
            _ if schema.get("properties").is_some() => self.object(schema, depth, open),
            Some(kind) => self.simple(kind, schema, depth, open),
            None => Type::Json,
        };
        let mut types: Vec<Type> = parts
            .iter()
            .map(|part| self.convert(part, depth + 1, open))
            .chain([own])
            .filter(|of| *of != Type::Json)
            .collect();
        let records: Option<Vec<Arc<RecordType>>> = types
            .iter()
            .map(|of| match of {
                Type::Record(record) => Some(record.clone()),
                _ => None,
            })
            .collect();
        let narrowest = types.pop();
        match (records, narrowest) {
            (Some(records), Some(_)) => merged(&records),
            // Of two types that are no records the one that says more is not known.
            (None, Some(only)) if types.is_empty() => only,
            (_, None) | (None, Some(_)) => Type::Json,
        }
    }

    fn alternatives(&self, parts: &'s [Json], depth: usize, open: &[&str]) -> Type {
        let types: Vec<Type> = parts
            .iter()
            .map(|part| self.convert(part, depth + 1, open))
            .collect();
        either(&types)
    }
}

/// One record with the fields of several; of a field that stands in two of them the one that says more.
fn merged(records: &[Arc<RecordType>]) -> Type {
    let mut fields: Vec<FieldType> = Vec::new();
    for field in records.iter().flat_map(|record| &record.fields) {
        match fields.iter_mut().find(|known| known.name == field.name) {
            Some(known) if *known.of.present() == Type::Json || !field.of.is_optional() => {
                known.of = field.of.clone();
            }
            Some(_) => {}
            None => fields.push(field.clone()),
        }
    }
    Type::Record(Arc::new(RecordType { name: None, fields }))
}

/// What a reference inside the document points to. Other documents are never fetched.
pub(super) fn resolve<'s>(reference: &str, root: &'s Json) -> Option<&'s Json> {
    let pointer = reference.strip_prefix('#')?;
    root.pointer(pointer)
}

/// What a local reference leads to; a schema without one is itself.
pub(super) fn target<'s>(schema: &'s Json, root: &'s Json) -> &'s Json {
    schema
        .get("$ref")
        .and_then(Json::as_str)
        .and_then(|reference| resolve(reference, root))
        .unwrap_or(schema)
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

/// The one type that holds the values of several, or `json`.
fn either(types: &[Type]) -> Type {
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
