//! `sophia sync --create`: what was made, and what is left to do.

use sophia_diagnostics::Problem;
use sophia_server::sync::{Created, Creation, Synced, write_lock};

use super::open::Opened;
use super::sync::{differences, report};
use crate::Exit;
use crate::arguments::{Format, Sync};
use crate::render::diagnostic;
use crate::render::numbers::counted;

/// Pins what was made and tells it. Where `record`s disagree, they are shown and nothing is pinned.
pub(super) fn finish(
    opened: &Opened,
    options: &Sync,
    synced: &Synced,
    creation: &Creation,
) -> Result<Exit, Problem> {
    if !creation.diagnostics.is_empty() {
        if options.format == Format::Json {
            let told = creation.diagnostics.iter();
            let told: Vec<_> = told
                .map(|mistake| diagnostic::json(mistake, &opened.project.texts))
                .collect();
            anstream::println!("{:#}", serde_json::json!({ "diagnostics": told }));
        } else {
            for mistake in &creation.diagnostics {
                anstream::eprintln!("{}", diagnostic::sheet(mistake, &opened.project.texts));
            }
            anstream::eprintln!("Nothing was made, and no file was changed.");
        }
        return Ok(Exit::Problems);
    }
    write_lock(&opened.project.root, &synced.catalogue)?;
    if options.format == Format::Json {
        anstream::println!("{:#}", json(synced, creation));
    } else {
        report(synced, &[]);
        show(creation, &options.env);
    }
    Ok(Exit::Well)
}

fn show(creation: &Creation, environment: &str) {
    if creation.tables.is_empty() {
        anstream::println!(
            "Nothing is lacking: every table and column that is recorded into is there."
        );
        return;
    }
    anstream::println!();
    for created in &creation.tables {
        let table = &created.table;
        let columns = counted(table.columns.len() as u64, "column", "columns");
        let what = if table.is_new {
            let key = table.key.as_ref().map_or_else(String::new, |key| {
                format!(", key {}", key.columns.join(", "))
            });
            format!("new table, {columns}{key}")
        } else {
            let names: Vec<&str> = table.columns.iter().map(|column| &*column.name).collect();
            format!("new {}", names.join(", "))
        };
        let made = if created.applied {
            format!("made in {environment}")
        } else {
            "not made here".to_owned()
        };
        let name = format!("{}.{}", table.connection, table.table);
        anstream::println!("  {name:<32} {what} · {made}");
    }
    for (path, unit) in &creation.units {
        anstream::println!("  sophia.toml, [units]              \"{path}\" = \"{unit}\"");
    }
    let mut files: Vec<&str> = creation
        .tables
        .iter()
        .map(|created| &*created.file)
        .collect();
    files.dedup();
    anstream::println!();
    for file in files {
        let is_new = creation.files.iter().any(|written| written == file);
        let left = creation
            .tables
            .iter()
            .any(|created| created.file == file && !created.applied);
        let state = if is_new {
            "was written"
        } else {
            "holds the statements already"
        };
        anstream::println!("{file} {state}: read it, and keep it with the project.");
        if left {
            anstream::println!(
                "Only `dev` makes tables, in databases that are its own. Have its statements run there, then `sophia sync --env {environment}`."
            );
        }
    }
}

fn json(synced: &Synced, creation: &Creation) -> serde_json::Value {
    let of = |created: &Created| {
        let table = &created.table;
        let columns: Vec<_> = (table.columns.iter())
            .map(|column| {
                serde_json::json!({
                    "name": column.name, "type": column.declared, "nullable": column.nullable, "unit": column.unit,
                })
            })
            .collect();
        serde_json::json!({
            "connection": table.connection, "table": table.table, "new": table.is_new, "columns": columns,
            "key": table.key.as_ref().map(|key| &key.columns), "file": created.file, "made": created.applied,
        })
    };
    let mut told = differences(synced, &[]);
    told["created"] = creation.tables.iter().map(of).collect();
    told["files"] = creation.files.clone().into();
    told["units"] = (creation.units.iter().cloned())
        .collect::<std::collections::BTreeMap<_, _>>()
        .into_iter()
        .map(|(path, unit)| (path, serde_json::Value::from(unit)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    told
}
