//! How many rows a query can give at most, as far as its text proves it.
//!
//! Kept true here: a bound is never too small. What is not surely bounded has no bound: a table, a function
//! in `from`, a limit that is a hole.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, Fetch, GroupByExpr, Ident, Join, JoinOperator, LimitClause, ObjectNamePart, Query,
    Select, SetExpr, SetOperator, TableFactor, TableWithJoins, Top, TopQuantity, Value, Visit,
    Visitor, With,
};

use super::dialect::Dialect;
use super::functions::{self, Kind};
use super::keyed;
use super::named::idents;
use super::select::{has_aggregates, has_grouping_sets};
use crate::catalogue::Table;

/// The most rows of a query.
pub(super) fn rows(
    dialect: Dialect,
    tables: &BTreeMap<String, Table>,
    query: &Query,
) -> Option<u64> {
    Bounds::of(dialect, tables).query(query)
}

/// What a query is bounded by.
pub(super) struct Bounds<'t> {
    pub(super) dialect: Dialect,
    /// The tables of the connection.
    pub(super) tables: &'t BTreeMap<String, Table>,
    /// The common table expressions in sight, the nearest last.
    named: Vec<(String, Option<u64>)>,
}

impl<'t> Bounds<'t> {
    /// With no names in sight but those of tables.
    pub(super) fn of(dialect: Dialect, tables: &'t BTreeMap<String, Table>) -> Self {
        Self {
            dialect,
            tables,
            named: Vec::new(),
        }
    }

    /// Puts the names of a `with` in sight.
    pub(super) fn with(&mut self, with: &With) {
        for table in &with.cte_tables {
            let name = self.dialect.name(&table.alias.name);
            // While its own query is read the name has no bound, because it may mean itself.
            self.named.push((name.clone(), None));
            let most = self.query(&table.query);
            self.named.pop();
            self.named.push((name, most));
        }
    }

    /// Whether a path names no common table expression.
    pub(super) fn is_no_name(&self, path: &[Ident]) -> bool {
        let [ident] = path else { return true };
        !(self.named.iter()).any(|(name, _)| self.dialect.means(ident, name))
    }

