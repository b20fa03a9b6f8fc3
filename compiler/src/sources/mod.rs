//! Places of a plan in the text that it came from.
//!
//! A plan holds no places but where its steps begin, so that it is the same however its playbook is
//! laid out. A [`Spot`] names a place by what stands there; it is looked up in the tree when a complaint
//! needs it, and costs nothing where there is none.

use std::sync::Arc;

use sophia_diagnostics::Span;
use sophia_language::syntax::{File, Header};
use sophia_plan::step::Origin;

mod node;
mod search;

use search::{declaration, node_at, trigger};

/// A place by what stands there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spot {
    /// The name before the dot of what came from a module: `sales`.
    pub module: Option<Arc<str>>,
    /// What it is in.
    pub home: Home,
    /// From there inwards.
    pub parts: Vec<Part>,
}

/// What a place is in.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Home {
    /// Nothing that was written.
    #[default]
    Nowhere,
    /// The lock.
    Lock,
    /// A statement or a call that begins here.
    Step(Origin),
    /// A declaration by its name.
    Declaration(Arc<str>),
    /// A trigger by its number.
    Trigger(usize),
    /// A place in the file of another playbook, which left there what is seen here.
    Elsewhere(Arc<str>, Span),
}

/// A part of what a place is in.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// An argument of a call by its name, or its number where it has none.
    Argument(Arc<str>, usize),
    /// A part of a text by its number.
    Hole(usize),
    /// A field of a record.
    Field(Arc<str>),
    /// An item of a list.
    Item(usize),
    /// A place in SQL by its number.
    SqlHole(usize),
    /// A column that SQL gives.
    SqlColumn(Arc<str>),
    /// What decides: the condition of a branch, the source of a loop, the value of a `match`.
    Deciding,
    /// The prompt of a model.
    Prompt,
    /// A route of a model by its name.
    Route(Arc<str>),
    /// Whom an `ask` asks.
    Whom,
    /// What an `ask` shows.
    Shown,
    /// What a form begins with.
    StartingWith,
    /// The rows of a `record`, the value of an `emit` or a `set`, what is returned.
    Value,
    /// The call of `undo with`.
    Undo,
    /// An escalation of `within` by its number.
    Escalation(usize),
}

impl Spot {
    /// A place inside this one.
    #[must_use]
    pub fn at(&self, part: Part) -> Self {
        let mut spot = self.clone();
        spot.parts.push(part);
        spot
    }
}

/// The files of a project, in which places are looked up.
#[derive(Clone, Debug, Default)]
pub struct Sources<'a> {
    files: Vec<Source<'a>>,
}

/// One file.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Its name in diagnostics.
    pub path: &'a Arc<str>,
    /// Its text.
    pub text: &'a str,
    /// Its tree.
    pub file: &'a File,
}

impl<'a> Sources<'a> {
    /// The files in any order.
    #[must_use]
    pub fn of(files: Vec<Source<'a>>) -> Self {
        Self { files }
    }

    /// Where a spot of the playbook in `file` is. What cannot be found inside a place is that place.
    #[must_use]
    pub fn find(&self, file: &Arc<str>, spot: &Spot) -> Option<(Arc<str>, Span)> {
        if let Home::Elsewhere(other, span) = &spot.home {
            return Some((other.clone(), *span));
        }
        let (module, home) = match &spot.home {
            Home::Declaration(name) => match name.split_once('.') {
                Some((module, inside)) => {
                    let home = Home::Declaration(Arc::from(inside));
                    (Some(Arc::from(module)), home)
                }
                None => (spot.module.clone(), spot.home.clone()),
            },
            home => (spot.module.clone(), home.clone()),
        };
        let source = self.files.iter().find(|source| match &module {
            Some(module) => is_module(source.file, module),
            None => source.path == file,
        })?;
        let mut node = match &home {
            Home::Nowhere | Home::Lock | Home::Elsewhere(..) => return None,
            Home::Step(origin) => node_at(source.file, offset(source.text, *origin)?)?,
            Home::Declaration(name) => declaration(source.file, name)?,
            Home::Trigger(number) => trigger(source.file, *number)?,
        };
        for part in &spot.parts {
            match node.part(part) {
                Some(inside) => node = inside,
                None => break,
            }
        }
        Some((source.path.clone(), node.span()))
    }

    /// The text of a file; empty where there is none of that name.
    pub(crate) fn text_of(&self, file: &Arc<str>) -> &'a str {
        let source = self.files.iter().find(|source| source.path == file);
        source.map_or("", |source| source.text)
    }

    /// The bytes from a place to the end of its line.
    #[must_use]
    pub fn first_line(&self, file: &Arc<str>, span: Span) -> u32 {
        let source = self.files.iter().find(|source| source.path == file);
        let rest = source.and_then(|source| source.text.get(span.start as usize..));
        let line = rest.and_then(|rest| rest.lines().next()).unwrap_or("");
        u32::try_from(line.len()).unwrap_or(u32::MAX)
    }

    /// The text at a place, with runs of blanks made one.
    #[must_use]
    pub fn text(&self, file: &Arc<str>, span: Span) -> String {
        let text = self
            .files
            .iter()
            .find(|source| source.path == file)
            .and_then(|source| source.text.get(span.range()))
            .unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

fn is_module(file: &File, last_word: &str) -> bool {
    match &file.header {
        Header::Module(name) => name.text.rsplit('.').next() == Some(last_word),
        Header::Playbook(_) | Header::Missing(_) => false,
    }
}

/// The byte of a place that is counted in lines and columns.
fn offset(text: &str, origin: Origin) -> Option<u32> {
    let line = (origin.line as usize).checked_sub(1)?;
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = text.get(start..)?;
    let column = (origin.column as usize).checked_sub(1)?;
    let inside: usize = rest.chars().take(column).map(char::len_utf8).sum();
    u32::try_from(start + inside).ok()
}
