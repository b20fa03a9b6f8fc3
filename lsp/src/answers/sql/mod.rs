//! What words inside SQL mean: the tables and columns of the connection, as the lock has them.
//!
//! The statement is looked at word by word, so that it need not be whole: which rows it reads, under which names.

mod pieces;
mod scope;

use std::collections::BTreeMap;

use sophia_compiler::catalogue::Table;
use sophia_diagnostics::Span;
use sophia_language::syntax::{Item, SqlText};

use super::meaning::{Meaning, Meant};
use crate::project::Spot;
use pieces::{Piece, pieces};
pub(crate) use scope::{Relation, Scope, Shown};

/// A statement, and the connection that it is for.
pub(crate) struct Statement<'v> {
    pub(crate) connection: &'v str,
    pub(crate) sql: &'v SqlText,
}

/// The statement around a byte; `None` outside SQL and inside its holes.
pub(crate) fn statement_at<'v>(spot: &Spot<'v>, offset: usize) -> Option<Statement<'v>> {
    let items = spot.parsed()?.file.items.iter();
    let mut statements = items.filter_map(|item| match item {
        Item::Query(it) => Some((&it.connection, &it.sql)),
        Item::Command(it) => Some((&it.connection, &it.sql)),
        Item::Metric(it) => Some((&it.connection, &it.sql)),
        Item::Predictor(it) => Some((&it.connection, &it.sql)),
        _ => None,
    });
    let (connection, sql) = statements.find(|(_, sql)| {
        sql.span.start as usize <= offset
            && offset <= sql.span.end as usize
            && sql.span.start < sql.span.end
    })?;
    let in_hole = sql
        .holes
        .iter()
        .any(|(_, hole)| (hole.start as usize) < offset && offset < hole.end as usize);
    (!in_hole).then_some(Statement {
        connection: &connection.text,
        sql,
    })
}

/// Words that end the list of tables, or join two of them: none is the other name of a table.
const NO_ALIAS: &[&str] = &[
    "on",
    "where",
    "group",
    "order",
    "left",
    "right",
    "inner",
    "outer",
    "full",
    "cross",
    "join",
    "using",
    "limit",
    "having",
    "union",
    "set",
    "values",
    "natural",
    "window",
    "offset",
    "returning",
];

/// What the place of a byte can see of the tables that are known.
pub(crate) fn scope<'c>(
    statement: &Statement<'_>,
    known: &'c BTreeMap<String, Table>,
    offset: usize,
) -> Scope<'c> {
    scope::scope(&pieces(statement.sql), known, offset)
}

/// The word before the dot that stands before a byte: `c` in `c.ema‸`.
pub(crate) fn qualifier(text: &str, offset: usize) -> Option<&str> {
    let before = text.get(..offset)?;
    let before = before.trim_end_matches(|letter: char| letter.is_alphanumeric() || letter == '_');
    let before = before.strip_suffix('.')?;
    let start = before
        .rfind(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
        .map_or(0, |at| {
            at + before
                .get(at..)
                .and_then(|rest| rest.chars().next())
                .map_or(1, char::len_utf8)
        });
    before.get(start..).filter(|word| !word.is_empty())
}

/// What a word of SQL means.
pub(super) fn meant(spot: &Spot<'_>, offset: usize) -> Option<Meant> {
    let statement = statement_at(spot, offset)?;
    let connection = spot
        .project?
        .catalogue
        .connections
        .get(statement.connection)?;
    let pieces = pieces(statement.sql);
    let (word, span) = word_at(&pieces, offset)?;
    let scope = scope::scope(&pieces, &connection.tables, span.start as usize);
    let column = |relation: &Relation<'_>| {
        let mut columns = relation.columns.iter();
        let column = columns.find(|column| column.name.eq_ignore_ascii_case(word))?;
        let (table, column) = column.of?;
        Some(Meaning::Column {
            connection: statement.connection.to_owned(),
            table: table.to_owned(),
            column: column.name.clone(),
        })
    };
    let meant = |meaning| Some(Meant { span, meaning });
    if let Some(qualifier) = qualifier(spot.file.text.as_str(), span.start as usize) {
        return meant(column(scope.relation(qualifier)?)?);
    }
    if let Some(table) = scope
        .relation(word)
        .and_then(|relation| relation.table)
        .or_else(|| {
            scope
                .relations
                .iter()
                .filter_map(|relation| relation.table)
                .find(|table| table.eq_ignore_ascii_case(word))
        })
    {
        return meant(Meaning::Table {
            connection: statement.connection.to_owned(),
            table: table.to_owned(),
        });
    }
    meant(scope.relations.iter().find_map(column)?)
}

/// The word at a byte.
fn word_at<'s>(pieces: &[Piece<'s>], offset: usize) -> Option<(&'s str, Span)> {
    pieces.iter().find_map(|piece| match piece {
        Piece::Word(word, span) if span.touches(offset) => Some((*word, *span)),
        Piece::Group(inside, span) if span.touches(offset) => word_at(inside, offset),
        _ => None,
    })
}
