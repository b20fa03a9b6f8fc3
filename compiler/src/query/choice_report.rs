//! The words of complaints about two kinds of values where one is wanted.

use sophia_diagnostics::{Span, codes};
use sqlparser::ast::{BinaryOperator, Expr, Spanned};
use sqlparser::tokenizer::Span as SqlSpan;

use super::choice::Clash;
use super::functions::arguments::Sort;
use super::typer::Typer;

impl Typer<'_> {
    /// S430
    pub fn report_two_kinds(&mut self, clash: &Clash, word: &str, column: Option<&str>) {
        let (first, second) = (clash.first.spoken(), clash.second.spoken());
        let message = match (column, &clash.unreadable) {
            (Some(column), _) => format!(
                "The column `{column}` is {first} in one part of the `{word}`, and {second} in another."
            ),
            (None, Some(text)) => {
                format!("`{word}` gives {first} here, and `'{text}'` is none.")
            }
            (None, None) => {
                format!("`{word}` gives {first} or {second} here, and can give only one.")
            }
        };
        let help = if clash.first == Sort::Text || clash.second == Sort::Text {
            "make all of them text: `cast(… as text)`"
        } else {
            "make them one kind with `cast(… as TYPE)`"
        };
        let diagnostic = self
            .diagnostic(codes::S430, self.place(clash.span), message)
            .with_label(second)
            .with_help(help);
        self.error(diagnostic);
    }

    /// S431
    pub fn report_no_operator(
        &mut self,
        span: Span,
        operator: &BinaryOperator,
        left: Sort,
        right: Sort,
    ) {
        let (one, other) = (left.spoken(), right.spoken());
        let spoken = self.dialect.spoken();
        let message = match operator {
            BinaryOperator::Plus => format!("{spoken} does not add {one} and {other}."),
            BinaryOperator::Minus => format!("{spoken} does not take {other} from {one}."),
            BinaryOperator::Multiply => format!("{spoken} does not multiply {one} by {other}."),
            _ => format!("{spoken} does not divide {one} by {other}."),
        };
        let is = |sort: Sort| left == sort || right == sort;
        let help = if is(Sort::Text) && *operator == BinaryOperator::Plus {
            "texts are put together with `||`; a text that holds a number becomes one with `cast(… as numeric)`"
        } else if is(Sort::Text) {
            "a text that holds a number becomes one with `cast(… as numeric)`"
        } else if is(Sort::Boolean) {
            "a condition becomes a number with `case when … then 1 else 0 end`"
        } else if is(Sort::Date) || is(Sort::Timestamp) {
            "a day or an instant moves by a length of time: `+ interval '3 days'`, `- n * interval '1 hour'`"
        } else {
            "convert one of them with `cast(… as TYPE)`"
        };
        let diagnostic = self
            .diagnostic(codes::S431, span, message)
            .with_label(format!("{one} and {other}"))
            .with_help(help);
        self.error(diagnostic);
    }

    /// S404 for a join that does not say which rows belong together.
    pub fn report_no_condition(&mut self, table: SqlSpan) {
        let diagnostic = self
            .diagnostic(
                codes::S404,
                self.place(table),
                "In PostgreSQL a `join` says which rows belong together.",
            )
            .with_label("no `on` behind it")
            .with_help("write `on …` behind the table; for every pair of rows, `cross join`");
        self.error(diagnostic);
    }

    /// S433
    pub fn report_compared_with_null(&mut self, whole: &Expr, other: &Expr, differs: bool) {
        let span = self.place(whole.span());
        let word = if differs { "is not null" } else { "is null" };
        let text = format!("{other} {word}");
        let diagnostic = self
            .diagnostic(
                codes::S433,
                span,
                format!(
                    "A comparison with `null` holds of no row, also where `{other}` is missing."
                ),
            )
            .with_label("never true")
            .with_edit(format!("write `{text}`"), span, text);
        self.warn(diagnostic);
    }

    /// S432
    pub fn report_sorted_by_dropped(&mut self, span: Span, column: &str) {
        let diagnostic = self
            .diagnostic(
                codes::S432,
                span,
                format!("The rows are `distinct`, and `{column}` is not among their columns."),
            )
            .with_label("several rows with other values here became one")
            .with_help(format!(
                "select `{column}` as well, or group the rows and sort by `min({column})`"
            ));
        self.error(diagnostic);
    }
}
