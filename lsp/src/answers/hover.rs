//! What a name is, shown where the pointer rests: its type, its words, what it costs, what it carries.

use std::fmt::Write as _;

use sophia_compiler::facts::{Known, Label, Mark, Parts};
use sophia_compiler::project::Manifest;
use sophia_plan::types::Type;

use super::beside;
use super::columns::Given;
use super::meaning::{Meaning, fields, meant};
use super::mended::mended;
use super::place::place_of;
use super::sql;
use crate::names::{Binder, Kind};
use crate::project::{File, Project, Spot, View};
use crate::protocol::{Contents, Hover, HoverParams, MarkupContent, MarkupKind};
use crate::server::Refusal;
use crate::settings::Section;

/// What stands at a place.
pub(crate) fn at(view: &View, params: HoverParams) -> Result<Option<Hover>, Refusal> {
    let found = place_of(view, &params.text_document_position_params);
    Ok(found.and_then(|(spot, offset)| {
        let mended = mended(&spot, offset);
        let (spot, offset) = match &mended {
            Some((file, offset)) => (Spot { file, ..spot }, *offset),
            None => (spot, offset),
        };
        let (span, words) = if let Some(function) = sql::function(&spot, offset) {
            function
        } else if let Some(meant) = meant(&spot, offset) {
            (meant.span, words(&spot, &meant.meaning))
        } else {
            let beside = beside::at(&spot, offset)?;
            (beside.span, beside.words)
        };
        Some(Hover {
            contents: Contents::MarkupContent(markdown(words)),
            range: Some(spot.range(span)),
        })
    }))
}

pub(crate) fn markdown(value: String) -> MarkupContent {
    MarkupContent {
        kind: MarkupKind::Markdown,
        value,
    }
}

/// What is to be said of something, as Markdown.
pub(crate) fn words(spot: &Spot<'_>, meaning: &Meaning) -> String {
    match meaning {
        Meaning::Made { file, binder } => made(file, binder),
        Meaning::Connection(name) => {
            let project = spot.project;
            let pinned = project.and_then(|project| project.catalogue.connections.get(name));
            let kind = pinned.map_or("", |pinned| pinned.kind.as_str());
            let tables = pinned.map_or(0, |pinned| pinned.tables.len());
            format!(
                "{}\n\n{tables} tables in sophia.lock",
                code(&format!("connection {name}: {kind}"))
            )
        }
        Meaning::Tool(name) => {
            let pinned = spot
                .project
                .and_then(|project| project.catalogue.tools.get(name));
            let calls = pinned.map_or(0, |pinned| pinned.calls.len());
            format!(
                "{}\n\n{calls} calls in sophia.lock",
                code(&format!("tool {name}"))
            )
        }
        Meaning::Call {
            tool,
            call,
            offered,
        } => {
            let arguments: Vec<String> = (offered.arguments.iter())
                .map(|argument| {
                    let mark = if argument.required {
                        ""
                    } else {
                        " (may be left out)"
                    };
                    format!("  {}: {}{mark}", argument.name, argument.of)
                })
                .collect();
            let head = if offered.effect { "do " } else { "" };
            let mut said = code(&format!(
                "{head}{tool}.{call}(\n{}\n) -> {}",
                arguments.join(",\n"),
                offered.result
            ));
            if !offered.description.is_empty() {
                let _ = write!(
                    said,
                    "\n\nThe server says: {}",
                    quoted(&offered.description)
                );
            }
            said
        }
        Meaning::Table { connection, table } => table_words(spot.project, connection, table),
        Meaning::Column {
            connection,
            table,
            column,
        } => column_words(spot.project, connection, table, column),
        Meaning::Within { name, rows, .. } => match rows {
            Some(columns) => {
                let columns: Vec<String> =
                    columns.iter().map(|column| format!("  {column}")).collect();
                let rows = code(&format!("with {name}\n{}", columns.join("\n")));
                format!("{rows}\n\nRows that this SQL makes.")
            }
            None => format!("{}\n\nA column that this SQL makes.", code(name)),
        },
        Meaning::Field { field, of, given } => {
            let mut said = code(&format!("{}: {}", field.name, field.of));
            if let Some(documentation) = &field.documentation {
                let _ = write!(said, "\n\n{documentation}");
            }
            if !field.labels.is_empty() {
                let labels: Vec<String> = field
                    .labels
                    .iter()
                    .map(|label| format!("@{label}"))
                    .collect();
                let _ = write!(said, "\n\nCarries {}.", labels.join(", "));
            }
            if let Type::Record(record) | Type::Table(record) = of.present()
                && let Some(name) = &record.name
            {
                let _ = write!(said, "\n\nA field of `{name}`.");
            }
            if let Some(given) = given {
                let _ = write!(said, "\n\n{}", of_query(spot.file, given));
            }
            said
        }
        Meaning::Event(name) => {
            format!(
                "{}\n\nAn event of the project.",
                code(&format!("event {name}"))
            )
        }
        Meaning::BuiltIn(name) => built_in(name),
        Meaning::Entry { section, name } => entry(
            spot.project.map(|project| &*project.manifest),
            *section,
            name,
        ),
        Meaning::Delivery { source, event } => {
            let manifest = spot.project.map(|project| &project.manifest);
            let delivered = format!("{source}.{event}");
            let of = manifest.and_then(|manifest| manifest.webhooks.get(&delivered));
            let of = of.map_or("json", |webhook| webhook.of.as_str());
            format!(
                "{}\n\nAn event that `{source}` delivers.",
                code(&format!("{delivered}: {of}"))
            )
        }
        Meaning::Label(label) => label_words(spot.project.map(|project| &*project.manifest), label),
        Meaning::Secret(name) => format!(
            "{}\n\nKept outside of the project; only its name stands here.",
            code(&format!("secret {name}"))
        ),
    }
}

