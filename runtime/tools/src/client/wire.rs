//! Messages as lines over a pair of pipes.
//!
//! Kept true here: no message is larger than the limit; a line that is no message is noted, not
//! obeyed; and it is known of each call whether it can have reached the server, which decides
//! whether its effect is unknown or certainly did not happen.

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rmcp::RoleClient;
use rmcp::model::{ClientRequest, JsonRpcMessage, RequestId, ServerNotification};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::watch;

use crate::limits;

/// Lines that are no messages, of which the first few are kept.
const STRAY_LINES: usize = 3;

/// What was seen of a connection.
#[derive(Default)]
pub(super) struct Observed {
    state: Mutex<State>,
    told: watch::Sender<Told>,
}

/// What a server told unasked about its resources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// How often it told that one has changed. Which one is not looked at: it may name a part of the one that is followed.
    pub(super) changes: u64,
    /// Whether the connection ended, so that nothing more is told.
    pub(super) is_over: bool,
}

#[derive(Default)]
struct State {
    sent: HashSet<RequestId>,
    stray: Vec<String>,
    fault: Option<String>,
}

impl Observed {
    /// Whether this call may have reached the server.
    pub(super) fn may_have_arrived(&self, request: &RequestId) -> bool {
        self.state().sent.contains(request)
    }

    /// The request is over.
    pub(super) fn forget(&self, request: &RequestId) {
        self.state().sent.remove(request);
    }

    /// The first lines that were no messages, unmasked.
    pub(super) fn stray(&self) -> Vec<String> {
        self.state().stray.clone()
    }

    /// Why the connection was given up, where the server broke the protocol.
    pub(super) fn fault(&self) -> Option<String> {
        self.state().fault.clone()
    }

    /// What the server tells about its resources, from now on.
    pub(super) fn told(&self) -> watch::Receiver<Told> {
        self.told.subscribe()
    }

    /// Whether the connection ended.
    pub(super) fn is_over(&self) -> bool {
        self.told.borrow().is_over
    }

    /// The connection ended.
    pub(super) fn end(&self) {
        self.told.send_modify(|told| told.is_over = true);
    }

    fn take(&self, message: &RxJsonRpcMessage<RoleClient>) {
        if let JsonRpcMessage::Notification(notification) = message
            && let ServerNotification::ResourceUpdatedNotification(_) = &notification.notification
        {
            self.told.send_modify(|told| told.changes += 1);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The transport.
pub(super) struct Wire<R, W> {
    input: BufReader<R>,
    line: Vec<u8>,
    output: Arc<tokio::sync::Mutex<Option<W>>>,
    observed: Arc<Observed>,
}

impl<R: AsyncRead + Unpin, W> Wire<R, W> {
    pub(super) fn new(input: R, output: W, observed: Arc<Observed>) -> Self {
        Self {
            input: BufReader::new(input),
            line: Vec::new(),
            output: Arc::new(tokio::sync::Mutex::new(Some(output))),
            observed,
        }
    }

    /// Reads a line into `self.line`; `false` at the end. May be dropped and called again: what was
    /// read stays in `self.line`.
    async fn read_line(&mut self) -> bool {
        loop {
            let Ok(available) = self.input.fill_buf().await else {
                return false;
            };
            if available.is_empty() {
                return false;
            }
            let end = available.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(available.len(), |end| end + 1);
            self.line.extend(available.iter().take(taken));
            self.input.consume(taken);
            if self.line.len() > limits::MESSAGE_BYTES {
                self.observed.state().fault = Some(format!(
                    "it sent a message of more than {} MB",
                    limits::MESSAGE_BYTES / (1024 * 1024)
                ));
                return false;
            }
            if end.is_some() {
                return true;
            }
        }
    }
}

impl<R, W> Transport<RoleClient> for Wire<R, W>
where
    R: AsyncRead + Unpin + Send,
    W: AsyncWrite + Unpin + Send + 'static,
{
    type Error = io::Error;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let output = Arc::clone(&self.output);
        let observed = Arc::clone(&self.observed);
        async move {
            let mut line = serde_json::to_vec(&message)?;
            line.push(b'\n');
            if line.len() > limits::MESSAGE_BYTES {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidInput,
                    "the call is too large to be sent",
                ));
            }
            let mut output = output.lock().await;
            let Some(pipe) = output.as_mut() else {
                return Err(io::ErrorKind::NotConnected.into());
            };
            let request = match message {
                JsonRpcMessage::Request(request) => Some(request),
                _ => None,
            };
            let is_handshake = request.as_ref().is_some_and(|request| {
                matches!(
                    request.request,
                    ClientRequest::InitializeRequest(_) | ClientRequest::DiscoverRequest(_)
                )
            });
            let call = request
                .filter(|request| matches!(request.request, ClientRequest::CallToolRequest(_)))
                .map(|request| request.id);
            if let Some(call) = &call {
                observed.state().sent.insert(call.clone());
            }
            let written = async {
                pipe.write_all(&line).await?;
                pipe.flush().await
            };
            let outcome = written.await;
            // A line that was not written to its end is not a message.
            if let (Err(_), Some(call)) = (&outcome, &call) {
                observed.forget(call);
            }
            // A program that ended before it was greeted still left its words on its output: they
            // are read to their end, which then ends the connection.
            if is_handshake {
                return Ok(());
            }
            outcome
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleClient>> {
        while self.read_line().await {
            let line = std::mem::take(&mut self.line);
            match read(&line) {
                Line::Message(message) => {
                    self.observed.take(&message);
                    return Some(*message);
                }
                Line::Ignored => {}
                Line::Stray => {
                    let mut state = self.observed.state();
                    if state.stray.len() < STRAY_LINES {
                        let text = String::from_utf8_lossy(&line);
                        state.stray.push(text.into_owned());
                    }
                }
                Line::Broken => {
                    // Somebody waits for this answer; it would wait for ever.
                    self.observed.state().fault =
                        Some("it sent an answer that is not a valid message".to_owned());
                    break;
                }
            }
        }
        self.observed.end();
        None
    }

    async fn close(&mut self) -> io::Result<()> {
        drop(self.output.lock().await.take());
        Ok(())
    }
}

enum Line {
    Message(Box<RxJsonRpcMessage<RoleClient>>),
    /// Blank, or a notification that this client does not know.
    Ignored,
    /// No JSON-RPC at all.
    Stray,
    /// An answer that cannot be read.
    Broken,
}

fn read(line: &[u8]) -> Line {
    let line = line.trim_ascii();
    if line.is_empty() {
        return Line::Ignored;
    }
    if let Ok(message) = serde_json::from_slice(line) {
        return Line::Message(Box::new(message));
    }
    match serde_json::from_slice::<Value>(line) {
        Ok(value) if value.get("jsonrpc").is_none() => Line::Stray,
        Ok(value) if value.get("method").is_some() => Line::Ignored,
        Ok(_) => Line::Broken,
        Err(_) if line.starts_with(br#"{"jsonrpc""#) => Line::Broken,
        Err(_) => Line::Stray,
    }
}
