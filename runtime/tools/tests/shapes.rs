//! Whatever shape a tool declares, the stand-in's answer fits it. The oracle is the JSON Schema
//! validator, with formats checked.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use sophia_tools::{StandIn, ToolAnswer, ToolDescription, ToolFailure};

fn answer(shape: &Value) -> Result<ToolAnswer, ToolFailure> {
    let stand_in = StandIn {
        server: "any".to_owned(),
        version: String::new(),
        tools: vec![ToolDescription {
            name: "ask".to_owned(),
            input_schema: json!({ "type": "object" }),
            output_schema: Some(shape.clone()),
            ..ToolDescription::default()
        }],
        record: None,
    };
    stand_in
        .open()
        .expect("a stand-in")
        .answer("ask", &Map::new(), None)
}

fn fits(shape: &Value, value: &Value) -> bool {
    let options = jsonschema::options().should_validate_formats(true);
    options
        .build(shape)
        .expect("a valid schema")
        .is_valid(value)
}

fn structured(shape: &Value) -> Value {
    let answer = answer(shape).unwrap_or_else(|failure| panic!("{shape}: {}", failure.problem));
    answer.structured.expect("structured")
}

#[test]
fn shapes_that_servers_use() {
    let shapes = [
        json!({ "type": "object", "required": ["a"], "properties": { "a": { "const": 3 } } }),
        json!({ "type": "string", "enum": ["call", "email"] }),
        json!({ "type": ["integer", "null"] }),
        json!({ "$ref": "#/$defs/row", "$defs": { "row": { "type": "object", "required": ["id"],
            "properties": { "id": { "type": "string", "format": "uuid" } } } } }),
        json!({ "type": "array", "minItems": 3, "uniqueItems": true,
            "items": { "type": "integer", "minimum": 7, "multipleOf": 5 } }),
        json!({ "type": "array", "minItems": 2, "uniqueItems": true, "items": { "enum": ["a", "b"] } }),
        json!({ "anyOf": [{ "type": "string", "maxLength": 3 }, { "type": "null" }] }),
        json!({ "oneOf": [{ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.5 }] }),
        json!({ "allOf": [
            { "type": "object", "required": ["a"], "properties": { "a": { "type": "integer" } } },
            { "required": ["b"], "properties": { "a": { "minimum": 4 }, "b": { "type": "boolean" } } },
        ] }),
        json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }),
        json!({ "type": "object", "minProperties": 2, "additionalProperties": { "type": "number" } }),
        json!({ "type": "array", "prefixItems": [{ "type": "string" }, { "type": "null" }], "minItems": 2 }),
        json!({ "definitions": { "t": { "type": "object", "required": ["left"],
            "properties": { "left": { "anyOf": [{ "$ref": "#/definitions/t" }, { "type": "null" }] } } } },
            "$ref": "#/definitions/t" }),
        json!({ "type": "object", "additionalProperties": false, "required": ["x"],
            "properties": { "x": { "type": "string", "format": "date-time" } } }),
        json!({ "type": "integer", "maximum": -3 }),
        json!({ "type": "number", "minimum": 0.5, "maximum": 0.6 }),
        json!({}),
    ];
    for shape in shapes {
        let value = structured(&shape);
        assert!(fits(&shape, &value), "{value} does not fit {shape}");
    }
}

#[test]
fn a_shape_without_an_end_is_a_problem_and_not_a_hang() {
    let circle = json!({ "$ref": "#/$defs/a", "$defs": { "a": { "type": "object", "required": ["a"],
        "properties": { "a": { "$ref": "#/$defs/a" } } } } });
    let failure = answer(&circle).expect_err("no finite value");
    assert_eq!(failure.problem.code.as_str(), "S959");
    for shape in [
        json!({ "$ref": "#" }),
        json!({ "type": "string", "pattern": "^[^-a-zA-Z0-9#@]{7}$" }),
    ] {
        assert!(answer(&shape).is_err(), "{shape}");
    }
}

#[test]
fn the_same_shape_gives_the_same_answer() {
    let shape = json!({ "type": "array", "minItems": 4, "items": { "type": "string" }, "uniqueItems": true });
    assert_eq!(structured(&shape), structured(&shape));
}

/// A small schema that certainly has a value, with what it is worth saying about each type.
fn schema() -> impl Strategy<Value = Value> {
    let formats = prop::sample::select(vec![
        "date-time",
        "date",
        "time",
        "email",
        "uuid",
        "uri",
        "ipv4",
        "ipv6",
        "hostname",
        "duration",
    ]);
    let leaf = prop_oneof![
        Just(json!({ "type": "null" })),
        Just(json!({ "type": "boolean" })),
        (0_u64..20, 0_u64..20).prop_map(|(least, more)| {
            json!({ "type": "string", "minLength": least, "maxLength": least + more })
        }),
        formats.prop_map(|format| json!({ "type": "string", "format": format })),
        (-50_i64..50, 0_i64..50).prop_map(|(least, more)| {
            json!({ "type": "integer", "minimum": least, "maximum": least + more })
        }),
        (-50_i64..50, 2_i64..50).prop_map(|(least, more)| {
            json!({ "type": "integer", "exclusiveMinimum": least, "exclusiveMaximum": least + more })
        }),
        (-50.0_f64..50.0, 0.0_f64..9.0).prop_map(|(least, more)| {
            json!({ "type": "number", "minimum": least, "maximum": least + more })
        }),
        (-50.0_f64..50.0, 0.1_f64..9.0).prop_map(|(least, more)| {
            json!({ "type": "number", "exclusiveMinimum": least, "exclusiveMaximum": least + more })
        }),
        (1_i64..9, -20_i64..20).prop_map(|(step, least)| {
            json!({ "type": "integer", "multipleOf": step, "minimum": least })
        }),
        any::<i64>().prop_map(|constant| json!({ "const": constant })),
        "[a-z]{1,5}".prop_map(|option| json!({ "enum": [option, "other", 3] })),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            (inner.clone(), 0_usize..4).prop_map(
                |(items, least)| json!({ "type": "array", "items": items, "minItems": least })
            ),
            (
                prop::collection::btree_map("[a-z]{1,4}", inner.clone(), 0..4),
                any::<bool>()
            )
                .prop_map(|(fields, open)| {
                    let required: Vec<_> = fields.keys().step_by(2).cloned().collect();
                    json!({ "type": "object", "properties": fields, "required": required,
                        "additionalProperties": open })
                }),
            prop::collection::vec(inner.clone(), 1..3)
                .prop_map(|options| json!({ "anyOf": options })),
            inner.clone().prop_map(|part| json!({ "allOf": [part] })),
            inner.prop_map(|row| {
                json!({ "type": "object", "required": ["row"], "properties": { "row": row } })
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn answers_fit_the_shape_that_the_tool_declares(shape in schema()) {
        let value = structured(&shape);
        prop_assert!(fits(&shape, &value), "{} does not fit {}", value, shape);
    }

    #[test]
    fn shared_definitions_are_followed(row in schema()) {
        let shape = json!({
            "type": "object",
            "required": ["rows"],
            "properties": { "rows": { "type": "array", "minItems": 2, "items": { "$ref": "#/$defs/row" } } },
            "$defs": { "row": row },
        });
        let value = structured(&shape);
        prop_assert!(fits(&shape, &value), "{} does not fit {}", value, shape);
    }
}
