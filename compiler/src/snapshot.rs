//! What a check is given, and what it gives back.
//!
//! Kept true here: both are plain values; a check of the same snapshot gives the same result.

use std::sync::Arc;

use sophia_diagnostics::Diagnostic;
use sophia_plan::Plan;
use sophia_plan::test::Test;

use crate::catalogue::Catalogue;
use crate::facts::Facts;
use crate::outlook::Outlook;
use crate::policies::Standing;
use crate::project::Manifest;

/// One `.sophia` file.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceFile {
    /// Relative to the project's folder, with `/`.
    pub path: Arc<str>,
    /// Its text.
    pub text: Arc<str>,
}

/// A whole project at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// `sophia.toml`
    pub manifest: Manifest,
    /// `sophia.lock`
    pub catalogue: Catalogue,
    /// Every `.sophia` file.
    pub files: Vec<SourceFile>,
}

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checked {
    /// Every complaint, those about syntax included, sorted by file and place.
    pub diagnostics: Vec<Diagnostic>,
    /// The playbooks in the order of their files.
    pub playbooks: Vec<Playbook>,
    /// The number of modules.
    pub modules: usize,
    /// The policies that bind every playbook, and whether they are kept.
    pub policies: Vec<Standing>,
}

impl Checked {
    /// Whether nothing stands in the way of a run.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// One playbook of a project.
#[derive(Clone, Debug, PartialEq)]
pub struct Playbook {
    /// Its name.
    pub name: Arc<str>,
    /// The file it stands in.
    pub file: Arc<str>,
    /// Its plan; `None` when its file has errors.
    pub plan: Option<Arc<Plan>>,
    /// What it does, costs and sends; `None` when its file has errors.
    pub outlook: Option<Arc<Outlook>>,
    /// Its tests; empty when its file has errors.
    pub tests: Vec<Test>,
    /// What is known before it runs; `None` when it cannot be put together.
    pub facts: Option<Arc<Facts>>,
}
