//! `sophia.toml` to a manifest: which tables there are, and what stands in each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rust_decimal::Decimal;
use sophia_diagnostics::{Diagnostic, Span, codes};
use toml::de::{DeTable, DeValue};

use super::limits::ROOM_KEYS;
use super::reader::{Reader, entry, field, place, plain};
use super::units::{Unit, is_currency};
use super::{
    ConnectionSettings, EnvironmentSettings, KnowledgeSettings, KnowledgeSource, Manifest,
    ModelSettings, ToolSettings, Webhook,
};
use crate::query::nearest;

const TABLES: &[&str] = &[
    "project",
    "connections",
    "tools",
    "models",
    "units",
    "env",
    "knowledge",
    "webhooks",
    "policies",
    "calendars",
    "groups",
    "people",
    "labels",
    "clearance",
    "limits",
    "metrics",
    "events",
];
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
];
const WEBHOOK_KEYS: &[&str] = &["type", "signature", "key", "secret", "path"];
const CALENDAR_KEYS: &[&str] = &["hours", "holidays", "year_starts"];
const MONTHS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const ENVIRONMENT_KEYS: &[&str] = &[
    "connections",
    "tools",
    "models",
    "store",
    "knowledge",
    "webhooks",
    "inputs",
    "groups",
    "zone",
];

impl Manifest {
    /// Reads a manifest. What can be read is there even where diagnostics say that something is wrong.
    #[must_use]
    pub fn from_toml(text: &str, file: &Arc<str>) -> (Self, Vec<Diagnostic>) {
        let mut reader = Reader {
            file,
            diagnostics: Vec::new(),
        };
        let (document, errors) = DeTable::parse_recoverable(text);
        let broken = errors.first().map(|error| {
            let span = error
                .span()
                .map_or(Span::new(text.len(), text.len()), Span::from);
            let span = at_line_end(text, span);
            let message = error.message().lines().next().unwrap_or_default();
            let sentence = "The manifest cannot be read from here on.";
            Diagnostic::new(codes::S910, file.clone(), span, sentence)
                .with_note(message)
                .with_help("correct the TOML at this place")
        });
        let root = document.get_ref();
        let mut manifest = Self {
            currency: "USD".to_owned(),
            zone: "UTC".to_owned(),
            ..Self::default()
        };
        reader.known(root, TABLES);
        reader.project(root, &mut manifest);
        for (name, span, table) in reader.tables(root, "connections") {
            let settings = reader.connection(&name, span, table);
            manifest.connections.insert(name, settings);
        }
        for (name, span, table) in reader.tables(root, "tools") {
            let settings = reader.tool(&name, span, table);
            manifest.tools.insert(name, settings);
        }
        for (name, span, table) in reader.tables(root, "models") {
            let settings = reader.model(&name, span, table);
            manifest.models.insert(name, settings);
        }
        for (name, _, table) in reader.tables(root, "knowledge") {
            let settings = reader.knowledge(table);
            manifest.passages.insert(name.clone(), settings);
            manifest.knowledge.insert(name);
        }
        manifest.webhooks = reader.webhooks(root);
        if let Some(table) = field(root, "groups").and_then(|value| reader.table(value, "groups")) {
            for (name, _) in table {
                let members = reader.texts(table, name.get_ref());
                manifest.groups.insert(name.get_ref().to_string(), members);
            }
        }
        for (name, _, table) in reader.tables(root, "calendars") {
            if let Some(month) = reader.year_starts(table) {
                manifest.year_starts.insert(name.clone(), month);
            }
            manifest.calendars.insert(name);
        }
        manifest.policy_modules = reader.policy_modules(root);
        manifest.labels = reader.labels(root);
        manifest.clearances = reader.clearances(root);
        manifest.limits = reader.limits(root);
        manifest.people = reader.text_table(root, "people");
        manifest.units = reader.units(root, &manifest.currency);
        for (name, _, table) in reader.tables(root, "env") {
            let settings = reader.environment(&name, table);
            manifest.environments.insert(name, settings);
        }
        for (key, value) in root {
            if let DeValue::Table(table) = value.get_ref() {
                let telling = matches!(
                    key.get_ref().as_ref(),
                    "connections" | "tools" | "models" | "env"
                );
                reader.plain_secrets(table, telling);
            }
        }
        // What follows a place that cannot be read is only its echo.
        let mut diagnostics = broken.map_or(reader.diagnostics, |broken| vec![broken]);
        diagnostics.sort_by_key(|diagnostic| diagnostic.span);
        (manifest, diagnostics)
    }
}

