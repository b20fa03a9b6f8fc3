//! Random row expressions and tables for them: every operator and type, with the values at which
//! arithmetic goes wrong, and now and then an expression that no checker would let through.

use std::sync::Arc;

use fastrand::Rng;
use jiff::Timestamp;
use jiff::civil::{date, time};
use sophia_plan::expression::{Expression, Function, Operator};
use sophia_plan::{Currency, FieldType, RecordType, Scope, Table, Type, Value};

use super::{binary, call, column, constant, exact, list, money, name, text};

/// The types of columns and expressions.
pub const KINDS: usize = 13;

/// A type by its number.
pub fn kind(number: usize) -> Type {
    match number % KINDS {
        0 => Type::Boolean,
        1 => Type::Integer,
        2 => Type::Number,
        3 => Type::Percent,
        4 => Type::Decimal,
        5 => Type::Money(Currency("USD".into())),
        6 => Type::Date,
        7 => Type::Time,
        8 => Type::Timestamp,
        9 => Type::Duration,
        10 => Type::Text,
        11 => Type::Range { from: -3, to: 9 },
        _ => Type::Literals(["red".into(), "green".into(), "".into()].into()),
    }
}

/// A column of each type, once never missing and once optional, and money of another currency.
pub fn row() -> Arc<RecordType> {
    let field = |name: String, of: Type| FieldType::new(name, of);
    let mut fields: Vec<FieldType> = (0..KINDS)
        .flat_map(|number| {
            [
                field(format!("c{number}"), kind(number)),
                field(format!("c{number}?"), kind(number).optional()),
            ]
        })
        .collect();
    fields.push(field("euro".into(), Type::Money(Currency("EUR".into()))));
    Arc::new(RecordType { name: None, fields })
}

/// A table with some rows. `tame` leaves out the values at which arithmetic goes wrong.
pub fn table(random: &mut Rng, rows: usize, tame: bool) -> Table {
    let row = row();
    let records: Vec<_> = (0..rows)
        .map(|_| {
            let fields = row
                .fields
                .iter()
                .map(|field| {
                    let missing = field.of.is_optional() && random.u8(..4) == 0;
                    let cell = if missing {
                        Value::None
                    } else {
                        value(random, field.of.present(), tame)
                    };
                    (Arc::clone(&field.name), cell)
                })
                .collect();
            Arc::new(sophia_plan::Record { fields })
        })
        .collect();
    Table::from_records(row, &records).expect("rows that fit")
}

fn pick<Item: Clone>(random: &mut Rng, items: &[Item]) -> Item {
    items[random.usize(..items.len())].clone()
}

/// A value of a type.
pub fn value(random: &mut Rng, of: &Type, tame: bool) -> Value {
    let tame = tame || random.u8(..3) > 0;
    match of {
        Type::Boolean => Value::Boolean(random.bool()),
        Type::Integer if tame => Value::Integer(random.i64(-9..10)),
        Type::Integer => Value::Integer(pick(
            random,
            &[
                i64::MAX,
                i64::MIN,
                1 << 53,
                (1 << 53) + 1,
                -(1 << 53) - 1,
                3_037_000_500,
                -1,
                0,
            ],
        )),
        Type::Number if tame => Value::Number(f64::from(random.i32(-40..40)) / 8.0),
        Type::Number => Value::Number(pick(
            random,
            &[
                f64::NAN,
                f64::INFINITY,
                f64::NEG_INFINITY,
                f64::MAX,
                1e300,
                -1e-300,
                -0.0,
                0.0,
                0.1,
                2.675,
                9_007_199_254_740_993.0,
                1e19,
            ],
        )),
        Type::Percent if tame => Value::Percent(f64::from(random.u8(..=100)) / 100.0),
        Type::Percent => Value::Percent(pick(random, &[0.0, -0.0, 1e308, 0.125, f64::NAN])),
        Type::Decimal => Value::Decimal(digits(random, tame)),
        Type::Money(currency) => Value::Money(digits(random, tame), currency.clone()),
        Type::Date if tame => Value::Date(date(2026, random.i8(1..=12), random.i8(1..=28))),
        Type::Date => Value::Date(pick(
            random,
            &[date(-9999, 1, 1), date(9999, 12, 31), date(1969, 12, 31)],
        )),
        Type::Time => Value::Time(pick(
            random,
            &[
                time(0, 0, 0, 0),
                time(8, 30, 0, 1_000),
                time(23, 59, 59, 999_999_000),
            ],
        )),
        Type::Timestamp if tame => Value::Timestamp(
            Timestamp::from_microsecond(random.i64(1_790_000_000_000_000..1_800_000_000_000_000))
                .expect("an instant"),
        ),
        Type::Timestamp => Value::Timestamp(
            Timestamp::from_microsecond(pick(
                random,
                &[
                    0,
                    -1,
                    Timestamp::MIN.as_second() * 1_000_000,
                    Timestamp::MAX.as_second() * 1_000_000,
                    1_763_782_200_123_456,
                ],
            ))
            .expect("an instant"),
        ),
        Type::Duration if tame => Value::Duration(random.i64(-3..4) * 86_400_000),
        Type::Duration => Value::Duration(pick(random, &[0, 1, -1, i64::MAX, i64::MIN, 3_600_000])),
        Type::Range { from, to } => Value::Integer(random.i64(*from..=*to)),
        Type::Literals(texts) => Value::Text(pick(random, texts)),
        _ => text(pick(
            random,
            &[
                "",
                "red",
                "green",
                "redred",
                "Größe",
                "a%b",
                "churn_watch",
                "redgreenred",
                "é",
                "a longer text than eight",
            ],
        )),
    }
}

