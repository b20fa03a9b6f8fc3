//! Policies: a rule a line.

use chumsky::prelude::*;

use super::expression::Values;
use super::parts::{
    Here, Rule, Until, absent, between, count, leftover, name, needed_word, place, skip, word,
};
use super::trigger::event_path;
use super::types::label;
use crate::syntax::{Demand, Item, Label, Name, Policy, PolicyRule, Subject, TextTemplate};
use crate::tokens::TokenKind;

/// `policy NAME { … }`
pub(super) fn policy<'a>(values: &Values<'a>) -> Rule<'a, Item> {
    let rules = between(TokenKind::OpenBrace, rule(values), Until::Line)
        .or(absent("A body between `{` and `}`").map(|_| Vec::new()));
    word("policy")
        .ignore_then(name("A name such as `refunds_need_a_person`"))
        .then_ignore(leftover(Until::Block))
        .then(rules)
        .map_with(|(name, rules), here| {
            let run = here.span();
            Item::Policy(Policy {
                name,
                rules,
                documentation: here.state().documentation(run.start),
                span: place(here),
            })
        })
        .boxed()
}

fn rule<'a>(values: &Values<'a>) -> Rule<'a, PolicyRule> {
    choice((
        every(values),
        no_flow(),
        at_most(),
        skip(Until::Line)
            .validate(|(), here: &mut Here<'a, '_>, emitter| {
                let at = here.span().start;
                emitter.emit(
                    here.state()
                        .expected(
                            at,
                            "A rule such as `every do stripe.create_refund follows ask` or `no @pii reaches slack`",
                        )
                        .into(),
                );
                PolicyRule::Error(place(here))
            })
            .boxed(),
    ))
    .boxed()
}

fn effect<'a>() -> Rule<'a, Vec<Name>> {
    event_path("A tool or a call such as `stripe.create_refund`")
}

/// `every do stripe.create_refund where amount > $500 follows ask`
fn every<'a>(values: &Values<'a>) -> Rule<'a, PolicyRule> {
    let subject = word("do")
        .ignore_then(effect())
        .map(Subject::Effect)
        .or(name("`do` with a tool, or a kind of step such as `model`").map(Subject::Kind));
    let condition = word("where").ignore_then(values.plain.clone()).or_not();
    word("every")
        .ignore_then(subject)
        .then(condition)
        .then(demand(values))
        .map_with(|((subject, condition), demand), here| PolicyRule::Every {
            subject,
            condition,
            demand,
            span: place(here),
        })
        .boxed()
}

fn demand<'a>(values: &Values<'a>) -> Rule<'a, Demand> {
    let one = values.text.clone().map(|group| vec![group]);
    let several: Rule<'a, Vec<TextTemplate>> =
        between(TokenKind::OpenBracket, values.text.clone(), Until::Item);
    let groups = one.or(several).or(empty().map(|()| Vec::new()));
    let follows = word("follows")
        .ignore_then(needed_word("ask", "`ask`"))
        .ignore_then(groups)
        .map(|groups| Demand::FollowsAsk { groups });
    let has = word("has")
        .ignore_then(name("What it must have, such as `undo` or `budget`,"))
        .map(Demand::Has);
    follows
        .or(has)
        .or(absent("`follows ask`, or `has` with what it must have,").map(Demand::Missing))
        .boxed()
}

/// `no @pii reaches openai`
fn no_flow<'a>() -> Rule<'a, PolicyRule> {
    let label = label().or(absent("A label such as `@pii`").map(|span| Label {
        text: String::new(),
        span,
    }));
    word("no")
        .ignore_then(label)
        .then_ignore(needed_word("reaches", "`reaches` with a place"))
        .then(event_path("A place such as `openai`"))
        .map_with(|(label, destination), here| PolicyRule::NoFlow {
            label,
            destination,
            span: place(here),
        })
        .boxed()
}

/// `at most 100 of do slack per run`
fn at_most<'a>() -> Rule<'a, PolicyRule> {
    word("at")
        .ignore_then(needed_word("most", "`most` with a number"))
        .ignore_then(count("A number such as `100`"))
        .then_ignore(needed_word("of", "`of do` with a tool"))
        .then_ignore(needed_word("do", "`do` with a tool"))
        .then(effect())
        .then_ignore(needed_word("per", "`per run`"))
        .then_ignore(needed_word("run", "`run`"))
        .map_with(|(times, effect), here| PolicyRule::AtMost {
            times,
            effect,
            span: place(here),
        })
        .boxed()
}
