//! `sophia.lock`: the catalogue as text.
//!
//! Kept true here: the order is stable and every column and tool stands on lines of its own, so that a
//! difference between two locks reads as what changed in the systems.

use std::fmt::Write as _;
use std::sync::Arc;

use sophia_diagnostics::{Diagnostic, Span, codes};

use super::{Catalogue, Column, Connection, ModelPin, Server, Table, ToolCall};

/// The only format there is.
const FORMAT: u32 = 1;

const HEADER: &str =
    "# The catalogue: what the connected systems offer. Written by `sophia sync`, do not edit.\n";

impl Catalogue {
    /// Reads a lock.
    ///
    /// # Errors
    /// One diagnostic at the place where the text breaks off (S901), or one for a format of another
    /// version (S902).
    pub fn from_toml(text: &str, file: &Arc<str>) -> Result<Self, Vec<Diagnostic>> {
        let catalogue: Self =
            toml::from_str(text).map_err(|error| vec![broken(text, file, &error)])?;
        if catalogue.format == FORMAT {
            Ok(catalogue)
        } else {
            let start = text.find("format").unwrap_or(0);
            let end = text
                .get(start..)
                .and_then(|rest| rest.find('\n'))
                .map_or(text.len(), |length| start + length);
            Err(vec![
                Diagnostic::new(
                    codes::S902,
                    file.clone(),
                    Span::new(start, end),
                    format!(
                        "This catalogue has the format {}, and this version of Sophia reads the format {FORMAT}.",
                        catalogue.format
                    ),
                )
                .with_help("run `sophia sync`, or use the version of Sophia that wrote it"),
            ])
        }
    }

    /// Writes a lock. Reading it back gives the same catalogue.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut out = String::from(HEADER);
        line(&mut out, "format", &self.format.to_string());
        line(&mut out, "synced_at", &quoted(&self.synced_at));
        for (name, connection) in &self.connections {
            write_connection(&mut out, name, connection);
        }
        for (name, server) in &self.tools {
            write_server(&mut out, name, server);
        }
        for (name, model) in &self.models {
            write_model(&mut out, name, model);
        }
        out
    }
}

fn broken(text: &str, file: &Arc<str>, error: &toml::de::Error) -> Diagnostic {
    let span = error.span().map_or_else(
        || Span::new(text.len(), text.len()),
        |range| Span::new(range.start, range.end),
    );
    let first_line = error.message().lines().next().unwrap_or_default();
    let mut diagnostic = Diagnostic::new(
        codes::S901,
        file.clone(),
        span,
        "The catalogue cannot be read.",
    )
    .with_note(first_line.to_owned());
    if let Some(mark) = text.find("<<<<<<< ") {
        diagnostic.span = Span::new(mark, mark + 7);
        diagnostic = diagnostic.with_note("it holds the marks of a merge that was not finished");
    }
    diagnostic.with_help("run `sophia sync`, which writes it anew")
}

fn write_connection(out: &mut String, name: &str, connection: &Connection) {
    head(out, &["connections", name]);
    line(out, "kind", &quoted(&connection.kind));
    for (table, content) in &connection.tables {
        write_table(out, name, table, content);
    }
}

fn write_table(out: &mut String, connection: &str, name: &str, table: &Table) {
    head(out, &["connections", connection, "tables", name]);
    if let Some(rows) = table.rows {
        line(out, "rows", &rows.to_string());
    }
    if let Some(columns) = &table.key {
        line(out, "key", &texts(columns));
    }
    if !table.unique.is_empty() {
        let keys: Vec<String> = table.unique.iter().map(|columns| texts(columns)).collect();
        line(out, "unique", &format!("[{}]", keys.join(", ")));
    }
    out.push_str("columns = [\n");
    for column in &table.columns {
        out.push_str("  ");
        write_column(out, column);
        out.push_str(",\n");
    }
    out.push_str("]\n");
}

fn write_column(out: &mut String, column: &Column) {
    let _ = write!(
        out,
        "{{ name = {}, declared = {}, nullable = {}",
        quoted(&column.name),
        quoted(&column.declared),
        column.nullable
    );
    if !column.labels.is_empty() {
        let _ = write!(out, ", labels = {}", texts(&column.labels));
    }
    out.push_str(" }");
}

fn write_server(out: &mut String, name: &str, server: &Server) {
    head(out, &["tools", name]);
    line(out, "server", &quoted(&server.server));
    line(out, "version", &quoted(&server.version));
    for (call, content) in &server.calls {
        write_call(out, name, call, content);
    }
}

fn write_call(out: &mut String, server: &str, name: &str, call: &ToolCall) {
    head(out, &["tools", server, "calls", name]);
    line(out, "wire_name", &quoted(&call.wire_name));
    if !call.description.is_empty() {
        line(out, "description", &quoted(&call.description));
    }
    for (word, is_so) in [
        ("read_only", call.read_only),
        ("idempotent", call.idempotent),
        ("destructive", call.destructive),
    ] {
        if is_so {
            line(out, word, "true");
        }
    }
    if !call.arguments.is_empty() {
        let pairs: Vec<String> = call
            .arguments
            .iter()
            .map(|(ours, theirs)| format!("{} = {}", key(ours), quoted(theirs)))
            .collect();
        line(out, "arguments", &format!("{{ {} }}", pairs.join(", ")));
    }
    line(out, "digest", &quoted(&call.digest));
    line(out, "input_schema", &quoted(&call.input_schema));
    if let Some(schema) = &call.output_schema {
        line(out, "output_schema", &quoted(schema));
    }
    if let Some(sampled) = &call.sampled {
        line(out, "sampled", &quoted(sampled));
    }
    if !call.labels.is_empty() {
        head(out, &["tools", server, "calls", name, "labels"]);
        for (field, labels) in &call.labels {
            line(out, &key(field), &texts(labels));
        }
    }
}

fn write_model(out: &mut String, name: &str, model: &ModelPin) {
    head(out, &["models", name]);
    line(out, "kind", &quoted(&model.kind));
    line(out, "model", &quoted(&model.model));
    if let Some(digest) = &model.digest {
        line(out, "digest", &quoted(digest));
    }
}

fn head(out: &mut String, path: &[&str]) {
    let path: Vec<String> = path.iter().map(|part| key(part)).collect();
    let _ = write!(out, "\n[{}]\n", path.join("."));
}

fn line(out: &mut String, name: &str, value: &str) {
    let _ = writeln!(out, "{name} = {value}");
}

fn key(name: &str) -> String {
    let bare = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if bare { name.to_owned() } else { quoted(name) }
}

/// A list of texts on one line.
fn texts(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}

/// A text on one line, where JSON stays readable: in single quotes if nothing forbids them.
fn quoted(text: &str) -> String {
    if text.contains('"') && !text.contains('\'') && !text.chars().any(char::is_control) {
        return format!("'{text}'");
    }
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            control if control.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(control));
            }
            plain => out.push(plain),
        }
    }
    out.push('"');
    out
}
