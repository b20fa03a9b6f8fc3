//! The one loop that takes every message in its order.
//!
//! Kept true here: texts change only in this loop. A request is answered from a view that holds at least what the
//! client had said when it asked; if its text has changed since, it is told so. Every request is answered once.

mod begin;
mod dispatch;
mod documents;
mod publish;
mod reports;
mod waiting;
mod workers;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::Builder;

use crossbeam_channel::{Receiver, Sender, select, unbounded};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};

use crate::folders::Folders;
use crate::project::{Analyst, Change, Errand, News, View};
use crate::sweeper::Sweeper;
use crate::text::Encoding;
use begin::Client;
pub(crate) use dispatch::Refusal;
use documents::Documents;
pub(crate) use documents::path_of;
use publish::Published;
use waiting::Waiting;
use workers::{Done, Workers};

/// Deep playbooks are read and checked by functions that call themselves.
pub(crate) const STACK: usize = 64 << 20;

/// How many messages are taken together before the analyst hears of them.
const TOGETHER: usize = 256;

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The client said goodbye, as it should.
    Well,
    /// The client went away without a word.
    Abruptly,
}

/// Serves over standard input and output until the client ends the session.
///
/// # Errors
/// When the streams break, or what comes in is not the protocol.
pub fn serve_stdio(folders: Arc<dyn Folders>) -> Result<Ended, String> {
    let (connection, threads) = Connection::stdio();
    let ended = serve(&connection, folders)?;
    drop(connection);
    threads.join().map_err(|error| error.to_string())?;
    Ok(ended)
}

/// Serves one client until it ends the session.
///
/// # Errors
/// When the client does not speak the protocol.
pub fn serve(connection: &Connection, folders: Arc<dyn Folders>) -> Result<Ended, String> {
    let Some(client) = begin::begin(connection)? else {
        return Ok(Ended::Abruptly);
    };
    let (errands, inbox) = unbounded();
    let (news_sender, news) = unbounded();
    let sweeper = Sweeper::start();
    let settings = (client.encoding, client.snippets);
    let analyst = Analyst::new(folders, settings, news_sender, sweeper.clone());
    Builder::new()
        .name("analyst".to_owned())
        .stack_size(STACK)
        .spawn(move || analyst.work(&inbox))
        .map_err(|error| error.to_string())?;
    let (workers, done) = Workers::start(dispatch::answer).map_err(|error| error.to_string())?;
    let mut server = Server {
        out: connection.sender.clone(),
        encoding: client.encoding,
        documents: Documents::default(),
        published: Published::default(),
        view: Arc::new(View::default()),
        errands,
        changes: Vec::new(),
        revision: 0,
        waiting: Vec::new(),
        running: HashMap::new(),
        workers,
        sweeper,
        next_request: 0,
        shutting_down: false,
        client,
    };
    server.begin();
    Ok(server.work(&connection.receiver, &news, &done))
}

struct Server {
    out: Sender<Message>,
    client: Client,
    encoding: Encoding,
    documents: Documents,
    published: Published,
    /// What was checked last.
    view: Arc<View>,
    errands: Sender<Errand>,
    /// What the analyst has not heard yet.
    changes: Vec<Change>,
    /// How many changes there were.
    revision: u64,
    /// Requests that wait for a view.
    waiting: Vec<Waiting>,
    /// Requests that are being answered, and the text that each is about.
    running: HashMap<RequestId, Option<waiting::About>>,
    workers: Workers,
    sweeper: Sweeper,
    next_request: i32,
    shutting_down: bool,
}

impl Server {
    /// What is said first, once the client is ready.
    fn begin(&mut self) {
        self.ask_to_watch();
        let folders: Vec<PathBuf> = std::mem::take(&mut self.client.folders);
        for folder in folders {
            self.change(Change::Folder(folder));
        }
        self.hand_over();
    }

