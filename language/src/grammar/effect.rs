//! The steps that change something, each with its word at the left edge: `do`, `record`, `emit`,
//! `set`, `run`, `start`.

use chumsky::prelude::*;

use super::expression::{Values, begins_operand};
use super::parts::{
    Here, Rule, Until, absent, ahead, any_name, begins_modifier, between, name, needed_word,
    one_word, place, token, word,
};
use super::trigger::event_path;
use crate::layout::Lexeme;
use crate::syntax::{Call, Emit, Expression, Record, Run, Set};
use crate::tokens::TokenKind;

/// A call that must stand here; anything else becomes one without arguments, and is told.
pub(super) fn call(postfix: Rule<'_, Expression>) -> Rule<'_, Call> {
    postfix
        .validate(|value, here: &mut Here<'_, '_>, emitter| match value {
            Expression::Call(call) => call,
            other => {
                if !matches!(other, Expression::Missing(_)) {
                    let at = here.span().end;
                    emitter.emit(
                        here.state()
                            .expected(at, "A call with its arguments between `(` and `)`")
                            .into(),
                    );
                }
                Call {
                    span: other.span(),
                    callee: Box::new(other),
                    arguments: Vec::new(),
                }
            }
        })
        .boxed()
}

/// `record rows into warehouse.moments key call_id`
pub(super) fn record<'a>(values: &Values<'a>) -> Rule<'a, Record> {
    let names = any_name()
        .separated_by(token(TokenKind::Comma))
        .at_least(1)
        .collect::<Vec<_>>();
    let listed = between(TokenKind::OpenBracket, name("A column"), Until::Item);
    let key = word("key")
        .ignore_then(
            listed
                .or(names.boxed())
                .or(absent("A column such as `invoice_id`").map(|_| Vec::new())),
        )
        .or_not();
    word("record")
        .ignore_then(values.whole.clone())
        .then_ignore(needed_word("into", "`into` with a table"))
        .then(event_path("A table such as `warehouse.moments`"))
        .then(key)
        .map_with(|((rows, table), key), here| Record {
            rows,
            table,
            key: key.unwrap_or_default(),
            span: place(here),
        })
        .boxed()
}

/// `emit revenue_dip { at: verdict.at }`
pub(super) fn emit<'a>(values: &Values<'a>) -> Rule<'a, Emit> {
    // Whatever stands behind the name is read as what it carries; that it is a record is looked at later.
    let value =
        ahead(|lexeme| begins_operand(lexeme) && !lexeme.opens_lines && !begins_modifier(lexeme))
            .ignore_then(values.item.clone())
            .or_not();
    word("emit")
        .ignore_then(name("An event such as `revenue_dip`"))
        .then(value)
        .map_with(|(event, value), here| Emit {
            event,
            value,
            span: place(here),
        })
        .boxed()
}

/// `set seen[customer.id] = true`
pub(super) fn set<'a>(values: &Values<'a>) -> Rule<'a, Set> {
    let key = token(TokenKind::OpenBracket)
        .ignore_then(values.item.clone())
        .then_ignore(super::parts::leftover(Until::Close))
        .then_ignore(token(TokenKind::CloseBracket).or_not())
        .or_not();
    let value = token(TokenKind::Equal)
        .ignore_then(values.whole.clone())
        .or(ahead(begins_operand)
            .ignore_then(absent("`=` with a value"))
            .ignore_then(values.whole.clone()))
        .or(absent("`=` with a value").map(Expression::Missing));
    word("set")
        .ignore_then(name("A state such as `last_seen`"))
        .then(key)
        .then(value)
        .map_with(|((state, key), value), here| Set {
            state,
            key,
            value,
            span: place(here),
        })
        .boxed()
}

/// Whether a run of another playbook begins with these two, and not a value that is named `run`.
pub(super) fn begins_run(first: &Lexeme<'_>, second: &Lexeme<'_>) -> bool {
    first.kind == TokenKind::Word
        && matches!(first.text, "run" | "start")
        && second.kind == TokenKind::Word
        && second.text != "of"
        && !crate::words::ends_value(second.text)
        && !super::parts::begins_modifier(second)
}

/// `run other(a: 1)`, `start other(a: 1)`
pub(super) fn run<'a>(values: &Values<'a>) -> Rule<'a, Run> {
    one_word(&["run", "start"])
        .then(call(values.postfix.clone()))
        .map_with(|(first, call), here| Run {
            call,
            waits: first.text == "run",
            span: place(here),
        })
        .boxed()
}
