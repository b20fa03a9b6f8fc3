//! What the keys of `group by` are.
//!
//! Kept true here: a key that is the number or the alias of an item stands for that item, and a column of that name comes
//! before it.

use std::ops::ControlFlow;

use sophia_plan::types::Type;
use sqlparser::ast::{
    Expr, Function, FunctionArguments, GroupByExpr, Ident, Query, Select, SelectItem, Visit,
    Visitor,
};
use sqlparser::tokenizer::Span as SqlSpan;

use super::call::{argument_expression, arguments, is_aggregate, name_of};
use super::datatype;
use super::dialect::Dialect;
use super::functions;
use super::scope::{Column, Scope};
use super::select::{has_star, item, ordinal};
use super::typer::Typer;

/// A column as it is written, its qualifiers first.
pub(super) type Path = Vec<Ident>;

/// The keys of one select.
pub(super) struct GroupKeys<'s> {
    /// What each stands for, those of grouping sets included.
    pub meant: Vec<&'s Expr>,
    /// Every column that stands anywhere in a key.
    pub inside: Vec<Path>,
    /// The columns that are a key by themselves.
    pub whole: Vec<Path>,
    /// Those among them that may be a key of every set: none of `rollup` and `cube`.
    pub always: Vec<Path>,
}

impl Typer<'_> {
    /// The keys of a select; nothing where it does not say them, or where one is a number beside `*`.
    pub fn group_keys<'s>(&self, scope: &Scope<'_>, select: &'s Select) -> Option<GroupKeys<'s>> {
        let GroupByExpr::Expressions(written, _) = &select.group_by else {
            return None;
        };
        let single = single(written);
        let numbered = single.iter().any(|key| ordinal(key.expression).is_some());
        if numbered && has_star(select) {
            return None;
        }
        let mut keys = GroupKeys {
            meant: Vec::new(),
            inside: Vec::new(),
            whole: Vec::new(),
            always: Vec::new(),
        };
        let mut inside = Columns::of(self.dialect);
        for key in single {
            let meant = self.meant(scope, select, key.expression);
            keys.meant.push(meant);
            let _ = meant.visit(&mut inside);
            if let Some(path) = self.column_of(scope, meant) {
                keys.whole.push(path.clone());
                if !key.may_be_left_out {
                    keys.always.push(path);
                }
            }
        }
        self.open_aliases(select, &mut inside);
        keys.inside = inside.all;
        Some(keys)
    }

    /// What a key stands for: the item of its number or alias, or itself.
    pub fn meant<'s>(&self, scope: &Scope<'_>, select: &'s Select, key: &'s Expr) -> &'s Expr {
        if let Some(number) = ordinal(key).filter(|_| !has_star(select)) {
            return item(select, number).unwrap_or(key);
        }
        let mut meant = key;
        let mut open = aliases(select);
        // An alias may be made of another.
        while let Expr::Identifier(ident) = meant
            && !self.is_column(scope, std::slice::from_ref(ident))
            && let Some(place) = open.iter().position(|(alias, _)| self.is(ident, alias))
        {
            meant = open.swap_remove(place).1;
        }
        meant
    }

    /// The column that a key is, also where a cast leaves it as it is.
    fn column_of(&self, scope: &Scope<'_>, key: &Expr) -> Option<Path> {
        let Expr::Cast {
            expr, data_type, ..
        } = key
        else {
            return plain_column(key);
        };
        let path = self.column_of(scope, expr)?;
        let target = datatype::declared(self.dialect, &data_type.to_string());
        let differs = |column: &Column| {
            is_told_apart(&target) && is_told_apart(&column.typed.of) && column.typed.of != target
        };
        let (column, qualifier) = path.split_last()?;
        let owners = (scope.relations.iter())
            .filter(|relation| relation.may_be_called(self.dialect, qualifier));
        let mut found = owners.flat_map(|relation| {
            let places = relation.find(self.dialect, column).into_iter();
            places.filter_map(|place| relation.columns.get(place))
        });
        (!found.any(differs)).then_some(path)
    }

    /// Adds the columns of what an alias stands for, where one may be made of another.
    fn open_aliases(&self, select: &Select, found: &mut Columns) {
        if !self.dialect.aliases_are_names() {
            return;
        }
        let mut open = aliases(select);
        loop {
            let (meant, rest): (Vec<_>, Vec<_>) = open.into_iter().partition(|(alias, _)| {
                (found.all.iter()).any(|path| matches!(&path[..], [ident] if self.is(ident, alias)))
            });
            if meant.is_empty() {
                return;
            }
            for (_, expression) in meant {
                let _ = expression.visit(found);
            }
            open = rest;
        }
    }

    /// Whether a name is that of an alias.
    pub fn is(&self, ident: &Ident, alias: &Ident) -> bool {
        self.dialect.means(ident, &self.dialect.name(alias))
    }
}

/// Whether our type says all of the source's: a number may stand for several of those.
fn is_told_apart(of: &Type) -> bool {
    matches!(
        of,
        Type::Text | Type::Date | Type::Time | Type::Timestamp | Type::Boolean
    )
}

/// The aliases of a select list.
pub(super) fn aliases(select: &Select) -> Vec<(&Ident, &Expr)> {
    (select.projection.iter())
        .filter_map(|item| match item {
            SelectItem::ExprWithAlias { expr, alias } => Some((alias, expr)),
            _ => None,
        })
        .collect()
}

/// The column that an expression is, and nothing more.
pub(super) fn plain_column(expression: &Expr) -> Option<Path> {
    match expression {
        Expr::Nested(inner) => plain_column(inner),
        Expr::Identifier(ident) => Some(vec![ident.clone()]),
        Expr::CompoundIdentifier(path) => Some(path.clone()),
        _ => None,
    }
}

/// One key.
struct Single<'s> {
    expression: &'s Expr,
    /// Stands in `rollup` or `cube`, so that there is a set without it.
    may_be_left_out: bool,
}

/// The keys one by one, those of grouping sets included.
fn single(keys: &[Expr]) -> Vec<Single<'_>> {
    (keys.iter())
        .flat_map(|key| match key {
            Expr::Rollup(sets) | Expr::Cube(sets) => (sets.iter())
                .flat_map(|set| single(set))
                .map(|key| Single {
                    may_be_left_out: true,
                    ..key
                })
                .collect(),
            Expr::GroupingSets(sets) => sets.iter().flat_map(|set| single(set)).collect(),
            Expr::Tuple(parts) => single(parts),
            key => vec![Single {
                expression: key,
                may_be_left_out: false,
            }],
        })
        .collect()
}

/// The columns that stand in expressions, outside of aggregates and of queries inside.
pub(super) struct Columns {
    dialect: Dialect,
    /// How deep the walk is in what is left out.
    hidden: usize,
    /// Words such as `month` in their place: no columns.
    words: Vec<SqlSpan>,
    pub all: Vec<Path>,
}

impl Columns {
    pub fn of(dialect: Dialect) -> Self {
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
