//! The main job: `sophia run examples/churn_watch`, and what it leaves behind.

use std::collections::BTreeSet;

use crate::project::Project;

#[test]
fn the_example_announces_fifty_customers_and_says_so() {
    let project = Project::churn_watch();
    let run = project.sophia(&["run", "."]).expect(0).expect_calm();

    // What a manager reads.
    assert!(run.out.contains("50"), "{}", run.out);
    assert!(run.out.contains("#cs-alerts"), "{}", run.out);
    assert!(run.out.contains("stand-in"), "{}", run.out);
    assert!(run.out.contains("otherwise"), "{}", run.out);
    assert!(
        run.out
            .contains("no file models/llama-3.1-8b-instruct-q4_k_m.gguf"),
        "{}",
        run.out
    );
    assert!(run.out.contains("openai_key"), "{}", run.out);

    // What arrived.
    let calls = project.stand_in_calls("slack");
    assert_eq!(calls.len(), 50);
    let texts: BTreeSet<_> = calls
        .iter()
        .map(|call| call["arguments"]["text"].to_string())
        .collect();
    assert_eq!(texts.len(), 50, "every message is about another customer");
    for call in &calls {
        assert_eq!(call["arguments"]["channel_id"], "#cs-alerts");
        let text = call["arguments"]["text"].as_str().expect("a text");
        assert!(text.contains("Next: call."), "{text}");
        assert!(text.contains('%'), "{text}");
    }
}

#[test]
fn a_second_run_within_seven_days_sends_nothing_twice() {
    let project = Project::churn_watch();
    project.sophia(&["run", "."]).expect(0);
    let second = project
        .sophia(&["run", ".", "--format", "json"])
        .expect(0)
        .json();
    assert_eq!(project.stand_in_calls("slack").len(), 50);
    let announced = second["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .find(|step| step["label"] == "post_message" || step["label"] == "slack.post_message")
        .expect("the announcement");
    assert_eq!(announced["suppressed"], 50, "{second:#}");
}

#[test]
fn programs_get_the_same_as_people() {
    let project = Project::churn_watch();
    let run = project
        .sophia(&["run", ".", "--format", "json"])
        .expect(0)
        .json();
    assert_eq!(run["playbook"], "churn_watch");
    assert_eq!(run["status"], "done");
    let id = run["run"].as_str().expect("an id").to_owned();

    let shown = project
        .sophia(&["runs", "show", &id, "--format", "json"])
        .expect(0)
        .json();
    assert_eq!(shown["run"], id.as_str());
    let listed = project
        .sophia(&["runs", "list", "--format", "json"])
        .expect(0)
        .json();
    assert_eq!(listed["runs"][0]["run"], id.as_str());
}

#[test]
fn a_higher_threshold_means_fewer_messages() {
    let project = Project::churn_watch();
    project
        .sophia(&["run", ".", "--input", "threshold=99%"])
        .expect(0);
    assert_eq!(project.stand_in_calls("slack").len(), 0);
    let refused = project
        .sophia(&["run", ".", "--input", "threshold=high"])
        .expect(2)
        .expect_calm();
    assert!(
        refused.err.contains("S988") && refused.err.contains("threshold"),
        "{}",
        refused.err
    );
}

#[test]
fn the_tests_in_the_playbook_pass_and_a_wrong_one_fails_with_its_difference() {
    let project = Project::churn_watch();
    let passed = project.sophia(&["test", "."]).expect(0);
    assert!(passed.out.contains("2 passed, 0 failed"), "{}", passed.out);

    project.replace(
        "churn_watch.sophia",
        "channel: \"#cs-alerts\",\n",
        "channel: \"#cs-alert\",\n",
    );
    let failed = project.sophia(&["test", "."]).expect(1).expect_calm();
    assert!(failed.out.contains("1 passed, 1 failed"), "{}", failed.out);
    assert!(
        failed.out.contains("#cs-alerts") && failed.out.contains("differs"),
        "{}",
        failed.out
    );
    let came = failed
        .out
        .lines()
        .find(|line| line.starts_with("  came "))
        .unwrap_or_default();
    let marks = failed
        .out
        .lines()
        .find(|line| line.ends_with("differs"))
        .unwrap_or_default();
    let at = marks.chars().position(|letter| letter == '~').unwrap_or(0);
    let marked: String = came
        .chars()
        .skip(at)
        .take(marks.matches('~').count())
        .collect();
    assert_eq!(marked, "#cs-alert\"", "{}", failed.out);
}

#[test]
fn coverage_lists_what_no_test_reaches_with_its_place() {
    let project = Project::churn_watch();
    let tested = project.sophia(&["test", ".", "--coverage"]).expect(0);
    for place in [
        "churn_watch.sophia:45:",
        "otherwise of advise",
        "post_message",
    ] {
        assert!(tested.out.contains(place), "{place}: {}", tested.out);
    }
    let told = project
        .sophia(&["test", ".", "--format", "json"])
        .expect(0)
        .json();
    let missed = told["playbooks"][0]["coverage"]["missed"]
        .as_array()
        .map_or(0, Vec::len);
    assert!(missed > 0, "{told:#}");
}

#[test]
fn the_graph_can_be_drawn_three_ways() {
    let project = Project::churn_watch();
    let mermaid = project.sophia(&["graph", "."]).expect(0);
    assert!(mermaid.out.starts_with("flowchart"), "{}", mermaid.out);
    let dot = project.sophia(&["graph", ".", "--as", "dot"]).expect(0);
    assert!(dot.out.starts_with("digraph"), "{}", dot.out);
    let svg = project.sophia(&["graph", ".", "--as", "svg"]).expect(0);
    assert!(svg.out.starts_with("<svg"), "{}", svg.out);
    for drawing in [mermaid, dot, svg] {
        for step in [
            "customers",
            "churn_risk",
            "at_risk",
            "advise",
            "post_message",
        ] {
            assert!(
                drawing.out.contains(step),
                "{step} is missing in\n{}",
                drawing.out
            );
        }
    }
}

#[test]
fn the_example_is_laid_out_as_the_formatter_would() {
    let project = Project::churn_watch();
    project.sophia(&["fmt", ".", "--check"]).expect(0);
    project.replace(
        "churn_watch.sophia",
        "input threshold: percent = 70%",
        "input   threshold :percent=70%",
    );
    project.sophia(&["fmt", ".", "--check"]).expect(1);
    project.sophia(&["fmt", "."]).expect(0);
    project.sophia(&["fmt", ".", "--check"]).expect(0);
    assert!(
        project
            .read("churn_watch.sophia")
            .contains("input threshold: percent = 70%")
    );
}
