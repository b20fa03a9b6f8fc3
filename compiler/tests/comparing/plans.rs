//! Plans without what is told to people alone.

use serde_json::Value as Json;

/// Places are told to people, and SQL is laid out with its playbook: neither is meaning.
pub fn without_places(plan: &mut Json) {
    match plan {
        Json::Object(fields) => {
            fields.remove("origin");
            fields.remove("line");
            for (name, value) in fields.iter_mut() {
                if let (true, Json::String(sql)) = (name == "sql", &mut *value) {
                    *sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
                }
                without_places(value);
            }
        }
        Json::Array(items) => items.iter_mut().for_each(without_places),
        _ => {}
    }
}

/// The plan with the old names again.
pub fn with_old_names(plan: &Json, names: &[(String, String)]) -> Json {
    let old = |text: &str| {
        (names.iter()).fold(text.to_owned(), |text, (old, new)| {
            text.replace(new.as_str(), old)
        })
    };
    match plan {
        Json::String(text) => Json::String(old(text)),
        Json::Array(items) => (items.iter())
            .map(|item| with_old_names(item, names))
            .collect(),
        Json::Object(fields) => (fields.iter())
            .map(|(name, value)| (old(name), with_old_names(value, names)))
            .collect(),
        other => other.clone(),
    }
}
