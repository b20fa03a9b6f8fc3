//! Declarations whose body is SQL: queries, commands, metrics, predictors.

use chumsky::prelude::*;
use sophia_diagnostics::Span;

use super::clause::{PredictorClause, predictor_clause};
use super::declaration::parameters;
use super::expression::Values;
use super::parts::{
    Here, Rule, Until, absent, ahead, between, comma_before, count, leftover, name, needed_word,
    one_word, place, token, word,
};
use super::template;
use crate::syntax::{Command, Item, Metric, Name, Parameter, Predictor, Query, SqlText};
use crate::tokens::TokenKind;

/// `, at most 200 rows`
fn bound<'a>() -> Rule<'a, Option<(u64, Span)>> {
    let rows = one_word(&["row", "rows"])
        .ignored()
        .or(absent("`rows`").ignored());
    let bound = ahead(|lexeme| lexeme.is_word("at") || lexeme.is_word("most"))
        .ignore_then(needed_word("at", "`at most` with a number"))
        .ignore_then(needed_word("most", "`most` with a number"))
        .ignore_then(count("A number such as `200`"))
        .then_ignore(rows)
        .map_with(|number, here| (number, place(here)));
    token(TokenKind::Comma)
        .ignored()
        .or(ahead(|lexeme| lexeme.is_word("at")).ignore_then(absent("A comma").ignored()))
        .ignore_then(bound)
        .or_not()
        .boxed()
}

/// What a query and a command have in common.
struct Sourced {
    name: Name,
    parameters: Vec<Parameter>,
    connection: Name,
    at_most: Option<(u64, Span)>,
    sql: SqlText,
}

fn sourced<'a>(
    values: &Values<'a>,
    first: &'static str,
    preposition: Rule<'a, ()>,
) -> Rule<'a, Sourced> {
    word(first)
        .ignore_then(name("A name such as `customers`"))
        .then(parameters(values).or_not())
        .then_ignore(preposition)
        .then(name("A connection such as `warehouse`"))
        .then(bound())
        .then_ignore(leftover(Until::Block))
        .then(template::sql(values.item.clone()))
        .map(
            |((((name, parameters), connection), at_most), sql)| Sourced {
                name,
                parameters: parameters.unwrap_or_default(),
                connection,
                at_most,
                sql,
            },
        )
        .boxed()
}

/// `query NAME(params) from CONN, at most N rows { SQL }`
pub(super) fn query<'a>(values: &Values<'a>) -> Rule<'a, Item> {
    sourced(
        values,
        "query",
        needed_word("from", "`from` with a connection"),
    )
    .map_with(|found, here| {
        let run = here.span();
        Item::Query(Query {
            name: found.name,
            parameters: found.parameters,
            connection: found.connection,
            at_most: found.at_most,
            sql: found.sql,
            documentation: here.state().documentation(run.start),
            span: place(here),
        })
    })
    .boxed()
}

/// `command NAME(params) on CONN, at most N rows { SQL }`
pub(super) fn command<'a>(values: &Values<'a>) -> Rule<'a, Item> {
    sourced(
        values,
        "command",
        needed_word("on", "`on` with a connection"),
    )
    .map_with(|found, here| {
        let run = here.span();
        Item::Command(Command {
            name: found.name,
            parameters: found.parameters,
            connection: found.connection,
            at_most: found.at_most,
            sql: found.sql,
            documentation: here.state().documentation(run.start),
            span: place(here),
        })
    })
    .boxed()
}

enum MetricOption {
    Snapshot(Name),
    Combine(Name),
}

/// `metric NAME: T, snapshot daily from CONN { SQL }`
pub(super) fn metric<'a>(values: &Values<'a>) -> Rule<'a, Item> {
    let colon = token(TokenKind::Colon)
        .ignored()
        .or(absent("`:` with a type").ignored());
    let snapshot = word("snapshot")
        .ignore_then(name("How often: `hourly`, `daily`, `weekly` or `monthly`"))
        .map(MetricOption::Snapshot);
    let combine = word("combine")
        .ignore_then(name("How: `average`, `min`, `max` or `last`"))
        .map(MetricOption::Combine);
    let options = comma_before(&["snapshot", "combine"])
        .ignore_then(snapshot.or(combine))
        .repeated()
        .collect::<Vec<_>>();
    word("metric")
        .ignore_then(name("A name such as `net_revenue`"))
        .then_ignore(colon)
        .then(values.of.clone())
        .then(options)
        .then_ignore(needed_word("from", "`from` with a connection"))
        .then(name("A connection such as `warehouse`"))
        .then_ignore(leftover(Until::Block))
        .then(template::sql(values.item.clone()))
        .map_with(|((((name, of), options), connection), sql), here| {
            let run = here.span();
            let mut snapshot = None;
            let mut combine = None;
            for option in options {
                match option {
                    MetricOption::Snapshot(often) => snapshot = Some(often),
                    MetricOption::Combine(how) => combine = Some(how),
                }
            }
            Item::Metric(Metric {
                name,
                of,
                snapshot,
                combine,
                connection,
                sql,
                documentation: here.state().documentation(run.start),
                span: place(here),
            })
        })
        .boxed()
}

fn missing_name(span: Span) -> Name {
    Name {
        text: String::new(),
        span,
    }
}

/// `predictor NAME { … }`
pub(super) fn predictor<'a>(values: &Values<'a>) -> Rule<'a, Item> {
    let clauses = between(TokenKind::OpenBrace, predictor_clause(values), Until::Line)
        .map(Some)
        .or(absent("A body between `{` and `}`").map(|_| None));
    word("predictor")
        .ignore_then(name("A name such as `churn_risk`"))
        .then_ignore(leftover(Until::Block))
        .then(clauses)
        .validate(|(name, clauses), here: &mut Here<'a, '_>, emitter| {
            let run = here.span();
            let span = place(here);
            let source = *here.state();
            let broken = clauses.as_ref().is_none_or(|clauses| {
                clauses
                    .iter()
                    .any(|clause| matches!(clause, PredictorClause::Error))
            });
            let gap = Span {
                start: span.end,
                end: span.end,
            };
            let (mut learn, mut target, mut accept, mut retrain) = (None, None, None, None);
            for clause in clauses.unwrap_or_default() {
                match clause {
                    PredictorClause::Learn(connection, sql) => learn = Some((connection, sql)),
                    PredictorClause::Predict(name) => target = Some(name),
                    PredictorClause::Accept(found) => accept = Some(found),
                    PredictorClause::Retrain(found) => retrain = found,
                    PredictorClause::Error => {}
                }
            }
            let absent = match (&learn, &target) {
                (None, _) => Some("`learn from CONNECTION { … }` in this predictor"),
                (_, None) => Some("`predict COLUMN` in this predictor"),
                _ => None,
            };
            if let Some(absent) = absent.filter(|_| !broken) {
                let mut mistake = source.expected(run.end, absent);
                mistake.span = name.span;
                mistake.label = Some("this predictor".to_owned());
                mistake.message = format!("{absent} is missing.");
                emitter.emit(mistake.within(source.region(run.start)).into());
            }
            let (connection, sql) = learn.unwrap_or_else(|| {
                let sql = SqlText {
                    text: String::new(),
                    start: gap.start,
                    holes: Vec::new(),
                    span: gap,
                };
                (missing_name(gap), sql)
            });
            Item::Predictor(Predictor {
                name,
                connection,
                sql,
                target: target.unwrap_or_else(|| missing_name(gap)),
                accept,
                retrain,
                documentation: source.documentation(run.start),
                span,
            })
        })
        .boxed()
}
