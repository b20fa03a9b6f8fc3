//! Runs done again from their records: nothing outside is asked, the same version comes out the same, and
//! another version says what it would have done.

use std::fs;

use serde_json::Value;

use crate::project::Project;

/// The newest run, done again.
fn replayed(project: &Project, further: &[&str]) -> Value {
    let run = project.newest();
    let arguments = [&["replay", &run, "--format", "json"], further].concat();
    project.sophia(&arguments).expect(0).expect_calm().json()
}

fn step<'a>(replay: &'a Value, key: &str) -> &'a Value {
    let steps = replay["steps"].as_array().expect("steps");
    let found = steps.iter().find(|step| step["key"] == key);
    found.unwrap_or_else(|| panic!("no step {key}: {replay:#}"))
}

fn reasons(step: &Value) -> String {
    let reasons = step["reasons"].as_array().expect("reasons").iter();
    let texts: Vec<&str> = reasons
        .filter_map(|reason| reason["what"].as_str())
        .collect();
    texts.join("; ")
}

/// The differences of a kind.
fn of_kind<'a>(compared: &'a Value, kind: &str) -> Vec<&'a Value> {
    let all = compared["differences"].as_array().expect("differences");
    all.iter().filter(|found| found["kind"] == kind).collect()
}

#[test]
fn the_example_is_done_again_with_nothing_else_left_than_its_store() {
    let project = Project::churn_watch();
    project.sophia(&["run", "."]).expect(0);
    let sent = project.stand_in_calls("slack").len();
    // Sources, models and what tools keep are gone.
    fs::remove_dir_all(project.path().join("data")).expect("the data");
    fs::remove_dir_all(project.path().join(".sophia/dev/predictors")).expect("the predictors");
    let store = fs::read(project.path().join(".sophia/dev/runs.db")).expect("the store");

    let replay = replayed(&project, &[]);
    assert_eq!(replay["repeats"], true);
    assert_eq!(replay["status"], "done");
    let first = step(&replay, "for each customer[1]/advice");
    assert!(first["input"]["customer"].is_object(), "{first:#}");
    assert_eq!(first["output"]["next_step"], "call");
    assert!(
        reasons(first).contains("after `at_risk` had ended"),
        "{first:#}"
    );
    let customers = step(&replay, "customers");
    assert_eq!(reasons(customers), "as the run began");

    let text = project.sophia(&["replay", &project.newest()]).expect(0);
    assert!(text.out.contains("Repeats as recorded"), "{}", text.out);
    assert_eq!(project.stand_in_calls("slack").len(), sent);
    let after = fs::read(project.path().join(".sophia/dev/runs.db")).expect("the store");
    assert_eq!(store, after);
}

#[test]
fn another_version_says_what_it_would_have_done() {
    let project = Project::churn_watch();
    project.sophia(&["run", "."]).expect(0);
    let playbook = project.read("churn_watch.sophia");

    let same = replayed(&project, &["--playbook", "churn_watch.sophia"]);
    assert_eq!(same["differences"], serde_json::json!([]), "{same:#}");
    assert_eq!(same["unanswered"], serde_json::json!([]));

    // Another text: the same effects with other values.
    project.write(
        "later/other.sophia",
        &playbook.replace("Next: {advice.next_step}.", "Do: {advice.next_step}."),
    );
    let other = replayed(&project, &["--playbook", "later/other.sophia"]);
    let given = of_kind(&other, "given");
    assert_eq!(given.len(), 50, "{other:#}");
    assert_eq!(given[0]["call"], "slack.post_message");
    assert!(
        given[0]["now"]["text"]
            .as_str()
            .expect("a text")
            .contains("Do: call")
    );
    assert!(
        given[0]["was"]["text"]
            .as_str()
            .expect("a text")
            .contains("Next: call")
    );
    assert_eq!(other["assumed"].as_array().map(Vec::len), Some(50));
    assert_eq!(other["would"], "done");

    // A stricter condition: other ways, fewer effects.
    project.write(
        "later/stricter.sophia",
        &playbook.replace("if advice.urgency >= 3", "if advice.urgency >= 5"),
    );
    let stricter = replayed(&project, &["--playbook", "later/stricter.sophia"]);
    assert_eq!(of_kind(&stricter, "less").len(), 50, "{stricter:#}");

    // Predictions are not in the record: told, and what rests on them is not guessed.
    let changed = [
        "replay",
        &project.newest(),
        "--playbook",
        "later/take.sophia",
    ];
    project.write(
        "later/take.sophia",
        &playbook.replace("| take  50", "| take  10"),
    );
    let unknown = project.sophia(&changed).expect(0).expect_calm();
    assert!(
        unknown.out.contains("the record has no answer"),
        "{}",
        unknown.out
    );
    assert!(unknown.out.contains("at_risk"), "{}", unknown.out);
    assert!(
        unknown.out.contains("whether it would be is not known"),
        "{}",
        unknown.out
    );

    // A version with a mistake, and another playbook, are refused.
    project.write(
        "later/wrong.sophia",
        &playbook.replace("advice.urgency", "advice.urgent"),
    );
    let run = project.newest();
    project
        .sophia(&["replay", &run, "--playbook", "later/wrong.sophia"])
        .expect(1);
    project.write("later/else.sophia", "playbook something_else\n");
    let refused = project
        .sophia(&["replay", &run, "--playbook", "later/else.sophia"])
        .expect(2);
    assert!(refused.err.contains("S907"), "{}", refused.err);
}

