//! What can be told of open files before the whole project is checked.
//!
//! Kept true here: only what the whole check will tell too is told early, and all of it: of a playbook with an error,
//! which has no plan of which more could be said. Nothing is taken as settled: the whole check asks anew whether it holds.

use std::collections::BTreeSet;
use std::sync::Arc;

use sophia_diagnostics::Diagnostic;

use super::memory::Memory;
use super::whole::order;
use crate::declared::Declares;
use crate::snapshot::Snapshot;

/// What is told of a file.
pub type Early = (Arc<str>, Vec<Diagnostic>);

impl Memory {
    /// Reads every file, checks those that an editor looks at, and those on which they rest.
    pub(super) fn look_early(&mut self, snapshot: &Snapshot) -> Vec<Early> {
        let settled = self.settled(snapshot);
        let settings = Self::settings(snapshot, settled.as_ref());
        let changes = self.take(snapshot);
        let is_open = |place: &usize| {
            (self.files.get(*place)).is_some_and(|file| self.noted.contains(&file.path))
        };
        let groups = self.schedule.groups.iter().enumerate();
        let wanted = groups.filter(|(_, places)| places.iter().any(is_open));
        let mut open: Vec<usize> = wanted.map(|(group, _)| group).collect();
        let mut early: BTreeSet<usize> = BTreeSet::new();
        while let Some(group) = open.pop() {
            if early.insert(group) {
                open.extend(self.schedule.rests_on.get(group).into_iter().flatten());
            }
        }
        self.check_files(settings, &changes, Some(&early));
        self.early = early;
        self.told_early()
    }

    fn told_early(&self) -> Vec<Early> {
        let second: BTreeSet<usize> = self.schedule.second.iter().map(|(own, _)| *own).collect();
        let files = self.files.iter().enumerate();
        let told = files.filter_map(|(place, file)| {
            let whole = self.noted.contains(&file.path)
                && file.outline.declares == Declares::Playbook
                && !second.contains(&place);
            let found = file.found().filter(|_| whole)?;
            let mut diagnostics = found.diagnostics.clone();
            if !diagnostics.iter().any(Diagnostic::is_error) {
                return None;
            }
            diagnostics.sort_by(|left, right| order(left).cmp(&order(right)));
            diagnostics.dedup();
            Some((file.path.clone(), diagnostics))
        });
        told.collect()
    }
}
