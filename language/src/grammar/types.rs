//! Types as they are written, and the fields of a record type.

use chumsky::prelude::*;
use sophia_diagnostics::{Span, codes};

use super::foreign_types::{array, behind, foreign};
use super::literal::{currency, literal};
use super::parts::{
    Here, Reading, Rule, Until, absent, ahead, ahead_two, any_name, between, name, needed_word,
    path_name, place, token, word,
};
use super::template;
use crate::layout::Lexeme;
use crate::mistake::{Mistake, Weight};
use crate::syntax::{Expression, FieldDeclaration, Label, Name, TypeExpression};
use crate::tokens::TokenKind;

/// A type; missing where none stands.
pub(super) fn type_expression<'a>() -> Rule<'a, TypeExpression> {
    recursive(|of| {
        let of = of.boxed();
        let optional = token(TokenKind::Question).or(token(TokenKind::Coalesce));
        let plain = base(&of);
        let with_habits = custom(move |input: &mut Reading<'a, '_>| {
            let item = input.parse(&plain)?;
            Ok(behind(item, input))
        });
        with_habits
            .foldl_with(optional.repeated(), |item, _, here| {
                TypeExpression::Optional {
                    span: item.span().to(place(here)),
                    item: Box::new(item),
                }
            })
            .or(absent("A type such as `text`, `percent` or `list of text`")
                .map(TypeExpression::Missing))
            .boxed()
    })
    .boxed()
}

fn base<'a>(of: &Rule<'a, TypeExpression>) -> Rule<'a, TypeExpression> {
    let list = word("list")
        .or(array())
        .ignore_then(needed_word("of", "`of` with a type"))
        .ignore_then(of.clone())
        .map_with(|item, here| TypeExpression::List {
            item: Box::new(item),
            span: place(here),
        });
    let table = word("table")
        .ignore_then(needed_word("of", "`of` with a type"))
        .ignore_then(of.clone())
        .map_with(|row, here| TypeExpression::Table {
            row: Box::new(row),
            span: place(here),
        });
    let row_of = reuse("row").map_with(|source, here| TypeExpression::RowOf {
        source,
        span: place(here),
    });
    let type_of = reuse("type").map_with(|source, here| TypeExpression::TypeOf {
        source,
        span: place(here),
    });
    let money = word("money")
        .ignore_then(currency())
        .map_with(|currency, here| TypeExpression::Money {
            currency,
            span: place(here),
        });
    let named = ahead(|lexeme| lexeme.kind == TokenKind::Word)
        .ignore_then(path_name("A type"))
        .map(TypeExpression::Named);
    let record = ahead(|lexeme| !lexeme.opens_lines)
        .ignore_then(between(
            TokenKind::OpenBrace,
            field(of.clone()),
            Until::Item,
        ))
        .map_with(|fields, here| TypeExpression::Record {
            fields,
            span: place(here),
        });
    choice((
        foreign(of),
        list.boxed(),
        table.boxed(),
        row_of.boxed(),
        type_of.boxed(),
        money.boxed(),
        literals(),
        named.boxed(),
        record.boxed(),
    ))
    .boxed()
}

/// `0-100` and `0 to 100`, which are written `0..100`: what stands between the ends.
fn range_by_another_word<'a>() -> Rule<'a, Lexeme<'a>> {
    token(TokenKind::Minus)
        .or(word("to"))
        .validate(|between, here: &mut Here<'a, '_>, emitter| {
            let at = here.span();
            let source = here.state();
            let left = source.lexeme(at.start.saturating_sub(1));
            let right = source.lexeme(at.end);
            let (Some(left), Some(right)) = (left, right) else {
                return between;
            };
            let ends = Span {
                start: left.span.end,
                end: right.span.start,
            };
            emitter.emit(
                Mistake::new(
                    codes::S101,
                    Weight::Slip,
                    between.span,
                    format!(
                        "A range is written with two dots, as in `{}..{}`.",
                        left.text, right.text
                    ),
                )
                .labelled("not between the ends of a range")
                .fix(format!("write `{}..{}`", left.text, right.text), ends, "..")
                .within(between.region)
                .into(),
            );
            between
        })
        .boxed()
}

