//! Requests between their arrival and their answer, and what the client tells by itself.

#![allow(
    clippy::needless_pass_by_value,
    reason = "the parameters of a notification are handed over to who takes it in"
)]

use std::path::PathBuf;
use std::sync::Arc;

use lsp_server::{ErrorCode, Notification, Request, RequestId, Response};
use serde_json::Value;

use super::Server;
use super::dispatch::{self, Refusal};
use super::documents::{Document, about, path_of};
use super::workers::Done;
use crate::project::Change;
use crate::protocol::{
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams,
};
use crate::text::Text;

/// A request that waits for a view.
pub(super) struct Waiting {
    request: Request,
    /// The least that the view must hold.
    revision: u64,
    about: Option<About>,
}

impl Waiting {
    /// Whether it is the request of this number.
    pub(super) fn is(&self, id: &RequestId) -> bool {
        self.request.id == *id
    }
}

/// The text that a request is about, as it was when the client asked.
#[derive(Clone)]
pub(super) struct About {
    path: PathBuf,
    text: Arc<str>,
    /// Where the answer depends on no more than what stands before a place: the bytes up to it.
    before: Option<usize>,
}

impl About {
    /// Whether what was asked can be answered from this text as well.
    fn is_still(&self, text: &Arc<str>) -> bool {
        Arc::ptr_eq(text, &self.text)
            || self.before.is_some_and(|before| {
                self.text
                    .get(..before)
                    .is_some_and(|known| text.starts_with(known))
            })
    }
}

impl Server {
    /// Takes a request in.
    pub(super) fn ask(&mut self, request: Request) {
        if !dispatch::is_known(&request.method) {
            let message = format!("`{}` is not served", request.method);
            let code = ErrorCode::MethodNotFound as i32;
            self.send(Response::new_err(request.id, code, message));
            return;
        }
        if self.running.contains_key(&request.id)
            || (self.waiting.iter()).any(|waiting| waiting.is(&request.id))
        {
            let message = "another request of this number is still open".to_owned();
            let code = ErrorCode::InvalidRequest as i32;
            self.send(Response::new_err(request.id, code, message));
            return;
        }
        let path = about(&request.params).and_then(|uri| path_of(&uri));
        let about = path.and_then(|path| {
            let text = &self.documents.get(&path)?.text;
            // Whoever types on narrows down what was offered: nobody asks again.
            let place = (request.method == "textDocument/completion")
                .then(|| request.params.get("position").cloned())
                .flatten()
                .and_then(|place| serde_json::from_value(place).ok());
            Some(About {
                before: place.map(|place| text.offset(place, self.encoding)),
                text: text.shared().clone(),
                path,
            })
        });
        self.waiting.push(Waiting {
            request,
            revision: self.revision,
            about,
        });
        self.answer_waiting();
    }

