//! A project in which files rest on each other in every way that there is.

/// The files by their paths.
pub const FILES: [(&str, &str); 13] = [
    (
        "base.sophia",
        r#"module std.base

use warehouse

type Note {
  text: text
  size: 1..5
}

query contacts from warehouse, at most 50 rows {
  select contact_id, email, plan from contacts
}

function polite(name: text) -> text = "Dear {name},"
function share(part: number) -> number = part / 1.0
"#,
    ),
    (
        "desk.sophia",
        r##"module std.desk

use slack, std.base

action tell(message: text) {
  do slack.add_note(text: message)
}

action greet(name: text) -> text {
  let posted = do slack.post_message(channel: "#a", text: base.polite(name))
  return posted.ts
}

function both(one: text, other: text) -> text = "{one} and {other}"
"##,
    ),
    (
        "policies.sophia",
        r"module policies

use slack, stripe

policy few_messages {
  at most 100 of do slack per run
}

policy nothing_personal_in_chat {
  no @pii reaches slack
}

policy refunds_can_be_undone {
  every do stripe.create_refund has undo
}
",
    ),
    (
        "watch.sophia",
        r"## Looks at what was paid, and tells when it is little.
playbook watch

use warehouse

trigger every weekday at 08:00

input least: money = $5,000

query payments from warehouse, at most 1000 rows {
  select payment_id, customer_id, amount from payments where amount > {least}
}

state days: integer = 0

let paid = sum(payments | map amount)

set days = days + 1

if paid < $10,000 {
  emit revenue_dip { paid: paid, days: days }
}
",
    ),
    (
        "watch_again.sophia",
        r"playbook watch_again

emit revenue_dip { paid: $7,000, days: 3 }
emit day_ended
",
    ),
    (
        "answer.sophia",
        r#"playbook answer

use slack, close_books, std.desk

trigger on event revenue_dip as dip

let report = run close_books(month: 2026-10-01, note: "{dip.paid}")

do desk.tell("{dip.days} days, {report.month}")
do slack.add_note(text: desk.both("a", "b"))
emit answered { month: report.month }
"#,
    ),
    (
        "close_books.sophia",
        r#"playbook close_books

input month: date
input note: text = "none"

return { month: month, note: note }
"#,
    ),
    (
        "people.sophia",
        r##"playbook people

use warehouse, slack, vault, std.base

query own from warehouse, at most 20 rows {
  select contact_id, email, full_name, plan from contacts
}

for each contact in own {
  do slack.post_message(channel: "#new", text: "{contact.contact_id} on {contact.plan}")
  do vault.store(id: contact.contact_id, text: "{contact.email} {contact.full_name}")
}

for each contact in base.contacts() {
  do vault.store(id: contact.contact_id, text: "{contact.email}") named again
}
"##,
    ),
    (
        "ping.sophia",
        r#"playbook ping

use slack

trigger on event pong as back

emit ping { count: 5 }

do slack.add_note(text: "{back.count}")
"#,
    ),
    (
        "pong.sophia",
        r#"playbook pong

use slack

trigger on event ping as there

emit pong { count: there.count }

do slack.add_note(text: "{there.count}")
"#,
    ),
    (
        "refund.sophia",
        r#"playbook refund

use stripe, warehouse, close_books

query large from warehouse, at most 10 rows {
  select payment_id, amount from payments where amount > 100
}

for each payment in large {
  let refund = do stripe.create_refund(payment: payment.payment_id, amount: payment.amount)
    undo with stripe.cancel_refund(id: refund.id)
}

start close_books(month: 2026-11-01, note: "refunded")

test "it refunds" {
  given large = [{ payment_id: "p1", amount: $150.00 }]
  run
  expect stripe.create_refund called once
}
"#,
    ),
    (
        "waiting.sophia",
        r#"playbook waiting

use slack, std.desk, measured

let done = wait for answered as a where a.month > 2026-01-01
  within 30 days
  otherwise none

stop "It has ended." on day_ended as over

if done is present {
  do desk.tell("{done.month}")
}

start measured()

let stamp = do desk.greet("Ada")
do slack.add_note(text: stamp)
"#,
    ),
    (
        "measured.sophia",
        r#"playbook measured

use warehouse, slack

metric revenue: money from warehouse {
  select issued_on as day, status, sum(amount) as value from invoices group by issued_on, status
}

model short(text: text) -> text {
  route local
  prompt "Shorten {text}"
  otherwise "short"
}

let words = short("many words")

do slack.add_note(text: "{revenue.latest} {words}")
"#,
    ),
];

/// A playbook of that many parts, each with queries, a pipeline, a branch and a loop.
pub fn long_playbook(parts: usize) -> String {
    let mut text =
        "playbook long\n\nuse warehouse, slack, vault\n\ninput least: money = $5,000\n".to_owned();
    for part in 0..parts {
        text.push_str(&PART.replace("_N", &format!("_{part}")));
    }
    text
}

const PART: &str = r#"
query own_N from warehouse, at most 20 rows {
  select contact_id, email, full_name, plan from contacts
}

query payments_N(customer: text) from warehouse, at most 9 rows {
  select payment_id, amount, customer_id || {customer} as asked
  from payments where customer_id = {customer} and amount > {least}
}

let few_N = own_N
  | sort by contact_id
  | take 3

for each contact_N in few_N {
  let paid = payments_N(contact_N.contact_id)
  do vault.store(id: contact_N.contact_id, text: "{contact_N.email} {contact_N.full_name}") named keep_N
  if count(paid) > 2 {
    do vault.store(id: contact_N.contact_id, text: "{count(paid)} payments") named count_N
  }
}

if count(few_N) = 0 {
  do slack.add_note(text: "Nobody is there.") named nobody_N
}
"#;