fn digits(random: &mut Rng, tame: bool) -> rust_decimal::Decimal {
    if tame {
        return exact(pick(
            random,
            &["0", "1", "2.5", "-3.25", "10", "0.1", "19.99"],
        ));
    }
    exact(pick(
        random,
        &[
            "9223372036.854775807",
            "9223372036.854775808",
            "-79228162514264337593543950335",
            "0.000000001",
            "1234567.123456789",
        ],
    ))
}

/// Names that expressions use.
pub fn scope() -> Scope {
    Scope::default()
        .with("n1", Value::Integer(3))
        .with("n2", Value::Number(0.5))
        .with("n3", Value::Percent(0.2))
        .with("n4", Value::Decimal(exact("1.25")))
        .with("n5", money("10", "USD"))
        .with(
            "n8",
            Value::Timestamp(
                "2026-11-22T03:30:00.123456789Z"
                    .parse()
                    .expect("an instant"),
            ),
        )
        .with("n9", Value::Duration(86_400_000))
        .with("n10", text("red"))
        .with("nothing", Value::None)
        .with("numbers", list(vec![Value::Integer(1), Value::Number(2.5)]))
}

const COMPARISONS: [Operator; 6] = [
    Operator::Equal,
    Operator::NotEqual,
    Operator::Less,
    Operator::LessOrEqual,
    Operator::Greater,
    Operator::GreaterOrEqual,
];

/// An expression of a type's number, mostly.
pub fn expression(random: &mut Rng, number: usize, depth: u32) -> Expression {
    let number = if random.u8(..60) == 0 {
        random.usize(..KINDS)
    } else {
        number
    };
    if depth == 0 || random.u8(..5) == 0 {
        return leaf(random, number);
    }
    let deeper = depth - 1;
    match random.u8(..6) {
        0 => Expression::If {
            condition: Box::new(expression(random, 0, deeper)),
            then: Box::new(expression(random, number, deeper)),
            otherwise: Box::new(if random.u8(..6) == 0 {
                *constant(Value::None)
            } else {
                expression(random, number, deeper)
            }),
        },
        1 => Expression::Coalesce(
            Box::new(expression(random, number, deeper)),
            Box::new(expression(random, number, deeper)),
        ),
        _ => operation(random, number, deeper),
    }
}

fn leaf(random: &mut Rng, number: usize) -> Expression {
    match random.u8(..8) {
        0 | 1 => *constant(value(random, &kind(number), false)),
        2 if [1, 2, 3, 4, 5, 8, 9, 10].contains(&number) => name(&format!("n{number}")),
        3 if random.u8(..8) == 0 => *constant(Value::None),
        4 if number == 5 && random.u8(..4) == 0 => column("euro"),
        4 if number == 6 => call(Function::Today, vec![]),
        4 if number == 8 => call(Function::Now, vec![]),
        4 | 5 => column(&format!("c{number}?")),
        6 if number == 1 => column("c11"),
        _ => column(&format!("c{number}")),
    }
}

