//! What may follow a step: patience, limits, what happens when it did not succeed, how it is undone.

use chumsky::prelude::*;

use super::effect::call;
use super::expression::Values;
use super::flow::delay;
use super::literal::duration;
use super::parts::{
    Rule, Until, absent, ahead, ahead_two, by_first_word, count, leftover, name, needed_word,
    one_word, place, token, word,
};
use crate::layout::Lexeme;
use crate::syntax::{Block, End, Escalation, Modifier, Otherwise, UnsureRule};
use crate::tokens::TokenKind;

/// The modifiers of a step, in the order written. What stands between two is passed over and told.
pub(super) fn modifiers<'a>(
    values: &Values<'a>,
    block: Rule<'a, Block>,
    end: Rule<'a, End>,
) -> Rule<'a, Vec<Modifier>> {
    let known = by_first_word(vec![
        (&["retry"], retry()),
        (&["timeout"], timeout()),
        (&["at", "most"], at_most_once(values)),
        (&["otherwise"], otherwise(values, block, end)),
        (&["undo"], undo(values)),
        (&["within"], within(values)),
        (&["remind"], remind()),
        (&["unsure"], unsure()),
        (&["named"], named()),
    ]);
    known
        .then_ignore(leftover(Until::Modifier))
        .repeated()
        .collect::<Vec<_>>()
        .boxed()
}

fn retry<'a>() -> Rule<'a, Modifier> {
    let over = word("over").ignore_then(duration());
    let bare = ahead(|lexeme| lexeme.kind == TokenKind::Integer)
        .ignore_then(absent("`over` with a length of time"))
        .ignore_then(duration());
    word("retry")
        .ignore_then(count("How often, such as `3 times`,"))
        .then_ignore(needed_word("times", "`times`").or(word("time").ignored()))
        .then(over.or(bare).or_not())
        .map_with(|(times, over), here| Modifier::Retry {
            times: u32::try_from(times).unwrap_or(u32::MAX),
            over,
            span: place(here),
        })
        .boxed()
}

fn timeout<'a>() -> Rule<'a, Modifier> {
    word("timeout")
        .ignore_then(duration())
        .map_with(|after, here| Modifier::Timeout {
            after,
            span: place(here),
        })
        .boxed()
}

fn at_most_once<'a>(values: &Values<'a>) -> Rule<'a, Modifier> {
    let within = word("in").ignore_then(duration());
    let bare = ahead(|lexeme| lexeme.kind == TokenKind::Integer)
        .ignore_then(absent("`in` with a length of time"))
        .ignore_then(duration());
    word("at")
        .ignored()
        .or(ahead(|lexeme| lexeme.is_word("most"))
            .ignore_then(absent("`at`"))
            .ignored())
        .ignore_then(needed_word("most", "`most once per` with a name"))
        .ignore_then(needed_word("once", "`once per` with a name"))
        .ignore_then(needed_word("per", "`per` with a name"))
        .ignore_then(values.postfix.clone())
        .then(within.or(bare).or_not())
        .map_with(|(key, within), here| Modifier::AtMostOnce {
            key,
            within,
            span: place(here),
        })
        .boxed()
}

fn otherwise<'a>(
    values: &Values<'a>,
    block: Rule<'a, Block>,
    end: Rule<'a, End>,
) -> Rule<'a, Modifier> {
    let opens_block = |first: &Lexeme<'a>, second: &Lexeme<'a>, third: &Lexeme<'a>| {
        first.kind == TokenKind::OpenBrace
            && !(matches!(second.kind, TokenKind::Word | TokenKind::TextStart)
                && third.kind == TokenKind::Colon)
    };
    let is_block = any()
        .then(any())
        .then(any())
        .filter(move |((first, second), third)| opens_block(first, second, third))
        .rewind();
    let block = is_block.ignore_then(block).map(Otherwise::Block);
    let end = end.map(|end| Otherwise::End(Box::new(end)));
    let value = values.item.clone().map(Otherwise::Value);
    word("otherwise")
        .ignore_then(block.or(end).or(value))
        .map_with(|what, here| Modifier::Otherwise {
            what,
            span: place(here),
        })
        .boxed()
}

/// `undo with CALL`
fn undo<'a>(values: &Values<'a>) -> Rule<'a, Modifier> {
    word("undo")
        .ignore_then(needed_word("with", "`with` and a call"))
        .ignore_then(call(values.postfix.clone()))
        .map_with(|call, here| Modifier::Undo {
            call,
            span: place(here),
        })
        .boxed()
}

/// `within 1 hour, then "managers" within 2 hours`
fn within<'a>(values: &Values<'a>) -> Rule<'a, Modifier> {
    let limit = word("within").ignore_then(delay(values)).boxed();
    let escalation = token(TokenKind::Comma)
        .or_not()
        .ignore_then(word("then"))
        .ignore_then(super::flow::whom(values))
        .then(limit.clone().or_not())
        .map_with(|(whom, within), here| Escalation {
            whom,
            within,
            span: place(here),
        });
    limit
        .then(escalation.repeated().collect::<Vec<_>>())
        .map_with(|(limit, then), here| Modifier::Within {
            limit,
            then,
            span: place(here),
        })
        .boxed()
}

/// `remind every 1 hour`
fn remind<'a>() -> Rule<'a, Modifier> {
    word("remind")
        .ignore_then(needed_word("every", "`every` with a length of time"))
        .ignore_then(duration())
        .map_with(|every, here| Modifier::Remind {
            every,
            span: place(here),
        })
        .boxed()
}

fn unsure<'a>() -> Rule<'a, Modifier> {
    let rule = one_word(&["retry", "skip", "ask"])
        .map(|word| match word.text {
            "retry" => UnsureRule::Retry,
            "skip" => UnsureRule::Skip,
            _ => UnsureRule::Ask,
        })
        .or(absent("`retry`, `skip` or `ask`").to(UnsureRule::Ask));
    word("unsure")
        .ignore_then(rule)
        .map_with(|rule, here| Modifier::Unsure {
            rule,
            span: place(here),
        })
        .boxed()
}

fn named<'a>() -> Rule<'a, Modifier> {
    ahead_two(|first, second| first.text == "named" && second.kind != TokenKind::Colon)
        .ignore_then(word("named"))
        .ignore_then(name("A name for the step"))
        .map_with(|name, here| Modifier::Named {
            name,
            span: place(here),
        })
        .boxed()
}
