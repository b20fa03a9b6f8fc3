//! `+ - * / mod` and the minus sign, with the rules of money, percent, dates and durations.

use sophia_diagnostics::{Diagnostic, Span, codes};
use sophia_language::phrases::Literal;
use sophia_language::syntax::Expression;
use sophia_plan::expression::{Expression as Code, Operator};
use sophia_plan::types::Type;
use sophia_plan::value::Value;

use super::compare::is_literal;
use super::expected::Expected;
use super::scope::Scope;
use super::{Typed, constant_value, with_article};
use crate::checker::Checker;

impl Checker<'_> {
    /// `-x`
    pub(super) fn negate(
        &mut self,
        operand: &Expression,
        span: Span,
        scope: &Scope,
        expected: Option<&Expected>,
    ) -> Typed {
        if let Expression::Literal {
            value: Literal::Integer(value),
            ..
        } = operand
            && let Some(value) = value.checked_neg()
        {
            return self.integer(value, span, expected);
        }
        let value = self.typed(operand, scope, None);
        if value.of.is_optional() {
            self.report_may_be_missing(operand.span());
            return Typed::unknown();
        }
        let of = match &value.of {
            Type::Range { .. } => Type::Integer,
            Type::Integer
            | Type::Number
            | Type::Decimal
            | Type::Money(_)
            | Type::Percent
            | Type::Duration
            | Type::Unknown => value.of.clone(),
            other => {
                let message = format!("A minus sign does not fit {}.", with_article(other));
                let diagnostic = self.diagnostic(codes::S307, span, message);
                self.push(diagnostic);
                return Typed::unknown();
            }
        };
        Typed::new(Code::Negate(Box::new(value.expression)), of)
    }

    /// `a + b` and the like.
    pub(super) fn calculate(
        &mut self,
        operator: Operator,
        operator_span: Span,
        left: &Expression,
        right: &Expression,
        scope: &Scope,
    ) -> Typed {
        if let Some(moved) = self.by_months(operator, left, right, scope) {
            return moved;
        }
        let mut first = self.typed(left, scope, None);
        let mut second = self.typed(right, scope, None);
        // A number that is written out beside a decimal is exact too.
        let exact = Expected::plain(Type::Decimal, "This number");
        match (&first.of, &second.of) {
            (Type::Decimal, Type::Number) if is_literal(right) => {
                second = self.typed(right, scope, Some(&exact));
            }
            (Type::Number, Type::Decimal) if is_literal(left) => {
                first = self.typed(left, scope, Some(&exact));
            }
            _ => {}
        }
        if first.is_unknown() || second.is_unknown() {
            return Typed::unknown();
        }
        for (value, written) in [(&first, left), (&second, right)] {
            if value.of.is_optional() {
                self.report_may_be_missing(written.span());
                return Typed::unknown();
            }
        }
        let Some(of) = result(operator, &first.of, &second.of) else {
            self.report_arithmetic(
                operator,
                operator_span,
                (&first.of, left),
                (&second.of, right),
            );
            return Typed::unknown();
        };
        if matches!(operator, Operator::Divide | Operator::Modulo)
            && constant_value(&second.expression).is_some_and(|value| is_zero(&value))
        {
            let diagnostic = self
                .diagnostic(codes::S347, right.span(), "Nothing is divided by zero.")
                .with_label("always 0")
                .with_help("divide by something else; where it may be 0, ask first: `if n = 0 then none else x / n`");
            self.push(diagnostic);
        }
        let (first, second) = alike(first, second);
        let code = Code::Binary {
            operator,
            left: Box::new(first),
            right: Box::new(second),
        };
        Typed::new(code, of)
    }

    fn report_arithmetic(
        &mut self,
        operator: Operator,
        operator_span: Span,
        (left, left_written): (&Type, &Expression),
        (right, right_written): (&Type, &Expression),
    ) {
        let sign = sign(operator);
        let (left_text, right_text) = (
            self.written(left_written.span()),
            self.written(right_written.span()),
        );
        let whole = left_written.span().to(right_written.span());
        let adds = matches!(operator, Operator::Add | Operator::Subtract);
        let diagnostic = match (left, right) {
            (left, Type::Percent) if adds && *left != Type::Percent && is_quantity(left) => {
                let text = format!("{left_text} * (100% {sign} {right_text})");
                self.diagnostic(
                    codes::S323,
                    whole,
                    format!(
                        "A share cannot be {} {} itself.",
                        added(operator),
                        with_article(left)
                    ),
                )
                .with_label(format!("{left} {sign} {right}"))
                .with_edit(format!("write `{text}`"), whole, text)
            }
            (Type::Money(one), Type::Money(other)) if one != other => self
                .diagnostic(
                    codes::S326,
                    whole,
                    format!(
                        "{} and {} are two currencies; they do not mix.",
                        one.0, other.0
                    ),
                )
                .with_label(format!("{left} {sign} {right}"))
                .with_help("convert one of them with a rate of the playbook's own"),
            (Type::Text | Type::Literals(_), _) | (_, Type::Text | Type::Literals(_))
                if operator == Operator::Add =>
            {
                let text = format!("\"{}{}\"", hole(&left_text), hole(&right_text));
                self.diagnostic(
                    codes::S307,
                    operator_span,
                    "Texts are not added; they stand in a text with places.",
                )
                .with_label(format!("{left} {sign} {right}"))
                .with_edit(format!("write `{text}`"), whole, text)
            }
            (Type::Date | Type::Timestamp | Type::Time, number) if adds && is_whole(number) => {
                self.unit_lacks(left, right_written)
            }
            (number, Type::Date | Type::Timestamp | Type::Time)
                if operator == Operator::Add && is_whole(number) =>
            {
                self.unit_lacks(right, left_written)
            }
            _ => self
                .diagnostic(
                    codes::S307,
                    operator_span,
                    format!(
                        "`{sign}` does not fit {} and {}.",
                        with_article(left),
                        with_article(right)
                    ),
                )
                .with_label(format!("{left} {sign} {right}")),
        };
        self.push(diagnostic);
    }
}

