//! What the stages of a pipeline mean, over tables and over lists of records.

use std::sync::Arc;

use sophia_plan::expression::{Expression, Function, Operator, Stage};
use sophia_plan::{FieldType, RecordType, Scope, Type, Value, evaluate};

use crate::common::{
    Clock, binary, call, code, column, constant, list, name, pipeline, record, row_type, run,
    table, text,
};

const fn integer(integer: i64) -> Value {
    Value::Integer(integer)
}

fn customer_type() -> Vec<(&'static str, Type)> {
    vec![
        ("id", Type::Text),
        ("plan", Type::Text),
        ("tenure", Type::Integer.optional()),
    ]
}

/// The same five customers as a table and as a list.
fn customers() -> [Value; 2] {
    let row = |id: &str, plan: &str, tenure: Option<i64>| {
        vec![
            text(id),
            text(plan),
            tenure.map_or(Value::None, Value::Integer),
        ]
    };
    let rows = table(
        customer_type(),
        vec![
            row("a", "month", Some(5)),
            row("b", "year", Some(30)),
            row("c", "month", None),
            row("d", "year", Some(30)),
            row("e", "month", Some(9)),
        ],
    );
    let items = rows.records().map(Value::Record).collect();
    [Value::Table(rows), list(items)]
}

fn ids(value: &Value) -> String {
    let records: Vec<_> = match value {
        Value::Table(table) => table.records().collect(),
        Value::List(items) => items
            .iter()
            .map(|item| match item {
                Value::Record(record) => Arc::clone(record),
                other => panic!("no record: {other:?}"),
            })
            .collect(),
        other => panic!("no rows: {other:?}"),
    };
    records
        .iter()
        .map(|record| match record.get("id") {
            Some(Value::Text(id)) => id.to_string(),
            other => panic!("no id: {other:?}"),
        })
        .collect()
}

/// The ids that the stages leave, the same for a table and a list.
fn left_by(stages: &[Stage]) -> String {
    let [one, other] =
        customers().map(|source| ids(&run(&pipeline(source, stages.to_vec())).expect("rows")));
    assert_eq!(one, other);
    one
}

fn at_least(tenure: i64) -> Stage {
    Stage::Where(binary(
        Operator::GreaterOrEqual,
        column("tenure"),
        *constant(integer(tenure)),
    ))
}

#[test]
fn where_keeps_what_holds_and_nothing_missing() {
    assert_eq!(left_by(&[at_least(9)]), "bde");
    assert_eq!(left_by(&[at_least(99)]), "");
    let missing = Expression::Not(Box::new(Expression::IsPresent(Box::new(column("tenure")))));
    assert_eq!(left_by(&[Stage::Where(missing)]), "c");
}

#[test]
fn sorting_is_stable_and_puts_the_missing_last_both_ways() {
    assert_eq!(
        left_by(&[Stage::Sort(vec![(column("tenure"), false)])]),
        "aebdc"
    );
    assert_eq!(
        left_by(&[Stage::Sort(vec![(column("tenure"), true)])]),
        "bdeac"
    );
    assert_eq!(
        left_by(&[Stage::Sort(vec![
            (column("plan"), true),
            (column("tenure"), false)
        ])]),
        "bdaec"
    );
}

#[test]
fn sorting_a_wild_list_ends() {
    let wild = list(vec![
        Value::Record(record(vec![("x", Value::Number(f64::NAN))])),
        Value::Record(record(vec![("x", text("a"))])),
        Value::Record(record(vec![("x", Value::None)])),
        Value::Record(record(vec![("x", integer(1))])),
        Value::Record(record(vec![("x", Value::Boolean(true))])),
    ]);
    for descending in [false, true] {
        let sorted = run(&pipeline(
            wild.clone(),
            vec![
                Stage::Sort(vec![(column("x"), descending)]),
                Stage::Map {
                    value: column("x"),
                    of: Type::Unknown,
                },
            ],
        ))
        .expect("rows");
        let Value::List(items) = sorted else {
            panic!("a list")
        };
        assert_eq!(items.last(), Some(&Value::None));
    }
}

#[test]
fn take_counts_and_counts_per_group() {
    let take = |count: i64, per: Option<&str>| {
        left_by(&[Stage::Take {
            count: *constant(integer(count)),
            per: per.map(Into::into).into_iter().collect(),
        }])
    };
    assert_eq!(take(2, None), "ab");
    assert_eq!(take(99, None), "abcde");
    assert_eq!(take(-1, None), "");
    assert_eq!(take(1, Some("plan")), "ab");
    assert_eq!(take(2, Some("plan")), "abcd");
    assert_eq!(take(1, Some("tenure")), "abce");
}