    /// Hands the requests to the workers for which the view is new enough.
    pub(super) fn answer_waiting(&mut self) {
        let (ready, open): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|waiting| waiting.revision <= self.view.revision);
        self.waiting = open;
        for waiting in ready {
            let id = waiting.request.id.clone();
            if self.is_stale(waiting.about.as_ref()) {
                self.refuse_stale(id);
                continue;
            }
            self.running.insert(id, waiting.about);
            self.workers.give(waiting.request, self.view.clone());
        }
    }

    /// Sends what a worker made, unless the request was cancelled or its text has changed since.
    pub(super) fn finish(&mut self, done: Done) {
        let Some(about) = self.running.remove(&done.id) else {
            return;
        };
        if self.is_stale(about.as_ref()) {
            self.refuse_stale(done.id);
            return;
        }
        match done.outcome {
            Ok(result) => self.send(Response::new_ok(done.id, result)),
            Err(Refusal { code, message }) => {
                if code == ErrorCode::InternalError as i32 {
                    self.show_broken(&message);
                }
                self.send(Response::new_err(done.id, code, message));
            }
        }
    }

    /// Whether the text is another than when the client asked, and the answer with it.
    fn is_stale(&self, about: Option<&About>) -> bool {
        about.is_some_and(|about| {
            let now = self.documents.get(&about.path);
            !now.is_some_and(|now| about.is_still(now.text.shared()))
        })
    }

    fn refuse_stale(&self, id: RequestId) {
        let code = ErrorCode::ContentModified as i32;
        let message = "the text has changed since".to_owned();
        self.send(Response::new_err(id, code, message));
    }

    /// Takes a notification in. What is not known is passed over, as the protocol asks.
    pub(super) fn notification(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        match method.as_str() {
            "textDocument/didOpen" => self.with(params, Self::opened),
            "textDocument/didChange" => self.with(params, Self::changed),
            "textDocument/didClose" => self.with(params, Self::closed),
            "workspace/didChangeWatchedFiles" => self.with(params, Self::touched),
            "workspace/didChangeConfiguration" => self.configured(&params),
            "$/cancelRequest" => self.cancelled(&params),
            _ => {}
        }
    }

    fn with<P: serde::de::DeserializeOwned>(&mut self, params: Value, take: impl Fn(&mut Self, P)) {
        match serde_json::from_value(params) {
            Ok(params) => take(self, params),
            Err(error) => self.log(&format!("a message that cannot be read: {error}")),
        }
    }

    fn opened(&mut self, params: DidOpenTextDocumentParams) {
        let item = params.text_document;
        let Some(path) = path_of(&item.uri) else {
            return;
        };
        let text = Text::new(item.text);
        self.change(Change::Written(path.clone(), text.clone()));
        self.documents
            .open(path, Document::new(item.uri, item.version, text));
    }

    fn changed(&mut self, params: DidChangeTextDocumentParams) {
        let Some(path) = path_of(&params.text_document.text_document_identifier.uri) else {
            return;
        };
        let encoding = self.encoding;
        let Some(document) = self.documents.get_mut(&path) else {
            return;
        };
        let version = params.text_document.version;
        document.change(version, params.content_changes, encoding);
        let text = document.text.clone();
        // Only the last of several texts that nobody has looked at yet matters.
        self.changes
            .retain(|change| !matches!(change, Change::Written(other, _) if *other == path));
        self.change(Change::Written(path, text));
    }

    fn closed(&mut self, params: DidCloseTextDocumentParams) {
        let Some(path) = path_of(&params.text_document.uri) else {
            return;
        };
        if let Some(document) = self.documents.close(&path) {
            self.clear(&path, &document.uri);
            self.change(Change::Closed(path));
        }
    }

    fn touched(&mut self, params: DidChangeWatchedFilesParams) {
        let paths = params.changes.iter();
        let paths = paths.filter_map(|event| path_of(&event.uri));
        self.change(Change::Touched(paths.collect()));
    }

    /// Takes over what a person wants to see from here on.
    fn configured(&mut self, params: &Value) {
        if let Some(settings) = params.get("settings") {
            self.client.hints.set(settings);
            self.show_by(crate::project::View {
                hints: self.client.hints,
                ..(*self.view).clone()
            });
            if self.client.refreshes {
                self.call("workspace/inlayHint/refresh", Value::Null);
            }
        }
    }

    fn cancelled(&mut self, params: &Value) {
        let Some(id) = params.get("id") else { return };
        let Ok(id) = serde_json::from_value::<RequestId>(id.clone()) else {
            return;
        };
        let before = self.waiting.len();
        self.waiting.retain(|waiting| !waiting.is(&id));
        let was_open = self.waiting.len() < before || self.running.remove(&id).is_some();
        if was_open {
            self.workers.cancel(&id);
            let code = ErrorCode::RequestCanceled as i32;
            self.send(Response::new_err(id, code, "cancelled".to_owned()));
        }
    }
}
