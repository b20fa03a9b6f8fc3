//! The project that is measured: made up, and the same every time.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sophia_compiler::catalogue::{Catalogue, Column, Connection, Server, Table, ToolCall};

pub const PLAYBOOKS: usize = 1_000;
pub const TABLES: usize = 2_000;
pub const TOOLS: usize = 26;
pub const CALLS: usize = 20;
/// Each is used by every hundredth playbook.
pub const MODULES: usize = 100;

/// A lock that pins everything.
pub fn catalogue() -> Catalogue {
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
                ..Table::default()
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

/// A module that every playbook of its number uses.
pub fn module(number: usize) -> String {
    format!(
        r#"## What several playbooks share.
module shared.desk_{number}

function worded(who: text, what: text) -> text = "{{who}} failed: {{what}}"

function weighed(total: number, least: number) -> number = total / 2.5 - least
"#
    )
}

/// A playbook of sixty lines: two queries, a model, a pipeline, a loop with effects, a branch.
pub fn playbook(number: usize) -> String {
    long_playbook(number, 1)
}

/// A playbook that does `parts` times what a playbook of sixty lines does.
pub fn long_playbook(number: usize, parts: usize) -> String {
    let (tool, call, desk) = (number % TOOLS, number % CALLS, number % MODULES);
    let mut text = format!(
        r#"## Looks after accounts of group {number}.
playbook playbook_{number}

use warehouse, tool_{tool}, shared.desk_{desk}

trigger every weekday at 08:00

input least: number = 100.5
input most: integer = 50

type Advice {{
  reason:    text                      ## One sentence.
  next_step: "call" | "email" | "wait"
  urgency:   1..5
}}
"#
    );
    for part in 0..parts {
        let suffix = if part == 0 {
            String::new()
        } else {
            format!("_{part}")
        };
        text.push_str(&body(number, part, &suffix));
    }
    let _ = write!(
        text,
        r#"
on failure as f {{
  do tool_{tool}.send_{call}(id: "ops", text: desk_{desk}.worded("playbook_{number}", f.message), urgency: 5)
}}
"#
    );
    text
}

fn body(number: usize, part: usize, suffix: &str) -> String {
    let (one, other) = ((number + part) % TABLES, (number * 7 + part + 1) % TABLES);
    let (tool, call, desk) = (number % TOOLS, number % CALLS, number % MODULES);
    format!(
        r#"
query accounts{suffix} from warehouse, at most 1000 rows {{
  select a.customer_id, a.region, sum(a.amount) as total, count(*) as payments,
         max(b.visits) as visits
  from   table_{one} a
  left join table_{other} b on b.customer_id = a.customer_id
  where  a.active and a.amount > {{least}}
  group by a.customer_id, a.region
  having count(*) > 2
}}

query notes_of{suffix}(customer: text) from warehouse, at most 20 rows {{
  select id, note, paid_on
  from   table_{other}
  where  customer_id = {{customer}} and note is not null
  order by paid_on desc
}}

model advise{suffix}(region: text, total: number) -> Advice {{
  route local
  prompt """
    You advise managers. Be concrete and short.
    The account is in {{region}} and has paid {{total}}.
    """
  otherwise {{ reason: "Paid {{total}} so far.", next_step: "call", urgency: 3 }}
}}

let chosen{suffix} = accounts{suffix}
  | where region is present and total > 0
  | add   share = desk_{desk}.weighed(total, 0.5)
  | sort  by share descending
  | take  most

for each account{suffix} in chosen{suffix} | take 50, 4 at a time {{
  let recent = notes_of{suffix}(account{suffix}.customer_id)
  let advice = advise{suffix}(account{suffix}.region, account{suffix}.total)
  skip "Nothing to say." when count(recent) = 0
  if advice.urgency >= 3 {{
    do tool_{tool}.send_{call}(id: account{suffix}.customer_id, text: "{{advice.reason}} ({{count(recent)}} notes)", urgency: 3)
      at most once per account{suffix}.customer_id in 7 days
      retry 3 times over 10 minutes
  }}
}}
"#
    )
}
