//! Another name for something, everywhere it stands.
//!
//! Kept true here: what the project does not name itself is not renamed, and the refusal says who names it.

use std::collections::HashMap;

use sophia_diagnostics::Span;
use sophia_plan::types::Type;

use super::columns::Given;
use super::meaning::{Meaning, granted, meant};
use super::place::place_of;
use super::settings;
use super::sql;
use super::trial;
use super::uses;
use crate::names::{Binder, Kind};
use crate::project::{Project, Spot, View, address};
use crate::protocol::{
    PrepareRenameParams, PrepareRenamePlaceholder, PrepareRenameResult, RenameParams, TextEdit,
    WorkspaceEdit,
};
use crate::server::Refusal;
use crate::settings::Section;

/// What would be renamed at a place.
pub(crate) fn prepare(
    view: &View,
    params: PrepareRenameParams,
) -> Result<Option<PrepareRenameResult>, Refusal> {
    let Some((spot, offset)) = place_of(view, &params.text_document_position_params) else {
        return Ok(None);
    };
    let Some(meant) = meant(&spot, offset) else {
        return Ok(None);
    };
    let name = own_name(&spot, &meant.meaning)?;
    Ok(Some(PrepareRenameResult::PrepareRenamePlaceholder(
        PrepareRenamePlaceholder {
            range: spot.range(meant.span),
            placeholder: name,
        },
    )))
}

/// The edits of a rename.
pub(crate) fn rename(view: &View, params: RenameParams) -> Result<Option<WorkspaceEdit>, Refusal> {
    let Some((spot, offset)) = place_of(view, &params.text_document_position_params) else {
        return Ok(None);
    };
    let Some(meant) = meant(&spot, offset) else {
        return Err(Refusal::because("No name stands here."));
    };
    own_name(&spot, &meant.meaning)?;
    let new = params.new_name;
    is_name(&new, &meant.meaning)?;
    is_free(&spot, &new, &meant.meaning)?;
    let spots = match column(&meant.meaning) {
        Some((made, old)) => trial::renamed(&spot, made, old, &new)?,
        None => uses::of(&spot, &meant.meaning, true),
    };
    let mut changes: HashMap<_, Vec<TextEdit>> = HashMap::new();
    for (file, spans) in spots {
        if file.starts_with('\0') {
            return Err(Refusal::because("The standard library names this."));
        }
        for span in spans {
            let Some((uri, range)) = place(&spot, &file, span) else {
                continue;
            };
            let edit = TextEdit {
                range,
                new_text: new.clone(),
            };
            changes.entry(uri).or_default().push(edit);
        }
    }
    Ok(Some(WorkspaceEdit {
        changes: Some(changes),
        ..WorkspaceEdit::default()
    }))
}

/// A column that SQL names itself: where it does, and how.
fn column(meaning: &Meaning) -> Option<(Span, &str)> {
    match meaning {
        Meaning::Within {
            name,
            made,
            rows: None,
        } => Some((*made, name.as_str())),
        Meaning::Field {
            field,
            given: Some(given),
            ..
        } => Some((given.made?, &*field.name)),
        _ => None,
    }
}

fn place(
    spot: &Spot<'_>,
    file: &str,
    span: Span,
) -> Option<(crate::protocol::Uri, crate::protocol::Range)> {
    let project = spot.project?;
    let range = project
        .files
        .get(file)?
        .text
        .range(span, spot.view.encoding);
    Some((address(&project.root, file)?, range))
}

