//! What stands at a place: who makes the name there, in which file, or in the manifest or the lock.

use std::sync::Arc;

use sophia_compiler::found::{BUILT_IN_TYPES, Offered, offered};
use sophia_diagnostics::Span;
use sophia_language::syntax::Header;
use sophia_plan::types::{FieldType, Type};

use super::columns::{self, Given};
use super::settings;
use super::sql;
use crate::names::{Binder, Kind};
use crate::project::{File, Project, Spot};
use crate::settings::Section;

/// What is meant.
#[derive(Clone)]
pub(crate) enum Meaning {
    /// A name that a file of the project or the standard library makes.
    Made { file: Arc<File>, binder: Binder },
    /// A connection of the manifest.
    Connection(String),
    /// A tool of the manifest.
    Tool(String),
    /// A call of a tool, as the lock has it.
    Call {
        tool: String,
        call: String,
        offered: Arc<Offered>,
    },
    /// A table of a connection, as the lock has it.
    Table { connection: String, table: String },
    /// A column of a table, as the lock has it.
    Column {
        connection: String,
        table: String,
        column: String,
    },
    /// What a statement of SQL names itself, at a place of this file: rows with these columns, or a column.
    Within {
        name: String,
        made: Span,
        rows: Option<Vec<String>>,
    },
    /// A field of a record or a column of rows that the playbook made.
    Field {
        field: FieldType,
        of: Type,
        /// The column of a query that it is.
        given: Option<Given>,
    },
    /// An event of the project.
    Event(String),
    /// A function that needs no declaration.
    BuiltIn(String),
    /// Another entry of the manifest.
    Entry { section: Section, name: String },
    /// What a source delivers, as the manifest says.
    Delivery { source: String, event: String },
    /// A label, without its `@`.
    Label(String),
    /// A secret, by the name under which it is looked up.
    Secret(String),
}

/// A place, and what is meant there.
pub(crate) struct Meant {
    pub(crate) span: Span,
    pub(crate) meaning: Meaning,
}

/// What stands at a byte; `None` where no name does, or nobody knows it.
pub(crate) fn meant(spot: &Spot<'_>, offset: usize) -> Option<Meant> {
    let Some(index) = spot.file.index() else {
        return settings::meant(spot, offset);
    };
    if let Some(number) = index.binder_at(offset) {
        let binder = index.binder(number)?;
        let meaning = of_binder(spot, binder);
        return Some(Meant {
            span: binder.span,
            meaning,
        });
    }
    if let Some((event, span)) = index.events.iter().find(|(_, span)| span.touches(offset)) {
        return Some(Meant {
            span: *span,
            meaning: Meaning::Event(event.clone()),
        });
    }
    if let Some(member) = index.member_at(offset) {
        let base = member.base.and_then(|base| index.binder(base));
        let meaning = of_member(spot, base, member.of, &member.name)?;
        return Some(Meant {
            span: member.span,
            meaning,
        });
    }
    if let Some(said) = index.said_at(offset) {
        return Some(Meant {
            span: said.span,
            meaning: settings::of_said(spot.project?, said)?,
        });
    }
    if let Some(used) = index.use_at(offset) {
        let meaning = match used.binder.and_then(|binder| index.binder(binder)) {
            Some(binder) => of_binder(spot, binder),
            None => of_free(spot, &used.name, offset)?,
        };
        return Some(Meant {
            span: used.span,
            meaning,
        });
    }
    sql::meant(spot, offset)
}

/// What a call of a tool is, where the lock holds it.
pub(super) fn of_call(project: &Project, tool: &str, call: &str) -> Option<Meaning> {
    let found = offered(&project.manifest, &project.catalogue, tool, call)?;
    Some(Meaning::Call {
        tool: tool.to_owned(),
        call: call.to_owned(),
        offered: Arc::new(found),
    })
}

/// What a binder leads to: a grant leads to what it grants.
fn of_binder(spot: &Spot<'_>, binder: &Binder) -> Meaning {
    if binder.kind == Kind::Grant
        && let Some(project) = spot.project
        && let Some(meaning) = granted(project, &binder.written)
    {
        return meaning;
    }
    Meaning::Made {
        file: spot.file.clone(),
        binder: binder.clone(),
    }
}

/// What a name in `use` grants.
pub(crate) fn granted(project: &Project, name: &str) -> Option<Meaning> {
    if let Some((file, binder)) = headed(project, name) {
        return Some(Meaning::Made {
            file: file.clone(),
            binder: binder.clone(),
        });
    }
    let manifest = &project.manifest;
    if manifest.connections.contains_key(name) {
        Some(Meaning::Connection(name.to_owned()))
    } else if manifest.tools.contains_key(name) {
        Some(Meaning::Tool(name.to_owned()))
    } else if manifest.knowledge.contains(name) {
        Some(Meaning::Entry {
            section: Section::Knowledge,
            name: name.to_owned(),
        })
    } else {
        None
    }
}