const DESK: &str = r##"playbook churn_watch

use slack, count

input kind: "small" | "large" = "large"

let twice = run count(of: 2)

match kind {
  "small" {
    do slack.post_message(channel: "#cs", text: "small") named small
  }
  "large" {
    do slack.post_message(channel: "#cs", text: "large {twice}") named large
  }
}

for each number in [1, 2, 3], 2 at a time, keep going {
  skip "too small" when number < 2
  try {
    do slack.post_message(channel: "#cs", text: "item {number}")
      undo with slack.post_message(channel: "#cs", text: "not item {number}")
      named item
    fail "It went wrong." when number = 3
  } otherwise as f {
    do slack.post_message(channel: "#ops", text: f.message) named told
  }
}

repeat every 1 second, at most 2 times {
  do slack.post_message(channel: "#cs", text: "again") named again
}

ask "leads" to approve "Shall {twice} go out?" within 4 hours otherwise stop "Nobody decided."

do slack.post_message(channel: "#cs", text: "approved") named approved
"##;

const COUNT: &str = "playbook count\n\ninput of: integer = 1\n\nreturn of * 2\n";

#[test]
fn loops_questions_waits_and_runs_of_runs_are_done_again() {
    let project = Project::churn_watch();
    project.write("churn_watch.sophia", DESK);
    project.write("count.sophia", COUNT);
    let manifest = project.read("sophia.toml");
    project.write(
        "sophia.toml",
        &format!("{manifest}\n[groups]\nleads = [\"ann@example.org\"]\n"),
    );
    let asks = || project.sophia(&["run", ".", "churn_watch"]).expect(3).out;
    // Between two rounds it waits, too.
    while !asks().contains("Shall") {}
    let run = project
        .sophia(&["runs", "list", "--format", "json"])
        .expect(0)
        .json()["runs"]
        .as_array()
        .expect("runs")
        .iter()
        .find(|run| run["playbook"] == "churn_watch")
        .and_then(|run| run["run"].as_str().map(str::to_owned))
        .expect("a run");
    let replay = |further: &[&str]| {
        let arguments = [&["replay", &run, "--format", "json"], further].concat();
        project.sophia(&arguments).expect(0).expect_calm().json()
    };
    // While it waits.
    let waits = replay(&[]);
    assert_eq!(waits["status"], "waiting");
    let asks = reasons(step(&waits, "ask \"leads\""));
    assert!(asks.contains("waiting: \"leads\""), "{asks}");

    project
        .sophia(&["runs", "approve", &run, "--as", "ann@example.org"])
        .expect(0);
    let done = replay(&[]);
    assert_eq!(done["status"], "done");
    let asks = reasons(step(&done, "ask \"leads\""));
    assert!(asks.contains("ann@example.org had approved"), "{asks}");
    assert_eq!(step(&done, "twice")["output"], 4);
    let same = replay(&["--playbook", "churn_watch.sophia"]);
    assert_eq!(same["differences"], serde_json::json!([]), "{same:#}");
    assert_eq!(same["would"], "done");

    // An effect that can be taken back is not taken to end as one with other values did, and another question
    // was asked nobody: what stands behind them is not known.
    project.write(
        "later.txt",
        &DESK
            .replace("Shall {twice} go out?", "May {twice} go out?")
            .replace("text: \"item", "text: \"piece"),
    );
    let other = replay(&["--playbook", "later.txt"]);
    assert_eq!(
        other["unanswered"][0]["key"], "for each number[2]/try/item",
        "{other:#}"
    );
    assert_eq!(other["would"], "not known beyond the record");
    let unknown = of_kind(&other, "unknown");
    assert!(
        unknown.iter().any(|found| found["key"] == "approved"),
        "{other:#}"
    );
    assert!(of_kind(&other, "less").is_empty(), "{other:#}");
}
