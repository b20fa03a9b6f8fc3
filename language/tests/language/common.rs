//! What the tests of reading share: the playbooks of the project, and an outline as lines.

use std::path::Path;
use std::sync::Arc;

use sophia_language::outline::Entry;
use sophia_language::{Parsed, parse};

/// The example that every room of the project reads.
pub const CHURN_WATCH: &str = include_str!("../../../examples/churn_watch/churn_watch.sophia");

/// All playbooks of the project with their file names.
#[allow(
    clippy::disallowed_methods,
    reason = "the tests read the playbooks; the language itself reads nothing"
)]
pub fn corpus() -> Vec<(String, String)> {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let mut files: Vec<_> = ["churn_watch", "playbooks"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(examples.join(folder)).expect("a folder of examples"))
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|found| found == "sophia"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("a readable playbook");
            let name = path.file_name().expect("a name").to_string_lossy();
            (name.into_owned(), text)
        })
        .collect();
    files.sort();
    assert!(files.len() >= 11, "{} playbooks", files.len());
    files
}

/// Reads a text under a fixed name.
pub fn read(text: &str) -> Parsed {
    parse(text, Arc::from("test.sophia"))
}

/// Codes and places of what is wrong.
pub fn complaints(text: &str) -> Vec<(String, String)> {
    read(text)
        .diagnostics
        .iter()
        .map(|found| {
            (
                found.code.to_string(),
                text.get(found.span.range()).unwrap_or("?").to_owned(),
            )
        })
        .collect()
}

/// One line for each entry of the outline, indented by depth.
pub fn outline(parsed: &Parsed) -> Vec<String> {
    let mut lines = Vec::new();
    for entry in sophia_language::outline::outline(&parsed.file) {
        push(&entry, 0, &mut lines);
    }
    lines
}

fn push(entry: &Entry, depth: usize, lines: &mut Vec<String>) {
    let line = format!("{}{} {}", "  ".repeat(depth), entry.kind, entry.name);
    lines.push(line.trim_end().to_owned());
    for child in &entry.children {
        push(child, depth + 1, lines);
    }
}
