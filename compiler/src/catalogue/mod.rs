//! The catalogue: what the company's systems offer, pinned in `sophia.lock`.
//!
//! Kept true here: plain data, the same on every machine; nothing in it is a secret. `sophia sync`
//! makes it from the live systems, the checker only reads it.

mod canonical;
mod fields;
mod lock;
mod names;
mod required;

pub use canonical::{canonical_json, digest};
pub use fields::{ours, ours_by_type, theirs};
pub use names::{our_argument, our_name};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Everything that is pinned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Catalogue {
    /// The format of the file, 1.
    pub format: u32,
    /// When it was written, as an RFC 3339 instant.
    pub synced_at: String,
    /// Connections by name.
    #[serde(default)]
    pub connections: BTreeMap<String, Connection>,
    /// MCP servers by the manifest's name.
    #[serde(default)]
    pub tools: BTreeMap<String, Server>,
    /// Models by the manifest's name.
    #[serde(default)]
    pub models: BTreeMap<String, ModelPin>,
}

/// A source of data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Connection {
    /// `sqlite`, `postgres`, `snowflake`, `files`: fixes the SQL dialect.
    pub kind: String,
    /// Tables by name, without the schema where there is only one.
    #[serde(default)]
    pub tables: BTreeMap<String, Table>,
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Its rows at the last sync, where the source could say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// The columns of its primary key, in the key's order; empty where it has none. `None` where nobody knows, as in a
    /// lock that was written before keys were noted, and in tables that are made of files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Vec<String>>,
    /// Its other keys: columns that are never missing and that no two rows share.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unique: Vec<Vec<String>>,
    /// Its columns in order.
    pub columns: Vec<Column>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Its name as the source writes it.
    pub name: String,
    /// The source's own type: `INTEGER`, `NUMBER(38,0)`.
    pub declared: String,
    /// Whether a value may be missing.
    pub nullable: bool,
    /// Labels without `@`. The word `trusted` says that a person confirmed that the value may steer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
}

/// An MCP server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Server {
    /// The server's own name.
    #[allow(
        clippy::struct_field_names,
        reason = "the protocol calls it so: serverInfo.name"
    )]
    pub server: String,
    /// The server's own version.
    pub version: String,
    /// Its tools by our name of the call (prefix dropped, `snake_case`).
    #[serde(default)]
    pub calls: BTreeMap<String, ToolCall>,
}

/// One tool of a server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The server's own name of the tool.
    pub wire_name: String,
    /// What the server says that it does. Outside text: shown, never obeyed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// `readOnlyHint`; absent means effect.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub read_only: bool,
    /// `idempotentHint`
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub idempotent: bool,
    /// `destructiveHint`
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub destructive: bool,
    /// Our argument name → the server's own, where they differ.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub arguments: BTreeMap<String, String>,
    /// BLAKE3 of the canonical JSON of name, description, schemas and annotations.
    pub digest: String,
    /// `inputSchema` as canonical JSON text.
    pub input_schema: String,
    /// `outputSchema` as canonical JSON text, where the server gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<String>,
    /// The type of an answer that was seen and that a person confirmed, as text of the
    /// language; it counts where neither the server nor the manifest says what a call gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampled: Option<String>,
    /// Labels without `@`, by the field of the result that they are about; the empty name is the result
    /// itself. The word `trusted` says that a person confirmed that the value may steer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, Vec<String>>,
}

/// A model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelPin {
    /// `gguf`, `openai`, `embedding`
    pub kind: String,
    /// The provider's name of the model, or the file.
    pub model: String,
    /// BLAKE3 of a file model, where the file was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}
