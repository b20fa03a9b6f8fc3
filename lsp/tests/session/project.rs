//! The project that the tests work in.

pub const MANIFEST: &str = r#"[project]
name = "desk"
zone = "UTC"

[connections.warehouse]
kind = "sqlite"
file = "warehouse.db"

[tools.slack]
command = ["slack-server"]
content = { post_message = ["text"] }

[models.local]
kind = "gguf"
file = "model.gguf"
"#;

pub const LOCK: &str = r#"format = 1
synced_at = "2026-11-19T08:00:00Z"

[connections.warehouse]
kind = "sqlite"

[connections.warehouse.tables.customers]
rows = 7043
columns = [
  { name = "customer_id", declared = "text", nullable = false, labels = ["trusted"] },
  { name = "email", declared = "text", nullable = true, labels = ["@pii.email"] },
  { name = "tenure", declared = "integer", nullable = false },
  { name = "region", declared = "text", nullable = true },
]

[connections.warehouse.tables.payments]
rows = 90000
columns = [
  { name = "payment_id", declared = "text", nullable = false, labels = ["trusted"] },
  { name = "customer_id", declared = "text", nullable = false, labels = ["trusted"] },
  { name = "amount", declared = "double", nullable = false },
  { name = "paid_on", declared = "date", nullable = false },
]

[tools.slack]
server = "slack"
version = "1"

[tools.slack.calls.post_message]
wire_name = "post_message"
digest = "1"
description = "Posts a message into a channel."
input_schema = '{"type":"object","properties":{"channel":{"type":"string","description":"Where it goes."},"text":{"type":"string","description":"What it says."},"urgency":{"type":"integer","minimum":1,"maximum":5}},"required":["channel","text"]}'
output_schema = '{"type":"object","properties":{"ts":{"type":"string"},"ok":{"type":"boolean"}},"required":["ts","ok"]}'

[tools.slack.calls.find_user]
wire_name = "find_user"
digest = "2"
description = "Looks a user up."
read_only = true
input_schema = '{"type":"object","properties":{"email":{"type":"string"}},"required":["email"]}'
output_schema = '{"type":"object","properties":{"id":{"type":"string"},"name":{"type":"string"}},"required":["id","name"]}'
"#;

pub const SOUND: &str = r##"## Says hello.
playbook hello

use slack

trigger every weekday at 08:00

do slack.post_message(channel: "#ops", text: "Good morning.")
"##;

pub const WORDS: &str = "## What several playbooks share.\nmodule desk.words\n\n## Says it in words.\nfunction worded(who: text) -> text = \"{who}!\"\n";

pub const WATCH: &str = r##"## Watches accounts.
playbook watch

use warehouse, slack, desk.words

trigger every weekday at 08:00

## How many at most.
input most: integer = 50

## What to do.
type Advice {
  reason:  text      ## One sentence.
  urgency: 1..5
}

## Who pays.
query accounts from warehouse, at most 100 rows {
  select c.customer_id, c.tenure, p.amount
  from customers c
  join payments p on p.customer_id = c.customer_id
}

model advise(total: number) -> Advice {
  route local
  prompt "The account has paid {total}."
  otherwise { reason: "Paid.", urgency: 3 }
}

let chosen = accounts
  | where tenure > 5
  | take most

for each account in chosen {
  let advice = advise(account.amount)
  do slack.post_message(channel: "#ops", text: words.worded(advice.reason))
}
"##;

/// The whole project; `watch` stands for its playbook of that name.
pub fn files(watch: &str) -> Vec<(&'static str, &str)> {
    vec![
        ("sophia.toml", MANIFEST),
        ("sophia.lock", LOCK),
        ("hello.sophia", SOUND),
        ("watch.sophia", watch),
        ("words.sophia", WORDS),
    ]
}
