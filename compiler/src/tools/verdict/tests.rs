//! The verdict on fixed values against another validator, on generated schemas and values.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value as Json, json};

use super::{Verdict, judge};
use crate::tools::seen::Seen;

/// What the other validator says, formats included. `None` where it cannot use the schema.
fn oracle(schema: &Json, value: &Json) -> Option<bool> {
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(schema)
        .ok()?;
    Some(validator.is_valid(value))
}

fn ours(schema: &Json, value: &Json) -> Verdict {
    judge(schema, schema, &Seen::of_json(value))
}

/// Values that schemas below speak of, so that both verdicts come often.
fn value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        (-3_i64..12).prop_map(Json::from),
        (-6_i64..24).prop_map(|half| json!(f64::from(i32::try_from(half).unwrap_or(0)) / 2.0)),
        text(),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map(name(), inner, 0..4)
                .prop_map(|fields| Json::Object(fields.into_iter().collect())),
        ]
    })
}

fn text() -> impl Strategy<Value = Json> {
    prop::sample::select(vec![
        "",
        "a",
        "open",
        "won",
        "änderung",
        "abc-12",
        "2026-02-28",
        "2026-02-29",
        "2024-02-29",
        "2026-1-2",
        "2026-11-22T08:00:00Z",
        "2026-11-22T08:00:00.25+01:00",
        "2026-11-22T25:00:00Z",
        "2026-11-22 08:00",
        "2026-11-22T08:00Z",
        "ana@example.org",
        "ana.b@example.org",
        "ana@",
        "@example.org",
        "ana example.org",
        "https://example.org/a?b=1#c",
        "urn:isbn:1",
        "example.org",
        "http://exa mple.org",
        "0b6f4f0e-4c1e-4f0a-9d53-1f2f3a4b5c6d",
        "0b6f4f0e4c1e4f0a9d531f2f3a4b5c6d",
    ])
    .prop_map(Json::from)
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "kind", "q1", "q2"]).prop_map(str::to_owned)
}

fn schema() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Json::from),
        prop::sample::select(vec![
            json!({ "type": "string" }),
            json!({ "type": "integer" }),
            json!({ "type": "number" }),
            json!({ "type": "boolean" }),
            json!({ "type": ["string", "null"] }),
            json!({ "type": ["integer", "array"] }),
            json!({ "type": "object" }),
            json!({ "type": "string", "format": "date" }),
            json!({ "type": "string", "format": "date-time" }),
            json!({ "format": "email" }),
            json!({ "type": "string", "format": "uri" }),
            json!({ "type": "string", "format": "uuid" }),
            json!({ "type": "string", "format": "colour" }),
            json!({ "type": "string", "pattern": "^[a-z]+-[0-9]+$" }),
            json!({ "pattern": "\\d" }),
            json!({ "$ref": "#/$defs/shared" }),
            json!({ "$ref": "#/$defs/tree" }),
        ]),
        (0_i64..6, 0_i64..8).prop_map(|(low, high)| json!({ "minimum": low, "maximum": high })),
        (0_i64..6, 0_i64..8)
            .prop_map(|(low, high)| json!({ "exclusiveMinimum": low, "exclusiveMaximum": high })),
        (0_i64..4, 0_i64..4)
            .prop_map(|(with, without)| json!({ "minimum": with, "exclusiveMinimum": without })),
        prop::sample::select(vec![json!(2), json!(0.5), json!(3)])
            .prop_map(|of| json!({ "multipleOf": of })),
        (0_u64..4, 0_u64..12)
            .prop_map(|(least, most)| json!({ "minLength": least, "maxLength": most })),
        prop::collection::vec(value(), 1..4).prop_map(|values| json!({ "enum": values })),
        value().prop_map(|value| json!({ "const": value })),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let several = prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            several.clone().prop_map(|parts| json!({ "anyOf": parts })),
            several.clone().prop_map(|parts| json!({ "oneOf": parts })),
            several.clone().prop_map(|parts| json!({ "allOf": parts })),
            inner.clone().prop_map(|part| json!({ "not": part })),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| json!({ "if": a, "then": b, "else": c })),
            (inner.clone(), 0_u64..3, 0_u64..4, any::<bool>()).prop_map(
                |(item, least, most, unique)| json!({
                    "type": "array", "items": item, "minItems": least, "maxItems": most,
                    "uniqueItems": unique,
                })
            ),
            (several, inner.clone())
                .prop_map(|(first, rest)| json!({ "prefixItems": first, "items": rest })),
            (inner.clone(), 0_u64..3, 1_u64..4).prop_map(|(item, least, most)| json!({
                "contains": item, "minContains": least, "maxContains": most,
            })),
            (
                prop::collection::btree_map(name(), inner.clone(), 0..3),
                prop::collection::btree_set(name(), 0..2),
                prop::option::of(inner.clone()),
                prop::option::of(inner.clone()),
            )
                .prop_map(|(properties, required, others, numbered)| {
                    let mut schema = json!({ "properties": properties, "required": required });
                    if let Some(others) = others {
                        schema["additionalProperties"] = others;
                    }
                    if let Some(numbered) = numbered {
                        schema["patternProperties"] = json!({ "^q[0-9]$": numbered });
                    }
                    schema
                }),
            (name(), name(), 0_u64..3, 0_u64..3).prop_map(|(one, other, least, most)| json!({
                "dependentRequired": { one: [other] }, "minProperties": least, "maxProperties": most,
            })),
            (name(), inner.clone())
                .prop_map(|(name, part)| json!({ "dependentSchemas": { name: part } })),
            inner.prop_map(|part| json!({ "propertyNames": part })),
        ]
    })
}

