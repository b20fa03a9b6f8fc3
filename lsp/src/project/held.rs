//! One project that is held: its texts, what was found in them, and what the server shows of it.
//!
//! Kept true here: a manifest or a lock with errors does not throw away what was known; files are checked against the
//! last one that had none, and the errors stand at their own places.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use sophia_compiler::catalogue::Catalogue;
use sophia_compiler::found::Places;
use sophia_compiler::project::{Manifest, ManifestPaths};
use sophia_compiler::{Checked, Playbook, Snapshot, SourceFile, Workspace};
use sophia_diagnostics::Diagnostic;

use super::files::Files;
use super::scratch::Scratch;
use super::view::{File, Project, name_in};
use crate::folders::{LOCK, MANIFEST, Texts};
use crate::text::Text;

/// A project between two changes.
pub(crate) struct Held {
    root: PathBuf,
    workspace: Workspace,
    texts: BTreeMap<Arc<str>, Text>,
    manifest: Arc<Manifest>,
    catalogue: Arc<Catalogue>,
    /// What is wrong with the manifest and with the lock.
    of_manifest: Vec<Diagnostic>,
    of_lock: Vec<Diagnostic>,
    /// The files that the manifest names for its holidays.
    holiday_files: BTreeSet<String>,
    /// The paths of the manifest's text, once they were looked up in this manifest and this lock.
    paths: Option<ManifestPaths>,
    /// Whether there was a manifest without errors so far.
    sound: bool,
    seen: Option<Arc<Project>>,
    /// Where other texts are tried.
    scratch: Arc<Scratch>,
    /// The names of the texts that were written since, or that were opened or closed.
    written: BTreeSet<String>,
    /// The names of the texts of which something was said.
    told: BTreeSet<String>,
    /// Whether texts came or went since, or the manifest or the lock was read.
    is_unsettled: bool,
}

impl Held {
    /// A project of these texts.
    pub(crate) fn new(root: &Path, texts: Texts) -> Self {
        let files = texts.iter().filter(|(name, _)| is_playbook(name));
        let files = files.map(|(path, text)| SourceFile {
            path: path.clone(),
            text: text.clone(),
        });
        let snapshot = Snapshot {
            files: files.collect(),
            ..Snapshot::default()
        };
        let texts = texts.into_iter();
        let mut held = Self {
            root: root.to_path_buf(),
            workspace: Workspace::new(snapshot),
            texts: texts.map(|(name, text)| (name, Text::new(text))).collect(),
            manifest: Arc::default(),
            catalogue: Arc::default(),
            of_manifest: Vec::new(),
            of_lock: Vec::new(),
            holiday_files: BTreeSet::new(),
            paths: None,
            sound: false,
            seen: None,
            scratch: Arc::default(),
            written: BTreeSet::new(),
            told: BTreeSet::new(),
            is_unsettled: true,
        };
        held.read_manifest();
        held.read_lock();
        held
    }

    /// A text that belongs to no project: its syntax alone is looked at.
    pub(crate) fn alone(path: &Path, text: Text) -> Arc<File> {
        let name = path.file_name().unwrap_or(path.as_os_str());
        let name: Arc<str> = Arc::from(name.to_string_lossy().as_ref());
        let parsed = sophia_language::parse(text.as_str(), name.clone());
        Arc::new(File {
            diagnostics: parsed.diagnostics.clone(),
            name,
            text,
            parsed: Some(Arc::new(parsed)),
            playbook: None,
            places: None,
            index: OnceLock::new(),
            named: OnceLock::new(),
        })
    }

