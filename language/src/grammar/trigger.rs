//! What starts a run: schedules and events, the name of what came in, and how it fills the inputs.

use chumsky::prelude::*;
use sophia_diagnostics::codes;

use super::clause::schedule;
use super::declaration::parameters;
use super::expression::{Values, begins_operand};
use super::later;
use super::literal::duration;
use super::parts::{
    Here, Rule, Until, absent, ahead, ahead_two, binding, comma, count, name, needed_word,
    one_word, path, place, skip, token, word,
};
use super::source::Source;
use crate::layout::Lexeme;
use crate::mistake::{Mistake, Weight};
use crate::syntax::{
    Batches, Change, Expression, Item, Name, OneRun, Overlap, TextTemplate, Trigger, TriggerKind,
};
use crate::tokens::TokenKind;
use crate::words::nearest;

/// `trigger …`
pub(super) fn trigger<'a>(values: &Values<'a>) -> Rule<'a, Item> {
    let with = word("with").ignore_then(values.item.clone()).or_not();
    word("trigger")
        .ignore_then(kind(values))
        .then(with)
        .map_with(|((kind, binding), with), here| {
            let run = here.span();
            Item::Trigger(Trigger {
                kind,
                binding,
                with,
                documentation: here.state().documentation(run.start),
                span: place(here),
            })
        })
        .boxed()
}

fn kind<'a>(values: &Values<'a>) -> Rule<'a, (TriggerKind, Option<Name>)> {
    let named = |rule: Rule<'a, TriggerKind>| rule.then(binding("A name for what came in"));
    let on = |what: &'static str| {
        ahead_two(move |first, second| first.is_word("on") && second.is_word(what))
            .ignore_then(word("on"))
            .ignore_then(word(what))
    };
    let webhook = on("webhook")
        .ignore_then(event_path("A webhook such as `gong.call_completed`"))
        .map(|event| TriggerKind::Webhook { event });
    let event = on("event")
        .ignore_then(name("An event such as `revenue_dip`"))
        .map(|name| TriggerKind::Event { name });
    let file = on("file")
        .ignore_then(text(values, "A pattern such as `\"inbox/*.csv\"`"))
        .map(|glob| TriggerKind::File { glob });
    let message = on("message")
        .ignore_then(needed_word("from", "`from` with a connection"))
        .ignore_then(name("A connection"))
        .then(text(values, "A topic between quotes"))
        .map(|(connection, topic)| TriggerKind::Message { connection, topic });
    let resource = on("resource")
        .ignore_then(name("A tool"))
        .then(text(values, "An address between quotes"))
        .map(|(tool, uri)| TriggerKind::Resource { tool, uri });
    let feedback = ahead_two(|first, second| first.is_word("on") && second.is_word("feedback"))
        .ignore_then(word("on"))
        .ignore_then(later::passed_over(&["feedback"], Until::Line))
        .map(TriggerKind::Error);
    let unknown = ahead_two(|first, second| {
        first.is_word("on") && second.kind == TokenKind::Word && second.text != "the"
    })
    .ignore_then(word("on"))
    .ignore_then(skip(Until::Binding))
    .validate(|(), here: &mut Here<'a, '_>, emitter| {
        let at = here.span().start + 1;
        let source = *here.state();
        if let Some(found) = source.lexeme(at) {
            emitter.emit(unknown_kind(&source, at, found).into());
        }
        TriggerKind::Error(place(here))
    });
    let silence = later::passed_over(&["when"], Until::Line).map(TriggerKind::Error);
    choice((
        named(webhook.boxed()).boxed(),
        named(event.boxed()).boxed(),
        named(file.boxed()).boxed(),
        change(values),
        named(message.boxed()).boxed(),
        named(resource.boxed()).boxed(),
        named(request(values)).boxed(),
        named(feedback.boxed()).boxed(),
        named(silence.boxed()).boxed(),
        named(unknown.boxed()).boxed(),
        named(timed()).boxed(),
    ))
    .boxed()
}

/// What may stand after `trigger on`.
const KINDS: &[&str] = &[
    "webhook", "event", "file", "change", "message", "resource", "request", "the",
];

fn unknown_kind(source: &Source<'_>, at: usize, found: &Lexeme<'_>) -> Mistake {
    match nearest(found.text, KINDS) {
        Some(near) => Mistake::new(
            codes::S116,
            Weight::Cause,
            found.span,
            format!("`{}` is not something that starts a run.", found.text),
        )
        .labelled(format!("nearest: `{near}`"))
        .fix(format!("write `{near}`"), found.span, near)
        .within(found.region),
        None => source.expected(
            at,
            "What starts a run, such as `webhook`, `event`, `file`, `change` or `request`,",
        ),
    }
}

fn timed<'a>() -> Rule<'a, TriggerKind> {
    schedule(
        "A schedule such as `every weekday at 08:00`",
        Until::Binding,
    )
    .map_with(|read, here| match read {
        Some((schedule, phrase)) => TriggerKind::Schedule { schedule, phrase },
        None => TriggerKind::Error(place(here)),
    })
    .boxed()
}

