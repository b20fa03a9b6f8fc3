//! Every kind of work through the program: writes into a database, state, metrics, searches, files.

use rusqlite::Connection;

use crate::project::Project;

const MANIFEST: &str = r#"[project]
name = "works"

[connections.warehouse]
kind = "sqlite"
seed = ["data/*.csv"]

[labels]
"warehouse.tickets.ticket_id" = "trusted"

[knowledge.handbook]
from = "docs/*.md"

[knowledge.notes]
from = { connection = "warehouse", sql = "select ticket_id, subject from tickets" }

[knowledge.elsewhere]
from = "docs/*.md"
store = "qdrant"
"#;

const PAYMENTS: &str = "payment_id,customer_id,amount,paid_on,region
p1,c1,10.5,2026-01-05,north
p2,c1,20,2026-01-05,south
p3,c2,30,2026-01-06,north
";

const TICKETS: &str = "ticket_id,subject,status
t1,The invoice is wrong,open
t2,Where is my refund,open
t3,Thank you,closed
";

const MOODS: &str = "ticket_id,mood
t1,unknown
";

const HANDBOOK: &str = "A refund is paid within ten days.\n\nThe notice period is three months.\n";

const UPLOAD: &str = "Invoice ID,amount,issued on
i1,12.50,2026-01-01
i2,much,2026-01-02
i3,0,2026-01-03
";

fn project(playbook: &str) -> Project {
    let project = Project::empty();
    project.write("sophia.toml", MANIFEST);
    project.write("data/payments.csv", PAYMENTS);
    project.write("data/tickets.csv", TICKETS);
    project.write("data/moods.csv", MOODS);
    project.write("docs/handbook.md", HANDBOOK);
    project.write("inbox/upload.csv", UPLOAD);
    project.write("works.sophia", playbook);
    project.sophia(&["sync", ".", "--env", "dev"]).expect(0);
    project
}

fn warehouse(project: &Project) -> Connection {
    Connection::open(project.path().join(".sophia/dev/warehouse.db")).expect("the stand-in")
}

/// All rows of one column, one after the other.
fn all(project: &Project, sql: &str) -> String {
    let connection = warehouse(project);
    let mut statement = connection.prepare(sql).expect("a statement");
    let rows = statement
        .query_map([], |row| row.get::<_, String>(0))
        .expect("rows");
    rows.map(|row| row.expect("a text"))
        .collect::<Vec<_>>()
        .join(" ")
}

const WRITES: &str = r#"playbook works

use warehouse

state runs: integer = 0
state seen: text = "nobody" per customer

command close(ticket: text) on warehouse, at most 1 row {
  update tickets set status = 'closed' where ticket_id = {ticket} returning ticket_id
}

query tickets from warehouse {
  select ticket_id, subject, status from tickets where status = 'open'
}

let moods = tickets | add mood = if subject like "%wrong%" then "bad" else "good" | select ticket_id, mood

record moods into warehouse.moods key ticket_id

let closed = do close("t2")

set runs = runs + 1
set seen["c1"] = "run {runs}"

fail "Nothing was closed." when closed.rows = 0
"#;

#[test]
fn a_run_writes_rows_and_the_next_finds_its_state() {
    let project = project(WRITES);
    for run in 1..=2 {
        let ran = project.sophia(&["run", ".", "--env", "dev"]).expect(0);
        assert!(ran.expect_calm().err.is_empty() || run > 0);
        assert_eq!(
            all(
                &project,
                "select ticket_id || ':' || status from tickets order by 1"
            ),
            "t1:open t2:closed t3:closed"
        );
    }
    assert_eq!(
        all(
            &project,
            "select ticket_id || ':' || mood from moods order by 1"
        ),
        "t1:bad t2:good"
    );
    // Each run's record and command are remembered once.
    assert_eq!(
        all(&project, "select count(*) || '' from sophia_effects"),
        "4"
    );
    let store = Connection::open(project.path().join(".sophia/dev/runs.db")).expect("the store");
    let kept: i64 = store
        .query_row("select count(*) from states", [], |row| row.get(0))
        .expect("a count");
    assert_eq!(kept, 2, "one for each state and key");
}

#[test]
fn a_command_that_would_change_too_much_fails_the_run_and_changes_nothing() {
    let project = project(
        r"playbook works

use warehouse

command close_all() on warehouse, at most 1 row {
  update tickets set status = 'closed' where status <> 'closed'
}

do close_all()
",
    );
    let ran = project.sophia(&["run", ".", "--env", "dev"]).expect(1);
    let told = format!("{}{}", ran.out, ran.err);
    assert!(told.contains("S919") && told.contains("2 rows"), "{told}");
    assert_eq!(
        all(
            &project,
            "select ticket_id || ':' || status from tickets order by 1"
        ),
        "t1:open t2:open t3:closed"
    );
}

const READS: &str = r#"playbook works

use warehouse, handbook, notes, metrics

## What customers paid.
metric paid: number from warehouse {
  select paid_on as day, region, sum(amount) as value from payments group by paid_on, region
}

metric open_tickets: integer, snapshot daily from warehouse {
  select count(*) as value from tickets where status = 'open'
}

command reopen() on warehouse { update tickets set status = 'open' where ticket_id = 't3' }

