//! People act on runs: the same verbs on the command line and over the network.

use serde_json::json;

use crate::door::Daemon;
use crate::project::Project;

const MANIFEST: &str = r#"[project]
name = "desk"

[groups]
leads = ["ann@example.org", "bob@example.org"]
"#;

const LOAD: &str = r#"playbook load

trigger on request

type Row {
  name: text
}

let rows = read csv "inbox.csv" as table of Row

ask "leads" to approve "Take {count(rows)} rows?"

let told = "{count(rows)} rows"
"#;

const ANN: &str = "a token of ann";
const BOB: &str = "a token of bob";

fn project() -> Project {
    let project = Project::empty();
    project.write("sophia.toml", MANIFEST);
    project.write("load.sophia", LOAD);
    project
}

#[test]
fn a_run_goes_on_from_what_failed_and_the_record_says_who_and_why() {
    let project = project();
    project.sophia(&["run", "load.sophia"]).expect(1);
    let run = project.newest();
    project.write("inbox.csv", "name\nann\nbob\n");
    let again = [
        "runs",
        "retry",
        &run,
        "--as",
        "ann@example.org",
        "--because",
        "the file has come",
    ];
    let waits = project.sophia(&again).expect(3).expect_calm();
    assert!(waits.out.contains("Take 2 rows?"), "{}", waits.out);
    let refused = project.sophia(&again).expect(2);
    assert!(refused.err.contains("S903"), "{}", refused.err);
    project
        .sophia(&["runs", "approve", &run, "--as", "bob@example.org"])
        .expect(0);
    let shown = project.sophia(&["runs", "show", &run, "--all"]).expect(0);
    assert!(
        shown
            .out
            .contains("ann@example.org had what failed run again"),
        "{}",
        shown.out
    );
    assert!(shown.out.contains("the file has come"), "{}", shown.out);
}

#[test]
fn a_value_stands_in_for_a_step_that_failed() {
    let project = project();
    project.sophia(&["run", "load.sophia"]).expect(1);
    let run = project.newest();
    let wrong = project
        .sophia(&[
            "runs",
            "skip",
            &run,
            "rows",
            "--with",
            "7",
            "--as",
            "ann@example.org",
        ])
        .expect(2);
    assert!(wrong.err.contains("S905"), "{}", wrong.err);
    let rows = r#"[{"name": "ann"}]"#;
    let waits = project
        .sophia(&[
            "runs",
            "skip",
            &run,
            "rows",
            "--with",
            rows,
            "--as",
            "ann@example.org",
        ])
        .expect(3)
        .expect_calm();
    assert!(waits.out.contains("Take 1 rows?"), "{}", waits.out);
}

#[test]
fn people_act_over_the_network_as_whom_their_token_says() {
    let project = project();
    let daemon = Daemon::with(
        &project,
        &[
            ("SOPHIA_SECRET_ACCESS_ANN_EXAMPLE_ORG", ANN),
            ("SOPHIA_SECRET_ACCESS_BOB_EXAMPLE_ORG", BOB),
            ("SOPHIA_SECRET_ACCESS_TOKEN", "a token of nobody"),
        ],
    );
    let bearer = |token: &str| format!("Bearer {token}");
    let (ann, nobody) = (bearer(ANN), bearer("a token of nobody"));
    let ann: [(&str, &str); 1] = [("Authorization", &ann)];
    let nobody: [(&str, &str); 1] = [("Authorization", &nobody)];

    let (status, started) = daemon.ask("POST", "/playbooks/load", &nobody, "");
    assert_eq!(
        (status, &started["status"]),
        (200, &json!("failed")),
        "{started:#}"
    );
    let run = started["run"].as_str().expect("a name").to_owned();
    let to = |verb: &str| format!("/runs/{run}/{verb}");

    let (status, refused) = daemon.ask("POST", &to("retry"), &[], "");
    assert_eq!(status, 401, "{refused:#}");
    let (status, refused) = daemon.ask("POST", &to("retry"), &ann, r#"{"by": "eve@example.org"}"#);
    assert_eq!(status, 400, "who acts is no field: {refused:#}");
    let (status, refused) = daemon.ask("POST", &to("pause"), &ann, "");
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("S969")),
        "{refused:#}"
    );
    let (status, refused) = daemon.ask("POST", &to("retry"), &ann, r#"{"from": "nothing"}"#);
    assert_eq!(
        (status, &refused["code"]),
        (422, &json!("S904")),
        "{refused:#}"
    );
    assert_eq!(refused["type"], "urn:sophia:problem:S904");
    let (status, refused) = daemon.ask("POST", &to("burn"), &ann, "");
    assert_eq!(status, 404, "{refused:#}");

    project.write("inbox.csv", "name\nann\n");
    let (status, sheet) = daemon.ask("POST", &to("retry"), &ann, r#"{"because": "it has come"}"#);
    assert_eq!(status, 200, "{sheet:#}");
    let approved = loop {
        // It may still be on its way to the question.
        let (status, refused) = daemon.ask("POST", &to("approve"), &nobody, "");
        assert!(status == 409, "{refused:#}");
        let detail = refused["detail"].as_str().expect("a sentence");
        if detail.contains("was not asked") {
            break daemon.ask("POST", &to("approve"), &ann, r#"{"comment": "fine"}"#);
        }
    };
    assert_eq!(approved.0, 200, "{:#}", approved.1);
    loop {
        let (status, listed) = daemon.ask("GET", "/runs?playbook=load&status=done", &ann, "");
        assert_eq!(status, 200);
        if let [done] = listed["runs"].as_array().expect("a list").as_slice() {
            assert_eq!(done["run"], json!(run));
            break;
        }
    }
    let shown = project.sophia(&["runs", "show", &run]).expect(0);
    assert!(
        shown
            .out
            .contains("ann@example.org had what failed run again"),
        "{}",
        shown.out
    );
}

#[test]
fn nobody_of_a_group_with_four_eyes_agrees_to_what_they_started() {
    let project = project();
    project.write("inbox.csv", "name\nann\n");
    project.replace(
        "sophia.toml",
        r#"leads = ["ann@example.org", "bob@example.org"]"#,
        r#"leads = { people = ["ann@example.org", "bob@example.org"], four_eyes = true }"#,
    );
    let started = project
        .command(&["run", "load.sophia"])
        .env("SOPHIA_PERSON", "ann@example.org")
        .output()
        .expect("the program starts");
    assert_eq!(started.status.code(), Some(3));
    let run = project.newest();
    let own = project
        .sophia(&["runs", "approve", &run, "--as", "ann@example.org"])
        .expect(2);
    assert!(own.err.contains("S906"), "{}", own.err);
    project
        .sophia(&["runs", "approve", &run, "--as", "bob@example.org"])
        .expect(0);
}
