//! The standard library: modules that every project can use without a file of its own.
//!
//! Kept true here: its modules are written in the language and checked as any other is; only those that something
//! uses are read; what stands in them is never told as a mistake of the project.

use std::sync::Arc;

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
pub fn names() -> impl Iterator<Item = &'static str> {
    MODULES.iter().map(|(name, ..)| *name)
}

/// Whether a file is one of the standard library, by a name that no file of a folder has.
pub(crate) fn is_standard(file: &Arc<str>) -> bool {
    file.strip_prefix('\0')
        .is_some_and(|path| MODULES.iter().any(|(_, own, _)| *own == path))
}

/// The file of a standard module.
pub(crate) fn source(name: &str) -> Option<SourceFile> {
    let (_, path, text) = MODULES.iter().find(|(known, ..)| *known == name)?;
    Some(SourceFile {
        path: Arc::from(format!("\0{path}")),
        text: Arc::from(*text),
    })
}
