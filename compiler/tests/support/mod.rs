//! Queries over a small catalogue, for the tests of the checker.

#![allow(dead_code, reason = "each test uses a part")]

use std::collections::BTreeMap;

use sophia_compiler::catalogue::{Column, Table};
use sophia_compiler::query::{CommandShape, QueryRequest, QueryShape, check_command, check_query};
use sophia_diagnostics::{Diagnostic, Span};
use sophia_language::syntax::{Expression, SqlText};
use sophia_plan::types::{Currency, Type};

/// `name type`, with `?` behind a type that may be missing.
pub const TABLES: &[(&str, &[&str])] = &[
    (
        "customers",
        &[
            "customer_id TEXT",
            "tenure INTEGER",
            "contract TEXT",
            "monthly_charges REAL",
            "total_charges REAL?",
            "churn TEXT",
            "email TEXT?",
            "signed_on DATE?",
            "active BOOLEAN",
        ],
    ),
    (
        "payments",
        &[
            "id INTEGER",
            "customer_id TEXT",
            "amount NUMERIC",
            "fee NUMERIC",
            "discount REAL?",
            "paid_at TIMESTAMP?",
        ],
    ),
    (
        "orders",
        &[
            "order_id TEXT",
            "region TEXT",
            "placed_at TIMESTAMP",
            "total NUMERIC?",
        ],
    ),
    (
        "order_lines",
        &[
            "order_id TEXT",
            "line INTEGER",
            "sku TEXT",
            "quantity INTEGER",
        ],
    ),
    ("notes", &["note_id TEXT", "body TEXT"]),
];

/// The primary keys that are known. Of the other tables nobody knows them.
const KEYS: &[(&str, &[&str])] = &[
    ("orders", &["order_id"]),
    ("order_lines", &["order_id", "line"]),
    ("notes", &[]),
];

pub fn tables() -> BTreeMap<String, Table> {
    TABLES
        .iter()
        .map(|(name, columns)| {
            let columns = columns
                .iter()
                .map(|column| {
                    let (name, declared) = column.split_once(' ').expect("name and type");
                    Column {
                        name: name.to_owned(),
                        declared: declared.trim_end_matches('?').to_owned(),
                        nullable: declared.ends_with('?'),
                        labels: Vec::new(),
                    }
                })
                .collect();
            (
                (*name).to_owned(),
                Table {
                    columns,
                    key: (KEYS.iter())
                        .find(|(table, _)| table == name)
                        .map(|(_, key)| key.iter().map(ToString::to_string).collect()),
                    ..Table::default()
                },
            )
        })
        .collect()
}

/// Checks a query whose text begins at byte 100 of its file, with `{…}` as holes. `plan` and `least` are names in
/// scope.
pub fn check_in(kind: &str, sql: &str) -> Result<QueryShape, Vec<Diagnostic>> {
    requested(kind, sql, check_query)
}

/// Checks a command in the same way.
pub fn command_in(kind: &str, sql: &str) -> Result<CommandShape, Vec<Diagnostic>> {
    requested(kind, sql, check_command)
}

fn requested<S>(kind: &str, sql: &str, check: impl FnOnce(&QueryRequest<'_>) -> S) -> S {
    let mut text = String::new();
    let mut holes = Vec::new();
    let mut quoted = false;
    let mut rest = sql;
    while let Some(at) = rest.find(['{', '\'']) {
        let (before, after) = rest.split_at(at);
        text.push_str(before);
        if after.starts_with('\'') || quoted {
            quoted ^= after.starts_with('\'');
            text.push_str(&after[..1]);
            rest = &after[1..];
            continue;
        }
        let (inside, after) = after[1..].split_once('}').expect("a closed hole");
        let start = 100 + text.len();
        let end = start + inside.len() + 2;
        text.push_str(&" ".repeat(inside.len() + 2));
        let span = Span::new(start, end);
        holes.push((Expression::Missing(span), span));
        rest = after;
    }
    text.push_str(rest);
    let span = Span::new(99, 101 + text.len());
    let sql = SqlText {
        text,
        start: 100,
        holes,
        span,
    };
    let usd = || Type::Money(Currency("USD".into()));
    check(&QueryRequest {
        sql: &sql,
        file: "example.sophia".into(),
        connection: "warehouse",
        kind,
        tables: &tables(),
        units: &|table, column| match (table, column) {
            ("payments", "amount") => Some(usd()),
            ("payments", "fee") => Some(Type::Money(Currency("EUR".into()))),
            ("payments", "discount") => Some(Type::Percent),
            _ => None,
        },
        synced_at: "2026-11-19T08:00:00Z",
        in_scope: &|name| matches!(name, "plan" | "least"),
    })
}

/// The row of a query that is right: `name: type, …`.
pub fn row(kind: &str, sql: &str) -> String {
    let shape = check_in(kind, sql).unwrap_or_else(|errors| panic!("{sql}: {errors:?}"));
    shape
        .row
        .fields
        .iter()
        .map(|field| format!("{}: {}", field.name, field.of))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The mistakes of a query: `CODE at the marked text`.
pub fn mistakes(kind: &str, sql: &str) -> Vec<String> {
    let errors = match check_in(kind, sql) {
        Ok(shape) => shape.warnings,
        Err(errors) => errors,
    };
    marked(&errors, sql)
}

/// The mistakes of a command in the same form.
pub fn command_mistakes(kind: &str, sql: &str) -> Vec<String> {
    let errors = match command_in(kind, sql) {
        Ok(shape) => shape.warnings,
        Err(errors) => errors,
    };
    marked(&errors, sql)
}

fn marked(errors: &[Diagnostic], sql: &str) -> Vec<String> {
    errors
        .iter()
        .map(|error| {
            let range = error.span.range();
            let marked = sql.get(range.start - 100..range.end - 100).unwrap_or("?");
            format!("{} at {marked}", error.code)
        })
        .collect()
}

/// Holds queries, each with the kinds of sources that take it, to be without a mistake.
pub fn are_sound(queries: &[(&[&str], &str)]) {
    let mut wrong = Vec::new();
    for (kinds, sql) in queries {
        for kind in *kinds {
            if let Err(errors) = check_in(kind, sql) {
                let told: Vec<String> = (errors.iter())
                    .map(|error| format!("{} {}", error.code, error.message))
                    .collect();
                wrong.push(format!("{kind}: {sql}\n    {told:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
