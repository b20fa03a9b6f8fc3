//! How many rows a statement can give or pick because keys of its tables are compared with values: a row looked up by its key is one,
//! and a join that follows a key adds none.
//!
//! Kept true here: a bound is never too small. A key counts only where the source enforces it, and all of its columns are
//! compared by `=` with what is fixed, or with columns of tables that were counted before.

use std::collections::BTreeMap;

use sqlparser::ast::{
    BinaryOperator, Expr, GroupByExpr, Ident, JoinConstraint, JoinOperator, Query, Select,
    SelectItem, SetExpr, TableAlias, TableFactor, TableWithJoins, UnaryOperator, Value,
};

use super::bound::{Bounds, gives_sets};
use super::conjuncts::conjuncts;
use super::dialect::Dialect;
use super::group_keys::plain_column;
use super::named::{idents, table_of};
use crate::catalogue::Table;

/// The most rows of the tables that a select joins, behind its conditions.
pub(super) fn rows(bounds: &mut Bounds<'_>, select: &Select) -> Option<u64> {
    let mut joined = Joined::of(bounds.dialect)?;
    for table in &select.from {
        joined.table(bounds, table)?;
    }
    if let Some(condition) = &select.selection {
        joined.condition(condition, None);
    }
    joined.rows()
}

/// The most rows of the first table that a condition picks, whatever the other tables hold.
pub(super) fn picked<'q>(
    bounds: &mut Bounds<'_>,
    tables: impl Iterator<Item = &'q TableWithJoins>,
    condition: Option<&Expr>,
) -> Option<u64> {
    let mut joined = Joined::of(bounds.dialect)?;
    for table in tables {
        joined.table(bounds, table)?;
    }
    if let Some(condition) = condition {
        joined.condition(condition, None);
    }
    let alone = joined.rows_of(0, &vec![false; joined.parts.len()]);
    joined.rows().into_iter().chain(alone).min()
}

/// The most rows that meet where each row of one table stays, also without a partner in the other.
pub(super) fn merged(
    bounds: &mut Bounds<'_>,
    source: &TableFactor,
    target: &TableFactor,
    on: &Expr,
) -> Option<u64> {
    let mut joined = Joined::of(bounds.dialect)?;
    joined.part(bounds, source, false)?;
    joined.part(bounds, target, true)?;
    joined.condition(on, Some(1));
    joined.rows()
}

/// The columns of a query, by their places, by which no two of its rows are alike: the keys of the one table that it
/// reads, as far as they are all given.
pub(super) fn of_rows(
    dialect: Dialect,
    tables: &BTreeMap<String, Table>,
    query: &Query,
) -> Vec<Vec<usize>> {
    let SetExpr::Select(select) = &*query.body else {
        return Vec::new();
    };
    let [from] = select.from.as_slice() else {
        return Vec::new();
    };
    let TableFactor::Table {
        name,
        alias,
        args: None,
        ..
    } = &from.relation
    else {
        return Vec::new();
    };
    let renames = (alias.iter()).any(|alias| !alias.columns.is_empty());
    let is_plain = dialect != Dialect::Snowflake
        && query.with.is_none()
        && from.joins.is_empty()
        && select.lateral_views.is_empty()
        && matches!(&select.group_by, GroupByExpr::Expressions(keys, _) if keys.is_empty())
        && !renames
        && !gives_sets(dialect, select);
    let Some(table) = table_of(tables, &idents(name)).filter(|_| is_plain) else {
        return Vec::new();
    };
    let place = |column: &String| match select.projection.as_slice() {
        [SelectItem::Wildcard(_)] => (table.columns.iter()).position(|known| known.name == *column),
        items => items.iter().position(|item| {
            let (SelectItem::UnnamedExpr(given) | SelectItem::ExprWithAlias { expr: given, .. }) =
                item
            else {
                return false;
            };
            plain_column(given)
                .and_then(|path| path.last().cloned())
                .is_some_and(|given| dialect.means(&given, column))
        }),
    };
    let has_star = select.projection.len() > 1
        && (select.projection.iter()).any(|item| {
            !matches!(
                item,
                SelectItem::UnnamedExpr(_) | SelectItem::ExprWithAlias { .. }
            )
        });
    if has_star {
        return Vec::new();
    }
    let keys = table.key.iter().filter(|key| !key.is_empty());
    keys.chain(&table.unique)
        .filter_map(|key| key.iter().map(place).collect())
        .collect()
}

/// The tables of a select, and what their columns are equal to.
struct Joined<'t> {
    dialect: Dialect,
    parts: Vec<Part<'t>>,
    equal: Vec<Equal>,
}

/// One table, or something that the query made.
struct Part<'t> {
    /// The names by which it can be qualified, the last one first.
    names: Vec<Ident>,
    /// The table, where it is one whose columns keep their names.
    table: Option<&'t Table>,
    /// The most rows that it has by itself.
    most: Option<u64>,
    /// Whether a row of the tables before it stays without a partner in it.
    is_optional: bool,
}

