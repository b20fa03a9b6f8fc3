//! Columns that stand beside a group, and have no one value in it.
//!
//! Kept true here: what is told fails in the source. Inside a larger expression a column counts as grouped where it stands
//! anywhere in a key; in PostgreSQL also where the primary key of its table is grouped, or may be where nobody knows it.
//! SQLite takes a value from any row.

use sqlparser::ast::{
    Expr, Ident, OrderBy, OrderByKind, Select, SelectItem, SelectItemQualifiedWildcardKind,
    Spanned, Visit,
};
use sqlparser::tokenizer::Span as SqlSpan;

use super::dialect::Dialect;
use super::group_keys::{Columns, GroupKeys, Path, aliases, plain_column};
use super::named::idents;
use super::scope::{Column, Relation, Scope};
use super::select::ordinal;
use super::typer::Typer;
use crate::catalogue::Table;

/// A column without one value for its group.
pub(super) struct Ungrouped {
    pub span: SqlSpan,
    pub column: String,
    /// All rows are one group.
    pub whole: bool,
    /// The key that the column stands in, where it is not the key itself.
    pub inside: Option<String>,
    /// The primary key of its table, where grouping by it would do.
    pub key: Vec<String>,
}

/// A select whose columns are looked at.
struct Grouped<'g> {
    scope: &'g Scope<'g>,
    aliases: Vec<(&'g Ident, &'g Expr)>,
    keys: GroupKeys<'g>,
}

