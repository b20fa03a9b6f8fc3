//! Stand-ins, in process and as real servers over stdio.

mod support;

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use sophia_tools::{FailureKind, Fleet, OpenStandIn, StandIn, ToolDescription};
use support::{PATIENCE, arguments, fleet, lines};

fn message(text: &str) -> serde_json::Map<String, Value> {
    arguments(json!({ "channel": "#ops", "text": text }))
}

fn described(input: Value, output: Option<Value>) -> StandIn {
    StandIn {
        server: "chat".to_owned(),
        version: "1".to_owned(),
        tools: vec![ToolDescription {
            name: "post".to_owned(),
            input_schema: input,
            output_schema: output,
            ..ToolDescription::default()
        }],
        record: None,
    }
}

fn recorded(record: &Path) -> OpenStandIn {
    let input = json!({ "type": "object", "required": ["text"], "properties": { "text": { "type": "string" } } });
    let mut stand_in = described(input, None);
    stand_in.record = Some(record.to_owned());
    stand_in.open().expect("a stand-in")
}

async fn post(fleet: &Fleet, text: &str, key: &str) -> sophia_tools::ToolAnswer {
    let call = fleet.call("chat", "post_message", message(text), key, Some(PATIENCE));
    call.await.expect("an answer")
}

#[tokio::test]
async fn it_describes_itself_as_a_stand_in_that_honours_keys() {
    let fleet = fleet(&["stand-in"]);
    assert!(!fleet.honours_keys("chat", "post_message"), "not known yet");
    let description = fleet.describe("chat").await.expect("a description");
    assert_eq!(
        (description.server.as_str(), description.version.as_str()),
        ("chat", "1.2.3")
    );
    assert!(description.stand_in);
    let [post, look_up] = description.tools.as_slice() else {
        panic!("two tools, not {:?}", description.tools);
    };
    assert_eq!(
        (post.read_only, look_up.read_only),
        (Some(false), Some(true))
    );
    assert!(post.honours_keys);
    assert!(fleet.honours_keys("chat", "post_message"));
    assert!(!fleet.honours_keys("chat", "delete_message"));
    fleet.shut_down().await;
}

#[tokio::test]
async fn answers_say_that_they_are_made_up_or_have_the_declared_shape() {
    let fleet = fleet(&["stand-in"]);
    let posted = post(&fleet, "hello", "k").await;
    assert_eq!(posted.structured, None);
    assert!(
        posted.text.contains("chat is a stand-in"),
        "{}",
        posted.text
    );
    let found = fleet
        .call("chat", "look_up", arguments(json!({})), "", Some(PATIENCE))
        .await
        .expect("an answer");
    assert_eq!(
        found.structured,
        Some(json!({ "found": true, "day": "2026-01-01" }))
    );
    fleet.shut_down().await;
}

#[tokio::test]
async fn refused_arguments_are_named_and_not_recorded() {
    let folder = tempfile::tempdir().expect("a folder");
    let record = folder.path().join("chat.jsonl");
    let fleet = fleet(&["stand-in", &record.display().to_string()]);
    let wrong = arguments(json!({ "chanel": "#ops", "text": 5, "urgency": 9 }));
    let failure = fleet
        .call("chat", "post_message", wrong, "k", Some(PATIENCE))
        .await
        .expect_err("refused");
    assert_eq!(failure.kind, FailureKind::Permanent);
    assert_eq!(failure.problem.code.as_str(), "S955");
    let causes = failure.problem.causes.join("\n");
    for remark in [
        "`channel` is missing",
        "`chanel` is not known here; nearest: `channel`",
        "`text` must be text, not a whole number",
        "`urgency` must be at most 5",
    ] {
        assert!(causes.contains(remark), "{remark} in {causes}");
    }
    assert_eq!(lines(&record), Vec::<Value>::new());
    fleet.shut_down().await;
}

#[tokio::test]
async fn a_call_is_recorded_before_it_is_answered_and_once_for_a_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let record = folder.path().join("deep/chat.jsonl");
    let path = record.display().to_string();
    let first = fleet(&["stand-in", &path]);
    post(&first, "one", "k-1").await;
    post(&first, "one", "k-1").await;
    let written = lines(&record);
    assert_eq!(written.len(), 1);
    let [line] = written.as_slice() else {
        unreachable!()
    };
    assert_eq!(line.get("tool"), Some(&json!("post_message")));
    assert_eq!(
        line.get("arguments"),
        Some(&json!({ "channel": "#ops", "text": "one" }))
    );
    assert_eq!(line.get("idempotency_key"), Some(&json!("k-1")));
    assert!(line.get("at").is_some_and(Value::is_string));
    first.shut_down().await;

    // Another process, the same key.
    let second = fleet(&["stand-in", &path]);
    post(&second, "one", "k-1").await;
    post(&second, "two", "k-2").await;
    assert_eq!(lines(&record).len(), 2);
    second.shut_down().await;
}

