//! Columns that stand beside a group, and have no one value in it.
//!
//! Kept true here: what is told fails in the source. A column counts as grouped where it stands anywhere in a key, and in
//! PostgreSQL where the key of its table may stand there; SQLite takes a value from any row.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, Function, FunctionArguments, GroupByExpr, Ident, Query, Select, SelectItem, Visit,
    Visitor,
};
use sqlparser::tokenizer::Span as SqlSpan;

use super::call::{argument_expression, arguments, is_aggregate, name_of};
use super::dialect::Dialect;
use super::functions;
use super::scope::{Column, Relation, Scope};
use super::select::{has_star, item, ordinal};
use super::typer::Typer;

impl Typer<'_> {
    /// Complains about the first column of a grouped select that is neither a key nor inside an aggregate.
    pub fn judge_grouped(&mut self, scope: &Scope<'_>, select: &Select) {
        let GroupByExpr::Expressions(keys, _) = &select.group_by else {
            return;
        };
        // A key that is not known may have been this column.
        if !self.errors.is_empty() {
            return;
        }
        // What a number means is not known beside `*`.
        let keys = single(keys);
        let numbered = keys.iter().any(|key| ordinal(key).is_some());
        if self.dialect == Dialect::Sqlite || (numbered && has_star(select)) {
            return;
        }
        let aliases: Vec<(&Ident, &Expr)> = (select.projection.iter())
            .filter_map(|item| match item {
                SelectItem::ExprWithAlias { expr, alias } => Some((alias, expr)),
                _ => None,
            })
            .collect();
        let keys = self.keys(select, &keys, &aliases);
        let mut shown = Columns::of(self.dialect);
        for item in &select.projection {
            if let SelectItem::UnnamedExpr(expression)
            | SelectItem::ExprWithAlias {
                expr: expression, ..
            } = item
            {
                let _ = expression.visit(&mut shown);
            }
        }
        let lost = shown.all.iter().find(|path| {
            let Some((column, qualifier)) = path.split_last() else {
                return false;
            };
            let aliased = aliases.iter().any(|(alias, _)| self.is(column, alias));
            if qualifier.is_empty() && aliased {
                return false;
            }
            let mut owners = scope.relations.iter().filter(|relation| {
                (qualifier.is_empty() || relation.is_called(self.dialect, qualifier))
                    && !relation.find(self.dialect, column).is_empty()
            });
            match (owners.next(), owners.next()) {
                (Some(owner), None) => !self.is_one(owner, column, &keys),
                _ => false,
            }
        });
        if let Some(path) = lost
            && let (Some(first), Some(last)) = (path.first(), path.last())
        {
            let place = self.place(first.span.union(&last.span));
            let name = last.value.clone();
            self.report_ungrouped(place, &name, keys.is_empty());
        }
    }

    fn is(&self, ident: &Ident, alias: &Ident) -> bool {
        self.dialect.means(ident, &self.dialect.name(alias))
    }

    /// Every column that stands in a key: in one that is an alias or a number, those of the item that it means.
    fn keys(
        &self,
        select: &Select,
        keys: &[&Expr],
        aliases: &[(&Ident, &Expr)],
    ) -> Vec<Vec<Ident>> {
        let mut found = Columns::of(self.dialect);
        for key in keys {
            let meant = ordinal(key).and_then(|number| item(select, number));
            let _ = meant.unwrap_or(key).visit(&mut found);
        }
        // An alias may be made of another.
        let mut open = aliases.to_vec();
        loop {
            let (meant, rest): (Vec<_>, Vec<_>) = open.into_iter().partition(|(alias, _)| {
                (found.all.iter()).any(|path| matches!(&path[..], [ident] if self.is(ident, alias)))
            });
            if meant.is_empty() {
                return found.all;
            }
            for (_, expression) in meant {
                let _ = expression.visit(&mut found);
            }
            open = rest;
        }
    }

    /// Whether a column of a relation has, or may have, one value where these columns have one.
    fn is_one(&self, owner: &Relation, column: &Ident, keys: &[Vec<Ident>]) -> bool {
        keys.iter().any(|path| {
            let Some((key, qualifier)) = path.split_last() else {
                return false;
            };
            if !qualifier.is_empty() && !owner.is_called(self.dialect, qualifier) {
                return false;
            }
            key.value.eq_ignore_ascii_case(&column.value)
                || (owner.find(self.dialect, key).into_iter())
                    .filter_map(|index| owner.columns.get(index))
                    .any(|key| self.may_be_the_key(owner, key))
        })
    }

    /// In PostgreSQL all columns of a table have one value where its primary key has. The catalogue does not say which
    /// that is; a column that may be empty is none.
    fn may_be_the_key(&self, owner: &Relation, column: &Column) -> bool {
        self.dialect == Dialect::Postgres
            && owner.base
            && column.typed.sources.keys().any(|source| {
                (self.request.tables.get(&*source.table)).is_none_or(|table| {
                    let mut columns = table.columns.iter();
                    columns.any(|column| *column.name == *source.column && !column.nullable)
                })
            })
    }
}