/// A column that has one of so many values, or that of another column.
struct Equal {
    column: Side,
    to: To,
    /// The only part of which this may be said: what stands behind `on` of a `left join` says nothing of the left.
    only: Option<usize>,
}

/// A column as it is written, or of a part.
#[derive(Clone)]
enum Side {
    Written(Vec<Ident>),
    Of(usize, Ident),
}

enum To {
    /// So many fixed values.
    Fixed(u64),
    Column(Side),
}

impl Side {
    fn column(&self) -> Option<&Ident> {
        match self {
            Self::Written(path) => path.last(),
            Self::Of(_, column) => Some(column),
        }
    }
}

impl<'t> Joined<'t> {
    /// None yet; nothing where the source notes keys and does not enforce them.
    fn of(dialect: Dialect) -> Option<Self> {
        (dialect != Dialect::Snowflake).then(|| Self {
            dialect,
            parts: Vec::new(),
            equal: Vec::new(),
        })
    }

    /// Adds a table with those that are joined to it.
    fn table(&mut self, bounds: &mut Bounds<'t>, table: &TableWithJoins) -> Option<()> {
        self.part(bounds, &table.relation, false)?;
        for join in &table.joins {
            self.join(bounds, &join.relation, &join.join_operator)?;
        }
        Some(())
    }

    /// Adds a table; nothing where it may depend on those before it.
    fn part(
        &mut self,
        bounds: &mut Bounds<'t>,
        factor: &TableFactor,
        is_optional: bool,
    ) -> Option<()> {
        let (names, table) = match factor {
            TableFactor::Table {
                name, alias, args, ..
            } => {
                let mut path = idents(name);
                let is_table = args.is_none() && bounds.is_no_name(&path);
                let table = is_table
                    .then(|| table_of(bounds.tables, &path))
                    .flatten()
                    .filter(|_| alias.as_ref().is_none_or(|alias| alias.columns.is_empty()));
                path.reverse();
                (named(alias.as_ref()).unwrap_or(path), table)
            }
            TableFactor::Derived {
                lateral: false,
                alias,
                ..
            } => (named(alias.as_ref()).unwrap_or_default(), None),
            _ => return None,
        };
        let most = bounds.factor(factor);
        self.parts.push(Part {
            names,
            table,
            most,
            is_optional,
        });
        Some(())
    }

