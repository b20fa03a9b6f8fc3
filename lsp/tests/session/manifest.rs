//! What is offered and told while somebody writes `sophia.toml`.

use crate::client::Client;
use crate::marked::cursor;
use crate::project::{MANIFEST, WATCH, files};

/// A session in which the manifest is open as marked, and the place of the cursor.
fn session(marked: &str) -> (Client, (u32, u32)) {
    let (text, place) = cursor(marked);
    let mut client = Client::new(&files(WATCH));
    client.open("sophia.toml", &text);
    (client, place)
}

fn offered(marked: &str) -> Vec<String> {
    let (mut client, place) = session(marked);
    let list = client.ask("textDocument/completion", Client::at("sophia.toml", place));
    let items = list["items"].as_array().cloned().unwrap_or_default();
    let labels = items.iter().map(|item| item["label"].as_str().unwrap());
    labels.map(str::to_owned).collect()
}

/// The manifest with a line more in one of its tables.
fn within(table: &str, line: &str) -> String {
    MANIFEST.replace(&format!("[{table}]\n"), &format!("[{table}]\n{line}\n"))
}

fn at_the_end(lines: &str) -> String {
    format!("{MANIFEST}\n{lines}")
}

#[test]
fn a_line_begins_with_a_key_that_its_table_has_not_yet() {
    let keys = offered(&within("tools.slack", "‸"));
    assert_eq!(keys[..3], ["url", "auth", "secrets"]);
    assert!(!keys.contains(&"command".to_owned()), "{keys:?}");
    assert!(keys.contains(&"[models]".to_owned()), "{keys:?}");
    assert!(offered(&within("project", "‸")).contains(&"currency".to_owned()));
    assert!(offered(&within("models.local", "pri‸")).contains(&"price".to_owned()));
    let webhook = offered(&at_the_end("[webhooks.slack.reacted]\n‸"));
    assert_eq!(webhook[..3], ["type", "signature", "key"]);
}

#[test]
fn a_header_begins_with_a_table() {
    let tables = offered(&at_the_end("[‸"));
    assert_eq!(tables[..3], ["project", "connections", "tools"]);
    assert_eq!(offered(&at_the_end("[webhooks.‸")), ["slack"]);
    assert_eq!(offered(&at_the_end("[env.‸")), ["dev", "live"]);
}

#[test]
fn a_value_is_one_of_those_that_there_are() {
    let kinds = offered(&at_the_end("[connections.second]\nkind = \"‸\""));
    assert_eq!(kinds, ["sqlite", "postgres", "snowflake", "files", "redis"]);
    let kinds = offered(&at_the_end("[models.second]\nkind = ‸"));
    assert_eq!(kinds, ["\"gguf\"", "\"openai\"", "\"embedding\""]);
    let required = offered(&at_the_end("[columns]\nrequired = [\"‸\"]"));
    assert!(required.contains(&"warehouse.customers.email".to_owned()));
    let next = offered(&at_the_end("[columns]\nrequired = [\n  \"‸\"\n]"));
    assert_eq!(next, required);
    assert_eq!(
        offered(&within("tools.slack", "reads = [\"‸\"]")),
        ["find_user", "post_message"]
    );
    assert_eq!(
        offered(&within(
            "tools.slack",
            "steers = { post_message = [\"‸\"] }"
        )),
        ["channel", "text", "urgency"]
    );
    assert_eq!(
        offered(&within("tools.slack", "returns = { ‸ }")),
        ["find_user", "post_message"]
    );
    assert_eq!(
        offered(&at_the_end("[policies]\nmodules = [\"‸\"]")),
        ["words.sophia"]
    );
    let units = offered(&at_the_end("[units]\n\"‸\" = \"money\""));
    assert!(
        units.contains(&"warehouse.payments.amount".to_owned()),
        "{units:?}"
    );
    let labels = offered(&at_the_end(
        "[labels]\n\"warehouse.customers.region\" = \"‸\"",
    ));
    assert_eq!(labels[0], "trusted");
    assert!(labels.contains(&"pii.email".to_owned()));
    // A name is free, and so is what a comment says.
    assert!(offered(&within("project", "description = \"‸\"")).is_empty());
    assert!(offered(&at_the_end("# ‸")).is_empty());
}

#[test]
fn keys_and_tables_are_told() {
    let told = |marked: &str| {
        let (mut client, place) = session(marked);
        let shown = client.ask("textDocument/hover", Client::at("sophia.toml", place));
        let words = shown["contents"]["value"].as_str();
        words.unwrap_or_default().to_owned()
    };
    let key = told(&MANIFEST.replace("content =", "cont‸ent ="));
    assert!(key.contains("only shown, sent or stored"), "{key}");
    let table = told(&MANIFEST.replace("[models.", "[mod‸els."));
    assert!(table.contains("A language model."), "{table}");
}