/// `"call" or "email"` and `"call" / "email"`, which are written with `|`.
fn union_by_another_word<'a>() -> Rule<'a, Lexeme<'a>> {
    ahead_two(|first, second| {
        (first.is_word("or") || first.kind == TokenKind::Slash)
            && second.kind == TokenKind::TextStart
    })
    .ignore_then(any())
    .validate(|between: Lexeme<'a>, _, emitter| {
        emitter.emit(
            Mistake::new(
                codes::S101,
                Weight::Slip,
                between.span,
                "The values that may stand here are written with `|` between them.",
            )
            .labelled("not between the values of a type")
            .fix("write `|`", between.span, "|")
            .within(between.region)
            .into(),
        );
        between
    })
    .boxed()
}

/// `row of customers`
fn reuse<'a>(first: &'static str) -> Rule<'a, Name> {
    word(first)
        .ignore_then(needed_word("of", "`of` with a name"))
        .ignore_then(path_name("A name"))
        .boxed()
}

/// `"call" | "email"`, `1..5`
fn literals<'a>() -> Rule<'a, TypeExpression> {
    let nothing = empty()
        .map_with(|(), here| Expression::Missing(place(here)))
        .boxed();
    let value = literal()
        .or(template::text(nothing).map(Expression::Text))
        .boxed();
    let begins = |lexeme: &Lexeme<'a>| {
        !matches!(lexeme.kind, TokenKind::Word | TokenKind::LineEnd) && !lexeme.ends_item()
    };
    let more = token(TokenKind::Pipe)
        .or(union_by_another_word())
        .then_ignore(ahead(begins))
        .ignore_then(value.clone())
        .repeated()
        .collect::<Vec<_>>();
    let is_number = |lexeme: &Lexeme<'a>| lexeme.kind == TokenKind::Integer;
    let by_another_word = ahead_two(move |first, second| {
        (first.kind == TokenKind::Minus || first.is_word("to")) && is_number(second)
    })
    .ignore_then(range_by_another_word())
    .ignore_then(value.clone());
    let range = token(TokenKind::Range)
        .ignore_then(
            value
                .clone()
                .or(absent("The upper end of the range").map(Expression::Missing)),
        )
        .or(by_another_word);
    let literals = value
        .clone()
        .then(range.map(Ok).or(more.map(Err)))
        .map_with(|(first, rest), here| match rest {
            Ok(to) => TypeExpression::Range {
                from: Box::new(first),
                to: Box::new(to),
                span: place(here),
            },
            Err(more) => TypeExpression::Union {
                literals: std::iter::once(first).chain(more).collect(),
                span: place(here),
            },
        });
    let open_range = token(TokenKind::Range)
        .rewind()
        .ignore_then(absent("The lower end of the range"))
        .then_ignore(token(TokenKind::Range))
        .then(
            value
                .clone()
                .or(empty().map_with(|(), here| Expression::Missing(place(here)))),
        )
        .map_with(|(from, to), here| TypeExpression::Range {
            from: Box::new(Expression::Missing(from)),
            to: Box::new(to),
            span: place(here),
        });
    let open_union = token(TokenKind::Pipe)
        .rewind()
        .ignore_then(absent("A value such as `\"low\"`"))
        .ignore_then(
            token(TokenKind::Pipe)
                .ignore_then(value)
                .repeated()
                .at_least(1)
                .collect(),
        )
        .map_with(|literals, here| TypeExpression::Union {
            literals,
            span: place(here),
        });
    literals.or(open_range).or(open_union).boxed()
}

/// `@pii.email`
pub(super) fn label<'a>() -> Rule<'a, Label> {
    token(TokenKind::Label)
        .map(|lexeme| Label {
            text: lexeme.text.trim_start_matches('@').to_owned(),
            span: lexeme.span,
        })
        .boxed()
}

/// `name: type @label`, with its `##`.
fn field(of: Rule<'_, TypeExpression>) -> Rule<'_, FieldDeclaration> {
    let key = any_name().or(name("A field such as `name: text`"));
    let typed = token(TokenKind::Colon)
        .ignore_then(of.clone())
        .or(ahead(|lexeme| !lexeme.ends_item())
            .ignore_then(absent("`:` after the field's name"))
            .ignore_then(of)
            .or(absent("`:` with a type").map(TypeExpression::Missing)));
    key.then(typed)
        .then(label().repeated().collect::<Vec<_>>())
        .map_with(|((name, of), labels), here| {
            let run = here.span();
            let source = here.state();
            FieldDeclaration {
                name,
                of,
                labels,
                documentation: source.field_documentation(run.start, run.end),
                span: source.span(run),
            }
        })
        .boxed()
}
