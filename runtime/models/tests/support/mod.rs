//! A server on loopback that answers by a script, one step for each request, and remembers what it was
//! asked.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use axum::routing::post;
use serde_json::{Value, json};

/// One answer.
pub enum Step {
    /// A status, headers and a body.
    Say(u16, Vec<(&'static str, String)>, String),
    /// Silence for ever.
    Stall,
}

/// What was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The header that authorises.
    pub authorization: Option<String>,
    /// The body.
    pub body: Value,
}

struct Script {
    steps: Mutex<VecDeque<Step>>,
    asked: Mutex<Vec<Asked>>,
}

/// A running server; it ends with the test.
pub struct Server {
    address: SocketAddr,
    script: Arc<Script>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Starts with a script.
    pub async fn start(steps: Vec<Step>) -> Self {
        let script = Arc::new(Script {
            steps: Mutex::new(steps.into()),
            asked: Mutex::default(),
        });
        let router = axum::Router::new()
            .route("/v1/chat/completions", post(answer))
            .with_state(script.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            axum::serve(listener, router).await.unwrap();
        });
        Self {
            address,
            script,
            task,
        }
    }

    /// The address to ask.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Everything that was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.script.asked.lock().unwrap().clone()
    }
}

async fn answer(
    State(script): State<Arc<Script>>,
    headers: HeaderMap,
    body: String,
) -> Response<Body> {
    script.asked.lock().unwrap().push(Asked {
        authorization: headers
            .get("authorization")
            .map(|value| value.to_str().unwrap().to_owned()),
        body: serde_json::from_str(&body).unwrap(),
    });
    let step = script.steps.lock().unwrap().pop_front();
    match step {
        Some(Step::Say(status, headers, body)) => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            response.body(Body::from(body)).unwrap()
        }
        Some(Step::Stall) => std::future::pending().await,
        None => Response::builder().status(418).body(Body::empty()).unwrap(),
    }
}

/// A good reply with this content, of 100 tokens in and 20 out.
pub fn reply(content: &str) -> Step {
    body(&json!({
        "id": "1", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": content },
            "finish_reason": "stop",
        }],
        "usage": { "prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120 },
    }))
}

/// A success with this body.
pub fn body(body: &Value) -> Step {
    Step::Say(200, Vec::new(), body.to_string())
}

/// A refusal that may be retried at once.
pub fn refusal(status: u16, message: &str, code: &str) -> Step {
    Step::Say(
        status,
        vec![("retry-after", "0".to_owned())],
        json!({ "error": { "message": message, "code": code } }).to_string(),
    )
}
