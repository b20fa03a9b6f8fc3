//! The tables and columns that a project records into and that its sources lack: what `sophia sync --create` makes.
//!
//! Kept true here: every column has the type of what is recorded into it; where two `record`s disagree, or nothing
//! says what a column holds, no table is made and the places are told. The same project gives the same answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sophia_diagnostics::{Diagnostic, Related, Span, codes};
use sophia_plan::types::{Currency, FieldType, Type};

use crate::catalogue::{Column, Table};
use crate::lower::Recorded;
use crate::query::{declared_for, definition, longest_name};
use crate::snapshot::Snapshot;
use crate::types::{join, with_article};
use crate::workspace::Workspace;

/// A table that is made of the rows of another that is made needs a round more; a longer chain is cut here.
const ROUNDS: usize = 16;

/// A table that is to be made, or one that is to have further columns.
#[derive(Clone, Debug, PartialEq)]
pub struct NewTable {
    /// The connection.
    pub connection: Arc<str>,
    /// Its name.
    pub table: Arc<str>,
    /// Whether the source has no such table; otherwise it lacks these columns.
    pub is_new: bool,
    /// The columns, in the order of the first `record`.
    pub columns: Vec<NewColumn>,
    /// By what its rows are known again; `None` where rows are appended by any `record`, and for further columns.
    pub key: Option<NewKey>,
    /// The files that record into it.
    pub files: Vec<Arc<str>>,
}

/// A column that is to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct NewColumn {
    /// Its name.
    pub name: Arc<str>,
    /// Its type, in the words of the connection's kind.
    pub declared: String,
    /// Whether a value may be missing.
    pub nullable: bool,
    /// What its numbers are, as `[units]` of the manifest says it; `None` for plain ones.
    pub unit: Option<String>,
    /// The labels of the field, without `@`.
    pub labels: Vec<Arc<str>>,
    /// What the field's type says of it.
    pub documentation: Option<Arc<str>>,
}

/// What tells rows apart.
#[derive(Clone, Debug, PartialEq)]
pub struct NewKey {
    /// The columns.
    pub columns: Vec<Arc<str>>,
    /// Whether none of them may be missing, as a primary key wants it.
    pub primary: bool,
}

/// What the sources of a project lack.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lacking {
    /// The tables, by connection and name.
    pub tables: Vec<NewTable>,
    /// What stands in the way: `record`s that disagree.
    pub diagnostics: Vec<Diagnostic>,
}

impl NewTable {
    /// The statements that make it, in the dialect of the connection's kind, each ended by a semicolon.
    #[must_use]
    pub fn statements(&self, kind: &str) -> String {
        definition(kind, self)
    }

    /// The paths of its columns that need a unit, as `connection.table.column`, each with its unit.
    pub fn units(&self) -> impl Iterator<Item = (String, &str)> {
        self.columns.iter().filter_map(|column| {
            let path = format!("{}.{}.{}", self.connection, self.table, column.name);
            Some((path, column.unit.as_deref()?))
        })
    }

    /// Puts it into a project, as if the source had it.
    fn put(&self, snapshot: &mut Snapshot) {
        let connections = &mut snapshot.catalogue.connections;
        let Some(connection) = connections.get_mut(&*self.connection) else {
            return;
        };
        let table =
            (connection.tables.entry(self.table.to_string())).or_insert_with(Table::default);
        for column in &self.columns {
            if table.columns.iter().any(|known| known.name == *column.name) {
                continue;
            }
            table.columns.push(Column {
                name: column.name.to_string(),
                declared: column.declared.clone(),
                nullable: column.nullable || !self.is_new,
                labels: Vec::new(),
            });
        }
        for (path, unit) in self.units() {
            (snapshot.manifest.units.entry(path)).or_insert_with(|| unit.to_owned());
        }
    }
}

