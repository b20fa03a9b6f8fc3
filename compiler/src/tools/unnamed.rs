//! Fields that a written record has and the schema does not name.
//!
//! A schema without `additionalProperties` takes any field; one that is written out and not named there is
//! nearly always misspelt, so it is told. A schema that says that it takes others takes them.

use serde_json::Value as Json;
use sophia_language::syntax::{Expression, Name};

use super::schema::target;
use super::sent::property;

/// The fields that no schema names, each with the names that there are.
pub(super) fn unnamed_fields<'e>(
    value: &'e Expression,
    schema: &Json,
    root: &Json,
) -> Vec<(&'e Name, Vec<String>)> {
    let mut found = Vec::new();
    walk(value, schema, root, &mut found);
    found
}

fn walk<'e>(
    value: &'e Expression,
    schema: &Json,
    root: &Json,
    found: &mut Vec<(&'e Name, Vec<String>)>,
) {
    let schema = target(schema, root);
    match value {
        Expression::List { items, .. } => {
            let Some(of) = schema.get("items") else {
                return;
            };
            for item in items {
                walk(item, of, root, found);
            }
        }
        Expression::If {
            then, otherwise, ..
        } => {
            walk(then, schema, root, found);
            walk(otherwise, schema, root, found);
        }
        Expression::Record { fields, .. } => {
            let Some(properties) = schema.get("properties").and_then(Json::as_object) else {
                return;
            };
            let open = [
                "additionalProperties",
                "patternProperties",
                "anyOf",
                "oneOf",
                "allOf",
                "$ref",
            ]
            .iter()
            .any(|word| schema.get(word).is_some());
            for field in fields {
                match property(schema, &field.name.text) {
                    Some((_, of)) => walk(&field.value, of, root, found),
                    None if !open && !field.name.text.is_empty() => {
                        found.push((&field.name, properties.keys().cloned().collect()));
                    }
                    None => {}
                }
            }
        }
        _ => {}
    }
}
