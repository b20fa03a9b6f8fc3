//! What single expressions mean.

use proptest::prelude::*;
use sophia_plan::expression::{Expression, Function, Operator};
use sophia_plan::{Scope, Type, Value, evaluate};

use crate::common::generate::{config, typed_value};
use crate::common::{
    Clock, apply, binary, call, code, constant, exact, list, money, name, record, run, table, text,
};

use Operator::{
    Add, Divide, Equal, Greater, GreaterOrEqual, Less, LessOrEqual, Like, Modulo, Multiply,
    NotEqual, Subtract,
};

const fn integer(integer: i64) -> Value {
    Value::Integer(integer)
}

const fn number(number: f64) -> Value {
    Value::Number(number)
}

const DAY: i64 = 86_400_000;

#[test]
fn arithmetic_by_kinds() {
    let usd = |digits| money(digits, "USD");
    let percent = Value::Percent;
    let decimal = |digits| Value::Decimal(exact(digits));
    let duration = Value::Duration;
    let date = |day| Value::Date(jiff::civil::date(2026, 11, day));
    let instant = |text: &str| Value::Timestamp(text.parse().expect("an instant"));
    let time = |hour| Value::Time(jiff::civil::time(hour, 0, 0, 0));
    for (left, operator, right, expected) in [
        (integer(2), Add, integer(3), integer(5)),
        (integer(2), Add, number(0.5), number(2.5)),
        (integer(7), Divide, integer(2), number(3.5)),
        (integer(-7), Modulo, integer(3), integer(2)),
        (integer(7), Modulo, integer(-3), integer(-2)),
        (number(-7.5), Modulo, number(2.0), number(0.5)),
        (integer(i64::MIN), Modulo, integer(-1), integer(0)),
        (decimal("0.1"), Add, decimal("0.2"), decimal("0.3")),
        (decimal("1"), Divide, integer(8), decimal("0.125")),
        (decimal("0.1"), Multiply, number(0.1), decimal("0.01")),
        (decimal("-7.5"), Modulo, integer(2), decimal("0.5")),
        (usd("10"), Add, usd("2.5"), usd("12.5")),
        (usd("10"), Multiply, percent(0.07), usd("0.7")),
        (number(1.1), Multiply, usd("3"), usd("3.3")),
        (usd("10"), Divide, integer(4), usd("2.5")),
        (usd("10"), Divide, usd("4"), number(2.5)),
        (percent(1.0), Add, percent(0.1), percent(1.1)),
        (percent(0.5), Multiply, percent(0.5), percent(0.25)),
        (integer(200), Multiply, percent(0.5), number(100.0)),
        (percent(0.5), Divide, percent(0.25), number(2.0)),
        (duration(DAY), Add, duration(1), duration(DAY + 1)),
        (duration(DAY), Multiply, number(1.5), duration(DAY * 3 / 2)),
        (duration(DAY), Divide, integer(2), duration(DAY / 2)),
        (duration(DAY), Divide, duration(DAY / 4), number(4.0)),
        (date(22), Subtract, duration(2 * DAY), date(20)),
        (duration(DAY), Add, date(21), date(22)),
        (date(22), Subtract, date(20), duration(2 * DAY)),
        (
            instant("2026-11-22T08:00:00Z"),
            Subtract,
            duration(3_600_000),
            instant("2026-11-22T07:00:00Z"),
        ),
        (time(9), Subtract, time(8), duration(3_600_000)),
        (time(8), Add, duration(3_600_000), time(9)),
    ] {
        let found = apply(operator, left.clone(), right.clone());
        assert_eq!(found, Ok(expected), "{left:?} {operator:?} {right:?}");
    }
}

#[test]
fn what_has_no_right_answer_is_a_problem() {
    let usd = |digits| money(digits, "USD");
    let date = Value::Date(jiff::civil::date(2026, 11, 22));
    let largest = money("79228162514264337593543950335", "USD");
    for (left, operator, right, expected) in [
        (integer(i64::MAX), Add, integer(1), "S972"),
        (integer(i64::MIN), Subtract, integer(1), "S972"),
        (integer(i64::MAX), Multiply, integer(2), "S972"),
        (number(1e308), Multiply, number(10.0), "S972"),
        (largest.clone(), Add, largest.clone(), "S972"),
        (largest, Multiply, integer(2), "S972"),
        (integer(1), Divide, integer(0), "S971"),
        (number(1.0), Divide, number(0.0), "S971"),
        (usd("1"), Divide, Value::Percent(0.0), "S971"),
        (integer(1), Modulo, integer(0), "S971"),
        (Value::Duration(1), Divide, integer(0), "S971"),
        (usd("1"), Add, money("1", "EUR"), "S973"),
        (usd("1"), Divide, money("1", "EUR"), "S973"),
        (usd("1"), Less, money("1", "EUR"), "S973"),
        (usd("1"), Multiply, usd("1"), "S970"),
        (usd("1"), Add, integer(1), "S970"),
        (Value::Percent(0.1), Add, number(1.0), "S970"),
        (text("a"), Less, integer(1), "S970"),
        (integer(1), Add, Value::None, "S975"),
        (date.clone(), Add, Value::Duration(1), "S976"),
        (date, Add, Value::Duration(i64::MAX / DAY * DAY), "S976"),
    ] {
        let found = apply(operator, left.clone(), right.clone());
        assert_eq!(code(found), expected, "{left:?} {operator:?} {right:?}");
    }
    let negated = run(&Expression::Negate(constant(integer(i64::MIN))));
    assert_eq!(code(negated), "S972");
}

