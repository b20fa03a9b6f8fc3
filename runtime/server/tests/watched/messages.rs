//! Messages of a real Redis start runs: each once, in their order, over restarts of the program and of the server.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sophia_plan::{Value, show};
use sophia_server::environment::{ProcessSecrets, Secrets};
use sophia_server::project::Project;
use sophia_server::sync::{Selection, sync};
use sophia_test_redis::Server;

use crate::served::Served;

const PLAYBOOK: &str = "playbook follow_orders

use queue

trigger on message from queue \"orders\" as order

let told = order.key ?? \"nobody\"
";

const LOCK: &str = "format = 1
synced_at = \"2026-11-22T11:59:52Z\"
";

/// A project whose connection is this one, once it has looked at what is there.
async fn serve(folder: &Path, connection: &str) -> Served {
    let manifest = format!("[project]\nname = \"desk\"\n\n[connections.queue]\n{connection}\n");
    let files = [
        ("sophia.toml", &*manifest),
        ("sophia.lock", LOCK),
        ("follow_orders.sophia", PLAYBOOK),
    ];
    Served::over(folder, &files, "dev").await
}

async fn follow(folder: &Path, server: &Server) -> Served {
    let connection = format!("kind = \"redis\"\nport = {}", server.port());
    let served = serve(folder, &connection).await;
    waits(server).await;
    served
}

/// Waits until somebody waits for messages.
async fn waits(server: &Server) {
    while !server
        .run(&["INFO", "clients"])
        .contains("blocked_clients:1")
    {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// `7 {"total":1}`: the key and the body.
fn in_short(messages: &[Value]) -> Vec<String> {
    let zone = jiff::tz::TimeZone::UTC;
    let shown = |message: &Value| {
        let Value::Record(message) = message else {
            panic!("{message:?}");
        };
        let key = match message.get("key") {
            Some(Value::None) => "no key".to_owned(),
            Some(key) => show(key, &zone),
            None => panic!("{message:?}"),
        };
        match message.get("body") {
            Some(Value::Json(body)) => format!("{key} {body}"),
            other => panic!("{other:?}"),
        }
    };
    messages.iter().map(shown).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_message_starts_one_run_also_when_it_came_while_the_program_was_down() {
    let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
    let folder = folder.path();
    server.add("orders", &[("body", "\"before\"")]);
    let served = follow(folder, &server).await;
    assert!(
        served.brought().await.is_empty(),
        "what is there is not new"
    );
    let first = server.add("orders", &[("key", "7"), ("body", "{\"total\": 1.50}")]);
    server.add("others", &[("body", "1")]);
    server.add("orders", &[("body", "no JSON")]);
    server.add("orders", &[("item", "pen"), ("count", "2")]);
    let brought = served.brought_once(3).await;
    let all = [
        "7 {\"total\": 1.50}",
        "no key \"no JSON\"",
        "no key {\"item\":\"pen\",\"count\":\"2\"}",
    ];
    assert_eq!(in_short(&brought), all);
    let Value::Record(message) = &brought[0] else {
        panic!("{brought:?}");
    };
    let milliseconds = first.split('-').next().unwrap().parse().unwrap();
    let at = jiff::Timestamp::from_millisecond(milliseconds).unwrap();
    assert_eq!(message.get("at"), Some(&Value::Timestamp(at)));
    served.close().await;

    server.add("orders", &[("key", "8"), ("body", "8")]);
    server.add("orders", &[("key", "9"), ("body", "9")]);
    let served = follow(folder, &server).await;
    let brought = in_short(&served.brought_once(5).await);
    assert_eq!(brought[..3], all);
    assert_eq!(brought[3..], ["8 8", "9 9"]);
    served.close().await;
    let served = follow(folder, &server).await;
    assert_eq!(served.brought().await.len(), 5);
    assert!(served.troubles().is_empty());
    served.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_went_away_is_told_once_and_followed_again() {
    let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
    server.add("orders", &[("body", "0")]);
    let served = follow(folder.path(), &server).await;
    server.add("orders", &[("body", "1")]);
    served.brought_once(1).await;
    let port = server.port();
    drop(server);
    served.clock.waited(1).await;
    served.clock.pass(10);
    served.clock.waited(2).await;
    let server = Server::at(port);
    // The stream is another one, and everything in it is new.
    server.run(&["XADD", "orders", "5-1", "body", "2"]);
    served.clock.pass(10);
    let brought = in_short(&served.brought_once(2).await);
    assert_eq!(brought, ["no key 1", "no key 2"]);
    let troubles = served.troubles();
    assert!(troubles[0].contains("cannot be reached"), "{troubles:?}");
    served.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_messages_come_from_is_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    std::fs::write(folder.path().join("data/orders.csv"), "id\n1\n").unwrap();
    let served = serve(folder.path(), "kind = \"sqlite\"\nseed = [\"data/*.csv\"]").await;
    let told = served.trouble().await;
    assert!(told.contains("No messages come from `queue`"), "{told}");
    served.close().await;

    let connection = "kind = \"redis\"\ntls = \"sometimes\"";
    let served = serve(folder.path(), connection).await;
    let told = served.trouble().await;
    assert!(told.contains("needs `tls`"), "{told}");
    served.close().await;
}

#[tokio::test]
async fn a_connection_with_messages_has_no_tables_to_be_pinned() {
    let folder = tempfile::tempdir().unwrap();
    let manifest =
        "[project]\nname = \"desk\"\n\n[connections.queue]\nkind = \"redis\"\nport = 1\n";
    std::fs::write(folder.path().join("sophia.toml"), manifest).unwrap();
    let project = Project::open(folder.path()).unwrap();
    let settings = project.snapshot.manifest.in_environment("dev").unwrap();
    let secrets: Secrets = Arc::new(ProcessSecrets);
    let all = Selection::default();
    let now = jiff::Timestamp::UNIX_EPOCH;
    let synced = sync(&project, &settings, &secrets, &all, now)
        .await
        .unwrap();
    let queue = &synced.catalogue.connections["queue"];
    assert_eq!((&*queue.kind, queue.tables.len()), ("redis", 0));
}