#[test]
fn a_key_used_for_another_call_is_refused() {
    let stand_in = described(json!({ "type": "object" }), None)
        .open()
        .expect("a stand-in");
    let one = arguments(json!({ "a": 1 }));
    stand_in.answer("post", &one, Some("k")).expect("accepted");
    let failure = stand_in
        .answer("post", &arguments(json!({ "a": 2 })), Some("k"))
        .expect_err("another call");
    assert_eq!(failure.problem.code.as_str(), "S955");
    stand_in
        .answer("post", &one, None)
        .expect("without a key nothing is remembered");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_calls_at_once_are_each_recorded_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let record = folder.path().join("chat.jsonl");
    let fleet = Arc::new(fleet(&["stand-in", &record.display().to_string()]));
    let mut calls = tokio::task::JoinSet::new();
    for number in 0..60 {
        let fleet = Arc::clone(&fleet);
        // Each key comes twice.
        let key = number / 2;
        calls.spawn(
            async move { post(&fleet, &format!("message {key}"), &format!("k-{key}")).await },
        );
    }
    while let Some(done) = calls.join_next().await {
        done.expect("an answer");
    }
    let mut keys: Vec<String> = lines(&record)
        .iter()
        .filter_map(|line| line.get("idempotency_key")?.as_str().map(str::to_owned))
        .collect();
    keys.sort();
    let mut expected: Vec<String> = (0..30).map(|key| format!("k-{key}")).collect();
    expected.sort();
    assert_eq!(keys, expected);
    fleet.shut_down().await;
}

#[test]
fn a_line_that_a_crash_left_unfinished_is_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    let record = folder.path().join("chat.jsonl");
    let hello = arguments(json!({ "text": "hello" }));
    let first = recorded(&record);
    first.answer("post", &hello, Some("k-1")).expect("accepted");
    drop(first);
    let whole = std::fs::read(&record).expect("a record");
    // Wherever the crash came while the second line was written.
    for cut in 1..whole.len() {
        let mut torn = whole.clone();
        torn.extend(whole.iter().take(cut));
        std::fs::write(&record, torn).expect("writable");
        let again = recorded(&record);
        assert_eq!(
            std::fs::read(&record).expect("a record"),
            whole,
            "cut at {cut}"
        );
        drop(again);
    }
    let last = recorded(&record);
    last.answer("post", &hello, Some("k-1")).expect("known");
    last.answer("post", &hello, Some("k-2")).expect("accepted");
    assert_eq!(lines(&record).len(), 2);
}

#[test]
fn a_damaged_line_in_the_middle_is_a_problem() {
    let folder = tempfile::tempdir().expect("a folder");
    let record = folder.path().join("chat.jsonl");
    let mut file = std::fs::File::create(&record).expect("a file");
    writeln!(file, "not a line of a record").expect("writable");
    let mut stand_in = described(json!({ "type": "object" }), None);
    stand_in.record = Some(record);
    let problem = stand_in.open().err().expect("damaged");
    assert_eq!(problem.code.as_str(), "S958");
    assert!(problem.message.contains("line 1"), "{problem}");
}

#[test]
fn a_second_stand_in_waits_until_the_first_has_gone() {
    let folder = tempfile::tempdir().expect("a folder");
    let record = folder.path().join("chat.jsonl");
    let hello = arguments(json!({ "text": "hello" }));
    let first = recorded(&record);
    let second = std::thread::spawn({
        let record = record.clone();
        move || recorded(&record)
    });
    first.answer("post", &hello, Some("k-1")).expect("accepted");
    drop(first);
    let second = second.join().expect("opened");
    second.answer("post", &hello, Some("k-1")).expect("known");
    assert_eq!(lines(&record).len(), 1);
}

#[test]
fn a_reference_to_the_network_is_never_followed() {
    let remote = json!({ "$ref": "https://example.com/schema.json" });
    let problem = described(remote.clone(), None)
        .open()
        .err()
        .expect("remote input");
    assert_eq!(problem.code.as_str(), "S959");
    let open = described(json!({ "type": "object" }), Some(remote))
        .open()
        .expect("a stand-in");
    let failure = open
        .answer("post", &arguments(json!({})), None)
        .expect_err("remote output");
    assert_eq!(failure.problem.code.as_str(), "S959");
}

#[test]
fn the_real_slack_tools_have_a_stand_in() {
    let list: Value = serde_json::from_str(include_str!("data/slack_tools.json")).expect("JSON");
    let tools = list.get("tools").and_then(Value::as_array).expect("tools");
    let tools = tools
        .iter()
        .map(|tool| ToolDescription {
            name: tool
                .get("name")
                .and_then(Value::as_str)
                .expect("a name")
                .to_owned(),
            input_schema: tool.get("inputSchema").expect("a schema").clone(),
            ..ToolDescription::default()
        })
        .collect();
    let slack = StandIn {
        server: "slack".to_owned(),
        version: "1.0.0".to_owned(),
        tools,
        record: None,
    };
    let slack = slack.open().expect("every schema is usable");
    let good = arguments(json!({ "channel_id": "C1", "text": "hello" }));
    slack
        .answer("slack_post_message", &good, Some("k"))
        .expect("accepted");
    let bad = arguments(json!({ "channel": "C1", "text": "hello" }));
    let failure = slack
        .answer("slack_post_message", &bad, Some("k2"))
        .expect_err("refused");
    assert_eq!(failure.problem.causes, ["`channel_id` is missing"]);
}
