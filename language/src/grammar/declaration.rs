//! Declarations of one line or one block; those with SQL and those with a body of their own stand
//! beside this file.

use chumsky::prelude::*;
use sophia_diagnostics::{Span, codes};

use super::expression::Values;
use super::parts::{
    Here, Reading, Rule, Until, absent, ahead, between, binding, by_first_word, is_nearly, lazy,
    leftover, misspelt, name, needed_word, path_name, place, token, word,
};
use super::policy::policy;
use super::routine::{action, function, model};
use super::source_query::{command, metric, predictor, query};
use super::trigger::{one_run, trigger};
use crate::mistake::{Mistake, Weight};
use crate::syntax::{
    Block, Input, Item, OnFailure, Parameter, State, TextPart, TypeDeclaration, Use,
};
use crate::tokens::TokenKind;

/// Every declaration but `test`.
pub(super) fn declaration<'a>(values: &Values<'a>, block: &Rule<'a, Block>) -> Rule<'a, Item> {
    let with = |rule: fn(&Values<'a>) -> Rule<'a, Item>| {
        let values = values.clone();
        lazy(move || rule(&values))
    };
    let with_block = |rule: fn(&Values<'a>, &Rule<'a, Block>) -> Rule<'a, Item>| {
        let (values, block) = (values.clone(), block.clone());
        lazy(move || rule(&values, &block))
    };
    by_first_word(vec![
        (&["use"], lazy(grant)),
        (&["zone"], with(zone)),
        (&["calendar"], lazy(calendar)),
        (&["trigger"], with(trigger)),
        (&["one"], with(one_run)),
        (&["input"], with(input)),
        (&["state"], with(state)),
        (&["type"], with(type_declaration)),
        (&["query"], with(query)),
        (&["command"], with(command)),
        (&["metric"], with(metric)),
        (&["predictor"], with(predictor)),
        (&["model"], with(model)),
        (&["function"], with_block(function)),
        (&["action"], with_block(action)),
        (&["policy"], with(policy)),
        (&["on"], with_block(on_failure)),
    ])
}

fn grant<'a>() -> Rule<'a, Item> {
    let names = path_name("A connection, a tool or a module such as `warehouse`")
        .separated_by(token(TokenKind::Comma))
        .at_least(1)
        .collect();
    word("use")
        .ignore_then(names)
        .map_with(|names, here| {
            Item::Use(Use {
                names,
                span: place(here),
            })
        })
        .boxed()
}

fn zone<'a>(values: &Values<'a>) -> Rule<'a, Item> {
    let name = values
        .text
        .clone()
        .map(|text| match text.parts.first() {
            Some(TextPart::Plain(name)) => name.clone(),
            _ => String::new(),
        })
        .or(absent("A zone such as `\"America/New_York\"`").map(|_| String::new()));
    word("zone")
        .ignore_then(name)
        .map_with(|name, here| Item::Zone {
            name,
            span: place(here),
        })
        .boxed()
}

fn calendar<'a>() -> Rule<'a, Item> {
    word("calendar")
        .ignore_then(name("A calendar from the manifest such as `us_office`"))
        .map_with(|name, here| Item::Calendar {
            name,
            span: place(here),
        })
        .boxed()
}

fn input<'a>(values: &Values<'a>) -> Rule<'a, Item> {
    let colon = token(TokenKind::Colon)
        .ignored()
        .or(absent("`:` with a type").ignored());
    let default = token(TokenKind::Equal).ignore_then(values.whole.clone());
    let bare = ahead(super::expression::begins_operand)
        .ignore_then(absent("`=` before the default"))
        .ignore_then(values.whole.clone());
    word("input")
        .ignore_then(name("A name such as `threshold`"))
        .then_ignore(colon)
        .then(values.of.clone())
        .then(default.or(bare).or_not())
        .map_with(|((name, of), default), here| {
            let run = here.span();
            Item::Input(Input {
                name,
                of,
                default,
                documentation: here.state().documentation(run.start),
                span: place(here),
            })
        })
        .boxed()
}

/// `state seen: boolean = false per customer_id`
fn state<'a>(values: &Values<'a>) -> Rule<'a, Item> {
    let colon = token(TokenKind::Colon)
        .ignored()
        .or(absent("`:` with a type").ignored());
    let equals = token(TokenKind::Equal)
        .ignored()
        .or(absent("`=` with the value that it begins with").ignored());
    let per = word("per").ignore_then(values.postfix.clone()).or_not();
    word("state")
        .ignore_then(name("A name such as `last_seen`"))
        .then_ignore(colon)
        .then(values.of.clone())
        .then_ignore(equals)
        .then(values.plain.clone())
        .then(per)
        .map_with(|(((name, of), value), per), here| {
            let run = here.span();
            Item::State(State {
                name,
                of,
                value,
                per,
                documentation: here.state().documentation(run.start),
                span: place(here),
            })
        })
        .boxed()
}