/// What the sources of a project lack, as its lock knows them, for everything that its files record.
#[must_use]
pub fn lacking(snapshot: &Snapshot) -> Lacking {
    let mut workspace = Workspace::new(snapshot.clone());
    let mut wishes: BTreeMap<(Arc<str>, Arc<str>), Vec<Wish>> = BTreeMap::new();
    let mut known: BTreeSet<(Arc<str>, Span)> = BTreeSet::new();
    let mut lacking = Lacking::default();
    for _ in 0..ROUNDS {
        workspace.check();
        let before = known.len();
        for (file, recorded) in workspace.recorded() {
            if known.insert((file.clone(), recorded.span)) {
                let table = (recorded.connection.clone(), recorded.table.clone());
                wishes.entry(table).or_default().push(Wish {
                    file: file.clone(),
                    recorded: recorded.clone(),
                });
            }
        }
        if known.len() == before {
            break;
        }
        lacking = Lacking::default();
        let mut made = snapshot.clone();
        for wishes in wishes.values_mut() {
            wishes.sort_by(|left, right| left.place().cmp(&right.place()));
            match wishes.first().map(|first| decided(snapshot, first, wishes)) {
                Some(Ok(table)) => {
                    table.put(&mut made);
                    lacking.tables.push(table);
                }
                Some(Err(diagnostic)) => lacking.diagnostics.push(*diagnostic),
                None => {}
            }
        }
        // What rests on these tables can be told now.
        workspace.set_manifest(made.manifest);
        workspace.set_catalogue(made.catalogue);
    }
    lacking
}

/// What one `record` wants, and where.
struct Wish {
    file: Arc<str>,
    recorded: Recorded,
}

impl Wish {
    fn place(&self) -> (&str, u32) {
        (&self.file, self.recorded.span.start)
    }

    /// The fields that need a column: all of them for a table that is not there.
    fn wanted(&self, is_new: bool) -> impl Iterator<Item = &FieldType> {
        let lacking = self.recorded.without_column.as_ref().filter(|_| !is_new);
        (self.recorded.fields.iter())
            .filter(move |field| lacking.is_none_or(|lacking| lacking.contains(&field.name)))
    }

    /// The fields by which rows are known again, whatever their order.
    fn key(&self) -> BTreeSet<&str> {
        self.recorded.key.iter().map(|name| &**name).collect()
    }

    fn shown(&self) -> String {
        format!("{}.{}", self.recorded.connection, self.recorded.table)
    }

    fn complaint(&self, message: String) -> Diagnostic {
        Diagnostic::new(codes::S890, self.file.clone(), self.recorded.span, message)
    }
}

/// The one table that several `record`s want, the first of them also by itself.
fn decided(
    snapshot: &Snapshot,
    first: &Wish,
    wishes: &[Wish],
) -> Result<NewTable, Box<Diagnostic>> {
    let (connection, table) = (&first.recorded.connection, &first.recorded.table);
    let pinned = snapshot.catalogue.connections.get(&**connection);
    let kind = pinned.map(|pinned| &*pinned.kind).unwrap_or_default();
    let is_new = pinned.is_none_or(|pinned| !pinned.tables.contains_key(&**table));
    let mut fields: Vec<(FieldType, &Wish)> = Vec::new();
    for wish in wishes {
        if is_new {
            same_fields(first, wish)?;
        }
        for field in wish.wanted(is_new) {
            let known = (fields.iter_mut()).find(|(known, _)| same_name(&known.name, &field.name));
            let Some((known, of)) = known else {
                fields.push((field.clone(), wish));
                continue;
            };
            known.of = join(&known.of, &field.of)
                .ok_or_else(|| disagreement(of, wish, &field.name, (&known.of, &field.of)))?;
            let labels = (field.labels.iter()).filter(|label| !known.labels.contains(label));
            let labels: Vec<_> = labels.cloned().collect();
            known.labels.extend(labels);
        }
    }
    if let Some((field, wish)) = fields.iter().find(|(field, _)| field.of == Type::None) {
        return Err(Box::new(
            wish.complaint(format!(
                "Nothing says what the column `{}.{}` holds: what is recorded into it is always `none`.",
                wish.shown(),
                field.name
            ))
            .with_help(format!(
                "record something with a type, for example from an `input {}: text? = none`, or leave the field out",
                field.name
            )),
        ));
    }
    if let Some(longest) = longest_name(kind) {
        kept_whole(first, ("table", table), longest)?;
        for (field, wish) in &fields {
            kept_whole(wish, ("column", &field.name), longest)?;
        }
    }
    let key = if is_new { one_key(wishes)? } else { None };
    let key = key.map(|columns| NewKey {
        primary: (fields.iter())
            .all(|(field, _)| !columns.contains(&field.name) || !field.of.is_optional()),
        columns,
    });
    let mut files: Vec<Arc<str>> = wishes.iter().map(|wish| wish.file.clone()).collect();
    files.dedup();
    Ok(NewTable {
        connection: connection.clone(),
        table: table.clone(),
        is_new,
        columns: fields
            .into_iter()
            .map(|(field, _)| column(kind, field))
            .collect(),
        key,
        files,
    })
}

