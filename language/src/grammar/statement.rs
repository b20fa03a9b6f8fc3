//! Statements: `let`, `do`, and how a run, an item or a function ends.

use chumsky::prelude::*;

use super::block::block;
use super::branching::{attempt, branch, choose, for_each, repeat, together};
use super::expression::{Values, begins_operand};
use super::modifier::modifiers;
use super::parts::{
    Rule, Until, absent, ahead, ahead_two, by_first_word, leftover, name, one_word, place, token,
    word,
};
use super::{effect, flow, template};
use crate::syntax::{
    Ask, Block, Do, End, EndKind, Expression, ForEach, Let, LetValue, Modified, Modifier, Return,
    Statement, Wait, Yield,
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
    let end = end(values);
    let modifiers = modifiers(values, block.clone(), end.clone());
    let for_each = for_each(values, block);
    let ask = flow::ask(values);
    let wait = flow::wait(values, block);
    let binding = binding(values, &for_each, &ask, &wait, &modifiers);
    let modified_record = modified(effect::record(values), &modifiers);
    let modified_run = modified(effect::run(values), &modifiers);
    by_first_word(vec![
        (&["let"], binding.map(Statement::Let).boxed()),
        (&["do"], done(values, &modifiers).map(Statement::Do).boxed()),
        (&["if"], branch(values, block).map(Statement::If).boxed()),
        (&["for"], for_each.map(Statement::ForEach).boxed()),
        (&["stop", "fail", "skip"], end.map(Statement::End).boxed()),
        (&["record"], modified_record.map(Statement::Record).boxed()),
        (
            &["emit"],
            modified(effect::emit(values), &modifiers)
                .map(Statement::Emit)
                .boxed(),
        ),
        (
            &["set"],
            modified(effect::set(values), &modifiers)
                .map(Statement::Set)
                .boxed(),
        ),
        (
            &["ask"],
            modified(ask, &modifiers).map(Statement::Ask).boxed(),
        ),
        (
            &["wait"],
            modified(wait, &modifiers).map(Statement::Wait).boxed(),
        ),
        (&["run", "start"], modified_run.map(Statement::Run).boxed()),
        (
            &["match"],
            choose(values, block).map(Statement::Match).boxed(),
        ),
        (
            &["repeat"],
            repeat(values, block).map(Statement::Repeat).boxed(),
        ),
        (
            &["together"],
            together(block).map(Statement::Together).boxed(),
        ),
        (&["try"], attempt(block).map(Statement::Try).boxed()),
        (
            &["return"],
            give_back(values).map(Statement::Return).boxed(),
        ),
        (&["yield"], give(values).map(Statement::Yield).boxed()),
    ])
}

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

fn binding<'a>(
    values: &Values<'a>,
    for_each: &Rule<'a, ForEach>,
    ask: &Rule<'a, Ask>,
    wait: &Rule<'a, Wait>,
    modifiers: &Rule<'a, Vec<Modifier>>,
) -> Rule<'a, Let> {
    let equals = token(TokenKind::Equal)
        .ignored()
        .or(absent("`=` with a value").ignored());
    let done = word("do")
        .then(effect::call(values.postfix.clone()))
        .map(|(word, call)| LetValue::Do {
            call,
            word: word.span,
        });
    let each = ahead_two(|first, second| first.is_word("for") && second.is_word("each"))
        .ignore_then(for_each.clone())
        .map(|each| LetValue::ForEach(Box::new(each)));
    let value = choice((
        done.boxed(),
        each.boxed(),
        ahead_two(flow::begins_ask)
            .ignore_then(ask.clone())
            .map(LetValue::Ask)
            .boxed(),
        ahead_two(flow::begins_wait)
            .ignore_then(wait.clone())
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
