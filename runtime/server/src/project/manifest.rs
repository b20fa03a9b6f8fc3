//! Changes in `sophia.toml`: a line is added, and everything else stays as its writer laid it out.
//!
//! Kept true here: what comes out says what the old text said and the new line, or nothing is changed.

use std::path::Path;

use sophia_compiler::project::Manifest;
use sophia_diagnostics::{Problem, codes};
use toml_edit::{DocumentMut, InlineTable, Item, Key, Table, TableLike, Value};

use super::MANIFEST;
use super::files::{read_text, replace_file};

/// A type longer than this stands on lines of its own.
const LONG: usize = 100;

/// Says under `[units]` what the numbers of some columns are. A column with a unit keeps it. Gives those that were added.
///
/// # Errors
/// S926 and S929 when the manifest cannot be read or written, S594 when it is laid out so that nothing can be added.
pub fn add_units(
    root: &Path,
    units: &[(String, String)],
) -> Result<Vec<(String, String)>, Problem> {
    let text = read_text(&root.join(MANIFEST))?;
    let before = manifest(&text);
    let is_new = |path: &str| {
        let mut known = before.units.keys();
        !known.any(|known| known.eq_ignore_ascii_case(path))
    };
    let added: Vec<(String, String)> = (units.iter())
        .filter(|(path, _)| is_new(path))
        .cloned()
        .collect();
    if added.is_empty() {
        return Ok(added);
    }
    let mut document = parsed(&text)?;
    let table =
        inner(document.as_table_mut(), "units").ok_or_else(|| not_laid_out("[units]", &added))?;
    let mut wanted = before;
    for (path, unit) in &added {
        table.insert(path, Item::Value(Value::from(unit.as_str())));
        wanted.units.insert(path.clone(), unit.clone());
    }
    let text = document.to_string();
    if !says(&text, wanted) {
        return Err(not_laid_out("[units]", &added));
    }
    replace_file(&root.join(MANIFEST), &text)?;
    Ok(added)
}

/// Says under `[tools.TOOL]` what a call returns; what was said there before is replaced.
///
/// # Errors
/// S926 and S929 when the manifest cannot be read or written, S594 when it is laid out so that nothing can be added.
pub fn set_returns(root: &Path, tool: &str, call: &str, of: &str) -> Result<(), Problem> {
    let text = read_text(&root.join(MANIFEST))?;
    let mut wanted = manifest(&text);
    let lines = [(format!("returns.{call}"), of.to_owned())];
    let refused = || not_laid_out(&format!("[tools.{tool}]"), &lines);
    let known = wanted.tools.get_mut(tool).ok_or_else(refused)?;
    known.returns.insert(call.to_owned(), of.to_owned());
    let mut document = parsed(&text)?;
    let tools = inner(document.as_table_mut(), "tools").ok_or_else(refused)?;
    let settings = inner(tools, tool).ok_or_else(refused)?;
    if !settings.contains_key("returns") {
        settings.insert("returns", returns(of));
    }
    let returns = inner(settings, "returns").ok_or_else(refused)?;
    match returns.get_mut(call).and_then(Item::as_value_mut) {
        Some(known) => {
            // A remark behind the line stays.
            let decor = known.decor().clone();
            *known = Value::from(of);
            *known.decor_mut() = decor;
        }
        None => {
            returns.insert(call, Item::Value(Value::from(of)));
        }
    }
    let text = document.to_string();
    if !says(&text, wanted) {
        return Err(refused());
    }
    replace_file(&root.join(MANIFEST), &text)
}

/// A place for types: on one line for a short one, under a heading of its own for a long one.
fn returns(of: &str) -> Item {
    if of.contains('\n') || of.len() > LONG {
        Item::Table(Table::new())
    } else {
        Item::Value(Value::InlineTable(InlineTable::new()))
    }
}

/// The table of a name inside another, made where there is none.
fn inner<'t>(of: &'t mut dyn TableLike, name: &str) -> Option<&'t mut dyn TableLike> {
    if !of.contains_key(name) {
        let mut made = Table::new();
        made.set_implicit(false);
        of.insert(name, Item::Table(made));
    }
    of.get_mut(name)?.as_table_like_mut()
}

fn parsed(text: &str) -> Result<DocumentMut, Problem> {
    text.parse::<DocumentMut>().map_err(|error| {
        Problem::new(
            codes::S594,
            "sophia.toml cannot be changed: it cannot be read.",
        )
        .because(error.message().to_owned())
    })
}

fn manifest(text: &str) -> Manifest {
    Manifest::from_toml(text, &MANIFEST.into()).0
}

/// Whether a text says what is wanted, and nothing else.
fn says(text: &str, mut wanted: Manifest) -> bool {
    let mut came = manifest(text);
    // Holidays of files are read later, by whoever reads the project.
    came.holidays.clear();
    wanted.holidays.clear();
    came == wanted
}

fn not_laid_out(section: &str, lines: &[(String, String)]) -> Problem {
    let problem = Problem::new(
        codes::S594,
        format!("Nothing could be added to `{section}` of sophia.toml."),
    )
    .with_help("write the lines into it by hand");
    lines.iter().fold(problem, |problem, (name, value)| {
        let key = Key::new(name).to_string();
        problem.because(format!("{key} = {}", Value::from(value.as_str())))
    })
}
