//! A playbook that asks people, waits and is tested, for what the lines of a test and the cases of a `match` may say.

use crate::client::Client;
use crate::marked::cursor;
use crate::project::{LOCK, MANIFEST};
use serde_json::Value;

/// What the manifest of the tests' project has besides.
const MORE: &str = r#"
[groups]
finance = ["lee@example.com"]
managers = ["pat@example.com"]

[webhooks.slack.reacted]
type = "{ id: text, emoji: text, by: text? }"
key = "id"

[labels]
"slack.reacted.id" = "trusted"
"#;

/// Sound as it stands.
pub const DESK: &str = r##"playbook desk

use warehouse, slack

input region: text
input most: integer = 5

trigger on request (region: text) -> Outcome

type Outcome {
  status: "sent" | "refused"   ## What became of it.
  count:  integer
  note:   text?
}

query accounts(within: text) from warehouse, at most 100 rows {
  select c.customer_id, c.tenure, sum(p.amount) as paid
  from customers c
  left join payments p on p.customer_id = c.customer_id
  where c.region = {within} and c.tenure > 3 or c.email is null
  group by c.customer_id, c.tenure
}

model mood(of: text) -> "good" | "bad" | "unclear" {
  route local
  prompt """
    How does this customer feel?
    They have paid {of} in all.
    """
  otherwise "unclear"
}

let chosen = accounts(region)
  | add months = tenure * 12
  | take most

let felt = mood("{count(chosen)} accounts")

match felt {
  "bad" {
    ask "finance" to approve "Write to {count(chosen)} accounts?"
      within 4 hours
  }
  else { }
}

let sent = do slack.post_message(channel: "#ops", text: "Hello.")

let reaction = wait for slack.reacted as seen where seen.id = sent.ts
  within 2 days
  otherwise none

if reaction is missing {
  return { status: "refused", count: 0 }
}

return { status: "sent", count: count(chosen) }

test "it is sent" {
  given accounts = [{ customer_id: "a", tenure: 7, paid: 1.5 }]
  given mood = "good"
  run with { region: "north" }
  expect slack.post_message called once with { channel: "#ops" }
}
"##;

/// A session over this project in which the playbook is open as marked, and the place of the cursor.
pub fn session(marked: &str) -> (Client, (u32, u32)) {
    let (text, place) = cursor(marked);
    let manifest = format!("{MANIFEST}{MORE}");
    let mut client = Client::new(&[
        ("sophia.toml", &manifest),
        ("sophia.lock", LOCK),
        ("desk.sophia", DESK),
    ]);
    client.open("desk.sophia", &text);
    (client, place)
}

/// What is offered at a cursor: each label with what is written for it.
pub fn offered(marked: &str) -> Vec<(String, String)> {
    let (mut client, place) = session(marked);
    let list = client.ask("textDocument/completion", Client::at("desk.sophia", place));
    let items = list["items"].as_array().cloned().unwrap_or_default();
    let text = |item: &Value, key: &str| item[key].as_str().map(str::to_owned);
    let items = items.iter().map(|item| {
        let label = text(item, "label").unwrap_or_default();
        let written = text(item, "insertText").unwrap_or_else(|| label.clone());
        (label, written)
    });
    items.collect()
}

/// The labels that are offered at a cursor.
pub fn labels(marked: &str) -> Vec<String> {
    let offered = offered(marked).into_iter();
    offered.map(|(label, _)| label).collect()
}

/// The playbook with a cursor where `‸` stands in `by`, which replaces what stands once as `what`.
pub fn with(what: &str, by: &str) -> String {
    assert_eq!(DESK.matches(what).count(), 1, "`{what}` stands once");
    DESK.replacen(what, by, 1)
}

/// The playbook with a test more that has one line.
pub fn with_test(line: &str) -> String {
    format!("{DESK}\ntest \"another\" {{\n  {line}\n}}\n")
}

/// What is wrong with a text of the playbook.
pub fn wrong(text: &str) -> Vec<String> {
    let (mut client, _) = session(&format!("‸{text}"));
    client.settle();
    let found = client.complaints.get("desk.sophia").cloned();
    let found = found.unwrap_or_default();
    let said = found.iter().map(|found| found["message"].to_string());
    said.collect()
}
