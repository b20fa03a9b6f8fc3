//! The thread that reads folders and checks projects, so that the loop never waits for either.
//!
//! Kept true here: changes are taken in their order; those that came while a check ran are taken together before the
//! next one. What an open text says counts, whatever the disk holds.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Formatter};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};
use sophia_diagnostics::Problem;

use super::held::Held;
use super::view::{File, Hints, View};
use crate::folders::{Folders, MANIFEST};
use crate::sweeper::Sweeper;
use crate::text::{Encoding, Text};

/// Something that is otherwise now.
#[derive(Debug)]
pub(crate) enum Change {
    /// A folder is worked in.
    Folder(PathBuf),
    /// A text is open and says this.
    Written(PathBuf, Text),
    /// A text is no longer open: what the disk holds counts.
    Closed(PathBuf),
    /// Something happened to these files on the disk.
    Touched(Vec<PathBuf>),
}

impl Display for Change {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(out, "opening the folder {}", path.display()),
            Self::Written(path, _) => write!(out, "reading {}", path.display()),
            Self::Closed(path) => write!(out, "closing {}", path.display()),
            Self::Touched(paths) => {
                let files = if paths.len() == 1 { "file" } else { "files" };
                write!(
                    out,
                    "reading {} {files} that changed on the disk",
                    paths.len()
                )
            }
        }
    }
}

/// Changes, and the number of the last one.
#[derive(Debug)]
pub(crate) struct Errand {
    pub(crate) revision: u64,
    pub(crate) changes: Vec<Change>,
}

/// What the analyst tells the loop.
pub(crate) enum News {
    /// What holds now.
    View(Arc<View>),
    /// A project is read for the first time.
    Reading(PathBuf),
    /// It is read and checked; how many texts it has.
    Read(PathBuf, usize),
    /// Something a person should know.
    Problem(Problem),
    /// A mistake of ours, which is no reason to end.
    Broke(String),
}

/// Who checks.
pub(crate) struct Analyst {
    folders: Arc<dyn Folders>,
    encoding: Encoding,
    snippets: bool,
    news: Sender<News>,
    sweeper: Sweeper,
    /// Open texts.
    open: BTreeMap<PathBuf, Text>,
    /// The projects that paths belong to, as far as somebody asked.
    roots: BTreeMap<PathBuf, Option<PathBuf>>,
    held: BTreeMap<PathBuf, Held>,
    loose: BTreeMap<PathBuf, Arc<File>>,
    /// The number of the last change that what was told holds.
    told: u64,
}

impl Analyst {
    pub(crate) fn new(
        folders: Arc<dyn Folders>,
        (encoding, snippets): (Encoding, bool),
        news: Sender<News>,
        sweeper: Sweeper,
    ) -> Self {
        Self {
            folders,
            encoding,
            snippets,
            news,
            sweeper,
            open: BTreeMap::new(),
            roots: BTreeMap::new(),
            held: BTreeMap::new(),
            loose: BTreeMap::new(),
            told: 0,
        }
    }

    /// Works until nobody sends errands any more.
    pub(crate) fn work(mut self, errands: &Receiver<Errand>) {
        while let Ok(errand) = errands.recv() {
            let mut revision = errand.revision;
            let mut stirred = BTreeSet::new();
            self.take(errand.changes, &mut stirred);
            while let Ok(more) = errands.try_recv() {
                revision = more.revision;
                self.take(more.changes, &mut stirred);
            }
            self.check(&stirred);
            self.told = revision;
            self.tell(News::View(Arc::new(self.view())));
            for held in self.held.values_mut() {
                self.sweeper.let_go(held.tidy());
            }
        }
    }

    /// What holds now.
    fn view(&self) -> View {
        View {
            revision: self.told,
            encoding: self.encoding,
            snippets: self.snippets,
            hints: Hints::default(),
            projects: (self.held.iter())
                .map(|(root, held)| (root.clone(), held.seen()))
                .collect(),
            loose: self.loose.clone(),
        }
    }

    fn tell(&self, news: News) {
        // Nobody listens once the server ends.
        let _ = self.news.send(news);
    }

    fn take(&mut self, changes: Vec<Change>, stirred: &mut BTreeSet<PathBuf>) {
        for change in changes {
            let what = change.to_string();
            let taken = catch_unwind(AssertUnwindSafe(|| self.take_one(change, stirred)));
            if taken.is_err() {
                self.tell(News::Broke(format!("{what} broke off")));
            }
        }
    }

