//! Selects: what they give, how they group, in which order.

use std::ops::ControlFlow;
use std::sync::LazyLock;

use sophia_plan::types::Type;
use sqlparser::ast::{
    ConnectByKind, Distinct, Expr, Function, GroupByExpr, Ident, NamedWindowExpr, ObjectNamePart,
    OrderBy, OrderByKind, Query, Select, SelectItem, SetExpr, Spanned, Value, Visit,
    visit_expressions,
};

use sqlparser::tokenizer::Location;

use super::call::is_aggregate;
use super::dialect::Dialect;
use super::named::idents;
use super::own_calls::own_calls;
use super::scope::{Column, Grouping, Scope};
use super::typer::Typer;

/// What `connect by` calls the depth of a row, a whole number.
static LEVEL: LazyLock<(Ident, Expr)> = LazyLock::new(|| {
    let one = Value::Number("1".to_owned(), false);
    (Ident::new("LEVEL"), Expr::value(one))
});

impl Typer<'_> {
    pub fn select(
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
        let mut aliases: Vec<(&Ident, &Expr)> = select
            .projection
            .iter()
            .filter_map(|item| match item {
                SelectItem::ExprWithAlias { expr, alias } => Some((alias, expr)),
                _ => None,
            })
            .collect();
        if !select.connect_by.is_empty() {
            aliases.push((&LEVEL.0, &LEVEL.1));
        }
        let mut scope = Scope::inside(parent);
        scope.windows = &select.named_window;
        self.from(&mut scope, &select.from);

        if dialect.aliases_are_names() {
            scope.aliases.clone_from(&aliases);
        }
        self.picked(&mut scope, select.selection.as_ref());

        scope.aliases.clone_from(&aliases);
        self.hierarchy(&scope, select);
        let grouped = self.group_by(&scope, select);
        if !grouped && has_aggregates(dialect, select) {
            scope.grouping = Grouping::Whole;
            scope.loose.set(true);
        }
        if has_grouping_sets(select) {
            scope.grouping = Grouping::Whole;
            scope.loose.set(true);
        }

        scope.at_least = select
            .having
            .as_ref()
            .and_then(|having| self.group_floor(&scope, having));

        if grouped || scope.grouping == Grouping::Whole {
            self.judge_grouped(&scope, select, order);
        }

        // Snowflake lets one item use the alias of another.
        if dialect != Dialect::Snowflake {
            scope.aliases.clear();
        }
        let columns = self.projection(&scope, &select.projection, select.select_token.0.span.end);

        if select.distinct.is_some() || self.picks_a_row(select) {
            for column in &columns {
                self.decides(&column.typed);
            }
        }
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
            self.judge_distinct(&scope, select, order);
            self.order_select(order, &scope, &columns);
        }
        columns
    }

    /// `start with … connect by …`: conditions over the rows.
    fn hierarchy(&mut self, scope: &Scope<'_>, select: &Select) {
        for clause in &select.connect_by {
            let conditions = match clause {
                ConnectByKind::ConnectBy { relationships, .. } => relationships.as_slice(),
                ConnectByKind::StartWith { condition, .. } => std::slice::from_ref(&**condition),
            };
            for condition in conditions {
                let typed = self.expression(scope, condition);
                self.decides(&typed);
            }
        }
    }

    /// SQLite takes a plain column beside a `max` or a `min` from the row that holds it.
    fn picks_a_row(&self, select: &Select) -> bool {
        let picks = |function: &Function| {
            is_aggregate(self.dialect, function)
                && function
                    .name
                    .0
                    .last()
                    .and_then(ObjectNamePart::as_ident)
                    .is_some_and(|ident| {
                        ident.value.eq_ignore_ascii_case("max")
                            || ident.value.eq_ignore_ascii_case("min")
                    })
        };
        if self.dialect != Dialect::Sqlite || !calls(&select.projection, picks) {
            return false;
        }
        let GroupByExpr::Expressions(keys, _) = &select.group_by else {
            return false;
        };
        select.projection.iter().enumerate().any(|(index, item)| {
            let (expression, alias) = match item {
                SelectItem::UnnamedExpr(expression) => (expression, None),
                SelectItem::ExprWithAlias { expr, alias } => (expr, Some(alias)),
                _ => return true,
            };
            let is_key = keys.iter().any(|key| {
                key == expression
                    || ordinal(key).is_some_and(|number| number == (index + 1).to_string())
                    || matches!((key, alias), (Expr::Identifier(key), Some(alias)) if key.value == alias.value)
            });
            !is_key && !calls(expression, |function| is_aggregate(self.dialect, function))
        })
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
                key => self.group_key(scope, select, key),
            }
        }
        !keys.is_empty()
    }

    /// An expression, or the number of a column.
    fn group_key(&mut self, scope: &Scope<'_>, select: &Select, key: &Expr) {
        self.judge_key(scope, select, key);
        let number = ordinal(key);
        let expression = match number {
            Some(number) => item(select, number),
            None => Some(key),
        };
        match (expression, number) {
            (Some(expression), _) => {
                let typed = self.expression(scope, expression);
                self.decides(&typed);
            }
            (None, Some(number)) if !has_star(select) => {
                let place = self.place(key.span());
                self.report_ordinal(place, number, select.projection.len());
            }
            (None, _) => {}
        }
    }

    /// The columns of a select list, or of `returning`, which begins after a place in the text.
    pub fn projection(
        &mut self,
        scope: &Scope<'_>,
        items: &[SelectItem],
        after: Location,
    ) -> Vec<Column> {
        let places = self.source.list_items(after, items.len());
        let mut columns = Vec::new();
        let mut alias_index = 0;
        for (index, item) in items.iter().enumerate() {
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

    pub fn order_result(&mut self, order: &OrderBy, columns: &[Column]) {
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
            self.decides(&column.typed);
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

/// Whether a call of some kind stands in a part of a query.
fn calls<P: Visit>(part: &P, wanted: impl Fn(&Function) -> bool) -> bool {
    visit_expressions(part, |expression| match expression {
        Expr::Function(function) if wanted(function) => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    })
    .is_break()
}

/// The number of `group by 2`.
pub(super) fn ordinal(key: &Expr) -> Option<&str> {
    match key {
        Expr::Value(value) => match &value.value {
            Value::Number(digits, _) if digits.chars().all(|c| c.is_ascii_digit()) => Some(digits),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn item<'s>(select: &'s Select, number: &str) -> Option<&'s Expr> {
    let index = number.parse::<usize>().ok()?.checked_sub(1)?;
    match select.projection.get(index)? {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    }
}

pub(super) fn has_star(select: &Select) -> bool {
    select.projection.iter().any(|item| {
        matches!(
            item,
            SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)
        )
    })
}

pub(super) fn has_grouping_sets(select: &Select) -> bool {
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
pub(super) fn has_aggregates(dialect: Dialect, select: &Select) -> bool {
    let is_one = |function: &Function| {
        if is_aggregate(dialect, function) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    own_calls(&select.projection, is_one).is_break() || own_calls(&select.having, is_one).is_break()
}
