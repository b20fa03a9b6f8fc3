//! The state of one check, and the ways to complain.

use std::collections::BTreeSet;

use sophia_diagnostics::{Diagnostic, Span};
use sophia_plan::types::Type;
use sqlparser::tokenizer::Span as SqlSpan;

use super::dialect::Dialect;
use super::scope::Named;
use super::text::Source;
use super::typed::Typed;
use super::{ColumnSource, QueryRequest};

/// How deep expressions and queries may nest before Sophia gives up on them.
const DEEPEST: u32 = 120;

/// Types one query.
pub(super) struct Typer<'a> {
    pub request: &'a QueryRequest<'a>,
    pub source: &'a Source,
    pub dialect: Dialect,
    pub errors: Vec<Diagnostic>,
    pub warnings: Vec<Diagnostic>,
    pub indirect: BTreeSet<ColumnSource>,
    pub indirect_holes: BTreeSet<usize>,
    pub tables: BTreeSet<String>,
    pub hole_types: Vec<Option<Type>>,
    /// The common table expressions in sight, the nearest last.
    pub named: Vec<Named>,
    /// Whether a column was already missed in a query that has no `from`.
    pub missed_from: bool,
    /// Tables that columns name and that no `from` has: each is told once.
    pub missed_tables: BTreeSet<String>,
    /// The text is a command's, which writes.
    pub writing: bool,
    /// What is typed stands in a `match_recognize`.
    pub in_pattern: bool,
    depth: u32,
}

impl<'a> Typer<'a> {
    pub fn new(request: &'a QueryRequest<'a>, source: &'a Source, dialect: Dialect) -> Self {
        Self {
            request,
            source,
            dialect,
            errors: Vec::new(),
            warnings: Vec::new(),
            indirect: BTreeSet::new(),
            indirect_holes: BTreeSet::new(),
            tables: BTreeSet::new(),
            hole_types: vec![None; request.sql.holes.len()],
            named: Vec::new(),
            missed_from: false,
            missed_tables: BTreeSet::new(),
            writing: false,
            in_pattern: false,
            depth: 0,
        }
    }

    /// The place in the file; the whole text where the tree does not know it.
    pub fn place(&self, span: SqlSpan) -> Span {
        if span.start.line == 0 {
            self.source.whole()
        } else {
            self.source.span(span)
        }
    }

    /// Reports a mistake, once: the same part of a text may be typed more than once.
    pub fn error(&mut self, diagnostic: Diagnostic) {
        if !same_place(&self.errors, &diagnostic) {
            self.errors.push(diagnostic);
        }
    }

    /// Reports something to look at, once.
    pub fn warn(&mut self, diagnostic: Diagnostic) {
        if !same_place(&self.warnings, &diagnostic) {
            self.warnings.push(diagnostic);
        }
    }

    /// Goes one level deeper; gives nothing, after a report, where the text nests beyond reason.
    pub fn deeper<T>(
        &mut self,
        span: impl FnOnce() -> SqlSpan,
        work: impl FnOnce(&mut Self) -> T,
    ) -> Option<T> {
        if self.depth >= DEEPEST {
            let place = self.place(span());
            self.report_not_covered(place, "an expression that nests this deeply");
            return None;
        }
        self.depth += 1;
        let result = work(self);
        self.depth -= 1;
        Some(result)
    }

    /// Notes what the place of a hole wants.
    pub fn want(&mut self, typed: &Typed, of: &Type) {
        if *of == Type::Unknown || *of == Type::None {
            return;
        }
        if let Some(slot) = typed.hole.and_then(|hole| self.hole_types.get_mut(hole)) {
            slot.get_or_insert_with(|| of.clone());
        }
    }

    /// Two operands that must be alike: each wants the other's type where it is a hole.
    pub fn want_alike(&mut self, left: &Typed, right: &Typed) {
        self.want(left, &right.of);
        self.want(right, &left.of);
    }

    /// A value that decides which rows appear or in which order.
    pub fn decides(&mut self, typed: &Typed) {
        for source in typed.sources.keys() {
            if !self.indirect.contains(source) {
                self.indirect.insert(source.clone());
            }
        }
        self.indirect_holes.extend(&typed.holes);
    }
}

fn same_place(list: &[Diagnostic], new: &Diagnostic) -> bool {
    list.iter()
        .any(|old| old.code == new.code && old.span == new.span)
}
