//! Whole queries: common table expressions, set operations, rows that are written out.

use std::ops::ControlFlow;

use sophia_plan::types::Type;
use sqlparser::ast::{
    Expr, Ident, LimitClause, ObjectName, Query, SetExpr, SetOperator, SetQuantifier, Spanned,
    Values, Visit, Visitor, With,
};

use super::dialect::Dialect;
use super::lineage::Way;
use super::named::idents;
use super::scope::{Column, Named, Scope};
use super::typed::Typed;
use super::typer::Typer;
use super::units;

/// How often the columns of a recursive expression are derived again, per column, until they stay the same:
/// each round brings at least one column one step further.
const ROUNDS: usize = 3;

impl Typer<'_> {
    /// The columns of a query. Empty where they cannot be known, after a report.
    pub fn query(&mut self, query: &Query, parent: Option<&Scope<'_>>) -> Vec<Column> {
        self.deeper(|| query.span(), |typer| typer.query_here(query, parent))
            .unwrap_or_default()
    }

    fn query_here(&mut self, query: &Query, parent: Option<&Scope<'_>>) -> Vec<Column> {
        let before = self.named.len();
        if let Some(with) = &query.with {
            self.with(with, parent);
        }
        let columns = match &*query.body {
            SetExpr::Select(select) => self.select(select, parent, query.order_by.as_ref()),
            body => {
                let columns = self.body(body, parent);
                if let Some(order) = &query.order_by {
                    self.order_result(order, &columns);
                }
                columns
            }
        };
        self.limits(query, parent);
        self.named.truncate(before);
        columns
    }

    fn limits(&mut self, query: &Query, parent: Option<&Scope<'_>>) {
        let mut counts: Vec<&Expr> = Vec::new();
        match &query.limit_clause {
            Some(LimitClause::LimitOffset { limit, offset, .. }) => {
                counts.extend(limit);
                counts.extend(offset.as_ref().map(|offset| &offset.value));
            }
            Some(LimitClause::OffsetCommaLimit { offset, limit }) => counts.extend([offset, limit]),
            None => {}
        }
        counts.extend(
            query
                .fetch
                .as_ref()
                .and_then(|fetch| fetch.quantity.as_ref()),
        );
        let scope = Scope::inside(parent);
        for count in counts {
            let typed = self.expression(&scope, count);
            self.want(&typed, &Type::Integer);
            self.decides(&typed);
        }
    }

    /// Puts common table expressions in sight.
    pub fn with(&mut self, with: &With, parent: Option<&Scope<'_>>) {
        for table in &with.cte_tables {
            let name = self.dialect.name(&table.alias.name);
            let renamed: Vec<&Ident> = table
                .alias
                .columns
                .iter()
                .map(|column| &column.name)
                .collect();
            let recursive = refers_to(&table.query, &table.alias.name)
                && (with.recursive || self.dialect != Dialect::Postgres);
            let columns = match (&*table.query.body, recursive) {
                (SetExpr::SetOperation { left, .. }, true) => {
                    self.recursive(&name, &renamed, &table.query, left, parent)
                }
                _ => self.query(&table.query, parent),
            };
            if !renamed.is_empty() && !columns.is_empty() && renamed.len() != columns.len() {
                let place = self.place(table.alias.name.span);
                self.report_column_counts(
                    place,
                    format!(
                        "`{}` names {} columns, and its query gives {}.",
                        table.alias.name.value,
                        renamed.len(),
                        columns.len()
                    ),
                );
            }
            self.name(&name, &renamed, columns);
        }
    }

    /// Puts the columns of a common table expression in sight.
    fn name(&mut self, name: &str, renamed: &[&Ident], mut columns: Vec<Column>) {
        for (column, ident) in columns.iter_mut().zip(renamed) {
            column.name = self.dialect.name(ident);
        }
        for column in &mut columns {
            column.typed.column = true;
            column.typed.hole = None;
            column.typed.literal = None;
        }
        self.named.push(Named {
            name: name.to_owned(),
            open: columns.is_empty(),
            columns: columns.into(),
        });
    }

    /// The first part of a recursive expression says what its columns are; then the whole is typed
    /// until nothing changes, because a later round may add missing values.
    fn recursive(
        &mut self,
        name: &str,
        renamed: &[&Ident],
        query: &Query,
        first: &SetExpr,
        parent: Option<&Scope<'_>>,
    ) -> Vec<Column> {
        let before = self.named.len();
        if let Some(with) = &query.with {
            self.with(with, parent);
        }
        let mut columns = self.body(first, parent);
        let rounds = ROUNDS * (columns.len() + 1);
        let mut same = false;
        for _ in 0..rounds {
            self.name(name, renamed, columns.clone());
            let next = self.body(&query.body, parent);
            self.named.pop();
            same = next.len() == columns.len()
                && next
                    .iter()
                    .zip(&columns)
                    .all(|(next, column)| is_alike(&next.typed, &column.typed));
            columns = next;
            if same {
                break;
            }
        }
        if !same {
            blur(&mut columns);
        }
        self.named.truncate(before);
        columns
    }

    /// The columns of everything that stands where a select can stand.
    fn body(&mut self, body: &SetExpr, parent: Option<&Scope<'_>>) -> Vec<Column> {
        match body {
            SetExpr::Select(select) => self.select(select, parent, None),
            SetExpr::Query(query) => self.query(query, parent),
            SetExpr::SetOperation { .. } => self.set_operation(body, parent),
            SetExpr::Values(values) => self.values(values, parent),
            SetExpr::Table(_) => {
                let place = self.source.whole();
                self.report_not_covered(place, "`table NAME` as a query");
                Vec::new()
            }
            SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => {
                let place = self.place(body.span());
                self.report_writes(place, "a statement inside it");
                Vec::new()
            }
        }
    }

    /// `a union b union c`: the left side is walked in a loop, so that a long chain does not nest.
    fn set_operation(&mut self, body: &SetExpr, parent: Option<&Scope<'_>>) -> Vec<Column> {
        let mut links = Vec::new();
        let mut at = body;
        while let SetExpr::SetOperation {
            left,
            op,
            set_quantifier,
            right,
        } = at
        {
            let keeps_all = *op == SetOperator::Union
                && matches!(
                    set_quantifier,
                    SetQuantifier::All | SetQuantifier::AllByName
                );
            let by_name = matches!(
                set_quantifier,
                SetQuantifier::ByName | SetQuantifier::AllByName | SetQuantifier::DistinctByName
            );
            links.push((*op, keeps_all, by_name, &**right));
            at = left;
        }
        let mut so_far = self.body(at, parent);
        for (operator, keeps_all, by_name, right) in links.into_iter().rev() {
            let mut other = self.body(right, parent);
            if by_name && !so_far.is_empty() && !other.is_empty() {
                (so_far, other) = side_by_side(so_far, other);
            }
            if so_far.is_empty() || other.is_empty() {
                so_far = if so_far.is_empty() { other } else { so_far };
                continue;
            }
            if so_far.len() != other.len() {
                let place = self.place(right.span());
                self.report_column_counts(
                    place,
                    format!(
                        "This part gives {} columns, and the part before it {}.",
                        other.len(),
                        so_far.len()
                    ),
                );
                continue;
            }
            if !keeps_all {
                // Rows are held against each other, so every value decides which of them come.
                for column in so_far.iter().chain(&other) {
                    self.decides(&column.typed);
                }
            }
            self.judge_parts(operator, &so_far, &other);
            so_far = so_far
                .into_iter()
                .zip(&other)
                .map(|(column, other)| self.combine(operator, column, other))
                .collect();
        }
        so_far
    }

    fn combine(&mut self, operator: SetOperator, column: Column, other: &Column) -> Column {
        self.want_alike(&column.typed, &other.typed);
        let both = units::common_of(&[&column.typed, &other.typed]);
        let nullable = match operator {
            SetOperator::Union => column.typed.nullable || other.typed.nullable,
            SetOperator::Intersect => column.typed.nullable && other.typed.nullable,
            SetOperator::Except | SetOperator::Minus => column.typed.nullable,
        };
        // A constant beside a column marks the rows of one part.
        let marks = column.typed.sources.is_empty() || other.typed.sources.is_empty();
        let (even, wide) = (both.even && !marks, both.wide);
        let (sources, holes) = match operator {
            SetOperator::Except | SetOperator::Minus => (column.typed.sources, column.typed.holes),
            _ => (both.sources, both.holes),
        };
        Column {
            typed: Typed {
                of: both.of,
                reported: both.reported,
                clash: both.clash,
                sources,
                holes,
                even,
                wide,
                ..Typed::new(Type::Unknown)
            }
            .nullable(nullable),
            ..column
        }
    }

    fn values(&mut self, values: &Values, parent: Option<&Scope<'_>>) -> Vec<Column> {
        let scope = Scope::inside(parent);
        let mut columns: Vec<Vec<Typed>> = Vec::new();
        for row in &values.rows {
            for (index, value) in row.content.iter().enumerate() {
                let typed = self.expression(&scope, value);
                match columns.get_mut(index) {
                    Some(column) => column.push(typed),
                    None => columns.push(vec![typed]),
                }
            }
        }
        columns
            .into_iter()
            .enumerate()
            .map(|(index, typed)| Column {
                name: format!("column{}", index + 1),
                typed: self.one_of(&typed),
                span: values.span(),
            })
            .collect()
    }
}

