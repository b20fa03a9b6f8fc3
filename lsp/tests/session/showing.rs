//! What an editor shows around a text: outlines, folds, colours, hints, links, lenses.

use serde_json::{Value, json};

use crate::asking::{ask, marked, session};
use crate::client::Client;
use crate::project::{LOCK, MANIFEST, WATCH};

fn about(method: &str, more: Value) -> Value {
    let (mut client, _) = session(&format!("‸{WATCH}"));
    let mut params = more;
    params["textDocument"] = json!({ "uri": Client::uri("watch.sophia") });
    client.ask(method, params)
}

fn whole() -> Value {
    json!({ "range": { "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } } })
}

#[test]
fn the_outline_holds_what_a_file_declares() {
    let symbols = about("textDocument/documentSymbol", json!({}));
    let names = symbols
        .as_array()
        .unwrap()
        .iter()
        .map(|symbol| symbol["name"].as_str().unwrap());
    let names: Vec<_> = names.collect();
    assert_eq!(
        names,
        [
            "watch", "schedule", "most", "Advice", "accounts", "advise", "chosen", "account"
        ]
    );
    let found = about("workspace/symbol", json!({ "query": "wrd" }));
    let names = found
        .as_array()
        .unwrap()
        .iter()
        .map(|symbol| symbol["name"].as_str().unwrap());
    assert_eq!(names.collect::<Vec<_>>(), ["desk.words", "worded"]);
}

#[test]
fn blocks_and_comments_fold() {
    let folds = about("textDocument/foldingRange", json!({}));
    let line = |text: &str| {
        WATCH
            .lines()
            .position(|line| line.starts_with(text))
            .unwrap()
    };
    let has = |from: usize, to: usize| {
        folds
            .as_array()
            .unwrap()
            .iter()
            .any(|fold| fold["startLine"] == from && fold["endLine"] == to)
    };
    assert!(has(line("type Advice"), line("type Advice") + 3), "{folds}");
    assert!(has(line("for each"), line("for each") + 3), "{folds}");
}

#[test]
fn a_selection_grows_from_the_word_to_the_file() {
    let (mut client, place) = session(&marked("| where ten‸ure > 5"));
    let params = json!({
        "textDocument": { "uri": Client::uri("watch.sophia") },
        "positions": [{ "line": place.0, "character": place.1 }],
    });
    let answer = client.ask("textDocument/selectionRange", params);
    let mut range = &answer[0];
    let mut levels = Vec::new();
    while range.is_object() {
        levels.push(range["range"].clone());
        range = &range["parent"];
    }
    assert!(levels.len() >= 4, "{levels:?}");
    assert_eq!(
        levels.last().unwrap()["start"],
        json!({ "line": 0, "character": 0 })
    );
}

/// The words of the answer, each with the name of its kind.
fn coloured(answer: &Value, legend: &Value) -> Vec<(String, String)> {
    let lines: Vec<&str> = WATCH.split('\n').collect();
    let numbers: Vec<usize> = answer["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|number| usize::try_from(number.as_u64().unwrap()).unwrap())
        .collect();
    let (mut line, mut column) = (0, 0);
    let words = numbers.chunks(5).map(|word| {
        column = if word[0] == 0 {
            column + word[1]
        } else {
            word[1]
        };
        line += word[0];
        let text = lines[line][column..column + word[2]].to_owned();
        (text, legend[word[3]].as_str().unwrap().to_owned())
    });
    words.collect()
}

#[test]
fn words_are_coloured_by_what_they_are() {
    let (mut client, _) = session(&format!("‸{WATCH}"));
    let legend =
        client.offered["capabilities"]["semanticTokensProvider"]["legend"]["tokenTypes"].clone();
    let params = json!({ "textDocument": { "uri": Client::uri("watch.sophia") } });
    let answer = client.ask("textDocument/semanticTokens/full", params);
    let words = coloured(&answer, &legend);
    let has = |text: &str, kind: &str| {
        let found = words.iter().any(|(word, of)| word == text && of == kind);
        assert!(found, "{text} as {kind} in {words:?}");
    };
    has("query", "keyword");
    has("Advice", "type");
    has("advise", "function");
    has("post_message", "method");
    has("channel", "parameter");
    has("select", "keyword");
    has("tenure", "property");
    has("The account has paid ", "string");
    has("total", "parameter");
}

#[test]
fn derived_types_stand_beside_names_and_can_be_switched_off() {
    let hints = about("textDocument/inlayHint", whole());
    let labels: Vec<_> = hints
        .as_array()
        .unwrap()
        .iter()
        .map(|hint| hint["label"].as_str().unwrap().to_owned())
        .collect();
    assert!(labels.contains(&": Advice".to_owned()), "{labels:?}");
    let (mut client, _) = session(&format!("‸{WATCH}"));
    let off = json!({ "settings": { "sophia": { "inlayHints": { "types": false, "labels": false, "costs": false } } } });
    client.tell("workspace/didChangeConfiguration", off);
    let mut params = whole();
    params["textDocument"] = json!({ "uri": Client::uri("watch.sophia") });
    assert_eq!(client.ask("textDocument/inlayHint", params), json!([]));
}

#[test]
fn what_can_be_done_with_a_playbook_stands_above_it() {
    let lenses = about("textDocument/codeLens", json!({}));
    let commands = lenses
        .as_array()
        .unwrap()
        .iter()
        .map(|lens| &lens["command"]);
    let commands: Vec<_> = commands
        .map(|command| (command["command"].clone(), command["arguments"][1].clone()))
        .collect();
    assert_eq!(
        commands,
        [
            (json!("sophia.run"), json!("watch")),
            (json!("sophia.plan"), json!("watch"))
        ]
    );
}

#[test]
fn grants_lead_to_what_they_name() {
    let links = about("textDocument/documentLink", json!({}));
    let targets: Vec<_> = links
        .as_array()
        .unwrap()
        .iter()
        .map(|link| link["target"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        targets,
        [
            Client::uri("sophia.toml"),
            Client::uri("sophia.toml"),
            Client::uri("words.sophia")
        ]
    );
}

#[test]
fn the_page_of_a_code_and_a_module_of_the_library_can_be_read() {
    let (mut client, _) = session(&format!(
        "‸{}",
        WATCH.replace("desk.words\n", "desk.words, std.sales\n")
    ));
    let page = client.ask(
        "workspace/textDocumentContent",
        json!({ "uri": "sophia:///diagnostics/S402.md" }),
    );
    assert!(page["text"].as_str().unwrap().starts_with("# S402"));
    let module = client.ask(
        "workspace/textDocumentContent",
        json!({ "uri": "sophia:///std/sales.sophia" }),
    );
    assert!(
        module["text"]
            .as_str()
            .unwrap()
            .contains("module std.sales")
    );
}

#[test]
fn a_name_that_one_text_sees_is_edited_in_all_its_places() {
    let together = ask("textDocument/linkedEditingRange", &marked("let adv‸ice"));
    assert_eq!(together["ranges"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        ask("textDocument/linkedEditingRange", &marked("input mo‸st")),
        Value::Null
    );
}

#[test]
fn playbooks_that_run_others_are_shown() {
    let inner = "playbook inner\n\ninput name: text\n\nreturn name\n";
    let outer = "playbook outer\n\nuse inner\n\nrun inner(name: \"a\")\n";
    let mut client = Client::new(&[
        ("sophia.toml", MANIFEST),
        ("sophia.lock", LOCK),
        ("inner.sophia", inner),
        ("outer.sophia", outer),
    ]);
    client.open("inner.sophia", inner);
    let items = client.ask(
        "textDocument/prepareCallHierarchy",
        Client::at("inner.sophia", (0, 10)),
    );
    assert_eq!(items[0]["name"], "inner");
    let calls = client.ask("callHierarchy/incomingCalls", json!({ "item": items[0] }));
    assert_eq!(calls[0]["from"]["name"], "outer");
    let calls = client.ask(
        "callHierarchy/outgoingCalls",
        json!({ "item": calls[0]["from"] }),
    );
    assert_eq!(calls[0]["to"]["name"], "inner");
}
