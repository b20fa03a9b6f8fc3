//! Declarations that are called: models, functions, actions.

use chumsky::prelude::*;

use super::clause::model_clause;
use super::declaration::parameters;
use super::expression::Values;
use super::parts::{Rule, Until, absent, between, leftover, name, place, token, word};
use crate::syntax::{Action, Block, Clause, Function, FunctionBody, Item, Model, Parameter};
use crate::tokens::TokenKind;

/// `(deal: row of deals)`, which must stand there.
fn needed_parameters<'a>(values: &Values<'a>) -> Rule<'a, Vec<Parameter>> {
    parameters(values)
        .or(absent("A list of parameters such as `(deal: row of deals)`").map(|_| Vec::new()))
        .boxed()
}

fn arrow<'a>() -> Rule<'a, ()> {
    token(TokenKind::Arrow)
        .ignored()
        .or(absent("`->` with a type").ignored())
        .boxed()
}

/// `model NAME(params) -> T { … }`
pub(super) fn model<'a>(values: &Values<'a>) -> Rule<'a, Item> {
    let clauses = between(TokenKind::OpenBrace, model_clause(values), Until::Line)
        .or(absent("A body between `{` and `}`").map(|_| Vec::<Clause>::new()));
    word("model")
        .ignore_then(name("A name such as `advise`"))
        .then(needed_parameters(values))
        .then_ignore(arrow())
        .then(values.of.clone())
        .then_ignore(leftover(Until::Block))
        .then(clauses)
        .map_with(|(((name, parameters), result), clauses), here| {
            let run = here.span();
            Item::Model(Model {
                name,
                parameters,
                result,
                clauses,
                documentation: here.state().documentation(run.start),
                span: place(here),
            })
        })
        .boxed()
}

/// `function NAME(params) -> T = expr`, or with `{ let … return … }`
pub(super) fn function<'a>(values: &Values<'a>, block: &Rule<'a, Block>) -> Rule<'a, Item> {
    let value = token(TokenKind::Equal)
        .ignore_then(values.whole.clone())
        .map(FunctionBody::Value);
    let body = value.or(leftover(Until::Block)
        .ignore_then(block.clone())
        .map(FunctionBody::Block));
    word("function")
        .ignore_then(name("A name such as `share`"))
        .then(needed_parameters(values))
        .then_ignore(arrow())
        .then(values.of.clone())
        .then(body)
        .map_with(|(((name, parameters), result), body), here| {
            let run = here.span();
            Item::Function(Function {
                name,
                parameters,
                result,
                body,
                documentation: here.state().documentation(run.start),
                span: place(here),
            })
        })
        .boxed()
}

/// `action NAME(params) [-> T] { … }`
pub(super) fn action<'a>(values: &Values<'a>, block: &Rule<'a, Block>) -> Rule<'a, Item> {
    let result = token(TokenKind::Arrow)
        .ignore_then(values.of.clone())
        .or_not();
    word("action")
        .ignore_then(name("A name such as `tell_customer`"))
        .then(needed_parameters(values))
        .then(result)
        .then_ignore(leftover(Until::Block))
        .then(block.clone())
        .map_with(|(((name, parameters), result), body), here| {
            let run = here.span();
            Item::Action(Action {
                name,
                parameters,
                result,
                body,
                documentation: here.state().documentation(run.start),
                span: place(here),
            })
        })
        .boxed()
}
