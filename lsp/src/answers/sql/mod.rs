//! What words inside SQL mean: the tables and columns of the connection, as the lock has them.
//!
//! The statement is looked at word by word, so that it need not be whole: which rows it reads, under which names.

mod functions;
mod list;
mod parts;
mod pieces;
mod scope;
mod words;

use std::collections::BTreeMap;

use sophia_compiler::catalogue::Table;
use sophia_language::syntax::{Item, SqlText};

use crate::project::{File, Spot};
pub(super) use functions::function;
pub(super) use parts::around;
use pieces::pieces;
pub(crate) use scope::{Relation, Scope, Shown};
pub(super) use words::{meant, output, says, spoken, uses};

/// A statement, and the connection that it is for.
#[derive(Clone, Copy)]
pub(crate) struct Statement<'v> {
    pub(crate) connection: &'v str,
    pub(crate) sql: &'v SqlText,
    /// The declaration that it stands in.
    pub(crate) item: &'v Item,
}

/// The statements of a file.
pub(crate) fn statements(file: &File) -> impl Iterator<Item = Statement<'_>> {
    let parsed = file.parsed.iter();
    let items = parsed.flat_map(|parsed| &parsed.file.items);
    items.filter_map(|item| {
        let (connection, sql) = match item {
            Item::Query(it) => (&it.connection, &it.sql),
            Item::Command(it) => (&it.connection, &it.sql),
            Item::Metric(it) => (&it.connection, &it.sql),
            Item::Predictor(it) => (&it.connection, &it.sql),
            _ => return None,
        };
        Some(Statement {
            connection: &connection.text,
            sql,
            item,
        })
    })
}

/// The statement around a byte; `None` outside SQL and inside its holes.
pub(crate) fn statement_at<'v>(spot: &Spot<'v>, offset: usize) -> Option<Statement<'v>> {
    let statement = statements(spot.file).find(|statement| {
        let span = statement.sql.span;
        span.start as usize <= offset && offset <= span.end as usize && span.start < span.end
    })?;
    let mut holes = statement.sql.holes.iter();
    let in_hole =
        holes.any(|(_, hole)| (hole.start as usize) < offset && offset < hole.end as usize);
    (!in_hole).then_some(statement)
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
