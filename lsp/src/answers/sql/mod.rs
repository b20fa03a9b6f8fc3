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
    let words = Words::at(spot, offset)?;
    let (word, span) = word_at(&words.pieces, offset)?;
    let meaning = words.meaning(word, span).or_else(|| {
        let mut all = words.all().into_iter();
        // The word may make what others mean.
        all.find_map(|(word, span_of_use)| {
            words
                .meaning(word, span_of_use)
                .filter(|meaning| matches!(meaning, Meaning::Within { made, .. } if *made == span))
        })
    })?;
    Some(Meant { span, meaning })
}

/// The words of a statement that mean what it makes at a place itself.
pub(super) fn uses(spot: &Spot<'_>, at: Span) -> Vec<Span> {
    let Some(words) = Words::at(spot, at.start as usize) else {
        return Vec::new();
    };
    let all = words.all().into_iter();
    let used = all.filter(|(word, span)| {
        let meaning = words.meaning(word, *span);
        matches!(meaning, Some(Meaning::Within { made, .. }) if made == at)
    });
    used.map(|(_, span)| span).collect()
}

/// Whether a word stands in the statement around a place.
pub(super) fn says(spot: &Spot<'_>, offset: usize, wanted: &str) -> bool {
    Words::at(spot, offset).is_some_and(|words| {
        let mut all = words.all().into_iter();
        all.any(|(word, _)| word.eq_ignore_ascii_case(wanted))
    })
}

/// The words of a statement, and what they may speak of.
struct Words<'v> {
    text: &'v str,
    connection: &'v str,
    tables: &'v BTreeMap<String, Table>,
    pieces: Vec<Piece<'v>>,
}

impl<'v> Words<'v> {
    fn at(spot: &Spot<'v>, offset: usize) -> Option<Self> {
        let statement = statement_at(spot, offset)?;
        let connections = &spot.project?.catalogue.connections;
        Some(Self {
            text: spot.file.text.as_str(),
            connection: statement.connection,
            tables: &connections.get(statement.connection)?.tables,
            pieces: pieces(statement.sql),
        })
    }

    fn all(&self) -> Vec<(&'v str, Span)> {
        let mut all = Vec::new();
        gather(&self.pieces, &mut all);
        all
    }

    fn meaning(&self, word: &str, span: Span) -> Option<Meaning> {
        let scope = scope::scope(&self.pieces, self.tables, span.start as usize);
        if let Some(qualifier) = qualifier(self.text, span.start as usize) {
            return self.column(scope.relation(qualifier)?, word);
        }
        let named = || (scope.named.iter()).find(|named| named.name.eq_ignore_ascii_case(word));
        if let Some(relation) = scope.relation(word).or_else(named) {
            let table = relation.table.map(|table| self.table(table));
            if let Some(meaning) = table.or_else(|| made_rows(relation)) {
                return Some(meaning);
            }
        }
        let mut tables = scope.relations.iter().filter_map(|relation| relation.table);
        if let Some(table) = tables.find(|table| table.eq_ignore_ascii_case(word)) {
            return Some(self.table(table));
        }
        let mut relations = scope.relations.iter();
        relations.find_map(|relation| self.column(relation, word))
    }

    fn table(&self, table: &str) -> Meaning {
        Meaning::Table {
            connection: self.connection.to_owned(),
            table: table.to_owned(),
        }
    }

    fn column(&self, relation: &Relation<'_>, word: &str) -> Option<Meaning> {
        let mut columns = relation.columns.iter();
        let found = columns.find(|column| column.name.eq_ignore_ascii_case(word))?;
        if let Some((table, column)) = found.of {
            return Some(Meaning::Column {
                connection: self.connection.to_owned(),
                table: table.to_owned(),
                column: column.name.clone(),
            });
        }
        Some(Meaning::Within {
            name: found.name.clone(),
            made: found.made?,
            rows: None,
        })
    }
}

fn made_rows(relation: &Relation<'_>) -> Option<Meaning> {
    let columns = relation.columns.iter();
    Some(Meaning::Within {
        name: relation.name.clone(),
        made: relation.made?,
        rows: Some(columns.map(|column| column.name.clone()).collect()),
    })
}

fn gather<'s>(pieces: &[Piece<'s>], all: &mut Vec<(&'s str, Span)>) {
    for piece in pieces {
        match piece {
            Piece::Word(word, span) => all.push((word, *span)),
            Piece::Group(inside, _) => gather(inside, all),
            Piece::Mark(_) => {}
        }
    }
}

/// The word at a byte.
fn word_at<'s>(pieces: &[Piece<'s>], offset: usize) -> Option<(&'s str, Span)> {
    pieces.iter().find_map(|piece| match piece {
        Piece::Word(word, span) if span.touches(offset) => Some((*word, *span)),
        Piece::Group(inside, span) if span.touches(offset) => word_at(inside, offset),
        _ => None,
    })
}
