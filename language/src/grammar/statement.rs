//! Statements: `let`, `do`, and how a run, an item or a function ends.

use std::rc::Rc;

use chumsky::prelude::*;
use sophia_diagnostics::{Span, codes};

use super::block::block;
use super::branching::{attempt, branch, choose, for_each, repeat, together};
use super::expression::{Values, begins_operand};
use super::modifier::modifiers;
use super::parts::{
    Here, Rule, Until, absent, ahead, ahead_two, by_first_word, lazy, leftover, name, one_word,
    place, token, word,
};
use super::{effect, flow, template};
use crate::layout::Lexeme;
use crate::mistake::{Mistake, Weight};
use crate::syntax::{
    Block, Do, End, EndKind, Expression, Let, LetValue, Modified, Modifier, Return, Statement,
    Yield,
};
use crate::tokens::TokenKind;

/// The rules for statements.
#[derive(Clone)]
pub(super) struct Statements<'a> {
    /// One statement, modifiers included. Fails where no keyword of one stands.
    pub(super) statement: Rule<'a, Statement>,
    /// `{ … }`; missing where none stands.
    pub(super) block: Rule<'a, Block>,
}

/// Makes the rules for statements.
pub(super) fn statements<'a>(values: &Values<'a>) -> Statements<'a> {
    let statement = {
        let values = values.clone();
        recursive(move |statement| one_statement(&values, &block(statement.boxed()))).boxed()
    };
    Statements {
        block: block(statement.clone()),
        statement,
    }
}

fn one_statement<'a>(values: &Values<'a>, block: &Rule<'a, Block>) -> Rule<'a, Statement> {
    let modifiers = {
        let (values, block) = (values.clone(), block.clone());
        lazy(move || modifiers(&values, block.clone(), end(&values)))
    };
    // What a statement is made of, so that each can be made when it is first needed.
    let parts = Rc::new((values.clone(), block.clone(), modifiers));
    let made = |make: fn(&Parts<'a>) -> Rule<'a, Statement>| {
        let parts = Rc::clone(&parts);
        lazy(move || make(&parts))
    };
    by_first_word(vec![
        (
            &["let"],
            made(|parts| binding(parts).map(Statement::Let).boxed()),
        ),
        (
            &["do"],
            made(|(values, _, modifiers)| done(values, modifiers).map(Statement::Do).boxed()),
        ),
        (
            &["if"],
            made(|(values, block, _)| branch(values, block).map(Statement::If).boxed()),
        ),
        (
            &["for"],
            made(|(values, block, _)| for_each(values, block).map(Statement::ForEach).boxed()),
        ),
        (
            &["stop", "fail", "skip"],
            made(|(values, _, _)| end(values).map(Statement::End).boxed()),
        ),
        (
            &["record"],
            made(|(values, _, modifiers)| {
                let record = modified(effect::record(values), modifiers);
                record.map(Statement::Record).boxed()
            }),
        ),
        (
            &["emit"],
            made(|(values, _, modifiers)| {
                let emit = modified(effect::emit(values), modifiers);
                emit.map(Statement::Emit).boxed()
            }),
        ),
        (
            &["set"],
            made(|(values, _, modifiers)| {
                let set = modified(effect::set(values), modifiers);
                set.map(Statement::Set).boxed()
            }),
        ),
        (
            &["ask"],
            made(|(values, _, modifiers)| {
                let ask = modified(flow::ask(values), modifiers);
                ask.map(Statement::Ask).boxed()
            }),
        ),
        (
            &["wait"],
            made(|(values, block, modifiers)| {
                let wait = modified(flow::wait(values, block), modifiers);
                wait.map(Statement::Wait).boxed()
            }),
        ),
        (
            &["run", "start"],
            made(|(values, _, modifiers)| {
                let run = modified(effect::run(values), modifiers);
                run.map(Statement::Run).boxed()
            }),
        ),
        (
            &["match"],
            made(|(values, block, _)| choose(values, block).map(Statement::Match).boxed()),
        ),
        (
            &["repeat"],
            made(|(values, block, _)| repeat(values, block).map(Statement::Repeat).boxed()),
        ),
        (
            &["together"],
            made(|(_, block, _)| together(block).map(Statement::Together).boxed()),
        ),
        (
            &["try"],
            made(|(_, block, _)| attempt(block).map(Statement::Try).boxed()),
        ),
        (
            &["return"],
            made(|(values, _, _)| give_back(values).map(Statement::Return).boxed()),
        ),
        (
            &["yield"],
            made(|(values, _, _)| give(values).map(Statement::Yield).boxed()),
        ),
    ])
}

/// Values, blocks and modifiers.
type Parts<'a> = (Values<'a>, Rule<'a, Block>, Rule<'a, Vec<Modifier>>);

/// A step and its modifiers.
fn modified<'a, T: 'a>(
    step: Rule<'a, T>,
    modifiers: &Rule<'a, Vec<Modifier>>,
) -> Rule<'a, Modified<T>> {
    step.then_ignore(leftover(Until::Modifier))
        .then(modifiers.clone())
        .map_with(|(step, modifiers), here| {
            let run = here.span();
            Modified {
                step,
                modifiers,
                documentation: here.state().documentation(run.start),
                span: place(here),
            }
        })
        .boxed()
}

