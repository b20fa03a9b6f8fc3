//! Values that begin with a word of their own: searches, found metrics, files that are read, and the
//! ends of periods.

use chumsky::prelude::*;
use sophia_diagnostics::Span;

use super::parts::{Here, Rule, absent, ahead_two, name, needed_word, one_word, place, word};
use crate::layout::Lexeme;
use crate::syntax::{Edge, Expression, Period, TypeExpression, Which};
use crate::tokens::TokenKind;

/// All of them. `plain` is a value without a pipeline, `postfix` one without operators.
pub(super) fn reading<'a>(
    plain: &Rule<'a, Expression>,
    postfix: &Rule<'a, Expression>,
) -> Rule<'a, Expression> {
    choice((
        search(plain, postfix),
        find_metrics(postfix),
        read_file(postfix),
        boundary(),
    ))
    .boxed()
}

fn spoken(first: &'static str) -> impl Fn(&Lexeme<'_>, &Lexeme<'_>) -> bool {
    move |begin, second| {
        begin.is_word(first)
            && second.kind == TokenKind::Word
            && !crate::words::ends_value(second.text)
            && !super::parts::begins_modifier(second)
    }
}

/// `search handbook for question take 6 where …`
fn search<'a>(
    plain: &Rule<'a, Expression>,
    postfix: &Rule<'a, Expression>,
) -> Rule<'a, Expression> {
    let take = word("take").ignore_then(postfix.clone()).or_not();
    let condition = word("where").ignore_then(plain.clone()).or_not();
    ahead_two(spoken("search"))
        .ignore_then(word("search"))
        .ignore_then(name("Knowledge from the manifest such as `handbook`"))
        .then_ignore(needed_word("for", "`for` with a text"))
        .then(postfix.clone())
        .then(take)
        .then(condition)
        .map_with(
            |(((knowledge, text), take), condition), here| Expression::Search {
                knowledge,
                text: Box::new(text),
                take: take.map(Box::new),
                condition: condition.map(Box::new),
                span: place(here),
            },
        )
        .boxed()
}

/// `find metrics for question take 3`
fn find_metrics<'a>(postfix: &Rule<'a, Expression>) -> Rule<'a, Expression> {
    let take = word("take").ignore_then(postfix.clone()).or_not();
    ahead_two(|first, second| first.is_word("find") && second.is_word("metrics"))
        .ignore_then(word("find"))
        .ignore_then(word("metrics"))
        .ignore_then(needed_word("for", "`for` with a text"))
        .ignore_then(postfix.clone())
        .then(take)
        .map_with(|(text, take), here| Expression::FindMetrics {
            text: Box::new(text),
            take: take.map(Box::new),
            span: place(here),
        })
        .boxed()
}

/// `read csv upload.path as table of { … }`
fn read_file<'a>(postfix: &Rule<'a, Expression>) -> Rule<'a, Expression> {
    ahead_two(spoken("read"))
        .ignore_then(word("read"))
        .ignore_then(name("A format such as `csv`"))
        .then(postfix.clone())
        .validate(|(format, path), here: &mut Here<'a, '_>, emitter| {
            let span = place(here);
            let (path, of) = match path {
                Expression::As { value, to, .. } => (value, *to),
                path => {
                    let at = here.span().end;
                    let source = here.state();
                    if !matches!(path, Expression::Missing(_)) {
                        emitter.emit(
                            source
                                .expected(at, "`as table of` with the type of a row")
                                .into(),
                        );
                    }
                    (Box::new(path), TypeExpression::Missing(source.gap(at)))
                }
            };
            Expression::Read {
                format,
                path,
                of,
                span,
            }
        })
        .boxed()
}

/// `start of quarter`, `end of last month`
fn boundary<'a>() -> Rule<'a, Expression> {
    let which = one_word(&["last", "this", "next"])
        .map(|found| match found.text {
            "last" => Which::Last,
            "next" => Which::Next,
            _ => Which::This,
        })
        .or(empty().to(Which::This));
    let period = one_word(&["day", "week", "month", "quarter", "year"])
        .map(|found| {
            Some(match found.text {
                "day" => Period::Day,
                "week" => Period::Week,
                "month" => Period::Month,
                "quarter" => Period::Quarter,
                _ => Period::Year,
            })
        })
        .or(absent("A period: `day`, `week`, `month`, `quarter` or `year`").map(|_| None));
    ahead_two(|first, second| {
        matches!(first.text, "start" | "end")
            && first.kind == TokenKind::Word
            && second.is_word("of")
    })
    .ignore_then(one_word(&["start", "end"]))
    .then_ignore(word("of"))
    .then(which)
    .then(period)
    .map_with(|((edge, which), period), here| {
        let span: Span = place(here);
        let edge = if edge.text == "start" {
            Edge::Start
        } else {
            Edge::End
        };
        match period {
            Some(period) => Expression::Boundary {
                edge,
                which,
                period,
                span,
            },
            None => Expression::Missing(span),
        }
    })
    .boxed()
}
