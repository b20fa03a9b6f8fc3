//! Real Snowflake queries: no false alarm, most columns typed, no base column lost.

#![allow(clippy::print_stdout, reason = "the shares are worth reading")]

use std::collections::{BTreeMap, BTreeSet};

use sophia_compiler::catalogue::{Column, Table};
use sophia_compiler::query::{QueryRequest, check_query};
use sophia_diagnostics::{LineIndex, Span};
use sophia_language::syntax::SqlText;
use sophia_plan::types::Type;

/// The share of output columns that must have a type, in percent.
const TYPED: usize = 95;

#[test]
fn real_queries_give_no_false_alarm() {
    let corpus = include_str!("data/snowflake.jsonl");
    let mut alarms = Vec::new();
    let mut lost = Vec::new();
    let mut untyped = Vec::new();
    let (mut queries, mut columns, mut typed, mut compared, mut covered) = (0, 0, 0, 0, 0);
    for line in corpus.lines() {
        let case: serde_json::Value = serde_json::from_str(line).expect("a JSON line");
        let id = case["id"].as_str().expect("an id");
        let sql = case["sql"].as_str().expect("a text");
        queries += 1;
        let shape = match check_query(&QueryRequest {
            sql: &SqlText {
                text: sql.to_owned(),
                start: 0,
                holes: Vec::new(),
                span: Span::new(0, sql.len()),
            },
            file: id.into(),
            connection: "warehouse",
            kind: "snowflake",
            tables: &tables(&case),
            units: &|_, _| None,
            synced_at: "2026-11-19T08:00:00Z",
            in_scope: &|_| false,
        }) {
            Ok(shape) => shape,
            Err(errors) => {
                let index = LineIndex::new(sql);
                for error in errors {
                    let at = index.position(error.span.start as usize);
                    alarms.push(format!(
                        "{id}:{}:{} {} {} {:?} | {}",
                        at.line,
                        at.column,
                        error.code,
                        error.message,
                        error.notes,
                        index.line(at.line)
                    ));
                }
                continue;
            }
        };
        for warning in &shape.warnings {
            println!("{id} {} {}", warning.code, warning.message);
        }
        let base_columns: BTreeSet<String> = tables(&case)
            .values()
            .flat_map(|table| &table.columns)
            .map(|column| column.name.to_uppercase())
            .collect();
        let expected = case["columns"].as_array().expect("columns");
        if expected.len() != shape.row.fields.len() {
            let names: Vec<_> = shape.row.fields.iter().map(|field| &field.name).collect();
            alarms.push(format!(
                "{id}: {} columns, expected {}: {names:?}",
                names.len(),
                expected.len()
            ));
        }
        for ((field, sources), expected) in
            shape.row.fields.iter().zip(&shape.lineage).zip(expected)
        {
            columns += 1;
            if *field.of.present() == Type::Unknown {
                untyped.push(format!(
                    "{id} {} (elsewhere {})",
                    field.name, expected["type"]
                ));
            } else {
                typed += 1;
            }
            let name = expected["name"].as_str().unwrap_or_default();
            if !field.name.starts_with("column_") && !name.eq_ignore_ascii_case(&field.name) {
                alarms.push(format!("{id}: column `{}`, expected `{name}`", field.name));
            }
            let Some(from) = expected["from"].as_array() else {
                continue;
            };
            compared += 1;
            let found: BTreeSet<String> = sources
                .keys()
                .map(|source| source.column.to_uppercase())
                .collect();
            // Elsewhere the columns of a recursive expression count as base columns too.
            let missing: Vec<_> = from
                .iter()
                .filter_map(|column| column.as_str())
                .filter(|column| base_columns.contains(&column.to_uppercase()))
                .filter(|column| !found.contains(&column.to_uppercase()))
                .collect();
            if missing.is_empty() {
                covered += 1;
            } else {
                lost.push(format!(
                    "{id} {}: without {missing:?}, found {found:?}",
                    field.name
                ));
            }
        }
    }
    println!(
        "{queries} queries, {columns} columns, {typed} typed, {covered} of {compared} with every base column"
    );
    for line in untyped.iter().chain(&lost) {
        println!("  {line}");
    }
    assert!(alarms.is_empty(), "{}\n{}", alarms.len(), alarms.join("\n"));
    assert_eq!(queries, 98);
    assert!(typed * 100 >= columns * TYPED, "{typed} of {columns} typed");
    assert_eq!(covered, compared, "{}", lost.join("\n"));
}

fn tables(case: &serde_json::Value) -> BTreeMap<String, Table> {
    let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    case["tables"]
        .as_array()
        .expect("tables")
        .iter()
        .map(|table| {
            let key = format!(
                "{}.{}.{}",
                word(&table["catalog"]),
                word(&table["schema"]),
                word(&table["name"])
            );
            let columns = table["columns"]
                .as_array()
                .expect("columns")
                .iter()
                .map(|column| Column {
                    name: word(&column["name"]),
                    declared: word(&column["type"]),
                    nullable: true,
                    labels: Vec::new(),
                })
                .collect();
            (
                key,
                Table {
                    columns,
                    ..Table::default()
                },
            )
        })
        .collect()
}
