//! JSON that is the same text for the same value, and the digest that pins a tool.

use serde_json::{Value, json};

/// A value as JSON text with sorted keys and no space.
#[must_use]
pub fn canonical_json(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut keys: Vec<&String> = fields.keys().collect();
            keys.sort();
            out.push('{');
            for (index, key) in keys.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&Value::String(key.clone()).to_string());
                out.push(':');
                write(fields.get(key).unwrap_or(&Value::Null), out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        plain => out.push_str(&plain.to_string()),
    }
}

/// The BLAKE3 digest, in hexadecimal, of everything that a server says about a tool. Whatever a
/// server changes changes the digest, the order of keys aside.
#[must_use]
pub fn digest(
    name: &str,
    description: &str,
    input: &Value,
    output: Option<&Value>,
    annotations: Option<&Value>,
) -> String {
    let text = canonical_json(&json!({
        "name": name,
        "description": description,
        "inputSchema": input,
        "outputSchema": output,
        "annotations": annotations,
    }));
    blake3::hash(text.as_bytes()).to_hex().to_string()
}
