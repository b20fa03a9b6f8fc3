//! How long the SQL checker takes over real queries: the median and the 99th of a hundred, in milliseconds.
//!
//! A query is checked many times and stands with its median, so that whatever else the machine does in between
//! does not count; the slowest single check is told beside it.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program that measures reads the clock and prints"
)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use sophia_compiler::catalogue::{Column, Table};
use sophia_compiler::query::{QueryRequest, check_query};
use sophia_diagnostics::Span;
use sophia_language::syntax::SqlText;

/// How often each query is checked.
const ROUNDS: usize = 50;

fn main() {
    let corpus = include_str!("../tests/data/snowflake.jsonl");
    let cases: Vec<serde_json::Value> = corpus
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let mut times: Vec<f64> = Vec::new();
    let mut slowest = (0.0, String::new());
    let mut single: f64 = 0.0;
    for case in &cases {
        let sql = case["sql"].as_str().unwrap_or_default();
        let tables = tables(case);
        let text = SqlText {
            text: sql.to_owned(),
            start: 0,
            holes: Vec::new(),
            span: Span::new(0, sql.len()),
        };
        let mut rounds: Vec<f64> = Vec::new();
        for _ in 0..ROUNDS {
            let start = Instant::now();
            let _ = black_box(check_query(&QueryRequest {
                sql: &text,
                file: "example.sophia".into(),
                connection: "warehouse",
                kind: "snowflake",
                tables: &tables,
                units: &|_, _| None,
                synced_at: "2026-11-19T08:00:00Z",
                in_scope: &|_| false,
            }));
            let took = start.elapsed().as_secs_f64() * 1000.0;
            rounds.push(took);
        }
        rounds.sort_by(f64::total_cmp);
        let median = rounds.get(ROUNDS / 2).copied().unwrap_or(0.0);
        single = rounds.into_iter().fold(single, f64::max);
        if median > slowest.0 {
            slowest = (median, case["id"].to_string());
        }
        times.push(median);
    }
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or(0.0);
    println!(
        "{} queries, {ROUNDS} times each: p50 {:.2} ms, p99 {:.2} ms, slowest {:.2} ms ({}); slowest single check {single:.2} ms",
        cases.len(),
        at(50),
        at(99),
        slowest.0,
        slowest.1
    );
}

fn tables(case: &serde_json::Value) -> BTreeMap<String, Table> {
    let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    case["tables"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|table| {
            let key = ["catalog", "schema", "name"].map(|part| word(&table[part]));
            let columns = table["columns"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|column| Column {
                    name: word(&column["name"]),
                    declared: word(&column["type"]),
                    nullable: true,
                    labels: Vec::new(),
                })
                .collect();
            let table = Table {
                columns,
                ..Table::default()
            };
            (key.join("."), table)
        })
        .collect()
}
