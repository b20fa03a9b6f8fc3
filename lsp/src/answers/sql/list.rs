//! The list of a `select`: which columns it gives, where it names them, and what they are columns of.

use sophia_diagnostics::Span;

use super::pieces::Piece;
use super::scope::{ENDS_READING, READS, Relation, Shown};

/// The columns of a select list, over the rows that are read. What has no name is left out.
pub(super) fn given<'c>(part: &[Piece<'_>], relations: &[Relation<'c>]) -> Vec<Shown<'c>> {
    let Some(start) = part.iter().position(|piece| piece.is(&["select"])) else {
        return Vec::new();
    };
    let list = part.get(start + 1..).unwrap_or_default();
    let end = list
        .iter()
        .position(|piece| piece.is(READS) || piece.is(ENDS_READING));
    let list = list.get(..end.unwrap_or(list.len())).unwrap_or_default();
    let distinct = list
        .iter()
        .take_while(|piece| piece.is(&["distinct", "all"]));
    let list = list.get(distinct.count()..).unwrap_or_default();
    let items = list.split(|piece| piece.is_mark(','));
    items.flat_map(|item| given_by(item, relations)).collect()
}

fn given_by<'c>(item: &[Piece<'_>], relations: &[Relation<'c>]) -> Vec<Shown<'c>> {
    let own = relations.iter().filter(|relation| !relation.outer);
    let read = |qualifier: Option<&str>, name: &str| {
        let relations = relations.iter().filter(|relation| {
            qualifier.is_none_or(|wanted| relation.name.eq_ignore_ascii_case(wanted))
        });
        let mut columns = relations.flat_map(|relation| &relation.columns);
        columns.find(|column| column.name.eq_ignore_ascii_case(name))
    };
    let passed = |qualifier: Option<&str>, name: &str, given: Span| {
        let column = read(qualifier, name);
        vec![Shown {
            name: name.to_owned(),
            of: column.and_then(|column| column.of),
            made: column.and_then(|column| column.made),
            given: Some(given),
        }]
    };
    let named = |name: &str, made: Span, column: Option<&Shown<'c>>| {
        vec![Shown {
            name: name.to_owned(),
            of: column.and_then(|column| column.of),
            made: Some(made),
            given: Some(made),
        }]
    };
    match item {
        [Piece::Mark('*')] => own
            .flat_map(|relation| by_star(&relation.columns))
            .collect(),
        [Piece::Word(name, _), Piece::Mark('.'), Piece::Mark('*')] => own
            .filter(|relation| relation.name.eq_ignore_ascii_case(name))
            .flat_map(|relation| by_star(&relation.columns))
            .collect(),
        [Piece::Word(name, given)] => passed(None, name, *given),
        [
            Piece::Word(qualifier, _),
            Piece::Mark('.'),
            Piece::Word(name, given),
        ] => passed(Some(qualifier), name, *given),
        [before @ .., last @ Piece::Word(name, made)] => match without_as(before) {
            (_, false) if last.is(&["end"]) => Vec::new(),
            ([Piece::Word(plain, _)], _) => named(name, *made, read(None, plain)),
            (
                [
                    Piece::Word(qualifier, _),
                    Piece::Mark('.'),
                    Piece::Word(plain, _),
                ],
                _,
            ) => named(name, *made, read(Some(qualifier), plain)),
            ([.., Piece::Word(..) | Piece::Group(..)], _) | ([_, ..], true) => {
                named(name, *made, None)
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// Columns that a `*` passes on: they stand nowhere in its query.
fn by_star<'c>(columns: &[Shown<'c>]) -> Vec<Shown<'c>> {
    let columns = columns.iter().cloned();
    let passed = columns.map(|column| Shown {
        given: None,
        ..column
    });
    passed.collect()
}

/// What stands before the name of a column, and whether `as` does.
fn without_as<'p, 's>(before: &'p [Piece<'s>]) -> (&'p [Piece<'s>], bool) {
    match before {
        [before @ .., last] if last.is(&["as"]) => (before, true),
        before => (before, false),
    }
}
