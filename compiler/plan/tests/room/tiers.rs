//! The interpreter and the native tier give the same values and the same mistakes.

use std::sync::Arc;

use fastrand::Rng;
use sophia_diagnostics::Problem;
use sophia_plan::decimal::canonical;
use sophia_plan::expression::{Expression, Function, Operator, Stage};
use sophia_plan::{
    FieldType, RecordType, Scope, Table, Tier, Type, Value, evaluate_with, is_native,
};

use crate::common::random::{self, KINDS, kind};
use crate::common::{Clock, binary, call, code, column, constant, money, name, table, text};

/// A result as a text that is equal for equal results: decimals without zeros at the end, and
/// whatever is not a number written one way.
fn shown(result: &Result<Value, Problem>) -> String {
    match result {
        Ok(value) => format!("{:?}", plain(value)),
        Err(problem) => format!("{problem:?}"),
    }
}

fn plain(value: &Value) -> Value {
    match value {
        Value::Decimal(decimal) => Value::Decimal(canonical(*decimal)),
        Value::Money(amount, currency) => Value::Money(canonical(*amount), currency.clone()),
        Value::Number(number) | Value::Percent(number) if number.is_nan() => text("NaN"),
        Value::List(items) => Value::List(Arc::new(items.iter().map(plain).collect())),
        Value::Record(record) => Value::List(Arc::new(
            record
                .fields
                .iter()
                .map(|(_, value)| plain(value))
                .collect(),
        )),
        Value::Table(table) => Value::List(Arc::new(
            table
                .records()
                .map(|record| plain(&Value::Record(record)))
                .collect(),
        )),
        other => other.clone(),
    }
}

fn both(expression: &Expression, scope: &Scope) -> (String, String) {
    let by = |tier| shown(&evaluate_with(tier, expression, scope, &Clock));
    (by(Tier::Interpreter), by(Tier::Native))
}

/// The table's columns and one more.
fn with_column(table: &Table, of: Type) -> Arc<RecordType> {
    let mut fields = table.row.fields.clone();
    fields.push(FieldType::new("new", of));
    Arc::new(RecordType { name: None, fields })
}

/// Every stage that evaluates an expression for each row, with this one.
fn pipelines(
    table: &Table,
    row: &Expression,
    condition: &Expression,
    of: &Type,
) -> Vec<Expression> {
    let over = |stages| Expression::Pipeline {
        source: Box::new(name("rows")),
        stages,
    };
    let map = || Stage::Map {
        value: row.clone(),
        of: of.clone(),
    };
    let add = |of: Type| {
        let again = binary(Operator::Equal, column("new"), column("new"));
        over(vec![
            Stage::Add {
                columns: vec![("new".into(), row.clone())],
                row: with_column(table, of),
            },
            Stage::Where(again),
            Stage::Select(vec!["new".into()]),
        ])
    };
    let mut pipelines = vec![
        over(vec![map()]),
        over(vec![Stage::Where(condition.clone())]),
        over(vec![Stage::Sort(vec![(row.clone(), true)])]),
        add(of.clone()),
        add(of.clone().optional()),
        call(
            Function::Count,
            vec![over(vec![Stage::Where(condition.clone())])],
        ),
    ];
    for function in [
        Function::Sum,
        Function::Average,
        Function::Min,
        Function::Max,
    ] {
        pipelines.push(call(function, vec![over(vec![map()])]));
        pipelines.push(call(
            function,
            vec![over(vec![Stage::Where(condition.clone()), map()])],
        ));
    }
    pipelines
}

/// Holds the tiers together for some random cases; gives how many expressions were native.
fn agree(seed: u64, cases: usize, tame: bool, rows: impl Fn(&mut Rng) -> usize) -> usize {
    let mut random = Rng::with_seed(seed);
    let mut native = 0;
    for case in 0..cases {
        let rows = rows(&mut random);
        let table = random::table(&mut random, rows, tame);
        let scope = random::scope().with("rows", Value::Table(table.clone()));
        let number = random.usize(..KINDS);
        let depth = random.u32(1..5);
        let row = random::expression(&mut random, number, depth);
        let condition = random::expression(&mut random, 0, depth);
        for pipeline in pipelines(&table, &row, &condition, &kind(number)) {
            let (interpreted, compiled) = both(&pipeline, &scope);
            assert!(
                interpreted == compiled,
                "case {case} of seed {seed}\n{pipeline:?}\ninterpreted: {interpreted}\nnative: {compiled}"
            );
        }
        native += usize::from(is_native(&condition, &table, &scope, &Clock));
    }
    native
}

#[test]
fn the_tiers_agree_on_every_operator_type_and_missing_value() {
    let cases = 3_000;
    let native = agree(2026, cases, false, |random| random.usize(1..20));
    assert!(native * 10 > cases * 6, "{native} of {cases} were native");
}

#[test]
fn the_tiers_agree_where_little_goes_wrong() {
    let cases = 3_000;
    let native = agree(4711, cases, true, |random| random.usize(1..20));
    assert!(native * 10 > cases * 6, "{native} of {cases} were native");
}