/// `union by name`: the columns of both sides in one order; what one side lacks is missing there.
fn side_by_side(left: Vec<Column>, mut right: Vec<Column>) -> (Vec<Column>, Vec<Column>) {
    let nothing = |column: &Column| Column {
        typed: Typed::new(Type::None).nullable(true),
        ..column.clone()
    };
    let mut both: Vec<(Column, Column)> = Vec::with_capacity(left.len());
    for column in left {
        let same = |other: &Column| other.name.eq_ignore_ascii_case(&column.name);
        let other = match right.iter().position(same) {
            Some(at) => right.remove(at),
            None => nothing(&column),
        };
        both.push((column, other));
    }
    both.extend(right.into_iter().map(|other| (nothing(&other), other)));
    both.into_iter().unzip()
}

/// Whether a further round found nothing new.
fn is_alike(next: &Typed, before: &Typed) -> bool {
    next.of == before.of
        && next.nullable == before.nullable
        && next.even == before.even
        && next.sources == before.sources
        && next.holes == before.holes
}

/// Columns that never stay the same: every one may be missing and rests on everything.
fn blur(columns: &mut [Column]) {
    let all = Typed::made_of(Type::Unknown, columns.iter().map(|column| &column.typed))
        .nullable(true)
        .by(|_| Way::Value)
        .chosen();
    for column in columns {
        column.typed = Typed {
            reported: column.typed.reported,
            ..all.clone()
        };
    }
}

/// Whether a query reads a table of this name.
fn refers_to(query: &Query, name: &Ident) -> bool {
    struct Search<'a>(&'a Ident);
    impl Visitor for Search<'_> {
        type Break = ();
        fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
            match idents(relation).as_slice() {
                [ident] if ident.value.eq_ignore_ascii_case(&self.0.value) => {
                    ControlFlow::Break(())
                }
                _ => ControlFlow::Continue(()),
            }
        }
    }
    query.visit(&mut Search(name)).is_break()
}
