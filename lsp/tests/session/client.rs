//! A client that speaks the protocol and remembers what it was told.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use lsp_server::{Connection, Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};
use sophia_diagnostics::Problem;
use sophia_lsp::{Ended, Folders, Texts};

/// Folders that lie in memory: the project in `/project`.
#[derive(Default)]
pub struct Shelf {
    pub texts: Mutex<Texts>,
    /// Whether reading a text breaks off.
    pub breaks: AtomicBool,
}

pub const ROOT: &str = "/project";

impl Folders for Shelf {
    fn project_of(&self, path: &Path) -> Option<PathBuf> {
        let texts = self.texts.lock().unwrap();
        (path.starts_with(ROOT) && texts.contains_key("sophia.toml")).then(|| PathBuf::from(ROOT))
    }

    fn read(&self, _: &Path) -> Result<Texts, Problem> {
        Ok(self.texts.lock().unwrap().clone())
    }

    fn read_text(&self, path: &Path) -> Option<String> {
        assert!(!self.breaks.load(Ordering::Relaxed), "a mistake of ours");
        let name = path.strip_prefix(ROOT).ok()?.to_string_lossy().into_owned();
        let texts = self.texts.lock().unwrap();
        texts.get(name.as_str()).map(ToString::to_string)
    }
}

/// A session.
pub struct Client {
    connection: Connection,
    server: Option<JoinHandle<Result<Ended, String>>>,
    pub shelf: Arc<Shelf>,
    /// What was complained of last, by the file's name.
    pub complaints: BTreeMap<String, Vec<Value>>,
    /// What the server offered.
    pub offered: Value,
    /// Everything that it said by itself, complaints apart.
    pub said: Vec<Notification>,
    /// How many answers came that nobody waited for.
    pub unexpected: usize,
    /// The questions that have no answer yet.
    open: BTreeSet<RequestId>,
    /// Answers that came while another was waited for.
    early: BTreeMap<RequestId, Response>,
    versions: BTreeMap<String, i32>,
    next: i32,
}

impl Client {
    /// Begins a session over these files; the client counts as `encoding` says.
    pub fn counting(encoding: &str, files: &[(&str, &str)]) -> Self {
        let shelf = Arc::new(Shelf::default());
        for (name, text) in files {
            let mut texts = shelf.texts.lock().unwrap();
            texts.insert(Arc::from(*name), Arc::from(*text));
        }
        let (connection, theirs) = Connection::memory();
        let folders: Arc<dyn Folders> = shelf.clone();
        let server = std::thread::spawn(move || sophia_lsp::serve(&theirs, folders));
        let mut client = Self {
            connection,
            server: Some(server),
            shelf,
            complaints: BTreeMap::new(),
            offered: Value::Null,
            said: Vec::new(),
            unexpected: 0,
            open: BTreeSet::new(),
            early: BTreeMap::new(),
            versions: BTreeMap::new(),
            next: 0,
        };
        client.offered = client.ask(
            "initialize",
            json!({
                "processId": null,
                "rootUri": null,
                "workspaceFolders": [{ "uri": "file:///project", "name": "project" }],
                "capabilities": {
                    "general": { "positionEncodings": [encoding] },
                    "window": { "workDoneProgress": true },
                    "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } },
                },
            }),
        );
        client.tell("initialized", json!({}));
        client
    }

    pub fn new(files: &[(&str, &str)]) -> Self {
        Self::counting("utf-8", files)
    }

    pub fn tell(&mut self, method: &str, params: Value) {
        let message = Notification::new(method.to_owned(), params);
        self.connection.sender.send(message.into()).unwrap();
    }

    /// Sends a request and waits for what comes back.
    pub fn request(&mut self, method: &str, params: Value) -> Response {
        let id = self.send(method, params);
        self.answer(&id)
    }