    fn work(
        &mut self,
        messages: &Receiver<Message>,
        news: &Receiver<News>,
        done: &Receiver<Done>,
    ) -> Ended {
        loop {
            select! {
                recv(messages) -> message => {
                    let Ok(message) = message else {
                        return Ended::Abruptly;
                    };
                    if let Some(ended) = self.take(message) {
                        return ended;
                    }
                    // What has come meanwhile is taken together: only the last text of several is checked.
                    for message in messages.try_iter().take(TOGETHER) {
                        if let Some(ended) = self.take(message) {
                            return ended;
                        }
                    }
                    self.hand_over();
                }
                recv(news) -> told => {
                    if let Ok(told) = told {
                        self.hear(told);
                    }
                }
                recv(done) -> finished => {
                    if let Ok(finished) = finished {
                        self.finish(finished);
                    }
                }
            }
        }
    }

    fn take(&mut self, message: Message) -> Option<Ended> {
        match message {
            Message::Request(request) => {
                let (id, method) = (request.id.clone(), request.method.clone());
                if !self.guarded(|server| server.request(request)) {
                    self.broke_off(&id, &method);
                }
            }
            Message::Notification(notification) if notification.method == "exit" => {
                return Some(if self.shutting_down {
                    Ended::Well
                } else {
                    Ended::Abruptly
                });
            }
            Message::Notification(notification) => {
                let method = notification.method.clone();
                if !self.guarded(|server| server.notification(notification)) {
                    self.show_broken(&format!("what `{method}` told was not taken in whole"));
                }
            }
            // Answers to what the server asked say nothing that it needs.
            Message::Response(_) => {}
        }
        None
    }

    /// Does something that may break off by a mistake of ours, and says whether it did not. The session goes on.
    fn guarded(&mut self, act: impl FnOnce(&mut Self)) -> bool {
        catch_unwind(AssertUnwindSafe(|| act(self))).is_ok()
    }

    /// Answers a request that broke off before a worker had it.
    fn broke_off(&mut self, id: &RequestId, method: &str) {
        self.waiting.retain(|waiting| !waiting.is(id));
        self.running.remove(id);
        let Refusal { code, message } = Refusal::broke_off(method);
        self.show_broken(&message);
        self.send(Response::new_err(id.clone(), code, message));
    }

    fn request(&mut self, request: Request) {
        if self.shutting_down {
            let message = "the session is over".to_owned();
            let code = ErrorCode::InvalidRequest as i32;
            self.send(Response::new_err(request.id, code, message));
        } else if request.method == "shutdown" {
            self.shutting_down = true;
            self.send(Response::new_ok(request.id, serde_json::Value::Null));
        } else if request.method == "sophia/text" {
            // What the server holds of a text, for tests that compare it with the client's.
            let text = self.documents.held(&request.params);
            self.send(Response::new_ok(request.id, text));
        } else {
            self.ask(request);
        }
    }

    /// Notes something for the analyst.
    fn change(&mut self, change: Change) {
        self.revision += 1;
        self.changes.push(change);
    }

    fn hand_over(&mut self) {
        if self.changes.is_empty() {
            return;
        }
        let errand = Errand {
            revision: self.revision,
            changes: std::mem::take(&mut self.changes),
        };
        if self.errands.send(errand).is_err() {
            self.show_broken("the thread that checks has ended");
        }
    }

    fn hear(&mut self, news: News) {
        match news {
            News::View(view) => {
                let before = self.view.clone();
                self.show_by(View {
                    hints: self.client.hints,
                    ..(*view).clone()
                });
                drop(view);
                if !self.guarded(Self::publish) {
                    self.show_broken("not everything that was found could be shown");
                }
                self.answer_waiting();
                self.sweeper.let_go(before);
            }
            News::Reading(root) => self.progress_begins(&root),
            News::Read(root, texts) => self.progress_ends(&root, texts),
            News::Problem(problem) => self.show_problem(&problem),
            News::Broke(message) => self.show_broken(&message),
        }
    }

    /// Answers from this view from here on.
    fn show_by(&mut self, view: View) {
        self.view = Arc::new(view);
    }

    fn send(&self, message: impl Into<Message>) {
        // Where nobody listens any more, the loop ends by itself.
        let _ = self.out.send(message.into());
    }

    fn notify(&self, method: &str, params: impl serde::Serialize) {
        self.send(Notification::new(method.to_owned(), params));
    }

    /// Asks the client something whose answer is not waited for.
    fn call(&mut self, method: &str, params: impl serde::Serialize) {
        self.next_request += 1;
        let id = RequestId::from(format!("sophia-{}", self.next_request));
        self.send(Request::new(id, method.to_owned(), params));
    }
}