    /// Says which files are open: of these everything is found by its place.
    pub(crate) fn note<'p>(&mut self, open: impl Iterator<Item = &'p PathBuf>) {
        let names = open.filter_map(|path| name_in(&self.root, path));
        let names: BTreeSet<Arc<str>> = names.map(Arc::from).collect();
        let other = names.symmetric_difference(self.workspace.noted());
        self.written.extend(other.map(ToString::to_string));
        self.workspace.note(names);
    }

    /// Whether it was never checked.
    pub(crate) fn is_new(&self) -> bool {
        self.seen.is_none()
    }

    /// How many texts it has.
    pub(crate) fn texts(&self) -> usize {
        self.texts.len()
    }

    /// Gives a file a text, or takes it away. Says whether anything is otherwise now.
    pub(crate) fn write(&mut self, path: &Path, text: Option<Text>) -> bool {
        let Some(name) = name_in(&self.root, path) else {
            return false;
        };
        let is_own = name == MANIFEST || name == LOCK;
        if !is_own && !is_playbook(&name) && !self.holiday_files.contains(&name) {
            return false;
        }
        let before = self.texts.get(name.as_str());
        if before.map(Text::as_str) == text.as_ref().map(Text::as_str) {
            return false;
        }
        self.is_unsettled |= before.is_none() || text.is_none();
        self.written.insert(name.clone());
        match &text {
            Some(text) => {
                self.texts.insert(Arc::from(name.as_str()), text.clone());
            }
            None => {
                self.texts.remove(name.as_str());
            }
        }
        match (name.as_str(), text) {
            (MANIFEST, _) => self.read_manifest(),
            (LOCK, _) => self.read_lock(),
            (name, _) if !is_playbook(name) => self.read_manifest(),
            (_, Some(text)) => self.workspace.write(&name, text.shared().clone()),
            (_, None) => {
                self.workspace.remove(&name);
            }
        }
        true
    }

    /// The files that the manifest names and of which no text is known, by their paths.
    pub(crate) fn unread(&self) -> Vec<PathBuf> {
        let names = self.holiday_files.iter();
        let names = names.filter(|name| !self.texts.contains_key(name.as_str()));
        names.map(|name| self.root.join(name)).collect()
    }

    fn read_manifest(&mut self) {
        self.paths = None;
        self.is_unsettled = true;
        let name: Arc<str> = Arc::from(MANIFEST);
        let text = self.texts.get(MANIFEST).map_or("", Text::as_str);
        let (mut manifest, mut diagnostics) = Manifest::from_toml(text, &name);
        self.holiday_files = manifest.holiday_files.values().cloned().collect();
        let texts = &self.texts;
        let text_of = |file: &str| texts.get(file).map(Text::as_str);
        diagnostics.extend(manifest.take_holidays(text_of, &name));
        let is_sound = !diagnostics.iter().any(Diagnostic::is_error);
        self.of_manifest = diagnostics;
        if is_sound || !self.sound {
            self.sound = is_sound;
            self.manifest = Arc::new(manifest.clone());
            self.workspace.set_manifest(manifest);
        }
    }

    fn read_lock(&mut self) {
        self.paths = None;
        self.is_unsettled = true;
        let name: Arc<str> = Arc::from(LOCK);
        let read = match self.texts.get(LOCK) {
            Some(text) => Catalogue::from_toml(text.as_str(), &name),
            None => Ok(Catalogue::default()),
        };
        match read {
            Ok(catalogue) => {
                self.of_lock.clear();
                self.catalogue = Arc::new(catalogue.clone());
                self.workspace.set_catalogue(catalogue);
            }
            Err(diagnostics) => self.of_lock = diagnostics,
        }
    }

    /// Forgets everything that was found.
    pub(crate) fn forget(&mut self) {
        let snapshot = self.workspace.snapshot().clone();
        self.workspace = Workspace::new(snapshot);
    }

    /// What can be shown of open texts before the project is checked for the first time: those of which everything that
    /// is wrong is known.
    pub(crate) fn look_early(&mut self) -> Option<Arc<Project>> {
        let told = self.workspace.look_early().into_iter();
        let files = told.filter_map(|(name, diagnostics)| {
            let text = self.texts.get(&name)?;
            Some((name.clone(), self.file(None, &name, text, diagnostics)))
        });
        let files: Vec<_> = files.collect();
        (!files.is_empty()).then(|| {
            Arc::new(Project {
                root: self.root.clone(),
                manifest: self.manifest.clone(),
                catalogue: self.catalogue.clone(),
                files: files.into_iter().collect(),
                scratch: self.scratch.clone(),
            })
        })
    }

    /// Checks what the changes can have touched.
    pub(crate) fn check(&mut self) {
        self.workspace.check();
        let checked = self.workspace.checked();
        let mut of_files = by_file(checked);
        let mut own: Vec<Diagnostic> = self.of_manifest.clone();
        if let Some(text) = self.texts.get(MANIFEST) {
            let (manifest, catalogue) = (&self.manifest, &self.catalogue);
            let paths = self.paths.get_or_insert_with(|| {
                ManifestPaths::of(text.as_str(), &Arc::from(MANIFEST), manifest, catalogue)
            });
            own.extend(paths.lost(manifest, checked));
        }
        of_files.entry(MANIFEST).or_default().extend(own);
        let of_lock = self.of_lock.iter().cloned();
        of_files.entry(LOCK).or_default().extend(of_lock);
        let told = of_files.keys().map(|name| (*name).to_owned()).collect();
        let seen = self.seen.as_ref().filter(|_| !self.is_unsettled);
        let files = match (seen, self.workspace.news()) {
            (Some(seen), Some(news)) => {
                let mut names: BTreeSet<&str> = news.map(|name| &**name).collect();
                names.extend(self.written.iter().chain(&self.told).map(String::as_str));
                names.extend(of_files.keys());
                let mut files = seen.files.clone();
                for name in names {
                    let Some((name, text)) = self.texts.get_key_value(name) else {
                        continue;
                    };
                    let diagnostics = of_files.remove(&**name).unwrap_or_default();
                    let before = seen.files.get(name);
                    let file = self.file(before, name, text, diagnostics);
                    if before.is_none_or(|before| !Arc::ptr_eq(before, &file)) {
                        files.replace(name, file);
                    }
                }
                files
            }
            _ => self.every_file(of_files),
        };
        self.told = told;
        self.written.clear();
        self.is_unsettled = false;
        self.seen = Some(Arc::new(Project {
            root: self.root.clone(),
            manifest: self.manifest.clone(),
            catalogue: self.catalogue.clone(),
            files,
            scratch: self.scratch.clone(),
        }));
    }

    /// Every text, those of the standard library among them.
    fn every_file(&self, mut of_files: BTreeMap<&str, Vec<Diagnostic>>) -> Files {
        let known = |name: &str| self.seen.as_ref().and_then(|seen| seen.files.get(name));
        let own = self.texts.iter().map(|(name, text)| {
            let diagnostics = of_files.remove(&**name).unwrap_or_default();
            (
                name.clone(),
                self.file(known(name), name, text, diagnostics),
            )
        });
        let standard = self.workspace.standard().map(|(name, text, parsed)| {
            let file = known(name).cloned().unwrap_or_else(|| {
                Arc::new(File {
                    name: name.clone(),
                    text: Text::new(text.clone()),
                    parsed: Some(parsed.clone()),
                    diagnostics: Vec::new(),
                    playbook: None,
                    places: None,
                    index: OnceLock::new(),
                    named: OnceLock::new(),
                })
            });
            (name.clone(), file)
        });
        own.chain(standard).collect()
    }

    /// What is shown of a text: what was shown before, where nothing of it is otherwise now.
    fn file(
        &self,
        before: Option<&Arc<File>>,
        name: &Arc<str>,
        text: &Text,
        mut diagnostics: Vec<Diagnostic>,
    ) -> Arc<File> {
        if !self.sound && is_playbook(name) {
            // Against a manifest that cannot be read, only the syntax can be judged.
            diagnostics.retain(|found| found.code.as_str().starts_with("S1"));
        }
        // They stand in the order of their names.
        let playbooks = &self.workspace.checked().playbooks;
        let at = playbooks.binary_search_by(|playbook| playbook.file.cmp(name));
        let playbook = at.ok().and_then(|at| playbooks.get(at));
        let places = self.workspace.places(name);
        kept(before, text, &diagnostics, playbook, places).unwrap_or_else(|| {
            Arc::new(File {
                name: name.clone(),
                text: text.clone(),
                parsed: self.workspace.parsed(name).cloned(),
                diagnostics,
                playbook: playbook.cloned(),
                places: places.cloned(),
                index: OnceLock::new(),
                named: OnceLock::new(),
            })
        })
    }

    /// Makes ready for the next check, and gives what nobody needs any more.
    pub(crate) fn tidy(&mut self) -> impl Send + 'static {
        self.workspace.tidy()
    }

    /// What is shown of it. Before the first check there is nothing to show.
    pub(crate) fn seen(&self) -> Arc<Project> {
        self.seen.clone().unwrap_or_else(|| {
            Arc::new(Project {
                root: self.root.clone(),
                manifest: self.manifest.clone(),
                catalogue: self.catalogue.clone(),
                files: Files::default(),
                scratch: self.scratch.clone(),
            })
        })
    }
}