/// A schema with something to refer to, also in a circle.
fn document() -> impl Strategy<Value = Json> {
    (schema(), schema()).prop_map(|(root, shared)| {
        json!({
            "allOf": [root],
            "$defs": {
                "shared": { "allOf": [shared], "$comment": "may refer to the tree only" },
                "tree": {
                    "type": "object",
                    "properties": { "a": { "type": "array", "items": { "$ref": "#/$defs/tree" } } },
                },
            },
        })
    })
}

/// Whether the shared part leads back to itself without going deeper: no schema of anybody's.
fn is_circular(document: &Json) -> bool {
    document["$defs"]["shared"]
        .to_string()
        .contains("#/$defs/shared")
}

#[test]
fn the_verdict_on_a_fixed_value_is_the_other_validators() {
    let (accepted, refused) = (Cell::new(0_u32), Cell::new(0_u32));
    let mut runner = TestRunner::new(ProptestConfig::with_cases(3_000));
    let agreed = runner.run(&(document(), value()), |(document, value)| {
        prop_assume!(!is_circular(&document));
        let Some(valid) = oracle(&document, &value) else {
            return Err(TestCaseError::reject("no schema"));
        };
        let verdict = ours(&document, &value);
        let agrees = match verdict {
            Verdict::Holds => valid,
            Verdict::Refused(_) | Verdict::Unproven(_) => !valid,
            Verdict::Later => false,
        };
        prop_assert!(agrees, "{verdict:?}, and valid is {valid}");
        let count = if valid { &accepted } else { &refused };
        count.set(count.get() + 1);
        Ok(())
    });
    agreed.expect("the same verdict");
    let (accepted, refused) = (accepted.get(), refused.get());
    assert!(
        accepted > 300 && refused > 300,
        "{accepted} accepted, {refused} refused"
    );
}

#[test]
fn a_circle_of_references_ends() {
    let schema = json!({
        "$ref": "#/$defs/a",
        "$defs": { "a": { "anyOf": [{ "$ref": "#/$defs/b" }, { "$ref": "#/$defs/b" }] },
                   "b": { "allOf": [{ "$ref": "#/$defs/a" }, { "$ref": "#/$defs/a" }] } },
    });
    assert_eq!(ours(&schema, &json!(1)), Verdict::Later);
}

#[test]
fn other_documents_say_nothing() {
    let schema = json!({ "$ref": "https://example.org/schema.json" });
    assert_eq!(ours(&schema, &json!(1)), Verdict::Later);
}