/// The pairs of types that an operator takes, for a result of a type.
fn operation(random: &mut Rng, number: usize, depth: u32) -> Expression {
    use Operator::{Add, Divide, Modulo, Multiply, Subtract};
    let pairs: &[(Operator, usize, usize)] = match number {
        0 => return condition(random, depth),
        1 => &[
            (Add, 1, 1),
            (Subtract, 1, 1),
            (Multiply, 1, 1),
            (Modulo, 1, 1),
        ],
        2 => &[
            (Add, 2, 1),
            (Subtract, 1, 2),
            (Multiply, 2, 2),
            (Divide, 1, 1),
            (Divide, 2, 2),
            (Divide, 3, 3),
            (Divide, 9, 9),
            (Divide, 5, 5),
            (Modulo, 2, 2),
            (Multiply, 3, 1),
            (Multiply, 2, 3),
        ],
        3 => &[(Add, 3, 3), (Subtract, 3, 3), (Multiply, 3, 3)],
        4 => &[
            (Add, 4, 4),
            (Add, 4, 1),
            (Subtract, 2, 4),
            (Multiply, 4, 1),
            (Multiply, 3, 4),
            (Multiply, 4, 4),
            (Modulo, 4, 4),
            (Divide, 4, 1),
        ],
        5 => &[
            (Add, 5, 5),
            (Subtract, 5, 5),
            (Multiply, 5, 1),
            (Multiply, 3, 5),
            (Multiply, 2, 5),
            (Divide, 5, 1),
        ],
        6 => &[(Add, 6, 9), (Subtract, 6, 9), (Add, 9, 6)],
        7 => &[(Add, 7, 9), (Subtract, 7, 9)],
        8 => &[(Add, 8, 9), (Subtract, 8, 9), (Add, 9, 8)],
        9 => &[
            (Add, 9, 9),
            (Subtract, 9, 9),
            (Subtract, 6, 6),
            (Subtract, 7, 7),
            (Subtract, 8, 8),
            (Multiply, 9, 1),
            (Multiply, 2, 9),
            (Divide, 9, 2),
            (Divide, 9, 1),
        ],
        _ => return leaf(random, number),
    };
    match (random.u8(..8), number) {
        (0, 1..=5 | 9) => {
            return Expression::Negate(Box::new(expression(random, number, depth)));
        }
        (1, 1) => return call(Function::Length, vec![leaf(random, 10)]),
        (1, 2 | 3) => {
            let digits = *constant(Value::Integer(random.i64(-2..5)));
            return call(
                Function::Round,
                vec![expression(random, number, depth), digits],
            );
        }
        (1, 9) => {
            let function = pick(
                random,
                &[Function::Days, Function::Hours, Function::Minutes],
            );
            let of = random.usize(1..3);
            return call(function, vec![expression(random, of, depth)]);
        }
        (2, 2 | 4) => {
            return Expression::Convert {
                value: Box::new(expression(random, 1, depth)),
                to: if random.bool() {
                    kind(number)
                } else {
                    kind(number).optional()
                },
            };
        }
        (3, 1) => {
            return Expression::Convert {
                value: Box::new(expression(random, 1, depth)),
                to: kind(11),
            };
        }
        _ => {}
    }
    let (operator, left, right) = pick(random, pairs);
    binary(
        operator,
        expression(random, left, depth),
        expression(random, right, depth),
    )
}

fn condition(random: &mut Rng, depth: u32) -> Expression {
    let any = random.usize(..KINDS);
    match random.u8(..14) {
        12 | 13 => guarded(random, any, depth),
        0 => Expression::Not(Box::new(expression(random, 0, depth))),
        1 | 2 => Expression::And(
            Box::new(expression(random, 0, depth)),
            Box::new(expression(random, 0, depth)),
        ),
        3 => Expression::Or(
            Box::new(expression(random, 0, depth)),
            Box::new(expression(random, 0, depth)),
        ),
        4 => Expression::IsPresent(Box::new(expression(random, any, depth))),
        5 => Expression::In {
            value: Box::new(expression(random, any, depth)),
            set: if random.u8(..5) == 0 {
                Box::new(name("numbers"))
            } else {
                let items = (0..random.usize(..5))
                    .map(|_| *constant(value(random, &kind(any), false)))
                    .collect();
                Box::new(Expression::List(items))
            },
        },
        6 => binary(
            Operator::Like,
            leaf(random, 10),
            *constant(text(pick(
                random,
                &[
                    "%", "", "red", "red%", "%red", "%een%", "r%d", "gr__n", "%_%", "r%e%d", "%é%",
                ],
            ))),
        ),
        7 => {
            let function = pick(
                random,
                &[Function::Contains, Function::StartsWith, Function::EndsWith],
            );
            let part = *constant(value(random, &Type::Text, true));
            call(function, vec![leaf(random, 10), part])
        }
        8 => {
            // Kinds that mix.
            let numbers = [1, 2, 4, 11];
            let left = pick(random, &numbers);
            let right = pick(random, &numbers);
            binary(
                pick(random, &COMPARISONS),
                expression(random, left, depth),
                expression(random, right, depth),
            )
        }
        _ => binary(
            pick(random, &COMPARISONS),
            expression(random, any, depth),
            expression(random, any, depth),
        ),
    }
}

/// A question about a column, mostly asked only where the column has a value.
fn guarded(random: &mut Rng, number: usize, depth: u32) -> Expression {
    let there = || Expression::IsPresent(Box::new(column(&format!("c{number}?"))));
    let guard = match random.u8(..4) {
        0 => Expression::And(Box::new(expression(random, 0, depth)), Box::new(there())),
        1 => Expression::Or(Box::new(expression(random, 0, depth)), Box::new(there())),
        _ => there(),
    };
    let question = binary(
        pick(random, &COMPARISONS),
        column(&format!("c{number}?")),
        expression(random, number, depth),
    );
    match random.u8(..3) {
        0 => Expression::If {
            condition: Box::new(guard),
            then: Box::new(question),
            otherwise: Box::new(expression(random, 0, depth)),
        },
        _ => Expression::And(Box::new(guard), Box::new(question)),
    }
}
