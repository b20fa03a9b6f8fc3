//! What the `where` of a query says of the columns that it gives, as far as that is simple.
//!
//! Kept true here: every row that the query gives passes what is said here. Numbers alone are looked at: whether two
//! texts are equal is for the source to say.

use rust_decimal::Decimal;
use sophia_diagnostics::Span;
use sophia_plan::expression::Operator;
use sophia_plan::types::{RecordType, Type};
use sqlparser::ast::{
    BinaryOperator, Expr, Query, Select, SelectItem, SetExpr, Spanned, UnaryOperator, Value,
};

use super::conjuncts::conjuncts;
use super::typer::Typer;

/// A comparison that holds of every row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KeptColumn {
    /// The place of the column in the row.
    pub column: usize,
    /// How it compares.
    pub operator: Operator,
    /// With what.
    pub value: Decimal,
}

/// What is surely true of the rows of a query, and where that stands.
pub(super) fn of_query(
    typer: &Typer<'_>,
    query: &Query,
    row: &RecordType,
) -> Vec<(KeptColumn, Span)> {
    let SetExpr::Select(select) = &*query.body else {
        return Vec::new();
    };
    let mut kept = Vec::new();
    for condition in select.selection.iter().flat_map(conjuncts) {
        let Expr::BinaryOp { left, op, right } = condition else {
            continue;
        };
        let Some(operator) = comparison(op) else {
            continue;
        };
        let compared = match (number(left), number(right)) {
            (None, Some(value)) => Some((left, operator, value)),
            (Some(value), None) => Some((right, mirrored(operator), value)),
            _ => None,
        };
        if let Some((of, operator, value)) = compared
            && let Some(column) = column(typer, select, row, of)
        {
            let found = KeptColumn {
                column,
                operator,
                value,
            };
            kept.push((found, typer.place(condition.span())));
        }
    }
    kept
}

fn comparison(operator: &BinaryOperator) -> Option<Operator> {
    Some(match operator {
        BinaryOperator::Eq => Operator::Equal,
        BinaryOperator::Lt => Operator::Less,
        BinaryOperator::LtEq => Operator::LessOrEqual,
        BinaryOperator::Gt => Operator::Greater,
        BinaryOperator::GtEq => Operator::GreaterOrEqual,
        _ => return None,
    })
}

fn mirrored(operator: Operator) -> Operator {
    match operator {
        Operator::Less => Operator::Greater,
        Operator::LessOrEqual => Operator::GreaterOrEqual,
        Operator::Greater => Operator::Less,
        Operator::GreaterOrEqual => Operator::LessOrEqual,
        other => other,
    }
}

fn number(expression: &Expr) -> Option<Decimal> {
    match expression {
        Expr::Nested(inner) => number(inner),
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } => number(expr).map(|number| -number),
        Expr::Value(value) => match &value.value {
            Value::Number(text, _) => text.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

/// The column of the row that is this one of a table, unchanged and with numbers as they stand in SQL.
fn column(typer: &Typer<'_>, select: &Select, row: &RecordType, of: &Expr) -> Option<usize> {
    let wanted = path(typer, of)?;
    let alone = matches!(select.from.as_slice(), [table] if table.joins.is_empty());
    let place = match select.projection.as_slice() {
        [SelectItem::Wildcard(_)] if alone => {
            let wanted = typer.dialect.output_name(wanted.last()?);
            (row.fields.iter()).position(|field| field.name.eq_ignore_ascii_case(&wanted))?
        }
        items => {
            let is_same = |item: &SelectItem| match item {
                SelectItem::UnnamedExpr(given) | SelectItem::ExprWithAlias { expr: given, .. } => {
                    let given = path(typer, given);
                    given.is_some_and(|given| {
                        given == wanted || (alone && given.last() == wanted.last())
                    })
                }
                _ => false,
            };
            let is_whole = |item: &SelectItem| {
                matches!(
                    item,
                    SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)
                )
            };
            let place = items.iter().position(is_same)?;
            // Behind a `*` the places are not those of the items.
            if items.iter().take(place).any(is_whole) {
                return None;
            }
            place
        }
    };
    let of = &row.fields.get(place)?.of;
    let is_plain = matches!(
        of.present(),
        Type::Integer | Type::Number | Type::Decimal | Type::Money(_)
    );
    is_plain.then_some(place)
}

/// The names of a column, as the dialect compares them.
fn path(typer: &Typer<'_>, expression: &Expr) -> Option<Vec<String>> {
    let idents = match expression {
        Expr::Identifier(ident) => std::slice::from_ref(ident),
        Expr::CompoundIdentifier(idents) => idents,
        _ => return None,
    };
    let names = idents.iter().map(|ident| typer.dialect.name(ident));
    Some(names.collect())
}
