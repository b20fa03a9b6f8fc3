//! Runs that wait for people: answered while nothing runs, and through the door of a daemon.

use std::time::{Duration, Instant};

use crate::project::Project;

const MANIFEST: &str = r#"[project]
name = "desk"

[groups]
leads = ["ann@example.org", "bob@example.org"]
"#;

const PLAYBOOK: &str = r#"playbook desk

type Cause {
  cause: "price" | "season"
  cost:  integer
}

ask "leads" to approve "Shall it go on?"

let why = ask "leads" for Cause "Why?"

let told = "{why.cause}: {why.cost}"
"#;

fn project() -> Project {
    let project = Project::empty();
    project.write("sophia.toml", MANIFEST);
    project.write("desk.sophia", PLAYBOOK);
    project
}

fn run_of(out: &str) -> String {
    let after = out.split("sophia runs approve ").nth(1).expect(out);
    after.split_whitespace().next().expect("a name").to_owned()
}

#[test]
fn people_answer_while_no_process_carries_the_run_on() {
    let project = project();
    let waits = project.sophia(&["run", "."]).expect(3).expect_calm();
    assert!(waits.out.contains("\"leads\""), "{}", waits.out);
    let run = run_of(&waits.out);

    let stranger = project
        .sophia(&["runs", "approve", &run, "--as", "eve@example.org"])
        .expect(2);
    assert!(stranger.err.contains("was not asked"), "{}", stranger.err);

    let next = project
        .sophia(&["runs", "approve", &run, "--as", "ann@example.org"])
        .expect(3);
    assert!(next.out.contains("sophia runs answer"), "{}", next.out);

    let wrong = project
        .sophia(&[
            "runs",
            "answer",
            &run,
            "--as",
            "bob@example.org",
            "--field",
            "cause=weather",
        ])
        .expect(2);
    assert!(wrong.err.contains("cause"), "{}", wrong.err);
    project
        .sophia(&[
            "runs",
            "answer",
            &run,
            "--as",
            "bob@example.org",
            "--field",
            "cause=price",
            "--field",
            "cost=5",
        ])
        .expect(0);
    let shown = project.sophia(&["runs", "show", &run, "--all"]).expect(0);
    assert!(shown.out.contains("ann@example.org"), "{}", shown.out);
    assert!(shown.out.contains("price: 5"), "{}", shown.out);
}

#[test]
fn people_answer_through_the_door_of_the_daemon() {
    let project = project();
    let waits = project.sophia(&["run", "."]).expect(3);
    let run = run_of(&waits.out);
    // The door of the process that is gone tells nothing of the daemon's.
    let door = project.path().join(".sophia/dev/runs.sock");
    let _ = std::fs::remove_file(&door);
    let mut daemon = project.start(&["serve", "."]);
    let deadline = Instant::now() + Duration::from_mins(1);
    // Until the daemon holds the store, a command does what it is asked by itself; then it asks the daemon.
    while !door.exists() {
        assert!(Instant::now() < deadline, "the daemon opens its door");
        std::thread::sleep(Duration::from_millis(20));
    }
    let paused = project
        .sophia(&["runs", "pause", &run, "--as", "ann@example.org"])
        .expect(0);
    assert!(
        paused.out.contains("stands in the record"),
        "{}",
        paused.out
    );
    let again = project
        .sophia(&["runs", "pause", &run, "--as", "bob@example.org"])
        .expect(2);
    assert!(again.err.contains("paused already"), "{}", again.err);
    for what in ["resume", "cancel"] {
        project
            .sophia(&["runs", what, &run, "--as", "ann@example.org"])
            .expect(0);
    }
    let shown = project.sophia(&["runs", "show", &run]).expect(0);
    assert!(
        shown.out.contains("ann@example.org ended it"),
        "{}",
        shown.out
    );
    // It is the test's own process, and may be gone.
    let _ = daemon.kill();
    let _ = daemon.wait();
}