/// The name, where the project names the thing itself.
fn own_name(spot: &Spot<'_>, meaning: &Meaning) -> Result<String, Refusal> {
    let because = |words: String| Err(Refusal::because(words));
    match meaning {
        Meaning::Made { file, .. } if file.name.starts_with('\0') => {
            because("The standard library names this.".to_owned())
        }
        Meaning::Made { binder, .. } if matches!(binder.kind, Kind::Module | Kind::Playbook) => {
            because(format!(
                "Runs in flight and other projects know the {} by its name; change it by hand in its first line.",
                binder.kind.word()
            ))
        }
        Meaning::Made { binder, .. } if binder.kind == Kind::Grant => because(format!(
            "`{}` is not declared in this project.",
            binder.written
        )),
        Meaning::Made { binder, .. } => Ok(binder.name.clone()),
        Meaning::Tool(name) if is_source(spot, name) => because(format!(
            "What `{name}` delivers comes in under this name, and the secret that signs it is named after it: change it where it is sent from, then by hand in `[webhooks.{name}]` and `[tools.{name}]`."
        )),
        Meaning::Entry {
            section: Section::Environments,
            name,
        } => because(format!(
            "Whoever starts Sophia names the environment `{name}`; change it there, and by hand in `[env.{name}]`."
        )),
        Meaning::Event(name)
        | Meaning::Connection(name)
        | Meaning::Tool(name)
        | Meaning::Entry { name, .. }
        | Meaning::Label(name)
        | Meaning::Within { name, .. } => Ok(name.clone()),
        Meaning::Delivery { source, event } => {
            because(format!("`{source}.{event}` is named by who delivers it."))
        }
        Meaning::Secret(name) => because(format!(
            "The secret `{name}` is kept outside of the project under this name."
        )),
        Meaning::Call { tool, call, .. } => because(format!(
            "`{tool}.{call}` is named by its server; `[tools.{tool}.rename]` in sophia.toml can give it another name."
        )),
        Meaning::Table { connection, table } => {
            because(format!("`{table}` is named by the source `{connection}`."))
        }
        Meaning::Field {
            field,
            given: Some(given),
            ..
        } if given.made.is_some() => Ok(field.name.to_string()),
        Meaning::Column {
            connection, column, ..
        }
        | Meaning::Field {
            given:
                Some(Given {
                    of: Some((connection, _, column)),
                    ..
                }),
            ..
        } => because(format!(
            "`{column}` is named by the source `{connection}`; `as` in the SQL can give it another name."
        )),
        Meaning::Field { field, of, .. } => because(match of.present() {
            Type::Record(record) | Type::Table(record) if record.name.is_none() => format!(
                "`{}` is named where its rows are made: by a column of the SQL, by `add` or `select`, or by a record in braces. It is changed there, and what is wrong then is shown wherever it is used.",
                field.name
            ),
            _ => format!(
                "`{}` is changed in its type by hand: records of the same shape count as the same type, so nobody can say which of them are meant. What is wrong then is shown wherever it is used.",
                field.name
            ),
        }),
        Meaning::BuiltIn(name) => because(format!("`{name}` is built in.")),
    }
}

/// Whether a tool also delivers events.
fn is_source(spot: &Spot<'_>, name: &str) -> bool {
    let webhooks = spot.project.map(|project| project.manifest.webhooks.keys());
    let mut webhooks = webhooks.into_iter().flatten();
    webhooks.any(|key| key.split('.').next() == Some(name))
}

/// Whether a text is a name of the right form.
fn is_name(new: &str, meaning: &Meaning) -> Result<(), Refusal> {
    let is_of =
        |letter: char, marks: &str| letter.is_ascii_alphanumeric() || marks.contains(letter);
    match meaning {
        Meaning::Entry {
            section: Section::Groups,
            ..
        } => {
            let is_group = !new.is_empty() && new.chars().all(|letter| is_of(letter, "-_"));
            return if is_group {
                Ok(())
            } else {
                Err(Refusal::because(format!(
                    "`{new}` is no name of a group: it is made of letters, digits, `-` and `_`."
                )))
            };
        }
        Meaning::Label(_) => {
            let is_part = |part: &str| {
                part.starts_with(|first: char| first.is_ascii_lowercase())
                    && part
                        .chars()
                        .all(|letter| is_of(letter, "_") && !letter.is_ascii_uppercase())
            };
            return if new.split('.').all(is_part) {
                Ok(())
            } else {
                Err(Refusal::because(format!(
                    "`{new}` is no label: it is made of words in lower case, with dots between them."
                )))
            };
        }
        _ => {}
    }
    let mut letters = new.chars();
    let first = letters.next();
    let is_word = first.is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if !is_word {
        return Err(Refusal::because(format!(
            "`{new}` is no name: names are letters, digits and `_`, and begin with a letter."
        )));
    }
    let of_type = matches!(meaning, Meaning::Made { binder, .. } if binder.kind == Kind::Type);
    let is_upper = first.is_some_and(|first| first.is_ascii_uppercase());
    // SQL leaves the form of its names to whoever writes it.
    let is_of_sql = matches!(meaning, Meaning::Within { rows: Some(_), .. });
    if of_type != is_upper && !is_of_sql {
        let form = if of_type {
            "types are named in PascalCase"
        } else {
            "values are named in snake_case"
        };
        return Err(Refusal::because(format!("`{new}` does not fit: {form}.")));
    }
    Ok(())
}

