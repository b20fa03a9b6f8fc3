//! Starting the peers that the tests talk to, and looking for what they leave behind.
#![allow(dead_code)] // Each test program uses its part.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value};
use sophia_tools::{Fleet, ServerSettings};

/// Generous, because nothing may depend on speed; nothing waits this long unless it is broken.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// The program `examples/peer.rs`, which `cargo test` builds together with the tests.
pub fn peer() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    let built = test.parent().and_then(Path::parent).expect("deps/..");
    let peer = built.join("examples").join("peer");
    assert!(
        peer.is_file(),
        "{} is missing: run `cargo build --example peer -p sophia-tools` in the same profile",
        peer.display()
    );
    peer
}

/// Settings for a peer with this behaviour, called `chat`.
pub fn settings(behaviour: &[&str]) -> ServerSettings {
    let mut command = vec![peer().display().to_string()];
    command.extend(behaviour.iter().map(ToString::to_string));
    ServerSettings {
        name: "chat".to_owned(),
        command,
        variables: Vec::new(),
        secrets: Vec::new(),
        folder: std::env::temp_dir(),
        start_timeout: PATIENCE,
    }
}

/// A fleet of one such peer.
pub fn fleet(behaviour: &[&str]) -> Fleet {
    Fleet::new(vec![settings(behaviour)])
}

/// The arguments of a call.
pub fn arguments(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        other => panic!("arguments are an object, not {other}"),
    }
}

/// The lines of a record.
pub fn lines(record: &Path) -> Vec<Value> {
    std::fs::read_to_string(record)
        .expect("a record")
        .lines()
        .map(|line| serde_json::from_str(line).expect("a JSON line"))
        .collect()
}

/// The processes alive that have `mark` in their environment, as Linux shows them.
pub fn marked_processes(mark: &str) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").expect("a list of processes");
    processes
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|id| {
            let environment = std::fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
            environment
                .split(|byte| *byte == 0)
                .any(|variable| variable == mark.as_bytes())
        })
        .filter(|id| *id != std::process::id() && is_alive(*id))
        .collect()
}

/// Whether a process exists and is more than the entry that its parent has not read yet.
pub fn is_alive(id: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("State:"))
        .is_some_and(|state| !state.trim_start().starts_with(['Z', 'X']))
}

/// Waits until a killed process is gone; the system needs a moment for that.
pub async fn gone(is_gone: impl Fn() -> bool) -> bool {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !is_gone() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    waited.await.is_ok()
}