    /// Sends a request without waiting.
    pub fn send(&mut self, method: &str, params: Value) -> RequestId {
        self.next += 1;
        let id = RequestId::from(self.next);
        self.open.insert(id.clone());
        let request = Request::new(id.clone(), method.to_owned(), params);
        self.connection.sender.send(request.into()).unwrap();
        id
    }

    /// Waits for the answer to a request.
    pub fn answer(&mut self, id: &RequestId) -> Response {
        loop {
            if let Some(response) = self.early.remove(id) {
                return response;
            }
            if let Message::Response(response) = self.next_message() {
                if self.open.remove(&response.id) {
                    self.early.insert(response.id.clone(), response);
                } else {
                    self.unexpected += 1;
                }
            }
        }
    }

    /// The result of a request that must have one.
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        let response = self.request(method, params);
        match response.response_result {
            Ok(result) => result,
            Err(error) => panic!("{method}: {}", error.message),
        }
    }

    fn next_message(&mut self) -> Message {
        let limit = Duration::from_mins(1);
        let message = self.connection.receiver.recv_timeout(limit).unwrap();
        match &message {
            Message::Notification(note) if note.method == "textDocument/publishDiagnostics" => {
                let uri = note.params["uri"].as_str().unwrap_or_default();
                let name = uri.strip_prefix("file:///project/").unwrap_or(uri);
                let found = note.params["diagnostics"].as_array().cloned();
                let found = found.unwrap_or_default();
                self.complaints.insert(name.to_owned(), found);
            }
            Message::Notification(note) => self.said.push(note.clone()),
            Message::Request(request) => {
                let response = Response::new_ok(request.id.clone(), Value::Null);
                self.connection.sender.send(response.into()).unwrap();
            }
            Message::Response(_) => {}
        }
        message
    }

    pub fn uri(name: &str) -> String {
        if name.contains(':') {
            return name.to_owned();
        }
        format!("file:///project/{name}")
    }

    pub fn open(&mut self, name: &str, text: &str) {
        self.versions.insert(name.to_owned(), 1);
        self.tell(
            "textDocument/didOpen",
            json!({ "textDocument": {
                "uri": Self::uri(name), "languageId": "sophia", "version": 1, "text": text,
            } }),
        );
    }

    /// Sends changes of a text.
    pub fn change(&mut self, name: &str, changes: &Value) {
        let version = self.versions.entry(name.to_owned()).or_default();
        *version += 1;
        let version = *version;
        self.tell(
            "textDocument/didChange",
            json!({
                "textDocument": { "uri": Self::uri(name), "version": version },
                "contentChanges": changes,
            }),
        );
    }

    /// Gives a text other words as a whole.
    pub fn rewrite(&mut self, name: &str, text: &str) {
        self.change(name, &json!([{ "text": text }]));
    }

    pub fn close(&mut self, name: &str) {
        let params = json!({ "textDocument": { "uri": Self::uri(name) } });
        self.tell("textDocument/didClose", params);
    }

    /// The parameters of a request about a place.
    pub fn at(name: &str, place: (u32, u32)) -> Value {
        json!({
            "textDocument": { "uri": Self::uri(name) },
            "position": { "line": place.0, "character": place.1 },
        })
    }

    /// Waits until everything that was sent is checked and told. A request is answered from a view that holds all
    /// that was sent before it, and what the view shows is told before.
    pub fn settle(&mut self) {
        let params = json!({ "textDocument": { "uri": "file:///project/nowhere.sophia" } });
        self.ask("textDocument/documentSymbol", params);
    }

    /// The codes that a file is complained of, in their order.
    pub fn codes(&mut self, name: &str) -> Vec<String> {
        self.settle();
        let found = self.complaints.get(name).cloned().unwrap_or_default();
        let codes = found
            .iter()
            .map(|found| found["code"].as_str().unwrap_or_default());
        codes.map(str::to_owned).collect()
    }

    /// Ends the session as a client should.
    pub fn end(mut self) -> Ended {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        let server = self.server.take().unwrap();
        server.join().unwrap().unwrap()
    }
}
