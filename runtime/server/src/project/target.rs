//! What a person names on the command line: a project's folder, or one playbook in it.

use std::path::{Path, PathBuf};

use sophia_diagnostics::{Problem, codes};

use super::MANIFEST;
use super::files::relative;

/// A project's folder and, where one file was named, that file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The folder that holds `sophia.toml`.
    pub root: PathBuf,
    /// The file that was named, relative to the folder with `/`.
    pub file: Option<String>,
}

/// Finds the project of a path: the folder itself or the nearest one above that holds `sophia.toml`.
///
/// # Errors
/// When the path does not exist, or no folder above it is a project.
pub fn find_project(path: &Path) -> Result<Target, Problem> {
    let full = path.canonicalize().map_err(|error| {
        Problem::new(codes::S926, format!("{} cannot be read.", path.display()))
            .because(super::files::describe(&error))
            .with_help("name a project's folder or a `.sophia` file")
    })?;
    let start = if full.is_dir() {
        full.as_path()
    } else {
        full.parent().unwrap_or(&full)
    };
    let root = start
        .ancestors()
        .find(|folder| folder.join(MANIFEST).is_file())
        .ok_or_else(|| {
            Problem::new(
                codes::S927,
                format!("There is no {MANIFEST} in {} or above it.", start.display()),
            )
            .with_help("`sophia new NAME` makes a project that runs")
        })?
        .to_path_buf();
    let file = full
        .is_file()
        .then(|| relative(&root, &full))
        .filter(|file| file.ends_with(".sophia"));
    Ok(Target { root, file })
}
