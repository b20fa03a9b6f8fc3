//! A transaction, with what is known of it while it lasts.
//!
//! Kept true here: a statement that many records of a transaction need is looked up once; what was found in the
//! tables is believed no longer than nobody else can change them.

use std::ops::Deref;
use std::sync::Arc;

use rusqlite::{CachedStatement, Transaction};

/// A transaction under way.
pub(super) struct Within<'t> {
    transaction: &'t Transaction<'t>,
    statements: Vec<(&'static str, CachedStatement<'t>)>,
    /// Plans that the store has.
    pub(super) plans: Vec<Arc<str>>,
}

impl<'t> Within<'t> {
    pub(super) fn new(transaction: &'t Transaction<'t>) -> Self {
        Self {
            transaction,
            statements: Vec::new(),
            plans: Vec::new(),
        }
    }

    /// The statement of a text that stands in the program, ready to be run.
    pub(super) fn statement(
        &mut self,
        sql: &'static str,
    ) -> Result<&mut CachedStatement<'t>, rusqlite::Error> {
        // The same text is at the same place, so its letters need not be compared.
        let known = (self.statements.iter()).position(|(known, _)| std::ptr::eq(*known, sql));
        let place = if let Some(place) = known {
            place
        } else {
            let statement = self.transaction.prepare_cached(sql)?;
            self.statements.push((sql, statement));
            self.statements.len() - 1
        };
        Ok(&mut self.statements[place].1)
    }
}

impl<'t> Deref for Within<'t> {
    type Target = Transaction<'t>;

    fn deref(&self) -> &Self::Target {
        self.transaction
    }
}
