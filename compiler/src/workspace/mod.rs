//! A project that is checked again and again, and what is kept between two checks.
//!
//! Kept true here: there is one way to check. [`check`] is the first check of a memory that is then thrown
//! away, so what a [`Workspace`] answers after any change is what a check from nothing would answer.

mod early;
mod memory;
mod one_file;
mod others;
mod outdated;
mod recent;
mod remembered;
mod ties;
mod together;
mod whole;

use std::collections::BTreeSet;
use std::sync::Arc;

use sophia_language::Parsed;

use crate::catalogue::Catalogue;
use crate::found::Places;
use crate::lower::Recorded;
use crate::project::Manifest;
use crate::snapshot::{Checked, Snapshot, SourceFile};
use crate::standard::is_standard;
pub use early::Early;
use memory::Memory;

/// Checks every file of a project. It reads nothing but the snapshot, and the same snapshot gives the
/// same answer.
#[must_use]
pub fn check(snapshot: &Snapshot) -> Checked {
    let mut memory = Memory::default();
    memory.check(snapshot);
    memory.into_checked()
}

/// A project that changes, and what was found in it.
///
/// A check does only what the changes since the last one can have touched: a file is checked again if its own
/// text changed, or if what it asked other files is answered otherwise now. A change of the manifest
/// or of the lock lets every file be checked again; their trees are kept.
#[derive(Default)]
pub struct Workspace {
    snapshot: Snapshot,
    memory: Memory,
}

impl Workspace {
    /// A project of which nothing is known yet.
    #[must_use]
    pub fn new(snapshot: Snapshot) -> Self {
        Self {
            snapshot,
            memory: Memory::default(),
        }
    }

    /// The project as it is now.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Gives a file a text. A new file stands before the first one whose path is greater.
    pub fn write(&mut self, path: &str, text: impl Into<Arc<str>>) {
        let text = text.into();
        let files = &mut self.snapshot.files;
        if let Some(file) = files.iter_mut().find(|file| &*file.path == path) {
            file.text = text;
            return;
        }
        let place = files.iter().position(|file| &*file.path > path);
        let file = SourceFile {
            path: Arc::from(path),
            text,
        };
        files.insert(place.unwrap_or(files.len()), file);
    }

    /// Takes a file away. Says whether there was one.
    pub fn remove(&mut self, path: &str) -> bool {
        let before = self.snapshot.files.len();
        self.snapshot.files.retain(|file| &*file.path != path);
        self.snapshot.files.len() < before
    }

    /// Changes the manifest.
    pub fn set_manifest(&mut self, manifest: Manifest) {
        if manifest != self.snapshot.manifest {
            self.snapshot.manifest = manifest;
            self.memory.forget_findings();
        }
    }

    /// Changes the lock.
    pub fn set_catalogue(&mut self, catalogue: Catalogue) {
        if catalogue != self.snapshot.catalogue {
            self.snapshot.catalogue = catalogue;
            self.memory.forget_findings();
        }
    }

    /// What holds of the project as it is now.
    pub fn check(&mut self) -> &Checked {
        self.memory.check(&self.snapshot)
    }

    /// Checks the files that are [noted](Self::note) and those on which they rest, before the whole project is checked
    /// for the first time. Gives for each of them of which the [check](Self::check) will tell nothing else, its path and
    /// what is wrong with it.
    pub fn look_early(&mut self) -> Vec<Early> {
        self.memory.look_early(&self.snapshot)
    }

    /// Makes ready for the next check, and gives what the last one has put something new in the place of: to let that go
    /// takes time. Without it the next check takes longer; whoever calls it once the answer is out lets nobody wait for it.
    pub fn tidy(&mut self) -> impl Send + 'static {
        self.memory.tidy()
    }

    /// What the last [check](Self::check) found.
    #[must_use]
    pub fn checked(&self) -> &Checked {
        &self.memory.checked
    }

    /// The paths of the files of which the last check may have found something else than the one before, or may have
    /// read it anew; nothing where that may be any.
    #[must_use]
    pub fn news(&self) -> Option<impl Iterator<Item = &Arc<str>>> {
        let places = self.memory.news.as_ref()?.iter();
        Some(places.filter_map(|place| self.memory.files.get(*place).map(|file| &file.path)))
    }

    /// Says of which files an editor wants to know what was found by its place.
    pub fn note(&mut self, paths: impl IntoIterator<Item = Arc<str>>) {
        self.memory.note(paths);
    }

    /// The files of which an editor wants to know what was found by its place.
    #[must_use]
    pub fn noted(&self) -> &BTreeSet<Arc<str>> {
        &self.memory.noted
    }

    /// What the last check found by its place in a file that is [noted](Self::note).
    #[must_use]
    pub fn places(&self, path: &str) -> Option<&Arc<Places>> {
        if !self.memory.noted.contains(path) {
            return None;
        }
        let mut files = self.memory.files.iter();
        let file = files.find(|file| &*file.path == path)?;
        file.found()?.places.as_ref()
    }

    /// The tree of a file, as the last check read it.
    #[must_use]
    pub fn parsed(&self, path: &str) -> Option<&Arc<Parsed>> {
        let mut files = self.memory.files.iter();
        let file = files.find(|file| &*file.path == path)?;
        Some(&file.parsed)
    }

    /// What the files record into tables and columns that the lock does not know, as the last check found it: the path
    /// of each file, and what one `record` of it wants.
    pub(crate) fn recorded(&self) -> impl Iterator<Item = (&Arc<str>, &Recorded)> {
        let found = (self.memory.files.iter()).filter_map(|file| Some((&file.path, file.found()?)));
        found.flat_map(|(path, found)| found.recorded.iter().map(move |recorded| (path, recorded)))
    }

    /// The modules of the standard library that some file uses: the name of each file, its text and its tree. Such a
    /// name begins with a zero byte, which no file of a folder has.
    pub fn standard(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<str>, &Arc<Parsed>)> {
        let files = self.memory.files.iter();
        let files = files.filter(|file| is_standard(&file.path));
        files.map(|file| (&file.path, &file.text, &file.parsed))
    }
}
