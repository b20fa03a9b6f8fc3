//! What a place wants, and the complaint when a value does not fit it.

use std::sync::Arc;

use sophia_diagnostics::{Code, Diagnostic, Span, codes};
use sophia_plan::expression::Expression;
use sophia_plan::types::Type;

use super::fit::{Fit, fit};
use super::{Typed, with_article};
use crate::checker::Checker;

/// Why a place wants a type: the words and the codes of the complaint.
#[derive(Clone, Debug)]
pub(crate) struct Purpose {
    /// Begins the sentence: `` `urgency` ``, ``The argument `text` of `slack.post_message` ``.
    pub(crate) subject: Arc<str>,
    /// For a value of another type.
    pub(crate) mismatch: Code,
    /// For a record that lacks a field.
    pub(crate) missing: Code,
    /// For a record that has a field too many.
    pub(crate) extra: Code,
    /// What becomes of a field that may be missing and is left out.
    pub(crate) left_out: LeftOut,
}

/// What a record holds for a field that is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LeftOut {
    /// `none`, so that every record of a type has the same fields.
    None,
    /// Nothing: to a tool, a field without a value may mean something else than no field.
    Absent,
}

impl Purpose {
    /// A place without codes of its own.
    pub(crate) fn plain(subject: impl Into<Arc<str>>) -> Self {
        Self {
            subject: subject.into(),
            mismatch: codes::S301,
            missing: codes::S310,
            extra: codes::S311,
            left_out: LeftOut::None,
        }
    }

    /// The same purpose for a part.
    pub(crate) fn part(&self, subject: impl Into<Arc<str>>) -> Self {
        Self {
            subject: subject.into(),
            ..self.clone()
        }
    }
}

/// What a place wants.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub(crate) of: Type,
    pub(crate) purpose: Purpose,
}

impl Expected {
    pub(crate) fn new(of: Type, purpose: Purpose) -> Self {
        Self { of, purpose }
    }

    /// A type with plain words.
    pub(crate) fn plain(of: Type, subject: impl Into<Arc<str>>) -> Self {
        Self::new(of, Purpose::plain(subject))
    }

    /// The same purpose with another type.
    pub(crate) fn with_type(&self, of: Type) -> Self {
        Self::new(of, self.purpose.clone())
    }
}

