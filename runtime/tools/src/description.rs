//! What a server says about itself and its tools.
//!
//! Kept true here: descriptions are outside text. They are shown and pinned, never obeyed, and the
//! hints are hints: only what a person confirmed in the lock counts.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A server and its tools.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServerDescription {
    /// The server's own name; the name from the settings where it gives none.
    pub server: String,
    /// The server's own version; empty where it gives none.
    pub version: String,
    /// Whether this is a stand-in, which must always be shown as such.
    #[serde(default)]
    pub stand_in: bool,
    /// Its tools, in its own order.
    pub tools: Vec<ToolDescription>,
}

/// One tool of a server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ToolDescription {
    /// The server's own name of it.
    pub name: String,
    /// What it does, in the server's words.
    #[serde(default)]
    pub description: String,
    /// The JSON Schema of its arguments, always an object.
    pub input_schema: Value,
    /// The JSON Schema of its structured result, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<Value>,
    /// `readOnlyHint`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_only: Option<bool>,
    /// `idempotentHint`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotent: Option<bool>,
    /// `destructiveHint`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destructive: Option<bool>,
    /// Whether two calls with one idempotency key are carried out once.
    #[serde(default)]
    pub honours_keys: bool,
}