#[test]
fn the_tiers_agree_on_more_rows_than_the_loop_takes_at_once() {
    agree(7, 12, true, |random| random.usize(2_040..4_200));
    agree(8, 2, true, |random| random.usize(32_000..72_000));
}

/// Conditions are decided for some ten thousand rows in one call; a row that the loop leaves to the interpreter is found
/// among them.
#[test]
fn the_tiers_agree_on_a_row_among_many_that_the_loop_does_not_decide() {
    // No double is equal to it, so the loop does not compare it with one.
    let large = 9_007_199_254_740_993;
    let among = |places: &[(usize, i64)], left: &Expression| {
        let mut rows: Vec<Vec<Value>> = (0..70_003)
            .map(|row| vec![Value::Integer(1 + row % 90)])
            .collect();
        for (place, value) in places {
            rows[*place] = vec![Value::Integer(*value)];
        }
        let table = table(vec![("amount", Type::Integer)], rows);
        let scope = Scope::default().with("rows", Value::Table(table));
        let limit = *constant(Value::Number(88.5));
        let keep = Expression::Pipeline {
            source: Box::new(name("rows")),
            stages: vec![Stage::Where(binary(Operator::Greater, left.clone(), limit))],
        };
        let count = call(Function::Count, vec![keep.clone()]);
        let [kept, counted] = [keep, count].map(|asked| both(&asked, &scope));
        assert_eq!(kept.0, kept.1);
        assert_eq!(counted.0, counted.1);
        counted.0
    };
    let few = among(&[], &column("amount"));
    let more = among(&[(40_000, large), (69_999, large)], &column("amount"));
    assert_ne!(few, more);
    let one = *constant(Value::Integer(1));
    let share = binary(Operator::Divide, one, column("amount"));
    among(&[(40_000, 0), (69_999, 0)], &share);
}

#[test]
fn the_tiers_agree_on_slices_of_tables() {
    let mut random = Rng::with_seed(99);
    for _ in 0..200 {
        let whole = random::table(&mut random, 40, true);
        let from = random.usize(..20);
        let table = Table {
            row: Arc::clone(&whole.row),
            batch: whole.batch.slice(from, random.usize(1..20)),
        };
        let scope = random::scope().with("rows", Value::Table(table.clone()));
        let condition = random::expression(&mut random, 0, 3);
        let keep = Expression::Pipeline {
            source: Box::new(name("rows")),
            stages: vec![Stage::Where(condition)],
        };
        let (interpreted, compiled) = both(&keep, &scope);
        assert_eq!(interpreted, compiled, "{keep:?}");
    }
}

/// What the goal of the tier names is native, not merely right.
#[test]
fn what_analysts_write_is_native() {
    let mut random = Rng::with_seed(1);
    let table = random::table(&mut random, 9, true);
    let scope = random::scope();
    let integer = |integer| *constant(Value::Integer(integer));
    for expression in [
        binary(
            Operator::Greater,
            column("c2"),
            *constant(Value::Number(0.5)),
        ),
        Expression::And(
            Box::new(binary(Operator::GreaterOrEqual, column("c1?"), integer(1))),
            Box::new(binary(Operator::LessOrEqual, column("c1?"), integer(5))),
        ),
        binary(
            Operator::Multiply,
            binary(Operator::Add, column("c2"), column("c1")),
            column("c3"),
        ),
        binary(
            Operator::Greater,
            column("c5?"),
            *constant(money("2.5", "USD")),
        ),
        binary(
            Operator::Multiply,
            column("c5"),
            *constant(Value::Percent(0.5)),
        ),
        binary(
            Operator::Less,
            column("c8?"),
            binary(
                Operator::Subtract,
                call(Function::Now, vec![]),
                call(Function::Days, vec![integer(30)]),
            ),
        ),
        Expression::In {
            value: Box::new(column("c12?")),
            set: constant(crate::common::list(vec![text("red"), text("green")])),
        },
        binary(Operator::Like, column("c10?"), *constant(text("%een%"))),
        binary(Operator::Equal, column("c10"), *constant(text("red"))),
        Expression::IsPresent(Box::new(column("c10?"))),
        Expression::Coalesce(Box::new(column("c2?")), constant(Value::Number(0.0))),
        Expression::If {
            condition: Box::new(column("c0?")),
            then: Box::new(column("c9")),
            otherwise: constant(Value::Duration(0)),
        },
        call(Function::Round, vec![column("c2"), integer(2)]),
        binary(Operator::Subtract, column("c6"), column("c6?")),
    ] {
        assert!(
            is_native(&expression, &table, &scope, &Clock),
            "{expression:?}"
        );
    }
}

