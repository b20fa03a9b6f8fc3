//! What the settings of a project mean, and where they are named: in the manifest, in the lock, and in playbooks that
//! need no grant to say them.

use std::sync::Arc;

use sophia_compiler::project::Manifest;
use sophia_diagnostics::Span;
use sophia_language::syntax::Header;

use super::meaning::{Meaning, Meant, headed, of_call};
use super::uses::Spots;
use crate::folders::{LOCK, MANIFEST};
use crate::names::{Kind, Said, Setting};
use crate::project::{File, Project, Spot};
use crate::settings::{Section, Thing};

/// What a word of the manifest or the lock names.
pub(super) fn meant(spot: &Spot<'_>, offset: usize) -> Option<Meant> {
    let project = spot.project?;
    let mut named = spot.file.named(&project.manifest).iter();
    let found = named.find(|named| named.span.touches(offset))?;
    Some(Meant {
        span: found.span,
        meaning: of_thing(project, &found.thing)?,
    })
}

/// What the settings name, where it is there.
fn of_thing(project: &Project, thing: &Thing) -> Option<Meaning> {
    let owned = |word: &String| word.clone();
    match thing {
        Thing::Entry { section, name } => Some(match section {
            Section::Connections => Meaning::Connection(owned(name)),
            Section::Tools => Meaning::Tool(owned(name)),
            section => Meaning::Entry {
                section: *section,
                name: owned(name),
            },
        }),
        Thing::Table { connection, table } => Some(Meaning::Table {
            connection: owned(connection),
            table: owned(table),
        }),
        Thing::Column {
            connection,
            table,
            column,
        } => Some(Meaning::Column {
            connection: owned(connection),
            table: owned(table),
            column: owned(column),
        }),
        Thing::Call { tool, call } => of_call(project, tool, call),
        Thing::Delivery { source, event } => Some(Meaning::Delivery {
            source: owned(source),
            event: owned(event),
        }),
        Thing::Label(label) => Some(Meaning::Label(owned(label))),
        Thing::Playbook(name) => {
            let (file, binder) = headed(project, name)?;
            Some(Meaning::Made {
                file: file.clone(),
                binder: binder.clone(),
            })
        }
        Thing::Input { playbook, input } => {
            let (file, _) = headed(project, playbook)?;
            let binder = file.index()?.declared(input)?.clone();
            Some(Meaning::Made {
                file: file.clone(),
                binder,
            })
        }
        Thing::Module(name) => {
            let file = project.files.get(name)?;
            let mut binders = file.index()?.binders.iter();
            let binder = binders.find(|binder| binder.kind == Kind::Module)?.clone();
            Some(Meaning::Made {
                file: file.clone(),
                binder,
            })
        }
        Thing::Secret(name) => Some(Meaning::Secret(owned(name))),
    }
}

/// What of the settings is meant, where they may name it.
fn thing_of(meaning: &Meaning) -> Option<Thing> {
    let owned = |word: &String| word.clone();
    match meaning {
        Meaning::Connection(name) => Some(Thing::entry(Section::Connections, name)),
        Meaning::Tool(name) => Some(Thing::entry(Section::Tools, name)),
        Meaning::Entry { section, name } => Some(Thing::entry(*section, name)),
        Meaning::Call { tool, call, .. } => Some(Thing::Call {
            tool: owned(tool),
            call: owned(call),
        }),
        Meaning::Table { connection, table } => Some(Thing::Table {
            connection: owned(connection),
            table: owned(table),
        }),
        Meaning::Column {
            connection,
            table,
            column,
        } => Some(Thing::Column {
            connection: owned(connection),
            table: owned(table),
            column: owned(column),
        }),
        Meaning::Delivery { source, event } => Some(Thing::Delivery {
            source: owned(source),
            event: owned(event),
        }),
        Meaning::Label(label) => Some(Thing::Label(owned(label))),
        Meaning::Secret(name) => Some(Thing::Secret(owned(name))),
        Meaning::Made { file, binder } => {
            let header = file.parsed.as_ref().map(|parsed| &parsed.file.header);
            match (header, binder.kind) {
                (Some(Header::Playbook(own)), Kind::Playbook) => {
                    Some(Thing::Playbook(own.text.clone()))
                }
                (Some(Header::Playbook(own)), Kind::Input) => Some(Thing::Input {
                    playbook: own.text.clone(),
                    input: binder.name.clone(),
                }),
                (Some(Header::Module(_)), Kind::Module) => {
                    Some(Thing::Module(file.name.to_string()))
                }
                _ => None,
            }
        }
        Meaning::Within { .. }
        | Meaning::Field { .. }
        | Meaning::Event(_)
        | Meaning::BuiltIn(_) => None,
    }
}

