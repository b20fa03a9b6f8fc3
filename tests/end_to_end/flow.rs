//! What steers a run, from the playbook to what arrives: each statement in a playbook of its own.

use serde_json::Value;

use crate::project::{Called, Project};

/// A project whose playbook has these statements, and Slack as a stand-in.
fn project(statements: &str) -> Project {
    let project = Project::churn_watch();
    let head = "playbook churn_watch\n\nuse slack\n\n";
    project.write("churn_watch.sophia", &format!("{head}{statements}"));
    project
}

/// The texts that were posted, in their order.
fn posted(project: &Project) -> Vec<String> {
    project
        .stand_in_calls("slack")
        .iter()
        .map(|call| {
            let text = call["arguments"]["text"].as_str();
            text.expect("a text").to_owned()
        })
        .collect()
}

fn run(project: &Project, code: i32) -> (Called, Vec<String>) {
    let called = project.sophia(&["run", "."]).expect(code).expect_calm();
    let posted = posted(project);
    (called, posted)
}

fn shown(project: &Project) -> Value {
    project
        .sophia(&["runs", "show", "--format", "json"])
        .expect(0)
        .json()
}

#[test]
fn match_runs_the_case_that_fits() {
    let project = project(
        r##"input kind: "duplicate" | "unhappy" | "fraud" = "unhappy"
input urgency: 1..5 = 4

match kind {
  "fraud" {
    do slack.post_message(channel: "#cs", text: "fraud")
  }
  "duplicate" | "unhappy" {
    do slack.post_message(channel: "#cs", text: "it is {kind}")
  }
}

match urgency {
  1..3 {
    do slack.post_message(channel: "#cs", text: "later")
  }
  4 | 5 {
    do slack.post_message(channel: "#cs", text: "now")
  }
}
"##,
    );
    let (_, posted) = run(&project, 0);
    assert_eq!(posted, ["it is unhappy", "now"]);
}

#[test]
fn repeat_goes_on_until_its_condition_holds() {
    let project = project(
        r##"repeat every 1 second, at most 5 times, until sent.ok {
  let sent = do slack.post_message(channel: "#cs", text: "once")
}

repeat every 1 second, at most 2 times {
  do slack.post_message(channel: "#cs", text: "twice")
}
"##,
    );
    // Between two rounds it waits.
    let (waits, _) = run(&project, 3);
    assert!(waits.out.contains("pauses after round 1"), "{}", waits.out);
    while project.sophia(&["run", "."]).expect_calm().code == 3 {}
    let posted = posted(&project);
    let twice = posted.iter().filter(|text| *text == "twice").count();
    assert_eq!(twice, 2, "{posted:?}");
    let rounds: Vec<u64> = shown(&project)["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .filter_map(|step| step["rounds"].as_u64())
        .collect();
    assert_eq!(rounds.len(), 2);
    assert_eq!(rounds[1], 2);
}

#[test]
fn together_gives_its_names_to_what_follows() {
    let project = project(
        r##"together {
  let one = do slack.post_message(channel: "#cs", text: "one")
  let two = do slack.post_message(channel: "#ops", text: "two")
}

do slack.post_message(channel: "#cs", text: "after {one.ts} and {two.ts}")
"##,
    );
    let (_, posted) = run(&project, 0);
    assert_eq!(posted.len(), 3, "{posted:?}");
    assert!(posted[2].starts_with("after "), "{posted:?}");
}

#[test]
fn try_undoes_and_tells_and_the_run_goes_on() {
    let project = project(
        r##"try {
  do slack.post_message(channel: "#cs", text: "first")
    undo with slack.post_message(channel: "#cs", text: "not first")
    named first
  do slack.post_message(channel: "#cs", text: "second")
    undo with slack.post_message(channel: "#cs", text: "not second")
    named second
  fail "It went wrong."
} otherwise as f {
  do slack.post_message(channel: "#ops", text: "line {f.line}: {f.message}")
}

do slack.post_message(channel: "#cs", text: "after")
"##,
    );
    let (_, posted) = run(&project, 0);
    assert_eq!(
        posted,
        [
            "first",
            "second",
            "not second",
            "not first",
            "line 12: It went wrong.",
            "after"
        ]
    );
}

