//! Complaints come as one types, everywhere they belong, and go when the mistake is mended.

use serde_json::json;
use sophia_lsp::Ended;

use crate::client::Client;
use crate::project::{LOCK, MANIFEST, SOUND};

fn desk() -> Client {
    Client::new(&[
        ("sophia.toml", MANIFEST),
        ("sophia.lock", LOCK),
        ("hello.sophia", SOUND),
    ])
}

#[test]
fn a_sound_project_has_none() {
    let mut client = desk();
    client.open("hello.sophia", SOUND);
    assert_eq!(client.codes("hello.sophia"), Vec::<String>::new());
    assert!(client.complaints.is_empty(), "{:?}", client.complaints);
    assert_eq!(client.end(), Ended::Well);
}

#[test]
fn a_mistake_is_told_and_taken_back() {
    let mut client = desk();
    client.open(
        "hello.sophia",
        &SOUND.replace("post_message", "post_mesage"),
    );
    let codes = client.codes("hello.sophia");
    assert_eq!(codes.len(), 1, "{:?}", client.complaints);
    let found = client.complaints["hello.sophia"][0].clone();
    assert_eq!(
        found["range"]["start"],
        json!({ "line": 7, "character": 9 })
    );
    assert_eq!(found["severity"], 1);
    assert_eq!(found["source"], "sophia");
    let page = format!("sophia:///diagnostics/{}.md", codes[0]);
    assert_eq!(found["codeDescription"]["href"], page.as_str());
    client.rewrite("hello.sophia", SOUND);
    assert_eq!(client.codes("hello.sophia"), Vec::<String>::new());
    assert!(client.complaints.contains_key("hello.sophia"));
}

#[test]
fn what_is_not_saved_counts_until_it_is_closed() {
    let mut client = desk();
    client.open("hello.sophia", "playbook hello\n\nlet x = \n");
    assert!(!client.codes("hello.sophia").is_empty());
    client.close("hello.sophia");
    assert_eq!(client.codes("hello.sophia"), Vec::<String>::new());
}

#[test]
fn the_manifest_is_told_too() {
    let mut client = desk();
    client.open(
        "sophia.toml",
        &MANIFEST.replace("kind = \"gguf\"", "kind = "),
    );
    assert!(!client.codes("sophia.toml").is_empty());
    assert_eq!(client.codes("hello.sophia"), Vec::<String>::new());
    client.rewrite("sophia.toml", MANIFEST);
    assert_eq!(client.codes("sophia.toml"), Vec::<String>::new());
}

#[test]
fn what_changes_on_the_disk_is_seen() {
    let mut client = desk();
    client.settle();
    let broken = SOUND.replace("slack\n", "slak\n");
    (client.shelf.texts.lock().unwrap()).insert("hello.sophia".into(), broken.as_str().into());
    let uri = Client::uri("hello.sophia");
    let touched = json!({ "changes": [{ "uri": uri, "type": 2 }] });
    client.tell("workspace/didChangeWatchedFiles", touched.clone());
    assert!(!client.codes("hello.sophia").is_empty());
    (client.shelf.texts.lock().unwrap()).remove("hello.sophia");
    client.tell("workspace/didChangeWatchedFiles", touched);
    assert_eq!(client.codes("hello.sophia"), Vec::<String>::new());
}

#[test]
fn a_file_of_no_project_has_its_syntax_looked_at() {
    let mut client = desk();
    client.open("untitled:Untitled-1", "playbook x\n\nlet y = \n");
    assert!(!client.codes("untitled:Untitled-1").is_empty());
}

#[test]
fn other_files_are_told_of_the_same_change() {
    let module = "module desk.words\n\nfunction worded(who: text) -> text = \"{who}\"\n";
    let uses = "playbook two\n\nuse slack, desk.words\n\ndo slack.post_message(channel: \"#ops\", text: words.worded(\"a\"))\n";
    let mut client = Client::new(&[
        ("sophia.toml", MANIFEST),
        ("sophia.lock", LOCK),
        ("two.sophia", uses),
        ("words.sophia", module),
    ]);
    assert_eq!(client.codes("two.sophia"), Vec::<String>::new());
    client.open("words.sophia", &module.replace("worded", "said"));
    assert!(!client.codes("two.sophia").is_empty());
    client.rewrite("words.sophia", module);
    assert_eq!(client.codes("two.sophia"), Vec::<String>::new());
}