fn is_playbook(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, end)| end == "sophia")
}

fn by_file(checked: &Checked) -> BTreeMap<&str, Vec<Diagnostic>> {
    let mut files: BTreeMap<&str, Vec<Diagnostic>> = BTreeMap::new();
    for diagnostic in &checked.diagnostics {
        files
            .entry(&diagnostic.file)
            .or_default()
            .push(diagnostic.clone());
    }
    files
}

/// What was shown of a file before, where nothing of it is otherwise now.
fn kept(
    before: Option<&Arc<File>>,
    text: &Text,
    diagnostics: &[Diagnostic],
    playbook: Option<&Playbook>,
    places: Option<&Arc<Places>>,
) -> Option<Arc<File>> {
    let before = before?;
    let same_text = Arc::ptr_eq(before.text.shared(), text.shared());
    let same_playbook = match (&before.playbook, playbook) {
        (None, None) => true,
        (Some(before), Some(now)) => {
            same(before.plan.as_ref(), now.plan.as_ref())
                && same(before.outlook.as_ref(), now.outlook.as_ref())
                && same(before.facts.as_ref(), now.facts.as_ref())
                && before.name == now.name
        }
        _ => false,
    };
    let same_places = same(before.places.as_ref(), places);
    (same_text && same_playbook && same_places && before.diagnostics == diagnostics)
        .then(|| before.clone())
}

fn same<T>(one: Option<&Arc<T>>, other: Option<&Arc<T>>) -> bool {
    one.map(Arc::as_ptr) == other.map(Arc::as_ptr)
}
