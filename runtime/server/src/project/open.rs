//! Opens a project: reads its texts, checks them, and keeps the result.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sophia_compiler::catalogue::Catalogue;
use sophia_compiler::project::{Manifest, lost_paths};
use sophia_compiler::{Checked, Playbook, Snapshot, SourceFile};
use sophia_diagnostics::{Diagnostic, Problem, codes};

use super::files::{playbook_files, read_text, relative};
use super::{LOCK, MANIFEST};

/// A project as it stands on disk at one moment.
#[derive(Clone, Debug)]
pub struct Project {
    /// The folder that holds `sophia.toml`.
    pub root: PathBuf,
    /// Manifest, catalogue and playbooks.
    pub snapshot: Snapshot,
    /// What is wrong with the manifest and the lock.
    pub own_diagnostics: Vec<Diagnostic>,
    /// Every text by the name that diagnostics use.
    pub texts: BTreeMap<Arc<str>, Arc<str>>,
    /// Whether there is a lock. Without one the catalogue is empty.
    pub has_lock: bool,
}

/// The texts of a project.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    pub(super) manifest: String,
    pub(super) lock: Option<String>,
    /// Every `.sophia` file by its name, sorted.
    pub(super) files: Vec<(String, String)>,
    /// The files that name holidays.
    pub(super) calendars: BTreeMap<String, String>,
}

impl Project {
    /// Reads a project from its folder.
    ///
    /// # Errors
    /// When a file cannot be read. Mistakes inside the files are diagnostics, not errors.
    pub fn open(root: &Path) -> Result<Self, Problem> {
        Ok(Self::of_texts(root, Self::read(root)?))
    }

    /// Every text of a project by its name: the manifest, the lock where there is one, the playbooks, and the files of
    /// holidays that the manifest names.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn texts(root: &Path) -> Result<BTreeMap<Arc<str>, Arc<str>>, Problem> {
        let read = Self::read(root)?;
        let own = [(MANIFEST, Some(read.manifest)), (LOCK, read.lock)];
        let own = own
            .into_iter()
            .filter_map(|(name, text)| Some((Arc::from(name), Arc::from(text?))));
        let files = read.files.into_iter().chain(read.calendars);
        let files = files.map(|(name, text)| (Arc::from(name), Arc::from(text)));
        Ok(own.chain(files).collect())
    }

    fn read(root: &Path) -> Result<Texts, Problem> {
        let manifest = read_text(&root.join(MANIFEST))?;
        let lock_path = root.join(LOCK);
        let lock = if lock_path.exists() {
            Some(read_text(&lock_path)?)
        } else {
            None
        };
        let mut files = Vec::new();
        for path in playbook_files(root)? {
            files.push((relative(root, &path), read_text(&path)?));
        }
        let named = Manifest::from_toml(&manifest, &MANIFEST.into())
            .0
            .holiday_files;
        // One that cannot be read is told where the manifest names it.
        let calendars = named
            .into_values()
            .filter_map(|file| Some((file.clone(), read_text(&root.join(file)).ok()?)))
            .collect();
        Ok(Texts {
            manifest,
            lock,
            files,
            calendars,
        })
    }

    /// A project of these texts. Mistakes inside them are diagnostics.
    pub(super) fn of_texts(root: &Path, written: Texts) -> Self {
        let manifest_name: Arc<str> = MANIFEST.into();
        let manifest_text: Arc<str> = written.manifest.into();
        let (mut manifest, mut own_diagnostics) =
            Manifest::from_toml(&manifest_text, &manifest_name);
        let calendar = |file: &str| written.calendars.get(file).map(String::as_str);
        own_diagnostics.extend(manifest.take_holidays(calendar, &manifest_name));
        let mut texts = BTreeMap::from([(manifest_name, manifest_text)]);
        let has_lock = written.lock.is_some();
        let mut catalogue = Catalogue::default();
        if let Some(text) = written.lock {
            let name: Arc<str> = LOCK.into();
            let text: Arc<str> = text.into();
            match Catalogue::from_toml(&text, &name) {
                Ok(read) => catalogue = read,
                Err(diagnostics) => own_diagnostics.extend(diagnostics),
            }
            texts.insert(name, text);
        }
        let mut files = Vec::new();
        for (path, text) in written.files {
            let name: Arc<str> = path.into();
            let text: Arc<str> = text.into();
            texts.insert(name.clone(), text.clone());
            files.push(SourceFile { path: name, text });
        }
        let snapshot = Snapshot {
            manifest,
            catalogue,
            files,
        };
        Self {
            root: root.to_path_buf(),
            snapshot,
            own_diagnostics,
            texts,
            has_lock,
        }
    }

    /// Checks every playbook. Mistakes in the manifest or the lock come first and stand alone: a
    /// playbook checked against a broken catalogue would only repeat them.
    #[must_use]
    pub fn check(&self) -> Checked {
        if self.own_diagnostics.iter().any(Diagnostic::is_error) {
            return Checked {
                diagnostics: self.own_diagnostics.clone(),
                ..Checked::default()
            };
        }
        let mut checked = sophia_compiler::check(&self.snapshot);
        let mut diagnostics = self.own_diagnostics.clone();
        diagnostics.extend(self.lost_paths(&checked));
        diagnostics.append(&mut checked.diagnostics);
        checked.diagnostics = diagnostics;
        checked
    }

    /// What the manifest names and the lock does not hold.
    fn lost_paths(&self, checked: &Checked) -> Vec<Diagnostic> {
        let Some((file, text)) = self.texts.get_key_value(MANIFEST) else {
            return Vec::new();
        };
        let Snapshot {
            manifest,
            catalogue,
            ..
        } = &self.snapshot;
        lost_paths(text, file, manifest, catalogue, checked)
    }

    /// The playbook that a person means: the one of a file, the one of a name, or the only one.
    ///
    /// # Errors
    /// When there is none, or several and nothing says which.
    pub fn choose<'a>(
        &self,
        checked: &'a Checked,
        file: Option<&str>,
        name: Option<&str>,
    ) -> Result<&'a Playbook, Problem> {
        let names = || {
            checked
                .playbooks
                .iter()
                .map(|playbook| &*playbook.name)
                .collect::<Vec<_>>()
        };
        if let Some(file) = file {
            return checked
                .playbooks
                .iter()
                .find(|playbook| &*playbook.file == file)
                .ok_or_else(|| {
                    Problem::new(codes::S928, format!("{file} holds no playbook."))
                        .with_help("a playbook's first line is `playbook NAME`")
                });
        }
        if let Some(name) = name {
            return checked
                .playbooks
                .iter()
                .find(|playbook| &*playbook.name == name)
                .ok_or_else(|| {
                    Problem::new(
                        codes::S928,
                        format!("There is no playbook `{name}` in this project."),
                    )
                    .with_help(format!("the playbooks are {}", names().join(", ")))
                });
        }
        match checked.playbooks.as_slice() {
            [only] => Ok(only),
            [] => Err(Problem::new(
                codes::S928,
                format!("There is no playbook in {}.", self.root.display()),
            )
            .with_help("a playbook is a `.sophia` file whose first line is `playbook NAME`")),
            _ => Err(
                Problem::new(codes::S928, "This project has several playbooks.")
                    .with_help(format!("name one of {}", names().join(", "))),
            ),
        }
    }
}
