//! A project in which one playbook stands in another version.
//!
//! Kept true here: everything else, above all the catalogue, is as it is today.

use std::path::Path;
use std::sync::Arc;

use sophia_compiler::{Playbook, SourceFile};
use sophia_diagnostics::{Diagnostic, Problem, codes};
use sophia_plan::Plan;

use super::files::{read_text, relative};
use super::open::Project;

/// The checked version of a playbook, or the mistakes in it.
pub type Version = Result<Arc<Plan>, Vec<Diagnostic>>;

impl Project {
    /// This project with the text of another file in the place of one of its own.
    ///
    /// # Errors
    /// When that file cannot be read.
    pub fn with_version(&self, file: &str, other: &Path) -> Result<Self, Problem> {
        let text: Arc<str> = read_text(other)?.into();
        let own = other
            .canonicalize()
            .map(|full| relative(&self.root, &full))
            .unwrap_or_default();
        Ok(self.with_text(file, text, &own))
    }

    /// This project with one file as it stands in another project, such as an earlier revision.
    ///
    /// # Errors
    /// S907 when the other project does not have it.
    pub fn with_file_of(&self, other: &Self, file: &str) -> Result<Self, Problem> {
        match other.texts.get(file) {
            Some(text) => Ok(self.with_text(file, text.clone(), file)),
            None => Err(Problem::new(
                codes::S907,
                format!("There was no {file} at that revision."),
            )
            .with_help("name a revision that has it, or a file with --playbook")),
        }
    }

    fn with_text(&self, file: &str, text: Arc<str>, own: &str) -> Self {
        let mut project = self.clone();
        let files = &mut project.snapshot.files;
        files.retain(|source| &*source.path != file && &*source.path != own);
        let path: Arc<str> = file.into();
        files.push(SourceFile {
            path: path.clone(),
            text: text.clone(),
        });
        files.sort_by(|one, other| one.path.cmp(&other.path));
        project.texts.remove(own);
        project.texts.insert(path, text);
        project
    }

    /// The plan of the playbook that a file holds, which must have this name.
    ///
    /// # Errors
    /// S907 when it holds another playbook.
    pub fn version(&self, file: &str, playbook: &str) -> Result<Version, Problem> {
        let checked = self.check();
        let found: Option<&Playbook> =
            (checked.playbooks.iter()).find(|found| &*found.file == file);
        match found {
            Some(found) if &*found.name != playbook => Err(Problem::new(
                codes::S907,
                format!(
                    "The run is of `{playbook}`, and the file holds `{}`.",
                    found.name
                ),
            )
            .with_help("name a version of the same playbook")),
            Some(Playbook {
                plan: Some(plan), ..
            }) => Ok(Ok(plan.clone())),
            _ => Ok(Err(checked
                .diagnostics
                .iter()
                .filter(|found| found.is_error())
                .cloned()
                .collect())),
        }
    }
}
