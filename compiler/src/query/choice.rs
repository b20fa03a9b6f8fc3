//! Values that stand for one another: the results of `case`, what `coalesce` chooses from, the parts of a `union`. And the two
//! sides of an operator.
//!
//! Kept true here: what is told fails in the source. Only PostgreSQL refuses two kinds for what they are; elsewhere the
//! column has an unknown type, and the warning about it names both.

use sophia_plan::types::Type;
use sqlparser::ast::{BinaryOperator, Expr, SetOperator, Spanned, Value};
use sqlparser::tokenizer::Span as SqlSpan;

use super::dialect::Dialect;
use super::functions::arguments::Sort;
use super::group_keys::plain_column;
use super::scope::Column;
use super::typed::{Literal, Typed};
use super::typer::Typer;
use super::units::may_be_read;

/// Two values of which nothing can be made.
pub(super) struct Clash {
    /// Where the second stands.
    pub span: SqlSpan,
    pub first: Sort,
    pub second: Sort,
    /// The second is a text that is written out, and cannot be read as the first.
    pub unreadable: Option<String>,
}

impl Typer<'_> {
    /// Complains about the first of several results that is of another kind than those before it.
    pub fn judge_choice<'v>(
        &mut self,
        word: &str,
        results: impl Iterator<Item = (&'v Expr, &'v Typed)>,
    ) {
        if self.dialect != Dialect::Postgres {
            return;
        }
        let results: Vec<(SqlSpan, &Typed)> = results
            .map(|(written, typed)| (written.span(), typed))
            .collect();
        if let Some(clash) = clash(&results) {
            self.report_two_kinds(&clash, word, None);
        }
    }

    /// The same for the columns of two parts of a `union`.
    pub fn judge_parts(&mut self, operator: SetOperator, before: &[Column], after: &[Column]) {
        if self.dialect != Dialect::Postgres {
            return;
        }
        let word = operator.to_string().to_lowercase();
        for (first, second) in before.iter().zip(after) {
            let parts = [(first.span, &first.typed), (second.span, &second.typed)];
            if let Some(clash) = clash(&parts) {
                self.report_two_kinds(&clash, &word, Some(&first.name));
            }
        }
    }

    /// Warns of `x = null`, which holds of no row, whatever the source.
    pub fn judge_null(&mut self, whole: &Expr) {
        let Expr::BinaryOp { left, op, right } = whole else {
            return;
        };
        let other = match (is_null(left), is_null(right)) {
            (true, false) => right,
            (false, true) => left,
            _ => return,
        };
        if plain_column(other).is_some() {
            self.report_compared_with_null(whole, other, *op == BinaryOperator::NotEq);
        }
    }

    /// Complains about values that an operator of PostgreSQL does not take.
    pub fn judge_operator(
        &mut self,
        whole: &Expr,
        operator: &BinaryOperator,
        left: &Typed,
        right: &Typed,
    ) {
        if self.dialect == Dialect::Postgres
            && let (Some(one), Some(other)) = (said(left), said(right))
            && !has_operator(operator, (one, &left.of), (other, &right.of))
            && ![left, right]
                .into_iter()
                .any(|side| self.may_be_address(side))
        {
            let span = self.place(whole.span());
            self.report_no_operator(span, operator, one, other);
        }
    }

    /// Whether a text may be an address of the network, which counts on.
    fn may_be_address(&self, typed: &Typed) -> bool {
        let is_address = |declared: &str| {
            let declared = declared.to_ascii_lowercase();
            declared.starts_with("inet") || declared.starts_with("cidr")
        };
        let mut declared = typed.sources.keys().filter_map(|source| {
            let table = self.request.tables.get(&*source.table)?;
            let mut columns = table.columns.iter();
            columns.find(|column| *column.name == *source.column)
        });
        typed.of == Type::Text
            && (!typed.column || declared.any(|column| is_address(&column.declared)))
    }
}

fn is_null(expression: &Expr) -> bool {
    match expression {
        Expr::Nested(inner) => is_null(inner),
        Expr::Value(value) => value.value == Value::Null,
        _ => false,
    }
}

/// The kind of a value that says of itself what it is: no hole, no text that is read as what is wanted.
fn said(typed: &Typed) -> Option<Sort> {
    let says = typed.hole.is_none() && !matches!(typed.literal, Some(Literal::Text(_)));
    Sort::of(&typed.of).filter(|_| says)
}

/// The first value that is of another kind than those before it.
fn clash(results: &[(SqlSpan, &Typed)]) -> Option<Clash> {
    let (first, of) = (results.iter()).find_map(|(_, typed)| Some((said(typed)?, &typed.of)))?;
    results.iter().find_map(|(span, typed)| {
        let unreadable = match &typed.literal {
            Some(Literal::Text(text)) if !may_be_read(text, of) => Some(text.to_string()),
            _ => None,
        };
        let second = match (&unreadable, said(typed)) {
            (Some(_), _) => Sort::Text,
            (None, Some(other)) if !are_alike(first, other) => other,
            _ => return None,
        };
        Some(Clash {
            span: *span,
            first,
            second,
            unreadable,
        })
    })
}

fn are_alike(one: Sort, other: Sort) -> bool {
    let is_day = |sort| matches!(sort, Sort::Date | Sort::Timestamp);
    one == other || (is_day(one) && is_day(other))
}

/// What `+ - * / %` take. Days move by whole numbers, instants by durations; keys and items are taken out of JSON.
fn has_operator(operator: &BinaryOperator, left: (Sort, &Type), right: (Sort, &Type)) -> bool {
    use BinaryOperator as Op;
    use Sort::{Date, Duration, Json, Number, Timestamp};
    match (left.0, operator, right.0) {
        (Date, Op::Plus | Op::Minus, Number) => *right.1 == Type::Integer,
        (Number, Op::Plus, Date) => *left.1 == Type::Integer,
        (left, operator, right) => matches!(
            (left, operator, right),
            (Json, _, _)
                | (Number, _, Number)
                | (Date | Timestamp, Op::Minus, Date | Timestamp)
                | (Date | Timestamp | Duration, Op::Plus | Op::Minus, Duration)
                | (Duration, Op::Plus, Date | Timestamp)
                | (Duration, Op::Multiply | Op::Divide, Number)
                | (Number, Op::Multiply, Duration)
        ),
    }
}
