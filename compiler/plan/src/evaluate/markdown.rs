//! Values as a page of Markdown: what `documents.markdown` gives.
//!
//! Kept true here: every value has a page; what is missing is a dash; text of others never begins a heading, a
//! list or a table of its own.

use std::fmt::Write as _;
use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::show::show;
use crate::value::{Record, Value};

/// How deep headings go.
const DEEPEST: usize = 6;

/// The page of a value, without a line break at its end.
pub(super) fn page(value: &Value, zone: &TimeZone) -> String {
    let mut text = String::new();
    Page {
        text: &mut text,
        zone,
    }
    .part(value, 2);
    text.trim_end().to_owned()
}

struct Page<'a> {
    text: &'a mut String,
    zone: &'a TimeZone,
}

impl Page<'_> {
    /// A value below the last heading; headings in it begin at this level.
    fn part(&mut self, value: &Value, level: usize) {
        match value {
            Value::Record(record) => self.record(record, level),
            Value::Table(table) => {
                let names: Vec<Arc<str>> = (table.row.fields.iter())
                    .map(|field| Arc::clone(&field.name))
                    .collect();
                let rows: Vec<Arc<Record>> = table.records().collect();
                self.table(&names, &rows);
            }
            Value::List(items) => self.list(items),
            Value::Json(json) => {
                // A fence longer than any in the text cannot be closed by it.
                let fence = "`".repeat(longest_run(json).max(2) + 1);
                let _ = writeln!(self.text, "{fence}json\n{json}\n{fence}");
            }
            other => {
                let _ = writeln!(self.text, "{}", paragraph(&self.shown(other)));
            }
        }
    }

    fn shown(&self, value: &Value) -> String {
        match value {
            Value::None => "–".to_owned(),
            Value::List(items) => {
                let shown: Vec<String> = items.iter().map(|item| self.shown(item)).collect();
                shown.join(", ")
            }
            Value::Record(record) => {
                let shown: Vec<String> = (record.fields.iter())
                    .map(|(name, value)| format!("{}: {}", title(name), self.shown(value)))
                    .collect();
                shown.join(", ")
            }
            Value::Table(table) => {
                let shown: Vec<String> = (table.records())
                    .map(|row| self.shown(&Value::Record(row)))
                    .collect();
                shown.join("; ")
            }
            Value::Json(json) => json.to_string(),
            plain => show(plain, self.zone),
        }
    }

    /// Plain fields in a list, then a section for each field that holds several values.
    fn record(&mut self, record: &Record, level: usize) {
        let (large, plain): (Vec<_>, Vec<_>) =
            (record.fields.iter()).partition(|(_, value)| is_large(value));
        for (name, value) in &plain {
            let _ = writeln!(
                self.text,
                "- **{}:** {}",
                title(name),
                line(&self.shown(value))
            );
        }
        for (name, value) in large {
            if !self.text.is_empty() {
                self.text.push('\n');
            }
            let _ = writeln!(
                self.text,
                "{} {}\n",
                "#".repeat(level.min(DEEPEST)),
                title(name)
            );
            self.part(value, level + 1);
        }
    }

    fn list(&mut self, items: &[Value]) {
        let records: Option<Vec<Arc<Record>>> = (items.iter())
            .map(|item| match item {
                Value::Record(record) => Some(Arc::clone(record)),
                _ => None,
            })
            .collect();
        match records {
            Some(rows) if !rows.is_empty() => {
                let mut names: Vec<Arc<str>> = Vec::new();
                for (name, _) in rows.iter().flat_map(|row| &row.fields) {
                    if !names.contains(name) {
                        names.push(Arc::clone(name));
                    }
                }
                self.table(&names, &rows);
            }
            _ if items.is_empty() => self.text.push_str("–\n"),
            _ => {
                for item in items {
                    let _ = writeln!(self.text, "- {}", line(&self.shown(item)));
                }
            }
        }
    }

    fn table(&mut self, names: &[Arc<str>], rows: &[Arc<Record>]) {
        let titles: Vec<String> = names.iter().map(|name| title(name)).collect();
        let _ = writeln!(self.text, "| {} |", titles.join(" | "));
        let _ = writeln!(self.text, "|{}", " --- |".repeat(names.len()));
        for row in rows {
            let cells: Vec<String> = (names.iter())
                .map(|name| cell(&self.shown(row.get(name).unwrap_or(&Value::None))))
                .collect();
            let _ = writeln!(self.text, "| {} |", cells.join(" | "));
        }
    }
}

/// Whether a value takes a section of its own.
fn is_large(value: &Value) -> bool {
    matches!(
        value,
        Value::Record(_) | Value::Table(_) | Value::List(_) | Value::Json(_)
    )
}

/// `next_step` → `Next step`
fn title(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => words,
    }
}

/// A text on one line.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text in a cell, whose bars do not end the cell.
fn cell(text: &str) -> String {
    line(text).replace('\\', "\\\\").replace('|', "\\|")
}

/// A text with its own lines, none of which begins a heading, a list, a quotation, a fence or a table.
fn paragraph(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let begun = line.trim_start();
        let marks = begun.starts_with(['#', '-', '*', '+', '>', '|', '`', '~', '=']);
        if marks {
            format!("\\{begun}")
        } else {
            begun.to_owned()
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn longest_run(text: &str) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for letter in text.chars() {
        run = if letter == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}
