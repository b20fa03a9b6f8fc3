//! What several commands do first: find the project, check it, show its mistakes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sophia_compiler::project::Environment as Settings;
use sophia_compiler::{Checked, Playbook};
use sophia_diagnostics::{Diagnostic, Problem};
use sophia_plan::Plan;
use sophia_server::environment::{ProcessSecrets, Secrets};
use sophia_server::project::{Project, Target, find_project};

use crate::render::diagnostic;

/// A project, and the file of it that was named.
pub(crate) struct Opened {
    /// The path as it was typed.
    pub(crate) typed: PathBuf,
    pub(crate) project: Project,
    pub(crate) target: Target,
}

/// Finds and reads the project of a path.
pub(crate) fn open(path: &Path) -> Result<Opened, Problem> {
    let target = find_project(path)?;
    let project = Project::open(&target.root)?;
    Ok(Opened {
        typed: path.to_path_buf(),
        project,
        target,
    })
}

impl Opened {
    /// The project's folder as it was typed; in full where a file or a folder inside it was.
    pub(crate) fn named(&self) -> PathBuf {
        match self.typed.canonicalize() {
            Ok(full) if full == self.target.root => self.typed.clone(),
            _ => self.target.root.clone(),
        }
    }

    /// The same, with another reading of the project.
    pub(crate) fn over(self, project: Project) -> Self {
        Self { project, ..self }
    }

    /// The mistakes that belong to what was named: for one file, its own and the project's.
    pub(crate) fn relevant<'a>(&self, checked: &'a Checked) -> Vec<&'a Diagnostic> {
        checked
            .diagnostics
            .iter()
            .filter(|diagnostic| match &self.target.file {
                None => true,
                Some(file) => {
                    &*diagnostic.file == file.as_str() || !diagnostic.file.ends_with(".sophia")
                }
            })
            .collect()
    }

    /// Prints the errors among `diagnostics` on standard error. Says whether there were any.
    pub(crate) fn show_errors(&self, diagnostics: &[&Diagnostic]) -> bool {
        let errors: Vec<_> = diagnostics
            .iter()
            .copied()
            .filter(|diagnostic| diagnostic.is_error())
            .collect();
        for error in errors.iter().take(20) {
            anstream::eprintln!("{}", diagnostic::sheet(error, &self.project.texts));
        }
        if let Some(tally) = diagnostic::tally(&errors) {
            anstream::eprintln!("{tally}: nothing was run.");
        }
        !errors.is_empty()
    }

    /// The playbook that is meant and its plan, or nothing after its errors were shown.
    pub(crate) fn plan<'a>(
        &self,
        checked: &'a Checked,
        name: Option<&str>,
    ) -> Result<Option<(&'a Playbook, Arc<Plan>)>, Problem> {
        // A playbook that does not parse may have no name, so mistakes are told first.
        let everywhere = checked.playbooks.is_empty();
        if everywhere && self.show_errors(&self.relevant(checked)) {
            return Ok(None);
        }
        let playbook = self
            .project
            .choose(checked, self.target.file.as_deref(), name)?;
        if let Some(plan) = &playbook.plan {
            return Ok(Some((playbook, plan.clone())));
        }
        let own: Vec<_> = checked
            .diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.file == playbook.file)
            .collect();
        if !self.show_errors(&own) {
            self.show_errors(&checked.diagnostics.iter().collect::<Vec<_>>());
        }
        Ok(None)
    }

    /// The settings of an environment.
    pub(crate) fn settings(&self, name: &str) -> Result<Settings, Problem> {
        self.project.snapshot.manifest.in_environment(name)
    }
}

/// Secrets from the variables of this process.
pub(crate) fn secrets() -> Secrets {
    Arc::new(ProcessSecrets)
}
