//! Types as SQL and other languages write them: read as what is meant, and told with how it is written here.
//!
//! Kept true here: a form is read where nothing of ours could stand in its place, and its fix leaves what is written
//! well inside it as it stands, so that a mistake in there is told and mended by itself.

use chumsky::prelude::*;
use sophia_diagnostics::{Edit, Span, codes};

use super::parts::{Fault, Here, Reading, Rule, Until, ahead_two, between, place, token, word};
use crate::habits::{TypeHabit, type_habit, type_meant, type_phrase};
use crate::layout::Lexeme;
use crate::mistake::{Mistake, Weight};
use crate::syntax::{Name, TypeExpression};
use crate::tokens::TokenKind;

/// A type that begins as another language's does.
pub(super) fn foreign<'a>(of: &Rule<'a, TypeExpression>) -> Rule<'a, TypeExpression> {
    choice((
        phrase(),
        bracketed(of),
        before(of),
        in_brackets(of),
        sized(),
    ))
    .boxed()
}

/// A mistake whose fix is made of these edits.
fn mistake(whole: Span, message: &str, ours: String, edits: Vec<Edit>) -> Mistake {
    let mut mistake =
        Mistake::new(codes::S101, Weight::Slip, whole, message).labelled("from another language");
    mistake.fix = Some((ours, edits));
    mistake
}

fn edit(span: Span, text: &str) -> Edit {
    Edit {
        span,
        text: text.to_owned(),
    }
}

/// The empty place behind a span.
fn end(of: Span) -> Span {
    Span {
        start: of.end,
        end: of.end,
    }
}

/// `double precision`, `character varying(20)`, `timestamp with time zone`
fn phrase<'a>() -> Rule<'a, TypeExpression> {
    let length = between(
        TokenKind::OpenParenthesis,
        token(TokenKind::Integer),
        Until::Item,
    );
    let two_words =
        ahead_two(|first, second| first.kind == TokenKind::Word && second.kind == TokenKind::Word);
    let read = custom(move |input: &mut Reading<'a, '_>| {
        let before = input.cursor();
        let at = input.span_since(&before).start;
        let source = **input.state();
        let words: Vec<&str> = (at..at + 4)
            .map_while(|at| source.lexeme(at))
            .take_while(|lexeme| lexeme.kind == TokenKind::Word)
            .map(|lexeme| lexeme.text)
            .collect();
        let first = source.lexeme(at).ok_or(Fault::Unexpected)?;
        let (length_of, meant) = type_phrase(&words).ok_or(Fault::Unexpected)?;
        for _ in 0..length_of {
            input.skip();
        }
        if (input.peek_ref()).is_some_and(|next| next.kind == TokenKind::OpenParenthesis) {
            input.parse(&length)?;
        }
        let whole = source.span(input.span_since(&before));
        let written = source.slice(whole);
        input.emit(
            mistake(
                whole,
                &format!("`{written}` is called `{meant}` here."),
                format!("write `{meant}`"),
                vec![edit(whole, meant)],
            )
            .within(first.region)
            .into(),
        );
        Ok(TypeExpression::Named(Name {
            text: meant.to_owned(),
            span: whole,
        }))
    });
    two_words.ignore_then(read).boxed()
}