/// The keys one by one, those of grouping sets included.
fn single(keys: &[Expr]) -> Vec<&Expr> {
    (keys.iter())
        .flat_map(|key| match key {
            Expr::Rollup(sets) | Expr::Cube(sets) | Expr::GroupingSets(sets) => {
                sets.iter().flat_map(|set| single(set)).collect()
            }
            Expr::Tuple(parts) => single(parts),
            key => vec![key],
        })
        .collect()
}

/// The columns that stand in expressions, outside of aggregates and of queries inside.
struct Columns {
    dialect: Dialect,
    /// How deep the walk is in what is left out.
    hidden: usize,
    /// Words such as `month` in their place: no columns.
    words: Vec<SqlSpan>,
    all: Vec<Vec<Ident>>,
}

impl Columns {
    fn of(dialect: Dialect) -> Self {
        Self {
            dialect,
            hidden: 0,
            words: Vec::new(),
            all: Vec::new(),
        }
    }

    /// Whether what is inside may be seen of many rows, as in an aggregate, or may be no column of this select.
    fn hides(&self, expression: &Expr) -> bool {
        match expression {
            Expr::Function(function) => {
                is_aggregate(self.dialect, function)
                    || !function.within_group.is_empty()
                    || !is_known(self.dialect, function)
            }
            Expr::CompoundFieldAccess { .. } | Expr::Lambda(_) => true,
            _ => false,
        }
    }

    fn note(&mut self, expression: &Expr) {
        match expression {
            // One without a place was not written.
            Expr::Identifier(ident)
                if ident.span.start.line > 0 && !self.words.contains(&ident.span) =>
            {
                self.all.push(vec![ident.clone()]);
            }
            Expr::CompoundIdentifier(path) => self.all.push(path.clone()),
            Expr::CompoundFieldAccess { root, .. } => self.note(root),
            Expr::Function(function) => {
                let word = functions::find(self.dialect, &name_of(function))
                    .and_then(|signature| signature.word)
                    .and_then(|place| arguments(function).into_iter().nth(place))
                    .and_then(argument_expression);
                if let Some(Expr::Identifier(ident)) = word {
                    self.words.push(ident.span);
                }
            }
            _ => {}
        }
    }
}

fn is_known(dialect: Dialect, function: &Function) -> bool {
    matches!(
        function.args,
        FunctionArguments::List(_) | FunctionArguments::None
    ) && functions::find(dialect, &name_of(function)).is_some()
}

impl Visitor for Columns {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.hidden += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.hidden -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        if self.hidden == 0 {
            self.note(expression);
        }
        self.hidden += usize::from(self.hides(expression));
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        self.hidden -= usize::from(self.hides(expression));
        ControlFlow::Continue(())
    }
}
