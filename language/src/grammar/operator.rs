//! Operators, from the tightest to the loosest. Every level reads at least a missing value, so an
//! operator without its right side keeps its left.

use chumsky::prelude::*;
use sophia_diagnostics::{Span, codes};

use super::parts::{Reading, Rule, by_first_word, needed_word, place, word};
use crate::layout::Lexeme;
use crate::mistake::{Mistake, Weight};
use crate::syntax::{BinaryOperator, Expression, UnaryOperator};
use crate::tokens::TokenKind;

/// All levels over a value with what follows it.
pub(super) fn operators(postfix: Rule<'_, Expression>) -> Rule<'_, Expression> {
    let is_minus = |lexeme: &Lexeme<'_>| lexeme.kind == TokenKind::Minus;
    let negated = prefixed(is_minus, UnaryOperator::Negate, postfix);
    let product = left_to_right(negated, |lexeme| match lexeme.kind {
        TokenKind::Star => Some(BinaryOperator::Multiply),
        TokenKind::Slash => Some(BinaryOperator::Divide),
        _ => lexeme.is_word("mod").then_some(BinaryOperator::Modulo),
    });
    let sum = left_to_right(product, |lexeme| match lexeme.kind {
        TokenKind::Plus => Some(BinaryOperator::Add),
        TokenKind::Minus => Some(BinaryOperator::Subtract),
        _ => None,
    });
    let coalesced = left_to_right(sum, |lexeme| {
        (lexeme.kind == TokenKind::Coalesce).then_some(BinaryOperator::Coalesce)
    });
    let compared = comparison(&coalesced);
    let is_not = |lexeme: &Lexeme<'_>| lexeme.is_word("not");
    let inverted = prefixed(is_not, UnaryOperator::Not, compared);
    let and = left_to_right(inverted, |lexeme| {
        lexeme.is_word("and").then_some(BinaryOperator::And)
    });
    left_to_right(and, |lexeme| {
        lexeme.is_word("or").then_some(BinaryOperator::Or)
    })
}

fn prefixed<'a>(
    is_sign: fn(&Lexeme<'_>) -> bool,
    operator: UnaryOperator,
    operand: Rule<'a, Expression>,
) -> Rule<'a, Expression> {
    custom(move |input: &mut Reading<'a, '_>| {
        let mut signs = Vec::new();
        while let Some(sign) = input.peek_ref().filter(|next| is_sign(next)) {
            signs.push(sign.span);
            input.skip();
        }
        let operand = input.parse(&operand)?;
        let signed = signs.into_iter().rev().fold(operand, |operand, sign| {
            let span = sign.to(operand.span());
            Expression::Unary {
                operator,
                operand: Box::new(operand),
                span,
            }
        });
        Ok(signed)
    })
    .boxed()
}

fn left_to_right<'a>(
    operand: Rule<'a, Expression>,
    operator: fn(&Lexeme<'_>) -> Option<BinaryOperator>,
) -> Rule<'a, Expression> {
    custom(move |input: &mut Reading<'a, '_>| {
        let mut left = input.parse(&operand)?;
        while let Some(next) = input.peek_ref() {
            let Some(operator) = operator(next) else {
                break;
            };
            input.skip();
            let right = input.parse(&operand)?;
            left = binary(left, (operator, next.span), right);
        }
        Ok(left)
    })
    .boxed()
}

fn binary(
    left: Expression,
    (operator, operator_span): (BinaryOperator, Span),
    right: Expression,
) -> Expression {
    let span = left.span().to(right.span());
    Expression::Binary {
        operator,
        operator_span,
        left: Box::new(left),
        right: Box::new(right),
        span,
    }
}

enum Comparison {
    Binary((BinaryOperator, Span), Expression),
    In(bool, Expression),
    Between(Expression, Expression),
    KnownIn(Expression),
    Presence(bool, Span),
}

