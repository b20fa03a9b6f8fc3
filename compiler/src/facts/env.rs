//! What is known about the names in sight.
//!
//! Kept true here: the innermost name hides those outside; after a branch only what holds on every
//! way into it remains.

use std::sync::Arc;

use super::known::{Known, Parts};

/// The way to a value that something can vouch for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) root: Root,
    /// From the root inwards.
    pub(super) fields: Vec<Arc<str>>,
}

/// Where a way begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Root {
    /// A name of the scope.
    Name(Arc<str>),
    /// The row that a stage looks at.
    Row,
}

/// The names in sight, the innermost last. A clone shares them, and what is known of each, until one of both learns
/// something else.
#[derive(Clone, Debug, Default)]
pub(super) struct Env {
    names: Arc<Vec<Arc<Name>>>,
}

#[derive(Clone, Debug)]
struct Name {
    called: Arc<str>,
    known: Known,
    /// What somebody was shown who answered under this name.
    shown: Arc<[Path]>,
}

impl Env {
    /// Adds a name.
    pub(super) fn bind(&mut self, name: Arc<str>, known: Known) {
        self.put(Name {
            called: name,
            known,
            shown: Arc::default(),
        });
    }

    /// Adds the name of a person's answer, and what that person was shown.
    pub(super) fn bind_answer(&mut self, name: Arc<str>, known: Known, shown: Vec<Path>) {
        self.put(Name {
            called: name,
            known,
            shown: Arc::from(shown),
        });
    }

    fn put(&mut self, name: Name) {
        Arc::make_mut(&mut self.names).push(Arc::new(name));
    }

    /// What is known about a name.
    pub(super) fn get(&self, name: &str) -> Option<&Known> {
        self.find(name).map(|found| &found.known)
    }

    /// What somebody was shown who answered under a name.
    pub(super) fn shown(&self, name: &str) -> Arc<[Path]> {
        self.find(name)
            .map_or_else(|| Arc::from([]), |found| found.shown.clone())
    }

    fn find(&self, name: &str) -> Option<&Name> {
        let mut names = self.names.iter().rev();
        let found = names.find(|known| *known.called == *name);
        found.map(|found| &**found)
    }

    /// How many names are in sight.
    pub(super) fn depth(&self) -> usize {
        self.names.len()
    }

    /// Forgets the names that were added after there were so many.
    pub(super) fn forget(&mut self, depth: usize) {
        if depth < self.names.len() {
            Arc::make_mut(&mut self.names).truncate(depth);
        }
    }

    /// Remembers that something vouches for the value at a path.
    pub(super) fn vouch(&mut self, name: &str, fields: &[Arc<str>]) {
        let place = self.names.iter().rposition(|known| *known.called == *name);
        let names = Arc::make_mut(&mut self.names);
        if let Some(found) = place.and_then(|place| names.get_mut(place)) {
            vouch(&mut Arc::make_mut(found).known, fields);
        }
    }

    /// What holds whichever of two ways was taken. Both began with the same names.
    pub(super) fn merge(mut self, other: &Self) -> Self {
        if Arc::ptr_eq(&self.names, &other.names) {
            return self;
        }
        let common = self.names.len().min(other.names.len());
        let names = Arc::make_mut(&mut self.names);
        names.truncate(common);
        for (mine, theirs) in names.iter_mut().zip(other.names.iter()) {
            if !Arc::ptr_eq(mine, theirs) {
                *mine = Arc::new(Name {
                    called: mine.called.clone(),
                    known: mine.known.join(&theirs.known),
                    shown: mine.shown.clone(),
                });
            }
        }
        self
    }
}

/// Takes the doubt away from a value and everything in it.
pub(super) fn vouch(known: &mut Known, fields: &[Arc<str>]) {
    let Some((first, rest)) = fields.split_first() else {
        return known.each(&mut |label| label.doubt = None);
    };
    if let Parts::Fields(inner) = &mut known.parts
        && let Some((_, field)) = Arc::make_mut(inner)
            .iter_mut()
            .find(|(name, _)| name == first)
    {
        vouch(field, rest);
    }
}
