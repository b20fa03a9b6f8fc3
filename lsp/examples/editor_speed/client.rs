//! An editor that starts a server, presses keys, and waits.

use std::io::{BufReader, BufWriter};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use lsp_server::{Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};
use sophia_lsp::protocol::Uri;

use crate::keys::Key;

/// A session with a server in a process of its own.
pub struct Client {
    process: Child,
    to: BufWriter<ChildStdin>,
    from: BufReader<ChildStdout>,
    uri: String,
    next: i32,
}

/// A change as the protocol writes it.
fn change(start: (usize, usize), end: (usize, usize), text: &str) -> Value {
    let place = |(line, character): (usize, usize)| json!({ "line": line, "character": character });
    json!({ "range": { "start": place(start), "end": place(end) }, "text": text })
}

fn address(path: &Path) -> String {
    Uri::from_file_path(path)
        .expect("the path is whole")
        .to_string()
}

impl Client {
    /// Starts the server in a folder.
    pub fn start(program: &str, folder: &Path) -> Self {
        let mut process = Command::new(program)
            .args(["lsp", "--stdio"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server can be started");
        let to = process.stdin.take().expect("its input is a pipe");
        let from = process.stdout.take().expect("its output is a pipe");
        let mut client = Self {
            process,
            to: BufWriter::new(to),
            from: BufReader::new(from),
            uri: String::new(),
            next: 0,
        };
        client.ask(
            "initialize",
            json!({
                "processId": null,
                "rootUri": null,
                "workspaceFolders": [{ "uri": address(folder), "name": "project" }],
                "capabilities": { "general": { "positionEncodings": ["utf-8"] } },
            }),
        );
        client.tell("initialized", json!({}));
        client
    }

    fn send(&mut self, message: impl Into<Message>) {
        let message: Message = message.into();
        message.write(&mut self.to).expect("the server listens");
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(Notification::new(method.to_owned(), params));
    }

    fn next(&mut self) -> Message {
        let message = Message::read(&mut self.from).expect("the server speaks the protocol");
        message.expect("the server is there")
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let id = RequestId::from(self.next);
        self.send(Request::new(id.clone(), method.to_owned(), params));
        loop {
            match self.next() {
                Message::Response(response) if response.id == id => {
                    return response.response_result.expect("it has an answer");
                }
                Message::Request(request) => self.send(Response::new_ok(request.id, Value::Null)),
                _ => {}
            }
        }
    }

    /// Opens a text as its first version.
    pub fn open(&mut self, path: &Path, text: &str) {
        self.uri = address(path);
        let uri = self.uri.clone();
        let document = json!({ "uri": uri, "languageId": "sophia", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// The text as a whole.
    pub fn change(&mut self, version: i32, text: &str) {
        self.changes(version, &json!([{ "text": text }]));
    }

    /// A key is pressed.
    pub fn press(&mut self, version: i32, key: &Key) {
        let puts = key.puts.iter().rev();
        let changes =
            puts.map(|put| change((put.line, put.column), (put.line, put.column), &put.letters));
        self.changes(version, &changes.collect());
    }

    /// A key that was pressed is taken back.
    pub fn take_back(&mut self, version: i32, key: &Key) {
        let puts = key.puts.iter();
        let changes = puts.map(|put| change((put.line, put.column), put.end(), ""));
        self.changes(version, &changes.collect());
    }

    fn changes(&mut self, version: i32, changes: &Value) {
        let document = json!({ "uri": self.uri, "version": version });
        let params = json!({ "textDocument": document, "contentChanges": changes });
        self.tell("textDocument/didChange", params);
    }

    /// Waits for the complaints about a version.
    pub fn complaints(&mut self, version: i32) -> Vec<Value> {
        loop {
            let Message::Notification(note) = self.next() else {
                continue;
            };
            let is_it = note.method == "textDocument/publishDiagnostics"
                && note.params["uri"] == self.uri.as_str()
                && note.params["version"] == version;
            if is_it {
                return note.params["diagnostics"]
                    .as_array()
                    .cloned()
                    .unwrap_or_default();
            }
        }
    }

    /// Asks what is wrong with the text as it is now. The answer comes once it is checked; of a text that was and is
    /// sound nothing is told unasked.
    pub fn ask_complaints(&mut self) -> Vec<Value> {
        let params = json!({ "textDocument": { "uri": self.uri } });
        let report = self.ask("textDocument/diagnostic", params);
        report["items"].as_array().cloned().unwrap_or_default()
    }

    /// How much is offered at a place.
    pub fn complete(&mut self, line: usize, column: usize) -> usize {
        let params = json!({
            "textDocument": { "uri": self.uri },
            "position": { "line": line, "character": column },
        });
        let list = self.ask("textDocument/completion", params);
        list["items"].as_array().map_or(0, Vec::len)
    }

    /// The number of the server's process.
    pub fn process(&self) -> String {
        self.process.id().to_string()
    }

    /// Ends the session.
    pub fn end(mut self) {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        let _ = self.process.wait();
    }
}