/// The mistakes of the documentation, one row among many, in each tier.
#[test]
fn mistakes_are_the_same_in_both_tiers() {
    let rows = |amount: i64, divisor: i64| {
        let mut cells = vec![vec![Value::Integer(1), Value::Integer(1)]; 3_000];
        cells[2_500] = vec![Value::Integer(amount), Value::Integer(divisor)];
        table(
            vec![("amount", Type::Integer), ("divisor", Type::Integer)],
            cells,
        )
    };
    let sum = binary(
        Operator::Add,
        column("amount"),
        *constant(Value::Integer(1)),
    );
    let ratio = binary(Operator::Divide, column("amount"), column("divisor"));
    let guarded = Expression::If {
        condition: Box::new(binary(
            Operator::Equal,
            column("divisor"),
            *constant(Value::Integer(0)),
        )),
        then: constant(Value::Number(0.0)),
        otherwise: Box::new(ratio.clone()),
    };
    for tier in [Tier::Interpreter, Tier::Native, Tier::Automatic] {
        let map = |value: &Expression, table: Table| {
            let pipeline = Expression::Pipeline {
                source: Box::new(name("rows")),
                stages: vec![Stage::Map {
                    value: value.clone(),
                    of: Type::Number,
                }],
            };
            let scope = Scope::default().with("rows", Value::Table(table));
            evaluate_with(tier, &pipeline, &scope, &Clock)
        };
        assert_eq!(code(map(&sum, rows(i64::MAX, 1))), "S972", "{tier:?}");
        assert_eq!(code(map(&ratio, rows(1, 0))), "S971", "{tier:?}");
        assert!(map(&guarded, rows(1, 0)).is_ok(), "{tier:?}");
    }
}

#[test]
fn two_currencies_fail_in_both_tiers() {
    let usd = money("1", "USD");
    let eur = money("1", "EUR");
    let Value::Money(_, euro) = &eur else {
        panic!("money");
    };
    let Value::Money(_, dollar) = &usd else {
        panic!("money");
    };
    let rows = table(
        vec![
            ("usd", Type::Money(dollar.clone())),
            ("eur", Type::Money(euro.clone())),
        ],
        vec![vec![usd, eur]; 600],
    );
    let scope = Scope::default().with("rows", Value::Table(rows));
    for operator in [Operator::Add, Operator::Less] {
        let pipeline = Expression::Pipeline {
            source: Box::new(name("rows")),
            stages: vec![Stage::Sort(vec![(
                binary(operator, column("usd"), column("eur")),
                false,
            )])],
        };
        for tier in [Tier::Interpreter, Tier::Native] {
            let found = evaluate_with(tier, &pipeline, &scope, &Clock);
            assert_eq!(code(found), "S973", "{tier:?}");
        }
    }
}

/// Doubles whose sum differs with the order in which they are added.
fn uneven(place: usize) -> f64 {
    let place = u32::try_from(place).expect("a few thousand rows");
    (0.1 + f64::from(place % 97)) * 10_f64.powi(i32::try_from(place % 13).expect("small"))
}

#[test]
fn sums_of_doubles_take_turns_in_both_tiers() {
    let there = Stage::Where(Expression::IsPresent(Box::new(column("amount"))));
    let one = *constant(Value::Number(1.0));
    let amount = Stage::Map {
        value: binary(Operator::Multiply, column("amount"), one),
        of: Type::Number,
    };
    let sum = |stages: Vec<Stage>, amounts: &[Option<f64>], of: Type| {
        let rows = Expression::Pipeline {
            source: Box::new(name("rows")),
            stages,
        };
        let cells = amounts
            .iter()
            .map(|amount| vec![amount.map_or(Value::None, Value::Number)]);
        let table = table(vec![("amount", of)], cells.collect());
        let scope = Scope::default().with("rows", Value::Table(table));
        let (interpreted, native) = both(&call(Function::Sum, vec![rows]), &scope);
        assert_eq!(interpreted, native);
        interpreted
    };
    let by_turns = |amounts: &[Option<f64>]| {
        let mut sums = [-0.0; 8];
        for (place, amount) in amounts.iter().flatten().enumerate() {
            sums[place % 8] += amount;
        }
        shown(&Ok(Value::Number(
            sums.iter().fold(-0.0, |all, sum| all + sum),
        )))
    };
    let full: Vec<Option<f64>> = (0..10_003).map(|place| Some(uneven(place))).collect();
    let of_full = sum(vec![amount.clone()], &full, Type::Number);
    assert_eq!(of_full, by_turns(&full));
    // Up to eight are added one after the other.
    let few = &full[..8];
    let added = few.iter().flatten().fold(-0.0, |all, next| all + next);
    let of_few = sum(vec![amount.clone()], few, Type::Number);
    assert_eq!(of_few, shown(&Ok(Value::Number(added))));
    // After a missing value, whose turn it is no longer goes by the row.
    let mut gaps = full;
    gaps[5_000] = None;
    gaps[9_999] = None;
    let of_gaps = sum(vec![there, amount], &gaps, Type::Number.optional());
    assert_eq!(of_gaps, by_turns(&gaps));
    assert_ne!(of_gaps, of_full);
}
