//! Changes of a tool's resource start runs: each once, over restarts of the tool and of the program.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json, json};
use sophia_plan::Value;

use crate::served::Served;

const PLAYBOOK: &str = r#"playbook follow_prices

use desk

trigger on resource desk "desk://prices" as prices

let told = prices.text ?? "nothing"
"#;

const LOCK: &str = "format = 1
synced_at = \"2026-11-22T11:59:52Z\"

[tools.desk]
server = \"scripted\"
version = \"0.1\"
";

/// The server with a resource that the tests of `sophia-tools` talk to as well.
fn peer() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let built = test.parent().and_then(Path::parent).unwrap();
    let peer = built.join("examples").join("peer");
    assert!(
        peer.is_file(),
        "{} is missing: run `cargo build --example peer -p sophia-tools` in the same profile",
        peer.display()
    );
    peer
}

struct Desk(Served);

impl Desk {
    /// A desk whose prices stand in a file of the folder, and the first look at them.
    async fn open(folder: &Path, environment: &str, more: &[&str]) -> Self {
        let mut command = vec![peer().display().to_string(), "resource".to_owned()];
        command.push(prices(folder).display().to_string());
        command.extend(more.iter().map(ToString::to_string));
        let manifest = format!(
            "[project]\nname = \"desk\"\n\n[tools.desk]\ncommand = {command:?}\n\n[env.production]\n"
        );
        let files = [
            ("sophia.toml", &*manifest),
            ("sophia.lock", LOCK),
            ("follow_prices.sophia", PLAYBOOK),
        ];
        Self(Served::over(folder, &files, environment).await)
    }

    async fn production(folder: &Path, more: &[&str]) -> Self {
        let desk = Self::open(folder, "production", more).await;
        desk.0.clock.waited(1).await;
        desk
    }

    /// The desk is asked for something that leads to a look.
    async fn asked(&self, arguments: Json) {
        let waits = self.0.clock.waits();
        let servers = &self.0.session.environment.servers;
        let fleet = servers.fleet("", "desk").await.unwrap();
        let Json::Object(arguments) = arguments else {
            panic!("arguments are an object");
        };
        let ends = arguments == Map::new();
        let called = fleet.call("desk", "tool_0", arguments, "k", None);
        assert_eq!(called.await.is_err(), ends);
        self.0.clock.waited(waits + 1).await;
    }

    /// What was brought to each run, the oldest first.
    async fn brought(&self) -> Vec<String> {
        let text = |prices| {
            let Value::Record(prices) = prices else {
                panic!("{prices:?}");
            };
            match (prices.get("uri"), prices.get("text")) {
                (Some(Value::Text(uri)), Some(Value::Text(text))) => {
                    assert_eq!(&**uri, "desk://prices");
                    text.to_string()
                }
                other => panic!("{other:?}"),
            }
        };
        self.0.brought().await.into_iter().map(text).collect()
    }

    async fn close(self) {
        self.0.close().await;
    }
}

fn prices(folder: &Path) -> PathBuf {
    folder.join("prices")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_that_is_told_starts_one_run() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(prices(folder), "1 EUR").unwrap();
    let desk = Desk::production(folder, &[]).await;
    assert!(desk.brought().await.is_empty(), "what is there is not new");
    desk.asked(json!({ "text": "2 EUR" })).await;
    assert_eq!(desk.brought().await, ["2 EUR"]);
    // What is told is no change where it holds the same.
    desk.asked(json!({ "text": "2 EUR" })).await;
    assert_eq!(desk.brought().await, ["2 EUR"]);
    // The tool ends, and is started and followed again.
    desk.asked(json!({})).await;
    assert_eq!(desk.brought().await, ["2 EUR"]);
    desk.asked(json!({ "text": "3 EUR" })).await;
    assert_eq!(desk.brought().await, ["2 EUR", "3 EUR"]);
    desk.close().await;

    std::fs::write(prices(folder), "4 EUR").unwrap();
    let desk = Desk::production(folder, &[]).await;
    assert_eq!(desk.brought().await, ["2 EUR", "3 EUR", "4 EUR"]);
    desk.close().await;
    let desk = Desk::production(folder, &[]).await;
    assert_eq!(desk.brought().await, ["2 EUR", "3 EUR", "4 EUR"]);
    assert!(desk.0.troubles().is_empty());
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_tells_nothing_is_asked_again_and_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(prices(folder), "1 EUR").unwrap();
    let desk = Desk::production(folder, &["quiet"]).await;
    std::fs::write(prices(folder), "2 EUR").unwrap();
    desk.0.clock.pass(29);
    assert!(desk.brought().await.is_empty());
    desk.0.clock.pass(1);
    desk.0.clock.waited(2).await;
    assert_eq!(desk.brought().await, ["2 EUR"]);
    // What cannot be read is told once, and is no change.
    std::fs::remove_file(prices(folder)).unwrap();
    for look in [3, 4] {
        desk.0.clock.pass(30);
        desk.0.clock.waited(look).await;
    }
    let troubles = desk.0.troubles();
    assert_eq!(troubles.len(), 1, "{troubles:?}");
    assert!(troubles[0].contains("Resource not found"), "{troubles:?}");
    std::fs::write(prices(folder), "3 EUR").unwrap();
    desk.0.clock.pass(30);
    desk.0.clock.waited(5).await;
    assert_eq!(desk.brought().await, ["2 EUR", "3 EUR"]);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stand_in_has_no_resources_and_that_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::open(folder.path(), "dev", &[]).await;
    let told = desk.0.trouble().await;
    assert!(told.contains("a stand-in has no resources"), "{told}");
    desk.close().await;
}
