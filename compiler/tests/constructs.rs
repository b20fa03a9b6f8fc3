//! Constructs that can be read and not be run yet: each is told once, and nothing that rests on it is
//! told as well.

mod fixture;

use std::fmt::Write as _;

const HEADER: &str = "playbook example

use warehouse, slack, crm, handbook

query customers from warehouse {
  select customer_id, contract, tenure from customers
}

";

/// The words that are told, and the lines of a playbook that hold the construct and rest on it.
const CONSTRUCTS: &[(&str, &str)] = &[
    // Declarations
    ("calendar", "calendar us_office"),
    (
        "command",
        "command mark(id: text) on warehouse, at most 1 row { update customers set churn = 'no' where customer_id = {id} }
do mark(\"c1\") retry 2 times
let marked = do mark(\"c2\")
do slack.post_message(channel: \"#ops\", text: \"{marked.rows}\")",
    ),
    (
        "metric",
        "metric revenue: money, snapshot daily from warehouse { select sum(amount) as value from payments }
let latest = revenue.latest * 2
test \"given\" {
  given revenue = [{ value: $1.00 }]
  run
}",
    ),
    (
        "state",
        "state seen: boolean = false per customer_id
stop \"Seen.\" when seen[\"c1\"]",
    ),
    (
        "function",
        "function share(a: money, b: money) -> number = a / b
let half = share($1.00, $2.00) + 1
let all = customers | add part = share($1.00, $2.00) | where part > 1 | sort by part",
    ),
    (
        "function",
        "function share(a: money, b: money) -> number {
  let part = a / b
  return part
}
let half = share($1.00, $2.00)",
    ),
    (
        "action",
        "action tell(message: text) -> text {
  do slack.post_message(channel: \"#ops\", text: message)
  return message
}
do tell(\"Hello.\")
let said = do tell(\"Hello.\") otherwise stop \"No.\"
do slack.post_message(channel: \"#ops\", text: said)",
    ),
    (
        "policy",
        "policy small {
  every do crm.update has undo
  at most 100 of do slack per run
}",
    ),
    (
        "one run at a time",
        "one run at a time per today, newest wins",
    ),
    // Triggers
    (
        "trigger on webhook",
        "trigger on webhook crm.changed as change with { deal: change.deal }
input deal: text
let was = change.before ?? \"nothing\"
model sum(text: text) -> text {
  route local
  prompt \"{change.text} {text}\"
}
let told = sum(change.text)
test \"a change\" {
  given sum = \"short\"
  run with { change: { deal: \"d1\" } }
  expect told = change.before
}",
    ),
    (
        "trigger on event",
        "trigger on event dip as dip
let when = dip.at - 1 day",
    ),
    (
        "trigger on file",
        "trigger on file \"inbox/*.csv\" as upload
let path = upload.path",
    ),
    (
        "trigger on change",
        "trigger on change in warehouse.payments by payment_id as payments, except our own, in batches of 500 or every 2 seconds
for each payment in payments { do slack.add_note(text: payment.id) }",
    ),
    (
        "trigger on message",
        "trigger on message from warehouse \"orders\" as order
let id = order.id",
    ),
    (
        "trigger on resource",
        "trigger on resource slack \"slack://topics\" as topic
let id = topic.id",
    ),
    (
        "trigger on request (…)",
        "trigger on request (question: text, depth: integer)
let length = length(question) + depth
let question_text = \"{question}\"
test \"a question\" {
  run with { question: \"Why?\", depth: 2 }
  expect length = 6
}",
    ),
    ("trigger on request (…)", "trigger on request -> text"),
    (
        "trigger … with",
        "trigger every day at 08:00 with { deal: \"d1\" }
input deal: text",
    ),
    // Statements
    (
        "match",
        "for each customer in customers {
  match customer.tenure {
    1..3 | 5 { skip \"New.\" }
    7 { do slack.add_note(text: customer.customer_id) }
    else { let other = customer.contract }
  }
}",
    ),
    (
        "repeat",
        "repeat every 1 hour, at most 3 times, until count(users.users) > 3 {
  let users = slack.list_users()
}",
    ),
    (
        "together",
        "together {
  do slack.add_note(text: \"one\")
  let sent = do slack.post_message(channel: \"#ops\", text: \"two\")
}
do slack.add_note(text: sent.ts)",
    ),
    (
        "try",
        "try {
  do slack.add_note(text: \"one\")
} otherwise as f {
  do slack.add_note(text: f.message)
}",
    ),
    ("return", "return customers | take 3"),
    (
        "return",
        "return \"done\"
test \"it is done\" {
  given customers = []
  run
  expect result = \"done\"
}",
    ),
    ("yield", "for each customer in customers { yield customer.tenure }"),
    (
        "record",
        "record customers into warehouse.seen key customer_id retry 3 times",
    ),
    (
        "emit",
        "emit dip { at: now, count: count(customers) }
  at most once per today in 7 days",
    ),
    (
        "set",
        "for each customer in customers { set seen[customer.customer_id] = true }",
    ),
    (
        "ask",
        "ask 2 of \"finance\" to approve \"All {count(customers)}?\"
  within 3 business days, then \"managers\" within 2 hours
  remind every 1 hour
  otherwise stop \"Nobody decided.\"",
    ),
    (
        "ask",
        "type Cause { note: text }
let cause = ask \"finance\" for Cause \"Why?\" starting with { note: \"?\" }
  within 4 hours
  otherwise stop \"No answer.\"
do slack.add_note(text: cause.note)
stop \"{cause.by}\" when not cause.approved",
    ),
    (
        "ask",
        "let verdict = ask \"finance\" to approve \"All?\"
  otherwise {
    do slack.add_note(text: \"Nobody.\")
    yield { approved: false }
  }
do slack.add_note(text: \"{verdict.approved}\")",
    ),
    ("wait", "wait 2 days"),
    ("wait", "wait 3 business days"),
    ("wait", "wait until now + 2 hours"),
    (
        "wait",
        "wait for crm.changed as change where change.deal = \"d1\"
  within 10 days
  otherwise stop \"Nothing came.\"
do slack.add_note(text: change.deal)",
    ),
    (
        "wait",
        "let change = wait for crm.changed as c where c.deal = \"d1\" within 10 days otherwise none
if change is missing { do slack.add_note(text: \"Nothing.\") }
do slack.add_note(text: change.deal)",
    ),
    (
        "wait",
        "wait for first {
  crm.changed as change where change.deal = \"d1\" { do slack.add_note(text: change.deal) }
  after 30 days { stop \"Nothing came.\" }
}",
    ),
    (
        "run",
        "let answer = run other(question: \"Why?\")
do slack.add_note(text: answer.text)",
    ),
    ("start", "start other(question: \"Why?\")"),
    (
        "for each",
        "let notes = for each customer in customers, 8 at a time, keep going {
  skip \"New.\" when customer.tenure < 2
  yield { id: customer.customer_id, tenure: customer.tenure }
}
do slack.add_note(text: \"{count(notes.done)} of {count(notes.failed)}\")",
    ),
    (
        "stop … on",
        "stop \"Closed by {closed.by}.\" on crm.closed as closed where closed.deal = \"d1\"
do slack.add_note(text: \"on\")",
    ),
    // Modifiers
    (
        "undo with",
        "let note = do slack.post_message(channel: \"#ops\", text: \"one\")
  undo with slack.remove(ts: note.ts)
do slack.add_note(text: note.ts)",
    ),
    (
        "within",
        "let users = slack.list_users() within 2 hours
let count = count(users.users)",
    ),
    // Models
    (
        "cache",
        "model sum(text: text) -> text {
  route local
  cache 1 day when text is alike above 97%
  prompt \"{text}\"
}",
    ),
    (
        "example",
        "model sum(text: text) -> text {
  route local
  prompt \"{text}\"
  example {
    given { text: \"long\" }
    returns \"short\"
  }
}",
    ),
    (
        "route best of",
        "model sum(text: text) -> text {
  route best of local, openai
  prompt \"{text}\"
}",
    ),
    // Tests
    (
        "then",
        "test \"later\" {
  given customers = []
  run
  then 3 days pass
}",
    ),
    (
        "then",
        "test \"later\" {
  given customers = []
  run
  then \"finance\" approves
}",
    ),
    (
        "then",
        "test \"later\" {
  given customers = []
  run
  then crm.changed arrives { deal: \"d1\" }
}",
    ),
    (
        "given ask",
        "test \"later\" {
  given ask \"finance\" = { approved: true }
  run
}",
    ),
    (
        "given file",
        "test \"later\" {
  given file \"inbox/a.csv\" = \"id\"
  run
}",
    ),
    (
        "expect waits for",
        "test \"later\" {
  run
  expect waits for \"finance\"
}",
    ),
    (
        "expect … before …",
        "do slack.add_note(text: \"one\")
test \"later\" {
  run
  expect slack.add_note before slack.post_message
}",
    ),
];

