//! The bodies of requests and replies.
//!
//! Requests say only what every compatible server knows. Replies are read by what is needed of them and by
//! nothing else: servers differ in every other field.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::exchange::{Answer, Conversation, Failure, Turn};

/// The longest name of a schema that servers take.
const LONGEST_NAME: usize = 64;

/// A request for one reply.
#[derive(Clone, Debug, Serialize)]
pub struct ChatRequest {
    model: String,
    messages: Vec<Value>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u64>,
}

impl ChatRequest {
    /// Says a conversation. `at_openai` decides how the longest reply is called: the newer models of
    /// `OpenAI` refuse the old name, and other servers know only that.
    pub fn new(model: &str, at_openai: bool, conversation: &Conversation) -> Self {
        let mut messages = vec![json!({ "role": "system", "content": conversation.system })];
        messages.extend(conversation.turns.iter().map(|turn| match turn {
            Turn::Question(text) => json!({ "role": "user", "content": text }),
            Turn::Reply(text) => json!({ "role": "assistant", "content": text }),
        }));
        let longest = conversation.longest_reply;
        Self {
            model: model.to_owned(),
            messages,
            stream: false,
            response_format: Some(json!({
                "type": "json_schema",
                "json_schema": {
                    "name": plain_name(&conversation.schema_name),
                    "strict": true,
                    "schema": conversation.schema,
                },
            })),
            temperature: conversation.temperature,
            max_completion_tokens: longest.filter(|_| at_openai),
            max_tokens: longest.filter(|_| !at_openai),
        }
    }

    /// Leaves the schema to the instructions, for a server that does not know it. False where it was left
    /// out already.
    pub fn drop_schema(&mut self) -> bool {
        self.response_format.take().is_some()
    }
}

fn plain_name(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .take(LONGEST_NAME)
        .collect();
    if plain.is_empty() {
        "reply".to_owned()
    } else {
        plain
    }
}

/// A reply, of whatever shape.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct ChatReply(Value);

impl ChatReply {
    /// The model's words, or why there are none.
    pub fn answer(&self) -> Result<Answer, Failure> {
        let first = self.0.pointer("/choices/0").unwrap_or(&Value::Null);
        let text = first
            .pointer("/message/content")
            .map(words)
            .filter(|text| !text.trim().is_empty())
            .or_else(|| first.get("text").map(words))
            .filter(|text| !text.trim().is_empty());
        if let Some(text) = text {
            return Ok(Answer {
                text,
                tokens: self.tokens(),
            });
        }
        let declined = first.pointer("/message/refusal").and_then(Value::as_str);
        let finish = first.get("finish_reason").and_then(Value::as_str);
        let failure = if declined.is_some() {
            Failure::lasting("the model declined to answer")
        } else if finish == Some("content_filter") {
            Failure::lasting("the provider's filter held the reply back")
        } else if finish == Some("length") {
            Failure::lasting("the reply reached its longest length before it said anything")
        } else if self.0.get("error").is_some_and(|error| !error.is_null()) {
            Failure::passing("the server answered with an error")
        } else {
            Failure::passing("the reply was empty")
        };
        Err(failure.charged())
    }

    /// Tokens in and out, if both were counted.
    fn tokens(&self) -> Option<(u64, u64)> {
        let usage = self.0.get("usage")?;
        let count = |names: [&str; 2]| names.iter().find_map(|name| whole(usage.get(*name)?));
        Some((
            count(["prompt_tokens", "input_tokens"])?,
            count(["completion_tokens", "output_tokens"])?,
        ))
    }
}

/// A text, or the texts of a list of parts.
fn words(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts
            .iter()
            .filter_map(|part| part.get("text").and_then(Value::as_str))
            .collect(),
        _ => String::new(),
    }
}

/// A count, also where it is written as `12.0`.
fn whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| {
        value
            .as_f64()
            .filter(|number| (0.0..1e15).contains(number))
            .and_then(|number| format!("{number:.0}").parse().ok())
    })
}
