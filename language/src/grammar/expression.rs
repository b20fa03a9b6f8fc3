//! Values: names, literals, lists, records, calls, and what may follow one with `.`, `[` or `(`.

use chumsky::prelude::*;
use sophia_diagnostics::{Edit, Span, codes};

use super::literal::literal_or_range;
use super::parts::{
    Fault, Here, Reading, Rule, Until, absent, ahead, ahead_two, any_name, between, name,
    needed_word, place, skip, token, word,
};
use super::{later, operator, reading, stage, template, types, window};
use crate::layout::Lexeme;
use crate::mistake::{Mistake, Weight};
use crate::syntax::{
    Argument, Call, Expression, FieldValue, Name, TextPart, TextTemplate, TypeExpression,
};
use crate::tokens::TokenKind;
use crate::words::ends_value;

/// The rules for values.
#[derive(Clone)]
pub(super) struct Values<'a> {
    /// Without a pipeline: everything from `or` inwards.
    pub(super) plain: Rule<'a, Expression>,
    /// With a pipeline whose stages hold no commas: where a comma already separates.
    pub(super) item: Rule<'a, Expression>,
    /// With a pipeline whose stages may hold commas.
    pub(super) whole: Rule<'a, Expression>,
    /// A name with what follows it: `slack.post_message(…)`. Missing where none stands.
    pub(super) postfix: Rule<'a, Expression>,
    /// `"…"`
    pub(super) text: Rule<'a, TextTemplate>,
    /// `list of text`
    pub(super) of: Rule<'a, TypeExpression>,
}

/// Makes the rules for values.
pub(super) fn values<'a>() -> Values<'a> {
    let of = types::type_expression();
    let plain = recursive(|plain| {
        let plain = plain.boxed();
        inner(&plain, &of).0
    })
    .boxed();
    let (_, postfix, item) = inner(&plain, &of);
    let whole = stage::pipeline(plain.clone(), postfix.clone(), Until::Stage);
    Values {
        text: template::text(item.clone()),
        plain,
        item,
        whole,
        postfix,
        of,
    }
}

/// A value without a pipeline, made of itself; what stands in it; and an item of a list.
fn inner<'a>(
    plain: &Rule<'a, Expression>,
    of: &Rule<'a, TypeExpression>,
) -> (
    Rule<'a, Expression>,
    Rule<'a, Expression>,
    Rule<'a, Expression>,
) {
    let postfix = recursive(|postfix| {
        let postfix = postfix.boxed();
        let item = stage::pipeline(plain.clone(), postfix.clone(), Until::StageItem);
        let whole = stage::pipeline(plain.clone(), postfix.clone(), Until::Stage);
        suffixed(atom(plain, &postfix, &item, &whole), item, of.clone())
    })
    .boxed();
    let item = stage::pipeline(plain.clone(), postfix.clone(), Until::StageItem);
    let windowed = window::windowed(postfix.clone(), plain);
    (operator::operators(windowed), postfix, item)
}

fn atom<'a>(
    plain: &Rule<'a, Expression>,
    postfix: &Rule<'a, Expression>,
    item: &Rule<'a, Expression>,
    whole: &Rule<'a, Expression>,
) -> Rule<'a, Expression> {
    let list =
        between(TokenKind::OpenBracket, item.clone(), Until::Item).map_with(|items, here| {
            Expression::List {
                items,
                span: place(here),
            }
        });
    let group = token(TokenKind::OpenParenthesis)
        .ignore_then(whole.clone())
        .then(further(item))
        .then_ignore(super::parts::leftover(Until::Close))
        .then(token(TokenKind::CloseParenthesis).or_not())
        .validate(|((first, rest), close), here: &mut Here<'a, '_>, emitter| {
            if rest.is_empty() {
                return first;
            }
            let span = place(here);
            // One that is only taken for granted has no place in the text.
            let close = close.map(|close| close.span);
            let close = close.filter(|close| close.start < close.end);
            emitter.emit(in_square_brackets(span, close).into());
            Expression::List {
                items: std::iter::once(first).chain(rest).collect(),
                span,
            }
        });
    let choice_of_two = word("if")
        .ignore_then(plain.clone())
        .then_ignore(needed_word("then", "`then` with a value"))
        .then(plain.clone())
        .then_ignore(needed_word("else", "`else` with a value"))
        .then(plain.clone())
        .map_with(|((condition, then), otherwise), here| Expression::If {
            condition: Box::new(condition),
            then: Box::new(then),
            otherwise: Box::new(otherwise),
            span: place(here),
        });
    let later = ahead_two(later::begins_value)
        .ignore_then(any())
        .then_ignore(skip(Until::Item))
        .validate(|first: Lexeme<'a>, here: &mut Here<'a, '_>, emitter| {
            emitter.emit(later::mistake(&first, first.text).into());
            Expression::Missing(place(here))
        });
    let name = any()
        .filter(|lexeme: &Lexeme<'a>| lexeme.kind == TokenKind::Word && !ends_value(lexeme.text))
        .map(|lexeme: Lexeme<'a>| {
            Expression::Name(Name {
                text: lexeme.text.to_owned(),
                span: lexeme.span,
            })
        });
    let literal = literal_or_range();
    let text = template::text(item.clone()).map(Expression::Text).boxed();
    let list = list.boxed();
    let record = record(item.clone());
    let group = group.boxed();
    let choice_of_two = choice_of_two.boxed();
    let special = reading::reading(plain, postfix).or(later).boxed();
    let name = name.boxed();
    custom(move |input: &mut Reading<'a, '_>| {
        let next = input.peek_ref().ok_or(Fault::Unexpected)?;
        match next.kind {
            TokenKind::Word => match next.text {
                "if" => input.parse(&choice_of_two),
                "true" | "false" | "none" => input.parse(&literal),
                "search" | "find" | "read" | "start" | "end" | "history" | "every" | "chart" => {
                    let before = input.save();
                    input.parse(&special).or_else(|_| {
                        input.rewind(before);
                        input.parse(&name)
                    })
                }
                _ if next.text.len() == 3
                    && next.text.bytes().all(|byte| byte.is_ascii_uppercase()) =>
                {
                    let before = input.save();
                    input.parse(&literal).or_else(|_| {
                        input.rewind(before);
                        input.parse(&name)
                    })
                }
                _ => input.parse(&name),
            },
            TokenKind::TextStart => input.parse(&text),
            TokenKind::OpenBracket => input.parse(&list),
            TokenKind::OpenBrace => input.parse(&record),
            TokenKind::OpenParenthesis => input.parse(&group),
            _ => input.parse(&literal),
        }
    })
    .boxed()
}

