//! Reading the texts of a project.

use std::fs;
use std::path::{Path, PathBuf};

use sophia_diagnostics::{Problem, codes};

/// Reads a text file whole.
///
/// # Errors
/// When it is not there, may not be read, or is not UTF-8: each with what to do.
pub(crate) fn read_text(path: &Path) -> Result<String, Problem> {
    let bytes = fs::read(path).map_err(|error| {
        Problem::new(codes::S926, format!("{} cannot be read.", path.display()))
            .because(describe(&error))
            .with_help("check that the file is there and may be read")
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error
            .as_bytes()
            .iter()
            .take(at)
            .filter(|byte| **byte == b'\n')
            .count()
            + 1;
        Problem::new(
            codes::S926,
            format!("{} is not UTF-8 text.", path.display()),
        )
        .because(format!("the first byte that is not stands in line {line}"))
        .with_help("save the file as UTF-8")
    })
}

/// Every `.sophia` file below a folder, sorted, hidden folders and dependencies left out.
///
/// # Errors
/// When a folder may not be read.
pub(super) fn playbook_files(root: &Path) -> Result<Vec<PathBuf>, Problem> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).map_err(|error| {
            Problem::new(
                codes::S926,
                format!("The folder {} cannot be read.", folder.display()),
            )
            .because(describe(&error))
        })?;
        for entry in entries.flatten() {
            let path = entry.path();
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with('.') || name == "node_modules" || name == "target" {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "sophia")
            {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// A path as the project names it: relative to its folder, with `/`.
pub(super) fn relative(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    path.components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect::<Vec<_>>()
        .join("/")
}

/// What the system says, without its number.
pub(super) fn describe(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "it does not exist".to_owned(),
        std::io::ErrorKind::PermissionDenied => "it may not be read by this user".to_owned(),
        _ => error.to_string(),
    }
}

/// Replaces a file whole: the new text is written beside it and then takes its place.
///
/// # Errors
/// When the folder cannot be written; the old file is still there then.
pub fn replace_file(path: &Path, text: &str) -> Result<(), Problem> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".new");
    let aside = PathBuf::from(aside);
    fs::write(&aside, text)
        .and_then(|()| fs::rename(&aside, path))
        .map_err(|error| {
            // What is left of a half-written file is of no use to anybody.
            let _ = fs::remove_file(&aside);
            crate::environment::unwritable(path, &error)
        })
}
