//! Rows that are `distinct`, sorted by a column that is not among theirs.
//!
//! Kept true here: what is told fails in the source. SQLite takes the value of any row.

use sqlparser::ast::{Distinct, Expr, OrderBy, OrderByKind, Select, SelectItem, Spanned};

use super::dialect::Dialect;
use super::group_keys::{aliases, plain_column};
use super::scope::Scope;
use super::select::has_star;
use super::typer::Typer;

impl Typer<'_> {
    /// Complains about the first key of `order by` that is a column which the select list does not give.
    pub fn judge_distinct(&mut self, scope: &Scope<'_>, select: &Select, order: &OrderBy) {
        let (Some(Distinct::Distinct), OrderByKind::Expressions(keys)) =
            (&select.distinct, &order.kind)
        else {
            return;
        };
        if self.dialect == Dialect::Sqlite || !self.errors.is_empty() || has_star(select) {
            return;
        }
        let given: Vec<_> = (select.projection.iter())
            .filter_map(|item| match item {
                SelectItem::UnnamedExpr(expression)
                | SelectItem::ExprWithAlias {
                    expr: expression, ..
                } => plain_column(expression)?.pop(),
                _ => None,
            })
            .collect();
        let is_given = |key: &Expr| {
            let Some(column) = plain_column(key).and_then(|mut path| path.pop()) else {
                return true;
            };
            (given.iter()).any(|given| given.value.eq_ignore_ascii_case(&column.value))
                || (aliases(select).iter()).any(|(alias, _)| self.is(&column, alias))
        };
        let lost = (keys.iter()).find(|key| {
            !is_given(&key.expr)
                && plain_column(&key.expr).is_some_and(|path| self.is_column(scope, &path))
        });
        if let Some(key) = lost {
            let place = self.place(key.expr.span());
            let column = key.expr.to_string();
            self.report_sorted_by_dropped(place, &column);
        }
    }
}
