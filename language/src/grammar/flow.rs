//! Questions to people, waits, and the events that they name.

use chumsky::prelude::*;

use super::expression::Values;
use super::literal::time_span;
use super::parts::{
    Here, Rule, Until, absent, ahead, ahead_two, any_name, begins_modifier, between, binding,
    count, is_nearly, leftover, misspelt, needed_word, place, skip, token, word,
};
use super::trigger::event_path;
use crate::layout::Lexeme;
use crate::syntax::{
    Ask, Block, Delay, EventPattern, Expression, Name, Question, Wait, WaitBranch, WaitUntil,
};
use crate::tokens::TokenKind;

/// Whether a question begins with these two, and not a value that is named `ask`.
pub(super) fn begins_ask(first: &Lexeme<'_>, second: &Lexeme<'_>) -> bool {
    first.is_word("ask") && begins_argument(second)
}

/// Whether a wait begins with these two, and not a value that is named `wait`.
pub(super) fn begins_wait(first: &Lexeme<'_>, second: &Lexeme<'_>) -> bool {
    first.is_word("wait") && begins_argument(second)
}

fn begins_argument(second: &Lexeme<'_>) -> bool {
    matches!(
        second.kind,
        TokenKind::Integer | TokenKind::Number | TokenKind::TextStart | TokenKind::OpenBracket
    ) || (second.kind == TokenKind::Word && !crate::words::ends_value(second.text))
}

/// `2 days`, `days(n)`, `3 business days`
pub(super) fn delay<'a>(values: &Values<'a>) -> Rule<'a, Delay> {
    let business = any()
        .then(any())
        .then(any())
        .filter(
            |((first, second), third): &((Lexeme<'a>, Lexeme<'a>), Lexeme<'a>)| {
                first.kind == TokenKind::Integer
                    && (second.is_word("business") || is_nearly(second, "business"))
                    && matches!(third.text, "day" | "days")
            },
        )
        .validate(|((first, second), _), here: &mut Here<'a, '_>, emitter| {
            if !second.is_word("business") {
                emitter.emit(misspelt(&second, "business").into());
            }
            Delay::BusinessDays {
                days: first.text.parse().unwrap_or(u32::MAX),
                span: place(here),
            }
        });
    business
        .or(time_span(values.postfix.clone()).map(Delay::Time))
        .boxed()
}

/// `zendesk.ticket_closed as closed where closed.id = ticket_id`
pub(super) fn event<'a>(values: &Values<'a>) -> Rule<'a, EventPattern> {
    let condition = word("where").ignore_then(values.plain.clone()).or_not();
    event_path("An event such as `stripe.refund_settled`")
        .then(binding("A name for what comes in"))
        .then(condition)
        .map_with(|((event, binding), condition), here| EventPattern {
            event,
            binding,
            condition,
            span: place(here),
        })
        .boxed()
}

/// `ask 2 of "fraud-desk" to approve "…"`, `ask owner for Cause "…"`
pub(super) fn ask<'a>(values: &Values<'a>) -> Rule<'a, Ask> {
    let quorum =
        ahead_two(|first, second| first.kind == TokenKind::Integer && second.is_word("of"))
            .ignore_then(count("A number such as `2`"))
            .then_ignore(word("of"))
            .map_with(|number, here| (number, place(here)))
            .or_not();
    let text = ahead(super::expression::begins_operand)
        .ignore_then(values.plain.clone())
        .or(absent("A text that says what is asked").map(Expression::Missing))
        .boxed();
    let approve = word("to")
        .ignore_then(needed_word("approve", "`approve`"))
        .ignore_then(text.clone())
        .map(|text| Question::Approve { text });
    let starting_with = word("starting")
        .ignore_then(needed_word("with", "`with` and a value"))
        .ignore_then(values.plain.clone())
        .or_not();
    let form = word("for")
        .ignore_then(values.of.clone())
        .then(text)
        .then(starting_with)
        .map(|((of, text), starting_with)| Question::Form {
            of,
            text,
            starting_with,
        });
    let question = approve
        .or(form)
        .or(absent("`to approve` or `for TYPE` with a text").map(Question::Missing));
    word("ask")
        .ignore_then(quorum)
        .then(whom(values))
        .then(question)
        .map_with(|((quorum, whom), question), here| Ask {
            quorum,
            whom,
            question,
            span: place(here),
        })
        .boxed()
}