#[test]
fn holidays_are_read_from_the_files_that_the_manifest_names() {
    let manifest = format!("{MANIFEST}\n[calendars.office]\nholidays = \"office.ics\"\n");
    let mut client = desk();
    client.open("sophia.toml", &manifest);
    assert_eq!(client.codes("sophia.toml"), ["S915"]);
    let day = "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20261225\nEND:VEVENT\n";
    let lies = |client: &Client, text: &str| {
        let mut texts = client.shelf.texts.lock().unwrap();
        texts.insert("office.ics".into(), text.into());
    };
    let touched = json!({ "changes": [{ "uri": Client::uri("office.ics"), "type": 1 }] });
    lies(&client, day);
    client.tell("workspace/didChangeWatchedFiles", touched.clone());
    assert_eq!(client.codes("sophia.toml"), Vec::<String>::new());
    lies(&client, &day.replace("20261225", "Christmas"));
    client.tell("workspace/didChangeWatchedFiles", touched);
    assert_eq!(client.codes("sophia.toml"), ["S915"]);
    // One that lies there when the manifest first names it is read at once.
    (client.shelf.texts.lock().unwrap()).insert("depot.ics".into(), day.into());
    client.rewrite("sophia.toml", &manifest.replace("office.ics", "depot.ics"));
    assert_eq!(client.codes("sophia.toml"), Vec::<String>::new());
}

#[test]
fn complaints_come_when_asked_for_too() {
    let mut client = desk();
    client.open("hello.sophia", &SOUND.replace("slack\n", "slak\n"));
    let params = json!({ "textDocument": { "uri": Client::uri("hello.sophia") } });
    let report = client.ask("textDocument/diagnostic", params);
    assert_eq!(report["kind"], "full");
    assert_eq!(report["items"], json!(client.complaints["hello.sophia"]));
    assert!(
        client.offered["capabilities"]
            .get("diagnosticProvider")
            .is_none()
    );
}

#[test]
fn a_mistake_of_ours_is_said_and_the_session_goes_on() {
    let mut client = desk();
    client.open("hello.sophia", SOUND);
    client.settle();
    client
        .shelf
        .breaks
        .store(true, std::sync::atomic::Ordering::Relaxed);
    let touched = json!({ "changes": [{ "uri": Client::uri("words.sophia"), "type": 1 }] });
    client.tell("workspace/didChangeWatchedFiles", touched);
    client.settle();
    client
        .shelf
        .breaks
        .store(false, std::sync::atomic::Ordering::Relaxed);
    let said = client
        .said
        .iter()
        .filter(|note| note.method == "window/showMessage");
    let said: Vec<_> = said
        .map(|note| note.params["message"].to_string())
        .collect();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(
        said[0].contains("reading 1 file that changed on the disk"),
        "{said:?}"
    );
    client.rewrite("hello.sophia", &SOUND.replace("slack\n", "slak\n"));
    assert!(!client.codes("hello.sophia").is_empty());
    assert_eq!(client.end(), Ended::Well);
}

#[test]
fn the_first_reading_is_shown_as_progress() {
    let mut client = desk();
    client.settle();
    let kinds = client
        .said
        .iter()
        .filter(|note| note.method == "$/progress");
    let kinds: Vec<_> = kinds
        .map(|note| note.params["value"]["kind"].clone())
        .collect();
    assert_eq!(kinds, ["begin", "end"]);
}

#[test]
fn what_is_not_served_is_refused_once() {
    let mut client = desk();
    let response = client.request("textDocument/nothing", json!({}));
    assert_eq!(response.response_result.unwrap_err().code, -32601);
    assert_eq!(client.end(), Ended::Well);
}

#[test]
fn a_request_that_is_cancelled_is_answered_all_the_same() {
    let mut client = desk();
    client.open("hello.sophia", SOUND);
    let params = json!({ "textDocument": { "uri": Client::uri("hello.sophia") } });
    let id = client.send("textDocument/documentSymbol", params);
    client.tell("$/cancelRequest", json!({ "id": 2 }));
    let answer = client.answer(&id).response_result;
    assert!(answer.is_ok() || answer.is_err_and(|error| error.code == -32800));
    client.settle();
}
