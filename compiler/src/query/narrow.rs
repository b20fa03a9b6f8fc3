//! What a condition that holds says about missing values.

use sqlparser::ast::{BinaryOperator, Expr, Ident, UnaryOperator};

use super::conjuncts::conjuncts;
use super::dialect::Dialect;
use super::partner::is_marked;
use super::scope::Scope;

/// Marks the columns of this scope that are present wherever `condition` holds.
pub(super) fn narrow(dialect: Dialect, scope: &mut Scope<'_>, condition: &Expr) {
    let mut present: Vec<&[Ident]> = Vec::new();
    for condition in conjuncts(condition) {
        match condition {
            marked if is_marked(dialect, marked) => {}
            Expr::BinaryOp { left, op, right } if rejects_missing(op) => {
                strict(left, &mut present);
                strict(right, &mut present);
            }
            Expr::IsNotNull(value)
            | Expr::InSubquery {
                expr: value,
                negated: false,
                ..
            }
            | Expr::IsTrue(value)
            | Expr::IsFalse(value)
            | Expr::InList { expr: value, .. } => strict(value, &mut present),
            Expr::Between {
                expr,
                negated: false,
                low,
                high,
            } => {
                for part in [expr, low, high] {
                    strict(part, &mut present);
                }
            }
            Expr::Like { expr, pattern, .. } | Expr::ILike { expr, pattern, .. } => {
                strict(expr, &mut present);
                strict(pattern, &mut present);
            }
            Expr::UnaryOp {
                op: UnaryOperator::Not,
                expr,
            } => {
                let mut inner = &**expr;
                while let Expr::Nested(next) = inner {
                    inner = next;
                }
                if let Expr::IsNull(value) = inner {
                    strict(value, &mut present);
                }
            }
            // A bare boolean column.
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => strict(condition, &mut present),
            _ => {}
        }
    }
    for path in present {
        mark(dialect, scope, path);
    }
}

fn rejects_missing(operator: &BinaryOperator) -> bool {
    matches!(
        operator,
        BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::Lt
            | BinaryOperator::LtEq
            | BinaryOperator::Gt
            | BinaryOperator::GtEq
    )
}

/// The columns without which an expression has no value.
fn strict<'e>(expression: &'e Expr, found: &mut Vec<&'e [Ident]>) {
    let mut open = vec![expression];
    while let Some(expression) = open.pop() {
        match expression {
            Expr::Identifier(ident) => found.push(std::slice::from_ref(ident)),
            Expr::CompoundIdentifier(path) => found.push(path),
            Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => open.push(inner),
            Expr::UnaryOp {
                op: UnaryOperator::Minus | UnaryOperator::Plus,
                expr,
            }
            | Expr::Cast { expr, .. } => open.push(expr),
            Expr::BinaryOp {
                left,
                op:
                    BinaryOperator::Plus
                    | BinaryOperator::Minus
                    | BinaryOperator::Multiply
                    | BinaryOperator::Divide
                    | BinaryOperator::StringConcat,
                right,
            } => open.extend([&**left, &**right]),
            _ => {}
        }
    }
}

fn mark(dialect: Dialect, scope: &mut Scope<'_>, path: &[Ident]) {
    let Some((column, qualifier)) = path.split_last() else {
        return;
    };
    if qualifier.is_empty() {
        for merged in &mut scope.merged {
            if dialect.means(column, &merged.name) {
                merged.typed.nullable = false;
                return;
            }
        }
    }
    let mut places = Vec::new();
    for (at, relation) in scope.relations.iter().enumerate() {
        if (qualifier.is_empty() && !relation.only_qualified)
            || relation.is_called(dialect, qualifier)
        {
            places.extend(
                relation
                    .find(dialect, column)
                    .into_iter()
                    .map(|index| (at, index)),
            );
        }
    }
    if let [(at, index)] = places.as_slice()
        && let Some(found) = scope
            .relations
            .get_mut(*at)
            .and_then(|relation| relation.columns.get_mut(*index))
    {
        found.typed.nullable = false;
    }
}
