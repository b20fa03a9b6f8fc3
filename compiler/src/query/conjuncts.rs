//! The parts of a condition that all hold where it does.

use sqlparser::ast::{BinaryOperator, Expr};

/// What stands between the `and`s of a condition, in the order written, brackets around them taken off.
pub(super) fn conjuncts(condition: &Expr) -> Vec<&Expr> {
    let mut open = vec![condition];
    let mut parts = Vec::new();
    while let Some(condition) = open.pop() {
        match condition {
            Expr::Nested(inner) => open.push(inner),
            Expr::BinaryOp {
                left,
                op: BinaryOperator::And,
                right,
            } => open.extend([&**right, &**left]),
            part => parts.push(part),
        }
    }
    parts
}
