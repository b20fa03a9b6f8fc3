//! Paths of the manifest that lead nowhere: a label, a unit, a limit or another name for something that the lock does not hold.
//!
//! Kept true here: only what is surely not there is told. What is not pinned yet, and what a tool does not say of its
//! answers, is passed over.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value as Json;
use sophia_diagnostics::{Diagnostic, Span, codes};
use sophia_plan::plan::Plan;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::Manifest;
use super::reader::{field, place};
use crate::catalogue::{Catalogue, Connection, Server, ToolCall, our_argument};
use crate::query::nearest;
use crate::snapshot::Checked;

/// Looks up every path of `[labels]`, `[limits]`, `[units]`, `[columns]` and `[tools.NAME.rename]` of a manifest's text. A warning stands at
/// each that leads nowhere, in the order of the text.
#[must_use]
pub fn lost_paths(
    text: &str,
    file: &Arc<str>,
    manifest: &Manifest,
    catalogue: &Catalogue,
    checked: &Checked,
) -> Vec<Diagnostic> {
    ManifestPaths::of(text, file, manifest, catalogue).lost(manifest, checked)
}

/// The paths of a manifest's text, looked up as far as manifest and lock tell. What is left rests on the playbooks, which
/// change more often.
#[derive(Clone, Debug)]
pub struct ManifestPaths {
    file: Arc<str>,
    /// What leads nowhere, whatever the playbooks are.
    lost: Vec<Diagnostic>,
    /// Paths that may begin with the name of a playbook.
    open: Vec<(String, Span)>,
    /// Playbooks whose runs are limited.
    limited: Vec<Limited>,
}

/// `[limits.playbooks.deal_hygiene] at_once_per = { deal_id = 1 }`
#[derive(Clone, Debug)]
struct Limited {
    playbook: (String, Span),
    inputs: Vec<(String, Span)>,
}

impl ManifestPaths {
    /// Looks up the paths of a manifest's text.
    #[must_use]
    pub fn of(text: &str, file: &Arc<str>, manifest: &Manifest, catalogue: &Catalogue) -> Self {
        let (document, _) = DeTable::parse_recoverable(text);
        let mut search = Search {
            manifest,
            catalogue,
            paths: Self {
                file: file.clone(),
                lost: Vec::new(),
                open: Vec::new(),
                limited: Vec::new(),
            },
        };
        for section in ["labels", "units"] {
            let table =
                field(document.get_ref(), section).and_then(|value| value.get_ref().as_table());
            for (key, _) in table.into_iter().flatten() {
                search.path(key.get_ref(), place(key));
            }
        }
        let columns =
            field(document.get_ref(), "columns").and_then(|value| value.get_ref().as_table());
        let required = columns.and_then(|columns| field(columns, "required")?.get_ref().as_array());
        for path in required.into_iter().flatten() {
            if let Some(text) = path.get_ref().as_str() {
                search.path(text, place(path));
            }
        }
        let tools = field(document.get_ref(), "tools").and_then(|value| value.get_ref().as_table());
        for (name, settings) in tools.into_iter().flatten() {
            let pinned = catalogue.tools.get(name.get_ref().as_ref());
            let renamed = (settings.get_ref().as_table())
                .and_then(|settings| field(settings, "rename"))
                .and_then(|value| value.get_ref().as_table());
            if let (Some(pinned), Some(renamed)) = (pinned, renamed) {
                search.renamed(name.get_ref(), pinned, renamed);
            }
        }
        let limits =
            field(document.get_ref(), "limits").and_then(|value| value.get_ref().as_table());
        let limited = limits.and_then(|limits| field(limits, "playbooks")?.get_ref().as_table());
        for (name, settings) in limited.into_iter().flatten() {
            search.paths.limited.push(Limited::of(name, settings));
        }
        search.paths
    }

    /// What leads nowhere, in the order of the text, where the playbooks are as `checked` says. `manifest` is the one that
    /// the paths were looked up in.
    #[must_use]
    pub fn lost(&self, manifest: &Manifest, checked: &Checked) -> Vec<Diagnostic> {
        let mut diagnostics = self.lost.clone();
        let open = self.open.iter().filter_map(|(path, span)| {
            let lost = of_playbook(manifest, checked, path)?;
            Some(complaint(&self.file, lost, path, *span))
        });
        diagnostics.extend(open);
        for limited in &self.limited {
            let lost = limited.lost(checked);
            diagnostics
                .extend(lost.map(|(lost, (path, span))| complaint(&self.file, lost, path, *span)));
        }
        diagnostics.sort_by_key(|diagnostic| diagnostic.span);
        diagnostics
    }
}

/// That a playbook has no input of this name.
fn lost_input(plan: &Plan, name: &str) -> Option<Lost> {
    let inputs: Vec<&str> = plan.inputs.iter().map(|input| &*input.name).collect();
    (!inputs.contains(&name)).then(|| {
        let message = format!("The playbook `{}` has no input `{name}`.", plan.playbook);
        Lost::new(message, name, inputs)
    })
}

