//! The planted playbooks, `tests/planted/`, and the company that they belong to.
//!
//! A folder holds the playbooks of one family. Each has one mistake, on the line that ends in its code behind a
//! comment sign; those in `sound/` have none. `company/` holds the manifest, the lock and the modules that
//! every playbook is checked with; a planted module takes the place of the one of its name.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sophia_compiler::catalogue::Catalogue;
use sophia_compiler::project::Manifest;
use sophia_compiler::{Checked, Snapshot, SourceFile, check};

/// One file of the corpus.
pub struct Planted {
    /// The file's name, with its ending.
    pub name: String,
    pub text: String,
}

/// The company: what every planted playbook is checked against.
#[derive(Clone)]
pub struct Company {
    pub manifest: Manifest,
    pub catalogue: Catalogue,
    /// Its modules and playbooks that others call, with their names.
    pub shared: Vec<(String, String)>,
}

impl Company {
    pub fn read() -> Self {
        let company = folder().join("company");
        let (manifest, mistakes) = Manifest::from_toml(
            &text_of(&company.join("sophia.toml")),
            &Arc::from("sophia.toml"),
        );
        assert_eq!(mistakes, []);
        Self {
            manifest,
            catalogue: toml::from_str(&text_of(&company.join("sophia.lock"))).expect("a catalogue"),
            shared: texts(&company.join("modules")),
        }
    }

    /// The files of the project that holds this one, itself first.
    pub fn files(&self, name: &str, text: &str) -> Vec<(String, String)> {
        let (replaced, others): (Vec<_>, Vec<_>) = (self.shared.iter().cloned())
            .partition(|(_, other)| head(other).is_some() && head(other) == head(text));
        let path = match replaced.first() {
            Some((path, _)) => path.clone(),
            None => name.to_owned(),
        };
        std::iter::once((path, text.to_owned()))
            .chain(others)
            .collect()
    }

    pub fn check(&self, files: &[(String, String)]) -> Checked {
        check(&Snapshot {
            manifest: self.manifest.clone(),
            catalogue: self.catalogue.clone(),
            files: files
                .iter()
                .map(|(path, text)| SourceFile {
                    path: Arc::from(path.as_str()),
                    text: Arc::from(text.as_str()),
                })
                .collect(),
        })
    }
}

/// The line that says what a file is.
fn head(text: &str) -> Option<&str> {
    text.lines()
        .find(|line| line.starts_with("playbook ") || line.starts_with("module "))
}

/// Every file of the corpus with its family, in their order.
pub fn corpus() -> Vec<(String, Planted)> {
    let mut found = Vec::new();
    for family in entries(&folder()) {
        if !family.is_dir() || family.ends_with("company") {
            continue;
        }
        for (name, text) in texts(&family) {
            found.push((last(&family), Planted { name, text }));
        }
    }
    found
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/planted")
}

/// The files of a folder, by name.
fn texts(folder: &Path) -> Vec<(String, String)> {
    (entries(folder).iter())
        .map(|path| (last(path), text_of(path)))
        .collect()
}

fn last(path: &Path) -> String {
    let name = path.file_name().expect("a name");
    name.to_string_lossy().into_owned()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test reads its files; the crate itself reads nothing"
)]
fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder of the corpus")
        .map(|entry| entry.expect("a readable folder").path())
        .collect();
    entries.sort();
    entries
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test reads its files; the crate itself reads nothing"
)]
fn text_of(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a readable file")
}
