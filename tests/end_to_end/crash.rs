//! `kill -9` in the middle, and the same command again: nothing is lost, nothing is sent twice.

use std::collections::BTreeMap;
use std::process::Child;
use std::thread;

use serde_json::Value;

use crate::project::Project;

/// Every message that arrived, by customer, with how often.
fn announced(project: &Project) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for call in project.stand_in_calls("slack") {
        let text = call["arguments"]["text"].as_str().expect("a text");
        let customer = text.split(' ').next().expect("a customer").to_owned();
        *counts.entry(customer).or_insert(0) += 1;
    }
    counts
}

/// The example with one item at a time, so that there is time to kill it where a test wants to.
fn one_at_a_time() -> Project {
    let project = Project::churn_watch();
    project.replace("churn_watch.sophia", ", 8 at a time", "");
    project
}

/// Kills the program as soon as `reached` says so; says whether it was still alive then.
fn kill_when(mut child: Child, reached: impl Fn() -> bool) -> bool {
    loop {
        if child.try_wait().expect("a child").is_some() {
            return false;
        }
        if reached() {
            child.kill().expect("a signal");
            child.wait().expect("an end");
            return true;
        }
        thread::yield_now();
    }
}

#[test]
fn killed_at_many_points_it_finishes_with_every_message_sent_once() {
    let mut killed = 0;
    // Before the loop, at its beginning, in its middle, and with the last items under way.
    for after in [0, 1, 2, 7, 20, 33, 43, 48, 49] {
        // With eight items under way at once, and with one.
        let project = if [0, 2, 20].contains(&after) {
            Project::churn_watch()
        } else {
            one_at_a_time()
        };
        let child = project.start(&["run", "."]);
        let was_alive = kill_when(child, || {
            if after == 0 {
                project
                    .path()
                    .join(".sophia/dev/predictors")
                    .read_dir()
                    .is_ok_and(|mut versions| versions.next().is_some())
            } else {
                project.stand_in_calls("slack").len() >= after
            }
        });
        let again = project
            .sophia(&["run", ".", "--format", "json"])
            .expect(0)
            .json();
        // The signal may come a moment after the last record of the run.
        assert!(
            was_alive || again["resumed"] == false,
            "after {after} messages: {again:#}"
        );
        killed += usize::from(again["resumed"] == true);
        let counts = announced(&project);
        assert_eq!(
            counts.len(),
            50,
            "after {after} messages: {} customers",
            counts.len()
        );
        assert!(
            counts.values().all(|times| *times == 1),
            "after {after} messages: {counts:?}"
        );
    }
    assert!(
        killed >= 6,
        "only {killed} of 9 runs were still alive when they should have been killed"
    );
}

#[test]
fn killed_again_and_again_it_still_finishes() {
    let project = one_at_a_time();
    let mut killed = 0;
    // The signal comes some items after the one that it waited for, where the machine has other things to do.
    for after in [5, 12, 19, 26] {
        let child = project.start(&["run", "."]);
        if !kill_when(child, || project.stand_in_calls("slack").len() >= after) {
            break;
        }
        killed += 1;
    }
    assert!(killed > 0, "the run ended before it could be killed");
    let runs = |arguments: &[&str]| -> Vec<Value> {
        let told = project.sophia(arguments).expect(0).json();
        told["runs"].as_array().expect("runs").clone()
    };
    let mut unfinished = runs(&["runs", "list", "--format", "json"]);
    unfinished.retain(|run| run["ended"].is_null());
    let resumed = runs(&["resume", "--format", "json"]);
    assert_eq!(resumed.len(), unfinished.len(), "{resumed:#?}");
    let counts = announced(&project);
    assert_eq!(counts.len(), 50);
    assert!(counts.values().all(|times| *times == 1), "{counts:?}");
}

#[test]
fn finished_steps_are_not_repeated_after_a_crash() {
    let project = one_at_a_time();
    let child = project.start(&["run", "."]);
    let killed = kill_when(child, || project.stand_in_calls("slack").len() >= 10);
    assert!(killed, "the run ended before it could be killed");
    let detail = |project: &Project| -> Value {
        project
            .sophia(&["runs", "show", "--all", "--format", "json"])
            .expect(0)
            .json()
    };
    let ends = |detail: &Value| -> BTreeMap<String, Value> {
        let steps = detail["steps"].as_array().expect("steps").iter();
        steps
            .filter(|step| step["state"] == "done")
            .map(|step| {
                (
                    step["key"].as_str().expect("a key").to_owned(),
                    step["ended"].clone(),
                )
            })
            .collect()
    };
    let before = ends(&detail(&project));
    assert!(before.len() >= 10, "{before:#?}");
    project.sophia(&["run", "."]).expect(0);
    let after = ends(&detail(&project));
    for (key, ended) in &before {
        assert_eq!(after.get(key), Some(ended), "{key} was repeated");
    }
}
