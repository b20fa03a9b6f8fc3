//! Fields that a record in an argument leaves out.
//!
//! Kept true here: a tool is sent what the playbook writes, and no `null` for the rest; only a field that
//! the schema requires and that may be null is sent as null.

use std::sync::Arc;

use serde_json::Value as Json;
use sophia_plan::expression::Expression as Code;
use sophia_plan::value::Value;

use super::schema::{required, resolve};
use super::seen::Seen;
use super::verdict::{Verdict, judge};
use crate::catalogue::our_argument;

/// The value of an argument with `none` for what the schema requires. `root` is the document that `$ref`
/// points into.
pub(super) fn with_required(code: Code, schema: &Json, root: &Json) -> Code {
    match code {
        Code::Record { fields, name } => {
            let schema = part_with(schema, root, "properties");
            let property = |field: &str| {
                let properties = schema?.get("properties")?.as_object()?;
                properties
                    .iter()
                    .find(|(wire, _)| is(field, wire))
                    .map(|(_, of)| of)
            };
            let mut fields: Vec<(Arc<str>, Code)> = fields
                .into_iter()
                .map(|(field, value)| {
                    let value = match property(&field) {
                        Some(property) => with_required(value, property, root),
                        None => value,
                    };
                    (field, value)
                })
                .collect();
            for field in schema.map(required).unwrap_or_default() {
                let given = fields.iter().any(|(known, _)| is(known, field));
                if !given && schema.is_some_and(|schema| may_be_null(schema, field, root)) {
                    fields.push((our_argument(field).into(), Code::Constant(Value::None)));
                }
            }
            Code::Record { fields, name }
        }
        Code::List(items) => {
            let item = part_with(schema, root, "items").and_then(|schema| schema.get("items"));
            match item {
                Some(item) => Code::List(
                    items
                        .into_iter()
                        .map(|value| with_required(value, item, root))
                        .collect(),
                ),
                None => Code::List(items),
            }
        }
        Code::If {
            condition,
            then,
            otherwise,
        } => Code::If {
            condition,
            then: Box::new(with_required(*then, schema, root)),
            otherwise: Box::new(with_required(*otherwise, schema, root)),
        },
        other => other,
    }
}

/// Whether the schema of a field takes `null`.
fn may_be_null(schema: &Json, field: &str, root: &Json) -> bool {
    let null = Seen::of_json(&Json::Null);
    schema
        .get("properties")
        .and_then(|properties| properties.get(field))
        .is_some_and(|of| judge(of, root, &null) == Verdict::Holds)
}

/// Whether a field of ours is the server's field of this name.
fn is(ours: &str, wire: &str) -> bool {
    ours == wire || ours == our_argument(wire)
}

/// The part of a schema that holds a word: behind references, and beside `null`.
fn part_with<'s>(schema: &'s Json, root: &'s Json, word: &str) -> Option<&'s Json> {
    let mut waiting = vec![schema];
    // References may go in a circle.
    for _ in 0..64 {
        let schema = waiting.pop()?;
        if schema.get(word).is_some() {
            return Some(schema);
        }
        if let Some(reference) = schema.get("$ref").and_then(Json::as_str) {
            waiting.extend(resolve(reference, root));
        }
        for choice in ["allOf", "oneOf", "anyOf"] {
            let parts = schema.get(choice).and_then(Json::as_array);
            waiting.extend(parts.into_iter().flatten());
        }
    }
    None
}
