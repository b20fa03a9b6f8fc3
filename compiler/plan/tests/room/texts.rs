//! Questions about the texts of a column have the answers that one text has, wherever it stands among the others.

use std::sync::Arc;

use fastrand::Rng;
use sophia_plan::expression::{Expression, Function, Operator, Stage};
use sophia_plan::{Scope, Table, Tier, Type, Value, evaluate_with, is_native};

use crate::common::{Clock, binary, call, column, constant, list, name, table, text};

/// Few letters, so that what is searched stands in many texts, begins in one and goes on in the next, and almost stands
/// somewhere. One of several bytes, and the one that texts in other languages end with.
const LETTERS: [char; 4] = ['a', 'b', 'é', '\0'];

fn word(random: &mut Rng, letters: usize, length: usize) -> String {
    (0..length)
        .map(|_| LETTERS[random.usize(..letters)])
        .collect()
}

/// Texts with gaps between them: short ones, such as fit into one look, and long ones.
fn texts(random: &mut Rng, rows: usize) -> Vec<Option<String>> {
    let letters = random.usize(2..=LETTERS.len());
    let longest = [3, 12, 40, 70, 300][random.usize(..5)];
    let gaps = random.bool();
    (0..rows)
        .map(|_| {
            let length = random.usize(..=longest);
            let word = word(random, letters, length);
            (!gaps || random.u8(..6) != 0).then_some(word)
        })
        .collect()
}

/// Something to ask for: a part of one of the texts, all of it, or what may stand in none.
fn wanted(random: &mut Rng, texts: &[Option<String>]) -> String {
    let some = texts[random.usize(..texts.len())].clone();
    let letters: Vec<char> = some.unwrap_or_default().chars().collect();
    match random.u8(..4) {
        0 => {
            let length = random.usize(..20);
            word(random, 2, length)
        }
        1 => letters.iter().collect(),
        _ => {
            let from = random.usize(..=letters.len());
            let to = random.usize(from..=letters.len());
            letters[from..to].iter().take(24).collect()
        }
    }
}

type Test = fn(&str, &str) -> bool;

/// The questions, and what they mean for one text.
fn questions(wanted: &str) -> Vec<(Expression, Test)> {
    let like = |pattern: String| binary(Operator::Like, column("text"), *constant(text(&pattern)));
    let compared = |operator| binary(operator, column("text"), *constant(text(wanted)));
    let one_of = Expression::In {
        value: Box::new(column("text")),
        set: constant(list(vec![text(wanted), text("ab")])),
    };
    vec![
        (like(format!("%{wanted}%")), |text, wanted| {
            text.contains(wanted)
        }),
        (like(format!("{wanted}%")), |text, wanted| {
            text.starts_with(wanted)
        }),
        (like(format!("%{wanted}")), |text, wanted| {
            text.ends_with(wanted)
        }),
        (compared(Operator::Equal), |text, wanted| text == wanted),
        (compared(Operator::NotEqual), |text, wanted| text != wanted),
        (compared(Operator::Less), |text, wanted| text < wanted),
        (one_of, |text, wanted| text == wanted || text == "ab"),
        (
            Expression::And(
                Box::new(Expression::IsPresent(Box::new(column("text")))),
                Box::new(call(
                    Function::Contains,
                    vec![column("text"), *constant(text(wanted))],
                )),
            ),
            |text, wanted| text.contains(wanted),
        ),
    ]
}

/// The rows that a question keeps, by their number.
fn kept(question: &Expression, table: &Table) -> Value {
    let keep = Expression::Pipeline {
        source: Box::new(name("rows")),
        stages: vec![
            Stage::Where(question.clone()),
            Stage::Map {
                value: column("row"),
                of: Type::Integer,
            },
        ],
    };
    let scope = Scope::default().with("rows", Value::Table(table.clone()));
    evaluate_with(Tier::Native, &keep, &scope, &Clock).expect("a question without a mistake")
}

fn holds(random: &mut Rng, rows: usize) {
    let texts = texts(random, rows);
    let cells = texts.iter().zip(0..).map(|(text, row)| {
        let text = (text.as_deref()).map_or(Value::None, crate::common::text);
        vec![Value::Integer(row), text]
    });
    let whole = table(
        vec![("row", Type::Integer), ("text", Type::Text.optional())],
        cells.collect(),
    );
    // A slice begins anywhere in a byte of bits.
    let from = random.usize(..rows.min(9));
    let part = Table {
        row: Arc::clone(&whole.row),
        batch: whole.batch.slice(from, rows - from),
    };
    let wanted = wanted(random, &texts);
    for (question, test) in questions(&wanted) {
        let rows = texts.iter().zip(0..).skip(from);
        let expected = rows
            .filter(|(text, _)| {
                text.as_deref()
                    .is_some_and(|text| test(text, wanted.as_str()))
            })
            .map(|(_, row)| Value::Integer(row));
        assert_eq!(
            format!("{:?}", kept(&question, &part)),
            format!("{:?}", list(expected.collect())),
            "{question:?} of {texts:?}"
        );
    }
}

#[test]
fn each_text_is_looked_at_as_if_it_stood_alone() {
    let mut random = Rng::with_seed(2026);
    for _ in 0..1_500 {
        let rows = random.usize(1..60);
        holds(&mut random, rows);
    }
}

#[test]
fn so_are_texts_among_thousands() {
    let mut random = Rng::with_seed(2027);
    for _ in 0..12 {
        let rows = random.usize(1_000..3_000);
        holds(&mut random, rows);
    }
}

#[test]
fn the_questions_are_native() {
    let table = table(vec![("text", Type::Text.optional())], vec![vec![text("a")]]);
    let scope = Scope::default().with("rows", Value::Table(table.clone()));
    for (question, _) in questions("a") {
        assert!(is_native(&question, &table, &scope, &Clock), "{question:?}");
    }
}
