//! The file of statements that make what a connection lacks: `create/CONNECTION.sql`.
//!
//! Kept true here: what stands in the file stays as a person left it; a table, or a column of it, that the file does not
//! name yet is added at its end. So the file is the same after a second time.

use std::collections::BTreeSet;
use std::path::Path;

use sophia_compiler::creation::NewTable;
use sophia_diagnostics::Problem;

use crate::environment::create_folder;
use crate::project::{read_text, replace_file};

/// The folder, inside the project.
const FOLDER: &str = "create";
/// How the part of a table that is made begins.
const TABLE: &str = "-- Table ";
/// How the part of columns that are added begins.
const COLUMNS: &str = "-- Columns of ";

/// Puts tables into the file of a connection, given with its kind. Gives the file, relative to the project, and whether
/// it changed.
///
/// # Errors
/// S926 and S929 when the file cannot be read or written.
pub(super) fn write(
    root: &Path,
    (connection, kind): (&str, &str),
    tables: &[NewTable],
) -> Result<(String, bool), Problem> {
    let file = format!("{FOLDER}/{connection}.sql");
    let path = root.join(&file);
    let before = if path.exists() {
        Some(read_text(&path)?)
    } else {
        None
    };
    let heading = || {
        format!(
            "-- What playbooks record into `{connection}` and it lacks: statements for {kind}, written by\n\
             -- `sophia sync --create` to be read, changed where they should be otherwise, and run there.\n\
             -- What stands here stays; only what is not named yet is added.\n"
        )
    };
    let mut text = before.clone().unwrap_or_else(heading);
    for table in tables {
        add(&mut text, kind, table);
    }
    let changed = before.as_ref() != Some(&text);
    if changed {
        create_folder(&root.join(FOLDER))?;
        replace_file(&path, &text)?;
    }
    Ok((file, changed))
}

fn add(text: &mut String, kind: &str, table: &NewTable) {
    let known = words_of(text, &table.table);
    let mut table = table.clone();
    if let Some(known) = known {
        // What the file makes already is not made again, and may be less than what is recorded by now.
        table.is_new = false;
        table.key = None;
        table
            .columns
            .retain(|column| !known.contains(&column.name.to_lowercase()));
        if table.columns.is_empty() {
            return;
        }
    }
    let files = table.files.join(", ");
    let begins = if table.is_new { TABLE } else { COLUMNS };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(&format!("\n{begins}{}: recorded by {files}\n", table.table));
    text.push_str(&table.statements(kind));
}

/// The names that stand in the parts of a table, in small letters; `None` where it has no part.
fn words_of(text: &str, table: &str) -> Option<BTreeSet<String>> {
    let mut known: Option<BTreeSet<String>> = None;
    let mut inside = false;
    for line in text.lines() {
        let begins = [TABLE, COLUMNS]
            .iter()
            .find_map(|word| line.strip_prefix(word));
        if let Some(rest) = begins {
            inside = rest.split(':').next() == Some(table);
            if inside {
                known.get_or_insert_default();
            }
            continue;
        }
        if let Some(known) = known.as_mut().filter(|_| inside) {
            known.extend(column_of(line));
        }
    }
    known
}

/// The column that a line makes: its first name, or the one behind `add column`.
fn column_of(line: &str) -> Option<String> {
    let names = names(line);
    let mut rest = names.iter();
    if names.first().is_some_and(|first| first == "alter") {
        rest.find(|word| *word == "column")?;
        return rest
            .find(|word| !matches!(word.as_str(), "if" | "not" | "exists"))
            .cloned();
    }
    rest.next().cloned()
}

/// What may be a name in a line of SQL: what stands in quotes, and each word beside them.
fn names(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (place, part) in line.replace("\"\"", "\u{0}").split('"').enumerate() {
        if place % 2 == 1 {
            found.push(part.replace('\u{0}', "\"").to_lowercase());
            continue;
        }
        let code = part.split("--").next().unwrap_or_default();
        let words = code.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
        found.extend(words.filter(|word| !word.is_empty()).map(str::to_lowercase));
    }
    found
}
