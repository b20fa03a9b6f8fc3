//! What can be written in `sophia.toml`: tables, their keys, and values that the project or the lock knows.

use std::collections::BTreeSet;

use super::items::{Item, Items, Rank};
use crate::project::{Project, Spot};
use crate::protocol::CompletionItemKind as Kind;
use crate::settings::{At, Line, Table, line, table, tables};

/// What can be written at a place of the manifest.
pub(super) fn manifest(items: &mut Items<'_>, offset: usize) {
    let spot = items.spot.clone();
    let text = spot.file.text.as_str();
    let Line { header, at } = line(text, offset);
    let first = header.first().copied().unwrap_or_default();
    match at {
        At::Header(words) => headers(items, &words),
        At::Key if first.is_empty() => tables_to_add(items),
        At::Key => keys(items, first, offset),
        At::QuotedKey => match first {
            "units" | "labels" => paths(items, first == "labels"),
            _ => {}
        },
        At::Inside { key } => {
            if first == "tools" && matches!(key, "content" | "steers" | "rename" | "returns") {
                calls(items, header.get(1).copied().unwrap_or_default());
            } else if key.ends_with("price") {
                both(items, &["input", "output"]);
            } else if matches!(key, "key" | "password") {
                both(items, &["secret"]);
            }
        }
        At::Value {
            key,
            inside,
            quoted,
        } => value(items, &header, (key, inside), quoted),
        At::Nothing => {}
    }
}

/// The tables whose header may begin, as they stand between brackets.
fn headers(items: &mut Items<'_>, words: &[&str]) {
    let spot = items.spot.clone();
    let project = spot.project;
    match words {
        [] => {
            for table in tables() {
                let item = Item::new(table.name, Kind::Module).snippet(table.header);
                items.push(Rank::Wanted, item.words(Some(table.says)));
            }
        }
        ["webhooks"] => {
            for tool in project.into_iter().flat_map(|it| it.manifest.tools.keys()) {
                items.push(Rank::Wanted, Item::new(tool.as_str(), Kind::Module));
            }
        }
        ["env"] => both(items, &["dev", "live"]),
        _ => {}
    }
}

/// The tables, with the brackets around their headers.
fn tables_to_add(items: &mut Items<'_>) {
    for table in tables() {
        let item = Item::new(format!("[{}]", table.name), Kind::Module);
        let item = item.snippet(format!("[{}]\n$0", table.header));
        items.push(Rank::Wanted, item.words(Some(table.says)));
    }
}

/// The keys of a table that it has not yet, and other tables behind them.
fn keys(items: &mut Items<'_>, name: &str, offset: usize) {
    let spot = items.spot.clone();
    let written = written_keys(spot.file.text.as_str(), offset);
    for key in table(name).map_or(&[][..], |table: &Table| table.keys) {
        if !written.contains(key.name) {
            let item = Item::new(key.name, Kind::Property);
            let item = item.snippet(format!("{} = {}", key.name, key.value));
            items.push(Rank::Wanted, item.words(Some(key.says)));
        }
    }
    for table in tables() {
        let item = Item::new(format!("[{}]", table.name), Kind::Module);
        let item = item.snippet(format!("[{}]\n$0", table.header));
        items.push(Rank::Far, item.words(Some(table.says)));
    }
}

/// The keys that the table around a place has, but for the line that is being written.
fn written_keys(text: &str, offset: usize) -> BTreeSet<&str> {
    let before = text.get(..offset).unwrap_or_default();
    let start = before.rfind("\n[").map_or(0, |at| at + 1);
    let rest = text.get(offset..).unwrap_or_default();
    let end = rest.find("\n[").map_or(text.len(), |at| offset + at);
    let own = before.rfind('\n').map_or(0, |at| at + 1);
    let lines = text.get(start..end).unwrap_or_default();
    let mut at = start;
    let mut keys = BTreeSet::new();
    for line in lines.split_inclusive('\n') {
        if at != own
            && let Some((key, _)) = line.split_once('=')
        {
            keys.insert(key.trim());
        }
        at += line.len();
    }
    keys
}

