//! The planted playbooks, `tests/planted/`, and the company that they belong to.
//!
//! A folder holds the playbooks of one family. Each has one mistake, on the line that ends in its code behind a
//! comment sign; those in `sound/` have none. `company/` holds the manifest, the lock and the modules that
//! every playbook is checked with; a planted module takes the place of the one of its name.

#![allow(dead_code, reason = "each test uses a part")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sophia_compiler::catalogue::Catalogue;
use sophia_compiler::project::Manifest;
use sophia_compiler::{Checked, Snapshot, SourceFile, check};
use sophia_diagnostics::{Diagnostic, LineIndex, Severity};

/// The family whose playbooks have no mistake.
pub const SOUND: &str = "sound";

/// One file of the corpus.
pub struct Planted {
    /// The folder that it stands in.
    pub family: String,
    /// The file's name, with its ending.
    pub name: String,
    pub text: String,
}

/// A complaint of severity error or warning: file, line, code, sentence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Told {
    pub file: String,
    pub line: u32,
    pub code: String,
    pub sentence: String,
}

impl Planted {
    /// The line and the code of the mistake that stands in it.
    pub fn fault(&self) -> Option<(u32, &str)> {
        let mut faults = (1_u32..)
            .zip(self.text.lines())
            .filter_map(|(line, words)| Some((line, marked(words)?)));
        let fault = faults.next();
        assert!(faults.next().is_none(), "{} has two faults", self.name);
        fault
    }

    /// What is told about it, hints left out.
    pub fn told(&self, company: &Company) -> Vec<Told> {
        if Path::new(&self.name)
            .extension()
            .is_some_and(|ending| ending == "toml")
        {
            return manifest_told(&self.name, &self.text, &company.catalogue);
        }
        company.told(&self.name, &self.text)
    }
}

/// The code behind the comment sign that ends a line.
fn marked(words: &str) -> Option<&str> {
    let (before, code) = words.trim_end().rsplit_once(' ')?;
    let digits = code.strip_prefix('S')?;
    let sign = before.ends_with('#') || before.ends_with("--");
    (sign && digits.len() == 3 && digits.bytes().all(|digit| digit.is_ascii_digit()))
        .then_some(code)
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

    /// What is told about a file among the company's, hints left out.
    pub fn told(&self, name: &str, text: &str) -> Vec<Told> {
        let files = self.files(name, text);
        let checked = self.check(&files);
        let mut told = told_of(&checked.diagnostics, &files);
        for told in &mut told {
            if Some(&told.file) == files.first().map(|(path, _)| path) {
                name.clone_into(&mut told.file);
            }
        }
        told
    }
}

/// The line that says what a file is.
fn head(text: &str) -> Option<&str> {
    text.lines()
        .find(|line| line.starts_with("playbook ") || line.starts_with("module "))
}

fn told_of(diagnostics: &[Diagnostic], files: &[(String, String)]) -> Vec<Told> {
    let mut told: Vec<Told> = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.code.severity() != Severity::Hint)
        .map(|diagnostic| {
            let line = (files.iter())
                .find(|(name, _)| **name == *diagnostic.file)
                .map_or(0, |(_, text)| {
                    LineIndex::new(text)
                        .position(diagnostic.span.start as usize)
                        .line
                });
            Told {
                file: diagnostic.file.to_string(),
                line,
                code: diagnostic.code.to_string(),
                sentence: diagnostic.message.clone(),
            }
        })
        .collect();
    told.sort();
    told
}

fn manifest_told(name: &str, text: &str, catalogue: &Catalogue) -> Vec<Told> {
    let (manifest, mut diagnostics) = Manifest::from_toml(text, &Arc::from(name));
    if diagnostics.is_empty() {
        let checked = check(&Snapshot {
            manifest,
            catalogue: catalogue.clone(),
            files: Vec::new(),
        });
        diagnostics = checked.diagnostics;
    }
    told_of(&diagnostics, &[(name.to_owned(), text.to_owned())])
}

/// Every file of the corpus, by family and name.
pub fn corpus() -> Vec<Planted> {
    let mut found = Vec::new();
    for family in entries(&folder()) {
        if !family.is_dir() || family.ends_with("company") {
            continue;
        }
        for (name, text) in texts(&family) {
            found.push(Planted {
                family: last(&family),
                name,
                text,
            });
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