    fn join(
        &mut self,
        bounds: &mut Bounds<'t>,
        factor: &TableFactor,
        operator: &JoinOperator,
    ) -> Option<()> {
        let (constraint, is_optional) = match operator {
            JoinOperator::Join(constraint)
            | JoinOperator::Inner(constraint)
            | JoinOperator::CrossJoin(constraint)
            | JoinOperator::StraightJoin(constraint) => (constraint, false),
            JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint) => {
                (constraint, true)
            }
            _ => return None,
        };
        self.part(bounds, factor, is_optional)?;
        let here = self.parts.len().saturating_sub(1);
        let only = is_optional.then_some(here);
        match constraint {
            JoinConstraint::On(condition) => self.condition(condition, only),
            JoinConstraint::Using(names) => {
                for name in names {
                    if let Some(column) = idents(name).pop() {
                        self.same(here, &column, only);
                    }
                }
            }
            JoinConstraint::Natural | JoinConstraint::None => {}
        }
        Some(())
    }

    /// `using (column)`
    fn same(&mut self, here: usize, column: &Ident, only: Option<usize>) {
        let before: Vec<usize> = (0..here)
            .filter(|part| self.may_have(*part, column))
            .collect();
        if let [before] = before.as_slice() {
            let theirs = Side::Of(*before, column.clone());
            self.both(theirs, Side::Of(here, column.clone()), only);
        }
    }

    fn both(&mut self, one: Side, other: Side, only: Option<usize>) {
        for (column, to) in [(one.clone(), other.clone()), (other, one)] {
            let to = To::Column(to);
            self.equal.push(Equal { column, to, only });
        }
    }

    /// Notes what holds of every row where the condition does.
    fn condition(&mut self, condition: &Expr, only: Option<usize>) {
        for condition in conjuncts(condition) {
            match condition {
                Expr::BinaryOp {
                    left,
                    op: BinaryOperator::Eq,
                    right,
                } => match (plain_column(left), plain_column(right)) {
                    (Some(one), Some(other)) => {
                        self.both(Side::Written(one), Side::Written(other), only);
                    }
                    (Some(column), None) if is_fixed(right) => self.fixed(column, 1, only),
                    (None, Some(column)) if is_fixed(left) => self.fixed(column, 1, only),
                    _ => {}
                },
                Expr::InList {
                    expr,
                    list,
                    negated: false,
                } if list.iter().all(is_written) => {
                    if let Some(column) = plain_column(expr) {
                        self.fixed(column, list.len() as u64, only);
                    }
                }
                _ => {}
            }
        }
    }

    fn fixed(&mut self, column: Vec<Ident>, values: u64, only: Option<usize>) {
        let column = Side::Written(column);
        let to = To::Fixed(values);
        self.equal.push(Equal { column, to, only });
    }

    /// The product over the tables, those first that follow from what was counted.
    fn rows(&self) -> Option<u64> {
        let mut counted = vec![false; self.parts.len()];
        let mut most = 1_u64;
        while counted.contains(&false) {
            let (part, rows) = (0..self.parts.len())
                .filter(|part| self.may_follow(*part, &counted))
                .filter_map(|part| Some((part, self.rows_of(part, &counted)?)))
                .min_by_key(|(_, rows)| *rows)?;
            most = most.checked_mul(rows)?;
            *counted.get_mut(part)? = true;
        }
        Some(most)
    }

    /// Whether a part can be counted now: one that may have no partner comes behind all before it.
    fn may_follow(&self, part: usize, counted: &[bool]) -> bool {
        let is_open = |part: usize| counted.get(part) == Some(&false);
        let is_optional = (self.parts.get(part)).is_some_and(|part| part.is_optional);
        is_open(part) && !(is_optional && (0..part).any(is_open))
    }

    /// The most rows of a part for each row of those that are counted.
    fn rows_of(&self, part: usize, counted: &[bool]) -> Option<u64> {
        let of = self.parts.get(part)?;
        let keys = of.table.into_iter().flat_map(|table| {
            let primary = table.key.iter().filter(|key| !key.is_empty());
            primary.chain(&table.unique)
        });
        let by_key = keys.filter_map(|key| {
            (key.iter()).try_fold(1_u64, |rows, column| {
                rows.checked_mul(self.values(part, column, counted)?)
            })
        });
        let rows = by_key.chain(of.most).min()?;
        Some(if of.is_optional { rows.max(1) } else { rows })
    }

    /// How many values a column can have for each row of the parts that are counted.
    fn values(&self, part: usize, column: &str, counted: &[bool]) -> Option<u64> {
        let said = self.equal.iter().filter(|equal| {
            equal.only.is_none_or(|only| only == part) && self.is_side(&equal.column, part, column)
        });
        said.filter_map(|equal| match &equal.to {
            To::Fixed(values) => Some(*values),
            To::Column(other) => {
                let owner = self.owner(other)?;
                let is_known = counted.get(owner) == Some(&true);
                (is_known && self.is_alike(part, column, owner, other)).then_some(1)
            }
        })
        .min()
    }

    fn is_side(&self, side: &Side, part: usize, column: &str) -> bool {
        self.owner(side) == Some(part)
            && (side.column()).is_some_and(|ident| self.dialect.means(ident, column))
    }

    /// The one part whose column a side is.
    fn owner(&self, side: &Side) -> Option<usize> {
        let path = match side {
            Side::Of(part, _) => return Some(*part),
            Side::Written(path) => path,
        };
        let (column, qualifier) = path.split_last()?;
        let mut owners = (0..self.parts.len())
            .filter(|part| self.is_called(*part, qualifier) && self.may_have(*part, column));
        let first = owners.next()?;
        owners.next().is_none().then_some(first)
    }

    fn is_called(&self, part: usize, qualifier: &[Ident]) -> bool {
        let Some(part) = self.parts.get(part) else {
            return false;
        };
        qualifier.len() <= part.names.len()
            && (qualifier.iter().rev().zip(&part.names))
                .all(|(ident, name)| self.dialect.means(ident, &self.dialect.name(name)))
    }

    /// Whether a part has a column, or may have it.
    fn may_have(&self, part: usize, column: &Ident) -> bool {
        let table = self.parts.get(part).and_then(|part| part.table);
        table.is_none_or(|table| {
            (table.columns.iter()).any(|known| self.dialect.means(column, &known.name))
        })
    }

    /// Whether two columns are of one declared type, so that no two keys become equal by a conversion.
    fn is_alike(&self, part: usize, column: &str, other: usize, side: &Side) -> bool {
        let Some(ident) = side.column() else {
            return false;
        };
        let declared = |part: usize, is: &dyn Fn(&str) -> bool| {
            let columns = &self.parts.get(part)?.table?.columns;
            let column = columns.iter().find(|known| is(&known.name))?;
            Some(column.declared.to_uppercase())
        };
        let ours = declared(part, &|name| name == column);
        ours.is_some() && ours == declared(other, &|name| self.dialect.means(ident, name))
    }
}

fn named(alias: Option<&TableAlias>) -> Option<Vec<Ident>> {
    alias.map(|alias| vec![alias.name.clone()])
}

/// Whether an item of a list is one value that stands there: a hole may be a list itself.
fn is_written(item: &Expr) -> bool {
    match item {
        Expr::Value(value) => !matches!(value.value, Value::Null | Value::Placeholder(_)),
        _ => false,
    }
}

/// Whether an expression has one value for the whole query, and is compared as it stands.
fn is_fixed(expression: &Expr) -> bool {
    match expression {
        Expr::Nested(inner)
        | Expr::Cast { expr: inner, .. }
        | Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr: inner,
        } => is_fixed(inner),
        Expr::Value(value) => !matches!(value.value, Value::Null),
        Expr::TypedString(_) => true,
        _ => false,
    }
}
