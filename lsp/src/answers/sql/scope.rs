//! Which rows a place inside SQL can see: tables, what `with` names, and queries in parentheses, under the names that
//! the statement gives them.

use std::collections::BTreeMap;

use sophia_compiler::catalogue::{Column, Table};
use sophia_diagnostics::Span;

use super::NO_ALIAS;
use super::list::given;
use super::pieces::Piece;

/// Rows that can be read, under one name.
#[derive(Clone, Debug)]
pub(crate) struct Relation<'c> {
    /// What the statement calls them.
    pub(crate) name: String,
    /// The table that they are the rows of; `None` for what the statement makes itself.
    pub(crate) table: Option<&'c str>,
    pub(crate) columns: Vec<Shown<'c>>,
    /// Where `with` gives them this name.
    pub(crate) made: Option<Span>,
    /// Whether they are those of a statement around the one that is written.
    pub(crate) outer: bool,
}

/// A column of such rows.
#[derive(Clone, Debug)]
pub(crate) struct Shown<'c> {
    pub(crate) name: String,
    /// The column of a table that it is, where it is nothing else.
    pub(crate) of: Option<(&'c str, &'c Column)>,
    /// Where the statement names it, unless it is a table's own name.
    pub(crate) made: Option<Span>,
    /// Where it stands in the list of the query that gives it; nowhere, where a `*` gives it.
    pub(crate) given: Option<Span>,
}

/// What a place can see.
#[derive(Debug, Default)]
pub(crate) struct Scope<'c> {
    pub(crate) relations: Vec<Relation<'c>>,
    /// What `with` has named so far, and may be read like a table.
    pub(crate) named: Vec<Relation<'c>>,
    /// The columns that the query itself gives, where they may be spoken of.
    pub(crate) given: Vec<Shown<'c>>,
    /// Whether they come before those that are read: in `order by`.
    pub(crate) given_first: bool,
}

impl<'c> Scope<'c> {
    /// The rows of a name.
    pub(crate) fn relation(&self, name: &str) -> Option<&Relation<'c>> {
        let mut relations = self.relations.iter();
        relations.find(|relation| relation.name.eq_ignore_ascii_case(name))
    }
}

/// What can be spoken of while a statement is looked at.
#[derive(Clone)]
struct Known<'c> {
    tables: &'c BTreeMap<String, Table>,
    named: Vec<Relation<'c>>,
}

/// What the place of a byte can see.
pub(super) fn scope<'c>(
    pieces: &[Piece<'_>],
    tables: &'c BTreeMap<String, Table>,
    offset: usize,
) -> Scope<'c> {
    let known = Known {
        tables,
        named: Vec::new(),
    };
    of_query(pieces, offset, known, Vec::new())
}

const SET_OPERATIONS: &[&str] = &["union", "except", "intersect", "minus"];
pub(super) const READS: &[&str] = &["from", "join", "into", "update", "using"];
pub(super) const ENDS_READING: &[&str] = &[
    "where",
    "group",
    "order",
    "having",
    "limit",
    "offset",
    "fetch",
    "window",
    "set",
    "values",
    "returning",
    "qualify",
    "when",
    "select",
];

fn holds(span: Span, offset: usize) -> bool {
    span.start as usize <= offset && offset <= span.end as usize
}

fn is_query(pieces: &[Piece<'_>]) -> bool {
    pieces
        .first()
        .is_some_and(|piece| piece.is(&["select", "with"]))
}

fn of_query<'c>(
    pieces: &[Piece<'_>],
    offset: usize,
    mut known: Known<'c>,
    outer: Vec<Relation<'c>>,
) -> Scope<'c> {
    let (made, rest) = with(pieces);
    for named in made {
        if holds(named.span, offset) {
            if named.recursive {
                let relation = named.relation(&known);
                known.named.push(relation);
            }
            return of_query(named.body, offset, known, Vec::new());
        }
        let relation = named.relation(&known);
        known.named.push(relation);
    }
    let parts: Vec<_> = rest.split(|piece| piece.is(SET_OPERATIONS)).collect();
    let begun = parts.iter().rposition(|part| begins_before(part, offset));
    let part = begun
        .and_then(|at| parts.get(at))
        .copied()
        .unwrap_or_default();
    let (relations, read_in_parentheses) = read(part, &known, true);
    let mut visible = relations;
    visible.extend(outer.into_iter().map(|relation| Relation {
        outer: true,
        ..relation
    }));
    of_part(part, offset, known, visible, &read_in_parentheses)
}