    pub(super) fn query(&mut self, query: &Query) -> Option<u64> {
        let before = self.named.len();
        if let Some(with) = &query.with {
            self.with(with);
        }
        let body = self.body(&query.body);
        self.named.truncate(before);
        [
            body,
            limit(query.limit_clause.as_ref()),
            query.fetch.as_ref().and_then(fetched),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn body(&mut self, body: &SetExpr) -> Option<u64> {
        match body {
            SetExpr::Select(select) => self.select(select),
            SetExpr::Query(query) => self.query(query),
            SetExpr::Values(values) => u64::try_from(values.rows.len()).ok(),
            SetExpr::SetOperation { .. } => self.set_operation(body),
            _ => None,
        }
    }

    /// The left side is walked in a loop, so that a long chain does not nest.
    fn set_operation(&mut self, body: &SetExpr) -> Option<u64> {
        let mut links = Vec::new();
        let mut at = body;
        while let SetExpr::SetOperation {
            left, op, right, ..
        } = at
        {
            links.push((*op, &**right));
            at = left;
        }
        let mut most = self.body(at);
        for (operator, right) in links.into_iter().rev() {
            let other = self.body(right);
            most = match operator {
                SetOperator::Union => most
                    .zip(other)
                    .and_then(|(left, right)| left.checked_add(right)),
                SetOperator::Intersect => most.into_iter().chain(other).min(),
                SetOperator::Except | SetOperator::Minus => most,
            };
        }
        most
    }

    fn select(&mut self, select: &Select) -> Option<u64> {
        let top = select.top.as_ref().and_then(top);
        if !select.lateral_views.is_empty()
            || !select.connect_by.is_empty()
            || gives_sets(self.dialect, select)
        {
            return top;
        }
        let grouped = match &select.group_by {
            GroupByExpr::Expressions(keys, _) => !keys.is_empty(),
            GroupByExpr::All(_) => true,
        };
        let body = if has_grouping_sets(select) {
            None
        } else if !grouped && has_aggregates(self.dialect, select) {
            Some(1)
        } else {
            let product = self.product(&select.from);
            let by_key = keyed::rows(self, select);
            product.into_iter().chain(by_key).min()
        };
        body.into_iter().chain(top).min()
    }

    fn product(&mut self, tables: &[TableWithJoins]) -> Option<u64> {
        tables.iter().try_fold(1_u64, |so_far, table| {
            so_far.checked_mul(self.joined(table)?)
        })
    }

    fn joined(&mut self, table: &TableWithJoins) -> Option<u64> {
        let first = self.factor(&table.relation)?;
        table
            .joins
            .iter()
            .try_fold(first, |left, join| self.join(left, join))
    }

    fn join(&mut self, left: u64, join: &Join) -> Option<u64> {
        let right = self.factor(&join.relation)?;
        match &join.join_operator {
            JoinOperator::Join(_)
            | JoinOperator::Inner(_)
            | JoinOperator::CrossJoin(_)
            | JoinOperator::StraightJoin(_) => left.checked_mul(right),
            JoinOperator::Left(_) | JoinOperator::LeftOuter(_) => left.checked_mul(right.max(1)),
            JoinOperator::Right(_) | JoinOperator::RightOuter(_) => left.max(1).checked_mul(right),
            JoinOperator::FullOuter(_) => left
                .checked_mul(right)?
                .checked_add(left)?
                .checked_add(right),
            _ => None,
        }
    }

    pub(super) fn factor(&mut self, factor: &TableFactor) -> Option<u64> {
        match factor {
            TableFactor::Table {
                name, args: None, ..
            } => {
                let path = idents(name);
                let [ident] = path.as_slice() else {
                    return None;
                };
                self.named
                    .iter()
                    .rev()
                    .find(|(name, _)| self.dialect.means(ident, name))
                    .and_then(|(_, most)| *most)
            }
            TableFactor::Derived { subquery, .. } => self.query(subquery),
            TableFactor::NestedJoin {
                table_with_joins, ..
            } => self.joined(table_with_joins),
            _ => None,
        }
    }
}

fn limit(clause: Option<&LimitClause>) -> Option<u64> {
    match clause? {
        LimitClause::LimitOffset { limit, .. } => number(limit.as_ref()?),
        LimitClause::OffsetCommaLimit { limit, .. } => number(limit),
    }
}

fn fetched(fetch: &Fetch) -> Option<u64> {
    if fetch.with_ties || fetch.percent {
        return None;
    }
    fetch.quantity.as_ref().map_or(Some(1), number)
}

fn top(top: &Top) -> Option<u64> {
    if top.with_ties || top.percent {
        return None;
    }
    match top.quantity.as_ref()? {
        TopQuantity::Expr(expression) => number(expression),
        TopQuantity::Constant(rows) => Some(*rows),
    }
}

/// A literal whole number.
pub(super) fn number(expression: &Expr) -> Option<u64> {
    match expression {
        Expr::Nested(inner) => number(inner),
        Expr::Value(value) => match &value.value {
            Value::Number(digits, _) => digits.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

/// Whether an item of a select list may give several rows: PostgreSQL lets functions do so, and one that is
/// not known may.
pub(super) fn gives_sets(dialect: Dialect, select: &Select) -> bool {
    struct Search(usize);
    impl Visitor for Search {
        type Break = ();
        fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            self.0 += 1;
            ControlFlow::Continue(())
        }
        fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            self.0 -= 1;
            ControlFlow::Continue(())
        }
        fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
            let Expr::Function(function) = expression else {
                return ControlFlow::Continue(());
            };
            let name = function.name.0.last().and_then(ObjectNamePart::as_ident);
            let known = name
                .and_then(|ident| functions::find(Dialect::Postgres, &ident.value))
                .is_some_and(|signature| signature.kind != Kind::Table);
            if self.0 == 0 && !known {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        }
    }
    dialect == Dialect::Postgres && select.projection.visit(&mut Search(0)).is_break()
}
