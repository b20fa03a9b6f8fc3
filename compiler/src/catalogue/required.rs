//! Columns that a person says are never missing, although the database allows it.
//!
//! Kept true here: a path that leads nowhere changes nothing; it is told elsewhere.

use std::collections::BTreeSet;

use super::Catalogue;

impl Catalogue {
    /// Takes these columns, as `connection.table.column`, to be never missing. A run fails where one is all the same.
    pub fn require(&mut self, paths: &BTreeSet<String>) {
        for path in paths {
            let Some((connection, rest)) = path.split_once('.') else {
                continue;
            };
            let Some((table, column)) = rest.rsplit_once('.') else {
                continue;
            };
            let Some(pinned) = self.connections.get_mut(connection) else {
                continue;
            };
            let meant = |known: &str, written: &str| known.eq_ignore_ascii_case(written);
            let tables = (pinned.tables.iter_mut()).filter(|(known, _)| {
                let short = known.rsplit('.').next().unwrap_or(known);
                meant(known, table) || meant(short, table)
            });
            for named in tables.flat_map(|(_, table)| &mut table.columns) {
                if meant(&named.name, column) {
                    named.nullable = false;
                }
            }
        }
    }
}
