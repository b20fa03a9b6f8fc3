//! Pins the tables of a connection.

use std::collections::BTreeMap;

use sophia_compiler::catalogue::{Column, Connection, Table};
use sophia_compiler::project::Manifest;
use sophia_diagnostics::Problem;

use crate::environment::Connections;

/// Asks a connection for its tables; one of which messages come has none. The kind is the connection's own, also where a stand-in answers:
/// it fixes the dialect.
///
/// # Errors
/// When the connection cannot be opened or read.
pub(super) async fn describe(
    connections: &Connections,
    name: &str,
    manifest: &Manifest,
) -> Result<Connection, Problem> {
    let kind = manifest
        .connections
        .get(name)
        .or_else(|| connections.settings(name))
        .map(|settings| settings.kind.clone())
        .unwrap_or_default();
    if connections.has_messages(name) {
        let tables = BTreeMap::new();
        return Ok(Connection { kind, tables });
    }
    // What stands in for another kind of database tells nothing of that one's keys.
    let stands_in = (connections.settings(name)).is_some_and(|settings| settings.kind != kind);
    let source = connections.source(name).await?;
    let tables: BTreeMap<_, _> = source
        .describe()
        .await?
        .into_iter()
        .map(|table| {
            let columns = table
                .columns
                .into_iter()
                .map(|column| Column {
                    name: column.name,
                    declared: column.declared,
                    nullable: column.nullable,
                    labels: Vec::new(),
                })
                .collect();
            (
                table.name,
                Table {
                    rows: table.rows,
                    key: table.key.filter(|_| !stands_in),
                    unique: if stands_in { Vec::new() } else { table.unique },
                    columns,
                },
            )
        })
        .collect();
    Ok(Connection { kind, tables })
}