/// The file of a module or a playbook, and the name in its first line.
pub(crate) fn headed<'p>(project: &'p Project, name: &str) -> Option<(&'p Arc<File>, &'p Binder)> {
    let file = project.files.values().find(|file| {
        let header = file.parsed.as_ref().map(|parsed| &parsed.file.header);
        matches!(header, Some(Header::Module(own) | Header::Playbook(own)) if own.text == name)
    })?;
    let mut binders = file.index()?.binders.iter();
    let binder = binders.find(|binder| matches!(binder.kind, Kind::Module | Kind::Playbook))?;
    Some((file, binder))
}

/// What a name behind a dot is.
pub(crate) fn of_member(
    spot: &Spot<'_>,
    base: Option<&Binder>,
    of: Span,
    name: &str,
) -> Option<Meaning> {
    if let Some(base) = base.filter(|base| base.kind == Kind::Grant) {
        let project = spot.project?;
        let granted = granted(project, &base.written)?;
        return match granted {
            Meaning::Made { file, .. } => {
                let binder = file.index()?.declared(name)?.clone();
                Some(Meaning::Made { file, binder })
            }
            Meaning::Tool(tool) => {
                let delivered = format!("{tool}.{name}");
                of_call(project, &tool, name).or_else(|| {
                    let is_known = project.manifest.webhooks.contains_key(&delivered);
                    is_known.then(|| Meaning::Delivery {
                        source: tool,
                        event: name.to_owned(),
                    })
                })
            }
            Meaning::Connection(connection) => {
                let tables = &project.catalogue.connections.get(&connection)?.tables;
                tables.contains_key(name).then(|| Meaning::Table {
                    connection,
                    table: name.to_owned(),
                })
            }
            _ => None,
        };
    }
    if base.is_none()
        && let Some(column) = of_table(spot, of, name)
    {
        return Some(column);
    }
    let of = spot.file.type_at(of)?;
    let field = fields(&of)
        .iter()
        .find(|field| &*field.name == name)?
        .clone();
    Some(columns::meaning(spot, field, of))
}

/// The column in `warehouse.reps.slack_id`.
fn of_table(spot: &Spot<'_>, of: Span, name: &str) -> Option<Meaning> {
    let index = spot.file.index()?;
    let mut members = index.members.iter();
    let table = members.find(|member| member.span.end == of.end && member.base.is_some())?;
    let base = index.binder(table.base?)?;
    let Some(Meaning::Table { connection, table }) =
        of_member(spot, Some(base), table.of, &table.name)
    else {
        return None;
    };
    let pinned = spot.project?.catalogue.connections.get(&connection)?;
    let mut columns = pinned.tables.get(&table)?.columns.iter();
    columns
        .any(|column| column.name == name)
        .then(|| Meaning::Column {
            connection,
            table,
            column: name.to_owned(),
        })
}

/// The fields of a record, or of the rows of a table.
pub(crate) fn fields(of: &Type) -> &[FieldType] {
    match of.present() {
        Type::Record(record) | Type::Table(record) => &record.fields,
        Type::List(item) => match item.present() {
            Type::Record(record) => &record.fields,
            _ => &[],
        },
        _ => &[],
    }
}

/// Whether a word is that of a built-in type where a type stands.
pub(super) fn is_type(spot: &Spot<'_>, name: &str, offset: usize) -> bool {
    let text = spot.file.text.as_str().get(..offset).unwrap_or_default();
    let word = text.trim_end_matches(|letter: char| letter.is_alphanumeric() || letter == '_');
    let before = word.trim_end();
    BUILT_IN_TYPES.contains(&name)
        && [":", "->", " of", " as", " for"]
            .iter()
            .any(|mark| before.ends_with(mark))
}

/// What a name is that nobody in the file makes: a column of the row that is looked at, or a built-in function.
fn of_free(spot: &Spot<'_>, name: &str, offset: usize) -> Option<Meaning> {
    let places = spot.file.places.as_ref();
    if let Some(row) = places.and_then(|places| places.row_at(offset))
        && let Some(field) = fields(row).iter().find(|field| &*field.name == name)
    {
        return Some(columns::meaning(spot, field.clone(), row.clone()));
    }
    if is_type(spot, name, offset) {
        return None;
    }
    let known = sophia_compiler::found::built_ins();
    let is_known = known.iter().any(|function| function.name == name);
    is_known.then(|| Meaning::BuiltIn(name.to_owned()))
}
