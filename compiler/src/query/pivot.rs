//! `pivot` and `unpivot`: values that become columns, and columns that become values.

use sophia_plan::types::Type;
use sqlparser::ast::{Expr, ExprWithAlias, Ident, PivotValueSource, Spanned, TableFactor};

use super::from::relation_of;
use super::scope::{Column, Relation, Scope};
use super::typed::Typed;
use super::typer::Typer;
use super::units;

impl Typer<'_> {
    /// Adds a pivoted table to a scope.
    pub fn pivoted(&mut self, scope: &mut Scope<'_>, factor: &TableFactor) {
        let relation = match factor {
            TableFactor::Pivot {
                table,
                aggregate_functions,
                value_column,
                value_source,
                alias,
                ..
            } => {
                let inner = self.inner(scope, table);
                let (columns, open) =
                    self.pivot(&inner, aggregate_functions, value_column, value_source);
                relation_of(self.dialect, "the pivot", columns, alias.as_ref(), open)
            }
            TableFactor::Unpivot {
                table,
                value,
                name,
                columns,
                alias,
                ..
            } => {
                let inner = self.inner(scope, table);
                let columns = self.unpivot(&inner, value, name, columns);
                relation_of(self.dialect, "the unpivot", columns, alias.as_ref(), false)
            }
            _ => return,
        };
        scope.relations.push(relation);
    }

    /// What is pivoted, in a scope of its own.
    fn inner<'s>(&mut self, scope: &'s Scope<'s>, table: &TableFactor) -> Scope<'s> {
        let relations = self.lone_factor(scope, table);
        Scope {
            relations,
            ..Scope::inside(scope.parent)
        }
    }

    fn pivot(
        &mut self,
        inner: &Scope<'_>,
        aggregates: &[ExprWithAlias],
        keys: &[Expr],
        values: &PivotValueSource,
    ) -> (Vec<Column>, bool) {
        let mut results = Vec::new();
        let mut used = Vec::new();
        for aggregate in aggregates {
            let typed = self.expression(inner, &aggregate.expr);
            used.push(typed.clone());
            results.push(typed.nullable(true));
        }
        for key in keys {
            let typed = self.expression(inner, key);
            self.decides(&typed);
            used.push(typed);
        }
        let mut columns = without(inner, &used);
        let PivotValueSource::List(list) = values else {
            return (columns, true);
        };
        for value in list {
            for result in &results {
                columns.push(Column {
                    name: value
                        .alias
                        .as_ref()
                        .map_or_else(|| value.expr.to_string(), |alias| self.dialect.name(alias)),
                    typed: result.clone(),
                    span: value.expr.span(),
                });
            }
        }
        (columns, false)
    }

    fn unpivot(
        &mut self,
        inner: &Scope<'_>,
        value: &Expr,
        name: &Ident,
        unpivoted: &[ExprWithAlias],
    ) -> Vec<Column> {
        let typed: Vec<Typed> = unpivoted
            .iter()
            .map(|column| self.expression(inner, &column.expr))
            .collect();
        let parts: Vec<&Typed> = typed.iter().collect();
        let mut columns = without(inner, &typed);
        columns.push(Column {
            name: self.dialect.name(name),
            typed: Typed::new(Type::Text),
            span: name.span,
        });
        let value_name = match value {
            Expr::Identifier(ident) => self.dialect.name(ident),
            other => other.to_string(),
        };
        columns.push(Column {
            name: value_name,
            typed: units::common_of(&parts),
            span: value.span(),
        });
        columns
    }
}

/// The columns that none of `used` rests on alone.
fn without(inner: &Scope<'_>, used: &[Typed]) -> Vec<Column> {
    let columns = inner
        .relations
        .iter()
        .flat_map(|relation: &Relation| relation.columns.iter().cloned());
    columns
        .filter(|column| {
            !used.iter().any(|typed| {
                !column.typed.sources.is_empty()
                    && column
                        .typed
                        .sources
                        .keys()
                        .all(|source| typed.sources.contains_key(source))
            })
        })
        .collect()
}