/// What a name of the settings is that a playbook says without a grant.
pub(super) fn of_said(project: &Project, said: &Said) -> Option<Meaning> {
    let sections: &[Section] = match said.of {
        Setting::Label => return Some(Meaning::Label(said.name.clone())),
        Setting::Model => &[Section::Models],
        Setting::Group => &[Section::Groups],
        Setting::Calendar => &[Section::Calendars],
        Setting::Destination => &[Section::Tools, Section::Connections, Section::Models],
    };
    let mut sections = sections.iter();
    let section = sections.find(|section| section.has(&project.manifest, &said.name))?;
    of_thing(project, &Thing::entry(*section, &said.name))
}

/// Where the manifest and the lock name something; with where it has its settings, if wanted.
pub(super) fn named(project: &Project, meaning: &Meaning, with_maker: bool) -> Spots {
    let mut spots = Spots::new();
    let Some(thing) = thing_of(meaning) else {
        return spots;
    };
    for file in [MANIFEST, LOCK]
        .iter()
        .filter_map(|name| project.files.get(name))
    {
        let named = file.named(&project.manifest).iter();
        let named = named.filter(|named| with_maker || !named.is_maker);
        let spans = named.filter_map(|named| matching(&named.thing, named.span, &thing));
        spots.insert(file.name.clone(), spans.collect());
    }
    spots
}

/// Where some of the playbooks say it without a grant.
pub(super) fn said(project: &Project, meaning: &Meaning, searched: &[&Arc<File>]) -> Spots {
    let mut spots = Spots::new();
    let Some(thing) = thing_of(meaning) else {
        return spots;
    };
    let (Thing::Entry { name: word, .. } | Thing::Label(word)) = &thing else {
        return spots;
    };
    let files = searched.iter();
    for file in files.filter(|file| file.text.as_str().contains(word)) {
        let Some(index) = file.index() else { continue };
        let spans = index.said.iter().filter_map(|said| {
            let meant = thing_of(&of_said(project, said)?)?;
            matching(&meant, said.span, &thing)
        });
        spots.insert(file.name.clone(), spans.collect());
    }
    spots
}

/// The place where something has its settings, and its file; of a label the first place that gives it to something.
pub(super) fn maker(project: &Project, meaning: &Meaning) -> Option<(Arc<str>, Span)> {
    let thing = thing_of(meaning)?;
    let is_label = matches!(thing, Thing::Label(_));
    let mut files = [MANIFEST, LOCK]
        .iter()
        .filter_map(|name| project.files.get(name));
    files.find_map(|file| {
        let mut named = file.named(&project.manifest).iter();
        let found = named.find(|named| (named.is_maker || is_label) && named.thing == thing)?;
        Some((file.name.clone(), found.span))
    })
}

/// The part of a place that names a thing, where it does: a label stands in each of its kinds, `pii` in `pii.email`.
fn matching(there: &Thing, span: Span, wanted: &Thing) -> Option<Span> {
    if let (Thing::Label(there), Thing::Label(wanted)) = (there, wanted) {
        let rest = there.strip_prefix(wanted.as_str())?;
        let start = span.start as usize;
        let is_kind = rest.is_empty() || rest.starts_with('.');
        return is_kind.then(|| Span::new(start, start + wanted.len()));
    }
    (there == wanted).then_some(span)
}

/// Whether a name is free for an entry of the manifest: nothing that stands where it may stand has it.
pub(super) fn is_taken(manifest: &Manifest, section: Section, name: &str) -> bool {
    let others: &[Section] = match section {
        Section::Connections | Section::Tools | Section::Models => {
            &[Section::Connections, Section::Tools, Section::Models]
        }
        Section::Knowledge => &[Section::Connections, Section::Tools, Section::Knowledge],
        Section::Calendars => &[Section::Calendars],
        Section::Groups => &[Section::Groups],
        Section::Environments => &[Section::Environments],
    };
    others.iter().any(|section| section.has(manifest, name))
}