/// What follows a comma in round brackets: the further items of a list.
fn further<'a>(item: &Rule<'a, Expression>) -> Rule<'a, Vec<Expression>> {
    let items = super::parts::items(item.clone(), Until::Item);
    custom(move |input: &mut Reading<'a, '_>| {
        if (input.peek_ref()).is_none_or(|next| next.kind != TokenKind::Comma) {
            return Ok(Vec::new());
        }
        input.skip();
        input.parse(&items)
    })
    .boxed()
}

/// A list as SQL writes it: `("a", "b")`.
fn in_square_brackets(span: Span, close: Option<Span>) -> Mistake {
    let mut mistake = Mistake::new(
        codes::S101,
        Weight::Slip,
        span,
        "The items of a list stand in square brackets.",
    )
    .labelled("a list");
    if let Some(close) = close {
        let edit = |span, text: &str| Edit {
            span,
            text: text.to_owned(),
        };
        let edits = vec![
            edit(Span::new(span.start as usize, span.start as usize + 1), "["),
            edit(close, "]"),
        ];
        mistake.fix = Some(("write `[…]`".to_owned(), edits));
    }
    mistake
}

/// A value that must stand here; missing where none does.
fn or_missing(atom: Rule<'_, Expression>) -> Rule<'_, Expression> {
    let absent = empty().validate(|(), here: &mut Here<'_, '_>, emitter| {
        let at = here.span().start;
        let source = here.state();
        let before = at
            .checked_sub(1)
            .and_then(|before| source.lexeme(before))
            .map_or("", |before| before.text);
        let what = match before {
            "where" | "when" | "if" | "ensure" => "A condition such as `risk >= 70%`",
            "and" | "or" | "not" => "A condition",
            "do" => "A call such as `slack.post_message(…)`",
            "for" | "per" => "A name",
            _ => "A value",
        };
        emitter.emit(source.expected(at, what).into());
        Expression::Missing(source.gap(at))
    });
    atom.or(absent).boxed()
}

/// `{ field: value }`
pub(super) fn record(item: Rule<'_, Expression>) -> Rule<'_, Expression> {
    ahead(|lexeme| !lexeme.opens_lines)
        .ignore_then(between(
            TokenKind::OpenBrace,
            field(item, TokenKind::Colon),
            Until::Item,
        ))
        .map_with(|fields, here| Expression::Record {
            fields,
            span: place(here),
        })
        .boxed()
}

/// `field: value`, or `column = value` with another sign.
pub(super) fn field(item: Rule<'_, Expression>, sign: TokenKind) -> Rule<'_, FieldValue> {
    let text_key = template::text(item.clone()).map(|text| Name {
        text: text
            .parts
            .iter()
            .filter_map(|part| match part {
                TextPart::Plain(plain) => Some(plain.as_str()),
                TextPart::Hole(_) => None,
            })
            .collect(),
        span: text.span,
    });
    let (what, missing) = if sign == TokenKind::Colon {
        (
            "A field such as `name: value`",
            "`:` after the field's name",
        )
    } else {
        (
            "A column such as `name = value`",
            "`=` after the column's name",
        )
    };
    let key = ahead(move |lexeme| lexeme.kind == sign)
        .ignore_then(name("A name"))
        .or(any_name())
        .or(text_key)
        .or(absent(what).map(|span| Name {
            text: String::new(),
            span,
        }));
    key.then(
        token(sign)
            .ignore_then(item.clone())
            .or(ahead(begins_operand)
                .ignore_then(absent(missing))
                .ignore_then(item)
                .or(absent(missing).map(Expression::Missing))),
    )
    .map(|(name, value)| FieldValue { name, value })
    .boxed()
}

/// Whether a value can begin with this.
pub(super) fn begins_operand(lexeme: &Lexeme<'_>) -> bool {
    match lexeme.kind {
        TokenKind::Word => !ends_value(lexeme.text),
        kind => matches!(
            kind,
            TokenKind::Integer
                | TokenKind::Number
                | TokenKind::Percent
                | TokenKind::Money
                | TokenKind::Date
                | TokenKind::Time
                | TokenKind::TextStart
                | TokenKind::SingleQuoted
                | TokenKind::OpenBrace
                | TokenKind::OpenBracket
                | TokenKind::OpenParenthesis
        ),
    }
}

enum Suffix {
    Field(Name, bool),
    Index(Expression),
    Call(Vec<Argument>),
    As(TypeExpression),
}

/// Whether a call is the `IF(…)` of a spreadsheet; the layout has said how it is written here.
fn is_spreadsheet_if(callee: &Expression) -> bool {
    matches!(callee, Expression::Name(name) if name.text == "IF")
}

/// The choice that `IF(condition, then, otherwise)` means.
fn chosen(arguments: Vec<Argument>, span: Span) -> Expression {
    let mut values = arguments
        .into_iter()
        .map(|argument| Box::new(argument.value));
    match (values.next(), values.next(), values.next()) {
        (Some(condition), Some(then), Some(otherwise)) => Expression::If {
            condition,
            then,
            otherwise,
            span,
        },
        _ => Expression::Missing(span),
    }
}

/// A value with what follows it.
fn suffixed<'a>(
    atom: Rule<'a, Expression>,
    item: Rule<'a, Expression>,
    of: Rule<'a, TypeExpression>,
) -> Rule<'a, Expression> {
    let field = token(TokenKind::Dot)
        .to(false)
        .or(token(TokenKind::QuestionDot).to(true))
        .then(
            any_name().or(absent("A name after the dot").map(|span| Name {
                text: String::new(),
                span,
            })),
        )
        .map(|(optional, name)| Suffix::Field(name, optional));
    let index = token(TokenKind::OpenBracket)
        .ignore_then(item.clone())
        .then_ignore(super::parts::leftover(Until::Close))
        .then_ignore(token(TokenKind::CloseBracket).or_not())
        .map(Suffix::Index);
    let argument_name =
        ahead_two(|first, second| first.kind == TokenKind::Word && second.kind == TokenKind::Colon)
            .ignore_then(any_name())
            .then_ignore(token(TokenKind::Colon));
    let nameless = token(TokenKind::Colon)
        .validate(|_, here: &mut Here<'a, '_>, emitter| {
            let at = here.span().start;
            emitter.emit(here.state().expected(at, "An argument's name").into());
        })
        .or_not();
    let argument = argument_name
        .or_not()
        .then_ignore(nameless)
        .then(item)
        .map(|(name, value)| Argument { name, value })
        .boxed();
    let call = between(TokenKind::OpenParenthesis, argument, Until::Item).map(Suffix::Call);
    let format = word("as")
        .then_ignore(ahead(|lexeme| {
            lexeme.kind == TokenKind::TextStart || lexeme.is_word("pdf")
        }))
        .then_ignore(skip(Until::Item))
        .validate(|first, here: &mut Here<'a, '_>, emitter| {
            emitter.emit(later::mistake(&first, "as FORMAT").into());
            Suffix::As(TypeExpression::Missing(place(here)))
        });
    let conversion = format.or(word("as").ignore_then(of).map(Suffix::As));
    let (field, index, call, conversion) = (
        field.boxed(),
        index.boxed(),
        call.boxed(),
        conversion.boxed(),
    );
    let atom = or_missing(atom);
    custom(move |input: &mut Reading<'a, '_>| {
        let before = input.cursor();
        let mut of = input.parse(&atom)?;
        while let Some(next) = input.peek_ref() {
            let suffix = match next.kind {
                TokenKind::Dot | TokenKind::QuestionDot => input.parse(&field)?,
                TokenKind::OpenBracket => input.parse(&index)?,
                TokenKind::OpenParenthesis => input.parse(&call)?,
                TokenKind::Word if next.text == "as" => input.parse(&conversion)?,
                _ => break,
            };
            let run = input.span_since(&before);
            let span = of.span().to(input.state().span(run));
            of = match suffix {
                Suffix::Field(name, optional) => Expression::Field {
                    of: Box::new(of),
                    name,
                    optional,
                    span,
                },
                Suffix::Index(key) => Expression::Index {
                    of: Box::new(of),
                    key: Box::new(key),
                    span,
                },
                Suffix::Call(arguments) if is_spreadsheet_if(&of) => chosen(arguments, span),
                Suffix::Call(arguments) => Expression::Call(Call {
                    callee: Box::new(of),
                    arguments,
                    span,
                }),
                Suffix::As(to) => Expression::As {
                    value: Box::new(of),
                    to: Box::new(to),
                    span,
                },
            };
        }
        Ok(of)
    })
    .boxed()
}