#[test]
fn comparisons() {
    for (left, operator, right, expected) in [
        (integer(1), Equal, number(1.0), true),
        (integer(1), Less, number(1.5), true),
        (
            integer(9_007_199_254_740_993),
            Greater,
            number(9_007_199_254_740_992.0),
            true,
        ),
        (integer(i64::MAX), Less, number(1e19), true),
        (Value::Decimal(exact("0.1")), Equal, number(0.1), true),
        (
            Value::Decimal(exact("1.50")),
            Equal,
            Value::Decimal(exact("1.5")),
            true,
        ),
        (
            Value::Percent(0.91),
            GreaterOrEqual,
            Value::Percent(0.7),
            true,
        ),
        (text("a"), LessOrEqual, text("b"), true),
        (text("a"), NotEqual, text("b"), true),
        (Value::None, Equal, Value::None, false),
        (Value::None, NotEqual, integer(1), false),
        (integer(1), Less, Value::None, false),
        (number(f64::NAN), Less, integer(1), false),
        (number(f64::NAN), Equal, number(f64::NAN), false),
        (text("churn_watch"), Like, text("churn%"), true),
        (text("churn_watch"), Like, text("%_w%ch"), true),
        (text("churn"), Like, text("Churn"), false),
        (text(""), Like, text("%%"), true),
        (text(""), Like, text("_"), false),
        (text("größe"), Like, text("gr__e"), true),
        (text("aab"), Like, text("%ab"), true),
        (Value::None, Like, text("%"), false),
    ] {
        let found = apply(operator, left.clone(), right.clone());
        assert_eq!(
            found,
            Ok(Value::Boolean(expected)),
            "{left:?} {operator:?} {right:?}"
        );
    }
}

#[test]
fn a_long_pattern_does_not_take_long() {
    let pattern = "a%".repeat(500);
    let words = "a".repeat(499) + &"b".repeat(5_000);
    let found = apply(Like, text(&words), text(&(pattern + "c")));
    assert_eq!(found, Ok(Value::Boolean(false)));
}

#[test]
fn records_and_tables_are_equal_by_what_they_hold() {
    let one = Value::Record(record(vec![("a", integer(1)), ("b", Value::None)]));
    let other = Value::Record(record(vec![("b", Value::None), ("a", number(1.0))]));
    assert_eq!(apply(Equal, one.clone(), other), Ok(Value::Boolean(true)));
    let rows = table(
        vec![("a", Type::Integer), ("b", Type::Text.optional())],
        vec![vec![integer(1), Value::None]],
    );
    assert_eq!(
        apply(Equal, Value::Table(rows), list(vec![one])),
        Ok(Value::Boolean(true))
    );
}

#[test]
fn what_need_not_be_looked_at_is_not() {
    let fails = || Box::new(binary(Divide, *constant(integer(1)), *constant(integer(0))));
    let yes = || constant(Value::Boolean(true));
    let no = || constant(Value::Boolean(false));
    let one = || constant(integer(1));
    assert_eq!(
        run(&Expression::And(no(), fails())),
        Ok(Value::Boolean(false))
    );
    assert_eq!(
        run(&Expression::Or(yes(), fails())),
        Ok(Value::Boolean(true))
    );
    assert_eq!(run(&Expression::Coalesce(one(), fails())), Ok(integer(1)));
    let choice = |condition| Expression::If {
        condition,
        then: one(),
        otherwise: fails(),
    };
    assert_eq!(run(&choice(yes())), Ok(integer(1)));
    assert_eq!(code(run(&choice(no()))), "S971");
    assert_eq!(code(run(&choice(constant(Value::None)))), "S971");
    assert_eq!(
        run(&Expression::Coalesce(constant(Value::None), one())),
        Ok(integer(1))
    );
}