#[test]
fn first_and_only() {
    for source in customers() {
        let found = run(&pipeline(source.clone(), vec![Stage::First])).expect("a row");
        let Value::Record(first) = found else {
            panic!("a record")
        };
        assert_eq!(first.get("id"), Some(&text("a")));
        let none = pipeline(source.clone(), vec![at_least(99), Stage::First]);
        assert_eq!(run(&none), Ok(Value::None));
        assert_eq!(
            code(run(&pipeline(source.clone(), vec![Stage::Only]))),
            "S974"
        );
        let nobody = pipeline(source.clone(), vec![at_least(99), Stage::Only]);
        assert_eq!(
            run(&nobody).expect_err("none").message,
            "`only` expects exactly one row and found none."
        );
        let id_is_b = binary(Operator::Equal, column("id"), *constant(text("b")));
        let one = pipeline(source, vec![Stage::Where(id_is_b), Stage::Only]);
        assert!(matches!(run(&one), Ok(Value::Record(_))));
    }
}

fn extended(fields: Vec<(&str, Type)>) -> Arc<RecordType> {
    let mut row = row_type(customer_type()).as_ref().clone();
    for (name, of) in fields {
        row.fields.retain(|field| &*field.name != name);
        row.fields.push(FieldType::new(name, of));
    }
    Arc::new(row)
}

#[test]
fn added_columns_see_earlier_ones_and_are_typed() {
    let years = Expression::Coalesce(Box::new(column("tenure")), constant(integer(0)));
    let double = binary(Operator::Multiply, column("years"), *constant(integer(2)));
    let whole_row = Expression::Field {
        of: Box::new(Expression::Row),
        name: "double".into(),
        optional: false,
    };
    let stage = Stage::Add {
        columns: vec![
            ("years".into(), years),
            ("double".into(), double),
            ("seen".into(), whole_row),
        ],
        row: extended(vec![
            ("years", Type::Integer),
            ("double", Type::Number),
            ("seen", Type::Number),
        ]),
    };
    for source in customers() {
        let was_table = matches!(source, Value::Table(_));
        let found = run(&pipeline(source, vec![stage.clone()])).expect("rows");
        assert_eq!(matches!(found, Value::Table(_)), was_table);
        let last = run(&pipeline(
            found,
            vec![Stage::Map {
                value: column("seen"),
                of: Type::Number,
            }],
        ));
        assert_eq!(
            last,
            Ok(list(vec![
                Value::Number(10.0),
                Value::Number(60.0),
                Value::Number(0.0),
                Value::Number(60.0),
                Value::Number(18.0),
            ]))
        );
    }
}

#[test]
fn a_column_is_replaced_in_its_place() {
    let row = row_type(vec![
        ("id", Type::Text),
        ("plan", Type::Integer),
        ("tenure", Type::Integer.optional()),
    ]);
    let stage = Stage::Add {
        columns: vec![("plan".into(), call(Function::Length, vec![column("plan")]))],
        row: Arc::clone(&row),
    };
    let [rows, _] = customers();
    let Ok(Value::Table(found)) = run(&pipeline(rows, vec![stage])) else {
        panic!("a table")
    };
    assert_eq!(found.row, row);
    assert_eq!(found.value(1, "plan"), integer(4));
    assert_eq!(found.value(1, "tenure"), integer(30));
}

#[test]
fn select_keeps_columns_in_the_order_named() {
    for source in customers() {
        let found = run(&pipeline(
            source,
            vec![
                Stage::Select(vec!["tenure".into(), "id".into()]),
                Stage::First,
            ],
        ));
        assert_eq!(
            found,
            Ok(Value::Record(record(vec![
                ("tenure", integer(5)),
                ("id", text("a"))
            ])))
        );
    }
}

#[test]
fn groups_stand_in_the_order_of_their_first_rows() {
    let double = binary(Operator::Multiply, column("tenure"), *constant(integer(2)));
    let present = Expression::Coalesce(Box::new(column("tenure")), constant(integer(0)));
    let share = binary(
        Operator::Divide,
        call(Function::Count, vec![column("tenure")]),
        call(Function::Count, vec![]),
    );
    let stage = Stage::Group {
        by: vec!["plan".into()],
        columns: vec![
            ("n".into(), call(Function::Count, vec![])),
            (
                "known".into(),
                call(Function::Count, vec![column("tenure")]),
            ),
            (
                "longest".into(),
                call(Function::Max, vec![column("tenure")]),
            ),
            ("total".into(), call(Function::Sum, vec![present])),
            ("share".into(), share),
        ],
        row: row_type(vec![
            ("plan", Type::Text),
            ("n", Type::Integer),
            ("known", Type::Integer),
            ("longest", Type::Integer.optional()),
            ("total", Type::Number),
            ("share", Type::Number),
        ]),
    };
    for source in customers() {
        let Ok(Value::Table(found)) = run(&pipeline(source.clone(), vec![stage.clone()])) else {
            panic!("a table")
        };
        assert_eq!(
            found.values("plan"),
            Some(vec![text("month"), text("year")])
        );
        assert_eq!(found.values("n"), Some(vec![integer(3), integer(2)]));
        assert_eq!(found.values("known"), Some(vec![integer(2), integer(2)]));
        assert_eq!(found.values("longest"), Some(vec![integer(9), integer(30)]));
        assert_eq!(
            found.values("total"),
            Some(vec![Value::Number(14.0), Value::Number(60.0)])
        );
        assert_eq!(found.value(1, "share"), Value::Number(1.0));
        // What is missing in a row fails arithmetic instead of being invented.
        let broken = Stage::Group {
            by: vec!["plan".into()],
            columns: vec![("x".into(), call(Function::Sum, vec![double.clone()]))],
            row: row_type(vec![("plan", Type::Text), ("x", Type::Integer)]),
        };
        assert_eq!(code(run(&pipeline(source, vec![broken]))), "S975");
    }
}

