//! Reading replies: what is read, what is refused, and that nothing is ever read wrongly.

use proptest::prelude::*;
use serde_json::{Value, json};
use sophia_models::{Repair, ReplyReader};

fn advice() -> Value {
    json!({
        "type": "object",
        "properties": {
            "reason": { "type": "string" },
            "next_step": { "enum": ["call", "email", "offer"] },
            "urgency": { "type": "integer", "minimum": 1, "maximum": 5 },
            "share": { "type": "number" },
            "known": { "type": "boolean" },
            "topics": { "type": "array", "items": { "type": "string" } },
            "contact": {
                "type": "object",
                "properties": {
                    "name": { "type": "string" },
                    "age": { "type": "integer" },
                },
                "required": ["name"],
                "additionalProperties": false,
            },
        },
        "required": ["reason", "next_step", "urgency", "share", "known", "topics", "contact"],
        "additionalProperties": false,
    })
}

fn small() -> Value {
    json!({
        "type": "object",
        "properties": { "reason": { "type": "string" }, "urgency": { "type": "integer" } },
        "required": ["reason", "urgency"],
        "additionalProperties": false,
    })
}

fn read(text: &str) -> Result<Value, String> {
    ReplyReader::new(&small())
        .unwrap()
        .read(text)
        .map(|reply| reply.value)
}

