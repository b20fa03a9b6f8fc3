//! `sophia.toml` to a manifest: which tables there are, and what stands in each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sophia_diagnostics::{Diagnostic, Span, codes};
use sophia_language::phrases::{Holidays, MONTHS};
use toml::de::{DeTable, DeValue};

use super::reader::{Reader, entry, field, place};
use super::units::{Unit, is_currency};
use super::{EnvironmentSettings, Manifest};
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
    "columns",
    "clearance",
    "limits",
    "metrics",
    "events",
];
const GROUP_KEYS: &[&str] = &["people", "four_eyes"];
const CALENDAR_KEYS: &[&str] = &["hours", "holidays", "year_starts"];
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
            for (name, value) in table {
                let members = match value.get_ref() {
                    DeValue::Table(group) => {
                        reader.known(group, GROUP_KEYS);
                        if reader.flag(group, "four_eyes") {
                            manifest.four_eyes.insert(name.get_ref().to_string());
                        }
                        reader.texts(group, "people")
                    }
                    _ => reader.texts(table, name.get_ref()),
                };
                manifest.groups.insert(name.get_ref().to_string(), members);
            }
        }
        for (name, _, table) in reader.tables(root, "calendars") {
            if let Some(month) = reader.year_starts(table) {
                manifest.year_starts.insert(name.clone(), month);
            }
            reader.holidays(table, &name, &mut manifest);
            manifest.calendars.insert(name);
        }
        manifest.policy_modules = reader.policy_modules(root);
        manifest.labels = reader.labels(root);
        manifest.required = reader.required(root);
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

    /// `holidays`: a list of days, or a file that names them.
    fn holidays(&mut self, table: &DeTable<'_>, calendar: &str, manifest: &mut Manifest) {
        let Some(value) = field(table, "holidays") else {
            return;
        };
        if let Some(file) = value.get_ref().as_str() {
            let file = file.to_owned();
            manifest.holiday_files.insert(calendar.to_owned(), file);
            return;
        }
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_type(value, "holidays", "a list of days, or the name of a file");
            return;
        };
        let mut days = Vec::with_capacity(items.len());
        for item in items {
            let day = item.get_ref().as_str().and_then(|day| day.parse().ok());
            match day {
                Some(day) => days.push(day),
                None => self.wrong_type(item, "holidays", "days such as \"2026-12-25\""),
            }
        }
        let days = Holidays::of(days);
        manifest.holidays.insert(calendar.to_owned(), days);
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

    /// `[columns] required = ["warehouse.customers.email"]`
    fn required(&mut self, root: &DeTable<'_>) -> BTreeSet<String> {
        let Some(table) = field(root, "columns").and_then(|value| self.table(value, "columns"))
        else {
            return BTreeSet::new();
        };
        self.known(table, &["required"]);
        self.texts(table, "required").into_iter().collect()
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
            settings.keep_ms = self.kept_for(store);
            settings.keep_runs = self.kept_runs(store);
        }
        settings
    }

    /// `keep = "400 days"`
    fn kept_for(&mut self, store: &DeTable<'_>) -> Option<i64> {
        let text = self.text(store, "keep")?;
        if let Ok(sophia_language::phrases::Literal::Duration { milliseconds }) =
            sophia_language::phrases::duration(&text)
        {
            Some(milliseconds)
        } else {
            self.report(
                codes::S915,
                place(field(store, "keep")?),
                format!("`keep` cannot be `{text}`: write a length of time, such as `400 days`."),
            );
            None
        }
    }

    /// `keep_runs = 100000`
    fn kept_runs(&mut self, store: &DeTable<'_>) -> Option<u64> {
        let value = field(store, "keep_runs")?;
        let number = value.get_ref().as_integer();
        let number = number.and_then(|number| number.as_str().parse::<u64>().ok());
        if number.is_none() {
            self.wrong_type(value, "keep_runs", "a whole number");
        }
        number
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
