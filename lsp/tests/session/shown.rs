//! What stands beside the text: graph, plan, tests, inputs, ways of labelled data.

use serde_json::{Value, json};

use crate::client::Client;
use crate::project::{LOCK, MANIFEST};

const DESK: &str = r##"playbook letters

use warehouse, slack

input least: integer = 12

trigger on request (topic: text)

query customers from warehouse, at most 50 rows {
  select customer_id, tenure
  from   customers
}

for each customer in customers {
  do slack.post_message(channel: "#cs", text: "A letter.")
}

test "nobody is written to" {
  given customers = []
  run with { topic: "spring" }
  expect slack.post_message never called
}
"##;

fn ask(client: &mut Client, method: &str, name: &str) -> Value {
    let about = json!({ "textDocument": { "uri": Client::uri(name) } });
    client.ask(method, about)
}

fn desk(text: &str) -> Client {
    let mut client = Client::new(&[
        ("sophia.toml", MANIFEST),
        ("sophia.lock", LOCK),
        ("letters.sophia", text),
    ]);
    client.open("letters.sophia", text);
    client
}

#[test]
fn the_graph_knows_where_its_boxes_are_written() {
    let mut client = desk(DESK);
    let graph = ask(&mut client, "sophia/graph", "letters.sophia");
    assert_eq!(graph["playbook"], "letters", "{graph}");
    let svg = graph["svg"].as_str().expect("a picture");
    let steps = graph["steps"].as_array().expect("steps");
    assert!(steps.len() >= 3, "{graph}");
    for step in steps {
        let id = format!("id=\"{}\"", step["id"].as_str().unwrap_or_default());
        assert_eq!(svg.matches(&id).count(), 1, "{id}");
    }
    let effect = (steps.iter())
        .find(|step| step["name"] == "do slack.post_message")
        .expect("the effect");
    assert_eq!(effect["kind"], "effect");
    assert_eq!(effect["depth"], 1);
    assert_eq!(effect["location"]["uri"], Client::uri("letters.sophia"));
    assert_eq!(
        effect["location"]["range"]["start"],
        json!({ "line": 14, "character": 2 })
    );
}

#[test]
fn the_graph_follows_the_text_and_says_why_there_is_none() {
    let mut client = desk(DESK);
    client.rewrite("letters.sophia", &DESK.replace("tenure\n", "tenur\n"));
    let none = ask(&mut client, "sophia/graph", "letters.sophia");
    assert_eq!(none["playbook"], "letters", "{none}");
    assert!(
        none["reason"]
            .as_str()
            .is_some_and(|why| why.contains("mistakes")),
        "{none}"
    );
    client.rewrite(
        "letters.sophia",
        &DESK.replace("channel: \"#cs\"", "channel: \"#all\""),
    );
    let again = ask(&mut client, "sophia/graph", "letters.sophia");
    assert!(again["svg"].is_string(), "{again}");
    client.open("shared.sophia", "module shared.words\n");
    let module = ask(&mut client, "sophia/graph", "shared.sophia");
    assert_eq!(module["reason"], "This file holds no playbook.");
}

#[test]
fn the_plan_says_what_is_done_at_most() {
    let mut client = desk(DESK);
    let plan = ask(&mut client, "sophia/plan", "letters.sophia");
    let sections = plan["sections"].as_array().expect("sections");
    let rows = |title: &str| {
        let section = sections.iter().find(|section| section["title"] == title);
        section.map_or(Value::Null, |section| section["rows"].clone())
    };
    let effect = &rows("effects")[0];
    assert_eq!(effect["what"], "slack.post_message", "{plan}");
    assert_eq!(effect["bound"], "≤ 50 a run");
    assert_eq!(effect["detail"], "to #cs");
    assert_eq!(rows("cost")[0]["what"], "≤ $0.00 a run");
}

#[test]
fn tests_are_listed_also_while_something_else_is_wrong() {
    let mut client = desk(&DESK.replace("tenure\n", "tenur\n"));
    let files = client.ask("sophia/tests", json!({}));
    assert_eq!(files[0]["playbook"], "letters", "{files}");
    assert_eq!(files[0]["uri"], Client::uri("letters.sophia"));
    let tests = files[0]["tests"].as_array().expect("tests");
    assert_eq!(tests.len(), 1);
    assert_eq!(tests[0]["title"], "nobody is written to");
    assert_eq!(
        tests[0]["range"]["start"],
        json!({ "line": 17, "character": 0 })
    );
}

#[test]
fn inputs_are_those_of_the_text() {
    let mut client = desk(DESK);
    let inputs = ask(&mut client, "sophia/inputs", "letters.sophia");
    assert_eq!(
        inputs,
        json!({
            "playbook": "letters",
            "inputs": [
                { "name": "least", "type": "integer", "default": "12", "documentation": null },
                { "name": "topic", "type": "text", "default": null, "documentation": null },
            ],
        })
    );
}

#[test]
fn a_flow_that_may_not_be_has_its_way() {
    let leaking = DESK
        .replace("customer_id, tenure", "customer_id, email")
        .replace("\"A letter.\"", "customer.email ?? \"\"");
    let mut client = desk(&leaking);
    let paths = ask(&mut client, "sophia/labelPaths", "letters.sophia");
    let path = &paths[0];
    assert_eq!(path["code"], "S601", "{paths}");
    let stops = path["stops"].as_array().expect("stops");
    assert!(stops.len() >= 2, "{paths}");
    let subject = path["subject"].as_str().expect("what would leave");
    assert!(
        path["message"]
            .as_str()
            .is_some_and(|message| message.contains(subject)),
        "{paths}"
    );
    for stop in stops {
        let what = stop["what"].as_str().expect("what it comes through");
        assert!(
            !what.is_empty() && !what.contains('→') && !what.contains("  "),
            "{paths}"
        );
    }
    let places: Vec<&Value> = stops.iter().map(|stop| &stop["location"]["uri"]).collect();
    assert!(
        places.contains(&&json!(Client::uri("sophia.lock"))),
        "{paths}"
    );
    assert!(
        places.contains(&&json!(Client::uri("letters.sophia"))),
        "{paths}"
    );
    let mut sound = desk(DESK);
    assert_eq!(
        ask(&mut sound, "sophia/labelPaths", "letters.sophia"),
        json!([])
    );
}

#[test]
fn a_text_that_is_not_open_anywhere_is_no_reason_to_fail() {
    let mut client = desk(DESK);
    for method in ["sophia/graph", "sophia/plan"] {
        let nothing = ask(&mut client, method, "nowhere.sophia");
        assert!(nothing["reason"].is_string(), "{method}: {nothing}");
    }
    let inputs = ask(&mut client, "sophia/inputs", "nowhere.sophia");
    assert_eq!(inputs, json!({ "playbook": null, "inputs": [] }));
}
