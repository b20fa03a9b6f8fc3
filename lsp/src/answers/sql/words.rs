//! What the words of SQL mean: a table or a column of the connection, or what the statement makes itself.

use std::collections::BTreeMap;

use sophia_compiler::catalogue::Table;
use sophia_diagnostics::Span;

use super::pieces::{Piece, pieces};
use super::scope::{self, Relation, Shown};
use super::{Statement, qualifier, statement_at, statements};
use crate::answers::meaning::{Meaning, Meant};
use crate::project::{File, Project, Spot};

/// What a word of SQL means.
pub(in crate::answers) fn meant(spot: &Spot<'_>, offset: usize) -> Option<Meant> {
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
    });
    let meaning = meaning.or_else(|| {
        let mut output = words.output().into_iter();
        let given = output.find(|column| column.made == Some(span))?;
        within(&given)
    })?;
    Some(Meant { span, meaning })
}

/// The words of a file's SQL that are this one, and what each means.
pub(in crate::answers) fn spoken(
    project: &Project,
    file: &File,
    word: &str,
) -> Vec<(Span, Meaning)> {
    let words = statements(file).filter_map(|statement| Words::of(project, file, statement));
    let found = words.flat_map(|words| {
        let all = words.all().into_iter();
        let own = all.filter(|(said, _)| said.eq_ignore_ascii_case(word));
        let meant = own.filter_map(|(said, span)| Some((span, words.meaning(said, span)?)));
        meant.collect::<Vec<_>>()
    });
    found.collect()
}

/// The words of a statement that mean what it makes at a place itself.
pub(in crate::answers) fn uses(spot: &Spot<'_>, at: Span) -> Vec<Span> {
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
pub(in crate::answers) fn says(spot: &Spot<'_>, offset: usize, wanted: &str) -> bool {
    Words::at(spot, offset).is_some_and(|words| {
        let mut all = words.all().into_iter();
        all.any(|(word, _)| word.eq_ignore_ascii_case(wanted))
    })
}

/// The columns that a statement gives.
pub(in crate::answers) fn output<'v>(
    project: &'v Project,
    file: &'v File,
    statement: Statement<'v>,
) -> Vec<Shown<'v>> {
    Words::of(project, file, statement).map_or_else(Vec::new, |words| words.output())
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
        Self::of(spot.project?, spot.file, statement_at(spot, offset)?)
    }

    fn of(project: &'v Project, file: &'v File, statement: Statement<'v>) -> Option<Self> {
        let connections = &project.catalogue.connections;
        Some(Self {
            text: file.text.as_str(),
            connection: statement.connection,
            tables: &connections.get(statement.connection)?.tables,
            pieces: pieces(statement.sql),
        })
    }

    /// The columns that the statement gives.
    fn output(&self) -> Vec<Shown<'v>> {
        scope::output(&self.pieces, self.tables)
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
        let given = || {
            let mut given = scope.given.iter();
            let found = given.find(|column| column.name.eq_ignore_ascii_case(word))?;
            within(found)
        };
        if scope.given_first
            && let Some(meaning) = given()
        {
            return Some(meaning);
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
        let column = relations.find_map(|relation| self.column(relation, word));
        column.or_else(given)
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
        // Another name for a table's column is the statement's own.
        if let Some((table, column)) = found.of
            && (found.made.is_none() || column.name.eq_ignore_ascii_case(&found.name))
        {
            return Some(Meaning::Column {
                connection: self.connection.to_owned(),
                table: table.to_owned(),
                column: column.name.clone(),
            });
        }
        within(found)
    }
}

/// A column that the statement names itself.
fn within(column: &Shown<'_>) -> Option<Meaning> {
    Some(Meaning::Within {
        name: column.name.clone(),
        made: column.made?,
        rows: None,
    })
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
pub(super) fn word_at<'s>(pieces: &[Piece<'s>], offset: usize) -> Option<(&'s str, Span)> {
    pieces.iter().find_map(|piece| match piece {
        Piece::Word(word, span) if span.touches(offset) => Some((*word, *span)),
        Piece::Group(inside, span) if span.touches(offset) => word_at(inside, offset),
        _ => None,
    })
}
