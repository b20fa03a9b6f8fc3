//! Declarations: everything in a file that is not a step or a test.

use chumsky::prelude::*;
use sophia_diagnostics::Span;

use super::clause::{PredictorClause, model_clause, predictor_clause, schedule};
use super::expression::Values;
use super::parts::{
    Here, Rule, Until, absent, ahead, between, count, leftover, name, needed_word, one_word,
    path_name, place, token, word,
};
use super::types::type_expression;
use super::{later, template};
use crate::syntax::{
    Block, Clause, Input, Item, Model, Name, OnFailure, Parameter, Predictor, Query, SqlText,
    TextPart, Trigger, TriggerKind, TypeDeclaration, Use,
};
use crate::tokens::TokenKind;

/// Every declaration but `test`.
pub(super) fn declaration<'a>(values: &Values<'a>, block: &Rule<'a, Block>) -> Rule<'a, Item> {
    choice((
        grant(),
        zone(values),
        trigger(),
        input(values),
        type_declaration(),
        query(values),
        predictor(values),
        model(values),
        on_failure(block),
    ))
    .boxed()
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

fn trigger<'a>() -> Rule<'a, Item> {
    let request = word("on")
        .ignore_then(word("request"))
        .then_ignore(
            ahead(|lexeme| matches!(lexeme.kind, TokenKind::OpenParenthesis | TokenKind::Arrow))
                .ignore_then(any())
                .validate(|found, _, emitter| {
                    emitter.emit(later::mistake(&found, "on request (…)").into());
                })
                .then_ignore(super::parts::skip(Until::Line))
                .or_not(),
        )
        .map_with(|_, here| TriggerKind::Request {
            parameters: Vec::new(),
            result: None,
            span: place(here),
        });
    let outside = word("on").ignore_then(
        later::passed_over(
            &[
                "webhook", "event", "file", "change", "message", "resource", "feedback",
            ],
            Until::Line,
        )
        .map(TriggerKind::Error),
    );
    let silence = later::passed_over(&["when"], Until::Line).map(TriggerKind::Error);
    let timed =
        schedule("A schedule such as `every weekday at 08:00`").map_with(|read, here| match read {
            Some((schedule, phrase)) => TriggerKind::Schedule { schedule, phrase },
            None => TriggerKind::Error(place(here)),
        });
    word("trigger")
        .ignore_then(choice((
            request.boxed(),
            outside.boxed(),
            silence.boxed(),
            timed.boxed(),
        )))
        .map_with(|kind, here| {
            let run = here.span();
            Item::Trigger(Trigger {
                kind,
                binding: None,
                with: None,
                documentation: here.state().documentation(run.start),
                span: place(here),
            })
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
        .then(type_expression())
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

fn type_declaration<'a>() -> Rule<'a, Item> {
    let equals = token(TokenKind::Equal)
        .ignored()
        .or(ahead(|lexeme| lexeme.kind == TokenKind::OpenBrace)
            .or(absent("`{` with fields, or `=` with a type").ignored()));
    word("type")
        .ignore_then(name("A name such as `Advice`"))
        .then_ignore(equals)
        .then(type_expression())
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
fn parameters<'a>() -> Rule<'a, Vec<Parameter>> {
    let colon = token(TokenKind::Colon)
        .ignored()
        .or(absent("`:` with a type").ignored());
    let parameter = name("A parameter such as `industry: text`")
        .then_ignore(colon)
        .then(type_expression())
        .map(|(name, of)| Parameter { name, of });
    between(TokenKind::OpenParenthesis, parameter.boxed(), Until::Item)
}

fn query<'a>(values: &Values<'a>) -> Rule<'a, Item> {
    let rows = one_word(&["row", "rows"])
        .ignored()
        .or(absent("`rows`").ignored());
    let bound = ahead(|lexeme| lexeme.is_word("at") || lexeme.is_word("most"))
        .ignore_then(needed_word("at", "`at most` with a number"))
        .ignore_then(needed_word("most", "`most` with a number"))
        .ignore_then(count("A number such as `200`"))
        .then_ignore(rows)
        .map_with(|number, here| (number, place(here)));
    let at_most = token(TokenKind::Comma)
        .ignored()
        .or(ahead(|lexeme| lexeme.is_word("at")).ignore_then(absent("A comma").ignored()))
        .ignore_then(bound)
        .or_not();
    word("query")
        .ignore_then(name("A name such as `customers`"))
        .then(parameters().or_not())
        .then_ignore(needed_word("from", "`from` with a connection"))
        .then(name("A connection such as `warehouse`"))
        .then(at_most)
        .then_ignore(leftover(Until::Block))
        .then(template::sql(values.item.clone()))
        .map_with(|((((name, parameters), connection), at_most), sql), here| {
            let run = here.span();
            Item::Query(Query {
                name,
                parameters: parameters.unwrap_or_default(),
                connection,
                at_most,
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

fn predictor<'a>(values: &Values<'a>) -> Rule<'a, Item> {
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

fn model<'a>(values: &Values<'a>) -> Rule<'a, Item> {
    let arrow = token(TokenKind::Arrow)
        .ignored()
        .or(absent("`->` with a type").ignored());
    let clauses = between(TokenKind::OpenBrace, model_clause(values), Until::Line)
        .or(absent("A body between `{` and `}`").map(|_| Vec::<Clause>::new()));
    let parameters = parameters()
        .or(absent("A list of parameters such as `(deal: row of deals)`").map(|_| Vec::new()));
    word("model")
        .ignore_then(name("A name such as `advise`"))
        .then(parameters)
        .then_ignore(arrow)
        .then(type_expression())
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

fn on_failure<'a>(block: &Rule<'a, Block>) -> Rule<'a, Item> {
    let binding = word("as").ignore_then(name("A name such as `f`")).or_not();
    word("on")
        .ignore_then(needed_word("failure", "`failure` with a block"))
        .ignore_then(binding)
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