#[test]
fn fields_and_places() {
    let customer = Value::Record(record(vec![("name", text("Kim"))]));
    let field = |of: Value, optional| Expression::Field {
        of: constant(of),
        name: "name".into(),
        optional,
    };
    assert_eq!(run(&field(customer.clone(), false)), Ok(text("Kim")));
    assert_eq!(run(&field(Value::None, true)), Ok(Value::None));
    assert_eq!(code(run(&field(Value::None, false))), "S975");
    let index = |of: Value, key: Value| {
        run(&Expression::Index {
            of: constant(of),
            key: constant(key),
        })
    };
    let numbers = list(vec![integer(4), integer(5)]);
    assert_eq!(index(numbers.clone(), integer(1)), Ok(integer(5)));
    assert_eq!(index(numbers.clone(), integer(2)), Ok(Value::None));
    assert_eq!(index(numbers, integer(-1)), Ok(Value::None));
    assert_eq!(index(customer, text("name")), Ok(text("Kim")));
}

#[test]
fn membership() {
    let contained = |value: Value, set: Value| {
        run(&Expression::In {
            value: constant(value),
            set: constant(set),
        })
    };
    let numbers = list(vec![integer(4), Value::None]);
    let yes = Ok(Value::Boolean(true));
    let no = Ok(Value::Boolean(false));
    assert_eq!(contained(number(4.0), numbers.clone()), yes);
    assert_eq!(contained(Value::None, numbers.clone()), no);
    assert_eq!(contained(integer(4), Value::None), no);
    let column = table(vec![("id", Type::Integer)], vec![vec![integer(4)]]);
    assert_eq!(contained(integer(4), Value::Table(column)), yes);
    assert_eq!(code(contained(integer(4), integer(4))), "S970");
}

#[test]
fn text_shows_values_as_people_read_them() {
    let found = run(&Expression::Text(vec![
        *constant(text("Risk ")),
        *constant(Value::Percent(0.91)),
        *constant(text(" at ")),
        *constant(number(29.85)),
        *constant(text(" since ")),
        *constant(Value::Timestamp(
            "2026-11-22T03:30:00Z".parse().expect("an instant"),
        )),
        *constant(Value::None),
    ]));
    assert_eq!(found, Ok(text("Risk 91% at 29.85 since 2026-11-21 21:30")));
}

#[test]
fn the_clock_is_the_hosts() {
    assert_eq!(
        run(&call(Function::Today, vec![])),
        Ok(Value::Date(jiff::civil::date(2026, 11, 21)))
    );
    assert_eq!(
        run(&call(Function::Now, vec![])),
        Ok(Value::Timestamp(
            "2026-11-22T03:30:00Z".parse().expect("an instant")
        ))
    );
}

#[test]
fn functions_of_single_values() {
    let of = |function, arguments: Vec<Value>| {
        let arguments = arguments
            .into_iter()
            .map(|value| *constant(value))
            .collect();
        run(&call(function, arguments))
    };
    for (function, arguments, expected) in [
        (Function::Round, vec![number(2.5)], number(2.0)),
        (
            Function::Round,
            vec![number(2.675), integer(2)],
            number(2.68),
        ),
        (
            Function::Round,
            vec![integer(1250), integer(-2)],
            integer(1200),
        ),
        (
            Function::Round,
            vec![money("2.345", "USD"), integer(2)],
            money("2.34", "USD"),
        ),
        (
            Function::Round,
            vec![Value::Percent(0.9149)],
            Value::Percent(0.91),
        ),
        (Function::Lower, vec![text("ÄB")], text("äb")),
        (Function::Upper, vec![text("äb")], text("ÄB")),
        (Function::Trim, vec![text("  a b ")], text("a b")),
        (Function::Length, vec![text("größe")], integer(5)),
        (Function::Length, vec![list(vec![Value::None])], integer(1)),
        (
            Function::Contains,
            vec![text("abc"), text("b")],
            Value::Boolean(true),
        ),
        (
            Function::Contains,
            vec![list(vec![integer(1)]), number(1.0)],
            Value::Boolean(true),
        ),
        (
            Function::StartsWith,
            vec![text("abc"), text("ab")],
            Value::Boolean(true),
        ),
        (
            Function::EndsWith,
            vec![text("abc"), text("ab")],
            Value::Boolean(false),
        ),
        (
            Function::Replace,
            vec![text("a-b-c"), text("-"), text("")],
            text("abc"),
        ),
        (
            Function::Replace,
            vec![text("abc"), text(""), text("x")],
            text("abc"),
        ),
        (Function::Days, vec![integer(2)], Value::Duration(2 * DAY)),
        (
            Function::Hours,
            vec![number(1.5)],
            Value::Duration(5_400_000),
        ),
        (Function::Minutes, vec![integer(0)], Value::Duration(0)),
    ] {
        assert_eq!(
            of(function, arguments.clone()),
            Ok(expected),
            "{function:?} {arguments:?}"
        );
    }
    assert_eq!(code(of(Function::Days, vec![integer(i64::MAX)])), "S972");
    assert_eq!(code(of(Function::Lower, vec![Value::None])), "S975");
    assert_eq!(code(of(Function::Lower, vec![integer(1)])), "S970");
    assert_eq!(code(of(Function::Lower, vec![])), "S975");
}

