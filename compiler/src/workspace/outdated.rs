//! What a check has put something new in the place of: letting a long playbook's go takes time that whoever waits for the
//! answer need not spend.
//!
//! Kept true here: of a check that changes much, only a little is kept; nothing looks at what is kept.

use std::sync::Arc;

use sophia_language::Parsed;

use super::one_file::Leftover;
use super::recent::Moment;
use super::together::Seen;

/// Of each kind so much is kept at most.
const MOST: usize = 16;

/// What nothing needs any more.
#[derive(Default)]
pub(super) struct Outdated {
    trees: Vec<Arc<Parsed>>,
    moments: Vec<Moment>,
    seen: Vec<Seen>,
    leftovers: Vec<Leftover>,
}

impl Outdated {
    pub(super) fn tree(&mut self, tree: Arc<Parsed>) {
        keep(&mut self.trees, tree);
    }

    pub(super) fn moment(&mut self, moment: Moment) {
        keep(&mut self.moments, moment);
    }

    pub(super) fn seen(&mut self, seen: Seen) {
        keep(&mut self.seen, seen);
    }

    pub(super) fn leftover(&mut self, leftover: Leftover) {
        keep(&mut self.leftovers, leftover);
    }

    /// Lets it go.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

fn keep<T>(kept: &mut Vec<T>, thing: T) {
    if kept.len() < MOST {
        kept.push(thing);
    }
}
