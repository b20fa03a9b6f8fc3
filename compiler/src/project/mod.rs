//! The manifest, `sophia.toml`: what a project names and where it finds it.
//!
//! Kept true here: it holds references to secrets, never secrets; reading it touches no file but the
//! text it is given.

mod environment;
mod holidays;
mod labels;
mod limits;
mod paths;
mod reached;
mod read;
mod reader;
mod secrets;
mod units;

pub use environment::Environment;
pub use limits::{LimitSettings, PlaybookLimitSettings, PrioritySetting, RoomSettings};
pub use paths::{ManifestPaths, lost_paths};
pub use units::Unit;

use std::collections::{BTreeMap, BTreeSet};

use sophia_language::phrases::Holidays;

/// A manifest after reading, before an environment is chosen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manifest {
    /// `[project] name`
    pub name: String,
    /// `[project] currency`, `USD` by default
    pub currency: String,
    /// `[project] zone`, `UTC` by default
    pub zone: String,
    /// `[connections.NAME]`
    pub connections: BTreeMap<String, ConnectionSettings>,
    /// `[tools.NAME]`
    pub tools: BTreeMap<String, ToolSettings>,
    /// `[models.NAME]`
    pub models: BTreeMap<String, ModelSettings>,
    /// `[units]`: `connection.table.column` or `tool.call.argument` → `money USD`, `percent`, `percent as 15`
    pub units: BTreeMap<String, String>,
    /// Who belongs to a group, by its name: e-mail addresses.
    pub groups: BTreeMap<String, Vec<String>>,
    /// Groups of whom nobody agrees to what came of a run that they started: `four_eyes = true`.
    pub four_eyes: BTreeSet<String>,
    /// `[people]`: names by e-mail address.
    pub people: BTreeMap<String, String>,
    /// `[knowledge.NAME]`: the names.
    pub knowledge: BTreeSet<String>,
    /// What comes in from outside, by `SOURCE.EVENT`.
    pub webhooks: BTreeMap<String, Webhook>,
    /// The calendars that a playbook can name.
    pub calendars: BTreeSet<String>,
    /// `[calendars.NAME] holidays = ["2026-12-25"]`
    pub holidays: BTreeMap<String, Holidays>,
    /// `[calendars.NAME] holidays = "calendars/us.ics"`: the files that name them, by calendar; whoever reads the
    /// project's files adds what stands there to `holidays`.
    pub holiday_files: BTreeMap<String, String>,
    /// `[calendars.NAME] year_starts`: the first month of the year, 1 to 12, where it is not January.
    pub year_starts: BTreeMap<String, u8>,
    /// `[labels]`: `connection.table.column`, `tool.call`, `tool.call.field`, `source.event.field` or
    /// `playbook.input` → labels without `@`, and `trusted`.
    pub labels: BTreeMap<String, Vec<String>>,
    /// `[columns] required`: columns, as `connection.table.column`, that are never missing although the database allows it.
    pub required: BTreeSet<String>,
    /// `[clearance]`: what groups of people, and `people` one by one, are cleared for.
    pub clearances: BTreeMap<String, Vec<String>>,
    /// `[policies] modules`: the files whose policies bind every playbook.
    pub policy_modules: BTreeSet<String>,
    /// `[env.NAME]`
    pub environments: BTreeMap<String, EnvironmentSettings>,
    /// `[knowledge.NAME]`: where the passages are.
    pub passages: BTreeMap<String, KnowledgeSettings>,
    /// `[limits]`
    pub limits: LimitSettings,
}

/// `[knowledge.past_deals]`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KnowledgeSettings {
    /// Where its passages come from; nothing where the manifest does not say so.
    pub from: Option<KnowledgeSource>,
    /// The model that turns texts into numbers.
    pub embed: Option<String>,
    /// `embedded`, or the connection that keeps an index of its own.
    pub store: Option<String>,
}

/// Where passages come from.
#[derive(Clone, Debug, PartialEq)]
pub enum KnowledgeSource {
    /// `from = { connection = "warehouse", sql = "select id, notes from deals" }`: a row a passage.
    Rows {
        /// The connection.
        connection: String,
        /// The statement. Its column `id`, or else its first, tells passages apart.
        sql: String,
    },
    /// `from = "docs/*.md"`: a paragraph a passage.
    Files(Vec<String>),
}

