//! Random edits, questions out of order, questions that are taken back: the server goes on, answers every question
//! once, and its text is the client's.
//!
//! `SOPHIA_FUZZ_MESSAGES=1000000 cargo test --release -p sophia-lsp --test session fuzzing -- --nocapture` drives a
//! million messages and says now and then how much memory is held; `SOPHIA_FUZZ_SEED` chooses others.

#![allow(
    clippy::print_stdout,
    reason = "how far it is, for whoever lets it run for long"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use lsp_server::RequestId;
use serde_json::{Value, json};
use sophia_lsp::Ended;
use sophia_lsp::text::{Encoding, Text};

use crate::client::Client;
use crate::project::{WATCH, WORDS, files};

const METHODS: &[&str] = &[
    "textDocument/hover",
    "textDocument/completion",
    "textDocument/signatureHelp",
    "textDocument/definition",
    "textDocument/references",
    "textDocument/documentHighlight",
    "textDocument/prepareRename",
    "textDocument/rename",
    "textDocument/documentSymbol",
    "textDocument/foldingRange",
    "textDocument/selectionRange",
    "textDocument/semanticTokens/full",
    "textDocument/semanticTokens/range",
    "textDocument/inlayHint",
    "textDocument/formatting",
    "textDocument/rangeFormatting",
    "textDocument/onTypeFormatting",
    "textDocument/codeAction",
    "textDocument/codeLens",
    "textDocument/documentLink",
    "textDocument/linkedEditingRange",
    "textDocument/prepareCallHierarchy",
    "textDocument/diagnostic",
    "sophia/graph",
    "sophia/inputs",
    "sophia/labelPaths",
    "sophia/plan",
    "sophia/tests",
    "workspace/symbol",
    "textDocument/nothing",
];

/// Pieces that are put into texts: of the language, of other languages, and of none.
const PIECES: &[&str] = &[
    "let x = ",
    "do slack.",
    "accounts",
    "\n",
    "\n\n",
    "{",
    "}",
    "(",
    ")",
    "\"",
    "\"\"\"",
    "|",
    ".",
    ",",
    ":",
    "@pii",
    " where tenure > 5",
    "for each a in b {\n",
    "query q from warehouse {\n select ",
    "'",
    ";",
    "==",
    "é",
    "𝄞",
    "→",
    "\r\n",
    "\r",
    "\t",
    "  ",
    "#",
    "##",
    "type T { a: text }\n",
    "otherwise ",
    "0",
    "9999999999999999999",
    "$1,0",
    "100%",
    "-- ",
    "{{",
    "}}",
    "model m() -> text {\n prompt \"{",
    "playbook ",
    "use ",
    "\u{0}",
    "\u{feff}",
    "match x { \"a\" { } }",
];

struct Session {
    client: Client,
    random: fastrand::Rng,
    texts: BTreeMap<&'static str, Text>,
    open: BTreeMap<&'static str, bool>,
    asked: Vec<RequestId>,
}

impl Session {
    fn place(&mut self, name: &str) -> Value {
        let lines = self.texts[name].lines();
        json!({ "line": self.random.usize(0..lines + 2), "character": self.random.u32(0..60) })
    }

    fn edit(&mut self, name: &'static str) {
        let mut changes = Vec::new();
        for _ in 0..self.random.usize(1..4) {
            let text = self.texts[name].clone();
            if self.random.u8(..) < 6 {
                let whole = if self.random.bool() { WATCH } else { WORDS };
                self.texts.insert(name, Text::new(whole));
                changes.push(json!({ "text": whole }));
                continue;
            }
            let clip = |at: usize| {
                (0..=at.min(text.as_str().len()))
                    .rev()
                    .find(|at| text.as_str().is_char_boundary(*at))
                    .unwrap()
            };
            let from = clip(self.random.usize(0..=text.as_str().len()));
            let to = clip(from + self.random.usize(0..12)).max(from);
            let put = if self.random.bool() {
                ""
            } else {
                PIECES[self.random.usize(0..PIECES.len())]
            };
            // What the client means is what its own places mean, as the client counts.
            let (start, end) = (
                text.position(from, Encoding::Utf16),
                text.position(to, Encoding::Utf16),
            );
            let (from, to) = (
                text.offset(start, Encoding::Utf16),
                text.offset(end, Encoding::Utf16),
            );
            let mut now = text.as_str().to_owned();
            now.replace_range(from.min(to)..to.max(from), put);
            self.texts.insert(name, Text::new(now));
            changes.push(json!({ "range": { "start": start, "end": end }, "text": put }));
        }
        self.client.change(name, &json!(changes));
    }

