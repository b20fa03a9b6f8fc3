//! The playbooks that both parsers read.

use std::fs;
use std::path::{Path, PathBuf};

/// A playbook of the repository.
pub struct Playbook {
    /// Its place below the repository.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Every playbook below `examples/`, sorted by name.
pub fn playbooks() -> Vec<Playbook> {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let mut paths = Vec::new();
    collect(&examples, &mut paths);
    paths.sort();
    assert!(
        !paths.is_empty(),
        "no playbooks below {}",
        examples.display()
    );
    paths
        .into_iter()
        .map(|path| Playbook {
            text: fs::read_to_string(&path).unwrap(),
            name: path.strip_prefix(&examples).unwrap().display().to_string(),
        })
        .collect()
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, into);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "sophia")
        {
            into.push(path);
        }
    }
}