/// What of `PLAYBOOK.INPUT` is not there.
fn of_playbook(manifest: &Manifest, checked: &Checked, path: &str) -> Option<Lost> {
    let (first, rest) = path.split_once('.')?;
    let own = checked.playbooks.iter();
    if let Some(playbook) = own.clone().find(|playbook| &*playbook.name == first) {
        let plan = playbook.plan.as_ref()?;
        return lost_input(plan, rest.split('.').next().unwrap_or(rest));
    }
    let known = (manifest.connections.keys())
        .chain(manifest.tools.keys())
        .map(String::as_str)
        .chain(own.map(|playbook| &*playbook.name));
    let message =
        format!("The project has no connection, no tool and no playbook named `{first}`.");
    Some(Lost::new(message, first, known))
}

impl Limited {
    fn of(key: &Spanned<DeString<'_>>, settings: &Spanned<DeValue<'_>>) -> Self {
        let per = (settings.get_ref().as_table())
            .and_then(|settings| field(settings, "at_once_per")?.get_ref().as_table());
        let written = |key: &Spanned<DeString<'_>>| (key.get_ref().to_string(), place(key));
        Self {
            playbook: written(key),
            inputs: per
                .into_iter()
                .flatten()
                .map(|(key, _)| written(key))
                .collect(),
        }
    }

    /// The names that are not there.
    fn lost(&self, checked: &Checked) -> impl Iterator<Item = (Lost, &(String, Span))> {
        let name = self.playbook.0.as_str();
        let playbook = (checked.playbooks.iter()).find(|playbook| &*playbook.name == name);
        let of_playbook = playbook.is_none().then(|| {
            let known = checked.playbooks.iter().map(|playbook| &*playbook.name);
            let message = format!("The project has no playbook named `{name}`.");
            (Lost::new(message, name, known), &self.playbook)
        });
        let plan = playbook.and_then(|playbook| playbook.plan.clone());
        let of_inputs = (self.inputs.iter())
            .filter_map(move |written| Some((lost_input(plan.as_ref()?, &written.0)?, written)));
        of_playbook.into_iter().chain(of_inputs)
    }
}

struct Search<'s> {
    manifest: &'s Manifest,
    catalogue: &'s Catalogue,
    paths: ManifestPaths,
}

/// What a path names that is not there: the sentence, the part that is wrong, and what it might have been.
struct Lost {
    message: String,
    part: String,
    near: Option<String>,
}

impl Lost {
    fn new<'n>(message: String, part: &str, known: impl IntoIterator<Item = &'n str>) -> Self {
        Self {
            message,
            part: part.to_owned(),
            near: nearest(part, known).map(str::to_owned),
        }
    }
}

impl Search<'_> {
    fn path(&mut self, path: &str, span: Span) {
        let Some((first, rest)) = path.split_once('.') else {
            return;
        };
        let events = |source: &str| {
            let source = format!("{source}.");
            let events: Vec<&str> = (self.manifest.webhooks.keys())
                .filter_map(|whole| whole.strip_prefix(&source))
                .collect();
            events
        };
        let connected = self.manifest.connections.contains_key(first);
        let lost = if connected {
            (self.catalogue.connections.get(first)).and_then(|pinned| column(first, pinned, rest))
        } else if self.manifest.tools.contains_key(first) || !events(first).is_empty() {
            self.call_or_event(first, rest, &events(first))
        } else {
            self.paths.open.push((path.to_owned(), span));
            None
        };
        if let Some(lost) = lost {
            self.report(lost, path, span);
        }
    }

    fn call_or_event(&self, source: &str, rest: &str, events: &[&str]) -> Option<Lost> {
        let (name, part) = match rest.split_once('.') {
            Some((name, part)) => (name, Some(part)),
            None => (rest, None),
        };
        if let Some(event) = self.manifest.webhooks.get(&format!("{source}.{name}")) {
            let part = part?.split('.').next()?;
            let known = words(&event.of);
            return (!known.contains(part)).then(|| {
                let message = format!("The event `{source}.{name}` has no field `{part}`.");
                Lost::new(message, part, known)
            });
        }
        let pinned = self.catalogue.tools.get(source);
        if pinned.is_none() && self.manifest.tools.contains_key(source) {
            return None;
        }
        let calls = pinned.map(|pinned| &pinned.calls);
        let Some(call) = calls.and_then(|calls| calls.get(name)) else {
            let known = (calls.into_iter().flat_map(|calls| calls.keys()))
                .map(String::as_str)
                .chain(events.iter().copied());
            let message = format!("`{source}` has no call and no event `{name}`.");
            return Some(Lost::new(message, name, known));
        };
        let part = part?.split('.').next()?;
        let known = self.parts(source, name, call)?;
        (!known.contains(part)).then(|| {
            let message = format!("`{source}.{name}` has no argument and no field `{part}`.");
            Lost::new(message, part, known.iter().map(String::as_str))
        })
    }

    /// The names in what a call takes and gives. `None` where it is not known what it gives.
    fn parts(&self, tool: &str, name: &str, call: &ToolCall) -> Option<BTreeSet<String>> {
        let settings = self.manifest.tools.get(tool);
        let mut known = BTreeSet::new();
        properties(&call.input_schema, &mut known)?;
        known.extend(call.arguments.keys().cloned());
        if let Some(renamed) = settings.and_then(|settings| settings.rename.get(name)) {
            known.extend(renamed.keys().cloned());
        }
        if let Some(schema) = &call.output_schema {
            properties(schema, &mut known)?;
        } else {
            let returns = settings.and_then(|settings| settings.returns.get(name));
            let written = returns.or(call.sampled.as_ref())?;
            known.extend(words(written).into_iter().map(str::to_owned));
        }
        Some(known)
    }

    /// `rename = { post_message = { channel = "channel_id" } }`
    fn renamed(&mut self, tool: &str, pinned: &Server, renamed: &DeTable<'_>) {
        for (call, names) in renamed {
            let name = call.get_ref().as_ref();
            let Some(known) = pinned.calls.get(name) else {
                let message = format!("`{tool}` has no call `{name}`.");
                let calls = pinned.calls.keys().map(String::as_str);
                self.report(Lost::new(message, name, calls), name, place(call));
                continue;
            };
            let Some(arguments) = top_properties(&known.input_schema) else {
                continue;
            };
            for (_, theirs) in names.get_ref().as_table().into_iter().flatten() {
                let DeValue::String(wire) = theirs.get_ref() else {
                    continue;
                };
                if arguments.contains(wire.as_ref()) {
                    continue;
                }
                let message =
                    format!("The server of `{tool}` takes no argument `{wire}` in `{name}`.");
                let known = arguments.iter().map(String::as_str);
                self.report(Lost::new(message, wire, known), wire, place(theirs));
            }
        }
    }

    fn report(&mut self, lost: Lost, written: &str, span: Span) {
        let complaint = complaint(&self.paths.file, lost, written, span);
        self.paths.lost.push(complaint);
    }
}