/// `list<text>`, `array(text)`, `Optional[text]`, `map<text, integer>`, `enum("a", "b")`
fn bracketed<'a>(of: &Rule<'a, TypeExpression>) -> Rule<'a, TypeExpression> {
    let comma = token(TokenKind::Comma).ignored();
    let parts = (of.clone())
        .separated_by(comma)
        .at_least(1)
        .collect::<Vec<_>>()
        .boxed();
    ahead_two(|first, second| {
        first.kind == TokenKind::Word
            && closes(second.kind).is_some()
            && type_habit(first.text).is_some()
    })
    .ignore_then(custom(move |input: &mut Reading<'a, '_>| {
        let before = input.cursor();
        let head = input.next().ok_or(Fault::Unexpected)?;
        let open = input.next().ok_or(Fault::Unexpected)?;
        let source = **input.state();
        let parts = input.parse(&parts)?;
        let mut last = source.span(input.span_since(&before));
        let mut close = end(last);
        if let Some(next) = input.peek_ref()
            && Some(next.kind) == closes(open.kind)
        {
            close = next.span;
            last = close;
            input.skip();
        }
        let whole = head.span.to(last);
        let opening = head.span.to(open.span);
        let habit = type_habit(head.text).ok_or(Fault::Unexpected)?;
        let (told, read) = meant(habit, whole, opening, close, parts, |of| source.slice(of));
        input.emit(told.within(head.region).into());
        Ok(read)
    }))
    .boxed()
}

/// What a word with types in brackets means.
fn meant<'a>(
    habit: TypeHabit,
    whole: Span,
    opening: Span,
    close: Span,
    mut parts: Vec<TypeExpression>,
    slice: impl Fn(Span) -> &'a str,
) -> (Mistake, TypeExpression) {
    let are_values = (parts.iter()).all(|part| matches!(part, TypeExpression::Union { .. }));
    let habit = match habit {
        TypeHabit::Several if are_values => TypeHabit::OneOf,
        TypeHabit::OneOf if !are_values => TypeHabit::Several,
        other => other,
    };
    match (habit, parts.pop()) {
        (TypeHabit::Several, Some(item)) if parts.is_empty() => {
            let ours = format!("write `list of {}`", slice(item.span()));
            let edits = vec![edit(opening, "list of "), edit(close, "")];
            let item = Box::new(item);
            let read = TypeExpression::List { item, span: whole };
            (mistake(whole, SEVERAL, ours, edits), read)
        }
        (TypeHabit::Missable, Some(item)) if parts.is_empty() => {
            let (mark, ours, message) = may_be_missing(&item, &slice);
            let edits = vec![edit(opening, ""), edit(close, mark)];
            let read = TypeExpression::Optional {
                item: Box::new(item),
                span: whole,
            };
            (mistake(whole, message, ours, edits), read)
        }
        (TypeHabit::Needed, Some(item)) if parts.is_empty() => {
            let ours = format!("write `{}`", slice(item.span()));
            let edits = vec![edit(opening, ""), edit(close, "")];
            (mistake(whole, NEEDED, ours, edits), item)
        }
        (TypeHabit::OneOf, Some(last)) => {
            parts.push(last);
            let values: Vec<&str> = parts.iter().map(|part| slice(part.span())).collect();
            let values = values.join(" | ");
            let literals = (parts.into_iter()).flat_map(|part| match part {
                TypeExpression::Union { literals, .. } => literals,
                _ => Vec::new(),
            });
            let read = TypeExpression::Union {
                literals: literals.collect(),
                span: whole,
            };
            let message = "The values that may stand here are written with `|` between them.";
            let ours = format!("write `{values}`");
            let edits = vec![edit(whole, &values)];
            (mistake(whole, message, ours, edits), read)
        }
        _ => {
            let message = "What has names that only the run knows is `json`; where they are known it is a record.";
            let ours = "write `json`, or the fields: `{ name: text, amount: money }`".to_owned();
            let read = TypeExpression::Named(Name {
                text: "json".to_owned(),
                span: whole,
            });
            let edits = vec![edit(whole, "json")];
            (mistake(whole, message, ours, edits), read)
        }
    }
}

const SEVERAL: &str = "Several values of one type are a list.";

const NEEDED: &str = "A type without `?` is never missing, so nothing more is said.";

