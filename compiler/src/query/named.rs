//! The table that a name in SQL means.
//!
//! Kept true here: a name that more than one table could carry means none.

use std::collections::BTreeMap;

use sqlparser::ast::{Ident, ObjectName, ObjectNamePart};

use crate::catalogue::Table;

/// The parts of a name that are plain words.
pub(super) fn idents(name: &ObjectName) -> Vec<Ident> {
    name.0
        .iter()
        .filter_map(ObjectNamePart::as_ident)
        .cloned()
        .collect()
}

/// The one table of a connection that a path names.
pub(super) fn table_of<'t>(
    tables: &'t BTreeMap<String, Table>,
    path: &[Ident],
) -> Option<&'t Table> {
    let written: Vec<&str> = path.iter().map(|ident| ident.value.as_str()).collect();
    let written = written.join(".");
    tables.get(&written).or_else(|| {
        let mut found = tables
            .iter()
            .filter(|(key, _)| is_same_table(key, &written));
        let (_, table) = found.next()?;
        found.next().is_none().then_some(table)
    })
}

/// Whether a table's key is what was written; one of them may carry more qualifiers.
pub(super) fn is_same_table(key: &str, written: &str) -> bool {
    let ends_with = |long: &str, short: &str| {
        long.len()
            .checked_sub(short.len())
            .and_then(|at| long.get(at..).zip(long.get(..at)))
            .is_some_and(|(end, before)| {
                end.eq_ignore_ascii_case(short) && (before.is_empty() || before.ends_with('.'))
            })
    };
    ends_with(key, written) || ends_with(written, key)
}
