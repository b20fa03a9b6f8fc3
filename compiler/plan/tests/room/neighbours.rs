//! Joins, windows and groups over generated tables, held against plain models of them.

use std::sync::Arc;

use proptest::prelude::*;
use sophia_plan::expression::{
    Expression, Function, JoinKind, JoinOn, Operator, Stage, WindowCall,
};
use sophia_plan::{Record, Table, Type, Value};

use crate::common::{binary, call, column, constant, name, pipeline, row_type, run, table};

/// A key that may be missing, and a number that may be.
type Row = (Option<i64>, Option<i64>);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let small = || proptest::option::weighted(0.8, -2_i64..4);
    proptest::collection::vec((small(), small()), 0..14)
}

fn cell(value: Option<i64>) -> Value {
    value.map_or(Value::None, Value::Integer)
}

fn fields(first: &'static str, second: &'static str) -> Vec<(&'static str, Type)> {
    vec![
        (first, Type::Integer.optional()),
        (second, Type::Integer.optional()),
    ]
}

fn source(rows: &[Row], first: &'static str, second: &'static str) -> Table {
    let cells = rows
        .iter()
        .map(|(key, value)| vec![cell(*key), cell(*value)])
        .collect();
    table(fields(first, second), cells)
}

fn records(value: &Value) -> Vec<Arc<Record>> {
    match value {
        Value::Table(table) => table.records().collect(),
        other => panic!("no table: {other:?}"),
    }
}

fn integer(record: &Record, name: &str) -> Option<i64> {
    match record.get(name) {
        Some(Value::Integer(integer)) => Some(*integer),
        Some(Value::None) => None,
        other => panic!("{name}: {other:?}"),
    }
}

fn window(call: WindowCall, by: Option<bool>, per: bool) -> Expression {
    let looks = !matches!(call, WindowCall::Rank | WindowCall::RowNumber);
    Expression::Window {
        call,
        argument: looks.then(|| Box::new(column("b"))),
        by: by.map(|descending| (Box::new(column("b")), descending)),
        per: if per { vec!["a".into()] } else { Vec::new() },
    }
}

/// What comes before: present values by size, missing ones last either way.
fn before(left: Option<i64>, right: Option<i64>, descending: bool) -> std::cmp::Ordering {
    match (left, right) {
        (Some(left), Some(right)) if descending => right.cmp(&left),
        (Some(left), Some(right)) => left.cmp(&right),
        (left, right) => left.is_none().cmp(&right.is_none()),
    }
}

/// The value of a window function for one row, from all rows.
fn modelled(call: WindowCall, by: Option<bool>, per: bool, rows: &[Row], at: usize) -> Option<i64> {
    let mut part: Vec<usize> = (0..rows.len())
        .filter(|row| !per || rows[*row].0 == rows[at].0)
        .collect();
    if let Some(descending) = by {
        part.sort_by(|left, right| before(rows[*left].1, rows[*right].1, descending));
    }
    let place = part
        .iter()
        .position(|row| *row == at)
        .expect("its own part");
    let equal = |row: usize| by.is_none() || rows[row].1 == rows[at].1;
    let first_equal = part.iter().position(|row| equal(*row)).expect("itself");
    let up_to: Vec<i64> = part
        .iter()
        .enumerate()
        .filter(|(index, row)| *index <= place || equal(**row))
        .filter_map(|(_, row)| rows[*row].1)
        .collect();
    let whole = |place: usize| i64::try_from(place).expect("small");
    match call {
        WindowCall::Rank => Some(whole(first_equal + 1)),
        WindowCall::RowNumber => Some(whole(place + 1)),
        WindowCall::Count => Some(whole(up_to.len())),
        WindowCall::Sum => Some(up_to.iter().sum()),
        WindowCall::Min => up_to.iter().min().copied(),
        WindowCall::Max => up_to.iter().max().copied(),
        WindowCall::Previous => rows[*part.get(place.checked_sub(1)?)?].1,
        WindowCall::Next => rows[*part.get(place + 1)?].1,
        WindowCall::First => rows[part[0]].1,
        WindowCall::Last => rows[*part.last()?].1,
        WindowCall::Average => unreachable!("not among the calls"),
    }
}

const CALLS: [WindowCall; 10] = [
    WindowCall::Rank,
    WindowCall::RowNumber,
    WindowCall::Count,
    WindowCall::Sum,
    WindowCall::Min,
    WindowCall::Max,
    WindowCall::Previous,
    WindowCall::Next,
    WindowCall::First,
    WindowCall::Last,
];