fn type_declaration<'a>(values: &Values<'a>) -> Rule<'a, Item> {
    let equals = token(TokenKind::Equal)
        .ignored()
        .or(ahead(|lexeme| lexeme.kind == TokenKind::OpenBrace)
            .or(absent("`{` with fields, or `=` with a type").ignored()));
    word("type")
        .ignore_then(name("A name such as `Advice`"))
        .then_ignore(equals)
        .then(values.of.clone())
        .map_with(|(name, of), here| {
            let run = here.span();
            Item::Type(TypeDeclaration {
                name,
                of,
                documentation: here.state().documentation(run.start),
                span: place(here),
            })
        })
        .boxed()
}

/// `(customer: row of customers, risk: percent)`
pub(super) fn parameters<'a>(values: &Values<'a>) -> Rule<'a, Vec<Parameter>> {
    let colon = token(TokenKind::Colon)
        .ignored()
        .or(absent("`:` with a type").ignored());
    let parameter = name("A parameter such as `industry: text`")
        .then_ignore(colon)
        .then(values.of.clone())
        .then_ignore(no_default(values))
        .map(|(name, of)| Parameter { name, of });
    between(TokenKind::OpenParenthesis, parameter.boxed(), Until::Item)
}

/// `limit: integer = 3`: only an input has a value of its own.
fn no_default<'a>(values: &Values<'a>) -> Rule<'a, ()> {
    token(TokenKind::Equal)
        .then(values.whole.clone())
        .validate(|(equal, value), _: &mut Here<'a, '_>, emitter| {
            let mistake = Mistake::new(
                codes::S101,
                Weight::Cause,
                Span {
                    start: equal.span.start,
                    end: value.span().end,
                },
                "A parameter has no value of its own; only an `input` has.",
            )
            .labelled("not here")
            .help("put `?` behind its type, and say with `??` what counts where it is missing")
            .within(equal.region);
            emitter.emit(mistake.into());
        })
        .or_not()
        .ignored()
        .boxed()
}

/// Words that say `failure` elsewhere.
const FAILURES: [&str; 7] = [
    "error",
    "errors",
    "exception",
    "fail",
    "failed",
    "fails",
    "crash",
];

/// `failure` behind `on`. Elsewhere other words for it stand there, or what starts a playbook.
fn failure<'a>() -> Rule<'a, ()> {
    let needed = needed_word("failure", "`failure` with a block");
    custom(move |input: &mut Reading<'a, '_>| {
        let near = input.peek_ref().filter(|next| {
            let lower = next.text.to_lowercase();
            FAILURES.contains(&&*lower) || is_nearly(next, "failure")
        });
        if let Some(near) = near.filter(|near| !near.is_word("failure")) {
            input.emit(misspelt(near, "failure").into());
            input.skip();
            return Ok(());
        }
        let elsewhere = (input.peek_ref())
            .filter(|next| next.kind == TokenKind::Word && !next.is_word("failure"));
        let Some(elsewhere) = elsewhere else {
            return input.parse(&needed);
        };
        let instead = match elsewhere.text {
            "schedule" | "every" | "cron" | "timer" | "time" | "day" => {
                "`trigger every weekday at 08:00`"
            }
            "request" | "call" | "http" | "api" => "`trigger on request(name: text)`",
            _ => "`trigger on TOOL.EVENT`",
        };
        let mistake = Mistake::new(
            codes::S101,
            Weight::Cause,
            elsewhere.span,
            "What starts a playbook stands behind `trigger`; behind `on` stands `failure`.",
        )
        .labelled("no `failure`")
        .help(format!(
            "write {instead} on a line of its own, and the steps below it"
        ))
        .within(elsewhere.region);
        input.emit(mistake.into());
        input.skip();
        Ok(())
    })
    .boxed()
}

fn on_failure<'a>(_: &Values<'a>, block: &Rule<'a, Block>) -> Rule<'a, Item> {
    word("on")
        .ignore_then(failure())
        .ignore_then(binding("A name such as `f`"))
        .then_ignore(leftover(Until::Block))
        .then(block.clone())
        .map_with(|(binding, body), here| {
            let run = here.span();
            Item::OnFailure(OnFailure {
                binding,
                body,
                documentation: here.state().documentation(run.start),
                span: place(here),
            })
        })
        .boxed()
}
