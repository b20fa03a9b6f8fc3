//! The queries that editors run on a tree: colours, languages inside, folds, names.

use crate::words::{self, Role};

/// `highlights.scm`
#[must_use]
pub fn highlights() -> String { String::new() }
/// `injections.scm`
#[must_use]
pub fn injections() -> String { String::new() }
/// `folds.scm`
#[must_use]
pub fn folds() -> String { String::new() }
/// `locals.scm`
#[must_use]
pub fn locals() -> String { String::new() }