impl Typer<'_> {
    /// Complains about the first column of a grouped select that is neither a key nor inside an aggregate.
    pub fn judge_grouped(&mut self, scope: &Scope<'_>, select: &Select, order: Option<&OrderBy>) {
        // A key that is not known may have been this column.
        if self.dialect == Dialect::Sqlite || !self.errors.is_empty() {
            return;
        }
        let Some(keys) = self.group_keys(scope, select) else {
            return;
        };
        let grouped = Grouped {
            scope,
            aliases: aliases(select),
            keys,
        };
        let lost = (select.projection.iter())
            .find_map(|item| self.lost_in_item(&grouped, item))
            .or_else(|| {
                (select.having.as_ref()).and_then(|condition| self.lost_in(&grouped, condition))
            })
            .or_else(|| self.lost_in_order(&grouped, order?));
        if let Some(lost) = lost {
            self.report_ungrouped(&lost);
        }
    }

    fn lost_in_item(&self, grouped: &Grouped<'_>, item: &SelectItem) -> Option<Ungrouped> {
        let relations = grouped.scope.relations.iter();
        match item {
            SelectItem::UnnamedExpr(expression)
            | SelectItem::ExprWithAlias {
                expr: expression, ..
            } => self.lost_in(grouped, expression),
            SelectItem::ExprWithAliases { .. } => None,
            SelectItem::Wildcard(options) => {
                let place = options.wildcard_token.0.span;
                self.lost_in_star(grouped, relations.collect(), place)
            }
            SelectItem::QualifiedWildcard(kind, _) => {
                let SelectItemQualifiedWildcardKind::ObjectName(name) = kind else {
                    return None;
                };
                let path = idents(name);
                let called = relations.filter(|relation| relation.is_called(self.dialect, &path));
                self.lost_in_star(grouped, called.collect(), item.span())
            }
        }
    }

    /// In Snowflake a star may leave columns out.
    fn lost_in_star(
        &self,
        grouped: &Grouped<'_>,
        relations: Vec<&Relation>,
        span: SqlSpan,
    ) -> Option<Ungrouped> {
        if self.dialect != Dialect::Postgres || relations.iter().any(|relation| relation.open) {
            return None;
        }
        relations.into_iter().find_map(|owner| {
            let lost = owner.columns.iter().find(|column| {
                let mut merged = grouped.scope.merged.iter();
                !merged.any(|merged| merged.name.eq_ignore_ascii_case(&column.name))
                    && !self.is_one(owner, &column.name, &grouped.keys.whole, &grouped.keys)
            })?;
            Some(self.ungrouped(grouped, owner, lost.name.clone(), span))
        })
    }

    /// The name of an item alone means that item, also where a column is called the same.
    fn lost_in_order(&self, grouped: &Grouped<'_>, order: &OrderBy) -> Option<Ungrouped> {
        let OrderByKind::Expressions(keys) = &order.kind else {
            return None;
        };
        keys.iter().find_map(|key| {
            let is_item = match &key.expr {
                Expr::Identifier(ident) => {
                    (grouped.aliases.iter()).any(|(alias, _)| self.is(ident, alias))
                }
                other => ordinal(other).is_some(),
            };
            if is_item {
                None
            } else {
                self.lost_in(grouped, &key.expr)
            }
        })
    }

    fn lost_in(&self, grouped: &Grouped<'_>, expression: &Expr) -> Option<Ungrouped> {
        if let Some(path) = plain_column(expression) {
            return self.lost(grouped, &path, &grouped.keys.whole);
        }
        let mut shown = Columns::of(self.dialect);
        let _ = expression.visit(&mut shown);
        (shown.all.iter()).find_map(|path| self.lost(grouped, path, &grouped.keys.inside))
    }

    /// A column that has no one value where these have one. One that is not surely known is not lost.
    fn lost(&self, grouped: &Grouped<'_>, path: &Path, keys: &[Path]) -> Option<Ungrouped> {
        let (column, qualifier) = path.split_last()?;
        let first = path.first()?;
        let is_alias = || (grouped.aliases.iter()).any(|(alias, _)| self.is(column, alias));
        if column.span.start.line == 0
            || (qualifier.is_empty() && self.dialect.aliases_are_names() && is_alias())
        {
            return None;
        }
        let owners: Vec<&Relation> = (grouped.scope.relations.iter())
            .filter(|relation| {
                relation.may_be_called(self.dialect, qualifier)
                    && !relation.find(self.dialect, column).is_empty()
            })
            .collect();
        let is_one = |owner: &&Relation| self.is_one(owner, &column.value, keys, &grouped.keys);
        if owners.iter().any(is_one) {
            return None;
        }
        let span = first.span.union(&column.span);
        let owner = owners.first()?;
        Some(self.ungrouped(grouped, owner, column.value.clone(), span))
    }

    fn ungrouped(
        &self,
        grouped: &Grouped<'_>,
        owner: &Relation,
        column: String,
        span: SqlSpan,
    ) -> Ungrouped {
        let keys = &grouped.keys.meant;
        let inside = keys.iter().find(|key| {
            let mut found = Columns::of(self.dialect);
            let _ = key.visit(&mut found);
            (found.all.iter()).any(|path| self.is_named(owner, &column, path))
        });
        let key = (self.base_table(owner)).and_then(|table| table.key.clone());
        Ungrouped {
            span,
            whole: keys.is_empty(),
            inside: inside.map(ToString::to_string),
            key: key.filter(|_| !keys.is_empty()).unwrap_or_default(),
            column,
        }
    }

    /// Whether a column of a relation has, or may have, one value where these columns have one.
    fn is_one(&self, owner: &Relation, column: &str, among: &[Path], keys: &GroupKeys<'_>) -> bool {
        (among.iter()).any(|path| self.is_named(owner, column, path))
            || self.is_told_by_key(owner, keys)
    }

    fn is_named(&self, owner: &Relation, column: &str, path: &Path) -> bool {
        path.split_last().is_some_and(|(written, qualifier)| {
            owner.may_be_called(self.dialect, qualifier)
                && written.value.eq_ignore_ascii_case(column)
        })
    }

    /// In PostgreSQL all columns of a table have one value where its primary key has. Where nobody knows which that is,
    /// any column may be it that is never missing.
    fn is_told_by_key(&self, owner: &Relation, keys: &GroupKeys<'_>) -> bool {
        let Some(table) = self.base_table(owner) else {
            return false;
        };
        let is_grouped = |name: &str, among: &[Path]| {
            (among.iter()).any(|path| {
                (self.columns_at(owner, path)).any(|column| {
                    let mut sources = column.typed.sources.keys();
                    sources.any(|source| *source.column == *name)
                })
            })
        };
        match &table.key {
            Some(key) => !key.is_empty() && key.iter().all(|name| is_grouped(name, &keys.always)),
            None => (table.columns.iter())
                .any(|column| !column.nullable && is_grouped(&column.name, &keys.inside)),
        }
    }

    /// The columns of a relation that a path may mean.
    fn columns_at<'r>(&self, owner: &'r Relation, path: &Path) -> impl Iterator<Item = &'r Column> {
        let places = path
            .split_last()
            .filter(|(_, qualifier)| owner.may_be_called(self.dialect, qualifier))
            .map(|(column, _)| owner.find(self.dialect, column));
        (places.into_iter().flatten()).filter_map(|place| owner.columns.get(place))
    }

    /// The table whose key tells what else has one value: PostgreSQL alone looks at it.
    fn base_table(&self, owner: &Relation) -> Option<&Table> {
        let column = owner.columns.first().filter(|_| owner.base)?;
        let source = column.typed.sources.keys().next()?;
        (self.request.tables.get(&*source.table)).filter(|_| self.dialect == Dialect::Postgres)
    }
}