#[test]
fn each_is_told_once_and_nothing_else_is() {
    let mut report = String::new();
    for (word, body) in CONSTRUCTS {
        let text = format!("{HEADER}{body}\n");
        let came: Vec<(String, String)> = fixture::complaints(&text)
            .into_iter()
            .filter(|(_, code, _)| code != "S205")
            .map(|(_, code, told)| (code, told))
            .collect();
        let fits = match came.as_slice() {
            [(code, told)] => code == "S890" && told.starts_with(&format!("`{word}` ")),
            _ => false,
        };
        if !fits {
            let _ = writeln!(report, "{body}\n  wanted `{word}`, came");
            for (code, told) in came {
                let _ = writeln!(report, "    {code} {told}");
            }
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

#[test]
fn a_construct_stands_at_its_own_words() {
    let text = format!("{HEADER}wait 2 days\n  otherwise stop \"No.\"\n");
    let checked = fixture::check_files(&[("example.sophia", &text)]);
    let marked: Vec<&str> = checked
        .diagnostics
        .iter()
        .map(|diagnostic| &text[diagnostic.span.range()])
        .collect();
    assert_eq!(marked, ["wait"]);
}

#[test]
fn a_mistake_beside_such_a_construct_is_still_told() {
    let text = format!(
        "{HEADER}match \"a\" {{\n  \"a\" {{ do slack.add_note(txt: \"one\") }}\n}}\nlet a = customers | take \"3\"\n"
    );
    let codes: Vec<String> = fixture::complaints(&text)
        .into_iter()
        .map(|(_, code, _)| code)
        .collect();
    assert_eq!(codes, ["S890", "S502", "S301"]);
}

#[test]
fn a_misspelt_name_beside_such_a_construct_finds_the_nearest() {
    let text = format!(
        "{HEADER}metric revenue: money from warehouse {{ select 1 as value }}\nlet a = revenu\n"
    );
    let told: Vec<(String, String)> = fixture::complaints(&text)
        .into_iter()
        .map(|(_, code, told)| (code, told))
        .collect();
    assert!(
        matches!(told.as_slice(), [_, (code, told)] if code == "S201" && told.contains("`revenue`")),
        "{told:?}"
    );
}

#[test]
fn a_metric_over_time_is_told_beside_the_metric() {
    let text = format!(
        "{HEADER}metric revenue: money from warehouse {{ select 1 as value }}\nlet a = revenue over 90 days by region | where value > $1 | sort by value\n"
    );
    let told: Vec<String> = fixture::complaints(&text)
        .into_iter()
        .map(|(line, code, told)| format!("{line} {code} {}", told.split(' ').next().unwrap_or("")))
        .collect();
    assert_eq!(told, ["9 S890 `metric`", "10 S890 `over`"]);
}

#[test]
fn a_range_tests_like_between() {
    let inside = fixture::complaints(
        "playbook example\n\nuse warehouse\n\nquery customers from warehouse { select tenure from customers }\n\nlet some = customers | where tenure in 1..5\nlet none_of = customers | where tenure not in 1..5\n",
    );
    assert_eq!(inside, []);
    let wrong = fixture::complaints("playbook example\n\nlet a = \"x\" in 1..5\n");
    let codes: Vec<&str> = wrong.iter().map(|(_, code, _)| code.as_str()).collect();
    assert_eq!(codes, ["S308"]);
}

#[test]
fn a_module_of_the_project_can_be_named_and_is_not_unknown() {
    let checked = fixture::check_files(&[
        (
            "desk.sophia",
            "module desk\n\nuse slack\n\naction tell(text: text) {\n  do slack.add_note(text: text)\n}\n",
        ),
        (
            "example.sophia",
            "playbook example\n\nuse desk\n\ndo desk.tell(\"Hello.\")\n",
        ),
    ]);
    let found: Vec<(&str, &str)> = checked
        .diagnostics
        .iter()
        .map(|diagnostic| (&*diagnostic.file, diagnostic.code.as_str()))
        .collect();
    assert_eq!(found, [("desk.sophia", "S890"), ("example.sophia", "S890")]);
}
