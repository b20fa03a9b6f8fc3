//! Turns the pages in `docs/diagnostics/` into the table of codes, so that a code without a page
//! cannot exist and adding one touches that folder alone.
//!
//! A page is named `S402.md` and begins with two lines:
//! `# S402 · Title` and `severity: error` (or `warning`, `hint`).

#![allow(
    clippy::disallowed_methods,
    reason = "a build script reads the pages; the room itself does not"
)]

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() {
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets the package folder");
    let pages = Path::new(&root).join("../docs/diagnostics");
    println!("cargo:rerun-if-changed={}", pages.display());

    let mut files: Vec<_> = fs::read_dir(&pages)
        .expect("docs/diagnostics exists")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .filter(|path| path.file_name().is_some_and(|name| name != "README.md"))
        .collect();
    files.sort();

    let mut table = String::from("pub(crate) static PAGES: &[Page] = &[\n");
    let mut constants = String::new();
    for path in files {
        println!("cargo:rerun-if-changed={}", path.display());
        let text = fs::read_to_string(&path).expect("a readable page");
        let code = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .expect("a plain file name");
        let mut lines = text.lines();
        let title = lines
            .next()
            .and_then(|line| line.strip_prefix(&format!("# {code} · ")))
            .unwrap_or_else(|| panic!("{code}.md must begin with `# {code} · Title`"));
        let severity = match lines.next() {
            Some("severity: error") => "Error",
            Some("severity: warning") => "Warning",
            Some("severity: hint") => "Hint",
            other => panic!("{code}.md: the second line must be `severity: …`, not {other:?}"),
        };
        let full = fs::canonicalize(&path).expect("an existing page");
        writeln!(
            table,
            "    Page {{ code: {code:?}, title: {title:?}, severity: Severity::{severity}, \
             text: include_str!({:?}) }},",
            full.display().to_string()
        )
        .expect("writing to a string");
        writeln!(
            constants,
            "    /// {title}.\n    pub const {code}: super::Code = super::Code({code:?});"
        )
        .expect("writing to a string");
    }
    table.push_str("];\n");

    let out = env::var("OUT_DIR").expect("cargo sets the output folder");
    let generated = format!(
        "{table}\n/// One constant for each page in `docs/diagnostics/`.\npub mod codes {{\n{constants}}}\n"
    );
    fs::write(Path::new(&out).join("pages.rs"), generated).expect("a writable output folder");
}
