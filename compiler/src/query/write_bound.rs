//! How many rows a statement that writes can change at most, as far as its text proves it.
//!
//! Kept true here: a bound is never too small. A row is changed once at most, however many rows of other tables pick it;
//! names that stand before the statement hide the tables of theirs.

use std::collections::BTreeMap;

use sqlparser::ast::{
    Delete, Expr, FromTable, Insert, Merge, MergeClauseKind, Statement, TableWithJoins, Update,
    UpdateTableFromKind, With,
};

use super::bound::{Bounds, number};
use super::dialect::Dialect;
use super::keyed;
use crate::catalogue::Table;

/// The most rows that a statement changes.
pub(super) fn rows(
    dialect: Dialect,
    tables: &BTreeMap<String, Table>,
    with: Option<&With>,
    statement: &Statement,
) -> Option<u64> {
    let mut bounds = Bounds::of(dialect, tables);
    if let Some(with) = with {
        bounds.with(with);
    }
    match statement {
        Statement::Insert(insert) => inserted(&mut bounds, insert),
        Statement::Update(update) => updated(&mut bounds, update),
        Statement::Delete(delete) => deleted(&mut bounds, delete),
        Statement::Merge(merge) => merged(&mut bounds, merge),
        _ => None,
    }
}

fn inserted(bounds: &mut Bounds<'_>, insert: &Insert) -> Option<u64> {
    match &insert.source {
        Some(query) => bounds.query(query),
        None => Some(1),
    }
}

fn updated(bounds: &mut Bounds<'_>, update: &Update) -> Option<u64> {
    let from = match &update.from {
        Some(UpdateTableFromKind::AfterSet(tables) | UpdateTableFromKind::BeforeSet(tables)) => {
            tables.as_slice()
        }
        None => &[],
    };
    let tables = std::iter::once(&update.table).chain(from);
    picked(
        bounds,
        tables,
        update.selection.as_ref(),
        update.limit.as_ref(),
    )
}

fn deleted(bounds: &mut Bounds<'_>, delete: &Delete) -> Option<u64> {
    let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
    let tables = from.iter().chain(delete.using.iter().flatten());
    picked(
        bounds,
        tables,
        delete.selection.as_ref(),
        delete.limit.as_ref(),
    )
}

/// Rows of the first table that a condition picks.
fn picked<'q>(
    bounds: &mut Bounds<'_>,
    tables: impl Iterator<Item = &'q TableWithJoins>,
    condition: Option<&Expr>,
    limit: Option<&Expr>,
) -> Option<u64> {
    let by_key = keyed::picked(bounds, tables, condition);
    by_key.into_iter().chain(limit.and_then(number)).min()
}

/// Each row of the source meets as many rows as it finds, or becomes a new one.
fn merged(bounds: &mut Bounds<'_>, merge: &Merge) -> Option<u64> {
    let beyond = |kind: MergeClauseKind| kind == MergeClauseKind::NotMatchedBySource;
    if merge
        .clauses
        .iter()
        .any(|clause| beyond(clause.clause_kind))
    {
        return None;
    }
    keyed::merged(bounds, &merge.source, &merge.table, &merge.on)
}