/// What stands behind a type that may be missing, how it is written as a whole, and what is told.
fn may_be_missing<'a>(
    item: &TypeExpression,
    slice: &impl Fn(Span) -> &'a str,
) -> (&'static str, String, &'static str) {
    let written = slice(item.span());
    match item {
        TypeExpression::List { .. } | TypeExpression::Table { .. } => (
            "",
            format!("write `{written}`"),
            "A list is empty instead of missing.",
        ),
        TypeExpression::Optional { .. } => ("", format!("write `{written}`"), MISSABLE),
        _ => ("?", format!("write `{written}?`"), MISSABLE),
    }
}

const MISSABLE: &str = "What may be missing has a `?` behind its type.";

/// `optional text`, `required text`
fn before<'a>(of: &Rule<'a, TypeExpression>) -> Rule<'a, TypeExpression> {
    let is_type = |lexeme: &Lexeme<'a>| {
        matches!(
            lexeme.kind,
            TokenKind::Word | TokenKind::OpenBrace | TokenKind::TextStart
        )
    };
    ahead_two(move |first, second| {
        first.kind == TokenKind::Word
            && matches!(
                type_habit(first.text),
                Some(TypeHabit::Missable | TypeHabit::Needed)
            )
            && is_type(second)
    })
    .ignore_then(token(TokenKind::Word))
    .then(of.clone())
    .validate(|(head, item), here: &mut Here<'a, '_>, emitter| {
        let whole = place(here);
        let source = **here.state();
        let opening = Span {
            start: head.span.start,
            end: item.span().start,
        };
        let slice = |of| source.slice(of);
        let (mark, ours, message) = if type_habit(head.text) == Some(TypeHabit::Needed) {
            ("", format!("write `{}`", slice(item.span())), NEEDED)
        } else {
            may_be_missing(&item, &slice)
        };
        let mut edits = vec![edit(opening, "")];
        if !mark.is_empty() {
            edits.push(edit(end(item.span()), mark));
        }
        let told = mistake(whole, message, ours, edits);
        emitter.emit(told.within(head.region).into());
        item
    })
    .boxed()
}

/// `[text]`, `["a", "b"]`
fn in_brackets<'a>(of: &Rule<'a, TypeExpression>) -> Rule<'a, TypeExpression> {
    token(TokenKind::OpenBracket)
        .then(
            of.clone()
                .separated_by(token(TokenKind::Comma))
                .at_least(1)
                .collect::<Vec<_>>(),
        )
        .then(token(TokenKind::CloseBracket))
        .validate(|((open, parts), close), here: &mut Here<'a, '_>, emitter| {
            let source = **here.state();
            let whole = open.span.to(close.span);
            let slice = |of| source.slice(of);
            let (told, read) = meant(
                TypeHabit::Several,
                whole,
                open.span,
                close.span,
                parts,
                slice,
            );
            emitter.emit(told.within(open.region).into());
            read
        })
        .boxed()
}

/// `varchar(20)`, `decimal(10, 2)`: types with a length, as SQL has them.
fn sized<'a>() -> Rule<'a, TypeExpression> {
    let is_sized = |first: &Lexeme<'a>, second: &Lexeme<'a>| {
        first.kind == TokenKind::Word
            && second.kind == TokenKind::OpenParenthesis
            && first.span.end == second.span.start
    };
    ahead_two(is_sized)
        .ignore_then(token(TokenKind::Word))
        .then(between(
            TokenKind::OpenParenthesis,
            token(TokenKind::Integer),
            Until::Item,
        ))
        .validate(|(first, _), here: &mut Here<'a, '_>, emitter| {
            let whole = place(here);
            let meant = match type_meant(first.text) {
                Some(meant) => meant,
                None => first.text,
            };
            emitter.emit(
                Mistake::new(
                    codes::S101,
                    Weight::Slip,
                    whole,
                    "A type has no length and no digits.",
                )
                .labelled("from SQL")
                .fix(format!("write `{meant}`"), whole, meant)
                .within(first.region)
                .into(),
            );
            TypeExpression::Missing(whole)
        })
        .boxed()
}