/// Where a column of a query comes from.
fn of_query(file: &File, given: &Given) -> String {
    let query = &given.query;
    if let Some((connection, table, column)) = &given.of {
        return format!("Column `{column}` of `{connection}.{table}`, read by `{query}`.");
    }
    let Some(made) = given.made else {
        return format!("A column of `{query}`.");
    };
    let text = file.text.as_str();
    let start = text.get(..made.start as usize).unwrap_or_default();
    let start = start.rfind('\n').map_or(0, |line| line + 1);
    let end = text.get(made.end as usize..).unwrap_or_default();
    let end = made.end as usize + end.find('\n').unwrap_or(end.len());
    let line = text.get(start..end).unwrap_or_default().trim();
    format!("Made by the SQL of `{query}`:\n```sql\n{line}\n```")
}

/// An entry of the manifest: what it is, and who is cleared for what.
fn entry(manifest: Option<&Manifest>, section: Section, name: &str) -> String {
    let mut said = code(&format!("{} {name}", section.word()));
    let Some(manifest) = manifest else {
        return said;
    };
    match section {
        Section::Models => {
            if let Some(model) = manifest.models.get(name) {
                let which = (model.model.as_ref()).or(model.file.as_ref());
                let which = which.map_or(String::new(), |which| format!(": {which}"));
                let _ = write!(said, "\n\n{}{which}", model.kind);
                if let Some((input, output)) = model.price {
                    let _ = write!(
                        said,
                        "\n\n${input} for a million tokens in, ${output} for a million out."
                    );
                }
                // What runs in the same process sends nothing anywhere.
                if !matches!(model.kind.as_str(), "gguf" | "embedding") {
                    said.push_str(&cleared(&model.clearance));
                }
            }
        }
        Section::Groups => {
            let members = manifest.groups.get(name).cloned().unwrap_or_default();
            let _ = write!(said, "\n\n{}", members.join(", "));
            let clearance = manifest.clearances.get(name).cloned().unwrap_or_default();
            said.push_str(&cleared(&clearance));
        }
        _ => {}
    }
    let _ = write!(said, "\n\nStands in sophia.toml.");
    said
}

fn cleared(labels: &[String]) -> String {
    if labels.is_empty() {
        return "\n\nCleared for `internal` and no category, as nothing else is said.".to_owned();
    }
    let labels: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
    format!("\n\nCleared for {}.", labels.join(", "))
}