#[test]
fn conversions() {
    let to = |value: Value, to: Type| {
        run(&Expression::Convert {
            value: constant(value),
            to,
        })
    };
    assert_eq!(to(integer(3), Type::Number), Ok(number(3.0)));
    assert_eq!(
        to(integer(3), Type::Decimal.optional()),
        Ok(Value::Decimal(exact("3")))
    );
    assert_eq!(to(Value::None, Type::Number.optional()), Ok(Value::None));
    let urgency = Type::Range { from: 1, to: 5 };
    assert_eq!(to(Value::Json("4".into()), urgency.clone()), Ok(integer(4)));
    assert_eq!(code(to(integer(9), urgency)), "S979");
    assert_eq!(code(to(Value::None, Type::Text)), "S979");
    let rows = list(vec![Value::Record(record(vec![("n", integer(1))]))]);
    let row = crate::common::row_type(vec![("n", Type::Number)]);
    let Ok(Value::Table(made)) = to(rows, Type::Table(row)) else {
        panic!("a table");
    };
    assert_eq!(made.value(0, "n"), number(1.0));
}

#[test]
fn names_come_from_the_scope_the_innermost_first() {
    let scope = Scope::default()
        .with("x", integer(1))
        .with("y", integer(2))
        .with("x", integer(3));
    let sum = binary(Add, name("x"), name("y"));
    assert_eq!(evaluate(&sum, &scope, &Clock), Ok(integer(5)));
    assert_eq!(code(run(&sum)), "S978");
}

#[test]
fn nesting_beyond_the_limit_is_a_problem_and_not_a_crash() {
    let mut deep = *constant(Value::Boolean(true));
    for _ in 0..400 {
        deep = Expression::Not(Box::new(deep));
    }
    assert_eq!(run(&deep), Ok(Value::Boolean(true)));
    let bytes = postcard_depth(&deep);
    assert_eq!(bytes, Ok(deep.clone()));
    for _ in 0..400 {
        deep = Expression::Not(Box::new(deep));
    }
    assert_eq!(code(run(&deep)), "S977");
    assert!(postcard_depth(&deep).is_err());
}

/// Writes and reads an expression as a plan does.
fn postcard_depth(expression: &Expression) -> Result<Expression, &'static str> {
    let mut plan = crate::common::sample::plan();
    plan.body
        .add(crate::common::sample::compute("deep", expression.clone()));
    let read =
        sophia_plan::Plan::from_bytes(&plan.to_bytes()).map_err(|problem| problem.code.as_str())?;
    let found = read.steps().iter().find_map(|step| match &step.kind {
        sophia_plan::StepKind::Work(sophia_plan::Work::Compute { expression })
            if &*step.name == "deep" =>
        {
            Some(expression.clone())
        }
        _ => None,
    });
    found.ok_or("the step is gone")
}

proptest! {
    #![proptest_config(config())]

    /// Whatever meets whatever: there is a value or a problem, and the same one each time.
    #[test]
    fn every_operator_and_function_ends((_, left) in typed_value(), (_, right) in typed_value()) {
        for operator in [
            Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual, Like, Add, Subtract,
            Multiply, Divide, Modulo,
        ] {
            for (left, right) in [(&left, &right), (&left, &left)] {
                let found = apply(operator, left.clone(), right.clone());
                prop_assert_eq!(&found, &apply(operator, left.clone(), right.clone()));
                if let Err(problem) = found {
                    prop_assert!(problem.message.ends_with('.'), "{}", problem);
                }
            }
        }
        for function in [
            Function::Count, Function::Sum, Function::Average, Function::Min, Function::Max,
            Function::First, Function::Last, Function::Round, Function::Lower, Function::Length,
            Function::Contains, Function::Replace, Function::Days, Function::Hours,
            Function::Minutes,
        ] {
            let arguments = vec![*constant(left.clone()), *constant(right.clone())];
            let _ = run(&call(function, arguments.clone()));
            let _ = run(&call(function, arguments[..1].to_vec()));
        }
        let _ = run(&Expression::Negate(constant(left)));
    }
}
