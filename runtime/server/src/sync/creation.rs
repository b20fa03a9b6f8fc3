//! Makes the tables that playbooks record into and that a source lacks.
//!
//! Kept true here: a database is changed in `dev` alone, and there only where nobody else works with it; everything else
//! is text for people to read, and a text that stands is not written over.

use std::collections::{BTreeMap, BTreeSet};

use sophia_compiler::catalogue::Catalogue;
use sophia_compiler::creation::{NewTable, lacking};
use sophia_data::{ColumnDescription, TableKey};
use sophia_diagnostics::{Diagnostic, Problem};

use super::{Selection, definitions, tables};
use crate::environment::Connections;
use crate::project::{Project, add_units};

/// What `sync --create` did.
#[derive(Clone, Debug, Default)]
pub struct Creation {
    /// What the sources lacked, by connection and table.
    pub tables: Vec<Created>,
    /// What stands in the way; then nothing was done.
    pub diagnostics: Vec<Diagnostic>,
    /// The files with statements that were written, relative to the project.
    pub files: Vec<String>,
    /// The lines that `[units]` of the manifest got.
    pub units: Vec<(String, String)>,
}

/// A table, or further columns of one.
#[derive(Clone, Debug)]
pub struct Created {
    /// What it is.
    pub table: NewTable,
    /// The file that holds its statements, relative to the project.
    pub file: String,
    /// Whether it was made in the database too.
    pub applied: bool,
}

/// Makes what is lacking, and puts what was made into the catalogue.
///
/// # Errors
/// When a file cannot be written or a database refuses.
pub(super) async fn create(
    project: &Project,
    connections: &Connections,
    selection: &Selection,
    catalogue: &mut Catalogue,
) -> Result<Creation, Problem> {
    let mut snapshot = project.snapshot.clone();
    snapshot.catalogue = catalogue.clone();
    let found = lacking(&snapshot);
    let mut creation = Creation {
        diagnostics: found.diagnostics,
        ..Creation::default()
    };
    if !creation.diagnostics.is_empty() {
        return Ok(creation);
    }
    let mut by_connection: BTreeMap<String, Vec<NewTable>> = BTreeMap::new();
    for table in found.tables {
        if selection.takes(&table.connection) {
            let tables = by_connection.entry(table.connection.to_string());
            tables.or_default().push(table);
        }
    }
    let units: Vec<(String, String)> = (by_connection.values().flatten())
        .flat_map(NewTable::units)
        .map(|(path, unit)| (path, unit.to_owned()))
        .collect();
    creation.units = add_units(&project.root, &units)?;
    for (name, new) in by_connection {
        let kind = catalogue.connections.get(&name);
        let kind = kind.map(|pinned| pinned.kind.clone()).unwrap_or_default();
        let (file, changed) = definitions::write(&project.root, (&name, &kind), &new)?;
        if changed {
            creation.files.push(file.clone());
        }
        let applied = connections.makes_tables(&name);
        if applied {
            for table in &new {
                apply(connections, table).await?;
            }
            let manifest = &project.snapshot.manifest;
            let described = Box::pin(tables::describe(connections, &name, manifest)).await?;
            catalogue.connections.insert(name, described);
        }
        creation.tables.extend(new.into_iter().map(|table| Created {
            table,
            file: file.clone(),
            applied,
        }));
    }
    Ok(creation)
}

async fn apply(connections: &Connections, table: &NewTable) -> Result<(), Problem> {
    let source = connections.source(&table.connection).await?;
    let columns: Vec<ColumnDescription> = (table.columns.iter())
        .map(|column| ColumnDescription {
            name: column.name.to_string(),
            declared: column.declared.clone(),
            nullable: column.nullable,
        })
        .collect();
    if !table.is_new {
        return source.add_columns(&table.table, &columns).await;
    }
    let key_columns: Vec<&str> = (table.key.iter())
        .flat_map(|key| key.columns.iter().map(|name| &**name))
        .collect();
    let key = table.key.as_ref().map(|key| TableKey {
        columns: &key_columns,
        primary: key.primary,
    });
    source.create_table(&table.table, &columns, key).await
}

/// Tables of the lock that a database of this environment lacks stay in it where playbooks record into them: they are made
/// at the first write. Otherwise a stand-in that is made anew from its files would take them out of the lock.
pub(super) fn keep_made(project: &Project, connections: &Connections, catalogue: &mut Catalogue) {
    let before = &project.snapshot.catalogue;
    let mut gone: BTreeSet<(&str, &str)> = BTreeSet::new();
    for (name, pinned) in &before.connections {
        let Some(now) = catalogue.connections.get(name) else {
            continue;
        };
        if connections.makes_tables(name) {
            let missing = pinned
                .tables
                .keys()
                .filter(|table| !now.tables.contains_key(*table));
            gone.extend(missing.map(|table| (name.as_str(), table.as_str())));
        }
    }
    if gone.is_empty() {
        return;
    }
    let mut snapshot = project.snapshot.clone();
    snapshot.catalogue = catalogue.clone();
    for table in lacking(&snapshot).tables {
        let known = (before.connections.get(&*table.connection))
            .and_then(|pinned| pinned.tables.get(&*table.table));
        let now = catalogue.connections.get_mut(&*table.connection);
        if let (Some(known), Some(now)) = (known, now)
            && gone.contains(&(&*table.connection, &*table.table))
        {
            now.tables.insert(table.table.to_string(), known.clone());
        }
    }
}
