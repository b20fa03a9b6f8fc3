//! Asks about the place of a cursor in the playbook `watch`.

use serde_json::Value;

use crate::client::Client;
use crate::marked::cursor;
use crate::project::{WATCH, files};

/// `WATCH` with a cursor in the middle of what is written between bars in `around`: `"let ‸chosen"`.
pub fn marked(around: &str) -> String {
    let plain = around.replace('‸', "");
    assert_eq!(
        WATCH.matches(&plain).count(),
        1,
        "`{plain}` stands once in the playbook"
    );
    WATCH.replacen(&plain, around, 1)
}

/// A session in which the playbook is open as marked, and the place of the cursor.
pub fn session(marked: &str) -> (Client, (u32, u32)) {
    let (text, place) = cursor(marked);
    let mut client = Client::new(&files(WATCH));
    client.open("watch.sophia", &text);
    (client, place)
}

/// The answer to a question about the place of the cursor.
pub fn ask(method: &str, marked: &str) -> Value {
    let (mut client, place) = session(marked);
    client.ask(method, Client::at("watch.sophia", place))
}

/// What a hover shows.
pub fn hover(around: &str) -> String {
    let shown = ask("textDocument/hover", &marked(around));
    shown["contents"]["value"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// The labels that are offered, in their order.
pub fn offered(marked: &str) -> Vec<String> {
    let list = ask("textDocument/completion", marked);
    let items = list["items"].as_array().cloned().unwrap_or_default();
    let labels = items
        .iter()
        .map(|item| item["label"].as_str().unwrap_or_default().to_owned());
    labels.collect()
}

/// The text that a location covers, with its file.
pub fn covered(client: &Client, location: &Value) -> (String, String) {
    let uri = location["uri"].as_str().unwrap_or_default();
    let name = uri
        .strip_prefix("file:///project/")
        .unwrap_or(uri)
        .to_owned();
    let texts = client.shelf.texts.lock().unwrap();
    let text = texts
        .get(name.as_str())
        .map(ToString::to_string)
        .unwrap_or_default();
    let part =
        |key: &str| usize::try_from(location["range"]["start"][key].as_u64().unwrap()).unwrap();
    let end = usize::try_from(location["range"]["end"]["character"].as_u64().unwrap()).unwrap();
    let line = text
        .lines()
        .nth(part("line"))
        .unwrap_or_default()
        .to_owned();
    (name, line[part("character")..end].to_owned())
}
