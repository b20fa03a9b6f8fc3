//! The bodies of models and predictors: a clause a line.

use chumsky::prelude::*;
use sophia_diagnostics::{Span, codes};
use sophia_phrases::Schedule;

use super::expression::{Values, record};
use super::literal::{literal, read, time_span};
use super::parts::{
    Here, Rule, Until, absent, any_name, name, needed_word, place, skip, token, word,
};
use super::{later, template};
use crate::syntax::{Accept, Alike, Clause, Expression, Name, SqlText, TextTemplate};
use crate::tokens::TokenKind;

/// A clause of a model.
pub(super) fn model_clause<'a>(values: &Values<'a>) -> Rule<'a, Clause> {
    let best_of = word("best")
        .ignore_then(needed_word("of", "`of` with routes"))
        .to(true)
        .or(empty().to(false));
    let routes = any_name()
        .separated_by(token(TokenKind::Comma))
        .at_least(1)
        .collect::<Vec<_>>()
        .or(absent("A model such as `local`").map(|_| Vec::new()));
    let route =
        word("route")
            .ignore_then(best_of)
            .then(routes)
            .map_with(|(best_of, routes), here| Clause::Route {
                routes,
                best_of,
                span: place(here),
            });
    let temperature = word("temperature")
        .ignore_then(values.plain.clone())
        .map_with(|value, here| Clause::Temperature {
            value,
            span: place(here),
        });
    let ensure = word("ensure")
        .ignore_then(values.plain.clone())
        .map_with(|condition, here| Clause::Ensure {
            condition,
            span: place(here),
        });
    let text = values
        .text
        .clone()
        .or(absent("A text between quotes").map(|span| TextTemplate {
            parts: Vec::new(),
            block: false,
            span,
        }));
    let prompt = word("prompt")
        .ignore_then(text)
        .map_with(|text, here| Clause::Prompt {
            text,
            span: place(here),
        });
    let otherwise = word("otherwise")
        .ignore_then(values.whole.clone())
        .map_with(|value, here| Clause::Otherwise {
            value,
            span: place(here),
        });
    choice((
        route.boxed(),
        budget(),
        temperature.boxed(),
        ensure.boxed(),
        prompt.boxed(),
        otherwise.boxed(),
        example(values),
        cache(values),
        later::passed_over(&["may"], Until::Line)
            .map(Clause::Error)
            .boxed(),
        skip(Until::Line)
            .validate(|(), here: &mut Here<'a, '_>, emitter| {
                let at = here.span().start;
                emitter.emit(
                    here.state()
                        .expected(at, "A clause such as `route local` or `prompt \"…\"`")
                        .into(),
                );
                Clause::Error(place(here))
            })
            .boxed(),
    ))
    .boxed()
}

/// `cache 1 day when question is alike above 97%`
fn cache<'a>(values: &Values<'a>) -> Rule<'a, Clause> {
    let above = literal().or(absent("A share such as `97%`").map(Expression::Missing));
    let alike = word("when")
        .ignore_then(name("A parameter"))
        .then_ignore(needed_word("is", "`is alike above` with a share"))
        .then_ignore(needed_word("alike", "`alike above` with a share"))
        .then_ignore(needed_word("above", "`above` with a share"))
        .then(above)
        .map_with(|(parameter, above), here| Alike {
            parameter,
            above,
            span: place(here),
        });
    word("cache")
        .ignore_then(time_span(values.postfix.clone()))
        .then(alike.or_not())
        .map_with(|(keep, alike), here| Clause::Cache {
            keep,
            alike,
            span: place(here),
        })
        .boxed()
}

fn budget<'a>() -> Rule<'a, Clause> {
    let what = word("call")
        .to(true)
        .or(word("run").to(false))
        .or(absent("`call` or `run`").to(true));
    let amount = literal().or(absent("An amount such as `$0.02`").map(Expression::Missing));
    let part = amount
        .then_ignore(needed_word("per", "`per call` or `per run`"))
        .then(what);
    word("budget")
        .ignore_then(
            part.separated_by(token(TokenKind::Comma))
                .at_least(1)
                .collect::<Vec<_>>(),
        )
        .map_with(|parts, here| {
            let mut per_call = None;
            let mut per_run = None;
            for (amount, is_call) in parts {
                if is_call {
                    per_call = Some(amount);
                } else {
                    per_run = Some(amount);
                }
            }
            Clause::Budget {
                per_call,
                per_run,
                span: place(here),
            }
        })
        .boxed()
}

