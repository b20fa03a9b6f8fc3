//! Where something is made and where it is used, across the files of a project.

use std::collections::BTreeMap;
use std::sync::Arc;

use sophia_diagnostics::Span;
use sophia_language::syntax::Header;

use super::meaning::{Meaning, fields};
use super::sql;
use crate::names::Kind;
use crate::project::{File, Project, Spot};

/// Places by the name of their file, in the order of the text.
pub(crate) type Spots = BTreeMap<Arc<str>, Vec<Span>>;

/// Every place that uses something, and, if wanted, the one that makes it.
pub(crate) fn of(spot: &Spot<'_>, meaning: &Meaning, with_maker: bool) -> Spots {
    let mut spots = Spots::new();
    match meaning {
        Meaning::Made { file, binder } => {
            let is_local = !binder.declared;
            let home = file.clone();
            add_own(&mut spots, &home, binder.span, with_maker);
            if !is_local && let Some(project) = spot.project {
                elsewhere(&mut spots, project, &home, &binder.name, binder.kind);
            }
        }
        Meaning::Event(name) => {
            for file in files(spot, name) {
                let Some(index) = file.index() else { continue };
                let found = index.events.iter().filter(|(event, _)| event == name);
                add(&mut spots, file, found.map(|(_, span)| *span));
            }
        }
        Meaning::Call { tool, call, .. } => {
            members(&mut spots, spot, tool, call);
        }
        Meaning::Table { connection, table } => {
            members(&mut spots, spot, connection, table);
        }
        Meaning::Tool(name) | Meaning::Connection(name) => {
            for file in files(spot, name) {
                let Some(index) = file.index() else { continue };
                let grant = index
                    .declared(name)
                    .filter(|binder| binder.kind == Kind::Grant);
                let Some(grant) = grant else { continue };
                let number = index.binder_at(grant.span.start as usize);
                let used = number.into_iter().flat_map(|number| index.uses_of(number));
                add(&mut spots, file, used.map(|used| used.span));
                add(&mut spots, file, [grant.span].into_iter());
            }
        }
        Meaning::Field { field, of } => {
            let file = spot.file;
            if let Some(index) = file.index() {
                let found = index.members.iter().filter(|member| {
                    member.name == *field.name
                        && file
                            .type_at(member.of)
                            .is_some_and(|base| fields(&base) == fields(of))
                });
                add(&mut spots, file, found.map(|member| member.span));
            }
        }
        Meaning::Within { made, .. } => {
            add(&mut spots, spot.file, sql::uses(spot, *made).into_iter());
            if with_maker {
                add(&mut spots, spot.file, [*made].into_iter());
            }
        }
        Meaning::Column { .. } | Meaning::BuiltIn(_) | Meaning::Entry { .. } => {
            let word = match meaning {
                Meaning::Column { column, .. } => column,
                Meaning::BuiltIn(name) | Meaning::Entry { name, .. } => name,
                _ => return spots,
            };
            if let Some(index) = spot.file.index() {
                let used = index.uses.iter();
                let used = used.filter(|used| used.binder.is_none() && used.name == *word);
                add(&mut spots, spot.file, used.map(|used| used.span));
            }
        }
    }
    for spans in spots.values_mut() {
        spans.sort_unstable();
        spans.dedup();
    }
    spots.retain(|_, spans| !spans.is_empty());
    spots
}

fn add(spots: &mut Spots, file: &Arc<File>, found: impl Iterator<Item = Span>) {
    spots.entry(file.name.clone()).or_default().extend(found);
}

/// The uses of a name in the file that makes it.
fn add_own(spots: &mut Spots, file: &Arc<File>, made: Span, with_maker: bool) {
    let Some(index) = file.index() else { return };
    let Some(number) = index.binder_at(made.start as usize) else {
        return;
    };
    add(spots, file, index.uses_of(number).map(|used| used.span));
    if with_maker {
        add(spots, file, [made].into_iter());
    }
}

/// The files in whose text a word stands.
fn files<'s>(spot: &'s Spot<'_>, word: &'s str) -> impl Iterator<Item = &'s Arc<File>> {
    let of_project = spot
        .project
        .into_iter()
        .flat_map(|project| project.files.values());
    let own = spot.project.is_none().then_some(spot.file);
    of_project
        .chain(own)
        .filter(move |file| file.text.as_str().contains(word))
}

/// `tool.call` and `connection.table`, wherever they stand.
fn members(spots: &mut Spots, spot: &Spot<'_>, base: &str, name: &str) {
    for file in files(spot, base) {
        let Some(index) = file.index() else { continue };
        let found = index.members.iter().filter(|member| {
            let of = member.base.and_then(|base| index.binder(base));
            member.name == name && of.is_some_and(|of| of.kind == Kind::Grant && of.written == base)
        });
        add(spots, file, found.map(|member| member.span));
    }
}

