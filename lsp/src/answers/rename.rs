//! Another name for something, everywhere it stands.
//!
//! Kept true here: what the project does not name itself is not renamed, and the refusal says who names it.

use std::collections::HashMap;

use sophia_plan::types::Type;

use super::entries;
use super::meaning::{Meaning, granted, meant};
use super::place::place_of;
use super::sql;
use super::uses::{self, Spots};
use crate::folders::{LOCK, MANIFEST};
use crate::names::{Binder, Kind};
use crate::project::{Project, Spot, View, address};
use crate::protocol::{
    PrepareRenameParams, PrepareRenamePlaceholder, PrepareRenameResult, RenameParams, TextEdit,
    WorkspaceEdit,
};
use crate::server::Refusal;

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
    let name = own_name(&meant.meaning)?;
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
    own_name(&meant.meaning)?;
    let new = params.new_name;
    is_name(&new, &meant.meaning)?;
    is_free(&spot, &new, &meant.meaning)?;
    let mut spots = uses::of(&spot, &meant.meaning, true);
    spots.extend(own_texts(&spot, &meant.meaning));
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

/// Where the manifest and the lock name a connection or a tool.
fn own_texts(spot: &Spot<'_>, meaning: &Meaning) -> Spots {
    let (section, name) = match meaning {
        Meaning::Connection(name) => ("connections", name),
        Meaning::Tool(name) => ("tools", name),
        _ => return Spots::new(),
    };
    let files = [MANIFEST, LOCK].into_iter().filter_map(|file| {
        let file = spot.project?.files.get(file)?;
        let found = entries::named(file.text.as_str(), section, name);
        Some((file.name.clone(), found))
    });
    files.filter(|(_, found)| !found.is_empty()).collect()
}

fn place(
    spot: &Spot<'_>,
    file: &str,
    span: sophia_diagnostics::Span,
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
fn own_name(meaning: &Meaning) -> Result<String, Refusal> {
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
        Meaning::Event(name)
        | Meaning::Connection(name)
        | Meaning::Tool(name)
        | Meaning::Within {
            name,
            rows: Some(_),
            ..
        } => Ok(name.clone()),
        Meaning::Entry { section, name } => because(format!(
            "`{name}` is named in sophia.toml: change it there by hand, in `[{section}.{name}]`, and wherever a playbook says it."
        )),
        Meaning::Call { tool, call, .. } => because(format!(
            "`{tool}.{call}` is named by its server; `[tools.{tool}.rename]` in sophia.toml can give it another name."
        )),
        Meaning::Table { connection, table } => {
            because(format!("`{table}` is named by the source `{connection}`."))
        }
        Meaning::Column {
            connection, column, ..
        } => because(format!(
            "`{column}` is named by the source `{connection}`; `as` in the SQL can give it another name."
        )),
        Meaning::Within { name, .. } => because(format!(
            "`{name}` is named by this SQL, and may be a column that the SQL gives: it is changed there, and what is wrong then is shown wherever it is used."
        )),
        Meaning::Field { field, of } => because(match of.present() {
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

/// Whether a text is a name of the right form.
fn is_name(new: &str, meaning: &Meaning) -> Result<(), Refusal> {
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
    if of_type != is_upper && !matches!(meaning, Meaning::Within { .. }) {
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
    if let (Meaning::Connection(old) | Meaning::Tool(old), Some(project)) = (meaning, spot.project)
    {
        return is_free_entry(project, old, new);
    }
    if let Meaning::Within { made, .. } = meaning
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

/// Whether nothing that playbooks may be granted has the name, and nothing in those that are granted the old one.
fn is_free_entry(project: &Project, old: &str, new: &str) -> Result<(), Refusal> {
    if granted(project, new).is_some() {
        return Err(Refusal::because(format!(
            "`{new}` already means something in this project."
        )));
    }
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