fn binding<'a>((values, block, modifiers): &Parts<'a>) -> Rule<'a, Let> {
    let equals = token(TokenKind::Equal)
        .ignored()
        .or(absent("`=` with a value").ignored());
    let done = word("do")
        .then(effect::call(values.postfix.clone()))
        .map(|(word, call)| LetValue::Do {
            call,
            word: word.span,
        });
    let each = ahead_two(|first, second| first.is_word("for") && begins_operand(second))
        .ignore_then(for_each(values, block))
        .map(|each| LetValue::ForEach(Box::new(each)));
    let value = choice((
        done.boxed(),
        each.boxed(),
        tried(values, block),
        ahead_two(flow::begins_ask)
            .ignore_then(flow::ask(values))
            .map(LetValue::Ask)
            .boxed(),
        ahead_two(flow::begins_wait)
            .ignore_then(flow::wait(values, block))
            .map(LetValue::Wait)
            .boxed(),
        ahead_two(effect::begins_run)
            .ignore_then(effect::run(values))
            .map(LetValue::Run)
            .boxed(),
        values.whole.clone().map(LetValue::Value).boxed(),
    ));
    word("let")
        .ignore_then(name("A name such as `at_risk`"))
        .then_ignore(equals)
        .then(value)
        .then_ignore(leftover(Until::Modifier))
        .then(modifiers.clone())
        .map_with(|((name, value), modifiers), here| {
            let run = here.span();
            Let {
                name,
                value,
                modifiers,
                documentation: here.state().documentation(run.start),
                span: place(here),
            }
        })
        .boxed()
}

/// `let x = try { … } otherwise { … }`, `let x = try CALL`: a habit from elsewhere. A block gives nothing, so the name has no
/// value; in front of a call the word is passed over.
fn tried<'a>(values: &Values<'a>, block: &Rule<'a, Block>) -> Rule<'a, LetValue> {
    let told = |word: &Lexeme<'_>| {
        Mistake::new(
            codes::S126,
            Weight::Cause,
            word.span,
            "`try` is a statement, and gives no value.",
        )
        .labelled("no value")
        .within(word.region)
    };
    let whole = ahead_two(|first, second| {
        first.is_word("try") && second.kind == TokenKind::OpenBrace
    })
    .ignore_then(word("try").rewind())
    .then(attempt(block))
    .validate(move |(word, attempt), _: &mut Here<'a, '_>, emitter| {
        let mistake = told(&word).help(
            "let the call itself say what happens when it fails: `let x = CALL otherwise VALUE`, or `… otherwise stop \"…\"`",
        );
        emitter.emit(mistake.into());
        LetValue::Value(Expression::Missing(attempt.span))
    });
    let call = ahead_two(|first, second| {
        first.is_word("try") && second.kind == TokenKind::Word && begins_operand(second)
    })
    .ignore_then(word("try"))
    .then(values.whole.clone())
    .validate(move |(word, value), _: &mut Here<'a, '_>, emitter| {
        let until = Span {
            start: word.span.start,
            end: value.span().start,
        };
        let mistake = told(&word).fix(
            "take `try` away: `otherwise` behind the call says what happens when it fails",
            until,
            "",
        );
        emitter.emit(mistake.into());
        LetValue::Value(value)
    });
    whole.or(call).boxed()
}

fn done<'a>(values: &Values<'a>, modifiers: &Rule<'a, Vec<Modifier>>) -> Rule<'a, Do> {
    word("do")
        .ignore_then(effect::call(values.postfix.clone()))
        .then_ignore(leftover(Until::Modifier))
        .then(modifiers.clone())
        .map_with(|(call, modifiers), here| {
            let run = here.span();
            Do {
                call,
                modifiers,
                documentation: here.state().documentation(run.start),
                span: place(here),
            }
        })
        .boxed()
}

/// `stop "why" when …`
fn end<'a>(values: &Values<'a>) -> Rule<'a, End> {
    let reason = template::text(values.item.clone())
        .map(Expression::Text)
        .or(super::literal::literal())
        .or(absent("A reason such as `\"Nothing to do.\"`").map(Expression::Missing));
    let when = word("when").ignore_then(values.plain.clone()).or_not();
    let on = word("on").ignore_then(flow::event(values)).or_not();
    one_word(&["stop", "fail", "skip"])
        .then(reason)
        .then(when)
        .then(on)
        .map_with(|(((first, reason), when), on), here| {
            let run = here.span();
            End {
                kind: match first.text {
                    "stop" => EndKind::Stop,
                    "fail" => EndKind::Fail,
                    _ => EndKind::Skip,
                },
                reason,
                when,
                on,
                documentation: here.state().documentation(run.start),
                span: place(here),
            }
        })
        .boxed()
}

/// `return x`
fn give_back<'a>(values: &Values<'a>) -> Rule<'a, Return> {
    let value = ahead(|lexeme| !lexeme.ends_item())
        .ignore_then(values.whole.clone())
        .or_not();
    word("return")
        .ignore_then(value)
        .map_with(|value, here| {
            let run = here.span();
            Return {
                value,
                documentation: here.state().documentation(run.start),
                span: place(here),
            }
        })
        .boxed()
}

/// `yield x`, `yield each xs`
fn give<'a>(values: &Values<'a>) -> Rule<'a, Yield> {
    let each = ahead_two(|first, second| first.is_word("each") && begins_operand(second))
        .ignore_then(word("each"))
        .map(|word| word.span)
        .or_not();
    word("yield")
        .ignore_then(each)
        .then(values.whole.clone())
        .map_with(|(each, value), here| {
            let run = here.span();
            Yield {
                each,
                value,
                documentation: here.state().documentation(run.start),
                span: place(here),
            }
        })
        .boxed()
}