#[test]
fn a_run_that_fails_is_undone_before_on_failure_and_one_that_stops_is_not() {
    let statements = r##"do slack.post_message(channel: "#cs", text: "first")
  undo with slack.post_message(channel: "#cs", text: "not first: {result.ts}")

END "Enough."

on failure as f {
  do slack.post_message(channel: "#ops", text: f.message)
}
"##;
    let failing = project(&statements.replace("END", "fail"));
    let (called, posted) = run(&failing, 1);
    assert!(called.out.contains("Enough."), "{}", called.out);
    assert_eq!(posted.len(), 3, "{posted:?}");
    assert!(posted[1].starts_with("not first: "), "{posted:?}");
    assert_eq!(posted[2], "Enough.");

    let stopping = project(&statements.replace("END", "stop"));
    let (_, posted) = run(&stopping, 0);
    assert_eq!(posted, ["first"]);
}

#[test]
fn actions_loops_and_returns_give_values() {
    let project = project(
        r##"action tell(what: text) -> text {
  do slack.post_message(channel: "#cs", text: what)
  if what = "one" {
    return "told the first"
  }
  return "told {what}"
}

let told = for each what in ["one", "two", "three"], 2 at a time {
  let how = do tell(what)
  yield how
}

let counted = for each what in ["a", "b", "c"], keep going {
  skip "Not this one." when what = "b"
  fail "Never c." when what = "c"
  yield what
}

return { told: told, done: counted.done, failed: counted.failed, skipped: counted.skipped }

test "what it returns" {
  run
  expect result.told = ["told the first", "told two", "told three"]
  expect result.done = ["a"]
  expect slack.post_message called 3 times
}
"##,
    );
    let (called, posted) = run(&project, 0);
    assert_eq!(posted.len(), 3);
    assert!(called.out.contains("told the first"), "{}", called.out);
    let result = shown(&project)["result"].clone();
    assert_eq!(
        result,
        serde_json::json!({
            "told": ["told the first", "told two", "told three"],
            "done": ["a"],
            "failed": [{ "item": "c", "message": "Never c." }],
            "skipped": [{ "item": "b", "reason": "Not this one." }],
        })
    );
    let tested = project.sophia(&["test", "."]).expect(0);
    assert!(tested.out.contains("1 passed, 0 failed"), "{}", tested.out);
}

#[test]
fn tests_play_every_statement() {
    let project = project(
        r##"action post(what: text) -> boolean {
  let sent = do slack.post_message(channel: "#cs", text: what)
  return sent.ok
}

let sent = do post("first") otherwise false

try {
  do slack.post_message(channel: "#cs", text: "second")
    undo with slack.post_message(channel: "#ops", text: "not second")
  repeat every 2 days, at most 3 times {
    do slack.add_reaction(channel_id: "#cs", timestamp: "1", reaction: "eyes")
  }
} otherwise {
  do slack.post_message(channel: "#ops", text: "It did not work.")
}

return sent

test "all is well" {
  given slack.post_message = { ok: true, ts: "1" }
  run
  expect slack.add_reaction called once
  then 4 days pass
  expect result = true
  expect slack.add_reaction called 3 times
  expect slack.post_message never called with { channel: "#ops" }
}

test "what failed is undone" {
  given slack.post_message = { ok: true, ts: "1" }
  given slack.add_reaction fails "Slack is down."
  run
  expect slack.add_reaction never called
  expect slack.post_message called once with { text: "not second" }
  expect slack.post_message called once with { text: "It did not work." }
}
"##,
    );
    let tested = project.sophia(&["test", "."]).expect(0).expect_calm();
    assert!(tested.out.contains("2 passed, 0 failed"), "{}", tested.out);
}
