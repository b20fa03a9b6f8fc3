//! Queries, set operations, common table expressions and selects.

use std::ops::ControlFlow;

use sophia_plan::types::Type;
use sqlparser::ast::{
    Distinct, Expr, GroupByExpr, Ident, LimitClause, NamedWindowExpr, ObjectName, OrderBy,
    OrderByKind, Query, Select, SelectItem, SetExpr, SetOperator, Spanned, Value, Values, Visit,
    Visitor, With,
};

use super::call::is_aggregate;
use super::dialect::Dialect;
use super::from::idents;
use super::narrow::narrow;
use super::scope::{Column, Grouping, Named, Scope};
use super::typed::Typed;
use super::typer::Typer;
use super::units;

/// How often the columns of a recursive expression are derived again until they stay the same.
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
        }
    }

    fn with(&mut self, with: &With, parent: Option<&Scope<'_>>) {
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
        for _ in 0..ROUNDS {
            self.name(name, renamed, columns.clone());
            let next = self.body(&query.body, parent);
            self.named.pop();
            let same = next.len() == columns.len()
                && next.iter().zip(&columns).all(|(next, column)| {
                    (&next.typed.of, next.typed.nullable, &next.typed.sources)
                        == (
                            &column.typed.of,
                            column.typed.nullable,
                            &column.typed.sources,
                        )
                });
            columns = next;
            if same {
                break;
            }
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
            left, op, right, ..
        } = at
        {
            links.push((*op, &**right));
            at = left;
        }
        let mut so_far = self.body(at, parent);
        for (operator, right) in links.into_iter().rev() {
            let other = self.body(right, parent);
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
            SetOperator::Except | SetOperator::Minus => {
                self.decides(&other.typed);
                column.typed.nullable
            }
        };
        let sources = match operator {
            SetOperator::Except | SetOperator::Minus => column.typed.sources,
            _ => both.sources,
        };
        Column {
            typed: Typed {
                of: both.of,
                reported: both.reported,
                sources,
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

    fn select(
        &mut self,
        select: &Select,
        parent: Option<&Scope<'_>>,
        order: Option<&OrderBy>,
    ) -> Vec<Column> {
        let dialect = self.dialect;
        if select.into.is_some() {
            let place = self.place(select.span());
            self.report_writes(place, "`into`");
        }
        let aliases: Vec<(&Ident, &Expr)> = select
            .projection
            .iter()
            .filter_map(|item| match item {
                SelectItem::ExprWithAlias { expr, alias } => Some((alias, expr)),
                _ => None,
            })
            .collect();
        let mut scope = Scope::inside(parent);
        self.from(&mut scope, &select.from);

        if dialect.aliases_are_names() {
            scope.aliases.clone_from(&aliases);
        }
        if let Some(condition) = &select.selection {
            narrow(dialect, &mut scope, condition);
            let typed = self.expression(&scope, condition);
            self.want(&typed, &Type::Boolean);
            self.decides(&typed);
        }

        scope.aliases.clone_from(&aliases);
        let grouped = self.group_by(&scope, select);
        if !grouped && has_aggregates(dialect, select) {
            scope.grouping = Grouping::Whole;
            scope.loose.set(true);
        }
        if has_grouping_sets(select) {
            scope.grouping = Grouping::Whole;
            scope.loose.set(true);
        }

        // Snowflake lets one item use the alias of another.
        if dialect != Dialect::Snowflake {
            scope.aliases.clear();
        }
        let columns = self.projection(&scope, select);

        if dialect.aliases_are_names() {
            scope.aliases.clone_from(&aliases);
        }
        for condition in select.having.iter().chain(&select.qualify) {
            let typed = self.expression(&scope, condition);
            self.want(&typed, &Type::Boolean);
            self.decides(&typed);
        }
        for window in &select.named_window {
            if let NamedWindowExpr::WindowSpec(spec) = &window.1 {
                let keys = spec.order_by.iter().map(|key| &key.expr);
                for part in spec.partition_by.iter().chain(keys) {
                    let typed = self.expression(&scope, part);
                    self.decides(&typed);
                }
            }
        }
        scope.aliases = aliases;
        if let Some(Distinct::On(keys)) = &select.distinct {
            for key in keys {
                let typed = self.expression(&scope, key);
                self.decides(&typed);
            }
        }
        if let Some(order) = order {
            self.order_select(order, &scope, &columns);
        }
        columns
    }

    /// Types the keys; whether there are any.
    fn group_by(&mut self, scope: &Scope<'_>, select: &Select) -> bool {
        let GroupByExpr::Expressions(keys, _) = &select.group_by else {
            return true;
        };
        for key in keys {
            match key {
                Expr::Rollup(sets) | Expr::Cube(sets) | Expr::GroupingSets(sets) => {
                    for part in sets.iter().flatten() {
                        let typed = self.expression(scope, part);
                        self.decides(&typed);
                    }
                }
                Expr::Tuple(parts) => {
                    for part in parts {
                        let typed = self.expression(scope, part);
                        self.decides(&typed);
                    }
                }
                key => match ordinal(key) {
                    Some(number) => match item(select, number) {
                        Some(item) => {
                            let typed = self.expression(scope, item);
                            self.decides(&typed);
                        }
                        None if !has_star(select) => {
                            let place = self.place(key.span());
                            self.report_ordinal(place, number, select.projection.len());
                        }
                        None => {}
                    },
                    None => {
                        let typed = self.expression(scope, key);
                        self.decides(&typed);
                    }
                },
            }
        }
        !keys.is_empty()
    }

    fn projection(&mut self, scope: &Scope<'_>, select: &Select) -> Vec<Column> {
        let places = self
            .source
            .list_items(select.select_token.0.span.end, select.projection.len());
        let mut columns = Vec::new();
        let mut alias_index = 0;
        for (index, item) in select.projection.iter().enumerate() {
            let whole = places.get(index).copied();
            match item {
                SelectItem::UnnamedExpr(expression) => {
                    let typed = self.expression(scope, expression);
                    columns.push(Column {
                        name: self.implied_name(scope, expression),
                        typed,
                        span: whole.unwrap_or_else(|| expression.span()),
                    });
                }
                SelectItem::ExprWithAlias { expr, alias } => {
                    scope.busy.borrow_mut().push(alias_index);
                    alias_index += 1;
                    let typed = self.expression(scope, expr);
                    scope.busy.borrow_mut().pop();
                    columns.push(Column {
                        name: self.dialect.name(alias),
                        typed,
                        span: alias.span,
                    });
                }
                SelectItem::ExprWithAliases { expr, .. } => {
                    let place = self.place(expr.span());
                    self.report_not_covered(place, "one expression with several names");
                }
                SelectItem::Wildcard(options) => columns.extend(self.star(scope, options)),
                SelectItem::QualifiedWildcard(kind, options) => {
                    columns.extend(self.qualified_star(scope, kind, options));
                }
            }
        }
        columns
    }

    /// The name that the source gives a column without an alias; empty where that is none to use.
    fn implied_name(&self, scope: &Scope<'_>, expression: &Expr) -> String {
        let ident = match expression {
            Expr::Identifier(ident) => ident,
            Expr::CompoundIdentifier(path) => match path.last() {
                Some(ident) => ident,
                None => return String::new(),
            },
            Expr::Cast { expr, .. } | Expr::Nested(expr) if self.dialect == Dialect::Postgres => {
                return self.implied_name(scope, expr);
            }
            Expr::Function(function) if self.dialect == Dialect::Postgres => {
                return idents(&function.name)
                    .last()
                    .map(|ident| self.dialect.name(ident))
                    .unwrap_or_default();
            }
            _ => return String::new(),
        };
        // SQLite gives the name as the table writes it.
        let as_declared = (self.dialect == Dialect::Sqlite)
            .then(|| {
                scope
                    .levels()
                    .flat_map(|level| &level.relations)
                    .find_map(|relation| {
                        let index = *relation.find(self.dialect, ident).first()?;
                        relation
                            .columns
                            .get(index)
                            .map(|column| column.name.clone())
                    })
            })
            .flatten();
        as_declared.unwrap_or_else(|| self.dialect.name(ident))
    }

    fn order_select(&mut self, order: &OrderBy, scope: &Scope<'_>, columns: &[Column]) {
        let OrderByKind::Expressions(keys) = &order.kind else {
            return;
        };
        for key in keys {
            if self.is_of_result(&key.expr, columns) {
                continue;
            }
            let typed = self.expression(scope, &key.expr);
            self.decides(&typed);
        }
    }

    fn order_result(&mut self, order: &OrderBy, columns: &[Column]) {
        let OrderByKind::Expressions(keys) = &order.kind else {
            return;
        };
        for key in keys {
            if self.is_of_result(&key.expr, columns) || columns.is_empty() {
                continue;
            }
            // Anything but a name may be read in the scope of one part, which differs by dialect.
            if let Expr::Identifier(_) = &key.expr {
                let scope = Scope::of_columns(columns.to_vec(), None);
                let typed = self.expression(&scope, &key.expr);
                self.decides(&typed);
            }
        }
    }

    /// Whether a key of `order by` is a column of the result, by name or by number; then it decides.
    fn is_of_result(&mut self, key: &Expr, columns: &[Column]) -> bool {
        if let Some(number) = ordinal(key) {
            let found = number
                .parse::<usize>()
                .ok()
                .and_then(|number| columns.get(number.checked_sub(1)?));
            match found {
                Some(column) => self.decides(&column.typed),
                None if !columns.is_empty() => {
                    let place = self.place(key.span());
                    self.report_ordinal(place, number, columns.len());
                }
                None => {}
            }
            return true;
        }
        let Expr::Identifier(ident) = key else {
            return false;
        };
        let found = columns
            .iter()
            .find(|column| self.dialect.means(ident, &column.name));
        if let Some(column) = found {
            self.indirect.extend(column.typed.sources.iter().cloned());
        }
        found.is_some()
    }

    /// Whether a query always gives exactly one row: an aggregate over everything.
    pub fn gives_one_row(&self, query: &Query) -> bool {
        let SetExpr::Select(select) = &*query.body else {
            return false;
        };
        let ungrouped =
            matches!(&select.group_by, GroupByExpr::Expressions(keys, _) if keys.is_empty());
        ungrouped
            && select.having.is_none()
            && select.qualify.is_none()
            && query.limit_clause.is_none()
            && query.fetch.is_none()
            && has_aggregates(self.dialect, select)
    }
}

/// The number of `group by 2`.
fn ordinal(key: &Expr) -> Option<&str> {
    match key {
        Expr::Value(value) => match &value.value {
            Value::Number(digits, _) if digits.chars().all(|c| c.is_ascii_digit()) => Some(digits),
            _ => None,
        },
        _ => None,
    }
}

fn item<'s>(select: &'s Select, number: &str) -> Option<&'s Expr> {
    let index = number.parse::<usize>().ok()?.checked_sub(1)?;
    match select.projection.get(index)? {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    }
}