impl Checker<'_> {
    /// `today + 5`: a number that does not say of what.
    fn unit_lacks(&self, moved: &Type, number: &Expression) -> Diagnostic {
        let written = self.written(number.span());
        let diagnostic = self
            .diagnostic(
                codes::S307,
                number.span(),
                format!(
                    "{} is moved by a duration, and `{written}` does not say of what.",
                    super::path::capitalised(&with_article(moved))
                ),
            )
            .with_label("a number without a unit");
        if *moved != Type::Date {
            return diagnostic
                .with_help(format!("say the unit: `{written} hours`, `{written} days`"));
        }
        let text = match written.parse::<u64>() {
            Ok(1) => "1 day".to_owned(),
            Ok(number) => format!("{number} days"),
            Err(_) => format!("days({written})"),
        };
        diagnostic.with_edit(format!("write `{text}`"), number.span(), text)
    }
}

fn is_whole(of: &Type) -> bool {
    matches!(of, Type::Integer | Type::Range { .. })
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Integer(number) | Value::Duration(number) => *number == 0,
        Value::Number(number) | Value::Percent(number) => *number == 0.0,
        Value::Decimal(number) | Value::Money(number, _) => number.is_zero(),
        _ => false,
    }
}

/// What an operation gives; `None` where it has no meaning.
#[allow(clippy::match_same_arms, reason = "a rule each; their order decides")]
fn result(operator: Operator, left: &Type, right: &Type) -> Option<Type> {
    use Type::{Date, Decimal, Duration, Integer, Money, Number, Percent, Time, Timestamp};
    let plain = |of: &Type| match of {
        Type::Range { .. } => Integer,
        other => other.clone(),
    };
    let (left, right) = (plain(left), plain(right));
    let number = |of: &Type| matches!(of, Integer | Number | Decimal);
    Some(match (operator, &left, &right) {
        (Operator::Divide, Integer, Integer) => Number,
        (Operator::Modulo, left, right) if !number(left) || !number(right) => return None,
        (_, Integer, Integer) => Integer,
        (_, Number | Integer, Number) | (_, Number, Integer) => Number,
        (_, Decimal | Integer, Decimal) | (_, Decimal, Integer) => Decimal,
        (Operator::Add | Operator::Subtract, Money(one), Money(other)) if one == other => left,
        (Operator::Divide, Money(one), Money(other)) if one == other => Number,
        (Operator::Multiply | Operator::Divide, Money(_), other)
            if number(other) || *other == Percent =>
        {
            left
        }
        (Operator::Multiply, other, Money(_)) if number(other) || *other == Percent => right,
        (Operator::Divide, Percent, Percent) => Number,
        (_, Percent, Percent) => Percent,
        // A share of a plain number is a plain number.
        (Operator::Multiply | Operator::Divide, Percent, Integer | Number)
        | (Operator::Multiply | Operator::Divide, Integer | Number, Percent) => Number,
        (Operator::Multiply | Operator::Divide, Percent, Decimal)
        | (Operator::Multiply | Operator::Divide, Decimal, Percent) => Decimal,
        (Operator::Subtract, Date, Date)
        | (Operator::Subtract, Timestamp, Timestamp)
        | (Operator::Subtract, Time, Time) => Duration,
        (Operator::Add | Operator::Subtract, Date | Timestamp | Time, Duration) => left,
        (Operator::Add, Duration, Date | Timestamp | Time) => right,
        (Operator::Add | Operator::Subtract, Duration, Duration) => Duration,
        (Operator::Divide, Duration, Duration) => Number,
        (Operator::Multiply | Operator::Divide, Duration, other)
            if number(other) || *other == Percent =>
        {
            Duration
        }
        (Operator::Multiply, other, Duration) if number(other) || *other == Percent => Duration,
        _ => return None,
    })
}

/// Both sides with an integer made a number or decimal where the other side is one.
pub(super) fn alike(left: Typed, right: Typed) -> (Code, Code) {
    let convert = |value: Typed, other: &Type| match (&value.of, other) {
        (Type::Integer | Type::Range { .. }, Type::Number | Type::Decimal) => Code::Convert {
            value: Box::new(value.expression),
            to: other.clone(),
        },
        _ => value.expression,
    };
    let (left_of, right_of) = (left.of.present().clone(), right.of.present().clone());
    (convert(left, &right_of), convert(right, &left_of))
}

fn is_quantity(of: &Type) -> bool {
    matches!(
        of,
        Type::Money(_) | Type::Integer | Type::Number | Type::Decimal | Type::Range { .. }
    )
}

fn added(operator: Operator) -> &'static str {
    if operator == Operator::Add {
        "added to"
    } else {
        "taken from"
    }
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Add => "+",
        Operator::Subtract => "-",
        Operator::Multiply => "*",
        Operator::Divide => "/",
        _ => "mod",
    }
}

/// A part as it stands in a text: the inside of a text as it is, everything else as a place.
fn hole(written: &str) -> String {
    written
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .map_or_else(|| format!("{{{written}}}"), str::to_owned)
}