proptest! {
    #[test]
    fn windows_are_what_a_plain_model_gives(
        rows in rows(),
        call in proptest::sample::select(CALLS.to_vec()),
        by in proptest::option::of(any::<bool>()),
        per in any::<bool>(),
    ) {
        let mut after = fields("a", "b");
        after.push(("w", Type::Integer.optional()));
        let stage = Stage::Add {
            columns: vec![("w".into(), window(call, by, per))],
            row: row_type(after),
        };
        let found = run(&pipeline(Value::Table(source(&rows, "a", "b")), vec![stage])).expect("rows");
        for (at, record) in records(&found).iter().enumerate() {
            prop_assert_eq!(integer(record, "w"), modelled(call, by, per, &rows, at), "row {}", at);
        }
    }

    #[test]
    fn joins_are_what_a_nested_loop_gives(
        left in rows(),
        right in rows(),
        optional in any::<bool>(),
        by_condition in any::<bool>(),
        also_less in any::<bool>(),
    ) {
        // By columns the keys have one name, by a condition they have two.
        let theirs = if by_condition { ("c", "d") } else { ("a", "d") };
        let field = |field: &str| Expression::Field {
            of: Box::new(name("t")),
            name: field.into(),
            optional: false,
        };
        let on = if by_condition {
            let equal = binary(Operator::Equal, field("c"), column("a"));
            let less = binary(Operator::Less, column("b"), field("d"));
            JoinOn::Condition(if also_less {
                Expression::And(Box::new(less), Box::new(equal))
            } else {
                equal
            })
        } else {
            JoinOn::Columns(vec!["a".into()])
        };
        let other = row_type(fields(theirs.0, theirs.1));
        let mut after = fields("a", "b");
        after.push(("t", Type::Record(other).optional()));
        let stage = Stage::Join {
            source: *constant(Value::Table(source(&right, theirs.0, theirs.1))),
            kind: if optional { JoinKind::Optional } else { JoinKind::Inner },
            binding: Some("t".into()),
            on,
            row: row_type(after),
        };
        let found = run(&pipeline(Value::Table(source(&left, "a", "b")), vec![stage])).expect("rows");
        let mut expected = Vec::new();
        for one in &left {
            let before = expected.len();
            for other in &right {
                let equal = one.0.is_some() && one.0 == other.0;
                let less = matches!((one.1, other.1), (Some(one), Some(other)) if one < other);
                if equal && (!by_condition || !also_less || less) {
                    expected.push((*one, Some(*other)));
                }
            }
            if optional && expected.len() == before {
                expected.push((*one, None));
            }
        }
        let came: Vec<(Row, Option<Row>)> = records(&found)
            .iter()
            .map(|record| {
                let own = (integer(record, "a"), integer(record, "b"));
                let other = match record.get("t") {
                    Some(Value::Record(other)) => {
                        Some((integer(other, theirs.0), integer(other, theirs.1)))
                    }
                    _ => None,
                };
                (own, other)
            })
            .collect();
        prop_assert_eq!(came, expected);
    }

    #[test]
    fn groups_are_what_a_plain_model_gives(rows in rows()) {
        let mut after = fields("a", "total");
        after.push(("many", Type::Integer));
        let stage = Stage::Group {
            by: vec!["a".into()],
            columns: vec![
                ("total".into(), call(Function::Sum, vec![column("b")])),
                ("many".into(), call(Function::Count, Vec::new())),
            ],
            row: row_type(after),
        };
        let found = run(&pipeline(Value::Table(source(&rows, "a", "b")), vec![stage])).expect("rows");
        let mut expected: Vec<(Option<i64>, Option<i64>, Option<i64>)> = Vec::new();
        for (key, value) in &rows {
            let value = value.unwrap_or(0);
            match expected.iter_mut().find(|(known, ..)| known == key) {
                Some((_, total, many)) => {
                    *total = total.map(|total| total + value);
                    *many = many.map(|many| many + 1);
                }
                None => expected.push((*key, Some(value), Some(1))),
            }
        }
        let came: Vec<_> = records(&found)
            .iter()
            .map(|row| (integer(row, "a"), integer(row, "total"), integer(row, "many")))
            .collect();
        prop_assert_eq!(came, expected);
    }
}

#[test]
fn keys_of_two_kinds_of_numbers_find_each_other() {
    let left = table(
        vec![("a", Type::Integer)],
        vec![vec![Value::Integer(1)], vec![Value::Integer(1 << 53)]],
    );
    let right = table(
        vec![("a", Type::Number)],
        vec![
            vec![Value::Number(1.0)],
            vec![Value::Number(9_007_199_254_740_992.0)],
        ],
    );
    let stage = Stage::Join {
        source: *constant(Value::Table(right)),
        kind: JoinKind::Inner,
        binding: None,
        on: JoinOn::Columns(vec!["a".into()]),
        row: row_type(vec![("a", Type::Integer)]),
    };
    let found = run(&pipeline(Value::Table(left), vec![stage])).expect("rows");
    assert_eq!(records(&found).len(), 2);
}

#[test]
fn a_running_total_holds_equal_rows_together() {
    let rows = [(Some(1), Some(5)), (Some(1), Some(5)), (Some(1), Some(7))];
    let totals: Vec<_> = (0..3)
        .map(|at| modelled(WindowCall::Sum, Some(false), true, &rows, at))
        .collect();
    assert_eq!(totals, [Some(10), Some(10), Some(17)]);
}

proptest! {
    #[test]
    fn a_long_list_holds_what_going_through_it_finds(
        items in proptest::collection::vec(-40_i64..40, 0..60),
        wanted in -40_i64..40,
        kind in 0..3,
    ) {
        let items: Vec<Value> = items
            .into_iter()
            .map(|item| match item.rem_euclid(3) {
                0 => Value::Integer(item),
                1 => Value::Decimal(item.into()),
                _ => Value::None,
            })
            .collect();
        let wanted = match kind {
            0 => Value::Integer(wanted),
            1 => Value::Decimal(wanted.into()),
            _ => Value::Number(f64::from(i32::try_from(wanted).expect("small"))),
        };
        let expected = items.iter().any(|item| sophia_plan::evaluate::same(item, &wanted));
        let found = run(&Expression::In {
            value: constant(wanted),
            set: constant(Value::List(Arc::new(items))),
        });
        prop_assert_eq!(found, Ok(Value::Boolean(expected)));
    }
}
