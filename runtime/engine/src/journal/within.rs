//! A transaction, with what is known of it while it lasts.
//!
//! Kept true here: what is not committed is taken back; a statement that many records of a transaction need is looked
//! up once; what was found in the tables is believed no longer than nobody else can change them.

use std::ops::Deref;
use std::sync::Arc;

use rusqlite::{CachedStatement, Connection};

/// A transaction under way, in which nobody else can write.
pub(super) struct Within<'c> {
    connection: &'c Connection,
    statements: Vec<(&'static str, CachedStatement<'c>)>,
    /// Plans that the store has.
    pub(super) plans: Vec<Arc<str>>,
    committed: bool,
}

impl<'c> Within<'c> {
    /// Begins one. Its first words and its last are prepared once for all of them.
    pub(super) fn begin(connection: &'c Connection) -> Result<Self, rusqlite::Error> {
        connection.prepare_cached("begin immediate")?.execute([])?;
        Ok(Self {
            connection,
            statements: Vec::new(),
            plans: Vec::new(),
            committed: false,
        })
    }

    /// What was written is on the disk once this returns well.
    pub(super) fn commit(mut self) -> Result<(), rusqlite::Error> {
        self.statements.clear();
        self.connection.prepare_cached("commit")?.execute([])?;
        self.committed = true;
        Ok(())
    }

    /// The statement of a text that stands in the program, ready to be run.
    pub(super) fn statement(
        &mut self,
        sql: &'static str,
    ) -> Result<&mut CachedStatement<'c>, rusqlite::Error> {
        // The same text is at the same place, so its letters need not be compared.
        let known = (self.statements.iter()).position(|(known, _)| std::ptr::eq(*known, sql));
        let place = if let Some(place) = known {
            place
        } else {
            let statement = self.connection.prepare_cached(sql)?;
            self.statements.push((sql, statement));
            self.statements.len() - 1
        };
        Ok(&mut self.statements[place].1)
    }
}

impl Drop for Within<'_> {
    fn drop(&mut self) {
        if !self.committed {
            self.statements.clear();
            // Where the store has taken it back by itself there is nothing left to take back.
            let _ = self.connection.execute_batch("rollback");
        }
    }
}

impl Deref for Within<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}
