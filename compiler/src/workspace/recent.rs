//! What open files said a moment ago: whoever takes a letter back, or undoes, has the answer that was there before.
//!
//! Kept true here: of a file that is open the last few texts are kept, of others none; what was found is given again
//! only for the same text and the same answers of the other files, under the same manifest and lock. What its plan said
//! among the others is kept with it; whether that still holds is asked as of any other file whose text stands still.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use super::one_file::Found;
use super::remembered::Finding;
use super::together::Seen;
use crate::declared::Others;

/// So many texts are kept of one file.
const OF_ONE: usize = 2;

/// So many are kept together.
const TOGETHER: usize = 8;

/// The last texts and what was found in them, the latest last.
#[derive(Default)]
pub(super) struct Recent {
    moments: VecDeque<(Arc<str>, Moment)>,
}

/// A text of a file: what was found in it, and what its plan said among the others, where it had one.
pub(super) struct Moment {
    pub(super) finding: Finding,
    pub(super) seen: Option<Seen>,
}

impl Recent {
    /// What was found in a text of a file, whatever others answer now.
    pub(super) fn find(&self, path: &Arc<str>, text: &Arc<str>) -> Option<&Finding> {
        let mut latest = self.moments.iter().rev();
        let found = latest.find(|(of, moment)| of == path && moment.finding.text == *text);
        found.map(|(_, moment)| &moment.finding)
    }

    /// What was found in a text of a file, where others answer as they did.
    pub(super) fn holding(
        &self,
        path: &Arc<str>,
        text: &Arc<str>,
        others: &dyn Others,
    ) -> Option<Finding> {
        let finding = self.find(path, text)?;
        finding.is_answered(others).then(|| Finding {
            text: text.clone(),
            ..finding.clone()
        })
    }

    /// What the plan of a finding that is kept said among the others.
    pub(super) fn seen(&self, found: &Arc<Found>) -> Option<&Seen> {
        let mut moments = self.moments.iter().map(|(_, moment)| moment);
        let moment = moments.find(|moment| Arc::ptr_eq(&moment.finding.found, found))?;
        moment.seen.as_ref()
    }

    /// Keeps what was found in a text, and gives what is kept no longer.
    pub(super) fn keep(&mut self, path: &Arc<str>, moment: Moment) -> Option<Moment> {
        let same = (self.moments.iter())
            .position(|(of, known)| of == path && known.finding.text == moment.finding.text);
        let own = self.moments.iter().filter(|(of, _)| of == path).count();
        let oldest = if own >= OF_ONE {
            self.moments.iter().position(|(of, _)| of == path)
        } else {
            (self.moments.len() >= TOGETHER).then_some(0)
        };
        let gone = same.or(oldest).and_then(|at| self.moments.remove(at));
        self.moments.push_back((path.clone(), moment));
        gone.map(|(_, moment)| moment)
    }

    /// Keeps what was found in these files alone.
    pub(super) fn keep_of(&mut self, paths: &BTreeSet<Arc<str>>) {
        self.moments.retain(|(path, _)| paths.contains(path));
    }
}
