//! `signed + 1 month`, `today - 2 years`: days of the calendar, so many months away.
//!
//! Kept true here: months, quarters and years have no fixed length, so they stand beside a date and nowhere else; where
//! the month that is met is shorter, its last day is meant.

use sophia_diagnostics::{Span, codes};
use sophia_language::phrases::Literal;
use sophia_language::syntax::Expression;
use sophia_plan::expression::{Expression as Code, Function, Operator};
use sophia_plan::types::Type;
use sophia_plan::value::Value;

use super::scope::Scope;
use super::{Typed, with_article};
use crate::checker::Checker;

impl Checker<'_> {
    /// A date and so many months. `None` where neither side is written in months.
    pub(super) fn by_months(
        &mut self,
        operator: Operator,
        left: &Expression,
        right: &Expression,
        scope: &Scope,
    ) -> Option<Typed> {
        let (date, months, span) = match (operator, months(left), months(right)) {
            (Operator::Add | Operator::Subtract, None, Some(months)) => {
                (left, months, right.span())
            }
            (Operator::Add, Some(months), None) => (right, months, left.span()),
            _ => return None,
        };
        let found = self.typed(date, scope, None);
        if found.is_unknown() {
            return Some(Typed::unknown());
        }
        if found.of.is_optional() {
            self.report_may_be_missing(date.span());
            return Some(Typed::unknown());
        }
        if found.of != Type::Date {
            let written = self.written(span);
            let diagnostic = self
                .diagnostic(
                    codes::S346,
                    span,
                    format!(
                        "`{written}` is counted from a date, and this is {}.",
                        with_article(&found.of)
                    ),
                )
                .with_label("has no fixed length");
            let diagnostic = match &found.of {
                Type::Timestamp => {
                    let moment = self.written(date.span());
                    diagnostic.with_help(format!("count from its day: `date_of({moment})`"))
                }
                _ => diagnostic.with_help("write days: a month has no fixed length"),
            };
            self.push(diagnostic);
            return Some(Typed::unknown());
        }
        let months = match operator {
            Operator::Subtract => -months,
            _ => months,
        };
        let code = Code::Call {
            function: Function::AddMonths,
            arguments: vec![found.expression, Code::Constant(Value::Integer(months))],
        };
        Some(Typed::new(code, Type::Date))
    }

    /// Months where there is no date to count from.
    pub(super) fn report_months(&mut self, span: Span) -> Typed {
        let written = self.written(span);
        let diagnostic = self
            .diagnostic(
                codes::S346,
                span,
                format!("`{written}` has no fixed length, so it stands beside a date only."),
            )
            .with_label("how long this is depends on the date")
            .with_help(format!(
                "add it to a date, as in `today + {written}`, or write days"
            ));
        self.push(diagnostic);
        Typed::unknown()
    }
}

fn months(written: &Expression) -> Option<i64> {
    match written {
        Expression::Literal {
            value: Literal::Months { count },
            ..
        } => Some(*count),
        _ => None,
    }
}