/// The uses of a declared name in other files.
fn elsewhere(spots: &mut Spots, project: &Project, home: &Arc<File>, name: &str, kind: Kind) {
    let header = home.parsed.as_ref().map(|parsed| &parsed.file.header);
    let own = match header {
        Some(Header::Module(own) | Header::Playbook(own)) => own.text.as_str(),
        _ => return,
    };
    let last = own.rsplit('.').next().unwrap_or(own);
    for file in project.files.values() {
        if Arc::ptr_eq(file, home) || !file.text.as_str().contains(last) {
            continue;
        }
        let Some(index) = file.index() else { continue };
        let grant = index
            .binders
            .iter()
            .enumerate()
            .find(|(_, binder)| binder.kind == Kind::Grant && binder.written == own);
        let Some((number, grant)) = grant else {
            continue;
        };
        match kind {
            Kind::Module | Kind::Playbook => {
                add(spots, file, [grant.span].into_iter());
                add(spots, file, index.uses_of(number).map(|used| used.span));
            }
            _ => {
                let found = index.members.iter();
                let found =
                    found.filter(|member| member.base == Some(number) && member.name == name);
                add(spots, file, found.map(|member| member.span));
            }
        }
    }
}

/// Where something is made: the file's name and the place, in the project's texts.
pub(crate) fn maker(spot: &Spot<'_>, meaning: &Meaning) -> Option<(Arc<str>, Span)> {
    let project = spot.project;
    match meaning {
        Meaning::Made { file, binder } => Some((file.name.clone(), binder.span)),
        Meaning::Connection(name) => in_manifest(project?, "connections", name),
        Meaning::Tool(name) => in_manifest(project?, "tools", name),
        Meaning::Entry { section, name } => in_manifest(project?, section, name),
        Meaning::Call { tool, call, .. } => {
            in_lock(project?, &format!("tools.{tool}.calls.{call}"), None)
        }
        Meaning::Table { connection, table } => in_lock(
            project?,
            &format!("connections.{connection}.tables.{table}"),
            None,
        ),
        Meaning::Column {
            connection,
            table,
            column,
        } => in_lock(
            project?,
            &format!("connections.{connection}.tables.{table}"),
            Some(column),
        ),
        Meaning::Within { made, .. } => Some((spot.file.name.clone(), *made)),
        Meaning::Field { field, of } => field_maker(spot, &field.name, of),
        Meaning::Event(name) => {
            let mut files = files(spot, name);
            files.find_map(|file| {
                let index = file.index()?;
                let (_, span) = index
                    .events
                    .iter()
                    .find(|(event, span)| event == name && emits(file, *span))?;
                Some((file.name.clone(), *span))
            })
        }
        Meaning::BuiltIn(_) => None,
    }
}

/// Whether the word before a place is `emit`.
fn emits(file: &File, span: Span) -> bool {
    let before = file.text.as_str().get(..span.start as usize);
    before.is_some_and(|before| before.trim_end().ends_with("emit"))
}

fn in_manifest(project: &Project, section: &str, name: &str) -> Option<(Arc<str>, Span)> {
    header(
        project,
        crate::folders::MANIFEST,
        &format!("{section}.{name}"),
    )
}

/// A place in the lock: of a table's section, or of a column in it.
fn in_lock(project: &Project, section: &str, column: Option<&str>) -> Option<(Arc<str>, Span)> {
    let (file, head) = header(project, crate::folders::LOCK, section)?;
    let Some(column) = column else {
        return Some((file, head));
    };
    let text = project.files.get(&file)?.text.as_str();
    let rest = text.get(head.end as usize..)?;
    let wanted = format!("name = \"{column}\"");
    let at = head.end as usize + rest.find(&wanted)? + "name = \"".len();
    Some((file, Span::new(at, at + column.len())))
}

/// The line `[section]` of one of the project's own files.
fn header(project: &Project, file: &str, section: &str) -> Option<(Arc<str>, Span)> {
    let file = project.files.get(file)?;
    let name = &file.name;
    let text = file.text.as_str();
    for open in [
        format!("[{section}]"),
        format!("[{section}."),
        format!("[[{section}."),
    ] {
        let found = text.match_indices(&open);
        let mut at_line = found.filter(|(at, _)| {
            text.get(..*at)
                .is_some_and(|before| before.is_empty() || before.ends_with('\n'))
        });
        if let Some((at, _)) = at_line.next() {
            let length = text
                .get(at..)
                .and_then(|rest| rest.lines().next())
                .map_or(0, str::len);
            return Some((name.clone(), Span::new(at, at + length)));
        }
    }
    None
}

/// Where a field is declared: in a `type`, or as a column of a query.
fn field_maker(
    spot: &Spot<'_>,
    field: &str,
    of: &sophia_plan::types::Type,
) -> Option<(Arc<str>, Span)> {
    let places = spot.file.places.as_ref()?;
    let parsed = spot.parsed()?;
    let same = |other: &[sophia_plan::types::FieldType]| other == fields(of);
    for item in &parsed.file.items {
        if let sophia_language::syntax::Item::Type(declared) = item {
            let known = places.declared.get(&declared.name.text);
            if known.is_some_and(|known| same(fields(known))) {
                let mut written = declared.fields().iter();
                let written = written.find(|written| written.name.text == field)?;
                return Some((spot.file.name.clone(), written.name.span));
            }
        }
        if let sophia_language::syntax::Item::Query(query) = item
            && let Some(row) = places.queries.get(&query.name.text)
            && row.field(field).is_some()
            && same(&row.fields)
        {
            return Some((spot.file.name.clone(), query.name.span));
        }
    }
    None
}