fn request<'a>(values: &Values<'a>) -> Rule<'a, TriggerKind> {
    let result = token(TokenKind::Arrow)
        .ignore_then(values.of.clone())
        .or_not();
    word("on")
        .ignore_then(word("request"))
        .ignore_then(parameters(values).or_not())
        .then(result)
        .map_with(|(parameters, result), here| TriggerKind::Request {
            parameters: parameters.unwrap_or_default(),
            result,
            span: place(here),
        })
        .boxed()
}

/// A path of names that must stand here.
pub(super) fn event_path<'a>(what: &'static str) -> Rule<'a, Vec<Name>> {
    path()
        .or(absent(what).map(|span| {
            vec![Name {
                text: String::new(),
                span,
            }]
        }))
        .boxed()
}

fn text<'a>(values: &Values<'a>, what: &'static str) -> Rule<'a, TextTemplate> {
    values
        .text
        .clone()
        .or(absent(what).map(|span| TextTemplate {
            parts: Vec::new(),
            block: false,
            span,
        }))
        .boxed()
}

enum ChangeModifier {
    ExceptOurOwn(sophia_diagnostics::Span),
    Batches(Batches),
}

/// `on change in warehouse.payments by payment_id as payments in batches of 500 or every 2 seconds`
fn change<'a>(values: &Values<'a>) -> Rule<'a, (TriggerKind, Option<Name>)> {
    let except = word("except")
        .ignore_then(needed_word("our", "`our own`"))
        .ignore_then(needed_word("own", "`own`"))
        .map_with(|(), here| ChangeModifier::ExceptOurOwn(place(here)));
    let every = word("or")
        .ignore_then(needed_word("every", "`every` with a length of time"))
        .ignore_then(duration())
        .or_not();
    let batches = word("in")
        .ignore_then(needed_word("batches", "`batches of` with a number"))
        .ignore_then(needed_word("of", "`of` with a number"))
        .ignore_then(count("A number such as `500`"))
        .then(every)
        .map_with(|(size, every), here| {
            ChangeModifier::Batches(Batches {
                size,
                every,
                span: place(here),
            })
        });
    let key = needed_word("by", "`by` with the column that tells rows apart")
        .ignore_then(values.postfix.clone());
    let key = ahead(|lexeme| lexeme.is_word("by") || begins_operand(lexeme))
        .ignore_then(key)
        .or(absent("`by` with the column that tells rows apart").map(Expression::Missing));
    let modifiers = comma()
        .ignore_then(except.or(batches))
        .repeated()
        .collect::<Vec<_>>();
    ahead_two(|first, second| first.is_word("on") && second.is_word("change"))
        .ignore_then(word("on"))
        .ignore_then(word("change"))
        .ignore_then(needed_word("in", "`in` with a table"))
        .ignore_then(event_path("A table such as `warehouse.payments`"))
        .then(unbound(key.boxed()))
        .then(modifiers)
        .map(|((table, (key, binding)), modifiers)| {
            let mut except_our_own = None;
            let mut batches = None;
            for modifier in modifiers {
                match modifier {
                    ChangeModifier::ExceptOurOwn(span) => except_our_own = Some(span),
                    ChangeModifier::Batches(found) => batches = Some(found),
                }
            }
            let change = Change {
                table,
                key,
                except_our_own,
                batches,
            };
            (TriggerKind::Change(change), binding)
        })
        .boxed()
}

/// A value and `as NAME`, which reads like a change of type and is none here.
pub(super) fn unbound(value: Rule<'_, Expression>) -> Rule<'_, (Expression, Option<Name>)> {
    value
        .map(|value| match value {
            Expression::As { value, to, span } => match *to {
                crate::syntax::TypeExpression::Named(name) => (*value, Some(name)),
                to => (
                    Expression::As {
                        value,
                        to: Box::new(to),
                        span,
                    },
                    None,
                ),
            },
            value => (value, None),
        })
        .boxed()
}

/// `one run at a time per change.deal_id, skip`
pub(super) fn one_run<'a>(values: &Values<'a>) -> Rule<'a, Item> {
    let per = word("per").ignore_then(values.postfix.clone()).or_not();
    let rule = choice((
        word("newest")
            .ignore_then(needed_word("wins", "`wins`"))
            .to(Overlap::NewestWins)
            .boxed(),
        one_word(&["join", "skip", "wait"])
            .map(|found| match found.text {
                "join" => Overlap::Join,
                "skip" => Overlap::Skip,
                _ => Overlap::Wait,
            })
            .boxed(),
    ));
    let missing = absent("`newest wins`, `join` or `skip`").to(Overlap::Wait);
    let rule = token(TokenKind::Comma)
        .ignore_then(rule.clone().or(missing))
        .or(
            ahead(|lexeme| matches!(lexeme.text, "newest" | "join" | "skip"))
                .ignore_then(absent("A comma"))
                .ignore_then(rule),
        )
        .or(empty().to(Overlap::Wait));
    word("one")
        .ignore_then(needed_word("run", "`one run at a time`"))
        .ignore_then(needed_word("at", "`at a time`"))
        .ignore_then(needed_word("a", "`a time`"))
        .ignore_then(needed_word("time", "`time`"))
        .ignore_then(per)
        .then(rule)
        .map_with(|(per, rule), here| {
            let run = here.span();
            Item::OneRun(OneRun {
                per,
                rule,
                documentation: here.state().documentation(run.start),
                span: place(here),
            })
        })
        .boxed()
}
