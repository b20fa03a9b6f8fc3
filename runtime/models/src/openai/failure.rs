//! What went wrong at the endpoint, in plain words.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use async_openai::error::OpenAIError;
use reqwest::StatusCode;
use serde_json::Value;

use crate::exchange::Failure;

/// The characters that are shown of a server's own message.
const SHOWN: usize = 200;

/// The server answered with a status that is not a success.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    retry_after: Option<Duration>,
    message: String,
    kind: String,
}

/// The server's body was no JSON.
#[derive(Debug)]
pub struct Malformed;

impl Refusal {
    /// Reads what the body says, whatever its shape.
    pub fn new(status: StatusCode, retry_after: Option<Duration>, body: &[u8]) -> Self {
        let json: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |paths: &[&str]| {
            paths
                .iter()
                .find_map(|path| json.pointer(path).and_then(Value::as_str))
                .unwrap_or("")
                .to_owned()
        };
        Self {
            status,
            retry_after,
            message: text(&["/error/message", "/message", "/detail", "/error"]),
            kind: text(&["/error/code", "/code", "/error/type", "/type"]),
        }
    }

    /// Takes the refusal out of the client library's error; everything else is a failure already.
    pub fn of(error: OpenAIError) -> Result<Self, Failure> {
        match error {
            OpenAIError::Boxed(boxed) => match boxed.downcast::<Self>() {
                Ok(refusal) => Ok(*refusal),
                Err(_) => Err(Failure::passing("the server's reply was no JSON").charged()),
            },
            OpenAIError::Reqwest(error) => Err(of_connection(&error)),
            _ => Err(Failure::passing("the server's reply could not be read").charged()),
        }
    }

    /// Whether asking again can help.
    pub fn may_pass(&self) -> bool {
        self.status.is_server_error()
            || (self.status == StatusCode::TOO_MANY_REQUESTS && !self.out_of_credit())
    }

    /// The pause that the server asks for.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Whether the request was refused because of one of its parts.
    pub fn is_about(&self, part: &str) -> bool {
        self.status.is_client_error() && self.message.contains(part)
    }

    fn out_of_credit(&self) -> bool {
        self.kind == "insufficient_quota"
    }

    fn too_long(&self) -> bool {
        self.status == StatusCode::PAYLOAD_TOO_LARGE
            || self.kind == "context_length_exceeded"
            || self.message.contains("maximum context length")
            || self.message.contains("exceeds the available context")
    }

    /// The failure in words.
    pub fn in_words(&self, model: &str, url: &str) -> Failure {
        let status = self.status.as_u16();
        match self.status {
            StatusCode::UNAUTHORIZED => Failure::lasting("the key was refused"),
            StatusCode::PAYMENT_REQUIRED => {
                Failure::lasting("the account behind the key has no credit left")
            }
            StatusCode::TOO_MANY_REQUESTS if self.out_of_credit() => {
                Failure::lasting("the account behind the key has no credit left")
            }
            StatusCode::TOO_MANY_REQUESTS => {
                Failure::passing("too many requests: the server asks to wait")
            }
            _ if self.too_long() => {
                Failure::lasting("the prompt is longer than the model can read")
            }
            StatusCode::FORBIDDEN => Failure::lasting(format!(
                "the key may not use the model `{model}`{}",
                self.said()
            )),
            StatusCode::NOT_FOUND => Failure::lasting(format!(
                "there is no model `{model}` at {url}{}",
                self.said()
            )),
            StatusCode::REQUEST_TIMEOUT => Failure::passing("the server gave up waiting"),
            other if other.is_server_error() => {
                Failure::passing(format!("the server failed ({status}){}", self.said()))
            }
            other if other.is_redirection() => Failure::lasting(format!(
                "{url} points elsewhere ({status}): correct its `base_url`"
            )),
            _ => Failure::lasting(format!(
                "the server refused the request ({status}){}",
                self.said()
            )),
        }
    }

    fn said(&self) -> String {
        let message: String = self
            .message
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(SHOWN)
            .collect();
        let message = message.trim();
        if message.is_empty() {
            String::new()
        } else {
            format!(": {message}")
        }
    }
}

fn of_connection(error: &reqwest::Error) -> Failure {
    let host = error
        .url()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_else(|| "the server".to_owned());
    let cause = innermost(error);
    if error.is_builder() {
        Failure::lasting(format!("no request could be made: {cause}"))
    } else if error.is_connect() {
        Failure::passing(format!("no connection to {host}: {cause}"))
    } else if error.is_timeout() {
        Failure::passing(format!("{host} took too long")).charged()
    } else {
        Failure::passing(format!("the connection to {host} broke off")).charged()
    }
}

/// What lies at the bottom of an error: `Connection refused`. The levels above repeat the address.
pub fn innermost(error: &dyn Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    let words = inner.to_string();
    match words.split_once(" (os error") {
        Some((words, _)) => words.to_owned(),
        None => words,
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the server answered {}", self.status)
    }
}

impl Error for Refusal {}

impl fmt::Display for Malformed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the server's reply was no JSON")
    }
}

impl Error for Malformed {}
