//! Calls of real servers' tools, as `sophia sync` has pinned them: a written value is taken exactly where
//! the server's own schema takes it.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use sophia_compiler::catalogue::{Catalogue, ToolCall, our_argument};
use sophia_compiler::project::{Manifest, ToolSettings};
use sophia_compiler::{Snapshot, SourceFile, check};

/// What the servers of `tests/peers` offer.
fn catalogue() -> Catalogue {
    toml::from_str(include_str!("peers/sophia.lock")).expect("a catalogue")
}

/// The complaints about a call, as code and sentence.
fn complaints(catalogue: &Catalogue, tool: &str, line: &str) -> Vec<(String, String)> {
    let checked = check(&Snapshot {
        manifest: Manifest {
            name: "peers".to_owned(),
            currency: "USD".to_owned(),
            zone: "UTC".to_owned(),
            tools: [(tool.to_owned(), ToolSettings::default())].into(),
            ..Manifest::default()
        },
        catalogue: catalogue.clone(),
        files: vec![SourceFile {
            path: Arc::from("example.sophia"),
            text: Arc::from(format!("playbook example\n\nuse {tool}\n\n{line}\n")),
        }],
    });
    checked
        .diagnostics
        .iter()
        .map(|diagnostic| (diagnostic.code.to_string(), diagnostic.message.clone()))
        .collect()
}

/// A value as a playbook writes it.
fn written(value: &Json) -> String {
    match value {
        Json::Null => "none".to_owned(),
        Json::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{}: {}", our_argument(name), written(value)))
                .collect();
            format!("{{ {} }}", fields.join(", "))
        }
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(written).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}

/// A value that a schema of these servers takes.
fn fitting(schema: &Json) -> Json {
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    match schema["type"].as_str() {
        Some("string") if schema["format"] == "uri" => json!("https://example.org/a"),
        Some("string") => json!("words"),
        Some("number" | "integer") => schema.get("minimum").cloned().unwrap_or(json!(3)),
        Some("boolean") => json!(true),
        Some("array") => json!([fitting(&schema["items"])]),
        Some("object") => Json::Object(
            schema["properties"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, of)| (name.clone(), fitting(of)))
                .collect(),
        ),
        other => panic!("a schema of another kind: {other:?}"),
    }
}

/// Values that fit, and some that differ in one part.
fn candidates(schema: &Json) -> Vec<Json> {
    let good = fitting(schema);
    let mut all = vec![
        json!("words"),
        json!(""),
        json!("https://example.org/a b"),
        json!(7),
        json!(-1),
        json!(2.5),
        json!(1000),
        json!(true),
        Json::Null,
        json!([]),
        json!(["words"]),
        json!([7]),
        json!({ "name": "words" }),
        good.clone(),
    ];
    let wrong = |part: &Json| {
        if part.is_string() {
            json!(7)
        } else {
            json!("words")
        }
    };
    let changed = |record: &Json| {
        let fields = record.as_object().cloned().unwrap_or_default();
        let mut variants = Vec::new();
        for name in fields.keys() {
            let mut without = fields.clone();
            without.remove(name);
            variants.push(Json::Object(without));
            let mut other = fields.clone();
            other.insert(name.clone(), wrong(&fields[name]));
            variants.push(Json::Object(other));
        }
        variants
    };
    if let Some(item) = good.get(0).filter(|item| item.is_object()) {
        all.extend(changed(item).into_iter().map(|record| json!([record])));
        all.push(json!([item, item]));
    }
    all.extend(changed(&good));
    all
}

/// A call with these arguments, by the server's names.
fn line(tool: &str, name: &str, call: &ToolCall, arguments: &[(&str, &Json)]) -> String {
    let arguments: Vec<String> = arguments
        .iter()
        .map(|(wire, value)| {
            let ours = call
                .arguments
                .iter()
                .find(|(_, known)| known == wire)
                .map_or(*wire, |(ours, _)| ours.as_str());
            format!("{ours}: {}", written(value))
        })
        .collect();
    let word = if call.read_only { "let answer =" } else { "do" };
    format!("{word} {tool}.{name}({})", arguments.join(", "))
}

#[test]
fn a_written_value_is_taken_where_the_servers_schema_takes_it() {
    let catalogue = catalogue();
    let (mut taken, mut refused) = (0, 0);
    let mut report = String::new();
    for (tool, server) in &catalogue.tools {
        for (name, call) in &server.calls {
            let schema: Json = serde_json::from_str(&call.input_schema).expect("a schema");
            let needed: Vec<&str> = schema["required"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Json::as_str)
                .collect();
            let properties = schema["properties"]
                .as_object()
                .cloned()
                .unwrap_or_default();
            for (wire, property) in &properties {
                for value in candidates(property) {
                    let others: Vec<(&str, Json)> = needed
                        .iter()
                        .filter(|other| *other != wire)
                        .map(|other| (*other, fitting(&properties[*other])))
                        .collect();
                    let mut arguments: Vec<(&str, &Json)> =
                        others.iter().map(|(name, value)| (*name, value)).collect();
                    arguments.push((wire, &value));
                    let line = line(tool, name, call, &arguments);
                    let sent: Json = arguments
                        .iter()
                        .map(|(name, value)| ((*name).to_owned(), (*value).clone()))
                        .collect::<serde_json::Map<String, Json>>()
                        .into();
                    let valid = jsonschema::options()
                        .should_validate_formats(true)
                        .build(&schema)
                        .expect("a validator")
                        .is_valid(&sent);
                    let told = complaints(&catalogue, tool, &line);
                    // A field that the schema does not name is told even where others are taken.
                    let misspelt = told.iter().any(|(code, _)| code == "S311");
                    if told.is_empty() != valid && !misspelt {
                        let _ = writeln!(report, "{line}\n  valid: {valid}, told: {told:?}");
                    }
                    if valid {
                        taken += 1;
                    } else {
                        refused += 1;
                    }
                }
            }
        }
    }
    assert!(report.is_empty(), "\n{report}");
    assert!(
        taken > 50 && refused > 300,
        "{taken} taken, {refused} refused"
    );
}

#[test]
fn what_the_servers_answer_has_its_fields() {
    let catalogue = catalogue();
    let told = complaints(
        &catalogue,
        "everything",
        "let weather = everything.get_structured_content(location: \"Chicago\")\nlet warm = weather.temperature > 20.0\nlet wrong = weather.temprature",
    );
    let codes: Vec<&str> = told.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(codes, ["S303"], "{told:?}");
}

#[test]
fn a_value_that_is_worked_out_is_told_where_its_type_cannot_show_it() {
    let catalogue = catalogue();
    let told = complaints(
        &catalogue,
        "everything",
        "input place: text\ninput city: \"Chicago\" | \"New York\"\nlet one = everything.get_structured_content(location: place)\nlet two = everything.get_structured_content(location: city)",
    );
    let codes: Vec<&str> = told.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(codes, ["S514"], "{told:?}");
}
