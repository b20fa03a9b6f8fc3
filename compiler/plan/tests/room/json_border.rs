//! The border with JSON: what is written for a type fits its schema and is read back the same.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use sophia_plan::{
    Border, Currency, FieldType, RecordType, Type, Value, from_json, schema, to_json, to_json_for,
};

use crate::common::generate::{config, typed_value};
use crate::common::{exact, list, money, record, row_type, text};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_value_crosses_and_comes_back((of, value) in typed_value()) {
        for border in [Border::Plain, Border::Model] {
            let json = to_json_for(&value, &of, border);
            let back = from_json(&json, &of, border);
            prop_assert_eq!(back.as_ref(), Ok(&value), "{} as {}", of, json);
            let schema = schema(&of, border);
            let validator = jsonschema::validator_for(&schema).expect("a schema");
            prop_assert!(validator.is_valid(&json), "{} against {}", json, schema);
        }
    }

    #[test]
    fn strict_interfaces_accept_every_schema((of, _) in typed_value()) {
        let schema = schema(&of, Border::Model);
        prop_assert_eq!(schema.get("type"), Some(&json!("object")));
        prop_assert!(is_strict(&schema), "{}", schema);
    }
}

/// Every object requires all its fields and allows no other.
fn is_strict(schema: &Json) -> bool {
    let Some(keywords) = schema.as_object() else {
        return true;
    };
    let strict_here = schema.get("type") != Some(&json!("object")) || {
        let names: Vec<&String> = schema["properties"]
            .as_object()
            .expect("properties")
            .keys()
            .collect();
        schema["additionalProperties"] == json!(false) && schema["required"] == json!(names)
    };
    strict_here
        && keywords.values().all(|inner| match inner {
            Json::Array(items) => items.iter().all(is_strict),
            inner => is_strict(inner),
        })
}

fn advice() -> Type {
    let field = |name: &str, of: Type, documentation: Option<&str>| FieldType {
        name: name.into(),
        of,
        documentation: documentation.map(Into::into),
        labels: Vec::new(),
    };
    Type::Record(Arc::new(RecordType {
        name: Some("Advice".into()),
        fields: vec![
            field("reason", Type::Text, Some("One sentence.")),
            field(
                "next_step",
                Type::Literals(["call".into(), "email".into()].into()).optional(),
                None,
            ),
            field("urgency", Type::Range { from: 1, to: 5 }, None),
            field("risk", Type::Percent, Some("Of leaving.")),
        ],
    }))
}

#[test]
fn a_models_schema_says_what_it_must_answer() {
    assert_eq!(
        schema(&advice(), Border::Model),
        json!({
            "type": "object",
            "properties": {
                "reason": { "type": "string", "description": "One sentence." },
                "next_step": { "type": ["string", "null"], "enum": ["call", "email", null] },
                "urgency": { "type": "integer", "minimum": 1, "maximum": 5 },
                "risk": {
                    "type": "number", "minimum": 0, "maximum": 100,
                    "description": "Of leaving. (percent, from 0 to 100)",
                },
            },
            "required": ["reason", "next_step", "urgency", "risk"],
            "additionalProperties": false,
        })
    );
}

#[test]
fn a_models_answer_is_read_in_points() {
    let answer =
        json!({ "reason": "New.", "next_step": null, "urgency": 5, "risk": 91, "more": 1 });
    assert_eq!(
        from_json(&answer, &advice(), Border::Model),
        Ok(Value::Record(record(vec![
            ("reason", text("New.")),
            ("next_step", Value::None),
            ("urgency", Value::Integer(5)),
            ("risk", Value::Percent(0.91)),
        ])))
    );
}

#[test]
fn a_mismatch_says_where_and_what() {
    let of = Type::List(Arc::new(advice()));
    let mut item = json!({ "reason": "x", "next_step": "call", "urgency": 9, "risk": 0.5 });
    let mismatch = from_json(&json!([item]), &of, Border::Plain).expect_err("out of range");
    assert_eq!(
        mismatch.to_string(),
        "`[0].urgency`: expected 1..5, found 9"
    );
    item["urgency"] = json!(1);
    item["risk"] = json!(101);
    let mismatch = from_json(&json!({ "value": [item] }), &of, Border::Model).expect_err("points");
    assert_eq!(
        mismatch.to_string(),
        "`value[0].risk`: expected percent from 0 to 100, found 101"
    );
    let mismatch = from_json(&json!({}), &advice(), Border::Plain).expect_err("no reason");
    assert_eq!(
        mismatch.to_string(),
        "`reason`: expected text, found nothing"
    );
}

#[test]
fn reading_is_kind_where_nothing_can_be_misread() {
    let dollars = Type::Money(Currency("USD".into()));
    let read = |json: Json, of: &Type| from_json(&json, of, Border::Plain);
    assert_eq!(read(json!(12.5), &dollars), Ok(money("12.5", "USD")));
    assert_eq!(read(json!("12.50"), &dollars), Ok(money("12.5", "USD")));
    assert!(read(json!({ "amount": "1", "currency": "EUR" }), &dollars).is_err());
    assert_eq!(read(json!(5.0), &Type::Integer), Ok(Value::Integer(5)));
    assert!(read(json!(5.5), &Type::Integer).is_err());
    assert!(read(json!("5"), &Type::Integer).is_err());
    assert_eq!(
        read(json!(0.1), &Type::Decimal),
        Ok(Value::Decimal(exact("0.1")))
    );
    assert_eq!(read(json!(3), &Type::Number), Ok(Value::Number(3.0)));
    let some = row_type(vec![("a", Type::Text.optional())]);
    assert_eq!(
        read(json!({}), &Type::Record(some)),
        Ok(Value::Record(record(vec![("a", Value::None)])))
    );
}

#[test]
fn plain_json_is_as_documented() {
    let value = Value::Record(record(vec![
        ("paid", money("12.50", "USD")),
        ("risk", Value::Percent(0.91)),
        ("wait", Value::Duration(9_000_000)),
        (
            "at",
            Value::Timestamp("2026-11-22T08:00:00Z".parse().expect("an instant")),
        ),
        ("raw", Value::Json("{\"a\":[1]}".into())),
        ("gone", Value::None),
        ("odd", Value::Number(f64::NAN)),
        ("many", list(vec![Value::Integer(1)])),
    ]));
    assert_eq!(
        to_json(&value),
        json!({
            "paid": { "amount": "12.5", "currency": "USD" },
            "risk": 0.91,
            "wait": "PT2H30M",
            "at": "2026-11-22T08:00:00Z",
            "raw": { "a": [1] },
            "gone": null,
            "odd": "NaN",
            "many": [1],
        })
    );
}

#[test]
fn an_answer_that_is_no_record_stands_in_an_object() {
    let of = Type::Percent;
    assert_eq!(
        to_json_for(&Value::Percent(0.07), &of, Border::Model),
        json!({ "value": 7.0 })
    );
    assert_eq!(
        from_json(&json!({ "value": 7 }), &of, Border::Model),
        Ok(Value::Percent(0.07))
    );
}
