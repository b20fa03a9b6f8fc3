//! Whatever stands between the braces, the SQL checker answers: no panic, and every place it names is in the text.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use sophia_compiler::catalogue::{Column, Table};
use sophia_compiler::query::{QueryRequest, check_command, check_query};
use sophia_diagnostics::{Diagnostic, Span};
use sophia_language::syntax::{Expression, SqlText};

const TEXTS: &[&str] = &[
    include_str!("../agreement/tests/agreement/statements/both.sql"),
    include_str!("../agreement/tests/agreement/statements/postgres.sql"),
    include_str!("../agreement/tests/agreement/statements/sqlite.sql"),
    include_str!("../agreement/tests/agreement/statements/shops.sql"),
    "insert into people (id, name) values (1, 'a') on conflict (id) do update set name = excluded.name returning *;\n\
     update people set name = 'a', (email, boss) = ('x', 2) from tasks where tasks.owner = people.id returning id;\n\
     delete from people using tasks where tasks.owner = people.id;\n\
     merge into people p using tasks t on t.owner = p.id when matched and t.spent > 3 then update set name = 'x' \
     when not matched then insert (id, name) values (t.id, t.title);\n\
     with a as (select id from people) insert into tasks (id, owner) select id, id from a;\n",
];

/// Words and signs that meet where none expects them.
const STRANGE: &[&str] = &[
    "select",
    "from",
    "(",
    ")",
    ",",
    ";",
    "'",
    "\"",
    "$$",
    "--",
    "/*",
    "*/",
    "{{",
    "}}",
    "é",
    "🦀",
    "\u{0}",
    "::",
    "with recursive",
    "over (",
    "filter (where",
    "is",
    "is not",
    "between symmetric",
    "lateral",
    "unnest(",
    "[",
    "]",
    "->",
    "$1",
    "?",
    "values",
    "union all",
    "limit",
    "99999999999999999999",
    "having count(*) >= 18446744073709551615",
    "group by rollup (",
    "qualify",
    "*",
    ".",
    "returning",
    "default",
    "null",
    "as",
    "exclude",
    "x -> x",
    "array(",
];

static STATEMENTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let real = include_str!("data/snowflake.jsonl").lines().map(|line| {
        let case: serde_json::Value = serde_json::from_str(line).expect("a JSON line");
        case["sql"].as_str().expect("a text").to_owned()
    });
    TEXTS
        .iter()
        .flat_map(|text| text.split(";\n"))
        .map(ToOwned::to_owned)
        .chain(real)
        .filter(|sql| !sql.trim().is_empty())
        .collect()
});

fn tables() -> BTreeMap<String, Table> {
    [
        ("people", "id integer!, name text!, email text, boss integer, salary numeric, rate real, hired date!, active boolean!"),
        ("tasks", "id bigint!, owner integer, title text!, done boolean, weight real, due date, spent integer!, kind text!"),
        ("logs", "task bigint!, at timestamp!, what text, amount bigint, items variant"),
    ]
    .into_iter()
    .map(|(name, columns)| {
        let columns = columns
            .split(", ")
            .filter_map(|column| column.split_once(' '))
            .map(|(name, declared)| Column {
                name: name.to_owned(),
                declared: declared.trim_end_matches('!').to_owned(),
                nullable: !declared.ends_with('!'),
                labels: Vec::new(),
            })
            .collect();
        (name.to_owned(), Table { columns, ..Table::default() })
    })
    .collect()
}

/// Changes a text a little.
#[derive(Clone, Debug)]
enum Change {
    Cut(usize, usize),
    Put(usize, usize),
    Swap(usize, usize),
    Double(usize),
    Hole(usize),
}

fn change() -> impl Strategy<Value = Change> {
    let at = 0_usize..10_000;
    prop_oneof![
        (at.clone(), 1_usize..40).prop_map(|(at, length)| Change::Cut(at, length)),
        (at.clone(), 0..STRANGE.len()).prop_map(|(at, word)| Change::Put(at, word)),
        (at.clone(), at.clone()).prop_map(|(one, other)| Change::Swap(one, other)),
        at.clone().prop_map(Change::Double),
        at.prop_map(Change::Hole),
    ]
}

/// The changed text and its holes.
fn changed(sql: &str, changes: &[Change]) -> (String, Vec<Span>) {
    let mut words: Vec<String> = sql
        .split_inclusive(|c: char| !c.is_alphanumeric())
        .map(ToOwned::to_owned)
        .collect();
    for change in changes {
        let length = words.len().max(1);
        match change {
            Change::Cut(at, count) => {
                let at = at % length;
                let end = (at + count).min(words.len());
                if at < end {
                    words.drain(at..end);
                }
            }
            Change::Put(at, word) => words.insert(
                at % length.min(words.len() + 1),
                format!(" {} ", STRANGE[*word]),
            ),
            Change::Swap(one, other) => {
                if !words.is_empty() {
                    words.swap(one % length, other % length);
                }
            }
            Change::Double(at) => {
                if !words.is_empty() {
                    let word = words[at % length].clone();
                    words.insert(at % length, word);
                }
            }
            Change::Hole(at) => words.insert(at % length.min(words.len() + 1), "\u{1}".to_owned()),
        }
    }
    let mut text = String::new();
    let mut holes = Vec::new();
    for word in words {
        if word == "\u{1}" {
            let start = text.len();
            text.push_str("     ");
            holes.push(Span::new(start, text.len()));
        } else {
            text.push_str(&word);
        }
    }
    (text, holes)
}

fn told(text: &str, found: &[Diagnostic]) {
    for diagnostic in found {
        let range = diagnostic.span.range();
        assert!(
            text.get(range.clone()).is_some(),
            "{range:?} is no place in {text:?}: {}",
            diagnostic.message
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1500,
        rng_seed: RngSeed::Fixed(20_261_122),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]
    #[test]
    fn every_text_has_an_answer(
        which in 0_usize..100_000,
        kind in prop_oneof![Just("sqlite"), Just("postgres"), Just("snowflake")],
        changes in proptest::collection::vec(change(), 0..5),
    ) {
        let (text, holes) = changed(&STATEMENTS[which % STATEMENTS.len()], &changes);
        let tables = tables();
        let sql = SqlText {
            text: text.clone(),
            start: 0,
            holes: holes.into_iter().map(|span| (Expression::Missing(span), span)).collect(),
            span: Span::new(0, text.len()),
        };
        let request = QueryRequest {
            sql: &sql,
            file: "f".into(),
            connection: "c",
            kind,
            tables: &tables,
            units: &|_, _| None,
            synced_at: "",
            in_scope: &|name| name.len() > 1,
        };
        match check_query(&request) {
            Ok(shape) => {
                told(&text, &shape.warnings);
                let columns = shape.row.fields.len();
                prop_assert_eq!(shape.lineage.len(), columns);
                prop_assert_eq!(shape.holes.len(), columns);
                prop_assert_eq!(shape.hole_types.len(), sql.holes.len());
            }
            Err(errors) => {
                prop_assert!(!errors.is_empty());
                told(&text, &errors);
            }
        }
        match check_command(&request) {
            Ok(shape) => told(&text, &shape.warnings),
            Err(errors) => {
                prop_assert!(!errors.is_empty());
                told(&text, &errors);
            }
        }
    }
}