/// Whether nothing else has the name where it would be seen.
fn is_free(spot: &Spot<'_>, new: &str, meaning: &Meaning) -> Result<(), Refusal> {
    if let Some(project) = spot.project {
        match meaning {
            Meaning::Connection(old) => {
                is_free_entry(project, Section::Connections, new)?;
                return is_free_grant(project, old, new);
            }
            Meaning::Tool(old) => {
                is_free_entry(project, Section::Tools, new)?;
                return is_free_grant(project, old, new);
            }
            Meaning::Entry { section, name } => {
                is_free_entry(project, *section, new)?;
                return is_free_grant(project, name, new);
            }
            Meaning::Label(_) => return is_free_label(project, new),
            _ => {}
        }
    }
    if let Meaning::Within {
        made,
        rows: Some(_),
        ..
    } = meaning
        && sql::says(spot, made.start as usize, new)
    {
        return Err(Refusal::because(format!(
            "`{new}` already stands in this SQL."
        )));
    }
    let Meaning::Made { file, binder } = meaning else {
        return Ok(());
    };
    let Some(index) = file.index() else {
        return Ok(());
    };
    let overlaps = |other: &crate::names::Binder| {
        other.name == new
            && other.span != binder.span
            && other.visible.start < binder.visible.end
            && binder.visible.start < other.visible.end
    };
    if let Some(other) = index.binders.iter().find(|other| overlaps(other)) {
        return Err(Refusal::because(format!(
            "`{new}` already means something in {}: {} {new}.",
            spot.file.name,
            other.kind.word()
        )));
    }
    Ok(())
}

/// Whether the manifest declares nothing of the name that could be taken for the entry.
fn is_free_entry(project: &Project, section: Section, new: &str) -> Result<(), Refusal> {
    let is_granted = matches!(
        section,
        Section::Connections | Section::Tools | Section::Knowledge
    ) && granted(project, new).is_some();
    if is_granted || settings::is_taken(&project.manifest, section, new) {
        return Err(Refusal::because(format!(
            "`{new}` already means something in this project."
        )));
    }
    Ok(())
}

/// Whether no label is called so; two that are called the same would be one.
fn is_free_label(project: &Project, new: &str) -> Result<(), Refusal> {
    let meaning = Meaning::Label(new.to_owned());
    let levels = [
        "public",
        "internal",
        "confidential",
        "restricted",
        "trusted",
    ];
    let mut spots = settings::named(project, &meaning, true).into_values();
    let files: Vec<_> = project.files.values().collect();
    let mut said = settings::said(project, &meaning, &files).into_values();
    let is_said = said.any(|spans| !spans.is_empty());
    if is_said || levels.contains(&new) || spots.any(|spans| !spans.is_empty()) {
        return Err(Refusal::because(format!(
            "`{new}` already is a label; two that are called the same would be one."
        )));
    }
    Ok(())
}

/// Whether nothing has the name in the playbooks that are granted the old one.
fn is_free_grant(project: &Project, old: &str, new: &str) -> Result<(), Refusal> {
    for file in project.files.values() {
        let Some(index) = file.index() else { continue };
        let mut binders = index.binders.iter();
        let has_grant = |binder: &Binder| binder.kind == Kind::Grant && binder.written == old;
        if !index.binders.iter().any(has_grant) {
            continue;
        }
        if let Some(other) = binders.find(|binder| binder.name == new) {
            return Err(Refusal::because(format!(
                "`{new}` already means something in {}: {} {new}.",
                file.name,
                other.kind.word()
            )));
        }
    }
    Ok(())
}