let all_time = paid over 20000 days
let regions  = paid over 20000 days by region
let newest   = paid.latest
let waiting  = open_tickets.latest

fail "waiting" when waiting != 2

do reopen()

let still    = open_tickets.latest
let passages = search handbook for "How long is the notice period?" take 1
let tickets  = search notes for "refund" take 5 where score > 0.1
let figures  = find metrics for "what customers paid" take 1

let rows = read csv "inbox/upload.csv" as table of { invoice_id: text, amount: decimal, issued_on: date }
let checked = rows
  | check "has an amount" amount > 0
  | check "is new" invoice_id not in warehouse.payments.payment_id

fail "all_time" when (all_time | map value) != [30.5, 30]
fail "regions" when count(regions) != 3
fail "newest" when newest != 30
fail "still" when still != 2
fail "passages" when (passages | map id) != ["docs/handbook.md#2"]
fail "tickets" when (tickets | map id) != ["t2"]
fail "figures" when (figures | map name) != ["paid"]
fail "passed" when (checked.passed | map invoice_id) != ["i1"]
fail "failed" when count(checked.failed) != 2
"#;

#[test]
fn a_run_reads_metrics_passages_files_and_columns() {
    let project = project(READS);
    project.sophia(&["run", ".", "--env", "dev"]).expect(0);
    // The day's figure is kept, so the third open ticket is not in it.
    project.sophia(&["run", ".", "--env", "dev"]).expect(0);
    let kept = project.read(".sophia/dev/metrics/works.open_tickets.jsonl");
    assert_eq!(kept.lines().count(), 1, "{kept}");
}

#[test]
fn what_cannot_be_read_says_why() {
    for (statement, code) in [
        (
            "let rows = read csv \"inbox/upload.csv\" as table of { amount: decimal }\nlet n = count(rows)",
            "S922",
        ),
        (
            "let rows = read csv \"inbox/upload.csv\" as table of { price: decimal }\nlet n = count(rows)",
            "S922",
        ),
        (
            "let rows = read csv \"../upload.csv\" as table of { amount: decimal }\nlet n = count(rows)",
            "S926",
        ),
        (
            "let rows = read csv \"/etc/passwd\" as table of { amount: decimal }\nlet n = count(rows)",
            "S923",
        ),
        (
            "let found = search elsewhere for \"refund\" take 1\nlet n = count(found)",
            "S925",
        ),
    ] {
        let project = project(&format!(
            "playbook works\n\nuse warehouse, elsewhere\n\n{statement}\n\nfail \"none\" when n = 0\n"
        ));
        let ran = project.sophia(&["run", ".", "--env", "dev"]).expect(1);
        let told = format!("{}{}", ran.out, ran.err);
        assert!(told.contains(code), "{statement}\n{told}");
    }
}

const TESTED: &str = r#"playbook works

use warehouse, handbook, metrics

state runs: integer = 0
state seen: text = "nobody" per customer

## What customers paid.
metric paid: number from warehouse {
  select paid_on as day, region, sum(amount) as value from payments group by paid_on, region
}

command close(ticket: text) on warehouse, at most 1 row {
  update tickets set status = 'closed' where ticket_id = {ticket}
}

let newest   = paid.latest
let passages = search handbook for "notice" take 1
let figures  = find metrics for "paid" take 1
let greeted  = seen["c1"]
let paid_once = "p1" in warehouse.payments.payment_id

let rows = read csv "inbox/upload.csv" as table of { ticket_id: text, mood: text }

record rows into warehouse.moods

do close("t1")

set runs = runs + 1
let after = runs

test "nothing is touched" {
  given paid = [
    { day: 2026-01-01, region: "north", value: 5.5 },
    { day: 2026-01-02, region: "north", value: 7 },
    { day: 2026-01-02, region: "south", value: 1.5 },
  ]
  given handbook = [{ id: "a", text: "one", score: 0.9 }, { id: "b", text: "two", score: 0.8 }]
  given metrics = [{ name: "paid", value: 7 as json, description: "" }]
  given runs = 41
  given seen = [{ key: "c1", value: "ana" }]
  given warehouse.payments.payment_id = ["p1"]
  given file "inbox/upload.csv" = "ticket_id,mood\nt1,good"
  run
  expect newest = 8.5
  expect count(passages) = 1
  expect greeted = "ana"
  expect paid_once
  expect after = 42
  expect close called once with { ticket: "t1" }
  expect warehouse.moods called once
  expect warehouse.moods before close
}

test "a broken warehouse is told" {
  given paid fails "The warehouse is closed."
  run
  expect fails "closed"
  expect close never called
}
"#;

#[test]
fn tests_play_every_kind_of_work_and_touch_nothing() {
    let tested = TESTED
        .replace(
            "  given metrics = [{ name: \"paid\", value: 7 as json, description: \"\" }]\n",
            "  given metrics = []\n",
        )
        .replace(
            "\"ticket_id,mood\\nt1,good\"",
            "\"\"\"\n    ticket_id,mood\n    t1,good\n    \"\"\"",
        );
    let project = project(&tested);
    let ran = project.sophia(&["test", "."]).expect(0);
    assert!(ran.out.contains("2 "), "{}", ran.out);
    assert_eq!(
        all(
            &project,
            "select ticket_id || ':' || mood from moods order by 1"
        ),
        "t1:unknown"
    );
}
