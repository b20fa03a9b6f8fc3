//! What the server says by itself: how far it is, and what went wrong.

use std::path::Path;

use serde_json::json;
use sophia_diagnostics::Problem;

use super::Server;
use crate::protocol::MessageType;

impl Server {
    /// Asks the client to say when files change on the disk.
    pub(super) fn ask_to_watch(&mut self) {
        if !self.client.watches {
            return;
        }
        let watchers = [
            "**/*.sophia",
            "**/sophia.toml",
            "**/sophia.lock",
            "**/*.ics",
        ];
        let watchers = watchers.map(|pattern| json!({ "globPattern": pattern }));
        let registration = json!({
            "id": "sophia-files",
            "method": "workspace/didChangeWatchedFiles",
            "registerOptions": { "watchers": watchers },
        });
        self.call(
            "client/registerCapability",
            json!({ "registrations": [registration] }),
        );
    }

    pub(super) fn progress_begins(&mut self, root: &Path) {
        if !self.client.shows_progress {
            return;
        }
        let token = root.to_string_lossy();
        self.call("window/workDoneProgress/create", json!({ "token": token }));
        let name = root.file_name().map(|name| name.to_string_lossy());
        let name = name.unwrap_or_default();
        self.notify(
            "$/progress",
            json!({
                "token": token,
                "value": { "kind": "begin", "title": format!("Reading {name}"), "cancellable": false },
            }),
        );
    }

    pub(super) fn progress_ends(&mut self, root: &Path, texts: usize) {
        if !self.client.shows_progress {
            return;
        }
        self.notify(
            "$/progress",
            json!({
                "token": root.to_string_lossy(),
                "value": { "kind": "end", "message": format!("{texts} files") },
            }),
        );
    }

    pub(super) fn show_problem(&self, problem: &Problem) {
        let mut words = format!("{} {}", problem.code, problem.message);
        if let Some(help) = &problem.help {
            words = format!("{words} Next: {help}.");
        }
        self.show(&words);
    }

    /// A mistake of the server's own: the session goes on.
    pub(super) fn show_broken(&self, what: &str) {
        self.show(&format!(
            "Sophia made a mistake of its own: {what}. Everything else goes on; the text is safe."
        ));
    }

    fn show(&self, words: &str) {
        self.notify(
            "window/showMessage",
            json!({ "type": MessageType::Error, "message": words }),
        );
    }

    pub(super) fn log(&self, words: &str) {
        self.notify(
            "window/logMessage",
            json!({ "type": MessageType::Warning, "message": words }),
        );
    }
}
