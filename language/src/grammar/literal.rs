//! Literals: the token says which one, the phrases say what it means.

use chumsky::prelude::*;
use sophia_diagnostics::{Span, codes};
use sophia_phrases::{About, Literal, PhraseError};

use super::parts::{Here, Rule, ahead, ahead_two, place, token};
use super::source::Source;
use crate::layout::Lexeme;
use crate::mistake::{Mistake, Weight};
use crate::syntax::{Expression, Name, TextPart, TextTemplate};
use crate::tokens::TokenKind;

/// Words behind a number that make it a length of time, or were meant to.
const UNITS: &[&str] = &[
    "ms",
    "s",
    "sec",
    "secs",
    "m",
    "min",
    "mins",
    "h",
    "hr",
    "hrs",
    "d",
    "w",
    "wk",
    "wks",
    "month",
    "months",
    "quarter",
    "quarters",
    "year",
    "years",
    "millisecond",
    "milliseconds",
    "second",
    "seconds",
    "minute",
    "minutes",
    "hour",
    "hours",
    "day",
    "days",
    "week",
    "weeks",
];

/// What a phrase in the file means, or a mistake and nothing.
pub(super) fn read<T>(
    source: &Source<'_>,
    span: Span,
    region: u32,
    meaning: Result<T, PhraseError>,
    code: sophia_diagnostics::Code,
) -> Result<T, Box<Mistake>> {
    meaning.map_err(|error| {
        let limit = span.range().len();
        let start = error.span.start.min(limit);
        let end = error.span.end.clamp(start, limit);
        let inner = Span::new(start, end).shifted(span.start);
        let label = if source.slice(inner).is_empty() {
            "something is missing here"
        } else {
            "not understood"
        };
        let code = match error.about {
            About::Phrase => code,
            About::Zone => codes::S813,
        };
        let mistake = Mistake::new(code, Weight::Cause, inner, error.message)
            .labelled(label)
            .within(region);
        let fixed = error.fix.filter(|(place, _)| place.end <= limit);
        Box::new(match fixed {
            Some((place, text)) => {
                let place = Span::new(place.start, place.end).shifted(span.start);
                mistake.fix(format!("write `{text}`"), place, text)
            }
            None => mistake,
        })
    })
}

fn is_number(lexeme: &Lexeme<'_>) -> bool {
    matches!(lexeme.kind, TokenKind::Integer | TokenKind::Number)
}

/// Words behind a number that were meant to make it an amount of money.
const CURRENCIES: &[&str] = &[
    "usd", "eur", "gbp", "dollar", "dollars", "euro", "euros", "pound", "pounds",
];

/// Words behind a time that were meant to say which half of the day.
const HALVES: &[&str] = &["am", "pm", "AM", "PM"];

fn is_currency(lexeme: &Lexeme<'_>) -> bool {
    lexeme.kind == TokenKind::Word
        && lexeme.text.len() == 3
        && lexeme.text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// A literal of two lexemes, told by both.
fn pair<'a>(
    asked: fn(&Lexeme<'a>, &Lexeme<'a>) -> bool,
    meaning: fn(&str) -> Result<Literal, PhraseError>,
) -> Rule<'a, Expression> {
    ahead_two(asked)
        .ignore_then(any().then(any()))
        .validate(move |(first, _), here: &mut Here<'a, '_>, emitter| {
            let span = place(here);
            let source = *here.state();
            let text = source.slice(span);
            match read(&source, span, first.region, meaning(text), codes::S119) {
                Ok(value) => Expression::Literal { value, span },
                Err(mistake) => {
                    emitter.emit(mistake.into());
                    Expression::Missing(span)
                }
            }
        })
        .boxed()
}