    fn question(&mut self, name: &'static str) {
        let method = METHODS[self.random.usize(0..METHODS.len())];
        let (start, end) = (self.place(name), self.place(name));
        let params = json!({
            "textDocument": { "uri": Client::uri(name) },
            "position": start,
            "positions": [start, end],
            "range": { "start": start, "end": end },
            "context": { "includeDeclaration": true, "diagnostics": [] },
            "options": { "tabSize": 2, "insertSpaces": true },
            "newName": "other",
            "ch": "}",
            "query": "a",
        });
        let id = self.client.send(method, params);
        if self.random.u8(..) < 80 {
            self.client.tell("$/cancelRequest", json!({ "id": id }));
        }
        self.asked.push(id);
    }

    /// Waits for every answer, and compares the texts.
    fn compare(&mut self) {
        for id in std::mem::take(&mut self.asked) {
            self.client.answer(&id);
        }
        for (name, text) in &self.texts {
            let params = json!({ "textDocument": { "uri": Client::uri(name) } });
            let held = self.client.ask("sophia/text", params);
            if self.open[name] {
                assert_eq!(held["text"].as_str(), Some(text.as_str()), "{name}");
            } else {
                assert_eq!(held, Value::Null);
            }
        }
    }
}

/// What the process holds of the machine's memory.
#[allow(
    clippy::disallowed_methods,
    reason = "the machine says it in a file of its own"
)]
fn megabytes_held() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let resident = pages
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<usize>().ok());
    resident.unwrap_or_default() * 4 / 1024
}

#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "how long it goes on is said from outside"
)]
fn nothing_that_is_typed_or_asked_breaks_the_server() {
    let from_outside = |name: &str| {
        std::env::var(name)
            .ok()
            .and_then(|number| number.parse::<u64>().ok())
    };
    let messages = from_outside("SOPHIA_FUZZ_MESSAGES").unwrap_or(3_000);
    let seed = from_outside("SOPHIA_FUZZ_SEED").unwrap_or(7);
    let mut session = Session {
        client: Client::counting("utf-16", &files(WATCH)),
        random: fastrand::Rng::with_seed(seed),
        texts: BTreeMap::new(),
        open: BTreeMap::new(),
        asked: Vec::new(),
    };
    let names = [
        "watch.sophia",
        "words.sophia",
        "sophia.toml",
        "new.sophia",
        "untitled:Untitled-1",
    ];
    for name in names {
        session.texts.insert(name, Text::new(WATCH));
        session.client.open(name, WATCH);
        session.open.insert(name, true);
    }
    for number in 1..=messages {
        let name = names[session.random.usize(0..names.len())];
        match session.random.u8(0..100) {
            0 if session.open[name] => {
                session.client.close(name);
                session.open.insert(name, false);
            }
            0..=4 if !session.open[name] => {
                let text = session.texts[name].clone();
                session.client.open(name, text.as_str());
                session.open.insert(name, true);
            }
            1 => {
                let mut texts = session.client.shelf.texts.lock().unwrap();
                texts.insert(
                    "words.sophia".into(),
                    Arc::from(PIECES[session.random.usize(0..PIECES.len())]),
                );
                drop(texts);
                let uri = Client::uri("words.sophia");
                let changed = json!({ "changes": [{ "uri": uri, "type": 2 }] });
                session
                    .client
                    .tell("workspace/didChangeWatchedFiles", changed);
            }
            2..=54 if session.open[name] => session.edit(name),
            _ => session.question(name),
        }
        if number % 100 == 0 {
            session.compare();
        }
        if number % 100_000 == 0 {
            println!("{number} messages, {} MB held", megabytes_held());
        }
    }
    session.compare();
    session.client.settle();
    let broken: Vec<_> = session
        .client
        .said
        .iter()
        .filter(|note| note.method == "window/showMessage")
        .map(|note| note.params["message"].clone())
        .collect();
    assert!(broken.is_empty(), "{broken:?}");
    assert_eq!(
        session.client.unexpected, 0,
        "answers to questions that nobody asked, or twice"
    );
    assert_eq!(session.client.end(), Ended::Well);
}
