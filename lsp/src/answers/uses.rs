//! Where something is made and where it is used, across the files of a project.

use std::collections::BTreeMap;
use std::sync::Arc;

use sophia_diagnostics::Span;
use sophia_language::syntax::Header;

use super::called;
use super::columns::{self, Given};
use super::meaning::{Meaning, fields};
use super::settings;
use super::sql;
use crate::names::Kind;
use crate::project::{File, Spot};
use crate::settings::Section;

/// Places by the name of their file, in the order of the text.
pub(crate) type Spots = BTreeMap<Arc<str>, Vec<Span>>;

/// Every place that uses something, and, if wanted, the one that makes it.
pub(crate) fn of(spot: &Spot<'_>, meaning: &Meaning, with_maker: bool) -> Spots {
    among(spot, meaning, with_maker, &everywhere(spot))
}

/// The places of the text itself that use or make something: those that are shown as the cursor moves.
pub(crate) fn in_text(spot: &Spot<'_>, meaning: &Meaning) -> Vec<Span> {
    let mut spots = among(spot, meaning, true, &[spot.file]);
    spots.remove(&spot.file.name).unwrap_or_default()
}

/// The places in some files.
fn among(spot: &Spot<'_>, meaning: &Meaning, with_maker: bool, searched: &[&Arc<File>]) -> Spots {
    let mut spots = Spots::new();
    match meaning {
        Meaning::Made { file, binder } => {
            let is_local = !binder.declared;
            let home = file.clone();
            add_own(&mut spots, &home, binder.span, with_maker);
            if matches!(binder.kind, Kind::Parameter | Kind::Input) {
                for file in files(searched, &binder.name) {
                    let found = called::named(&home, binder, file);
                    add(&mut spots, file, found.into_iter());
                }
            }
            if !is_local {
                elsewhere(&mut spots, searched, &home, &binder.name, binder.kind);
            }
        }
        Meaning::Event(name) => {
            for file in files(searched, name) {
                let Some(index) = file.index() else { continue };
                let found = index.events.iter().filter(|(event, _)| event == name);
                add(&mut spots, file, found.map(|(_, span)| *span));
            }
        }
        Meaning::Call { tool, call, .. } => {
            members(&mut spots, searched, tool, call);
        }
        Meaning::Table { connection, table } => {
            members(&mut spots, searched, connection, table);
            for file in files(searched, table) {
                let is_it = |meaning: &Meaning| matches!(meaning, Meaning::Table { connection: of, table: named } if of == connection && named == table);
                add(&mut spots, file, spoken(spot, file, table, is_it));
            }
        }
        Meaning::Tool(name)
        | Meaning::Connection(name)
        | Meaning::Entry {
            section: Section::Knowledge,
            name,
        } => {
            for file in files(searched, name) {
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
        Meaning::Field {
            field,
            given: Some(given),
            ..
        } => {
            let same = |other: &Given| match given.made {
                Some(made) => other.made == Some(made),
                None => other == given,
            };
            let found = columns::uses(spot, &field.name, same);
            add(&mut spots, spot.file, found.into_iter());
            if let Some(made) = given.made {
                add(&mut spots, spot.file, sql::uses(spot, made).into_iter());
            }
            if with_maker {
                add(&mut spots, spot.file, given.made.or(given.at).into_iter());
            }
        }
        Meaning::Field { field, of, .. } => {
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
        Meaning::Within { name, made, rows } => {
            add(&mut spots, spot.file, sql::uses(spot, *made).into_iter());
            if rows.is_none() {
                let found = columns::uses(spot, name, |given| given.made == Some(*made));
                add(&mut spots, spot.file, found.into_iter());
            }
            if with_maker {
                add(&mut spots, spot.file, [*made].into_iter());
            }
        }
        Meaning::Delivery { source, event } => {
            members(&mut spots, searched, source, event);
        }
        Meaning::Column {
            connection,
            table,
            column,
        } => {
            for file in files(searched, column) {
                let is_it = |meaning: &Meaning| matches!(meaning, Meaning::Column { connection: of, table: within, column: named } if of == connection && within == table && named == column);
                add(&mut spots, file, spoken(spot, file, column, is_it));
            }
        }
        Meaning::BuiltIn(word) => {
            if let Some(index) = spot.file.index() {
                let used = index.uses.iter();
                let used = used.filter(|used| used.binder.is_none() && used.name == *word);
                add(&mut spots, spot.file, used.map(|used| used.span));
            }
        }
        Meaning::Entry { .. } | Meaning::Label(_) | Meaning::Secret(_) => {}
    }
    if let Some(project) = spot.project {
        let settings = settings::named(project, meaning, with_maker);
        for (file, spans) in settings
            .into_iter()
            .chain(settings::said(project, meaning, searched))
        {
            spots.entry(file).or_default().extend(spans);
        }
    }
    for spans in spots.values_mut() {
        spans.sort_unstable();
        spans.dedup();
    }
    spots.retain(|_, spans| !spans.is_empty());
    spots
}

/// The words of a file's SQL that mean what is looked for.
fn spoken(
    spot: &Spot<'_>,
    file: &File,
    word: &str,
    is_it: impl Fn(&Meaning) -> bool,
) -> impl Iterator<Item = Span> {
    let project = spot.project;
    let found = project.map(|project| sql::spoken(project, file, word));
    let found = found.into_iter().flatten();
    found.filter_map(move |(span, meaning)| is_it(&meaning).then_some(span))
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

/// Every file of the project.
fn everywhere<'v>(spot: &Spot<'v>) -> Vec<&'v Arc<File>> {
    let of_project = spot.project.into_iter();
    let of_project = of_project.flat_map(|project| project.files.values());
    let own = spot.project.is_none().then_some(spot.file);
    of_project.chain(own).collect()
}

/// The files in whose text a word stands.
fn files<'s>(searched: &'s [&'s Arc<File>], word: &'s str) -> impl Iterator<Item = &'s Arc<File>> {
    let searched = searched.iter().copied();
    searched.filter(move |file| file.text.as_str().contains(word))
}

/// `tool.call` and `connection.table`, wherever they stand.
fn members(spots: &mut Spots, searched: &[&Arc<File>], base: &str, name: &str) {
    for file in files(searched, base) {
        let Some(index) = file.index() else { continue };
        let found = index.members.iter().filter(|member| {
            let of = member.base.and_then(|base| index.binder(base));
            member.name == name && of.is_some_and(|of| of.kind == Kind::Grant && of.written == base)
        });
        add(spots, file, found.map(|member| member.span));
    }
}

/// The uses of a declared name in other files.
fn elsewhere(spots: &mut Spots, searched: &[&Arc<File>], home: &Arc<File>, name: &str, kind: Kind) {
    let header = home.parsed.as_ref().map(|parsed| &parsed.file.header);
    let own = match header {
        Some(Header::Module(own) | Header::Playbook(own)) => own.text.as_str(),
        _ => return,
    };
    let last = own.rsplit('.').next().unwrap_or(own);
    for &file in searched {
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
        Meaning::Connection(_)
        | Meaning::Tool(_)
        | Meaning::Entry { .. }
        | Meaning::Call { .. }
        | Meaning::Delivery { .. }
        | Meaning::Table { .. }
        | Meaning::Column { .. }
        | Meaning::Label(_)
        | Meaning::Secret(_) => settings::maker(project?, meaning),
        Meaning::Within { made, .. } => Some((spot.file.name.clone(), *made)),
        Meaning::Field {
            given: Some(given), ..
        } if given.made.or(given.at).is_some() => {
            let at = given.made.or(given.at)?;
            Some((spot.file.name.clone(), at))
        }
        Meaning::Field { field, of, .. } => field_maker(spot, &field.name, of),
        Meaning::Event(name) => {
            let everywhere = everywhere(spot);
            let mut files = files(&everywhere, name);
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
