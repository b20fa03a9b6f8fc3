//! The standard library: modules that every project can use without a file of its own.
//!
//! Kept true here: its modules are written in the language and checked as any other is; only those that something
//! uses are read; what stands in them is never told as a mistake of the project.

use std::collections::BTreeSet;
use std::sync::Arc;

use sophia_language::Parsed;
use sophia_language::syntax::{File, Header, Item};

use crate::snapshot::SourceFile;

/// The modules by their names, each with its file and its text.
const MODULES: [(&str, &str, &str); 5] = [
    (
        "std.dates",
        "std/dates.sophia",
        include_str!("../../stdlib/dates.sophia"),
    ),
    (
        "std.documents",
        "std/documents.sophia",
        include_str!("../../stdlib/documents.sophia"),
    ),
    (
        "std.sales",
        "std/sales.sophia",
        include_str!("../../stdlib/sales.sophia"),
    ),
    (
        "std.stats",
        "std/stats.sophia",
        include_str!("../../stdlib/stats.sophia"),
    ),
    (
        "std.texts",
        "std/texts.sophia",
        include_str!("../../stdlib/texts.sophia"),
    ),
];

/// The names of the standard modules.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    MODULES.iter().map(|(name, ..)| *name)
}

/// Whether a file is one of the standard library, by a name that no file of a folder has.
pub(crate) fn is_standard(file: &Arc<str>) -> bool {
    file.strip_prefix('\0')
        .is_some_and(|path| MODULES.iter().any(|(_, own, _)| *own == path))
}

/// The standard modules that some files use, and those that these use. A module of the project's own stands in front
/// of the standard one of its name.
pub(crate) fn used(parsed: &[Parsed]) -> Vec<(SourceFile, Parsed)> {
    let own: BTreeSet<&str> = (parsed.iter())
        .filter_map(|file| match &file.file.header {
            Header::Module(name) => Some(name.text.as_str()),
            _ => None,
        })
        .collect();
    let mut wanted: Vec<String> = parsed.iter().flat_map(|file| uses(&file.file)).collect();
    let mut found: Vec<(SourceFile, Parsed)> = Vec::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    while let Some(name) = wanted.pop() {
        let Some((name, path, text)) = MODULES.iter().find(|(known, ..)| *known == name) else {
            continue;
        };
        if own.contains(name) || !seen.insert(name) {
            continue;
        }
        let source = SourceFile {
            path: Arc::from(format!("\0{path}")),
            text: Arc::from(*text),
        };
        let parsed = sophia_language::parse(&source.text, source.path.clone());
        wanted.extend(uses(&parsed.file));
        found.push((source, parsed));
    }
    found
}

fn uses(file: &File) -> Vec<String> {
    let lines = file.items.iter().filter_map(|item| match item {
        Item::Use(line) => Some(&line.names),
        _ => None,
    });
    lines.flatten().map(|name| name.text.clone()).collect()
}