/// Whether a name is one that the source keeps whole: what is longer it cuts, so that nothing finds it again.
fn kept_whole(
    wish: &Wish,
    (what, name): (&str, &str),
    longest: usize,
) -> Result<(), Box<Diagnostic>> {
    let bytes = name.split('.').map(str::len).max().unwrap_or(0);
    if bytes <= longest {
        return Ok(());
    }
    let told = wish
        .complaint(format!(
            "PostgreSQL would cut the name of the {what} `{name}`."
        ))
        .with_note(format!(
            "it keeps {longest} bytes of a name, and this has {bytes}"
        ))
        .with_help(format!("give the {what} a shorter name"));
    Err(Box::new(told))
}

fn column(kind: &str, field: FieldType) -> NewColumn {
    let unit = match field.of.present() {
        Type::Money(Currency(code)) => Some(format!("money {code}")),
        Type::Percent => Some("percent".to_owned()),
        _ => None,
    };
    NewColumn {
        declared: declared_for(kind, &field.of).to_owned(),
        nullable: field.of.is_optional(),
        name: field.name,
        unit,
        labels: field.labels,
        documentation: field.documentation,
    }
}

/// A source keeps apart what differs by more than capitals, and no more.
fn same_name(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right)
}

/// Whether two `record`s have the same fields, so that neither lacks a column that the other needs.
fn same_fields(first: &Wish, other: &Wish) -> Result<(), Box<Diagnostic>> {
    let beyond = |of: &Wish, other: &Wish| -> Vec<String> {
        let has =
            |name: &str| (other.recorded.fields.iter()).any(|field| same_name(&field.name, name));
        (of.recorded.fields.iter())
            .filter(|field| !has(&field.name))
            .map(|field| format!("`{}`", field.name))
            .collect()
    };
    let (more, fewer) = (beyond(other, first), beyond(first, other));
    if more.is_empty() && fewer.is_empty() {
        return Ok(());
    }
    let mut told = Vec::new();
    for (fields, where_they_are) in [(more, "only here"), (fewer, "only there")] {
        if !fields.is_empty() {
            told.push(format!("{where_they_are}: {}", fields.join(", ")));
        }
    }
    let mut diagnostic = against(
        first,
        other,
        format!("Two `record`s give `{}` other columns.", other.shown()),
    );
    diagnostic.notes.extend(told);
    Err(Box::new(diagnostic.with_help(
        "record the same fields in both; where there is nothing to record, write `NAME: none`",
    )))
}

fn disagreement(
    first: &Wish,
    other: &Wish,
    field: &str,
    (there, here): (&Type, &Type),
) -> Box<Diagnostic> {
    let message = format!(
        "The column `{}.{field}` would hold {} here and {} elsewhere.",
        other.shown(),
        with_article(here),
        with_article(there)
    );
    Box::new(
        against(first, other, message)
            .with_help("record the same type in both, or name one of the fields otherwise"),
    )
}

/// The columns by which every `record` knows rows again; nothing where one of them appends.
fn one_key(wishes: &[Wish]) -> Result<Option<Vec<Arc<str>>>, Box<Diagnostic>> {
    let mut keyed = wishes.iter().filter(|wish| !wish.recorded.key.is_empty());
    let Some(first) = keyed.next() else {
        return Ok(None);
    };
    if let Some(other) = keyed.find(|other| other.key() != first.key()) {
        let message = format!(
            "Two `record`s know the rows of `{}` by other keys.",
            other.shown()
        );
        return Err(Box::new(
            against(first, other, message)
                .with_note(format!("here: {}", other.recorded.key.join(", ")))
                .with_note(format!("there: {}", first.recorded.key.join(", ")))
                .with_help("write the same columns behind `key` in both"),
        ));
    }
    let appended = wishes.iter().any(|wish| wish.recorded.key.is_empty());
    Ok((!appended).then(|| first.recorded.key.clone()))
}

/// A complaint at one `record` that points to another.
fn against(first: &Wish, other: &Wish, message: String) -> Diagnostic {
    let mut diagnostic = other.complaint(message);
    diagnostic.related.push(Related {
        file: first.file.clone(),
        span: first.recorded.span,
        message: "the other one".to_owned(),
    });
    diagnostic
}
