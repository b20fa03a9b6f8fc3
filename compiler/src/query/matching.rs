//! `match_recognize`: rows that follow one another in a pattern.
//!
//! Kept true here: one row per match has the columns of `partition by` and the measures, all rows have their own columns and
//! the measures; a measure may be missing, because a symbol of the pattern may have matched no row.

use sqlparser::ast::{
    Expr, Ident, MatchRecognizePattern as Pattern, MatchRecognizeSymbol as Symbol, RowsPerMatch,
    TableFactor,
};

use super::call::name_of;
use super::from::relation_of;
use super::scope::{Column, Scope};
use super::typer::Typer;

impl Typer<'_> {
    /// Adds the rows that a pattern finds to a scope.
    pub fn matched(&mut self, scope: &mut Scope<'_>, factor: &TableFactor) {
        let TableFactor::MatchRecognize {
            table,
            partition_by,
            order_by,
            measures,
            rows_per_match,
            pattern,
            symbols,
            alias,
            ..
        } = factor
        else {
            return;
        };
        let mut inner = Scope::inside(scope.parent);
        inner.relations = self.lone_factor(scope, table);
        let open = inner.relations.iter().any(|relation| relation.open);
        let mut columns = match rows_per_match {
            Some(RowsPerMatch::AllRows(_)) => (inner.relations.iter())
                .flat_map(|relation| relation.columns.iter().cloned())
                .collect(),
            _ => self.parts(&inner, partition_by),
        };
        for key in order_by {
            let typed = self.expression(&inner, &key.expr);
            self.decides(&typed);
        }

        // Each symbol stands for the rows that it matched.
        let mut names = Vec::new();
        symbols_of(pattern, &mut names);
        let rows = inner.relations.clone();
        for name in names {
            for mut relation in rows.iter().cloned() {
                relation.path = vec![self.dialect.name(name)];
                relation.only_qualified = true;
                inner.relations.push(relation);
            }
        }
        self.in_pattern = true;
        for symbol in symbols {
            let typed = self.expression(&inner, &symbol.definition);
            self.decides(&typed);
        }
        for measure in measures {
            let typed = self.expression(&inner, &measure.expr);
            columns.push(Column {
                name: self.dialect.name(&measure.alias),
                typed: typed.nullable(!is_counted(&measure.expr)),
                span: measure.alias.span,
            });
        }
        self.in_pattern = false;
        let relation = relation_of(self.dialect, "the matches", columns, alias.as_ref(), open);
        scope.relations.push(relation);
    }

    /// The columns of `partition by`.
    fn parts(&mut self, inner: &Scope<'_>, keys: &[Expr]) -> Vec<Column> {
        let mut columns = Vec::new();
        for key in keys {
            let typed = self.expression(inner, key);
            self.decides(&typed);
            let ident = match key {
                Expr::Identifier(ident) => Some(ident),
                Expr::CompoundIdentifier(path) => path.last(),
                _ => None,
            };
            if let Some(ident) = ident {
                columns.push(Column {
                    name: self.dialect.name(ident),
                    typed,
                    span: ident.span,
                });
            }
        }
        columns
    }
}

/// Whether a measure is there for every match: how many rows, or which match.
fn is_counted(measure: &Expr) -> bool {
    match measure {
        Expr::Function(function) => matches!(
            &*name_of(function),
            "count" | "match_number" | "match_sequence_number"
        ),
        _ => false,
    }
}

/// The symbols that a pattern names.
fn symbols_of<'p>(pattern: &'p Pattern, found: &mut Vec<&'p Ident>) {
    let mut open = vec![pattern];
    while let Some(pattern) = open.pop() {
        match pattern {
            Pattern::Symbol(symbol) | Pattern::Exclude(symbol) => found.extend(named(symbol)),
            Pattern::Permute(symbols) => found.extend(symbols.iter().filter_map(named)),
            Pattern::Concat(parts) | Pattern::Alternation(parts) => open.extend(parts),
            Pattern::Group(inner) | Pattern::Repetition(inner, _) => open.push(inner),
        }
    }
}

fn named(symbol: &Symbol) -> Option<&Ident> {
    match symbol {
        Symbol::Named(ident) => Some(ident),
        Symbol::Start | Symbol::End => None,
    }
}
