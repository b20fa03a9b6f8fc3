//! Values that must hold what is said of them, checks, periods of the calendar, and what is concealed.

use sophia_plan::expression::{Edge, Expression, Function, Operator, Period, Stage};
use sophia_plan::{Type, Value};

use crate::common::{
    binary, call, code, column, constant, list, money, name, pipeline, record, row_type, run,
    table, text,
};

fn as_type(json: &str, to: Type) -> Expression {
    Expression::As {
        value: constant(Value::Json(json.into())),
        to,
    }
}

#[test]
fn outside_data_is_read_by_its_shape_and_fails_at_its_place() {
    let deal = Type::Record(row_type(vec![
        ("name", Type::Text),
        ("tags", Type::List(Type::Text.into())),
        ("owner", Type::Text.optional()),
    ]));
    let read = |json: &str| run(&as_type(json, deal.clone()));
    assert_eq!(
        read(r#"{"name":"A","tags":["x"],"more":1}"#),
        Ok(Value::Record(record(vec![
            ("name", text("A")),
            ("tags", list(vec![text("x")])),
            ("owner", Value::None),
        ])))
    );
    let problem = read(r#"{"name":"A","tags":["x",5]}"#).expect_err("no text");
    assert_eq!(problem.code.as_str(), "S979");
    assert!(problem.message.contains("`tags[1]`"), "{}", problem.message);
    assert_eq!(code(read("[]")), "S979");
    assert_eq!(code(read("not json")), "S979");
}

#[test]
fn a_wide_value_is_narrowed() {
    let narrow = |value: Value, to: Type| {
        run(&Expression::As {
            value: constant(value),
            to,
        })
    };
    let range = Type::Range { from: 1, to: 5 };
    assert_eq!(
        narrow(Value::Integer(5), range.clone()),
        Ok(Value::Integer(5))
    );
    assert_eq!(code(narrow(Value::Integer(6), range)), "S979");
    let words = Type::Literals(["call".into(), "email".into()].into());
    assert_eq!(narrow(text("call"), words.clone()), Ok(text("call")));
    assert_eq!(code(narrow(text("fax"), words)), "S979");
}

#[test]
fn a_value_is_known_or_the_step_fails() {
    let known = |value: &str| {
        run(&Expression::KnownIn {
            value: constant(text(value)),
            set: constant(list(vec![text("a"), text("b")])),
        })
    };
    assert_eq!(known("b"), Ok(text("b")));
    assert_eq!(code(known("c")), "S360");
}

#[test]
fn a_total_needs_its_rows() {
    let total = |rows: u64| {
        run(&Expression::AtLeast {
            aggregate: Box::new(call(
                Function::Sum,
                vec![*constant(list(vec![
                    Value::Integer(1),
                    Value::None,
                    Value::Integer(2),
                ]))],
            )),
            rows,
        })
    };
    assert_eq!(total(2), Ok(Value::Integer(3)));
    // What is missing stands behind no total.
    assert_eq!(code(total(3)), "S361");
}

#[test]
fn a_check_sorts_rows_and_names_what_failed() {
    let rows = table(
        vec![("id", Type::Text), ("n", Type::Integer.optional())],
        vec![
            vec![text("a"), Value::Integer(5)],
            vec![text("b"), Value::None],
            vec![text("c"), Value::Integer(1)],
        ],
    );
    let more = |than: i64| {
        binary(
            Operator::Greater,
            column("n"),
            *constant(Value::Integer(than)),
        )
    };
    let failed = row_type(vec![
        ("id", Type::Text.optional()),
        ("n", Type::Integer.optional()),
        ("problems", Type::List(Type::Text.into())),
    ]);
    let named = Expression::Text(vec![column("id"), *constant(text(" is small"))]);
    let stage = Stage::Check {
        rules: vec![(*constant(text("there")), more(0)), (named, more(3))],
        failed,
    };
    let checked = Expression::Let {
        name: "checked".into(),
        value: Box::new(pipeline(Value::Table(rows), vec![stage])),
        body: Box::new(Expression::List(
            ["passed", "failed"]
                .map(|part| {
                    let table = Expression::Field {
                        of: Box::new(name("checked")),
                        name: part.into(),
                        optional: false,
                    };
                    Expression::Field {
                        of: Box::new(table),
                        name: if part == "passed" { "id" } else { "problems" }.into(),
                        optional: false,
                    }
                })
                .into(),
        )),
    };
    assert_eq!(
        run(&checked),
        Ok(list(vec![
            list(vec![text("a")]),
            list(vec![
                list(vec![text("there"), text("b is small")]),
                list(vec![text("c is small")]),
            ]),
        ]))
    );
}

#[test]
fn periods_begin_and_end() {
    // The clock of the tests shows Saturday, 21 November 2026 in Chicago.
    let edge = |edge: Edge, offset: i8, period: Period| match run(&Expression::Boundary {
        edge,
        offset,
        period,
    }) {
        Ok(Value::Date(date)) => date.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(edge(Edge::Start, 0, Period::Day), "2026-11-21");
    assert_eq!(edge(Edge::Start, 0, Period::Week), "2026-11-16");
    assert_eq!(edge(Edge::End, 0, Period::Week), "2026-11-22");
    assert_eq!(edge(Edge::Start, 1, Period::Week), "2026-11-23");
    assert_eq!(edge(Edge::End, -1, Period::Month), "2026-10-31");
    assert_eq!(edge(Edge::Start, 0, Period::Quarter), "2026-10-01");
    assert_eq!(edge(Edge::End, 1, Period::Quarter), "2027-03-31");
    assert_eq!(edge(Edge::End, -1, Period::Year), "2025-12-31");
}

#[test]
fn days_and_instants_have_parts() {
    let instant = || Value::Timestamp("2026-11-22T03:30:00Z".parse().expect("an instant"));
    let of = |function: Function, value: Value| run(&call(function, vec![*constant(value)]));
    let date = |text: &str| Value::Date(text.parse().expect("a date"));
    assert_eq!(of(Function::DateOf, instant()), Ok(date("2026-11-21")));
    assert_eq!(of(Function::HourOf, instant()), Ok(Value::Integer(21)));
    assert_eq!(of(Function::WeekdayOf, instant()), Ok(text("saturday")));
    assert_eq!(
        of(Function::QuarterOf, date("2026-07-01")),
        Ok(Value::Integer(3))
    );
    assert_eq!(
        of(Function::MonthOf, date("2026-07-01")),
        Ok(Value::Integer(7))
    );
    assert_eq!(
        of(Function::DayOf, date("2026-07-01")),
        Ok(Value::Integer(1))
    );
    assert_eq!(
        of(Function::YearOf, date("2026-07-01")),
        Ok(Value::Integer(2026))
    );
    let between = call(
        Function::DaysBetween,
        vec![*constant(date("2026-03-01")), *constant(date("2026-02-27"))],
    );
    assert_eq!(run(&between), Ok(Value::Integer(-2)));
}

#[test]
fn texts_are_split_joined_and_shown() {
    let of = |function: Function, values: Vec<Value>| {
        run(&call(
            function,
            values.into_iter().map(|value| *constant(value)).collect(),
        ))
    };
    let parts = list(vec![text("a"), text(""), text("b")]);
    assert_eq!(
        of(Function::Split, vec![text("a,,b"), text(",")]),
        Ok(parts.clone())
    );
    assert_eq!(
        of(Function::JoinText, vec![parts, text("-")]),
        Ok(text("a--b"))
    );
    assert_eq!(
        of(Function::Split, vec![text("ab"), text("")]),
        Ok(list(vec![text("ab")]))
    );
    assert_eq!(
        of(Function::Text, vec![money("5", "USD")]),
        Ok(text("$5.00"))
    );
    assert_eq!(
        of(Function::Abs, vec![Value::Integer(-5)]),
        Ok(Value::Integer(5))
    );
    assert_eq!(
        code(of(Function::Abs, vec![Value::Integer(i64::MIN)])),
        "S972"
    );
    assert_eq!(
        of(Function::Floor, vec![Value::Number(-1.5)]),
        Ok(Value::Integer(-2))
    );
    assert_eq!(
        of(Function::Ceiling, vec![Value::Number(1.2)]),
        Ok(Value::Integer(2))
    );
    assert_eq!(
        code(of(Function::Floor, vec![Value::Number(1e300)])),
        "S972"
    );
}

#[test]
fn what_tells_who_somebody_is_goes_out_of_a_text() {
    let redacted = |shown: &str| run(&call(Function::Redact, vec![*constant(text(shown))]));
    assert_eq!(
        redacted("Please call Ana at 555-0199 or ana@x.test, she asked twice."),
        Ok(text(
            "Please call [removed] at [removed] or [removed] she asked twice."
        ))
    );
    assert_eq!(
        redacted("a plain  sentence, 12 times"),
        Ok(text("a plain  sentence, 12 times"))
    );
    let token = |value: &str| run(&call(Function::Pseudonymize, vec![*constant(text(value))]));
    assert_eq!(token("ana@x.test"), token("ana@x.test"));
    assert_ne!(token("ana@x.test"), token("bob@x.test"));
    assert_eq!(
        run(&call(Function::Redact, vec![*constant(Value::None)])),
        Ok(Value::None)
    );
}

#[test]
fn a_name_is_seen_in_its_body_only() {
    let body = binary(Operator::Add, name("x"), *constant(Value::Integer(1)));
    let inner = Expression::Let {
        name: "x".into(),
        value: constant(Value::Integer(2)),
        body: Box::new(body),
    };
    assert_eq!(run(&inner), Ok(Value::Integer(3)));
    assert_eq!(code(run(&name("x"))), "S978");
}
