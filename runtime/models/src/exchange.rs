//! What passes between the router and a model: a conversation there, an answer or a failure back.

use serde_json::Value;

/// What a model is asked.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// The fixed instructions.
    pub system: String,
    /// The turns so far; the first and the last are questions.
    pub turns: Vec<Turn>,
    /// The schema that the reply should follow, in strict form.
    pub schema: Value,
    /// The schema's name.
    pub schema_name: String,
    /// How freely to choose words; nothing leaves it to the model.
    pub temperature: Option<f64>,
    /// The longest reply, in tokens; nothing leaves it to the model's own settings.
    pub longest_reply: Option<u64>,
}

/// One turn.
#[derive(Clone, Debug)]
pub enum Turn {
    /// From us.
    Question(String),
    /// From the model.
    Reply(String),
}

impl Turn {
    /// What was said.
    pub fn text(&self) -> &str {
        match self {
            Self::Question(text) | Self::Reply(text) => text,
        }
    }
}

/// What a model said.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The reply.
    pub text: String,
    /// Tokens in and out, where they were counted.
    pub tokens: Option<(u64, u64)>,
}

/// Why a model did not answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// In an analyst's words, without a full stop.
    pub reason: String,
    /// Whether it may answer later.
    pub transient: bool,
    /// Whether the request may have been worked on, and so may be on the bill.
    pub charged: bool,
}

impl Failure {
    /// It will not answer later either, and nothing was spent.
    pub fn lasting(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            transient: false,
            charged: false,
        }
    }

    /// It may answer later, and nothing was spent.
    pub fn passing(reason: impl Into<String>) -> Self {
        Self {
            transient: true,
            ..Self::lasting(reason)
        }
    }

    /// Nobody knows what was spent.
    pub fn charged(self) -> Self {
        Self {
            charged: true,
            ..self
        }
    }
}