    fn take_one(&mut self, change: Change, stirred: &mut BTreeSet<PathBuf>) {
        match change {
            Change::Folder(path) => {
                if let Some(root) = self.folders.project_of(&path) {
                    self.hold(&root, stirred);
                }
            }
            Change::Written(path, text) => {
                let is_new = self.open.insert(path.clone(), text).is_none();
                self.write(&path, stirred);
                // Of an open text more is found than of others.
                if is_new && let Some(root) = self.root_of(&path) {
                    stirred.insert(root);
                }
            }
            Change::Closed(path) => {
                self.open.remove(&path);
                self.loose.remove(&path);
                self.write(&path, stirred);
            }
            Change::Touched(paths) => {
                for path in paths {
                    self.touched(&path, stirred);
                }
            }
        }
    }

    fn touched(&mut self, path: &Path, stirred: &mut BTreeSet<PathBuf>) {
        let is_manifest = path.file_name().is_some_and(|name| name == MANIFEST);
        if !is_manifest {
            self.write(path, stirred);
            return;
        }
        // A project may have come or gone: what belongs where is asked anew.
        self.roots.clear();
        let folder = path.parent().unwrap_or(path).to_path_buf();
        if !self.open.contains_key(path) && self.folders.read_text(path).is_none() {
            self.held.remove(&folder);
        }
        self.write(path, stirred);
        let inside = self.open.keys().filter(|open| open.starts_with(&folder));
        for open in inside.cloned().collect::<Vec<_>>() {
            self.loose.remove(&open);
            self.write(&open, stirred);
        }
    }

    fn root_of(&mut self, path: &Path) -> Option<PathBuf> {
        if let Some(known) = self.roots.get(path) {
            return known.clone();
        }
        let root = self.folders.project_of(path);
        self.roots.insert(path.to_path_buf(), root.clone());
        root
    }

    /// Takes over what a path says now: as an open text, or on the disk.
    fn write(&mut self, path: &Path, stirred: &mut BTreeSet<PathBuf>) {
        let open = self.open.get(path).cloned();
        let Some(root) = self.root_of(path) else {
            if let Some(text) = open {
                self.loose
                    .insert(path.to_path_buf(), Held::alone(path, text));
            }
            return;
        };
        if !self.held.contains_key(&root) {
            if open.is_some() {
                self.hold(&root, stirred);
            }
            // What nobody works in is not read.
            return;
        }
        let text = open.or_else(|| self.folders.read_text(path).map(Text::new));
        let Some(held) = self.held.get_mut(&root) else {
            return;
        };
        if held.write(path, text) {
            // A manifest may name files that nobody has read yet.
            for path in held.unread() {
                let text = self.folders.read_text(&path).map(Text::new);
                held.write(&path, text);
            }
            stirred.insert(root);
        }
    }

    /// Reads a project, unless it is held already.
    fn hold(&mut self, root: &Path, stirred: &mut BTreeSet<PathBuf>) {
        if self.held.contains_key(root) {
            return;
        }
        self.tell(News::Reading(root.to_path_buf()));
        let texts = match self.folders.read(root) {
            Ok(texts) => texts,
            Err(problem) => {
                self.tell(News::Problem(problem));
                self.tell(News::Read(root.to_path_buf(), 0));
                return;
            }
        };
        let mut held = Held::new(root, texts);
        for (path, text) in &self.open {
            if self.folders.project_of(path).as_deref() == Some(root) {
                held.write(path, Some(text.clone()));
            }
        }
        self.held.insert(root.to_path_buf(), held);
        stirred.insert(root.to_path_buf());
    }

    fn check(&mut self, stirred: &BTreeSet<PathBuf>) {
        for root in stirred {
            let Some(held) = self.held.get_mut(root) else {
                continue;
            };
            let is_first = held.is_new();
            held.note(self.open.keys());
            if is_first {
                self.look_early(root);
            }
            let Some(held) = self.held.get_mut(root) else {
                continue;
            };
            if catch_unwind(AssertUnwindSafe(|| held.check())).is_err() {
                // What was found may be half of a finding: it is found anew at the next change.
                held.forget();
                let message = format!("the check of {} broke off", root.display());
                self.tell(News::Broke(message));
                continue;
            }
            if is_first {
                let texts = held.texts();
                self.tell(News::Read(root.clone(), texts));
            }
        }
    }

    /// Tells what can be told of open texts before a project is checked. Nothing is answered from it: requests wait for
    /// the whole.
    fn look_early(&mut self, root: &Path) {
        let Some(held) = self.held.get_mut(root) else {
            return;
        };
        match catch_unwind(AssertUnwindSafe(|| held.look_early())) {
            Ok(None) => {}
            Ok(Some(project)) => {
                let mut view = self.view();
                view.projects.insert(root.to_path_buf(), project);
                self.tell(News::View(Arc::new(view)));
            }
            // The whole check, which does the same again, tells of it.
            Err(_) => {
                held.forget();
                held.note(self.open.keys());
            }
        }
    }
}
