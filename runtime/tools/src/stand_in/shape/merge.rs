//! Reading two schemas as one.

use serde_json::{Map, Value, json};

/// Adds the keywords of `part`. Both hold where both can be kept; otherwise the part decides.
pub(super) fn merge(whole: &mut Map<String, Value>, part: &Map<String, Value>) {
    for (keyword, value) in part {
        match (keyword.as_str(), whole.get_mut(keyword), value) {
            ("properties" | "$defs", Some(Value::Object(known)), Value::Object(more)) => {
                for (name, schema) in more {
                    let both = known.remove(name).map_or_else(
                        || schema.clone(),
                        |first| json!({ "allOf": [first, schema] }),
                    );
                    known.insert(name.clone(), both);
                }
            }
            ("required" | "allOf", Some(Value::Array(known)), Value::Array(more)) => {
                known.extend(more.iter().cloned());
            }
            ("minimum" | "minLength" | "minItems" | "minProperties", Some(known), _) => {
                if value.as_f64() > known.as_f64() {
                    *known = value.clone();
                }
            }
            ("maximum" | "maxLength" | "maxItems" | "maxProperties", Some(known), _) => {
                if value.as_f64() < known.as_f64() {
                    *known = value.clone();
                }
            }
            _ => {
                whole.insert(keyword.clone(), value.clone());
            }
        }
    }
}