#[test]
fn the_missing_make_a_group_of_their_own() {
    let [rows, _] = customers();
    let stage = Stage::Group {
        by: vec!["tenure".into()],
        columns: vec![("n".into(), call(Function::Count, vec![]))],
        row: row_type(vec![
            ("tenure", Type::Integer.optional()),
            ("n", Type::Integer),
        ]),
    };
    let Ok(Value::Table(found)) = run(&pipeline(rows, vec![stage])) else {
        panic!("a table")
    };
    assert_eq!(
        found.values("tenure"),
        Some(vec![integer(5), integer(30), Value::None, integer(9)])
    );
}

#[test]
fn a_pipeline_inside_a_stage_sees_its_own_rows() {
    let peers = Expression::Pipeline {
        source: Box::new(name("others")),
        stages: vec![Stage::Where(binary(
            Operator::Equal,
            column("plan"),
            name("wanted"),
        ))],
    };
    let [rows, others] = customers();
    let stage = Stage::Map {
        value: binary(
            Operator::Add,
            call(Function::Count, vec![peers]),
            call(Function::Length, vec![column("plan")]),
        ),
        of: Type::Integer,
    };
    let scope = Scope::default()
        .with("others", others)
        .with("wanted", text("year"));
    assert_eq!(
        evaluate(&pipeline(rows, vec![stage]), &scope, &Clock),
        Ok(list(vec![
            integer(7),
            integer(6),
            integer(7),
            integer(6),
            integer(7)
        ]))
    );
}

#[test]
fn pipelines_in_pipelines_end_before_the_stack_does() {
    let [rows, _] = customers();
    let mut deep = *constant(integer(1));
    for level in 0..700 {
        let stage = Stage::Map {
            value: deep,
            of: Type::Unknown,
        };
        // One row each, so that the work does not multiply.
        let first = Stage::Take {
            count: *constant(integer(1)),
            per: Vec::new(),
        };
        deep = pipeline(rows.clone(), vec![first, stage]);
        let found = run(&deep);
        if level < 200 {
            assert!(found.is_ok(), "{level}");
        } else if found.is_err() {
            assert_eq!(code(found), "S977");
        }
    }
    assert_eq!(code(run(&deep)), "S977");
}

/// The pipeline of the first example playbook: predict, keep, sort, take.
#[test]
fn customers_at_risk() {
    let risk = Expression::Predict {
        predictor: "churn_risk".into(),
        features: Box::new(Expression::Row),
    };
    let at_risk = vec![
        Stage::Where(Expression::IsPresent(Box::new(column("tenure")))),
        Stage::Add {
            columns: vec![("risk".into(), risk)],
            row: extended(vec![("risk", Type::Percent)]),
        },
        Stage::Where(binary(
            Operator::GreaterOrEqual,
            column("risk"),
            name("threshold"),
        )),
        Stage::Sort(vec![(column("risk"), true)]),
        Stage::Take {
            count: *constant(integer(50)),
            per: Vec::new(),
        },
    ];
    let scope = Scope::default()
        .with("threshold", Value::Percent(0.5))
        .with("churn_risk", integer(40));
    for source in customers() {
        let found = evaluate(&pipeline(source.clone(), at_risk.clone()), &scope, &Clock);
        assert_eq!(ids(&found.expect("rows")), "ae");
        let unpinned = evaluate(
            &pipeline(source, at_risk.clone()),
            &Scope::default(),
            &Clock,
        );
        assert_eq!(code(unpinned), "S978");
    }
}

#[test]
fn what_is_no_table_has_no_stages() {
    for stage in [at_least(1), Stage::First, Stage::Select(vec!["id".into()])] {
        assert_eq!(code(run(&pipeline(integer(1), vec![stage]))), "S970");
    }
    let [rows, _] = customers();
    let misspelt = Stage::Where(binary(
        Operator::Equal,
        column("tenur"),
        *constant(integer(1)),
    ));
    assert_eq!(code(run(&pipeline(rows, vec![misspelt]))), "S978");
}