/// The value of a key.
fn value(
    items: &mut Items<'_>,
    header: &[&str],
    (key, inside): (&str, Option<&str>),
    quoted: bool,
) {
    let spot = items.spot.clone();
    let Some(project) = spot.project else { return };
    let first = header.first().copied().unwrap_or_default();
    let named = header.get(1).copied().unwrap_or_default();
    let choices: Vec<String> = match (first, key, inside) {
        (_, "clearance", _) => labels(project, false),
        ("labels", ..) => labels(project, true),
        ("units", ..) => [
            "money",
            "money USD",
            "money in ",
            "percent",
            "percent as 15",
        ]
        .map(str::to_owned)
        .to_vec(),
        ("columns", "required", _) => columns(project),
        ("policies", "modules", _) => modules(project),
        ("tools", "reads" | "effects" | "idempotent", _) => calls_of(project, named),
        ("tools", "content" | "steers", Some(call)) => arguments(project, named, call),
        ("knowledge", "from", Some("connection")) => {
            project.manifest.connections.keys().cloned().collect()
        }
        ("knowledge", "embed", _) => project.manifest.models.keys().cloned().collect(),
        ("webhooks", "key", _) => Vec::new(),
        _ => {
            let keys = table(first).map_or(&[][..], |table| table.keys);
            let key = keys.iter().find(|known| known.name == key);
            let choices = key.map_or(&[][..], |key| key.choices);
            choices.iter().map(|choice| (*choice).to_owned()).collect()
        }
    };
    for choice in choices {
        let label = if quoted {
            choice
        } else {
            format!("\"{choice}\"")
        };
        items.push(Rank::Wanted, Item::new(label, Kind::EnumMember));
    }
}

fn both(items: &mut Items<'_>, words: &[&str]) {
    for word in words {
        items.push(Rank::Wanted, Item::new(*word, Kind::Property));
    }
}

/// The labels that the project speaks of, and the levels; `trusted` where a person confirms something.
fn labels(project: &Project, confirms: bool) -> Vec<String> {
    let levels = ["public", "internal", "confidential", "restricted"];
    let mut known: BTreeSet<String> = BTreeSet::new();
    known.extend(project.manifest.labels.values().flatten().cloned());
    let tables = project.catalogue.connections.values();
    let tables = tables.flat_map(|connection| connection.tables.values());
    let columns = tables.flat_map(|table| &table.columns);
    let found = columns.flat_map(|column| column.labels.iter());
    known.extend(found.map(|label| label.trim_start_matches('@').to_owned()));
    known.extend(["pii", "pii.email", "pii.name"].map(str::to_owned));
    known.retain(|label| label != "trusted" && !levels.contains(&label.as_str()));
    let confirmed = confirms.then(|| "trusted".to_owned());
    let levels = levels.map(str::to_owned);
    confirmed.into_iter().chain(known).chain(levels).collect()
}

/// The columns of the lock, with their tables and connections.
fn columns(project: &Project) -> Vec<String> {
    let connections = project.catalogue.connections.iter();
    let found = connections.flat_map(|(connection, pinned)| {
        pinned.tables.iter().flat_map(move |(table, pinned)| {
            let columns = pinned.columns.iter();
            columns.map(move |column| format!("{connection}.{table}.{}", column.name))
        })
    });
    found.collect()
}

/// What may have a unit or a label: columns, and calls.
fn paths(items: &mut Items<'_>, with_calls: bool) {
    let spot = items.spot.clone();
    let Some(project) = spot.project else { return };
    let known = spot.file.text.as_str();
    let free = |path: &String| !known.contains(&format!("\"{path}\""));
    for path in columns(project).into_iter().filter(free) {
        items.push(Rank::Wanted, Item::new(path, Kind::Field));
    }
    for (tool, pinned) in &project.catalogue.tools {
        for call in pinned.calls.keys().filter(|_| with_calls) {
            let path = format!("{tool}.{call}");
            items.push(Rank::Wanted, Item::new(path, Kind::Method));
        }
    }
}

fn calls_of(project: &Project, tool: &str) -> Vec<String> {
    let pinned = project.catalogue.tools.get(tool);
    let calls = pinned.into_iter().flat_map(|pinned| pinned.calls.keys());
    calls.cloned().collect()
}

fn calls(items: &mut Items<'_>, tool: &str) {
    let spot: Spot<'_> = items.spot.clone();
    let Some(project) = spot.project else { return };
    for call in calls_of(project, tool) {
        items.push(Rank::Wanted, Item::new(call, Kind::Method));
    }
}

fn arguments(project: &Project, tool: &str, call: &str) -> Vec<String> {
    let found = sophia_compiler::found::offered(&project.manifest, &project.catalogue, tool, call);
    let arguments = found.into_iter().flat_map(|found| found.arguments);
    arguments
        .map(|argument| argument.name.to_string())
        .collect()
}

/// The files of the project's modules.
fn modules(project: &Project) -> Vec<String> {
    let files = project.files.values().filter(|file| {
        let header = file.parsed.as_ref().map(|parsed| &parsed.file.header);
        matches!(header, Some(sophia_language::syntax::Header::Module(_)))
            && !file.name.starts_with('\0')
    });
    files.map(|file| file.name.to_string()).collect()
}
