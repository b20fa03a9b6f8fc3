//! Literals: what they mean where they stand.

use std::sync::Arc;

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use rust_decimal::Decimal;
use sophia_diagnostics::{Span, codes};
use sophia_language::phrases::Literal;
use sophia_plan::types::{Currency, Type};
use sophia_plan::value::Value;

use super::Typed;
use super::expected::Expected;
use crate::checker::Checker;
use crate::names::{nearest, with_nearest};

impl Checker<'_> {
    /// A literal, read as what its place wants where that is one of its meanings.
    pub(super) fn literal(
        &mut self,
        literal: &Literal,
        span: Span,
        expected: Option<&Expected>,
    ) -> Typed {
        let wanted = expected.map(|expected| expected.of.present());
        match literal {
            Literal::Boolean(value) => Typed::constant(Value::Boolean(*value), Type::Boolean),
            Literal::None => Typed::constant(Value::None, Type::None),
            Literal::Integer(value) => self.integer(*value, span, expected),
            Literal::Number(digits) => match (wanted, digits.parse::<Decimal>()) {
                (Some(Type::Decimal), Ok(value)) => {
                    Typed::constant(Value::Decimal(value), Type::Decimal)
                }
                _ => match digits.parse::<f64>() {
                    Ok(value) if value.is_finite() => {
                        Typed::constant(Value::Number(value), Type::Number)
                    }
                    _ => self.impossible_literal(span),
                },
            },
            Literal::Percent(digits) => match share(digits) {
                Some(value) => Typed::constant(Value::Percent(value), Type::Percent),
                None => self.impossible_literal(span),
            },
            Literal::Money { amount, currency } => match amount.parse::<Decimal>() {
                Ok(amount) => {
                    let currency = Currency(Arc::from(currency.as_str()));
                    Typed::constant(
                        Value::Money(amount, currency.clone()),
                        Type::Money(currency),
                    )
                }
                Err(_) => self.impossible_literal(span),
            },
            Literal::Duration { milliseconds } => {
                Typed::constant(Value::Duration(*milliseconds), Type::Duration)
            }
            Literal::Months { .. } => self.report_months(span),
            Literal::Date { year, month, day } => {
                match jiff::civil::Date::new(*year, *month, *day) {
                    Ok(date) => Typed::constant(Value::Date(date), Type::Date),
                    Err(_) => self.impossible_literal(span),
                }
            }
            Literal::Time { hour, minute } => match jiff::civil::Time::new(*hour, *minute, 0, 0) {
                Ok(time) => Typed::constant(Value::Time(time), Type::Time),
                Err(_) => self.impossible_literal(span),
            },
            Literal::DateTime {
                year,
                month,
                day,
                hour,
                minute,
            } => {
                let civil = jiff::civil::DateTime::new(*year, *month, *day, *hour, *minute, 0, 0);
                match civil.ok().zip(crate::zones::zone(&self.zone)) {
                    Some((civil, zone)) => self.moment(civil, &zone, span),
                    None => self.impossible_literal(span),
                }
            }
        }
    }

    /// A time on a day in the playbook's zone. Of two moments that the clocks show alike it is the first.
    fn moment(&mut self, civil: DateTime, zone: &TimeZone, span: Span) -> Typed {
        let moment = zone.to_ambiguous_zoned(civil);
        if matches!(moment.offset(), AmbiguousOffset::Gap { .. }) {
            let written = self.written(span);
            let diagnostic = self
                .diagnostic(
                    codes::S331,
                    span,
                    format!("`{written}` is not a time that exists in {}.", self.zone),
                )
                .with_label("skipped when the clocks go forward")
                .with_help("write a time before or after the change");
            self.push(diagnostic);
            return Typed::unknown();
        }
        match moment.compatible() {
            Ok(zoned) => Typed::constant(Value::Timestamp(zoned.timestamp()), Type::Timestamp),
            Err(_) => self.impossible_literal(span),
        }
    }

    fn impossible_literal(&mut self, span: Span) -> Typed {
        let written = self.written(span);
        let diagnostic = self.diagnostic(
            codes::S331,
            span,
            format!("`{written}` is not a value that exists."),
        );
        self.push(diagnostic);
        Typed::unknown()
    }

    pub(super) fn integer(&mut self, value: i64, span: Span, expected: Option<&Expected>) -> Typed {
        let Some(expected) = expected else {
            return Typed::constant(Value::Integer(value), Type::Integer);
        };
        match expected.of.present() {
            Type::Range { from, to } => {
                if (*from..=*to).contains(&value) {
                    return Typed::constant(Value::Integer(value), expected.of.present().clone());
                }
                let nearest = value.clamp(*from, *to);
                let diagnostic = self
                    .diagnostic(
                        codes::S305,
                        span,
                        format!(
                            "{} takes {from} to {to}, and {value} lies outside.",
                            expected.purpose.subject
                        ),
                    )
                    .with_label(format!("outside {from}..{to}"))
                    .with_note(format!("nearest: {nearest}"));
                self.push(diagnostic);
                Typed::unknown()
            }
            #[expect(
                clippy::cast_precision_loss,
                reason = "a number is a double; that is its declared precision"
            )]
            Type::Number => Typed::constant(Value::Number(value as f64), Type::Number),
            Type::Decimal => Typed::constant(Value::Decimal(Decimal::from(value)), Type::Decimal),
            _ => Typed::constant(Value::Integer(value), Type::Integer),
        }
    }

    /// A text without places.
    pub(super) fn plain_text(
        &mut self,
        text: &str,
        span: Span,
        expected: Option<&Expected>,
    ) -> Typed {
        let value = Value::Text(Arc::from(text));
        let Some(expected) = expected else {
            return Typed::constant(value, Type::Text);
        };
        let Type::Literals(known) = expected.of.present() else {
            return Typed::constant(value, Type::Text);
        };
        if known.iter().any(|literal| &**literal == text) {
            return Typed::constant(value, Type::Literals(Arc::from([Arc::from(text)])));
        }
        let near =
            nearest(text, known.iter().map(|literal| &**literal)).map(|near| format!("\"{near}\""));
        let diagnostic = self
            .diagnostic(
                codes::S304,
                span,
                format!(
                    "{} takes one of {}, and \"{text}\" is none of them.",
                    expected.purpose.subject,
                    expected.of.present()
                ),
            )
            .with_label("not one of them");
        self.push(with_nearest(diagnostic, near.as_deref(), span));
        Typed::unknown()
    }
}

/// 70 → 0.7, computed exactly so that `70%` equals a stored 0.7.
fn share(digits: &str) -> Option<f64> {
    let value = digits.parse::<Decimal>().ok()? / Decimal::ONE_HUNDRED;
    value.to_string().parse().ok()
}
