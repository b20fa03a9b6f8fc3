//! Units at the border: what the plain numbers of SQL and JSON mean, as `[units]` says.
//!
//! Kept true here: a unit that is not read yet leaves a plain number, which never meets a percent or
//! money; where such a number is used, a warning says so.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{Name, SqlText};
use sophia_plan::expression::{Expression as Code, Operator};
use sophia_plan::types::Type;
use sophia_plan::value::Value;

use crate::checker::Checker;
use crate::project::Unit;
use crate::query::QueryShape;

/// The type that a unit gives a column or an argument, where the unit is read.
pub(crate) fn type_of(unit: Option<Unit>) -> Option<Type> {
    unit.filter(Unit::is_read).map(|unit| unit.of)
}

/// The value of an argument as JSON has it: an amount of money goes out as its number, since the unit says
/// which currency it is in. A percent is a share already.
pub(crate) fn outward(value: Code, unit: &Type) -> Code {
    let Type::Money(currency) = unit else {
        return value;
    };
    if let Code::Constant(Value::Money(amount, _)) = &value
        && let Some(number) = amount.to_f64()
    {
        return Code::Constant(Value::Number(number));
    }
    Code::Binary {
        operator: Operator::Divide,
        left: Box::new(value),
        right: Box::new(Code::Constant(Value::Money(Decimal::ONE, currency.clone()))),
    }
}

impl Checker<'_> {
    /// Warns about the columns of a query whose unit is not read yet.
    pub(crate) fn report_unread_columns(
        &mut self,
        connection: &Name,
        sql: &SqlText,
        shape: &QueryShape,
    ) {
        if self.manifest.units.is_empty() {
            return;
        }
        let columns: BTreeSet<_> = shape
            .lineage
            .iter()
            .flat_map(|column| column.keys())
            .collect();
        for source in columns {
            let unit = self
                .manifest
                .column_unit(&connection.text, &source.table, &source.column);
            if let Some(unit) = unit.filter(|unit| !unit.is_read()) {
                let what = format!("{}.{}.{}", connection.text, source.table, source.column);
                let span = place(sql, &source.column).unwrap_or(connection.span);
                self.report_unread(&what, &unit, span);
            }
        }
    }

    /// Warns about something whose unit is not read yet.
    pub(crate) fn report_unread(&mut self, what: &str, unit: &Unit, span: Span) {
        let diagnostic = self
            .diagnostic(
                codes::S332,
                span,
                format!("The unit of `{what}` is not read yet, so it stays a plain number."),
            )
            .with_label(format!("`{}` in sophia.toml", unit.written));
        self.push(diagnostic);
    }
}

/// Where a column is first named in a query.
fn place(sql: &SqlText, column: &str) -> Option<Span> {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let text = sql.text.to_ascii_lowercase();
    let start = text
        .match_indices(&column.to_ascii_lowercase())
        .find(|(at, found)| {
            let before = text
                .get(..*at)
                .and_then(|before| before.chars().next_back());
            let after = text
                .get(at + found.len()..)
                .and_then(|after| after.chars().next());
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
        .map(|(at, _)| sql.start as usize + at)?;
    Some(Span::new(start, start + column.len()))
}
