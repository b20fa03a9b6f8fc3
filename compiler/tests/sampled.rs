//! The type that is proposed for some answers of a call.

use serde_json::{Map, Value as Json, json};
use sophia_compiler::sampled_type;

#[test]
fn what_is_not_always_there_is_optional() {
    let answers = [
        json!({ "id": 1, "note": null, "tags": [], "by": { "name": "Ada" } }),
        json!({ "id": 2.5, "tags": ["a"], "on": "2026-11-22" }),
    ];
    assert_eq!(
        sampled_type(&answers),
        "{ id: number, note: json?, tags: list of text, by: { name: text }?, on: date? }"
    );
}

#[test]
fn kinds_that_do_not_belong_together_are_json() {
    let answers = json!([1, "a", { "b": 1 }]);
    assert_eq!(sampled_type(&[answers]), "list of json");
    assert_eq!(
        sampled_type(&[json!({ "a": [1] }), json!({ "a": null })]),
        "{ a: (list of integer)? }"
    );
    assert_eq!(sampled_type(&[json!("2026-11-22"), json!("soon")]), "text");
    assert_eq!(sampled_type(&[json!("2026-11-22T08:00:00Z")]), "timestamp");
    assert_eq!(
        sampled_type(&[json!("2026-13-22"), json!("20261122")]),
        "text"
    );
    assert_eq!(sampled_type(&[]), "json");
}

#[test]
fn names_that_look_like_data_are_not_told() {
    for name in ["kim@payready.test", "U024BE7LH", "3", "first name", ""] {
        let mut answer = Map::new();
        answer.insert("by".to_owned(), json!({ name: 1 }));
        assert_eq!(sampled_type(&[Json::Object(answer)]), "{ by: json }");
    }
    assert_eq!(
        sampled_type(&[json!({ "entityType": 1, "entity_type": 2 })]),
        "json"
    );
}

#[test]
fn a_long_type_stands_on_lines() {
    let answer = json!({
        "identifier": "a", "description": "b", "lastChanged": "2026-11-22T08:00:00Z", "short": { "a": 1 },
        "people": [{ "displayName": "c", "electronicAddress": "d", "department": null, "manager": true }],
    });
    let expected = "\
{
  identifier: text
  description: text
  last_changed: timestamp
  short: { a: integer }
  people: list of {
    display_name: text
    electronic_address: text
    department: json?
    manager: boolean
  }
}";
    assert_eq!(sampled_type(&[answer]), expected);
}