#[test]
fn liberties_are_read_and_listed() {
    let value = json!({ "reason": "it's new", "urgency": 4 });
    let cases = [
        (r#"{"reason":"it's new","urgency":4}"#, vec![]),
        (
            "```json\n{\"reason\": \"it's new\", \"urgency\": 4}\n```",
            vec![Repair::Surroundings],
        ),
        (
            "Sure, here [as asked] it is:\n{\"reason\": \"it's new\", \"urgency\": 4}\nAnything else?",
            vec![Repair::Surroundings],
        ),
        (
            r#"{"reason": "it's new", "urgency": 4,}"#,
            vec![Repair::TrailingComma],
        ),
        (
            r"{reason: 'it\'s new', urgency: 4}",
            vec![Repair::SingleQuotes, Repair::UnquotedKey],
        ),
        (
            r#"{"reason": "it's new", "urgency": 4 // high"#,
            vec![Repair::Comment, Repair::CutOff],
        ),
        (
            "{\"reason\": \"it's new\", \"urgency\": 4 \n",
            vec![Repair::CutOff],
        ),
        (
            "<think>{\"reason\": \"no\", \"urgency\": 1}</think>{\"reason\":\"it's new\",\"urgency\":4}",
            vec![],
        ),
        (r#"{"reason": "it\u0027s \u006eew", "urgency": 4}"#, vec![]),
    ];
    let reader = ReplyReader::new(&small()).unwrap();
    for (text, repairs) in cases {
        let reply = reader
            .read(text)
            .unwrap_or_else(|reason| panic!("{text}: {reason}"));
        assert_eq!(reply.value, value, "{text}");
        assert_eq!(reply.repairs, repairs, "{text}");
    }
}

#[test]
fn what_could_be_read_in_two_ways_is_refused() {
    let cases = [
        ("", "the reply is empty"),
        ("I cannot help with that.", "the reply holds no JSON"),
        (
            r#"{"reason": "new", "urgency": 4"#,
            "a number in it breaks off",
        ),
        (r#"{"reason": "ne"#, "a text in it breaks off"),
        (r#"{"reason": "new""#, "breaks off before its end"),
        (
            r#"{"reason": "said "hi" once", "urgency": 4}"#,
            "a comma is missing",
        ),
        (
            r#"{"reason": "a", "reason": "b", "urgency": 4}"#,
            "a field stands in it twice",
        ),
        (
            r#"{"reason": "a", "urgency": 1} or {"reason": "b", "urgency": 2}"#,
            "two different answers",
        ),
        (
            r#"{"reason": "a", "urgency": 1, "more": oops {"reason": "b", "urgency": 2}}"#,
            "not whole JSON",
        ),
        (r#"{"reason": "a"}"#, "\"urgency\" is a required property"),
        (
            r#"{"reason": "a", "urgency": "high"}"#,
            "`urgency`: \"high\" is not of type \"integer\"",
        ),
        (
            r#"{"reason": "a", "urgency": 4, "extra": 1}"#,
            "'extra' was unexpected",
        ),
        (r#"{"reason": "\ud800", "urgency": 4}"#, "half a character"),
        (
            r#"[{"reason": "a", "urgency": 4}, {"reason": "b""#,
            "not whole JSON",
        ),
    ];
    for (text, words) in cases {
        let reason = read(text).unwrap_err();
        assert!(reason.contains(words), "{text}: {reason}");
    }
    assert!(read(&"[".repeat(100_000)).is_err());
    assert!(read(&"{\"a\":".repeat(100_000)).is_err());
}

#[test]
fn a_type_that_is_no_record_travels_in_one() {
    let reader = ReplyReader::new(&json!({ "enum": ["yes", "no"] })).unwrap();
    assert_eq!(reader.strict_schema()["required"], json!(["value"]));
    for text in [
        r#"{"value": "yes"}"#,
        "\"yes\"",
        "```\n{'value': 'yes'}\n```",
    ] {
        assert_eq!(reader.read(text).unwrap().value, json!("yes"), "{text}");
    }
    assert!(reader.read(r#"{"value": "maybe"}"#).is_err());
}

#[test]
fn optional_fields_are_asked_for_and_their_nulls_dropped() {
    let reader = ReplyReader::new(&advice()).unwrap();
    let contact = &reader.strict_schema()["properties"]["contact"];
    assert_eq!(contact["required"], json!(["name", "age"]));
    assert_eq!(
        contact["properties"]["age"]["anyOf"][1],
        json!({ "type": "null" })
    );
    let text = r#"{"reason":"a","next_step":"call","urgency":1,"share":0.5,"known":true,"topics":[],
        "contact":{"name":"Kim","age":null}}"#;
    let value = reader.read(text).unwrap().value;
    assert_eq!(value["contact"], json!({ "name": "Kim" }));
}

#[test]
fn a_schema_that_is_none_is_told() {
    assert!(ReplyReader::new(&json!({ "type": "nonsense" })).is_err());
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        r#"[ a-c{}\[\]"',:`\\/\n]{0,20}"#,
        Just("```json {\"reason\": 1} ```".to_owned()),
        Just("</think>".to_owned()),
    ]
    // The end of thinking is looked for in the whole text; a value that holds it is refused or read whole.
    .prop_map(|text| text.replace("</think>", "</thin>"))
}

fn values() -> impl Strategy<Value = Value> {
    let contact = (texts(), proptest::option::of(any::<i64>())).prop_map(|(name, age)| match age {
        Some(age) => json!({ "name": name, "age": age }),
        None => json!({ "name": name }),
    });
    (
        texts(),
        proptest::sample::select(vec!["call", "email", "offer"]),
        1..=5_i64,
        -1_000..1_000_i32,
        any::<bool>(),
        proptest::collection::vec(texts(), 0..4),
        contact,
    )
        .prop_map(|(reason, next_step, urgency, share, known, topics, contact)| {
            json!({
                "reason": reason, "next_step": next_step, "urgency": urgency,
                "share": f64::from(share) / 8.0, "known": known, "topics": topics, "contact": contact,
            })
        })
}

/// What a model may do to JSON.
#[derive(Clone, Debug)]
struct Corruption {
    fence: bool,
    prose: bool,
    trailing_commas: bool,
    single_quotes: bool,
    bare_keys: bool,
    python_words: bool,
    comments: bool,
    line_breaks: bool,
    cut: usize,
}

fn corruptions() -> impl Strategy<Value = Corruption> {
    (
        any::<[bool; 8]>(),
        prop_oneof![2 => Just(0), 3 => 0..80_usize],
    )
        .prop_map(|(on, cut)| Corruption {
            fence: on[0],
            prose: on[1],
            trailing_commas: on[2],
            single_quotes: on[3],
            bare_keys: on[4],
            python_words: on[5],
            comments: on[6],
            line_breaks: on[7],
            cut,
        })
}

impl Corruption {
    fn text(&self, text: &str) -> String {
        let mut written = serde_json::to_string(text).unwrap();
        if self.line_breaks {
            let quoted = |line: &str| {
                let quoted = serde_json::to_string(line).unwrap();
                quoted[1..quoted.len() - 1].to_owned()
            };
            let lines: Vec<_> = text.split('\n').map(quoted).collect();
            written = format!("\"{}\"", lines.join("\n"));
        }
        if self.single_quotes {
            let inner = &written[1..written.len() - 1];
            written = format!("'{}'", inner.replace('\'', "\\'"));
        }
        written
    }

    fn write(&self, value: &Value, out: &mut String) {
        let comma = if self.trailing_commas { "," } else { "" };
        match value {
            Value::Object(members) => {
                out.push('{');
                for (index, (key, member)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push_str(if self.comments { ", /* next */ " } else { "," });
                    }
                    out.push_str(&if self.bare_keys {
                        key.clone()
                    } else {
                        self.text(key)
                    });
                    out.push_str(": ");
                    self.write(member, out);
                }
                out.push_str(comma);
                out.push('}');
            }
            Value::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    self.write(item, out);
                }
                if !items.is_empty() {
                    out.push_str(comma);
                }
                out.push(']');
            }
            Value::String(text) => out.push_str(&self.text(text)),
            Value::Bool(yes) if self.python_words => {
                out.push_str(if *yes { "True" } else { "False" });
            }
            other => out.push_str(&other.to_string()),
        }
    }

    fn apply(&self, value: &Value) -> String {
        let mut text = String::new();
        self.write(value, &mut text);
        if self.fence {
            text = format!("```json\n{text}\n```");
        }
        if self.prose {
            text = format!("Here is the answer:\n{text}\nIt's done.");
        }
        let mut end = text.len().saturating_sub(self.cut);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn a_corrupted_reply_is_recovered_exactly_or_refused(value in values(), corruption in corruptions()) {
        let reader = ReplyReader::new(&advice()).unwrap();
        let text = corruption.apply(&value);
        match reader.read(&text) {
            Ok(reply) => prop_assert_eq!(reply.value, value, "{}", text),
            Err(reason) => prop_assert!(corruption.cut > 0, "{}: {}", reason, text),
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>(), noise in r#"[{}\[\]"':, a1tn\\/*-]{0,40}"#) {
        let reader = ReplyReader::new(&small()).unwrap();
        for text in [text, noise] {
            if let Ok(reply) = reader.read(&text) {
                prop_assert!(reply.value["reason"].is_string());
            }
        }
    }
}