fn has_star(select: &Select) -> bool {
    select.projection.iter().any(|item| {
        matches!(
            item,
            SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)
        )
    })
}

fn has_grouping_sets(select: &Select) -> bool {
    match &select.group_by {
        GroupByExpr::All(modifiers) => !modifiers.is_empty(),
        GroupByExpr::Expressions(keys, modifiers) => {
            !modifiers.is_empty()
                || keys.iter().any(|key| {
                    matches!(key, Expr::Rollup(_) | Expr::Cube(_) | Expr::GroupingSets(_))
                })
        }
    }
}

/// Whether aggregates stand in a select itself, not in a query inside it.
fn has_aggregates(dialect: Dialect, select: &Select) -> bool {
    struct Search {
        dialect: Dialect,
        depth: usize,
    }
    impl Visitor for Search {
        type Break = ();
        fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            self.depth += 1;
            ControlFlow::Continue(())
        }
        fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            self.depth -= 1;
            ControlFlow::Continue(())
        }
        fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
            match expression {
                Expr::Function(function)
                    if self.depth == 0 && is_aggregate(self.dialect, function) =>
                {
                    ControlFlow::Break(())
                }
                _ => ControlFlow::Continue(()),
            }
        }
    }
    let mut search = Search { dialect, depth: 0 };
    select.projection.visit(&mut search).is_break() || select.having.visit(&mut search).is_break()
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
