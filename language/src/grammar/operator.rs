//! Operators, from the tightest to the loosest. Every level reads at least a missing value, so an
//! operator without its right side keeps its left.

use chumsky::prelude::*;
use sophia_diagnostics::{Span, codes};

use super::parts::{Here, Rule, needed_word, place, token, word};
use crate::layout::Lexeme;
use crate::mistake::{Mistake, Weight};
use crate::syntax::{BinaryOperator, Expression, UnaryOperator};
use crate::tokens::TokenKind;

/// All levels over a value with what follows it.
pub(super) fn operators(postfix: Rule<'_, Expression>) -> Rule<'_, Expression> {
    let negated = prefixed(token(TokenKind::Minus), UnaryOperator::Negate, postfix);
    let product = left_to_right(
        negated,
        choice((
            token(TokenKind::Star).map(with(BinaryOperator::Multiply)),
            token(TokenKind::Slash).map(with(BinaryOperator::Divide)),
            word("mod").map(with(BinaryOperator::Modulo)),
        ))
        .boxed(),
    );
    let sum = left_to_right(
        product,
        choice((
            token(TokenKind::Plus).map(with(BinaryOperator::Add)),
            token(TokenKind::Minus).map(with(BinaryOperator::Subtract)),
        ))
        .boxed(),
    );
    let coalesced = left_to_right(
        sum,
        token(TokenKind::Coalesce)
            .map(with(BinaryOperator::Coalesce))
            .boxed(),
    );
    let compared = comparison(&coalesced);
    let inverted = prefixed(word("not"), UnaryOperator::Not, compared);
    let and = left_to_right(inverted, word("and").map(with(BinaryOperator::And)).boxed());
    left_to_right(and, word("or").map(with(BinaryOperator::Or)).boxed())
}

fn with<'a>(operator: BinaryOperator) -> impl Fn(Lexeme<'a>) -> (BinaryOperator, Span) + Clone {
    move |lexeme| (operator, lexeme.span)
}

fn prefixed<'a>(
    sign: Rule<'a, Lexeme<'a>>,
    operator: UnaryOperator,
    operand: Rule<'a, Expression>,
) -> Rule<'a, Expression> {
    sign.repeated()
        .collect::<Vec<_>>()
        .then(operand)
        .map(move |(signs, operand)| {
            signs.into_iter().rev().fold(operand, |operand, sign| {
                let span = sign.span.to(operand.span());
                Expression::Unary {
                    operator,
                    operand: Box::new(operand),
                    span,
                }
            })
        })
        .boxed()
}

fn left_to_right<'a>(
    operand: Rule<'a, Expression>,
    operator: Rule<'a, (BinaryOperator, Span)>,
) -> Rule<'a, Expression> {
    operand
        .clone()
        .foldl(
            operator.then(operand).repeated(),
            |left, (operator, right)| binary(left, operator, right),
        )
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

fn sign<'a>() -> Rule<'a, (BinaryOperator, Span)> {
    choice((
        token(TokenKind::Equal).map(with(BinaryOperator::Equal)),
        token(TokenKind::NotEqual).map(with(BinaryOperator::NotEqual)),
        token(TokenKind::LessOrEqual).map(with(BinaryOperator::LessOrEqual)),
        token(TokenKind::Less).map(with(BinaryOperator::Less)),
        token(TokenKind::GreaterOrEqual).map(with(BinaryOperator::GreaterOrEqual)),
        token(TokenKind::Greater).map(with(BinaryOperator::Greater)),
        word("like").map(with(BinaryOperator::Like)),
    ))
    .boxed()
}

/// One comparison at most; a second one is told and left out.
fn comparison<'a>(operand: &Rule<'a, Expression>) -> Rule<'a, Expression> {
    let signed = sign()
        .then(operand.clone())
        .map(|(operator, right)| Comparison::Binary(operator, right));
    let within = word("not")
        .ignore_then(word("in"))
        .to(true)
        .or(word("in").to(false))
        .then(operand.clone())
        .map(|(negated, set)| Comparison::In(negated, set));
    let between = word("between")
        .ignore_then(operand.clone())
        .then_ignore(needed_word("and", "`and` with the upper end"))
        .then(operand.clone())
        .map(|(low, high)| Comparison::Between(low, high));
    let known = word("known")
        .ignore_then(needed_word("in", "`in` with a column"))
        .ignore_then(operand.clone())
        .map(Comparison::KnownIn);
    let presence = word("is")
        .ignore_then(
            word("present")
                .to(true)
                .or(word("missing").to(false))
                .or(super::parts::absent("`present` or `missing`").to(true)),
        )
        .map_with(|present, here| Comparison::Presence(present, place(here)));
    let chained = sign()
        .then(operand.clone())
        .validate(|((_, span), _), here: &mut Here<'a, '_>, emitter| {
            let at = here.span().start;
            let region = here.state().region(at);
            emitter.emit(
                Mistake::new(
                    codes::S120,
                    Weight::Cause,
                    span,
                    "Comparisons do not chain; two of them are joined by `and`.",
                )
                .labelled("a second comparison")
                .help("write `a < b and b < c`, or `b between a and c`")
                .within(region)
                .into(),
            );
        })
        .repeated();
    operand
        .clone()
        .then(
            choice((
                signed.boxed(),
                within.boxed(),
                between.boxed(),
                known.boxed(),
                presence.boxed(),
            ))
            .then_ignore(chained)
            .or_not(),
        )
        .map(|(value, comparison)| compared(value, comparison))
        .boxed()
}

fn compared(value: Expression, comparison: Option<Comparison>) -> Expression {
    let start = value.span();
    let value = Box::new(value);
    match comparison {
        None => *value,
        Some(Comparison::Binary(operator, right)) => binary(*value, operator, right),
        Some(Comparison::In(negated, set)) => Expression::In {
            span: start.to(set.span()),
            value,
            set: Box::new(set),
            negated,
        },
        Some(Comparison::Between(low, high)) => Expression::Between {
            span: start.to(high.span()),
            value,
            low: Box::new(low),
            high: Box::new(high),
        },
        Some(Comparison::KnownIn(column)) => Expression::KnownIn {
            span: start.to(column.span()),
            value,
            column: Box::new(column),
        },
        Some(Comparison::Presence(present, end)) => Expression::Presence {
            span: start.to(end),
            value,
            present,
        },
    }
}
