//! `sophia plan`: what a playbook would do, before it does it, and what a change would change.

use std::process::Command;

use crate::project::Project;

fn git(project: &Project, arguments: &[&str]) {
    let done = Command::new("git")
        .args(["-c", "user.name=Ana", "-c", "user.email=ana@example.com"])
        .args(arguments)
        .current_dir(project.path())
        .output()
        .expect("git");
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

#[test]
fn a_plan_says_what_would_be_done_sent_and_paid() {
    let project = Project::churn_watch();
    let plan = project.sophia(&["plan", "."]).expect(0).expect_calm();
    for told in [
        "churn_watch",
        "slack.post_message",
        "≤ 51 a run",
        "#cs-alerts",
        "→ openai",
        "≤ $1.00 a run",
        "50 model calls",
    ] {
        assert!(plan.out.contains(told), "`{told}` is not in\n{}", plan.out);
    }
    assert!(
        project
            .sophia(&["plan", ".", "--format", "json"])
            .expect(0)
            .json()
            .is_object()
    );
}

#[test]
fn against_a_revision_it_says_what_changes() {
    let project = Project::churn_watch();
    git(&project, &["init", "--quiet"]);
    git(&project, &["add", "--all"]);
    git(&project, &["commit", "--quiet", "--message", "first"]);
    let same = project
        .sophia(&["plan", ".", "--against", "HEAD"])
        .expect(0)
        .expect_calm();
    assert!(same.out.contains("unchanged"), "{}", same.out);
    project.replace("churn_watch.sophia", "| take  50", "| take  20");
    let less = project
        .sophia(&["plan", ".", "--against", "HEAD"])
        .expect(0)
        .expect_calm();
    assert!(
        less.out.contains("changed")
            && less.out.contains("≤ 21 a run")
            && less.out.contains("was 51"),
        "{}",
        less.out
    );
    let unknown = project
        .sophia(&["plan", ".", "--against", "no-such-revision"])
        .expect(2)
        .expect_calm();
    assert!(unknown.err.contains("no-such-revision"), "{}", unknown.err);
}

#[test]
fn against_a_revision_it_says_where_an_effect_went_and_how_it_was_undone() {
    let project = Project::company();
    git(&project, &["init", "--quiet"]);
    git(&project, &["add", "--all"]);
    git(&project, &["commit", "--quiet", "--message", "first"]);
    project.replace("dip_response.sophia", "\"#revenue\"", "\"#sales\"");
    let undo = "\n  undo with linear.archive_issue(id: issue.id)";
    project.replace("deal_desk.sophia", undo, "");
    let plan = project
        .sophia(&["plan", ".", "--against", "HEAD"])
        .expect(0)
        .expect_calm();
    for told in ["to #sales (was #revenue)", "undo: no (was yes)"] {
        assert!(plan.out.contains(told), "`{told}` is not in\n{}", plan.out);
    }
}

#[test]
fn against_a_revision_it_counts_the_runs_that_stay_on_the_old_version() {
    let project = Project::empty();
    project.write(
        "sophia.toml",
        "[project]\nname = \"desk\"\n\n[groups]\nleads = [\"ann@example.org\"]\n",
    );
    project.write(
        "desk.sophia",
        "playbook desk\n\nask \"leads\" to approve \"Shall it go on?\"\n",
    );
    git(&project, &["init", "--quiet"]);
    git(&project, &["add", "--all"]);
    git(&project, &["commit", "--quiet", "--message", "first"]);
    project.replace("desk.sophia", "Shall it go on?", "Shall it stop?");
    let against = ["plan", ".", "--against", "HEAD"];
    let before = project.sophia(&against).expect(0).expect_calm();
    assert!(!before.out.contains("in flight"), "{}", before.out);

    project.replace("desk.sophia", "Shall it stop?", "Shall it go on?");
    project.sophia(&["run", "."]).expect(3);
    let same = project.sophia(&against).expect(0).expect_calm();
    assert!(!same.out.contains("in flight"), "{}", same.out);

    project.replace("desk.sophia", "Shall it go on?", "Shall it stop?");
    let after = project.sophia(&against).expect(0).expect_calm();
    assert!(
        after
            .out
            .contains("1 run in flight would stay on the old version"),
        "{}",
        after.out
    );
    let json = project
        .sophia(&["plan", ".", "--against", "HEAD", "--format", "json"])
        .expect(0)
        .json();
    assert_eq!(json["playbooks"][0]["runs_on_older_versions"], 1);
}
