//! How long a check of a large project takes from nothing, and how much memory: 1,000 playbooks of 60 lines against
//! a catalogue of 2,000 tables and 520 calls of tools.
//!
//! The project is made up, the same every time; it must be without mistakes, or the figure would be one of complaints.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program that measures reads the clock, the kernel's account of it, and prints"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use sophia_compiler::catalogue::{Catalogue, Column, Connection, Server, Table, ToolCall};
use sophia_compiler::project::{ConnectionSettings, Manifest, ModelSettings, ToolSettings};
use sophia_compiler::{Snapshot, SourceFile, check};

const PLAYBOOKS: usize = 1_000;
const TABLES: usize = 2_000;
const TOOLS: usize = 26;
const CALLS: usize = 20;
const ROUNDS: usize = 5;

fn main() {
    let snapshot = Snapshot {
        manifest: manifest(),
        catalogue: catalogue(),
        files: (0..PLAYBOOKS)
            .map(|number| SourceFile {
                path: Arc::from(format!("playbook_{number}.sophia")),
                text: Arc::from(playbook(number)),
            })
            .collect(),
    };
    let lines: usize = (snapshot.files.iter())
        .map(|file| file.text.lines().count())
        .sum();
    let checked = check(&snapshot);
    for diagnostic in checked.diagnostics.iter().take(5) {
        println!(
            "{} {}: {}",
            diagnostic.code, diagnostic.file, diagnostic.message
        );
    }
    assert!(checked.is_clean(), "the project has mistakes");
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            black_box(check(&snapshot));
            start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let median = times.get(ROUNDS / 2).copied().unwrap_or_default();
    println!(
        "{PLAYBOOKS} playbooks, {lines} lines, {TABLES} tables, {} calls: {median:.2} s (median of {ROUNDS}), peak {} MB",
        TOOLS * CALLS,
        peak()
    );
}

/// The most memory that the process had at a time, in megabytes, as the kernel counts it.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| {
        line.trim()
            .trim_end_matches(" kB")
            .trim()
            .parse::<u64>()
            .ok()
    });
    kilobytes.unwrap_or_default() / 1024
}

fn manifest() -> Manifest {
    Manifest {
        name: "large".to_owned(),
        currency: "USD".to_owned(),
        zone: "UTC".to_owned(),
        connections: [(
            "warehouse".to_owned(),
            ConnectionSettings {
                kind: "postgres".to_owned(),
                ..ConnectionSettings::default()
            },
        )]
        .into(),
        tools: (0..TOOLS)
            .map(|tool| {
                let content =
                    (0..CALLS).map(|call| (format!("send_{call}"), vec!["text".to_owned()]));
                let settings = ToolSettings {
                    content: content.collect(),
                    ..ToolSettings::default()
                };
                (format!("tool_{tool}"), settings)
            })
            .collect(),
        models: [(
            "local".to_owned(),
            ModelSettings {
                kind: "gguf".to_owned(),
                ..ModelSettings::default()
            },
        )]
        .into(),
        ..Manifest::default()
    }
}

fn catalogue() -> Catalogue {
    let column = |name: &str, declared: &str, nullable: bool| Column {
        name: name.to_owned(),
        declared: declared.to_owned(),
        nullable,
        labels: if name.ends_with("id") {
            vec!["trusted".to_owned()]
        } else {
            Vec::new()
        },
    };
    let tables: BTreeMap<String, Table> = (0..TABLES)
        .map(|number| {
            let columns = vec![
                column("id", "text", false),
                column("customer_id", "text", false),
                column("amount", "double precision", false),
                column("paid_on", "date", false),
                column("region", "text", true),
                column("note", "text", true),
                column("visits", "integer", false),
                column("active", "boolean", false),
            ];
            let table = Table {
                rows: Some(10_000),
                columns,
            };
            (format!("table_{number}"), table)
        })
        .collect();
    let call = |number: usize| {
        ToolCall {
        wire_name: format!("send_{number}"),
        digest: number.to_string(),
        input_schema: r#"{"type":"object","properties":{"id":{"type":"string"},"text":{"type":"string"},"urgency":{"type":"integer","minimum":1,"maximum":5}},"required":["id","text"]}"#.to_owned(),
        output_schema: Some(r#"{"type":"object","properties":{"ok":{"type":"boolean"},"id":{"type":"string"}},"required":["ok","id"]}"#.to_owned()),
        ..ToolCall::default()
    }
    };
    Catalogue {
        format: 1,
        synced_at: "2026-11-19T08:00:00Z".to_owned(),
        connections: [(
            "warehouse".to_owned(),
            Connection {
                kind: "postgres".to_owned(),
                tables,
            },
        )]
        .into(),
        tools: (0..TOOLS)
            .map(|tool| {
                let server = Server {
                    server: format!("tool_{tool}"),
                    version: "1".to_owned(),
                    calls: (0..CALLS)
                        .map(|number| (format!("send_{number}"), call(number)))
                        .collect(),
                };
                (format!("tool_{tool}"), server)
            })
            .collect(),
        ..Catalogue::default()
    }
}

/// A playbook of sixty lines: two queries, a model, a pipeline, a loop with effects, a branch, a test.
fn playbook(number: usize) -> String {
    let (one, other) = (number % TABLES, (number * 7 + 1) % TABLES);
    let (tool, call) = (number % TOOLS, number % CALLS);
    let mut text = String::new();
    let _ = write!(
        text,
        r#"## Looks after accounts of group {number}.
playbook playbook_{number}

use warehouse, tool_{tool}

trigger every weekday at 08:00

input least: number = 100.5
input most: integer = 50

type Advice {{
  reason:    text                      ## One sentence.
  next_step: "call" | "email" | "wait"
  urgency:   1..5
}}

query accounts from warehouse, at most 1000 rows {{
  select a.customer_id, a.region, sum(a.amount) as total, count(*) as payments,
         max(b.visits) as visits
  from   table_{one} a
  left join table_{other} b on b.customer_id = a.customer_id
  where  a.active and a.amount > {{least}}
  group by a.customer_id, a.region
  having count(*) > 2
}}

query notes_of(customer: text) from warehouse, at most 20 rows {{
  select id, note, paid_on
  from   table_{other}
  where  customer_id = {{customer}} and note is not null
  order by paid_on desc
}}

model advise(region: text, total: number) -> Advice {{
  route local
  prompt """
    You advise managers. Be concrete and short.
    The account is in {{region}} and has paid {{total}}.
    """
  otherwise {{ reason: "Paid {{total}} so far.", next_step: "call", urgency: 3 }}
}}

let chosen = accounts
  | where region is present and total > 0
  | add   share = total / 2
  | sort  by share descending
  | take  most

for each account in chosen | take 50, 4 at a time {{
  let recent = notes_of(account.customer_id)
  let advice = advise(account.region, account.total)
  skip "Nothing to say." when count(recent) = 0
  if advice.urgency >= 3 {{
    do tool_{tool}.send_{call}(id: account.customer_id, text: "{{advice.reason}} ({{count(recent)}} notes)", urgency: 3)
      at most once per account.customer_id in 7 days
      retry 3 times over 10 minutes
  }}
}}

on failure as f {{
  do tool_{tool}.send_{call}(id: "ops", text: "playbook_{number} failed: {{f.message}}", urgency: 5)
}}
"#
    );
    text
}
