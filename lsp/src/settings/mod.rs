//! Who names what in `sophia.toml` and `sophia.lock`: the project's own settings, and what playbooks say of them
//! without being granted it.
//!
//! Kept true here: a word of these texts names one [`Thing`] or none, whichever of the two texts it stands in; which of
//! several kinds the first word of a path is, the manifest that was read last says.

mod keys;
mod line;
mod named;
mod thing;
mod written;

use sophia_compiler::project::Manifest;
use sophia_diagnostics::Span;

use crate::folders::{LOCK, MANIFEST};

pub(crate) use keys::{Table, table, tables};
pub(crate) use line::{At, Line, line};
pub(crate) use thing::{Section, Thing};

/// A place in one of the two texts, and what it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) thing: Thing,
    pub(crate) span: Span,
    /// Whether the thing has its settings here.
    pub(crate) is_maker: bool,
}

/// Everything that the manifest or the lock names, in the order of the text; nothing for other texts.
pub(crate) fn named(file: &str, text: &str, manifest: &Manifest) -> Vec<Named> {
    let entries = match file {
        MANIFEST => named::of_manifest,
        LOCK => named::of_lock,
        _ => return Vec::new(),
    };
    let mut found = Vec::new();
    for written in written::written(text) {
        entries(&written, manifest, &mut found);
    }
    found
}
