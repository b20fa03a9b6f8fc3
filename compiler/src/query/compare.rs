//! Comparisons: always boolean to a playbook, and only between things that can be alike.

use sophia_plan::types::Type;
use sqlparser::ast::{BinaryOperator, Expr, Spanned};

use super::dialect::Dialect;
use super::functions::arguments::Sort;
use super::scope::Scope;
use super::typed::{Literal, Typed, is_number};
use super::typer::Typer;

/// PostgreSQL compares a day with an instant and numbers of every kind, nothing else of two kinds. A text that is written
/// out is read as what stands beside it.
fn has_no_operator(left: &Typed, right: &Typed) -> bool {
    let sort = |typed: &Typed| {
        let said = typed.hole.is_none() && !matches!(typed.literal, Some(Literal::Text(_)));
        Sort::of(&typed.of).filter(|sort| said && *sort != Sort::Json)
    };
    match (sort(left), sort(right)) {
        (Some(Sort::Date | Sort::Timestamp), Some(Sort::Date | Sort::Timestamp)) => false,
        (Some(left), Some(right)) => left != right,
        _ => false,
    }
}

impl Typer<'_> {
    /// `left operator right`, with `whole` as the place of both.
    pub fn comparison(&mut self, whole: &Expr, left: &Typed, right: &Typed) -> Typed {
        self.want_alike(left, right);
        if let (Type::Money(one), Type::Money(other)) = (&left.of, &right.of)
            && one != other
        {
            let span = self.place(whole.span());
            self.report_currencies(span, &left.of, &right.of);
        } else if self.cannot_be_alike(left, right) {
            let span = self.place(whole.span());
            self.report_not_comparable(span, left, right);
        }
        Typed::made_of(Type::Boolean, [left, right])
    }

    /// Only what the dialect surely refuses, or surely answers with nonsense.
    fn cannot_be_alike(&self, left: &Typed, right: &Typed) -> bool {
        if self.dialect == Dialect::Postgres && has_no_operator(left, right) {
            return true;
        }
        [(left, right), (right, left)]
            .into_iter()
            .any(|(text, number)| {
                if text.of != Type::Text || !is_number(&number.of) {
                    return false;
                }
                let readable = match &text.literal {
                    Some(Literal::Text(value)) => Some(value.trim().parse::<f64>().is_ok()),
                    _ => None,
                };
                match (self.dialect, readable) {
                    // `'12' > tenure` reads the text as a number everywhere.
                    (_, Some(readable)) => !readable,
                    (Dialect::Postgres, None) => true,
                    // Between two columns SQLite converts; a literal or a result is compared as it is.
                    (Dialect::Sqlite, None) => !(text.column && number.column),
                    (Dialect::Snowflake, None) => false,
                }
            })
    }

    /// `x in (a, b)`
    pub fn in_list(&mut self, scope: &Scope<'_>, value: &Expr, list: &[Expr]) -> Typed {
        let value_typed = self.expression(scope, value);
        let mut result = Typed::made_of(Type::Boolean, [&value_typed]);
        let mut told = false;
        for item in list {
            let typed = self.expression(scope, item);
            if told {
                self.want_alike(&value_typed, &typed);
            } else {
                // Of items that are all of the wrong kind one is enough.
                let before = self.errors.len();
                self.comparison(item, &value_typed, &typed);
                told = self.errors.len() > before;
            }
            result = result.resting_on(&typed);
            result.nullable |= typed.nullable;
        }
        result
    }

    /// Whether an operator compares.
    pub fn is_comparison(operator: &BinaryOperator) -> bool {
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
}