/// What comes in from outside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Webhook {
    /// What a delivery holds, as a type of the language.
    pub of: String,
    /// How its sender proves who it is.
    pub signature: Option<String>,
    /// The field that tells deliveries apart.
    pub key: Option<String>,
}

/// `[connections.warehouse]`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConnectionSettings {
    /// `sqlite`, `postgres`, `snowflake`, `files`, `redis`
    pub kind: String,
    /// The file of a SQLite database, relative to the project.
    pub path: Option<String>,
    /// Files that become tables of a SQLite stand-in, as globs relative to the project.
    pub seed: Vec<String>,
    /// What may be sent there: a level, and categories without `@`.
    pub clearance: Vec<String>,
    /// How much goes there at once, and how often.
    pub room: RoomSettings,
    /// Everything else as written, for adapters of other kinds.
    pub other: BTreeMap<String, toml::Value>,
}

/// `[tools.slack]`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToolSettings {
    /// The argument list that starts a stdio server. Never a shell line.
    pub command: Vec<String>,
    /// The address of an HTTP server.
    pub url: Option<String>,
    /// Environment variable of the server → name of the secret.
    pub secrets: BTreeMap<String, String>,
    /// Plain environment variables of the server.
    pub variables: BTreeMap<String, String>,
    /// Call → our argument → the server's argument.
    pub rename: BTreeMap<String, BTreeMap<String, String>>,
    /// Call → the type that it returns, as text of the language.
    pub returns: BTreeMap<String, String>,
    /// Calls that a person declares read-only or effect, where the server's own hint is wrong.
    pub reads: Vec<String>,
    /// See `reads`.
    pub effects: Vec<String>,
    /// Call → our arguments that decide what is done; so does every argument without a mark.
    pub steers: BTreeMap<String, Vec<String>>,
    /// Call → our arguments that are only shown, sent or stored.
    pub content: BTreeMap<String, Vec<String>>,
    /// What may be sent there: a level, and categories without `@`.
    pub clearance: Vec<String>,
    /// Calls that may be repeated with the same idempotency key without a second effect.
    pub idempotent: Vec<String>,
    /// How much goes there at once, and how often.
    pub room: RoomSettings,
}

/// `[models.openai]`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelSettings {
    /// `gguf`, `openai`, `embedding`
    pub kind: String,
    /// `gguf`: the file, `embedding`: the folder, relative to the project.
    pub file: Option<String>,
    /// `openai`: the provider's name of the model.
    pub model: Option<String>,
    /// `openai`: any compatible endpoint.
    pub base_url: Option<String>,
    /// `openai`: the name of the secret that holds the key.
    pub key_secret: Option<String>,
    /// USD per million tokens in and out.
    pub price: Option<(rust_decimal::Decimal, rust_decimal::Decimal)>,
    /// What may be sent there: a level, and categories without `@`.
    pub clearance: Vec<String>,
    /// The largest context, in tokens, where the writer states it.
    pub context: Option<u32>,
    /// What it has room for.
    pub room: RoomSettings,
}

/// `[env.dev]`: what differs from place to place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EnvironmentSettings {
    /// Connections that are replaced here.
    pub connections: BTreeMap<String, ConnectionSettings>,
    /// `tools = "stand-in"`: every MCP server is answered from its pinned schema.
    pub stand_in_tools: bool,
    /// Tools that are replaced here.
    pub tools: BTreeMap<String, ToolSettings>,
    /// Models that are replaced here.
    pub models: BTreeMap<String, ModelSettings>,
    /// `store = { kind = "sqlite", path = "…" }`: where runs are kept, relative to the project.
    pub store_path: Option<String>,
    /// `keep = "400 days"` there: how long runs are kept after their end, in milliseconds; without it
    /// for ever.
    pub keep_ms: Option<i64>,
    /// `keep_runs = 100000` there: how many runs that ended are kept at most, the latest.
    pub keep_runs: Option<u64>,
}
