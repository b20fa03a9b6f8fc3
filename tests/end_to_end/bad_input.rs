//! Bad input: one clear error with a code and a next step, and nothing is lost.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::project::{Called, Project};

/// Asserts that exactly one complaint is made, with this code and a next step.
#[track_caller]
fn one_complaint(called: Called, code: &str) -> Called {
    let called = called.expect_calm();
    let everything = format!("{}{}", called.out, called.err);
    let complaints = everything
        .lines()
        .filter(|line| {
            let mut letters = line.chars();
            letters.next() == Some('S')
                && letters
                    .by_ref()
                    .take(3)
                    .all(|letter| letter.is_ascii_digit())
        })
        .count();
    assert_eq!(complaints, 1, "{everything}");
    assert!(everything.contains(code), "{everything}");
    assert!(
        everything.contains("Fix:") || everything.contains("Next:"),
        "{everything}"
    );
    called
}

#[test]
fn a_broken_manifest() {
    let project = Project::churn_watch();
    project.replace("sophia.toml", "[project]", "[project");
    let called = one_complaint(project.sophia(&["run", "."]).expect(1), "S9");
    assert!(called.err.contains("sophia.toml:"), "{}", called.err);
}

#[test]
fn a_broken_lock() {
    let project = Project::churn_watch();
    let lock = project.read("sophia.lock");
    project.write("sophia.lock", &lock[..lock.len() / 2]);
    let called = one_complaint(project.sophia(&["run", "."]).expect(1), "S9");
    assert!(
        called.err.contains("sophia.lock:") && called.err.contains("sophia sync"),
        "{}",
        called.err
    );
}

#[test]
fn a_playbook_that_is_not_text() {
    let project = Project::churn_watch();
    fs::write(
        project.path().join("churn_watch.sophia"),
        [0x70, 0x6c, 0xff, 0xfe],
    )
    .expect("a writable file");
    one_complaint(project.sophia(&["check", "."]).expect(2), "S926");
}

#[test]
fn a_ragged_csv_is_named_with_its_line() {
    let project = Project::churn_watch();
    project.replace("data/customers.csv", "5575-GNVDE,Male,0", "5575-GNVDE,Male");
    let called = one_complaint(project.sophia(&["run", "."]).expect(1), "S93");
    let everything = format!("{}{}", called.out, called.err);
    assert!(
        everything.contains("customers.csv") && everything.contains("line 3"),
        "{everything}"
    );
}

#[test]
fn a_csv_that_is_gone() {
    let project = Project::churn_watch();
    fs::remove_file(project.path().join("data/customers.csv")).expect("the file");
    one_complaint(project.sophia(&["run", "."]).expect(1), "S926");
}

#[test]
fn a_table_that_the_database_has_lost_since_the_last_sync() {
    let project = Project::churn_watch();
    let data = project.path().join("data");
    fs::rename(data.join("customers.csv"), data.join("clients.csv")).expect("the file");
    let called = one_complaint(project.sophia(&["run", "."]).expect(1), "S93");
    assert!(
        format!("{}{}", called.out, called.err).contains("customers"),
        "{}",
        called.err
    );
}

#[test]
fn a_tool_that_is_not_in_the_lock() {
    let project = Project::churn_watch();
    project.replace(
        "churn_watch.sophia",
        "    do slack.post_message(\n      channel: \"#cs-alerts\"",
        "    do slack.post_massage(\n      channel: \"#cs-alerts\"",
    );
    let called = one_complaint(project.sophia(&["check", "."]).expect(1), "S5");
    assert!(called.out.contains("post_message"), "{}", called.out);
}

#[test]
fn without_a_lock_the_next_step_is_sync() {
    let project = Project::churn_watch();
    fs::remove_file(project.path().join("sophia.lock")).expect("the file");
    let called = project.sophia(&["check", "."]).expect(1).expect_calm();
    assert!(called.out.contains("sophia sync"), "{}", called.out);
}

#[test]
fn a_predictor_below_its_bound_is_refused_and_the_failure_is_announced() {
    let project = Project::churn_watch();
    project.replace(
        "churn_watch.sophia",
        "accept  auc >= 0.80",
        "accept  auc >= 0.99",
    );
    let called = project.sophia(&["run", "."]).expect(1).expect_calm();
    let everything = format!("{}{}", called.out, called.err);
    assert!(
        everything.contains("S947") && everything.contains("0.99"),
        "{everything}"
    );
    let calls = project.stand_in_calls("slack");
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert_eq!(calls[0]["arguments"]["channel_id"], "#ops");
    assert!(
        calls[0]["arguments"]["text"]
            .as_str()
            .is_some_and(|text| text.contains("churn_watch failed"))
    );
}

#[test]
fn a_project_that_cannot_be_written() {
    // Root may write anywhere, so a file stands where the folder for state would be made.
    let project = Project::churn_watch();
    project.write(".sophia", "in the way");
    one_complaint(project.sophia(&["run", "."]).expect(2), "S929");
}

#[test]
fn a_store_that_is_not_a_database_is_left_alone() {
    let project = Project::churn_watch();
    project
        .sophia(&["run", ".", "--input", "threshold=99%"])
        .expect(0);
    let store = project.path().join(".sophia/dev/runs.db");
    let garbage = "not a database at all, but somebody's letter\n".repeat(500);
    fs::write(&store, &garbage).expect("a writable file");
    one_complaint(project.sophia(&["run", "."]).expect(2), "S96");
    assert_eq!(
        fs::read_to_string(&store).expect("a file"),
        garbage,
        "nothing is overwritten"
    );
}

#[test]
fn a_disk_that_fills_up_loses_nothing() {
    let project = Project::churn_watch();
    // Seeded and trained first, so that the limit meets the journal and nothing else.
    project
        .sophia(&["run", ".", "--input", "threshold=99%"])
        .expect(0);
    let store = project.path().join(".sophia/dev/runs.db");
    let blocks = fs::metadata(&store).expect("the store").len() / 512;
    let limited = std::process::Command::new("bash")
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f \"$1\"; exec \"$2\" run .",
            "bash",
            &(blocks / 2).max(64).to_string(),
            crate::project::SOPHIA,
        ])
        .current_dir(project.path())
        .output()
        .expect("bash is there");
    let limited = Called::from(limited).expect_calm();
    let everything = format!("{}{}", limited.out, limited.err);
    assert!(limited.code == 1 || limited.code == 2, "{everything}");
    assert!(everything.contains("S96"), "{everything}");
    // With room again, the same command goes on and every message is sent once.
    project.sophia(&["run", "."]).expect(0);
    let calls = project.stand_in_calls("slack");
    let texts: std::collections::BTreeSet<_> = calls
        .iter()
        .map(|call| call["arguments"]["text"].to_string())
        .collect();
    assert_eq!((calls.len(), texts.len()), (50, 50));
}

#[test]
fn a_file_that_may_not_be_read_is_named() {
    let project = Project::churn_watch();
    let file = project.path().join("churn_watch.sophia");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).expect("rights");
    let called = project.sophia(&["check", "."]).expect_calm();
    // Root reads everything; anybody else is told.
    if called.code != 0 {
        one_complaint(called, "S926");
    }
}