/// `example { given {…} returns … }`
fn example<'a>(values: &Values<'a>) -> Rule<'a, Clause> {
    let line_end = token(TokenKind::LineEnd).repeated();
    let given = needed_word("given", "`given` with the arguments")
        .ignore_then(record(values.item.clone()).or(absent("`{ … }`").map(Expression::Missing)));
    let returns =
        needed_word("returns", "`returns` with an answer").ignore_then(values.item.clone());
    let body = token(TokenKind::OpenBrace)
        .ignore_then(line_end.clone())
        .ignore_then(given)
        .then_ignore(line_end)
        .then(returns)
        .then_ignore(super::parts::leftover(Until::Close))
        .then_ignore(token(TokenKind::CloseBrace).or_not())
        .or(absent("`{ given { … } returns … }`")
            .map(|span| (Expression::Missing(span), Expression::Missing(span))));
    word("example")
        .ignore_then(body)
        .map_with(|(given, returns), here| Clause::Example {
            given,
            returns,
            span: place(here),
        })
        .boxed()
}

/// A clause of a predictor.
pub(super) enum PredictorClause {
    Learn(Name, SqlText),
    Predict(Name),
    Accept(Accept),
    Retrain(Option<(Schedule, Span)>),
    Error,
}

/// A clause of a predictor.
pub(super) fn predictor_clause<'a>(values: &Values<'a>) -> Rule<'a, PredictorClause> {
    let learn = word("learn")
        .ignore_then(needed_word("from", "`from` with a connection"))
        .ignore_then(name("A connection such as `warehouse`"))
        .then(template::sql(values.item.clone()))
        .map(|(connection, sql)| PredictorClause::Learn(connection, sql));
    let predict = word("predict")
        .ignore_then(name("A column such as `churned`"))
        .map(PredictorClause::Predict);
    let sign = token(TokenKind::GreaterOrEqual)
        .or(token(TokenKind::Greater))
        .to(true)
        .or(token(TokenKind::LessOrEqual)
            .or(token(TokenKind::Less))
            .to(false))
        .or(absent("`>=` with a bound").to(true));
    let bound = literal().or(absent("A bound such as `0.80`").map(Expression::Missing));
    let clause = name("A measure such as `auc`")
        .then(sign)
        .then(bound)
        .map_with(|((metric, at_least), bound), here| Accept {
            metric,
            at_least,
            bound,
            span: place(here),
        });
    let accept = word("accept")
        .ignore_then(clause)
        .map(PredictorClause::Accept);
    let retrain = word("retrain")
        .ignore_then(schedule("A schedule such as `every month`", Until::Line))
        .map(PredictorClause::Retrain);
    choice((
        learn.boxed(),
        predict.boxed(),
        accept.boxed(),
        retrain.boxed(),
        skip(Until::Line)
            .validate(|(), here: &mut Here<'a, '_>, emitter| {
                let at = here.span().start;
                emitter.emit(
                    here.state()
                        .expected(
                            at,
                            "A clause: `learn from …`, `predict …`, `accept …` or `retrain …`",
                        )
                        .into(),
                );
                PredictorClause::Error
            })
            .boxed(),
    ))
    .boxed()
}

/// The words up to an end as a schedule.
pub(super) fn schedule<'a>(what: &'static str, until: Until) -> Rule<'a, Option<(Schedule, Span)>> {
    skip(until)
        .validate(move |(), here: &mut Here<'a, '_>, emitter| {
            let run = here.span();
            let span = place(here);
            let source = *here.state();
            if run.start == run.end {
                let mistake = source.expected(run.start, what);
                emitter.emit(mistake.into());
                return None;
            }
            let phrase = source.phrase(run);
            let meaning = sophia_phrases::schedule(&phrase);
            match read(
                &source,
                span,
                source.region(run.start),
                meaning,
                codes::S118,
            ) {
                Ok(schedule) => Some((schedule, span)),
                Err(mistake) => {
                    emitter.emit(mistake.into());
                    None
                }
            }
        })
        .boxed()
}
