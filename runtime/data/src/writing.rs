//! What writing has in common, whichever database it goes to.
//!
//! Kept true here: a write that did not end changed nothing, and a caller is told whether it is worth another
//! try; more rows than a command may change undo it.

use sophia_diagnostics::{Problem, codes};

use crate::answer::Answer;
use crate::description::{ColumnDescription, TableKey, quoted};
use crate::rows::too_many_changed;
use crate::source::{Changed, CommandRequest, RecordRequest, WriteFailure};

/// What is written in a transaction.
pub(crate) enum Writing<'a> {
    Command(&'a CommandRequest<'a>),
    Record(&'a RecordRequest<'a>),
}

/// A transaction that was not committed is rolled back, so nothing was changed.
pub(crate) fn unchanged(problem: Problem) -> WriteFailure {
    if problem.code == codes::S939 {
        WriteFailure::transient(problem)
    } else {
        WriteFailure::permanent(problem)
    }
}

/// What a command did, once its last row has come; a mistake when it changed more than it may.
pub(crate) fn changed(
    request: &CommandRequest<'_>,
    rows: u64,
    answer: Option<Answer>,
) -> Result<Changed, Problem> {
    if let Some(bound) = request.at_most.filter(|bound| rows > *bound) {
        return Err(too_many_changed(rows, bound));
    }
    let returned = answer.map(Answer::table).transpose()?;
    Ok(Changed {
        rows,
        returned,
        before: false,
    })
}

/// The statement that makes a table where there is none. `name` is quoted already; `declared` gives a
/// column's type as the database reads it.
pub(crate) fn create_table(
    name: &str,
    columns: &[ColumnDescription],
    key: Option<TableKey<'_>>,
    declared: fn(&str) -> String,
) -> String {
    let mut parts: Vec<String> = columns
        .iter()
        .map(|column| {
            let not_null = if column.nullable { "" } else { " not null" };
            let declared = declared(&column.declared);
            format!("{} {declared}{not_null}", quoted(&column.name))
        })
        .collect();
    if let Some(key) = key {
        let word = if key.primary { "primary key" } else { "unique" };
        let columns: Vec<String> = key.columns.iter().map(|column| quoted(column)).collect();
        parts.push(format!("{word} ({})", columns.join(", ")));
    }
    format!("create table if not exists {name} ({})", parts.join(", "))
}

/// The statement that adds a column to a table. `name` and `declared` are as in [`create_table`].
pub(crate) fn add_column(
    name: &str,
    column: &ColumnDescription,
    declared: fn(&str) -> String,
) -> String {
    format!(
        "alter table {name} add column {} {}",
        quoted(&column.name),
        declared(&column.declared)
    )
}