fn complaint(file: &Arc<str>, lost: Lost, written: &str, span: Span) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(codes::S246, file.clone(), span, lost.message).with_label("leads nowhere");
    match lost.near {
        Some(near) => {
            let path = written.replacen(&lost.part, &near, 1);
            diagnostic.with_note(format!("nearest: `{near}`")).with_edit(
                format!("write `{path}`"),
                span,
                format!("\"{path}\""),
            )
        }
        None => diagnostic.with_help(
            "correct the path, or take the line out; `sophia sync` asks the systems again what they have",
        ),
    }
}

/// What of `TABLE.COLUMN` the connection does not have. The schema of a table may be left out.
fn column(connection: &str, pinned: &Connection, rest: &str) -> Option<Lost> {
    let (table, column) = rest.rsplit_once('.')?;
    let short = |key: &str| key.rsplit('.').next().unwrap_or(key).to_owned();
    let meant =
        |key: &str| key.eq_ignore_ascii_case(table) || short(key).eq_ignore_ascii_case(table);
    let tables: Vec<_> = (pinned.tables.iter())
        .filter(|(key, _)| meant(key))
        .collect();
    if tables.is_empty() {
        let message = format!("`{connection}` has no table `{table}`.");
        let keys = pinned.tables.keys().map(String::as_str);
        let shorts = keys.clone().filter_map(|key| key.rsplit('.').next());
        return Some(Lost::new(message, table, shorts.chain(keys)));
    }
    let columns: Vec<&str> = (tables.iter())
        .flat_map(|(_, table)| &table.columns)
        .map(|column| column.name.as_str())
        .collect();
    let found = columns
        .iter()
        .any(|known| known.eq_ignore_ascii_case(column));
    (!found).then(|| {
        let message = format!("The table `{connection}.{table}` has no column `{column}`.");
        Lost::new(message, column, columns)
    })
}

/// The words of a type as it is written.
fn words(written: &str) -> BTreeSet<&str> {
    written
        .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .filter(|word| !word.is_empty())
        .collect()
}

/// Every name of a property in a schema, as ours. `None` where the schema cannot be read.
fn properties(schema: &str, known: &mut BTreeSet<String>) -> Option<()> {
    let schema: Json = serde_json::from_str(schema).ok()?;
    let mut left = vec![&schema];
    while let Some(part) = left.pop() {
        match part {
            Json::Object(fields) => {
                if let Some(Json::Object(properties)) = fields.get("properties") {
                    known.extend(properties.keys().map(|name| our_argument(name)));
                }
                left.extend(fields.values());
            }
            Json::Array(items) => left.extend(items),
            _ => {}
        }
    }
    Some(())
}

/// The arguments that a server names itself. `None` where it may take any.
fn top_properties(schema: &str) -> Option<BTreeSet<String>> {
    let schema: Json = serde_json::from_str(schema).ok()?;
    let properties = schema.get("properties")?.as_object()?;
    Some(properties.keys().cloned().collect())
}
