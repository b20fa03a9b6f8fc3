//! The same path with real MCP servers that nobody here wrote.

use std::path::PathBuf;

use crate::project::{Project, repository};

/// The program of an installed server.
fn server(name: &str) -> String {
    let path: PathBuf = repository()
        .join("tests/peers/node_modules/.bin")
        .join(name);
    assert!(
        path.exists(),
        "{} is missing: run ./test, which installs the servers",
        path.display()
    );
    path.to_string_lossy().into_owned()
}

const MANIFEST: &str = r#"
[project]
name = "notes"

[connections.shop]
kind = "sqlite"
seed = ["data/*.csv"]

[tools.memory]
command   = ["SERVER"]
variables = { MEMORY_FILE_PATH = "KEPT_IN" }
content   = { create_entities = ["entities"] }

# Where nothing is a stand-in.
[env.live]
"#;

/// One at a time: the server writes its whole file at each call, and two at once lose one of them.
const PLAYBOOK: &str = r#"playbook remember_orders

use shop, memory

query large from shop {
  select order_id, customer, amount from orders where amount >= 100
}

for each order in large {
  do memory.create_entities(entities: [{ name: order.customer, entity_type: "customer", observations: ["order {order.order_id}"] }])
}
"#;

fn project() -> (Project, PathBuf) {
    let project = Project::empty();
    let memory = project.path().join("memory.json");
    project.write(
        "sophia.toml",
        &MANIFEST
            .replace("SERVER", &server("mcp-server-memory"))
            .replace("KEPT_IN", &memory.to_string_lossy()),
    );
    project.write(
        "data/orders.csv",
        "orderId,customer,amount\n1,Ada,250.5\n2,Ben,20\n3,Cleo,100\n",
    );
    project.write("remember.sophia", PLAYBOOK);
    (project, memory)
}

#[test]
fn a_real_server_is_pinned_checked_and_called() {
    let (project, memory) = project();
    let synced = project.sophia(&["sync", "."]).expect(0).expect_calm();
    assert!(
        synced.out.contains("orders") || synced.out.contains("1 table"),
        "{}",
        synced.out
    );
    let lock = project.read("sophia.lock");
    for pinned in ["create_entities", "read_graph", "order_id", "amount"] {
        assert!(lock.contains(pinned), "{pinned} is not pinned in\n{lock}");
    }
    project.sophia(&["check", "."]).expect(0);
    let run = project
        .sophia(&["run", ".", "--env", "live"])
        .expect(0)
        .expect_calm();
    assert!(!run.out.contains("stand-in"), "{}", run.out);
    let kept = std::fs::read_to_string(memory).expect("the server kept something");
    assert!(
        kept.contains("Ada") && kept.contains("Cleo") && !kept.contains("Ben"),
        "{kept}"
    );
}

#[test]
fn a_server_that_has_changed_is_seen_as_drift() {
    let (project, _) = project();
    project.sophia(&["sync", "."]).expect(0);
    project.sophia(&["sync", "--check", "."]).expect(0);
    project.write("data/orders.csv", "orderId,client,amount\n1,Ada,250.5\n");
    let drift = project
        .sophia(&["sync", "--check", "."])
        .expect(1)
        .expect_calm();
    assert!(
        drift.out.contains("shop.orders.customer") && drift.out.contains("gone"),
        "{}",
        drift.out
    );
    assert!(
        drift.out.contains("Breaks remember.sophia"),
        "{}",
        drift.out
    );
}

#[test]
fn a_server_that_cannot_be_started_is_told_in_words() {
    let (project, _) = project();
    project.sophia(&["sync", "."]).expect(0);
    let lock = project.read("sophia.lock");
    project.replace(
        "sophia.toml",
        &server("mcp-server-memory"),
        "no-such-program",
    );
    let called = project.sophia(&["sync", "."]).expect(2).expect_calm();
    assert!(called.err.contains("no-such-program"), "{}", called.err);
    assert_eq!(
        project.read("sophia.lock"),
        lock,
        "the lock stays as it was"
    );
}