/// A label, and who is cleared for it by name.
fn label_words(manifest: Option<&Manifest>, label: &str) -> String {
    let mut said = code(&format!("@{label}"));
    let Some(manifest) = manifest else {
        return said;
    };
    let is_cleared = |labels: &[String]| {
        let mut labels = labels.iter();
        labels.any(|known| {
            let rest = label.strip_prefix(known.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    };
    let connections = manifest.connections.iter();
    let connections = connections.map(|(name, settings)| (name, &settings.clearance));
    let tools = manifest.tools.iter();
    let tools = tools.map(|(name, settings)| (name, &settings.clearance));
    let models = manifest.models.iter();
    let models = models.map(|(name, settings)| (name, &settings.clearance));
    let everybody = connections
        .chain(tools)
        .chain(models)
        .chain(&manifest.clearances);
    let cleared: Vec<String> = everybody
        .filter(|(_, labels)| is_cleared(labels))
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    let whom = if cleared.is_empty() {
        "Nothing outside is cleared for it.".to_owned()
    } else {
        format!("Cleared for it: {}.", cleared.join(", "))
    };
    let _ = write!(
        said,
        "\n\nA category of data: it travels with every value that is made of it. {whom}"
    );
    said
}

pub(crate) fn code(text: &str) -> String {
    format!("```sophia\n{text}\n```")
}

/// Outside words in one line, so that they can be taken for nothing else.
pub(crate) fn quoted(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    format!("“{}”", words.join(" ").replace('`', "'"))
}

fn built_in(name: &str) -> String {
    let known = sophia_compiler::found::built_ins();
    let found = known.iter().find(|function| function.name == name);
    let takes = found.and_then(|function| function.takes.clone());
    let takes = takes.map_or("…".to_owned(), |(takes, _)| takes.join(", "));
    format!("{}\n\nBuilt in.", code(&format!("{name}({takes})")))
}

/// A name that a file makes: how it is declared, its words, its type, what it costs and carries.
fn made(file: &File, binder: &Binder) -> String {
    let mut said = code(&head(file, binder));
    if !binder.documentation.is_empty() {
        let _ = write!(said, "\n\n{}", binder.documentation);
    }
    if let Some(row) = (file.places.as_ref()).and_then(|places| places.queries.get(&binder.name))
        && binder.kind == Kind::Query
    {
        let columns: Vec<String> = (row.fields.iter())
            .map(|field| format!("  {}: {}", field.name, field.of))
            .collect();
        let _ = write!(said, "\n\n{}", code(&columns.join("\n")));
    }
    if let Some(of) = file.type_of_name(binder)
        && matches!(binder.kind, Kind::Let | Kind::Item | Kind::Arriving)
    {
        let columns: Vec<String> = fields(&of)
            .iter()
            .map(|field| format!("  {}: {}", field.name, field.of))
            .collect();
        if !columns.is_empty() {
            let _ = write!(said, "\n\n{}", code(&columns.join("\n")));
        }
    }
    if let Some(cost) = cost(file, binder) {
        let _ = write!(said, "\n\n{cost}");
    }
    if let Some(labels) = labels(file, &binder.name) {
        let _ = write!(said, "\n\n{labels}");
    }
    said
}

/// The line that makes a name, with the type that was found where none is written.
fn head(file: &File, binder: &Binder) -> String {
    if matches!(
        binder.kind,
        Kind::Let
            | Kind::Item
            | Kind::Arriving
            | Kind::Failure
            | Kind::Parameter
            | Kind::Joined
            | Kind::Input
    ) {
        let of = file.type_of_name(binder);
        let of = of.map_or_else(String::new, |of| format!(": {of}"));
        return format!("{} {}{of}", binder.kind.word(), binder.name);
    }
    let written = file.text.at(binder.whole);
    let first = written.lines().next().unwrap_or_default();
    first.trim_end().trim_end_matches('{').trim_end().to_owned()
}

/// What a model call or a whole playbook costs at most.
fn cost(file: &File, binder: &Binder) -> Option<String> {
    let playbook = file.playbook.as_ref()?;
    match binder.kind {
        Kind::Model => {
            let facts = playbook.facts.as_ref()?;
            let most = facts.run.calls.get(binder.name.as_str())?.most?;
            Some(format!("At most {} a call.", dollars(&most.normalize())))
        }
        Kind::Playbook => {
            let outlook = playbook.outlook.as_ref()?;
            let shown = outlook
                .cost
                .shown(&|number| dollars(&number.round_dp(4).normalize()));
            Some(format!("At most {shown} a run."))
        }
        _ => None,
    }
}

/// An amount as people write it: `$1.00`, `$0.0125`.
pub(super) fn dollars(amount: &impl std::fmt::Display) -> String {
    let amount = amount.to_string();
    let cents = amount.split_once('.').map_or(0, |(_, cents)| cents.len());
    match cents {
        0 => format!("${amount}.00"),
        1 => format!("${amount}0"),
        _ => format!("${amount}"),
    }
}

/// What a step's result carries, and how each label came there.
fn labels(file: &File, name: &str) -> Option<String> {
    let facts = file.playbook.as_ref()?.facts.as_ref()?;
    let step = facts.steps.get(name)?;
    let mut label = step.result.label.clone();
    gather(&step.result, &mut label);
    let mut said = format!("Carries `{}`", label.highest().word());
    for atom in label.atoms() {
        if let Mark::Category(category) = &atom.mark {
            let way: Vec<String> = (atom.trail.stops().iter())
                .map(|stop| {
                    let note = if stop.note.is_empty() {
                        String::new()
                    } else {
                        format!(" ({})", stop.note)
                    };
                    format!("{}{note}", stop.what)
                })
                .collect();
            let _ = write!(said, "\n- `@{}`: {}", category.0, way.join(" → "));
        }
    }
    Some(said)
}

fn gather(known: &Known, label: &mut Label) {
    label.join(&known.label);
    match &known.parts {
        Parts::Whole => {}
        Parts::Fields(fields) => {
            for (_, known) in fields.iter() {
                gather(known, label);
            }
        }
        Parts::Items(item) => gather(item, label),
    }
}

fn table_words(project: Option<&std::sync::Arc<Project>>, connection: &str, table: &str) -> String {
    let pinned = project
        .and_then(|project| project.catalogue.connections.get(connection))
        .and_then(|pinned| pinned.tables.get(table));
    let mut said = code(&format!("table {connection}.{table}"));
    let Some(pinned) = pinned else {
        return said;
    };
    if let Some(rows) = pinned.rows {
        let _ = write!(said, "\n\n{rows} rows at the last sync");
    }
    let columns: Vec<String> = (pinned.columns.iter())
        .map(|column| {
            format!(
                "  {}: {}{}",
                column.name,
                column.declared,
                if column.nullable { "?" } else { "" }
            )
        })
        .collect();
    let _ = write!(said, "\n\n{}", code(&columns.join("\n")));
    said
}

fn column_words(
    project: Option<&std::sync::Arc<Project>>,
    connection: &str,
    table: &str,
    name: &str,
) -> String {
    let pinned = project
        .and_then(|project| project.catalogue.connections.get(connection))
        .and_then(|pinned| pinned.tables.get(table))
        .and_then(|table| table.columns.iter().find(|column| column.name == name));
    let Some(column) = pinned else {
        return code(name);
    };
    let missing = if column.nullable {
        "may be missing"
    } else {
        "never missing"
    };
    let mut said = format!(
        "{}\n\nA column of `{connection}.{table}`, {missing}.",
        code(&format!("{}: {}", column.name, column.declared))
    );
    let mut all: Vec<String> = column.labels.clone();
    if let Some(project) = project {
        let path = format!("{connection}.{table}.{name}");
        all.extend(
            project
                .manifest
                .labels
                .get(&path)
                .cloned()
                .unwrap_or_default(),
        );
    }
    if !all.is_empty() {
        let labels: Vec<String> = all.iter().map(|label| format!("`{label}`")).collect();
        let _ = write!(said, "\n\nLabels: {}", labels.join(", "));
    }
    said
}
