//! What a project reaches: its connections, tools and models, its knowledge, and what comes in from outside.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use sophia_diagnostics::{Diagnostic, Span, codes};
use toml::de::{DeTable, DeValue};

use super::limits::ROOM_KEYS;
use super::reader::{Reader, field, place, plain};
use super::{
    ConnectionSettings, KnowledgeSettings, KnowledgeSource, ModelSettings, ToolSettings, Webhook,
};
use crate::query::nearest;

const CONNECTION_KINDS: &[&str] = &["sqlite", "postgres", "snowflake", "files", "redis"];
const MODEL_KINDS: &[&str] = &["gguf", "openai", "embedding"];
const TOOL_KEYS: &[&str] = &[
    "command",
    "url",
    "auth",
    "secrets",
    "variables",
    "rename",
    "returns",
    "reads",
    "effects",
    "idempotent",
    "clearance",
    "replicas",
    "cache",
    "timeout",
    "steers",
    "content",
    "labels",
    "at_once",
    "limit",
];
const MODEL_KEYS: &[&str] = &[
    "kind",
    "file",
    "folder",
    "model",
    "base_url",
    "key",
    "price",
    "context",
    "clearance",
    "timeout",
    "at_once",
    "limit",
];
const WEBHOOK_KEYS: &[&str] = &["type", "signature", "key", "secret", "path"];

