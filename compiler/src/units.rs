//! Units at the border: what the plain numbers of SQL and JSON mean, as `[units]` says.

use std::sync::Arc;

use sophia_plan::types::{Currency, Type};

use crate::project::Manifest;

/// The type that `[units]` gives a column or an argument.
///
/// `money USD` and `percent` are types; `percent as 15` and `money in COLUMN` change the number on its
/// way and are not read here.
pub(crate) fn unit(manifest: &Manifest, path: &str) -> Option<Type> {
    let written = manifest.units.get(path)?;
    let mut words = written.split_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some("percent"), None, None) => Some(Type::Percent),
        (Some("money"), Some(currency), None) => Some(Type::Money(Currency(Arc::from(currency)))),
        _ => None,
    }
}