/// Who is asked. The name of a group without its quotes is read as one name, also where it is made of several words: what
/// it should have been is told where the groups are known.
pub(super) fn whom<'a>(values: &Values<'a>) -> Rule<'a, Expression> {
    let further = token(TokenKind::Minus)
        .or_not()
        .then_ignore(ahead(is_of_name))
        .then(any_name());
    let words = any_name()
        .then(further.repeated().at_least(1).collect::<Vec<_>>())
        .map_with(|(first, further), here| {
            let text = further.iter().fold(first.text, |text, (joined, word)| {
                let between = if joined.is_some() { '-' } else { ' ' };
                format!("{text}{between}{}", word.text)
            });
            Expression::Name(Name {
                text,
                span: place(here),
            })
        });
    ahead_two(|first, second| {
        first.kind == TokenKind::Word && (second.kind == TokenKind::Minus || is_of_name(second))
    })
    .ignore_then(words)
    .or(values.postfix.clone())
    .boxed()
}

/// Whether a word may belong to the name of a group, and begins nothing that follows one.
fn is_of_name(lexeme: &Lexeme<'_>) -> bool {
    lexeme.kind == TokenKind::Word
        && !matches!(lexeme.text, "to" | "for")
        && !begins_modifier(lexeme)
}

/// `wait 2 days`, `wait until …`, `wait for EVENT …`, `wait for first { … }`
pub(super) fn wait<'a>(values: &Values<'a>, block: &Rule<'a, Block>) -> Rule<'a, Wait> {
    let instant = word("until")
        .ignore_then(values.plain.clone())
        .map(WaitUntil::Instant);
    let first =
        ahead_two(|first, second| first.is_word("first") && second.kind == TokenKind::OpenBrace)
            .ignore_then(word("first"))
            .ignore_then(between(
                TokenKind::OpenBrace,
                branch(values, block),
                Until::Line,
            ))
            .map(WaitUntil::First);
    let event = event(values).map(WaitUntil::Event);
    let awaited = word("for").ignore_then(first.or(event));
    let passed = delay(values).map(WaitUntil::Passed);
    word("wait")
        .ignore_then(choice((instant.boxed(), awaited.boxed(), passed.boxed())))
        .map_with(|until, here| Wait {
            until,
            span: place(here),
        })
        .boxed()
}

fn branch<'a>(values: &Values<'a>, block: &Rule<'a, Block>) -> Rule<'a, WaitBranch> {
    let after = word("after")
        .ignore_then(delay(values))
        .then_ignore(leftover(Until::Block))
        .then(block.clone())
        .map_with(|(delay, body), here| WaitBranch::After {
            delay,
            body,
            span: place(here),
        });
    let event = ahead(|lexeme| lexeme.kind == TokenKind::Word)
        .ignore_then(event(values))
        .then_ignore(leftover(Until::Block))
        .then(block.clone())
        .map_with(|(pattern, body), here| WaitBranch::Event {
            pattern,
            body,
            span: place(here),
        });
    let other = skip(Until::Line).validate(|(), here: &mut Here<'a, '_>, emitter| {
        let at = here.span().start;
        emitter.emit(
            here.state()
                .expected(at, "An event with a block, or `after 30 days { … }`,")
                .into(),
        );
        WaitBranch::Error(place(here))
    });
    choice((after.boxed(), event.boxed(), other.boxed())).boxed()
}
