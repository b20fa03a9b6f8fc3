//! How large every group surely is, as `having` proves it.

use sqlparser::ast::{BinaryOperator, Expr, Function, ObjectNamePart};

use super::bound::number;
use super::scope::Scope;
use super::typer::Typer;

impl Typer<'_> {
    /// The smallest number of rows that a group can have where `condition` holds.
    pub fn group_floor(&self, scope: &Scope<'_>, condition: &Expr) -> Option<u64> {
        match condition {
            Expr::Nested(inner) => self.group_floor(scope, inner),
            Expr::BinaryOp { left, op, right } => match op {
                BinaryOperator::And => self
                    .group_floor(scope, left)
                    .max(self.group_floor(scope, right)),
                BinaryOperator::Or => self
                    .group_floor(scope, left)
                    .zip(self.group_floor(scope, right))
                    .map(|(left, right)| left.min(right)),
                BinaryOperator::GtEq | BinaryOperator::Eq if self.counts(scope, left) => {
                    number(right)
                }
                BinaryOperator::Gt if self.counts(scope, left) => number(right)?.checked_add(1),
                BinaryOperator::LtEq | BinaryOperator::Eq if self.counts(scope, right) => {
                    number(left)
                }
                BinaryOperator::Lt if self.counts(scope, right) => number(left)?.checked_add(1),
                _ => None,
            },
            Expr::Between {
                expr,
                negated: false,
                low,
                ..
            } if self.counts(scope, expr) => number(low),
            _ => None,
        }
    }

    /// Whether an expression is a `count(…)` of the group: of rows, or of some of them, which are fewer.
    fn counts(&self, scope: &Scope<'_>, expression: &Expr) -> bool {
        match expression {
            Expr::Nested(inner) => self.counts(scope, inner),
            Expr::Function(function) => is_count(function),
            // An alias of the select list, where the dialect reads it as one.
            Expr::Identifier(ident) => {
                !self.is_column(scope, std::slice::from_ref(ident))
                    && scope
                        .aliases
                        .iter()
                        .find(|(alias, _)| self.dialect.means(ident, &self.dialect.name(alias)))
                        .is_some_and(|(_, aliased)| match aliased {
                            Expr::Function(function) => is_count(function),
                            _ => false,
                        })
            }
            _ => false,
        }
    }
}

fn is_count(function: &Function) -> bool {
    function.over.is_none()
        && matches!(function.name.0.as_slice(), [name] if name
            .as_ident()
            .is_some_and(|ident| ident.value.eq_ignore_ascii_case("count")))
        && !matches!(function.name.0.first(), Some(ObjectNamePart::Function(_)))
}
