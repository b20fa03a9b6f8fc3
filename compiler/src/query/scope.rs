//! What names can mean at one place of a query.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use sqlparser::ast::{Expr, Ident, NamedWindowDefinition};
use sqlparser::tokenizer::Span as SqlSpan;

use super::dialect::Dialect;
use super::typed::Typed;

/// A column of a relation or of a result.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// The name as the source keeps it; empty where it has none.
    pub name: String,
    pub typed: Typed,
    /// Where the select list gives it.
    pub span: SqlSpan,
}

/// Something with columns in `from`.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    /// The names by which it can be qualified, the last one first: alias, or table, schema, catalogue.
    pub path: Vec<String>,
    /// For messages: `customers`.
    pub name: String,
    /// A table of the catalogue, not something that the query made.
    pub base: bool,
    pub columns: Vec<Column>,
    /// Has columns that cannot be known; any name is accepted.
    pub open: bool,
    /// Its columns are only seen behind its name, as those of `excluded`.
    pub only_qualified: bool,
    /// Its columns are made of values that only a run finds.
    pub pivoted: bool,
}

impl Relation {
    /// Whether `qualifier` (in the order written) names this relation.
    pub fn is_called(&self, dialect: Dialect, qualifier: &[Ident]) -> bool {
        !qualifier.is_empty()
            && qualifier.len() <= self.path.len()
            && qualifier
                .iter()
                .rev()
                .zip(&self.path)
                .all(|(ident, name)| dialect.means(ident, name))
    }

    /// Whether a column behind `qualifier`, which may be empty, may be one of this relation.
    pub fn may_be_called(&self, dialect: Dialect, qualifier: &[Ident]) -> bool {
        qualifier.is_empty() || self.is_called(dialect, qualifier)
    }

    /// The columns that a written name means; more than one only if they differ in nothing but case.
    pub fn find(&self, dialect: Dialect, ident: &Ident) -> Vec<usize> {
        let all: Vec<usize> = self
            .columns
            .iter()
            .enumerate()
            .filter(|(_, column)| dialect.means(ident, &column.name))
            .map(|(index, _)| index)
            .collect();
        if all.len() > 1 {
            let kept = dialect.name(ident);
            let exact: Vec<usize> = all
                .iter()
                .copied()
                .filter(|index| {
                    self.columns
                        .get(*index)
                        .is_some_and(|column| column.name == kept)
                })
                .collect();
            if !exact.is_empty() {
                return exact;
            }
        }
        all
    }

    /// After an outer join every column of the side without a partner may be missing.
    pub fn make_nullable(&mut self) {
        for column in &mut self.columns {
            column.typed.nullable = true;
            column.typed.even = false;
        }
    }
}

/// How the rows of a select are grouped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Grouping {
    /// Not at all, or by keys that always have rows.
    #[default]
    Rows,
    /// All rows together: aggregates give one row even over no rows.
    Whole,
}

/// The names of one select.
#[derive(Default)]
pub(super) struct Scope<'s> {
    pub relations: Vec<Relation>,
    /// Columns that `using` or `natural` made one of two.
    pub merged: Vec<Column>,
    /// The aliases of the select list, where the dialect lets them be used.
    pub aliases: Vec<(&'s Ident, &'s Expr)>,
    /// Aliases that are being typed, so that `a + 1 as a` means the column.
    pub busy: RefCell<Vec<usize>>,
    pub grouping: Grouping,
    /// Whether a plain column may be missing because it stands beside an aggregate over no rows, or
    /// beside grouping sets.
    pub loose: Cell<bool>,
    /// How many rows every group has at least, where `having` proves it.
    pub at_least: Option<u64>,
    /// The windows that `window w as (…)` names.
    pub windows: &'s [NamedWindowDefinition],
    /// The query around this one.
    pub parent: Option<&'s Scope<'s>>,
}

impl<'s> Scope<'s> {
    /// An empty scope inside another.
    pub fn inside(parent: Option<&'s Scope<'s>>) -> Self {
        Self {
            parent,
            ..Self::default()
        }
    }

    /// A scope that sees only a result.
    pub fn of_columns(columns: Vec<Column>, parent: Option<&'s Scope<'s>>) -> Self {
        Self {
            relations: vec![Relation {
                path: Vec::new(),
                name: "the result".to_owned(),
                base: false,
                columns,
                open: false,
                only_qualified: false,
                pivoted: false,
            }],
            ..Self::inside(parent)
        }
    }

    /// This scope and those around it, the nearest first.
    pub fn levels(&self) -> impl Iterator<Item = &Scope<'s>> {
        std::iter::successors(Some(self), |scope| scope.parent)
    }
}

/// The columns of a common table expression.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub name: String,
    pub columns: Arc<[Column]>,
    /// Has columns that cannot be known.
    pub open: bool,
}
