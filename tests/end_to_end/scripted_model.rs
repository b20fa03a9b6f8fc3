//! An OpenAI-compatible server on loopback that answers from a script.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

/// Makes the text of a reply from the request.
pub type Script = dyn Fn(&Value) -> Answer + Send + Sync;

/// What the server does with a request.
pub enum Answer {
    /// A completion with this text.
    Text(String),
    /// An HTTP status with this body.
    Status(u16, String),
}

/// A request: its `authorization`, and its body.
type Request = (Option<String>, Value);

/// The server; it ends with the test's process.
pub struct ScriptedModel {
    /// `http://127.0.0.1:PORT/v1`
    pub base_url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl ScriptedModel {
    /// Listens on a free port.
    pub fn start(script: impl Fn(&Value) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let base_url = format!("http://{}/v1", listener.local_addr().expect("an address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (script, seen): (Arc<Script>, _) = (Arc::new(script), requests.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (script, seen) = (script.clone(), seen.clone());
                thread::spawn(move || serve(stream, &*script, &seen));
            }
        });
        Self { base_url, requests }
    }

    /// Every request so far: its `authorization`, and its body.
    pub fn requests(&self) -> Vec<Request> {
        self.requests
            .lock()
            .expect("no test has panicked here")
            .clone()
    }
}

fn serve(stream: TcpStream, script: &Script, seen: &Mutex<Vec<(Option<String>, Value)>>) {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut length, mut authorization, mut line) = (0, None, String::new());
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        loop {
            line.clear();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().unwrap_or(0),
                "authorization" => authorization = Some(value.trim().to_owned()),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let request: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        seen.lock()
            .expect("no test has panicked here")
            .push((authorization, request.clone()));
        let (status, answer) = match script(&request) {
            Answer::Text(text) => (200, completion(&text).to_string()),
            Answer::Status(status, body) => (status, body),
        };
        let reply = format!(
            "HTTP/1.1 {status} Scripted\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{answer}",
            answer.len()
        );
        if reader.get_mut().write_all(reply.as_bytes()).is_err() {
            return;
        }
    }
}

fn completion(text: &str) -> Value {
    json!({
        "id": "scripted",
        "object": "chat.completion",
        "created": 1_760_000_000,
        "model": "scripted",
        "choices": [{
            "index": 0,
            "finish_reason": "stop",
            "message": { "role": "assistant", "content": text },
        }],
        "usage": { "prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120 },
    })
}
