//! `sophia lsp`: the language server, over standard input and output.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sophia_diagnostics::{Problem, codes};
use sophia_lsp::{Ended, Folders, Texts};
use sophia_server::project::{Project, find_project};

use crate::Exit;
use crate::arguments::Lsp;

/// The folders of this machine.
struct Disk;

impl Folders for Disk {
    fn project_of(&self, path: &Path) -> Option<PathBuf> {
        // A text that is not saved yet belongs to the project of its folder.
        let there = path.ancestors().find(|folder| folder.exists())?;
        find_project(there).ok().map(|target| target.root)
    }

    fn read(&self, root: &Path) -> Result<Texts, Problem> {
        Project::texts(root)
    }

    fn read_text(&self, path: &Path) -> Option<String> {
        std::fs::read_to_string(path).ok()
    }
}

/// Serves one editor until it ends the session.
pub(crate) fn run(_: &Lsp) -> Result<Exit, Problem> {
    match sophia_lsp::serve_stdio(Arc::new(Disk)) {
        Ok(Ended::Well) => Ok(Exit::Well),
        Ok(Ended::Abruptly) => Ok(Exit::Problems),
        Err(cause) => Err(Problem::new(
            codes::S926,
            "What came over standard input cannot be read as a message of an editor.",
        )
        .because(cause)
        .with_help("start `sophia lsp` from an editor; it is no command for a terminal")),
    }
}
