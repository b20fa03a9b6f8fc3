//! What is told about a planted playbook among the files of the company.

use std::path::Path;
use std::sync::Arc;

use sophia_compiler::catalogue::Catalogue;
use sophia_compiler::project::Manifest;
use sophia_compiler::{Snapshot, check};
use sophia_diagnostics::{Diagnostic, LineIndex, Severity};

use crate::corpus::{Company, Planted};

/// A complaint of severity error or warning: file, line, code, sentence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Told {
    pub file: String,
    pub line: u32,
    pub code: String,
    pub sentence: String,
}

/// What is told about a file, hints left out.
pub fn told(planted: &Planted, company: &Company) -> Vec<Told> {
    let (name, text) = (planted.name.as_str(), planted.text.as_str());
    if Path::new(name)
        .extension()
        .is_some_and(|ending| ending == "toml")
    {
        return manifest_told(name, text, &company.catalogue);
    }
    let files = company.files(name, text);
    let checked = company.check(&files);
    let mut told = told_of(&checked.diagnostics, &files);
    for told in &mut told {
        if Some(&told.file) == files.first().map(|(path, _)| path) {
            name.clone_into(&mut told.file);
        }
    }
    told
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