fn single<'a>() -> Rule<'a, Expression> {
    any()
        .filter(|lexeme: &Lexeme<'a>| {
            matches!(
                lexeme.kind,
                TokenKind::Integer
                    | TokenKind::Number
                    | TokenKind::Percent
                    | TokenKind::Money
                    | TokenKind::Date
                    | TokenKind::Time
            ) || (lexeme.kind == TokenKind::Word
                && matches!(lexeme.text, "true" | "false" | "none"))
        })
        .validate(|lexeme, here: &mut Here<'a, '_>, emitter| {
            let span = lexeme.span;
            let source = *here.state();
            let meaning = match lexeme.kind {
                TokenKind::Word => Ok(match lexeme.text {
                    "true" => Literal::Boolean(true),
                    "false" => Literal::Boolean(false),
                    _ => Literal::None,
                }),
                TokenKind::Number => Ok(Literal::Number(lexeme.text.to_owned())),
                TokenKind::Percent => sophia_phrases::percent(lexeme.text),
                TokenKind::Money => sophia_phrases::money(lexeme.text),
                TokenKind::Date => sophia_phrases::date(lexeme.text),
                TokenKind::Time => sophia_phrases::time(lexeme.text),
                _ => lexeme.text.parse().map(Literal::Integer).map_err(|_| {
                    PhraseError::new(
                        0..lexeme.text.len(),
                        format!("`{}` is too large for a whole number.", lexeme.text),
                    )
                }),
            };
            match read(&source, span, lexeme.region, meaning, codes::S119) {
                Ok(value) => Expression::Literal { value, span },
                Err(mistake) => {
                    emitter.emit(mistake.into());
                    Expression::Missing(span)
                }
            }
        })
        .boxed()
}

/// `'text'`: the layout has already said how text is written.
fn single_quoted<'a>() -> Rule<'a, Expression> {
    token(TokenKind::SingleQuoted)
        .map(|lexeme| {
            let plain = lexeme.text.trim_matches(['\'', '“', '”']).to_owned();
            Expression::Text(TextTemplate {
                parts: vec![TextPart::Plain(plain)],
                block: false,
                span: lexeme.span,
            })
        })
        .boxed()
}

/// A literal, or a range of two such as `1..5`.
pub(super) fn literal_or_range<'a>() -> Rule<'a, Expression> {
    let to = token(TokenKind::Range).ignore_then(
        literal().or(super::parts::absent("The upper end of the range").map(Expression::Missing)),
    );
    literal()
        .then(to.or_not())
        .map_with(|(from, to), here| match to {
            None => from,
            Some(to) => Expression::Range {
                from: Box::new(from),
                to: Box::new(to),
                span: place(here),
            },
        })
        .boxed()
}

/// Any literal but a text between double quotes.
pub(super) fn literal<'a>() -> Rule<'a, Expression> {
    let duration = pair(
        |first, second| is_number(first) && UNITS.contains(&second.text),
        sophia_phrases::length,
    );
    let money = pair(
        |first, second| {
            let amount = is_number(first) || first.kind == TokenKind::Money;
            (amount && (is_currency(second) || CURRENCIES.contains(&second.text)))
                || (is_currency(first) && is_number(second))
        },
        sophia_phrases::money,
    );
    let half = pair(
        |first, second| {
            matches!(first.kind, TokenKind::Integer | TokenKind::Time)
                && HALVES.contains(&second.text)
        },
        sophia_phrases::time,
    );
    let date_time = pair(
        |first, second| first.kind == TokenKind::Date && second.kind == TokenKind::Time,
        sophia_phrases::date_time,
    );
    choice((duration, money, date_time, half, single(), single_quoted())).boxed()
}

/// A duration that must stand here, as a literal.
pub(super) fn duration<'a>() -> Rule<'a, Expression> {
    time_span(literal())
}

/// A value that must stand here and be a length of time; of a literal it is known here whether it is.
pub(super) fn time_span(value: Rule<'_, Expression>) -> Rule<'_, Expression> {
    ahead(super::expression::begins_operand)
        .ignore_then(value)
        .validate(|value, here: &mut Here<'_, '_>, emitter| {
            if let Expression::Literal {
                value: Literal::Months { .. },
                span,
            } = value
            {
                let (source, at) = (*here.state(), here.span().start);
                let region = source.region(at);
                let meaning = sophia_phrases::duration(source.slice(span));
                if let Err(mistake) = read(&source, span, region, meaning, codes::S119) {
                    emitter.emit(mistake.into());
                }
                return Expression::Missing(span);
            }
            let other = matches!(value, Expression::Text(_) | Expression::Record { .. })
                || matches!(
                    &value,
                    Expression::Literal { value, .. } if !matches!(value, Literal::Duration { .. })
                );
            if other {
                let at = here.span().start;
                let mistake = here
                    .state()
                    .expected(at, "A length of time such as `10 minutes`");
                emitter.emit(mistake.into());
            }
            value
        })
        .or(super::parts::absent("A length of time such as `10 minutes`").map(Expression::Missing))
        .boxed()
}

/// The name `money` carries, such as the `USD` of `money USD`.
pub(super) fn currency<'a>() -> Rule<'a, Name> {
    any()
        .filter(is_currency)
        .map(|lexeme: Lexeme<'a>| Name {
            text: lexeme.text.to_owned(),
            span: lexeme.span,
        })
        .boxed()
}