impl Checker<'_> {
    /// Makes a value fit its place, or says that it does not.
    pub(crate) fn fitted(&mut self, value: Typed, expected: &Expected, span: Span) -> Expression {
        match fit(&value.of, &expected.of) {
            Fit::Same => value.expression,
            Fit::Converted => Expression::Convert {
                value: Box::new(value.expression),
                to: expected.of.clone(),
            },
            Fit::No => {
                self.report_misfit(&value.of, expected, span);
                value.expression
            }
        }
    }

    fn report_misfit(&mut self, found: &Type, expected: &Expected, span: Span) {
        let wanted = &expected.of;
        let subject = &expected.purpose.subject;
        if found.is_optional() && *found != Type::None && fit(found.present(), wanted).fits() {
            self.report_may_be_missing(span);
            return;
        }
        if let (Type::Integer | Type::Range { .. }, Type::Range { from, to }) =
            (found, wanted.present())
        {
            let diagnostic = self
                .diagnostic(
                    codes::S306,
                    span,
                    format!("{subject} takes {from} to {to}, and this integer may lie outside."),
                )
                .with_label(format!("{found}"))
                .with_note(format!("expected: {wanted}"))
                .with_note(format!("found:    {found}"))
                .with_help("choose between numbers in the range with `if … then … else …`");
            self.push(diagnostic);
            return;
        }
        let mut diagnostic = self
            .diagnostic(
                expected.purpose.mismatch,
                span,
                format!(
                    "{subject} takes {}, and this is {}.",
                    with_article(wanted),
                    with_article(found)
                ),
            )
            .with_label(format!("{found}"))
            .with_note(format!("expected: {wanted}"))
            .with_note(format!("found:    {found}"));
        diagnostic = self.with_conversion(diagnostic, found, wanted, span);
        self.push(diagnostic);
    }

    /// The fix for two types that people take for each other.
    pub(crate) fn with_conversion(
        &self,
        diagnostic: Diagnostic,
        found: &Type,
        wanted: &Type,
        span: Span,
    ) -> Diagnostic {
        let written = self.written(span);
        let literal = written.parse::<rust_decimal::Decimal>().ok();
        match (found.present(), wanted.present(), literal) {
            (Type::Integer | Type::Number | Type::Range { .. }, Type::Percent, Some(value)) => {
                let percent = if value.abs() <= rust_decimal::Decimal::ONE && !value.is_integer() {
                    value * rust_decimal::Decimal::ONE_HUNDRED
                } else {
                    value
                };
                let text = format!("{}%", percent.normalize());
                diagnostic.with_edit(format!("write `{text}`"), span, text)
            }
            (Type::Integer | Type::Number | Type::Range { .. }, Type::Money(currency), Some(_)) => {
                let text = if &*currency.0 == "USD" {
                    format!("${written}")
                } else {
                    format!("{written} {}", currency.0)
                };
                diagnostic.with_edit(format!("write `{text}`"), span, text)
            }
            (_, Type::Percent, None) if is_number(found) => {
                diagnostic.with_help("write `percent(x)` where the number is a share of 1")
            }
            (Type::Integer | Type::Range { .. }, Type::Duration, Some(value)) => {
                let unit = if value == rust_decimal::Decimal::ONE {
                    "day"
                } else {
                    "days"
                };
                let text = format!("{written} {unit}");
                diagnostic.with_edit(format!("write `{text}`"), span, text)
            }
            (Type::Text | Type::Literals(_), Type::Date | Type::Time | Type::Timestamp, None) => {
                let inside = written.trim_matches('"');
                if shape(inside) == Some(wanted.present().clone()) {
                    diagnostic.with_edit(format!("write `{inside}`"), span, inside)
                } else if written.starts_with('"') {
                    let example = match wanted.present() {
                        Type::Date => "2026-11-22",
                        Type::Time => "08:00",
                        _ => "2026-11-22 08:00",
                    };
                    diagnostic.with_help(format!(
                        "{} is written without quotes: `{example}`",
                        with_article(wanted.present())
                    ))
                } else {
                    diagnostic
                }
            }
            (
                Type::Text | Type::Literals(_),
                Type::Integer | Type::Number | Type::Decimal | Type::Percent,
                None,
            ) if reads_as(written.trim_matches('"'), wanted.present()) => {
                let inside = written.trim_matches('"');
                diagnostic.with_edit(format!("write `{inside}`"), span, inside)
            }
            (Type::Record(record), wanted, None) if !matches!(wanted, Type::Record(_)) => {
                let fits: Vec<&str> = (record.fields.iter())
                    .filter(|field| field.of == *wanted)
                    .map(|field| &*field.name)
                    .collect();
                match fits.as_slice() {
                    [] => diagnostic,
                    [only] if found.present() == found => {
                        let text = format!("{written}.{only}");
                        diagnostic.with_edit(format!("write `{text}`"), span, text)
                    }
                    several => {
                        let fits: Vec<String> =
                            several.iter().map(|name| format!("`{name}`")).collect();
                        diagnostic.with_help(format!("take one of its fields: {}", fits.join(", ")))
                    }
                }
            }
            (Type::Date, Type::Timestamp, _) if shape(&written) == Some(Type::Date) => {
                let text = format!("{written} 00:00");
                diagnostic.with_edit(format!("write `{text}`"), span, text)
            }
            (Type::Date, Type::Timestamp, _) => diagnostic.with_help(
                "write an instant, such as `now - 30 days` or `2026-11-22 08:00`; the day of an instant is `date_of(x)`",
            ),
            (Type::Timestamp, Type::Date, _) if found.present() == found => {
                let text = format!("date_of({written})");
                diagnostic.with_edit(format!("write `{text}`"), span, text)
            }
            (Type::Timestamp, Type::Date, _) => {
                diagnostic.with_help("the day of an instant that is there is `date_of(x)`")
            }
            (Type::Timestamp, Type::Time, _) | (Type::Time, Type::Timestamp, _) => diagnostic
                .with_help("the hour of an instant is `hour_of(x)`, from 0 to 23"),
            (Type::Integer | Type::Number | Type::Decimal | Type::Range { .. }, Type::Duration, None)
            | (Type::Duration, Type::Integer | Type::Number | Type::Decimal | Type::Range { .. }, _) => {
                diagnostic.with_help(
                    "a length of time is made of a number by `days(n)`, `hours(n)` or `minutes(n)`",
                )
            }
            (_, Type::Text, Some(_)) => {
                let text = format!("\"{written}\"");
                diagnostic.with_edit(format!("write `{text}`"), span, text)
            }
            (found, Type::Text, None) if is_showable(found) && !written.contains('"') => {
                let text = format!("\"{{{written}}}\"");
                diagnostic.with_edit(format!("write `{text}`"), span, text)
            }
            _ => diagnostic,
        }
    }

    /// Complains about a value that may be missing.
    pub(crate) fn report_may_be_missing(&mut self, span: Span) {
        let written = self.written(span);
        if self.broken.mentions(&written) {
            return;
        }
        let subject = if written.is_empty() || written.len() > 40 {
            "This value".to_owned()
        } else {
            format!("`{written}`")
        };
        let diagnostic = self
            .diagnostic(
                codes::S302,
                span,
                format!("{subject} may be missing, and that is not handled."),
            )
            .with_label("may be missing")
            .with_help("give a default with `?? …`, or test it first with `is present`");
        self.push(diagnostic);
    }
}

fn is_number(of: &Type) -> bool {
    matches!(
        of.present(),
        Type::Integer | Type::Number | Type::Decimal | Type::Range { .. }
    )
}

/// Whether a value of this type can stand in a text.
pub(super) fn is_showable(of: &Type) -> bool {
    !matches!(
        of,
        Type::Json
            | Type::List(_)
            | Type::Table(_)
            | Type::Record(_)
            | Type::Optional(_)
            | Type::None
    )
}

/// The type of a day, an hour or both that stand in a text.
/// Whether the inside of a text is written as a value of a type of numbers.
fn reads_as(inside: &str, of: &Type) -> bool {
    let digits = match of {
        Type::Percent => inside.strip_suffix('%'),
        _ => Some(inside),
    };
    let value = digits.and_then(|digits| digits.parse::<rust_decimal::Decimal>().ok());
    value.is_some_and(|value| *of != Type::Integer || value.is_integer() && !inside.contains('.'))
}

fn shape(text: &str) -> Option<Type> {
    let digits: String = (text.chars())
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    match digits.as_str() {
        "0000-00-00" => Some(Type::Date),
        "00:00" => Some(Type::Time),
        "0000-00-00 00:00" => Some(Type::Timestamp),
        _ => None,
    }
}