/// `array of text`, which is written `list of text`.
pub(super) fn array<'a>() -> Rule<'a, Lexeme<'a>> {
    ahead_two(|first, second| first.is_word("array") && second.is_word("of"))
        .ignore_then(word("array"))
        .validate(|first, _, emitter| {
            emitter.emit(
                Mistake::new(codes::S101, Weight::Slip, first.span, SEVERAL)
                    .labelled("from another language")
                    .fix("write `list`", first.span, "list")
                    .within(first.region)
                    .into(),
            );
            first
        })
        .boxed()
}

/// Reads what other languages write behind a type: `[]`, `null`, `not null`, `| none`, `or none`.
pub(super) fn behind(item: TypeExpression, input: &mut Reading<'_, '_>) -> TypeExpression {
    let mut item = item;
    loop {
        let at = input.span_since(&input.cursor()).start;
        let source = **input.state();
        let Some(first) = source.lexeme(at) else {
            return item;
        };
        let Some((says, length)) = said_behind(first, source.lexeme(at + 1)) else {
            return item;
        };
        let written = item.span();
        let last = source.lexeme(at + length - 1).unwrap_or(first).span;
        let whole = written.to(last);
        let rest = Span {
            start: written.end,
            end: last.end,
        };
        let slice = |of| source.slice(of);
        let told = match says {
            TypeHabit::Several => {
                let start = Span {
                    start: written.start,
                    end: written.start,
                };
                let ours = format!("write `list of {}`", slice(written));
                let edits = vec![edit(start, "list of "), edit(rest, "")];
                item = TypeExpression::List {
                    item: Box::new(item),
                    span: whole,
                };
                mistake(whole, SEVERAL, ours, edits)
            }
            TypeHabit::Missable => {
                let (mark, ours, message) = may_be_missing(&item, &slice);
                item = TypeExpression::Optional {
                    item: Box::new(item),
                    span: whole,
                };
                mistake(whole, message, ours, vec![edit(rest, mark)])
            }
            _ => {
                let ours = format!("write `{}`", slice(written));
                mistake(rest, NEEDED, ours, vec![edit(rest, "")])
            }
        };
        for _ in 0..length {
            input.skip();
        }
        input.emit(told.within(first.region).into());
    }
}

/// What the next lexemes say of the type before them, and how many they are.
fn said_behind(first: &Lexeme<'_>, second: Option<&Lexeme<'_>>) -> Option<(TypeHabit, usize)> {
    let is_word = |lexeme: &Lexeme<'_>, words: &[&str]| {
        lexeme.kind == TokenKind::Word
            && (words.iter()).any(|word| lexeme.text.eq_ignore_ascii_case(word))
    };
    let is_nothing = |lexeme: &Lexeme<'_>| is_word(lexeme, &["none", "null", "nil", "undefined"]);
    let then_nothing = second.is_some_and(is_nothing);
    let then_closed = second.is_some_and(|second| second.kind == TokenKind::CloseBracket);
    if first.kind == TokenKind::OpenBracket && then_closed {
        Some((TypeHabit::Several, 2))
    } else if is_word(first, &["not"]) && then_nothing {
        Some((TypeHabit::Needed, 2))
    } else if (first.kind == TokenKind::Pipe || is_word(first, &["or"])) && then_nothing {
        Some((TypeHabit::Missable, 2))
    } else if is_nothing(first) || is_word(first, &["optional", "nullable"]) {
        Some((TypeHabit::Missable, 1))
    } else if is_word(first, &["required", "mandatory"]) {
        Some((TypeHabit::Needed, 1))
    } else {
        None
    }
}

/// What closes a bracket in which other languages put types.
fn closes(open: TokenKind) -> Option<TokenKind> {
    match open {
        TokenKind::Less => Some(TokenKind::Greater),
        TokenKind::OpenBracket | TokenKind::OpenParenthesis => open.closed_by(),
        _ => None,
    }
}
