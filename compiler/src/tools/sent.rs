//! A value in the form in which it is sent: the schema's own field names, and nothing for a field that is
//! missing and need not be there.
//!
//! Kept true here: the same changes as [`theirs`](crate::catalogue::theirs) makes at the border.

use serde_json::Value as Json;
use sophia_plan::types::Type;

use super::schema::{required, target};
use super::seen::{Field, Presence, Seen};
use crate::catalogue::our_argument;

/// As deep as the border goes.
const DEEPEST: usize = 24;

/// What is sent of a value to a place with this schema. `root` is the document that `$ref` points into.
pub(super) fn sent(seen: Seen, schema: &Json, root: &Json) -> Seen {
    walk(seen, schema, root, 0)
}

fn walk(seen: Seen, schema: &Json, root: &Json, depth: usize) -> Seen {
    if depth > DEEPEST {
        return seen;
    }
    let schema = target(schema, root);
    match seen {
        Seen::Array(items) => match schema.get("items") {
            Some(of) => Seen::Array(
                items
                    .into_iter()
                    .map(|item| walk(item, of, root, depth + 1))
                    .collect(),
            ),
            None => Seen::Array(items),
        },
        Seen::Many(item) => match schema.get("items") {
            Some(of) => Seen::Many(Box::new(walk(*item, of, root, depth + 1))),
            None => Seen::Many(item),
        },
        Seen::Either(parts) => Seen::Either(
            parts
                .into_iter()
                .map(|part| walk(part, schema, root, depth))
                .collect(),
        ),
        Seen::Object(fields) => match object_schema(schema, root, &fields) {
            Some(of) => Seen::Object(rename(fields, of, root, depth)),
            None => Seen::Object(fields),
        },
        scalar @ (Seen::Value(..) | Seen::Of(_)) => scalar,
    }
}

/// The schema with properties: itself, or the alternative that knows the most of the fields.
fn object_schema<'s>(schema: &'s Json, root: &'s Json, fields: &[Field]) -> Option<&'s Json> {
    if schema.get("properties").is_some() {
        return Some(schema);
    }
    ["anyOf", "oneOf", "allOf"]
        .iter()
        .filter_map(|word| schema.get(word).and_then(Json::as_array))
        .flatten()
        .map(|part| target(part, root))
        .filter(|part| part.get("properties").is_some())
        .max_by_key(|part| {
            fields
                .iter()
                .filter(|field| property(part, &field.name).is_some())
                .count()
        })
}

/// The schema's own name of a property and its schema, for a name of ours.
pub(super) fn property<'s>(schema: &'s Json, name: &str) -> Option<(&'s str, &'s Json)> {
    let properties = schema.get("properties")?.as_object()?;
    if let Some((wire, of)) = properties.get_key_value(name) {
        return Some((wire.as_str(), of));
    }
    properties
        .iter()
        .find(|(wire, _)| our_argument(wire) == name)
        .map(|(wire, of)| (wire.as_str(), of))
}

fn rename(fields: Vec<Field>, schema: &Json, root: &Json, depth: usize) -> Vec<Field> {
    let required = required(schema);
    let mut renamed = Vec::with_capacity(fields.len());
    for field in fields {
        let Some((wire, of)) = property(schema, &field.name) else {
            renamed.push(field);
            continue;
        };
        let (value, presence) = if required.contains(&wire) {
            (field.value, field.presence)
        } else {
            match without_missing(field.value) {
                None => continue,
                Some((value, Presence::Sure)) => (value, field.presence),
                Some((value, Presence::Maybe)) => (value, Presence::Maybe),
            }
        };
        renamed.push(Field {
            name: wire.to_owned(),
            value: walk(value, of, root, depth + 1),
            presence,
        });
    }
    renamed
}

/// A value where it is there at all. `None` where it never is.
fn without_missing(seen: Seen) -> Option<(Seen, Presence)> {
    match seen {
        Seen::Value(Json::Null, Type::None | Type::Optional(_)) => None,
        Seen::Either(parts) => {
            let all = parts.len();
            let mut kept: Vec<(Seen, Presence)> =
                parts.into_iter().filter_map(without_missing).collect();
            let presence = if kept.len() == all
                && kept.iter().all(|(_, presence)| *presence == Presence::Sure)
            {
                Presence::Sure
            } else {
                Presence::Maybe
            };
            if kept.len() == 1 {
                return kept.pop().map(|(seen, _)| (seen, presence));
            }
            if kept.is_empty() {
                return None;
            }
            let kept = kept.into_iter().map(|(seen, _)| seen).collect();
            Some((Seen::Either(kept), presence))
        }
        other => Some((other, Presence::Sure)),
    }
}
