//! Random types, and random values of a type.

use std::sync::Arc;

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rust_decimal::Decimal;
use sophia_plan::decimal::canonical;
use sophia_plan::{Currency, FieldType, Record, RecordType, Table, Type, Value};

/// The same cases on every machine and in every run.
pub fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 300,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(2026),
        ..ProptestConfig::default()
    }
}

/// Any type that a value can have.
pub fn any_type() -> impl Strategy<Value = Type> {
    plain_type().prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::optional),
            inner.clone().prop_map(|item| Type::List(Arc::new(item))),
            row_of(inner.clone()).prop_map(Type::Record),
            row_of(inner).prop_map(Type::Table),
        ]
    })
}

fn plain_type() -> impl Strategy<Value = Type> {
    prop_oneof![
        Just(Type::Text),
        Just(Type::Boolean),
        Just(Type::Integer),
        Just(Type::Number),
        Just(Type::Decimal),
        prop_oneof!["USD", "EUR", "JPY"].prop_map(|code| Type::Money(Currency(code.into()))),
        Just(Type::Percent),
        Just(Type::Date),
        Just(Type::Time),
        Just(Type::Timestamp),
        Just(Type::Duration),
        Just(Type::Json),
        Just(Type::None),
        proptest::collection::btree_set("[a-z \"é]{0,5}", 1..4).prop_map(|texts| Type::Literals(
            texts.iter().map(|text| Arc::from(text.as_str())).collect()
        )),
        (-9_i64..9, 0_i64..20).prop_map(|(from, length)| Type::Range {
            from,
            to: from + length
        }),
    ]
}

fn row_of(inner: impl Strategy<Value = Type>) -> impl Strategy<Value = Arc<RecordType>> {
    vec((inner, proptest::option::of("[a-z ]{1,9}")), 0..4).prop_map(|fields| {
        Arc::new(RecordType {
            name: None,
            fields: fields
                .into_iter()
                .enumerate()
                .map(|(place, (of, documentation))| FieldType {
                    name: format!("field_{place}").into(),
                    of,
                    documentation: documentation.map(Into::into),
                    labels: Vec::new(),
                })
                .collect(),
        })
    })
}

/// A value of a type that both borders can carry: numbers are finite with few digits, percents are
/// from 0 to 100, and times have whole microseconds, as columns do.
pub fn value_of(of: &Type) -> BoxedStrategy<Value> {
    match of {
        Type::Text => any::<String>().prop_map(Value::text).boxed(),
        Type::Boolean => any::<bool>().prop_map(Value::Boolean).boxed(),
        Type::Integer => any::<i64>().prop_map(Value::Integer).boxed(),
        Type::Number => any::<i32>()
            .prop_map(|digits| Value::Number(f64::from(digits) / 1000.0))
            .boxed(),
        Type::Decimal => decimal().prop_map(Value::Decimal).boxed(),
        Type::Money(currency) => {
            let currency = currency.clone();
            decimal()
                .prop_map(move |amount| Value::Money(amount, currency.clone()))
                .boxed()
        }
        Type::Percent => (0_i32..=100_000)
            .prop_map(|points| Value::Percent(f64::from(points) / 100_000.0))
            .boxed(),
        Type::Date => (-9_999_i16..=9_999, 1_i8..=12, 1_i8..=28)
            .prop_map(|(year, month, day)| {
                Value::Date(Date::new(year, month, day).expect("a date"))
            })
            .boxed(),
        Type::Time => (0_i64..86_400_000_000)
            .prop_map(|micros| {
                let since_midnight = SignedDuration::from_micros(micros);
                Value::Time(
                    Time::midnight()
                        .checked_add(since_midnight)
                        .expect("a time"),
                )
            })
            .boxed(),
        Type::Timestamp => (-300_000_000_000_000_i64..250_000_000_000_000_000)
            .prop_map(|micros| {
                Value::Timestamp(Timestamp::from_microsecond(micros).expect("an instant"))
            })
            .boxed(),
        Type::Duration => (-1_000_000_000_000_i64..1_000_000_000_000)
            .prop_map(Value::Duration)
            .boxed(),
        Type::Json => proptest::sample::select(vec![
            "true",
            "12",
            "\"a \\\" b\"",
            "[1,{\"a\":null}]",
            "{\"k\":\"v\"}",
        ])
        .prop_map(|json| Value::Json(json.into()))
        .boxed(),
        Type::None | Type::Unknown => Just(Value::None).boxed(),
        Type::Literals(texts) => proptest::sample::select(texts.to_vec())
            .prop_map(Value::Text)
            .boxed(),
        Type::Range { from, to } => (*from..=*to).prop_map(Value::Integer).boxed(),
        Type::Optional(inner) => prop_oneof![
            1 => Just(Value::None),
            3 => value_of(inner),
        ]
        .boxed(),
        Type::List(item) => vec(value_of(item), 0..4)
            .prop_map(|items| Value::List(Arc::new(items)))
            .boxed(),
        Type::Record(row) => record_of(row).prop_map(Value::Record).boxed(),
        Type::Table(row) => {
            let row = Arc::clone(row);
            vec(record_of(&row), 0..4)
                .prop_map(move |records| {
                    Value::Table(
                        Table::from_records(Arc::clone(&row), &records).expect("rows that fit"),
                    )
                })
                .boxed()
        }
    }
}

/// A record of a row type.
pub fn record_of(row: &RecordType) -> BoxedStrategy<Arc<Record>> {
    let names: Vec<Arc<str>> = row
        .fields
        .iter()
        .map(|field| Arc::clone(&field.name))
        .collect();
    let values: Vec<_> = row.fields.iter().map(|field| value_of(&field.of)).collect();
    values
        .prop_map(move |values| {
            Arc::new(Record {
                fields: names.iter().cloned().zip(values).collect(),
            })
        })
        .boxed()
}

fn decimal() -> impl Strategy<Value = Decimal> {
    (any::<i64>(), 0_u32..=9).prop_map(|(digits, scale)| canonical(Decimal::new(digits, scale)))
}

/// A type and a value of it.
pub fn typed_value() -> impl Strategy<Value = (Type, Value)> {
    any_type().prop_flat_map(|of| (Just(of.clone()), value_of(&of)))
}
