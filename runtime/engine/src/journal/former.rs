//! Stores of a former format, and how one becomes a store of today's.
//!
//! Kept true here: it happens in one transaction, so a store has the one format or the other whenever it stops in
//! between; nothing that a store holds is lost with it; whoever does it holds the right to write.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::schema;

/// The oldest format that is still brought up to date.
pub(super) const OLDEST: i64 = 3;

/// Whether a store of this format can be brought up to date.
pub(super) fn is_former(format: i64) -> bool {
    (OLDEST..schema::FORMAT).contains(&format)
}

/// Brings a store up to date.
///
/// # Errors
/// What the store says; then it is as it was. It needs about as much room again as the records take.
pub(super) fn bring_up_to_date(connection: &Connection) -> Result<(), rusqlite::Error> {
    // A table that others refer to is taken away for a moment; within a transaction this cannot be set.
    connection.pragma_update(None, "foreign_keys", false)?;
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let format: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    // Another process may have done it meanwhile.
    if is_former(format) {
        transaction.execute_batch(ASIDE)?;
        transaction.execute_batch(schema::RUNS)?;
        transaction.execute_batch(OVER)?;
        transaction.pragma_update(None, "user_version", schema::FORMAT)?;
    }
    transaction.commit()
}

/// Format 3: an index over the records of each run, and two over runs that nothing asked for.
const ASIDE: &str = "
drop index runs_in_line;
alter table runs rename to runs_of_3;
alter table events rename to events_of_3;
alter table resting rename to resting_of_3;
";

/// Format 4: each record says how far behind it the one before is, and a run which is its last.
const OVER: &str = "
insert into runs (id, run, playbook, environment, plan, status, created, ended, summary, line, parent, last, inputs)
select id, run, playbook, environment, plan, status, created, ended, summary, line, parent,
       (select id from events_of_3 as records where records.run = runs_of_3.id order by sequence desc limit 1), inputs
from runs_of_3 order by id;
insert into events (id, run, sequence, back, body)
select id, run, sequence,
       id - (select id from events_of_3 as before
             where before.run = events_of_3.run and before.sequence = events_of_3.sequence - 1), body
from events_of_3 order by id;
insert into resting (run, next, since, events) select run, next, since, events from resting_of_3;
drop table resting_of_3;
drop table events_of_3;
drop table runs_of_3;
";