impl Reader<'_> {
    /// `[webhooks.SOURCE.EVENT]`, by the event's whole name.
    pub(super) fn webhooks(&mut self, root: &DeTable<'_>) -> BTreeMap<String, Webhook> {
        let mut webhooks = BTreeMap::new();
        for (source, _, table) in self.tables(root, "webhooks") {
            for (event, value) in table {
                let event = event.get_ref();
                let Some(table) = self.table(value, event) else {
                    continue;
                };
                self.known(table, WEBHOOK_KEYS);
                let Some(of) = self.text(table, "type") else {
                    if field(table, "type").is_none() {
                        self.report(
                            codes::S913,
                            place(value),
                            format!("The event `{source}.{event}` has no `type`."),
                        );
                    }
                    continue;
                };
                let webhook = Webhook {
                    of,
                    signature: self.text(table, "signature"),
                    key: self.text(table, "key"),
                };
                webhooks.insert(format!("{source}.{event}"), webhook);
            }
        }
        webhooks
    }

    /// The `kind`, one of those that exist.
    pub(super) fn kind(
        &mut self,
        name: &str,
        span: Span,
        table: &DeTable<'_>,
        kinds: &[&str],
    ) -> String {
        let Some(value) = field(table, "kind") else {
            self.report(codes::S913, span, format!("`{name}` has no `kind`."))
                .notes
                .push(format!("one of {}", kinds.join(", ")));
            return String::new();
        };
        let Some(kind) = self.text(table, "kind") else {
            return String::new();
        };
        if !kinds.contains(&&*kind) {
            let span = place(value);
            let near = nearest(&kind, kinds.iter().copied()).map(ToOwned::to_owned);
            let diagnostic = Diagnostic::new(
                codes::S915,
                self.file.clone(),
                span,
                format!("There is no kind `{kind}`."),
            )
            .with_note(format!("one of {}", kinds.join(", ")));
            self.diagnostics.push(match near {
                Some(near) => {
                    diagnostic.with_edit(format!("write `{near}`"), span, format!("\"{near}\""))
                }
                None => diagnostic,
            });
        }
        kind
    }

    pub(super) fn knowledge(&mut self, table: &DeTable<'_>) -> KnowledgeSettings {
        let from = match field(table, "from").map(toml::Spanned::get_ref) {
            Some(DeValue::Table(rows)) => self
                .text(rows, "connection")
                .zip(self.text(rows, "sql"))
                .map(|(connection, sql)| KnowledgeSource::Rows { connection, sql }),
            Some(DeValue::Array(_)) => Some(KnowledgeSource::Files(self.texts(table, "from"))),
            Some(_) => self
                .text(table, "from")
                .map(|pattern| KnowledgeSource::Files(vec![pattern])),
            None => None,
        };
        KnowledgeSettings {
            from,
            embed: self.text(table, "embed"),
            store: self.text(table, "store"),
        }
    }

    pub(super) fn connection(
        &mut self,
        name: &str,
        span: Span,
        table: &DeTable<'_>,
    ) -> ConnectionSettings {
        ConnectionSettings {
            kind: self.kind(name, span, table, CONNECTION_KINDS),
            path: self.text(table, "path"),
            seed: self.texts(table, "seed"),
            clearance: self.clearance(table, "clearance"),
            room: self.room(table),
            other: table
                .iter()
                .filter(|(key, _)| {
                    let read = ["kind", "path", "seed", "clearance"];
                    let name = key.get_ref().as_ref();
                    !read.contains(&name) && !ROOM_KEYS.contains(&name)
                })
                .map(|(key, value)| (key.get_ref().to_string(), plain(value.get_ref())))
                .collect(),
        }
    }

    pub(super) fn tool(&mut self, name: &str, span: Span, table: &DeTable<'_>) -> ToolSettings {
        self.known(table, TOOL_KEYS);
        let has = |key: &str| field(table, key).is_some();
        if !has("command") && !has("url") {
            self.report(
                codes::S913,
                span,
                format!("`{name}` has neither a `command` nor a `url`."),
            );
        }
        let mut rename = BTreeMap::new();
        if let Some(inner) = field(table, "rename").and_then(|value| self.table(value, "rename")) {
            for (call, _) in inner {
                let names = self.text_table(inner, call.get_ref());
                rename.insert(call.get_ref().to_string(), names);
            }
        }
        ToolSettings {
            command: self.texts(table, "command"),
            url: self.text(table, "url"),
            secrets: self.text_table(table, "secrets"),
            variables: self.text_table(table, "variables"),
            rename,
            returns: self.text_table(table, "returns"),
            reads: self.texts(table, "reads"),
            effects: self.texts(table, "effects"),
            steers: self.lists(table, "steers"),
            content: self.lists(table, "content"),
            clearance: self.clearance(table, "clearance"),
            idempotent: self.texts(table, "idempotent"),
            room: self.room(table),
        }
    }

    pub(super) fn model(&mut self, name: &str, span: Span, table: &DeTable<'_>) -> ModelSettings {
        self.known(table, MODEL_KEYS);
        let kind = self.kind(name, span, table, MODEL_KINDS);
        let needed: &[&str] = match &*kind {
            "gguf" => &["file"],
            "openai" => &["model"],
            "embedding" => &["folder"],
            _ => &[],
        };
        for key in needed {
            let given =
                field(table, key).is_some() || (*key == "folder" && field(table, "file").is_some());
            if !given {
                self.report(codes::S913, span, format!("`{name}` has no `{key}`."));
            }
        }
        let file = self.text(table, "file");
        ModelSettings {
            kind,
            file: file.or_else(|| self.text(table, "folder")),
            model: self.text(table, "model"),
            base_url: self.text(table, "base_url"),
            key_secret: self.secret(table, "key"),
            price: self.price(table),
            clearance: self.clearance(table, "clearance"),
            context: self.whole_number(table, "context"),
            room: self.room(table),
        }
    }

    fn price(&mut self, table: &DeTable<'_>) -> Option<(Decimal, Decimal)> {
        let value = field(table, "price")?;
        let inner = self.table(value, "price")?;
        self.known(inner, &["input", "output"]);
        let input = self.amount(inner, "input");
        let output = self.amount(inner, "output");
        input.zip(output)
    }

    fn amount(&mut self, table: &DeTable<'_>, name: &str) -> Option<Decimal> {
        let value = field(table, name)?;
        let amount = match value.get_ref() {
            DeValue::Float(float) => float.as_str().parse().ok(),
            DeValue::Integer(integer) => integer.as_str().parse().ok(),
            _ => None,
        };
        if amount.is_none() {
            self.report(
                codes::S912,
                place(value),
                format!("`{name}` must be a number."),
            );
        }
        amount
    }

    fn whole_number(&mut self, table: &DeTable<'_>, name: &str) -> Option<u32> {
        let value = field(table, name)?;
        let number = match value.get_ref() {
            DeValue::Integer(integer) => {
                u32::from_str_radix(integer.as_str(), integer.radix()).ok()
            }
            _ => None,
        };
        if number.is_none() {
            self.report(
                codes::S912,
                place(value),
                format!("`{name}` must be a whole number."),
            );
        }
        number
    }
}
