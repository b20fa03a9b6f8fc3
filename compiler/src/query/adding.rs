//! Which columns of an answer add up across its rows: those that are a `sum` or a `count`.
//!
//! Kept true here: what is not surely a sum is none: an average, a `count(distinct …)`, a column of a table.

use std::collections::BTreeSet;

use sqlparser::ast::{
    BinaryOperator, DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArguments, Query, SelectItem, SetExpr, UnaryOperator,
};

use super::dialect::Dialect;

/// The names of the columns that add up.
pub(super) fn columns(dialect: Dialect, query: &Query) -> BTreeSet<String> {
    let mut body = &*query.body;
    while let SetExpr::Query(inner) = body {
        body = &inner.body;
    }
    let SetExpr::Select(select) = body else {
        return BTreeSet::new();
    };
    (select.projection.iter())
        .filter_map(|item| match item {
            SelectItem::ExprWithAlias { expr, alias } if adds(expr) => {
                Some(dialect.output_name(&dialect.name(alias)))
            }
            _ => None,
        })
        .collect()
}

/// Whether the values of two groups, added, are the value of both together.
fn adds(expression: &Expr) -> bool {
    match expression {
        Expr::Function(function) => function_adds(function),
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => adds(inner),
        Expr::UnaryOp {
            op: UnaryOperator::Minus | UnaryOperator::Plus,
            expr,
        } => adds(expr),
        Expr::BinaryOp { left, op, right } => match op {
            BinaryOperator::Plus | BinaryOperator::Minus => adds(left) && adds(right),
            BinaryOperator::Multiply => {
                (adds(left) && is_fixed(right)) || (is_fixed(left) && adds(right))
            }
            BinaryOperator::Divide => adds(left) && is_fixed(right),
            _ => false,
        },
        _ => false,
    }
}

fn function_adds(function: &Function) -> bool {
    if function.over.is_some() {
        return false;
    }
    let FunctionArguments::List(list) = &function.args else {
        return false;
    };
    let name = function.name.to_string().to_lowercase();
    let arguments: Vec<&Expr> = (list.args.iter())
        .filter_map(|argument| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) => Some(expression),
            _ => None,
        })
        .collect();
    match name.as_str() {
        "sum" | "total" | "count" | "count_if" => {
            list.duplicate_treatment != Some(DuplicateTreatment::Distinct)
        }
        // A sum over nothing is nothing.
        "coalesce" | "ifnull" | "nvl" | "zeroifnull" => match arguments.split_first() {
            Some((first, rest)) => adds(first) && rest.iter().all(|other| is_fixed(other)),
            None => false,
        },
        "round" => arguments.first().is_some_and(|first| adds(first)),
        _ => false,
    }
}

fn is_fixed(expression: &Expr) -> bool {
    match expression {
        Expr::Value(_) => true,
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => is_fixed(inner),
        Expr::UnaryOp { expr, .. } => is_fixed(expr),
        _ => false,
    }
}
