//! Reading TOML with the place of every value, and complaining at that place.

use std::collections::BTreeMap;
use std::sync::Arc;

use sophia_diagnostics::{Code, Diagnostic, Span, codes};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::query::nearest;

use super::secrets::{is_secret_key, looks_secret};

/// A value with its place.
pub(super) type Value<'v> = Spanned<DeValue<'v>>;

/// Reads one manifest and gathers what is wrong with it.
pub(super) struct Reader<'a> {
    pub file: &'a Arc<str>,
    pub diagnostics: Vec<Diagnostic>,
}

/// The place of a value.
pub(super) fn place<T>(value: &Spanned<T>) -> Span {
    Span::from(value.span())
}

/// A field of a table, with its key.
pub(super) fn entry<'t, 'v>(table: &'t DeTable<'v>, name: &str) -> Option<(Span, &'t Value<'v>)> {
    table
        .iter()
        .find(|(key, _)| key.get_ref().as_ref() == name)
        .map(|(key, value)| (place(key), value))
}

/// The value of a field.
pub(super) fn field<'t, 'v>(table: &'t DeTable<'v>, name: &str) -> Option<&'t Value<'v>> {
    entry(table, name).map(|(_, value)| value)
}

impl Reader<'_> {
    pub fn report(
        &mut self,
        code: Code,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        let at = self.diagnostics.len();
        self.diagnostics
            .push(Diagnostic::new(code, self.file.clone(), span, message));
        // The index is that of the element just pushed.
        #[allow(clippy::indexing_slicing, reason = "just pushed")]
        &mut self.diagnostics[at]
    }

    pub fn wrong_type(&mut self, value: &Value<'_>, name: &str, wanted: &str) {
        let found = spoken(value.get_ref());
        self.report(
            codes::S912,
            place(value),
            format!("`{name}` must be {wanted}, and this is {found}."),
        );
    }

    /// A table, or a complaint.
    pub fn table<'t, 'v>(&mut self, value: &'t Value<'v>, name: &str) -> Option<&'t DeTable<'v>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong_type(value, name, "a table");
        }
        table
    }

    /// The named tables inside a table: `[connections.warehouse]`.
    pub fn tables<'t, 'v>(
        &mut self,
        root: &'t DeTable<'v>,
        name: &str,
    ) -> Vec<(String, Span, &'t DeTable<'v>)> {
        let Some(value) = field(root, name) else {
            return Vec::new();
        };
        let Some(table) = self.table(value, name) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for (key, value) in table {
            let path = format!("{name}.{}", key.get_ref());
            if let Some(inner) = self.table(value, &path) {
                found.push((key.get_ref().to_string(), place(key), inner));
            }
        }
        found
    }

    pub fn text(&mut self, table: &DeTable<'_>, name: &str) -> Option<String> {
        let value = field(table, name)?;
        let text = value.get_ref().as_str().map(ToOwned::to_owned);
        if text.is_none() {
            self.wrong_type(value, name, "a text in quotes");
        }
        text
    }

    pub fn flag(&mut self, table: &DeTable<'_>, name: &str) -> bool {
        let Some(value) = field(table, name) else {
            return false;
        };
        if let Some(flag) = value.get_ref().as_bool() {
            flag
        } else {
            self.wrong_type(value, name, "true or false");
            false
        }
    }

    /// A list of texts.
    pub fn texts(&mut self, table: &DeTable<'_>, name: &str) -> Vec<String> {
        let Some(value) = field(table, name) else {
            return Vec::new();
        };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_type(value, name, "a list of texts");
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in items {
            match item.get_ref().as_str() {
                Some(text) => texts.push(text.to_owned()),
                None => self.wrong_type(item, name, "a list of texts"),
            }
        }
        texts
    }

    /// A table of texts: `secrets = { SLACK_BOT_TOKEN = "slack_token" }`.
    pub fn lists(&mut self, table: &DeTable<'_>, name: &str) -> BTreeMap<String, Vec<String>> {
        let Some(inner) = field(table, name).and_then(|value| self.table(value, name)) else {
            return BTreeMap::new();
        };
        inner
            .iter()
            .map(|(key, _)| {
                let texts = self.texts(inner, key.get_ref());
                (key.get_ref().to_string(), texts)
            })
            .collect()
    }

    /// A table of texts.
    pub fn text_table(&mut self, table: &DeTable<'_>, name: &str) -> BTreeMap<String, String> {
        let Some(inner) = field(table, name).and_then(|value| self.table(value, name)) else {
            return BTreeMap::new();
        };
        let mut texts = BTreeMap::new();
        for (key, value) in inner {
            match value.get_ref().as_str() {
                Some(text) => {
                    texts.insert(key.get_ref().to_string(), text.to_owned());
                }
                None => self.wrong_type(value, key.get_ref(), "a text in quotes"),
            }
        }
        texts
    }

    /// `key = { secret = "NAME" }`: the name.
    pub fn secret(&mut self, table: &DeTable<'_>, name: &str) -> Option<String> {
        let value = field(table, name)?;
        // Written in plain, it is reported where secrets are looked for.
        if value.get_ref().is_str() {
            return None;
        }
        let inner = self.table(value, name)?;
        let secret = self.text(inner, "secret");
        if secret.is_none() && field(inner, "secret").is_none() {
            self.report(
                codes::S913,
                place(value),
                format!("`{name}` does not name a secret."),
            )
            .notes
            .push(format!("write `{name} = {{ secret = \"NAME\" }}`"));
        }
        secret
    }

    /// Warns of keys that mean nothing.
    pub fn known(&mut self, table: &DeTable<'_>, known: &[&str]) {
        for (key, _) in table {
            let name = key.get_ref().as_ref();
            if known.contains(&name) {
                continue;
            }
            let span = place(key);
            let near = nearest(name, known.iter().copied());
            let diagnostic = Diagnostic::new(
                codes::S911,
                self.file.clone(),
                span,
                format!("`{name}` means nothing here."),
            )
            .with_label("is not read");
            self.diagnostics.push(match near {
                Some(near) => diagnostic.with_edit(format!("write `{near}`"), span, near),
                None => diagnostic.with_note(format!("known here: {}", known.join(", "))),
            });
        }
    }

    /// Complains about every secret below a value that is written in plain.
    pub fn plain_secrets(&mut self, table: &DeTable<'_>, keys_are_telling: bool) {
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            match value.get_ref() {
                DeValue::String(text)
                    if looks_secret(text) || (keys_are_telling && is_secret_key(name)) =>
                {
                    self.plain_secret(name, place(value), keys_are_telling);
                }
                // `{ secret = "NAME" }` names one.
                DeValue::Table(inner) => match field(inner, "secret") {
                    Some(named) if named.get_ref().as_str().is_some_and(looks_secret) => {
                        self.plain_secret(name, place(named), keys_are_telling);
                    }
                    Some(_) => {}
                    None => self.plain_secrets(inner, keys_are_telling && name != "rename"),
                },
                DeValue::Array(items) => {
                    for item in items {
                        if item.get_ref().as_str().is_some_and(looks_secret) {
                            self.plain_secret(name, place(item), keys_are_telling);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn plain_secret(&mut self, name: &str, span: Span, is_key: bool) {
        let mut diagnostic = Diagnostic::new(
            codes::S914,
            self.file.clone(),
            span,
            format!("`{name}` holds a secret in plain text."),
        )
        .with_label("everyone who reads the project can read it")
        .with_note("a secret that was ever committed must be replaced at its service");
        let named = format!("{{ secret = \"{name}\" }}");
        diagnostic = if is_key && is_secret_key(name) {
            diagnostic.with_edit(
                format!("write `{name} = {named}` and set the secret"),
                span,
                named,
            )
        } else {
            diagnostic.with_help("name a secret instead, and set it outside the project")
        };
        self.diagnostics.push(diagnostic);
    }
}

/// A value without its places.
pub(super) fn plain(value: &DeValue<'_>) -> toml::Value {
    match value {
        DeValue::String(text) => toml::Value::String(text.to_string()),
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
            .map_or_else(
                |_| toml::Value::String(integer.as_str().to_owned()),
                toml::Value::Integer,
            ),
        DeValue::Float(float) => float.as_str().parse().map_or_else(
            |_| toml::Value::String(float.as_str().to_owned()),
            toml::Value::Float,
        ),
        DeValue::Boolean(boolean) => toml::Value::Boolean(*boolean),
        DeValue::Datetime(datetime) => toml::Value::Datetime(*datetime),
        DeValue::Array(items) => {
            toml::Value::Array(items.iter().map(|item| plain(item.get_ref())).collect())
        }
        DeValue::Table(table) => toml::Value::Table(
            table
                .iter()
                .map(|(key, value)| (key.get_ref().to_string(), plain(value.get_ref())))
                .collect(),
        ),
    }
}

fn spoken(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