fn sign(lexeme: &Lexeme<'_>) -> Option<BinaryOperator> {
    Some(match lexeme.kind {
        TokenKind::Equal => BinaryOperator::Equal,
        TokenKind::NotEqual => BinaryOperator::NotEqual,
        TokenKind::LessOrEqual => BinaryOperator::LessOrEqual,
        TokenKind::Less => BinaryOperator::Less,
        TokenKind::GreaterOrEqual => BinaryOperator::GreaterOrEqual,
        TokenKind::Greater => BinaryOperator::Greater,
        _ if lexeme.is_word("like") => BinaryOperator::Like,
        _ => return None,
    })
}

/// What compares with a word: `in`, `not in`, `between`, `known in`, `is present`.
fn worded<'a>(operand: &Rule<'a, Expression>) -> Rule<'a, Comparison> {
    let within = word("not")
        .ignore_then(word("in"))
        .to(true)
        .or(word("in").to(false))
        .then(operand.clone())
        .map(|(negated, set)| Comparison::In(negated, set))
        .boxed();
    let between = word("between")
        .ignore_then(operand.clone())
        .then_ignore(needed_word("and", "`and` with the upper end"))
        .then(operand.clone())
        .map(|(low, high)| Comparison::Between(low, high))
        .boxed();
    let known = word("known")
        .ignore_then(needed_word("in", "`in` with a column"))
        .ignore_then(operand.clone())
        .map(Comparison::KnownIn)
        .boxed();
    let presence = word("is")
        .ignore_then(
            word("present")
                .to(true)
                .or(word("missing").to(false))
                .or(super::parts::absent("`present` or `missing`").to(true)),
        )
        .map_with(|present, here| Comparison::Presence(present, place(here)))
        .boxed();
    by_first_word(vec![
        (&["in", "not"], within),
        (&["between"], between),
        (&["known"], known),
        (&["is"], presence),
    ])
}

/// One comparison at most; a second one is told and left out.
fn comparison<'a>(operand: &Rule<'a, Expression>) -> Rule<'a, Expression> {
    let operand = operand.clone();
    let worded = worded(&operand);
    custom(move |input: &mut Reading<'a, '_>| {
        let value = input.parse(&operand)?;
        let Some(next) = input.peek_ref() else {
            return Ok(value);
        };
        let comparison = if let Some(operator) = sign(next) {
            input.skip();
            Comparison::Binary((operator, next.span), input.parse(&operand)?)
        } else {
            let before = input.save();
            if let Ok(comparison) = input.parse(&worded) {
                comparison
            } else {
                input.rewind(before);
                return Ok(value);
            }
        };
        while let Some(next) = input.peek_ref().filter(|next| sign(next).is_some()) {
            input.emit(chained(next).into());
            input.skip();
            input.parse(&operand)?;
        }
        Ok(compared(value, comparison))
    })
    .boxed()
}

fn chained(sign: &Lexeme<'_>) -> Mistake {
    Mistake::new(
        codes::S120,
        Weight::Cause,
        sign.span,
        "Comparisons do not chain; two of them are joined by `and`.",
    )
    .labelled("a second comparison")
    .help("write `a < b and b < c`, or `b between a and c`")
    .within(sign.region)
}

fn compared(value: Expression, comparison: Comparison) -> Expression {
    let start = value.span();
    let value = Box::new(value);
    match comparison {
        Comparison::Binary(operator, right) => binary(*value, operator, right),
        Comparison::In(negated, set) => Expression::In {
            span: start.to(set.span()),
            value,
            set: Box::new(set),
            negated,
        },
        Comparison::Between(low, high) => Expression::Between {
            span: start.to(high.span()),
            value,
            low: Box::new(low),
            high: Box::new(high),
        },
        Comparison::KnownIn(column) => Expression::KnownIn {
            span: start.to(column.span()),
            value,
            column: Box::new(column),
        },
        Comparison::Presence(present, end) => Expression::Presence {
            span: start.to(end),
            value,
            present,
        },
    }
}
