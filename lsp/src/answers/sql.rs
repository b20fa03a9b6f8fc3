//! What words inside SQL mean: the tables and columns of the connection, as the lock has them.
//!
//! The statement is looked at word by word, so that it need not be whole: which tables it reads, under which names.

use std::collections::BTreeMap;

use sophia_compiler::catalogue::{Column, Table};
use sophia_diagnostics::Span;
use sophia_language::syntax::{Item, SqlText};

use super::meaning::{Meaning, Meant};
use crate::project::Spot;

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

/// The words of a statement with their places in the file.
fn words(sql: &SqlText) -> Vec<(&str, Span)> {
    let mut words = Vec::new();
    let mut begin = None;
    let is_inside = |letter: char| letter.is_alphanumeric() || letter == '_';
    let start = sql.start as usize;
    for (at, letter) in sql.text.char_indices().chain([(sql.text.len(), ' ')]) {
        match (begin, is_inside(letter)) {
            (None, true) => begin = Some(at),
            (Some(from), false) => {
                let word = sql.text.get(from..at).unwrap_or_default();
                words.push((word, Span::new(start + from, start + at)));
                begin = None;
            }
            _ => {}
        }
    }
    words
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

/// The tables that a statement reads, by every name under which it may speak of each.
pub(crate) fn tables<'c>(
    statement: &Statement<'_>,
    known: &'c BTreeMap<String, Table>,
) -> BTreeMap<String, (&'c str, &'c Table)> {
    let words = words(statement.sql);
    let mut found = BTreeMap::new();
    for (place, (word, span)) in words.iter().enumerate() {
        let lower = word.to_lowercase();
        let Some((name, table)) = known.iter().find(|(name, _)| name.to_lowercase() == lower)
        else {
            continue;
        };
        let before = place.checked_sub(1).and_then(|place| words.get(place));
        let stands_for_rows = before.is_some_and(|(word, _)| {
            ["from", "join", "into", "update", "as"].contains(&word.to_lowercase().as_str())
                || separated_by(statement.sql, word, *span, ',')
        });
        if !stands_for_rows {
            continue;
        }
        found.insert(name.clone(), (name.as_str(), table));
        let mut after = words
            .iter()
            .skip(place + 1)
            .map(|(word, _)| word.to_lowercase());
        let alias = after.next().and_then(|word| {
            if word == "as" {
                after.next()
            } else {
                Some(word)
            }
        });
        if let Some(alias) = alias.filter(|alias| !NO_ALIAS.contains(&alias.as_str())) {
            found.insert(alias, (name.as_str(), table));
        }
    }
    found
}

/// Whether a mark stands right before a word.
fn separated_by(sql: &SqlText, _: &str, word: Span, mark: char) -> bool {
    let at = (word.start - sql.start) as usize;
    let before = sql.text.get(..at).unwrap_or_default().trim_end();
    before.ends_with(mark)
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
    let (word, span) = words(statement.sql)
        .into_iter()
        .find(|(_, span)| span.touches(offset))?;
    let tables = tables(&statement, &connection.tables);
    let lower = word.to_lowercase();
    let column = |name: &str, table: &Table| -> Option<Column> {
        let mut columns = table.columns.iter();
        columns
            .find(|column| column.name.to_lowercase() == lower)
            .cloned()
            .filter(|_| !name.is_empty())
    };
    let of = |table: &str, column: Column| Meaning::Column {
        connection: statement.connection.to_owned(),
        table: table.to_owned(),
        column: column.name,
    };
    let text = spot.file.text.as_str();
    if let Some(qualifier) = qualifier(text, span.start as usize) {
        let (name, table) = tables.get(&qualifier.to_lowercase())?;
        let meaning = of(name, column(name, table)?);
        return Some(Meant { span, meaning });
    }
    if let Some((name, _)) = tables.get(&lower) {
        let meaning = Meaning::Table {
            connection: statement.connection.to_owned(),
            table: (*name).to_owned(),
        };
        return Some(Meant { span, meaning });
    }
    let found = tables
        .values()
        .find_map(|(name, table)| Some((name, column(name, table)?)));
    let (name, column) = found?;
    Some(Meant {
        span,
        meaning: of(name, column),
    })
}
