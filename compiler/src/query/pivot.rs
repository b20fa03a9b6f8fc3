//! `pivot` and `unpivot`: values that become columns, and columns that become values.

use std::ops::ControlFlow;

use sophia_plan::types::Type;
use sqlparser::ast::{
    Expr, ExprWithAlias, Ident, PivotValueSource, Spanned, TableFactor, visit_expressions,
};

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
                let mut relation =
                    relation_of(self.dialect, "the pivot", columns, alias.as_ref(), open);
                relation.pivoted = open;
                relation
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
        for aggregate in aggregates {
            let typed = self.expression(inner, &aggregate.expr);
            results.push(typed.nullable(true));
        }
        for key in keys {
            let typed = self.expression(inner, key);
            self.decides(&typed);
        }
        let named = aggregates.iter().map(|aggregate| &aggregate.expr);
        let mut columns = self.without(inner, named.chain(keys));
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
        let named = unpivoted.iter().map(|column| &column.expr);
        let mut columns = self.without(inner, named);
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

    /// The columns that nothing of this names.
    fn without<'e>(
        &self,
        inner: &Scope<'_>,
        naming: impl Iterator<Item = &'e Expr>,
    ) -> Vec<Column> {
        let mut named: Vec<Ident> = Vec::new();
        for expression in naming {
            let _ = visit_expressions(expression, |part: &Expr| {
                match part {
                    Expr::Identifier(name) => named.push(name.clone()),
                    Expr::CompoundIdentifier(path) => named.extend(path.last().cloned()),
                    _ => {}
                }
                ControlFlow::<()>::Continue(())
            });
        }
        (inner.relations.iter())
            .flat_map(|relation: &Relation| relation.columns.iter().cloned())
            .filter(|column| !(named.iter()).any(|name| self.dialect.means(name, &column.name)))
            .collect()
    }
}
