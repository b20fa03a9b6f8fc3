//! The threads that answer requests, each from a view that does not change.

use std::collections::HashSet;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Builder;

use crossbeam_channel::{Receiver, Sender, unbounded};
use lsp_server::{Request, RequestId};
use serde_json::Value;

use super::STACK;
use super::dispatch::Refusal;
use crate::project::View;

#[cfg(test)]
mod tests;

/// One answers what is long while the other answers what is short.
const THREADS: usize = 2;

/// Who makes an answer.
pub(super) type Answering = fn(&View, Request) -> Result<Value, Refusal>;

/// A request and what it is answered from.
struct Task {
    request: Request,
    view: Arc<View>,
}

/// What came of a request.
pub(super) struct Done {
    pub(super) id: RequestId,
    pub(super) outcome: Result<Value, Refusal>,
}

/// The threads.
pub(super) struct Workers {
    tasks: Sender<Task>,
    /// Requests that nobody waits for any more and that no thread has begun.
    cancelled: Arc<Mutex<HashSet<RequestId>>>,
}

impl Workers {
    /// Starts them over what makes answers. What they made comes out of the receiver.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub(super) fn start(answer: Answering) -> io::Result<(Self, Receiver<Done>)> {
        let (tasks, inbox) = unbounded::<Task>();
        let (finished, done) = unbounded();
        let cancelled = Arc::new(Mutex::new(HashSet::new()));
        for number in 0..THREADS {
            let (inbox, finished, cancelled) = (inbox.clone(), finished.clone(), cancelled.clone());
            Builder::new()
                .name(format!("worker-{number}"))
                .stack_size(STACK)
                .spawn(move || work(answer, &inbox, &finished, &cancelled))?;
        }
        Ok((Self { tasks, cancelled }, done))
    }

    /// Gives them a request.
    pub(super) fn give(&self, request: Request, view: Arc<View>) {
        locked(&self.cancelled).remove(&request.id);
        // The threads live as long as this sender.
        let _ = self.tasks.send(Task { request, view });
    }

    /// Takes a request back, if none has begun with it.
    pub(super) fn cancel(&self, id: &RequestId) {
        locked(&self.cancelled).insert(id.clone());
    }
}

fn locked(cancelled: &Mutex<HashSet<RequestId>>) -> std::sync::MutexGuard<'_, HashSet<RequestId>> {
    // A set of numbers is whole whatever happened to who held it.
    cancelled.lock().unwrap_or_else(PoisonError::into_inner)
}

fn work(
    answer: Answering,
    inbox: &Receiver<Task>,
    finished: &Sender<Done>,
    cancelled: &Mutex<HashSet<RequestId>>,
) {
    while let Ok(Task { request, view }) = inbox.recv() {
        let id = request.id.clone();
        if locked(cancelled).remove(&id) {
            continue;
        }
        let method = request.method.clone();
        let outcome = catch_unwind(AssertUnwindSafe(|| answer(&view, request)));
        let outcome = outcome.unwrap_or_else(|_| Err(Refusal::broke_off(&method)));
        if finished.send(Done { id, outcome }).is_err() {
            return;
        }
    }
}
