//! The model call through the router: a compatible server answers, refuses, or answers badly.

use serde_json::json;

use crate::project::{Called, Project};
use crate::scripted_model::{Answer, ScriptedModel};

const KEY: &str = "sk-test-1234567890";

fn with_server(server: &ScriptedModel) -> Project {
    let project = Project::churn_watch();
    project.replace(
        "sophia.toml",
        "model     = \"gpt-4o\"",
        &format!(
            "model     = \"gpt-4o\"\nbase_url  = \"{}\"",
            server.base_url
        ),
    );
    project.replace("churn_watch.sophia", "| take  50", "| take  5");
    project
}

fn run(project: &Project) -> Called {
    let output = project
        .command(&["run", ".", "--format", "json"])
        .env("SOPHIA_SECRET_OPENAI_KEY", KEY)
        .output()
        .expect("the program starts");
    Called::from(output).expect_calm()
}

fn good() -> String {
    json!({ "reason": "The contract ends soon.", "next_step": "offer", "urgency": 4 }).to_string()
}

#[test]
fn a_compatible_server_answers_and_is_named_with_its_cost() {
    let server = ScriptedModel::start(|_| Answer::Text(good()));
    let project = with_server(&server);
    let summary = run(&project).expect(0).json();

    let requests = server.requests();
    assert_eq!(requests.len(), 5);
    for (authorization, body) in &requests {
        assert_eq!(
            authorization.as_deref(),
            Some(format!("Bearer {KEY}").as_str())
        );
        let format = &body["response_format"];
        assert_eq!(format["type"], "json_schema", "{body:#}");
        assert_eq!(format["json_schema"]["strict"], true);
        let schema = &format["json_schema"]["schema"];
        assert_eq!(schema["additionalProperties"], false);
        assert_eq!(
            schema["properties"]["next_step"]["enum"],
            json!(["call", "email", "offer"])
        );
        let prompt = body["messages"].to_string();
        assert!(
            prompt.contains("customer-success") && prompt.contains("Risk of leaving:"),
            "{prompt}"
        );
    }
    let calls = project.stand_in_calls("slack");
    assert_eq!(calls.len(), 5);
    assert!(calls.iter().all(|call| {
        call["arguments"]["text"]
            .as_str()
            .is_some_and(|text| text.contains("The contract ends soon. Next: offer."))
    }));
    let advise = summary["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .find(|step| step["label"] == "advice")
        .expect("advice");
    assert_eq!(advise["answered_by"]["openai"], 5, "{summary:#}");
    // 5 calls of 100 tokens in at $2.50 and 20 out at $10.00 a million.
    assert_eq!(summary["cost_usd"], "0.00225", "{summary:#}");
    assert!(!summary.to_string().contains(KEY));
}

#[test]
fn a_reply_that_does_not_fit_is_repaired_once() {
    let server = ScriptedModel::start(|request| {
        let turns = request["messages"].as_array().map_or(0, Vec::len);
        if turns <= 2 {
            Answer::Text(
                json!({ "reason": "Soon.", "next_step": "visit", "urgency": 9 }).to_string(),
            )
        } else {
            Answer::Text(format!("Here it is:\n```json\n{}\n```", good()))
        }
    });
    let project = with_server(&server);
    run(&project).expect(0);
    assert_eq!(
        server.requests().len(),
        10,
        "one repair for each of five calls"
    );
    assert!(project.stand_in_calls("slack").iter().all(|call| {
        call["arguments"]["text"]
            .as_str()
            .is_some_and(|text| text.contains("Next: offer."))
    }));
}

#[test]
fn a_reply_that_never_fits_gives_way_to_the_written_answer_and_says_why() {
    let server =
        ScriptedModel::start(|_| Answer::Text("I would rather talk about the weather.".to_owned()));
    let project = with_server(&server);
    let summary = run(&project).expect(0).json();
    let advise = summary["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .find(|step| step["label"] == "advice")
        .expect("advice");
    assert_eq!(advise["answered_by"]["otherwise"], 5, "{summary:#}");
    assert!(
        advise["passed_over"]["openai"]
            .as_str()
            .is_some_and(|why| !why.is_empty()),
        "{summary:#}"
    );
    assert_eq!(project.stand_in_calls("slack").len(), 5);
}

#[test]
fn a_refused_key_is_told_without_the_key() {
    let server = ScriptedModel::start(|_| {
        Answer::Status(401, json!({ "error": { "message": format!("Incorrect API key provided: {KEY}"), "type": "invalid_request_error" } }).to_string())
    });
    let project = with_server(&server);
    let called = run(&project).expect(0);
    assert!(
        !called.out.contains(KEY) && !called.err.contains(KEY),
        "{}\n{}",
        called.out,
        called.err
    );
    let summary = called.json();
    let advise = summary["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .find(|step| step["label"] == "advice")
        .expect("advice");
    assert!(
        advise["passed_over"]["openai"]
            .as_str()
            .is_some_and(|why| why.contains("key")),
        "{summary:#}"
    );
}
