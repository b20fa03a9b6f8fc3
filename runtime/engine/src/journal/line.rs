//! The lines of `one run at a time`.
//!
//! Kept true here: of a line at most one run is under way; the others wait in the order in which they
//! came; the next one may begin from the very record that ends the one before.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};
use sophia_diagnostics::{Problem, codes};
use sophia_plan::step::Overlap;

use super::{Created, RunId, RunStatus, RunSummary};

/// The line that a run stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Environment, playbook and key value.
    pub name: Arc<str>,
    /// What happens when another run of the line is under way.
    pub overlap: Overlap,
}

/// What becomes of a run that comes while these of its line have not ended, the oldest first.
pub(super) fn take_place(overlap: Overlap, before: Vec<RunId>) -> Created {
    match (overlap, before.first()) {
        (_, None) => Created::New,
        (Overlap::Wait | Overlap::NewestWins, Some(_)) => Created::Queued { behind: before },
        (Overlap::Join, Some(first)) => Created::Joins(first.clone()),
        (Overlap::Skip, Some(first)) => Created::Skipped { by: first.clone() },
    }
}

/// Why a run waits in line.
pub(super) fn reason(before: &RunId) -> String {
    format!("Waits in line: run {before} is under way, and one runs at a time.")
}

/// A run that has ended may not begin again while another of its line is under way, or waits for its turn.
///
/// # Errors
/// S903.
pub(super) fn begins_again(run: &RunId, unfinished: &[RunId]) -> Result<(), Problem> {
    match unfinished.iter().find(|other| *other != run) {
        None => Ok(()),
        Some(other) => Err(Problem::new(
            codes::S903,
            format!(
                "Run {run} cannot begin again: run {other} is under way, and one runs at a time."
            ),
        )
        .with_help(format!("try again once run {other} has ended"))),
    }
}

/// The line of a run that has ended.
pub(super) fn of_ended(
    transaction: &Connection,
    row: i64,
) -> Result<Option<String>, rusqlite::Error> {
    transaction
        .prepare_cached("select line from runs where id = ?1 and ended is not null")?
        .query_row([row], |row| row.get(0))
        .optional()
        .map(Option::flatten)
}

/// The run of a line that begins next: the first that waits, where none is under way.
#[must_use]
pub fn next_begins<'a>(line: impl IntoIterator<Item = &'a RunSummary>) -> Option<&'a RunSummary> {
    let open = line.into_iter().filter(|run| !run.status.is_final());
    let first = open.min_by(|one, other| one.run.cmp(&other.run))?;
    (first.status == RunStatus::Queued).then_some(first)
}

/// The runs of a line that have not ended, the oldest first.
pub(super) fn unfinished(
    transaction: &Connection,
    line: &str,
) -> Result<Vec<RunId>, rusqlite::Error> {
    transaction
        .prepare_cached("select run from runs where line = ?1 and ended is null order by id")?
        .query_map([line], |row| Ok(RunId(row.get::<_, String>(0)?.into())))?
        .collect()
}

/// A run of a line ended: the first that waits may begin.
pub(super) fn advance(transaction: &Connection, ended: i64) -> Result<(), rusqlite::Error> {
    let line: Option<String> = transaction
        .prepare_cached("select line from runs where id = ?1")?
        .query_row([ended], |row| row.get(0))?;
    let Some(line) = line else { return Ok(()) };
    let first: Option<(i64, String)> = transaction
        .prepare_cached(
            "select id, status from runs where line = ?1 and ended is null order by id limit 1",
        )?
        .query_row([&line], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if let Some((id, status)) = first
        && status == RunStatus::Queued.as_str()
    {
        transaction
            .prepare_cached("update runs set status = ?2, summary = '' where id = ?1")?
            .execute(params![id, RunStatus::Running.as_str()])?;
    }
    Ok(())
}