/// Whether a part has a piece that ends before a byte, or holds it.
fn begins_before(part: &[Piece<'_>], offset: usize) -> bool {
    part.iter().any(|piece| match piece {
        Piece::Word(_, span) | Piece::Group(_, span) => (span.start as usize) <= offset,
        Piece::Mark(_) => false,
    })
}

fn of_part<'c>(
    part: &[Piece<'_>],
    offset: usize,
    known: Known<'c>,
    visible: Vec<Relation<'c>>,
    read_in_parentheses: &[Span],
) -> Scope<'c> {
    let inside = part.iter().find_map(|piece| match piece {
        Piece::Group(inside, span) if holds(*span, offset) => Some((inside, *span)),
        _ => None,
    });
    if let Some((inside, span)) = inside {
        if !is_query(inside) {
            return of_part(inside, offset, known, visible, read_in_parentheses);
        }
        // What is read beside a query in `from` cannot be seen from it.
        let outer = if read_in_parentheses.contains(&span) {
            Vec::new()
        } else {
            visible
        };
        return of_query(inside, offset, known, outer);
    }
    let clause = part.iter().rev().find_map(|piece| match piece {
        Piece::Word(word, span) if (span.end as usize) < offset && piece.is(ENDS_READING) => {
            Some(word.to_lowercase())
        }
        _ => None,
    });
    let speaks_of_given = matches!(
        clause.as_deref(),
        Some("order" | "group" | "having" | "qualify")
    );
    let given = if speaks_of_given {
        given(part, &visible)
    } else {
        Vec::new()
    };
    Scope {
        relations: visible,
        named: known.named,
        given,
        given_first: clause.as_deref() == Some("order"),
    }
}

/// The columns that a statement gives.
pub(super) fn output<'c>(
    pieces: &[Piece<'_>],
    tables: &'c BTreeMap<String, Table>,
) -> Vec<Shown<'c>> {
    let known = Known {
        tables,
        named: Vec::new(),
    };
    columns(pieces, &known)
}

/// What `with` names.
struct Named<'p, 's> {
    name: &'s str,
    made: Span,
    columns: Vec<(&'s str, Span)>,
    body: &'p [Piece<'s>],
    span: Span,
    recursive: bool,
}

impl Named<'_, '_> {
    fn relation<'c>(&self, known: &Known<'c>) -> Relation<'c> {
        Relation {
            name: self.name.to_owned(),
            table: None,
            columns: renamed(columns(self.body, known), &self.columns),
            made: Some(self.made),
            outer: false,
        }
    }
}

/// What stands before the query proper, and the query.
fn with<'p, 's>(pieces: &'p [Piece<'s>]) -> (Vec<Named<'p, 's>>, &'p [Piece<'s>]) {
    let mut named = Vec::new();
    if !pieces.first().is_some_and(|piece| piece.is(&["with"])) {
        return (named, pieces);
    }
    let mut rest = pieces.get(1..).unwrap_or_default();
    let recursive = rest.first().is_some_and(|piece| piece.is(&["recursive"]));
    if recursive {
        rest = rest.get(1..).unwrap_or_default();
    }
    while let Some(Piece::Word(name, made)) = rest.first() {
        let mut after = rest.get(1..).unwrap_or_default();
        let columns = match after.first() {
            Some(Piece::Group(inside, _)) => {
                after = after.get(1..).unwrap_or_default();
                words_of(inside)
            }
            _ => Vec::new(),
        };
        let words = after
            .iter()
            .take_while(|piece| piece.is(&["as", "not", "materialized"]));
        after = after.get(words.count()..).unwrap_or_default();
        let Some(Piece::Group(body, span)) = after.first() else {
            break;
        };
        named.push(Named {
            name,
            made: *made,
            columns,
            body,
            span: *span,
            recursive,
        });
        after = after.get(1..).unwrap_or_default();
        let goes_on = after.first().is_some_and(|piece| piece.is_mark(','));
        rest = if goes_on {
            after.get(1..).unwrap_or_default()
        } else {
            after
        };
        if !goes_on {
            break;
        }
    }
    (named, rest)
}

