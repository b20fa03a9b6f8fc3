//! The fleet against real MCP servers, as their authors publish them. `./test` installs them; nothing
//! is fetched here.

mod support;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sophia_guard::Secret;
use sophia_tools::{FailureKind, Fleet, ServerSettings};
use support::{PATIENCE, arguments};

fn peers() -> PathBuf {
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers");
    assert!(
        peers.join("node_modules/.installed").is_file(),
        "the real MCP servers are not installed: run `./test`, or `tests/peers/install` alone"
    );
    std::fs::canonicalize(peers).expect("an existing folder")
}

/// Node.js as `tests/peers/install` chose it.
fn node() -> String {
    let own = peers().join(".venv/bin/node");
    if own.is_file() {
        return own.display().to_string();
    }
    "node".to_owned()
}

fn settings(name: &str, program: &str) -> ServerSettings {
    let program = peers()
        .join("node_modules/@modelcontextprotocol")
        .join(program)
        .join("dist/index.js");
    ServerSettings {
        name: name.to_owned(),
        command: vec![node(), program.display().to_string()],
        variables: Vec::new(),
        secrets: Vec::new(),
        folder: peers(),
        start_timeout: PATIENCE,
    }
}

fn slack() -> ServerSettings {
    let mut slack = settings("slack", "server-slack");
    let offline = peers().join("offline.cjs").display().to_string();
    slack.variables = vec![
        ("SLACK_TEAM_ID".to_owned(), "T0DUMMY".to_owned()),
        ("NODE_OPTIONS".to_owned(), format!("--require={offline}")),
    ];
    slack.secrets = vec![("SLACK_BOT_TOKEN".to_owned(), Secret::new("xoxb-dummy"))];
    slack
}

#[tokio::test]
async fn memory_keeps_what_it_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("memory.jsonl").display().to_string();
    let mut memory = settings("memory", "server-memory");
    memory.variables = vec![("MEMORY_FILE_PATH".to_owned(), file)];
    let fleet = Fleet::new(vec![memory]);

    let description = fleet.describe("memory").await.expect("a description");
    assert_eq!(description.tools.len(), 9);
    assert!(
        description
            .tools
            .iter()
            .all(|tool| tool.output_schema.is_some())
    );
    assert!(!description.stand_in && !fleet.honours_keys("memory", "create_entities"));

    let entity = json!({ "name": "Ada", "entityType": "person", "observations": ["counts"] });
    let made = fleet
        .call(
            "memory",
            "create_entities",
            arguments(json!({ "entities": [entity] })),
            "run/step",
            Some(PATIENCE),
        )
        .await
        .expect("created");
    let name = made
        .structured
        .as_ref()
        .and_then(|made| made.pointer("/entities/0/name"));
    assert_eq!(name, Some(&json!("Ada")));

    let graph = fleet
        .call(
            "memory",
            "read_graph",
            arguments(json!({})),
            "",
            Some(PATIENCE),
        )
        .await
        .expect("a graph");
    let entities = graph
        .structured
        .as_ref()
        .and_then(|graph| graph.get("entities"));
    assert_eq!(entities.and_then(Value::as_array).map(Vec::len), Some(1));

    let wrong = arguments(json!({ "entities": "Ada" }));
    let refused = fleet
        .call("memory", "create_entities", wrong, "k", Some(PATIENCE))
        .await
        .expect_err("refused");
    assert_eq!(refused.kind, FailureKind::Permanent);
    fleet.shut_down().await;
}

#[tokio::test]
async fn everything_echoes_and_has_no_tool_of_another_name() {
    let fleet = Fleet::new(vec![settings("everything", "server-everything")]);
    let description = fleet.describe("everything").await.expect("a description");
    assert_eq!(description.tools.len(), 13);
    let echo = arguments(json!({ "message": "hello" }));
    let answer = fleet
        .call("everything", "echo", echo.clone(), "k", Some(PATIENCE))
        .await
        .expect("an echo");
    assert_eq!(answer.text, "Echo: hello");
    let failure = fleet
        .call("everything", "ecko", echo, "k", Some(PATIENCE))
        .await
        .expect_err("no such tool");
    assert_eq!(failure.problem.help.as_deref(), Some("write `echo`"));
    fleet.shut_down().await;
}

#[tokio::test]
async fn everything_tells_what_changes() {
    let fleet = Fleet::new(vec![settings("everything", "server-everything")]);
    let uri = "demo://resource/dynamic/text/1";
    let mut following = fleet.follow("everything", uri).await.expect("followed");
    assert!(following.is_told());
    let toggle = "toggle-subscriber-updates";
    let none = arguments(json!({}));
    let call = fleet.call("everything", toggle, none, "k", Some(PATIENCE));
    call.await.expect("it tells from now on");
    let told = tokio::time::timeout(PATIENCE, following.changed());
    told.await.expect("to be told");
    let resource = fleet.resource("everything", uri).await.expect("a resource");
    assert!(
        resource
            .text
            .is_some_and(|text| text.contains("Resource 1"))
    );
    fleet.shut_down().await;
}

#[tokio::test]
async fn slack_with_a_wrong_token_is_a_clear_failure() {
    let fleet = Fleet::new(vec![slack()]);
    let description = fleet.describe("slack").await.expect("a description");
    let pinned: Value = serde_json::from_str(include_str!("data/slack_tools.json")).expect("JSON");
    let pinned: Vec<_> = pinned
        .get("tools")
        .and_then(Value::as_array)
        .expect("tools")
        .iter()
        .map(|tool| (tool.get("name").cloned(), tool.get("inputSchema").cloned()))
        .collect();
    let live: Vec<_> = description
        .tools
        .into_iter()
        .map(|tool| (Some(Value::from(tool.name)), Some(tool.input_schema)))
        .collect();
    assert_eq!(live, pinned, "the fixture is what the server says");

    let message = arguments(json!({ "channel_id": "C0DUMMY", "text": "hello" }));
    let failure = fleet
        .call("slack", "slack_post_message", message, "k", Some(PATIENCE))
        .await
        .expect_err("a dummy token");
    assert_eq!(failure.kind, FailureKind::Permanent);
    assert_eq!(failure.problem.code.as_str(), "S956");
    assert_eq!(
        failure.problem.message,
        "slack could not do `slack_post_message`."
    );
    assert_eq!(failure.problem.causes, ["invalid_auth"]);
    fleet.shut_down().await;
}

#[tokio::test]
async fn slack_without_a_token_says_what_it_needs() {
    let mut slack = slack();
    slack.secrets.clear();
    let problem = Fleet::new(vec![slack])
        .describe("slack")
        .await
        .expect_err("no token");
    assert_eq!(problem.code.as_str(), "S951");
    assert!(
        problem
            .causes
            .join("\n")
            .contains("Please set SLACK_BOT_TOKEN"),
        "{problem}"
    );
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn no_process_is_left_behind_even_by_a_launcher() {
    // `sh -c` as `npx` does it: the server is a child of what was started.
    let mut everything = settings("everything", "server-everything");
    let server = everything.command.join(" ");
    everything.command = ["sh", "-c", &format!("{server}; true")]
        .map(str::to_owned)
        .to_vec();
    everything.variables = vec![("MARK".to_owned(), "real-peer".to_owned())];
    let fleet = Fleet::new(vec![everything]);
    fleet.describe("everything").await.expect("a description");
    assert_eq!(support::marked_processes("MARK=real-peer").len(), 2);
    fleet.shut_down().await;
    assert!(support::gone(|| support::marked_processes("MARK=real-peer").is_empty()).await);
}