impl Reader<'_> {
    fn project(&mut self, root: &DeTable<'_>, manifest: &mut Manifest) {
        let Some(table) = field(root, "project").and_then(|value| self.table(value, "project"))
        else {
            if field(root, "project").is_none() {
                self.report(
                    codes::S913,
                    Span::new(0, 0),
                    "The manifest has no `[project]`.",
                )
                .fix = Some(sophia_diagnostics::Fix {
                    message: "write `[project]` and below it `name = \"…\"`".to_owned(),
                    edits: Vec::new(),
                });
            }
            return;
        };
        self.known(
            table,
            &["name", "edition", "currency", "zone", "description"],
        );
        match self.text(table, "name") {
            Some(name) => manifest.name = name,
            None if field(table, "name").is_none() => {
                let span = entry(root, "project").map_or(Span::new(0, 0), |(span, _)| span);
                self.report(codes::S913, span, "The project has no `name`.");
            }
            None => {}
        }
        if let Some(zone) = self.text(table, "zone") {
            manifest.zone = zone;
        }
        if let Some(currency) = self.text(table, "currency") {
            if is_currency(&currency) {
                manifest.currency = currency;
            } else if let Some(value) = field(table, "currency") {
                self.report(
                    codes::S915,
                    place(value),
                    format!(
                        "`{currency}` is no currency; three capital letters name one, as in `USD`."
                    ),
                );
            }
        }
    }

    /// `[webhooks.SOURCE.EVENT]`, by the event's whole name.
    fn webhooks(&mut self, root: &DeTable<'_>) -> BTreeMap<String, Webhook> {
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
    fn kind(&mut self, name: &str, span: Span, table: &DeTable<'_>, kinds: &[&str]) -> String {
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

    fn knowledge(&mut self, table: &DeTable<'_>) -> KnowledgeSettings {
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

    fn connection(&mut self, name: &str, span: Span, table: &DeTable<'_>) -> ConnectionSettings {
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

    fn tool(&mut self, name: &str, span: Span, table: &DeTable<'_>) -> ToolSettings {
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

    fn model(&mut self, name: &str, span: Span, table: &DeTable<'_>) -> ModelSettings {
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
        }
    }

    /// `year_starts = "february"`: the number of the month; nothing for January.
    fn year_starts(&mut self, table: &DeTable<'_>) -> Option<u8> {
        self.known(table, CALENDAR_KEYS);
        let value = field(table, "year_starts")?;
        let written = self.text(table, "year_starts")?.to_lowercase();
        if let Some(month) = (1_u8..).zip(MONTHS).find(|(_, name)| **name == written) {
            return (month.0 > 1).then_some(month.0);
        }
        let span = place(value);
        let near = nearest(&written, MONTHS.iter().copied());
        let diagnostic = Diagnostic::new(
            codes::S915,
            self.file.clone(),
            span,
            format!("A year starts in a month, and `{written}` is none."),
        )
        .with_note("a month by its name, for example `february`");
        self.diagnostics.push(match near {
            Some(near) => {
                diagnostic.with_edit(format!("write `{near}`"), span, format!("\"{near}\""))
            }
            None => diagnostic,
        });
        None
    }

    /// `[policies] modules = ["policies.sophia"]`
    fn policy_modules(&mut self, root: &DeTable<'_>) -> BTreeSet<String> {
        let Some(table) = field(root, "policies").and_then(|value| self.table(value, "policies"))
        else {
            return BTreeSet::new();
        };
        self.known(table, &["modules"]);
        self.texts(table, "modules").into_iter().collect()
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

    fn units(&mut self, root: &DeTable<'_>, currency: &str) -> BTreeMap<String, String> {
        let Some(table) = field(root, "units").and_then(|value| self.table(value, "units")) else {
            return BTreeMap::new();
        };
        for (_, value) in table {
            if let Some(text) = value.get_ref().as_str()
                && Unit::parse(text, currency).is_none()
            {
                self.report(
                    codes::S917,
                    place(value),
                    format!("`{text}` is no unit."),
                )
                .notes
                .push("known: `money`, `money USD`, `money in COLUMN`, `percent`, `percent as 15`".to_owned());
            }
        }
        self.text_table(root, "units")
    }

    fn environment(&mut self, name: &str, table: &DeTable<'_>) -> EnvironmentSettings {
        self.known(table, ENVIRONMENT_KEYS);
        let mut settings = EnvironmentSettings {
            stand_in_tools: name == "dev",
            ..EnvironmentSettings::default()
        };
        for (name, span, table) in self.tables(table, "connections") {
            let connection = self.connection(&name, span, table);
            settings.connections.insert(name, connection);
        }
        for (name, span, table) in self.tables(table, "models") {
            let model = self.model(&name, span, table);
            settings.models.insert(name, model);
        }
        self.environment_tools(table, &mut settings);
        if let Some(store) = field(table, "store").and_then(|value| self.table(value, "store")) {
            settings.store_path = self.text(store, "path");
        }
        settings
    }

    /// `tools = "stand-in"`, `tools = "real"`, or a table of tools that are replaced.
    fn environment_tools(&mut self, table: &DeTable<'_>, settings: &mut EnvironmentSettings) {
        let Some(value) = field(table, "tools") else {
            return;
        };
        match value.get_ref().as_str() {
            Some("stand-in") => settings.stand_in_tools = true,
            Some("real") => settings.stand_in_tools = false,
            Some(other) => {
                self.report(
                    codes::S915,
                    place(value),
                    format!("`tools` cannot be `{other}`."),
                )
                .notes
                .push("`\"stand-in\"`, `\"real\"`, or a table of tools".to_owned());
            }
            None => {
                settings.stand_in_tools = false;
                for (name, span, table) in self.tables(table, "tools") {
                    let tool = self.tool(&name, span, table);
                    settings.tools.insert(name, tool);
                }
            }
        }
    }
}

/// What breaks off at the end of a line belongs to that line, and not to the next one.
fn at_line_end(text: &str, span: Span) -> Span {
    let before = text.get(..span.range().start).unwrap_or_default();
    if span.start == span.end && before.ends_with('\n') {
        let end = before.trim_end().len();
        return Span::new(end, end);
    }
    span
}