fn words_of<'s>(pieces: &[Piece<'s>]) -> Vec<(&'s str, Span)> {
    let words = pieces.iter().filter_map(|piece| match piece {
        Piece::Word(word, span) => Some((*word, *span)),
        _ => None,
    });
    words.collect()
}

fn renamed<'c>(columns: Vec<Shown<'c>>, names: &[(&str, Span)]) -> Vec<Shown<'c>> {
    if names.is_empty() {
        return columns;
    }
    let mut columns = columns.into_iter();
    let renamed = names.iter().map(|(name, made)| Shown {
        name: (*name).to_owned(),
        of: columns.next().and_then(|column| column.of),
        made: Some(*made),
        given: Some(*made),
    });
    renamed.collect()
}

/// The columns that a query gives.
fn columns<'c>(pieces: &[Piece<'_>], known: &Known<'c>) -> Vec<Shown<'c>> {
    let mut known = known.clone();
    let (made, rest) = with(pieces);
    for named in made {
        let relation = named.relation(&known);
        known.named.push(relation);
    }
    let part = rest.split(|piece| piece.is(SET_OPERATIONS)).next();
    let part = part.unwrap_or_default();
    let (relations, _) = read(part, &known, true);
    given(part, &relations)
}

/// The rows that a part of a query reads, and where queries in parentheses stand among them. `begins` where the
/// first word is an order and no name.
fn read<'c>(part: &[Piece<'_>], known: &Known<'c>, begins: bool) -> (Vec<Relation<'c>>, Vec<Span>) {
    let mut relations = Vec::new();
    let mut in_parentheses = Vec::new();
    let mut listing = !begins;
    let mut wanted = !begins;
    let mut at = 0;
    while let Some(piece) = part.get(at) {
        at += 1;
        if piece.is(READS) {
            (listing, wanted) = (true, true);
            continue;
        }
        if piece.is(ENDS_READING) {
            (listing, wanted) = (false, false);
            continue;
        }
        if piece.is_mark(',') {
            wanted = listing;
            continue;
        }
        if !wanted || piece.is(&["lateral", "only"]) {
            continue;
        }
        wanted = false;
        let mut relation = match piece {
            Piece::Word(first, _) => {
                let mut name = *first;
                while part.get(at).is_some_and(|piece| piece.is_mark('.'))
                    && let Some(Piece::Word(word, _)) = part.get(at + 1)
                {
                    name = word;
                    at += 2;
                }
                let Some(relation) = rows_of(name, known) else {
                    continue;
                };
                relation
            }
            Piece::Group(inside, span) if is_query(inside) => {
                in_parentheses.push(*span);
                Relation {
                    name: String::new(),
                    table: None,
                    columns: columns(inside, known),
                    made: None,
                    outer: false,
                }
            }
            Piece::Group(inside, _) => {
                let (inner, inner_parentheses) = read(inside, known, false);
                relations.extend(inner);
                in_parentheses.extend(inner_parentheses);
                continue;
            }
            Piece::Mark(_) => continue,
        };
        if part.get(at).is_some_and(|piece| piece.is(&["as"])) {
            at += 1;
        }
        if let Some(Piece::Word(alias, _)) = part.get(at)
            && !part.get(at).is_some_and(|piece| piece.is(NO_ALIAS))
        {
            (*alias).clone_into(&mut relation.name);
            relation.made = None;
            at += 1;
            if let Some(Piece::Group(inside, _)) = part.get(at) {
                relation.columns = renamed(relation.columns, &words_of(inside));
                at += 1;
            }
        }
        relations.push(relation);
    }
    (relations, in_parentheses)
}

/// The rows of a name that stands where rows are read.
fn rows_of<'c>(name: &str, known: &Known<'c>) -> Option<Relation<'c>> {
    let mut named = known.named.iter().rev();
    if let Some(named) = named.find(|named| named.name.eq_ignore_ascii_case(name)) {
        return Some(named.clone());
    }
    let mut tables = known.tables.iter();
    let (found, table) = tables.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    let columns = table.columns.iter().map(|column| Shown {
        name: column.name.clone(),
        of: Some((found.as_str(), column)),
        made: None,
        given: None,
    });
    Some(Relation {
        name: found.clone(),
        table: Some(found),
        columns: columns.collect(),
        made: None,
        outer: false,
    })
}
