//! What playbooks keep between their runs.
//!
//! Kept true here: a value changes in the transaction that makes the step which set it durable, so it is
//! set exactly once; of two runs that set the same, the one that stands later in the store wins.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};
use sophia_plan::Value;

use super::record::Packed;
use super::tables::beside;

/// A state has this value from now on.
#[derive(Clone, Debug, PartialEq)]
pub struct StateChange {
    /// Environment, playbook, state and key value.
    pub name: Arc<str>,
    /// What it holds.
    pub value: Value,
}

/// A change as the writer takes it.
#[derive(Debug)]
pub(super) struct PackedChange {
    pub(super) name: Arc<str>,
    pub(super) value: Packed,
}

/// Changes states within a transaction.
pub(super) fn change(
    transaction: &Connection,
    changes: &[PackedChange],
) -> Result<(), rusqlite::Error> {
    for PackedChange { name, value } in changes {
        beside(transaction, &value.beside)?;
        transaction
            .prepare_cached(
                "insert into states (state, value) values (?1, ?2)
                 on conflict (state) do update set value = excluded.value",
            )?
            .execute(rusqlite::params![&**name, value.body])?;
    }
    Ok(())
}

/// The packed value of a state.
pub(super) fn stored(
    connection: &Connection,
    name: &str,
) -> Result<Option<Vec<u8>>, rusqlite::Error> {
    connection
        .prepare_cached("select value from states where state = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}
