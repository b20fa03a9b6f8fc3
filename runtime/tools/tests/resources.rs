//! Resources of a server: read, and followed.

mod support;

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use sophia_tools::{Fleet, Following};
use support::{PATIENCE, arguments, fleet};

const PRICES: &str = "desk://prices";

fn desk(file: &Path, more: &[&str]) -> Fleet {
    let file = file.display().to_string();
    let mut behaviour = vec!["resource", file.as_str()];
    behaviour.extend(more);
    fleet(&behaviour)
}

async fn text(fleet: &Fleet) -> String {
    let resource = fleet.resource("chat", PRICES).await.expect("a resource");
    resource.text.expect("a text")
}

async fn changed(following: &mut Following) {
    let told = tokio::time::timeout(PATIENCE, following.changed());
    told.await.expect("to be told");
}

#[tokio::test]
async fn a_server_tells_when_what_it_holds_has_changed() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("prices");
    std::fs::write(&file, "1 EUR").expect("written");
    let fleet = desk(&file, &[]);
    let mut following = fleet.follow("chat", PRICES).await.expect("followed");
    assert!(following.is_told() && !following.is_over());
    let before = fleet.resource("chat", PRICES).await.expect("a resource");
    assert_eq!(before.text.as_deref(), Some("1 EUR"));

    let new = arguments(json!({ "text": "2 EUR" }));
    let call = fleet.call("chat", "tool_0", new, "k", Some(PATIENCE));
    call.await.expect("written");
    changed(&mut following).await;
    let after = fleet.resource("chat", PRICES).await.expect("a resource");
    assert_eq!(after.text.as_deref(), Some("2 EUR"));
    assert_ne!(before.digest, after.digest);

    // It ends, and so does what it told; whoever follows it again starts it.
    let ends = fleet.call("chat", "tool_0", arguments(json!({})), "k", Some(PATIENCE));
    ends.await.expect_err("it ended");
    changed(&mut following).await;
    assert!(following.is_over());
    let following = fleet.follow("chat", PRICES).await.expect("followed");
    assert!(following.is_told() && !following.is_over());
    assert_eq!(text(&fleet).await, "2 EUR");
    fleet.shut_down().await;
    assert!(following.is_over());
}

#[tokio::test]
async fn a_server_that_tells_nothing_is_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("prices");
    std::fs::write(&file, "1 EUR").expect("written");
    let fleet = desk(&file, &["quiet"]);
    let mut following = fleet.follow("chat", PRICES).await.expect("followed");
    assert!(!following.is_told() && !following.is_over());
    std::fs::write(&file, "2 EUR").expect("written");
    assert_eq!(text(&fleet).await, "2 EUR");
    let told = tokio::time::timeout(Duration::ZERO, following.changed());
    assert!(told.await.is_err());
    fleet.shut_down().await;
}

#[tokio::test]
async fn what_a_server_does_not_hold_is_told_in_its_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let fleet = desk(&folder.path().join("none"), &[]);
    let problem = fleet.resource("chat", PRICES).await.expect_err("nothing");
    assert_eq!(problem.code.as_str(), "S956");
    assert_eq!(problem.message, "chat could not read `desk://prices`.");
    assert_eq!(problem.causes, ["Resource not found"]);
    fleet.shut_down().await;
}
