//! Texts and SQL bodies: plain parts and holes, and how the indentation of a `"""` text is removed.

use chumsky::prelude::*;
use sophia_diagnostics::Span;

use super::parts::{Here, Rule, Until, absent, leftover, place, token};
use crate::layout::Lexeme;
use crate::syntax::{Expression, SqlText, TextPart, TextTemplate};
use crate::tokens::TokenKind;

enum Part<'a> {
    Plain(&'a str),
    Hole(Expression, Span),
}

/// `{expr}`
fn hole(value: Rule<'_, Expression>) -> Rule<'_, (Expression, Span)> {
    token(TokenKind::HoleStart)
        .ignore_then(value)
        .then_ignore(leftover(Until::Close))
        .then_ignore(token(TokenKind::HoleEnd))
        .map_with(|value, here| (value, place(here)))
        .boxed()
}

/// `"…"` or `"""…"""`
pub(super) fn text<'a>(value: Rule<'a, Expression>) -> Rule<'a, TextTemplate> {
    let plain = any()
        .filter(|lexeme: &Lexeme<'a>| {
            matches!(lexeme.kind, TokenKind::TextPart | TokenKind::TextBrace)
        })
        .map(|lexeme: Lexeme<'a>| Part::Plain(lexeme.text));
    let hole = hole(value).map(|(value, span)| Part::Hole(value, span));
    token(TokenKind::TextStart)
        .then(plain.or(hole).repeated().collect::<Vec<_>>())
        .then_ignore(token(TokenKind::TextEnd))
        .map_with(|(quotes, parts), here| {
            let block = quotes.text.len() == 3;
            TextTemplate {
                parts: if block {
                    dedented(parts)
                } else {
                    joined(parts)
                },
                block,
                span: place(here),
            }
        })
        .boxed()
}

/// Writes `{{` as `{`, `}}` as `}`.
fn unescaped(text: &str) -> String {
    text.replace("{{", "{").replace("}}", "}")
}

fn joined(parts: Vec<Part<'_>>) -> Vec<TextPart> {
    let mut result = Vec::new();
    for part in parts {
        match part {
            Part::Plain(text) => push_plain(&mut result, &unescaped(text)),
            Part::Hole(value, _) => result.push(TextPart::Hole(value)),
        }
    }
    result
}

fn push_plain(parts: &mut Vec<TextPart>, text: &str) {
    if text.is_empty() {
        return;
    }
    if let Some(TextPart::Plain(before)) = parts.last_mut() {
        before.push_str(text);
    } else {
        parts.push(TextPart::Plain(text.to_owned()));
    }
}

/// Removes the first and last line where they are blank, and the indentation that all lines share.
fn dedented(parts: Vec<Part<'_>>) -> Vec<TextPart> {
    let mut lines: Vec<Vec<Part<'_>>> = vec![Vec::new()];
    for part in parts {
        match part {
            Part::Plain(text) => {
                for (index, line) in text.split('\n').enumerate() {
                    if index > 0 {
                        lines.push(Vec::new());
                    }
                    let line = line.strip_suffix('\r').unwrap_or(line);
                    if let Some(last) = lines.last_mut() {
                        last.push(Part::Plain(line));
                    }
                }
            }
            hole @ Part::Hole(..) => {
                if let Some(last) = lines.last_mut() {
                    last.push(hole);
                }
            }
        }
    }
    let blank = |line: &Vec<Part<'_>>| {
        line.iter()
            .all(|part| matches!(part, Part::Plain(text) if text.trim().is_empty()))
    };
    let indented = lines.len() > 1 && lines.first().is_some_and(blank);
    if indented {
        lines.remove(0);
    }
    if lines.len() > 1 && lines.last().is_some_and(blank) {
        lines.pop();
    }
    let width = |line: &Vec<Part<'_>>| match line.first() {
        Some(Part::Plain(text)) => text.len() - text.trim_start_matches([' ', '\t']).len(),
        _ => 0,
    };
    let common = lines
        .iter()
        .skip(usize::from(!indented))
        .filter(|line| !blank(line))
        .map(width)
        .min()
        .unwrap_or(0);
    let mut result = Vec::new();
    for (index, line) in lines.into_iter().enumerate() {
        if index > 0 {
            push_plain(&mut result, "\n");
        }
        let cut = if indented || index > 0 { common } else { 0 };
        if blank(&line) {
            continue;
        }
        for (position, part) in line.into_iter().enumerate() {
            match part {
                Part::Plain(text) if position == 0 => {
                    push_plain(&mut result, &unescaped(text.get(cut..).unwrap_or("")));
                }
                Part::Plain(text) => push_plain(&mut result, &unescaped(text)),
                Part::Hole(value, _) => result.push(TextPart::Hole(value)),
            }
        }
    }
    result
}

/// SQL between braces. Where there is none, an empty body and a mistake.
pub(super) fn sql<'a>(value: Rule<'a, Expression>) -> Rule<'a, SqlText> {
    let plain = any()
        .filter(|lexeme: &Lexeme<'a>| {
            matches!(lexeme.kind, TokenKind::SqlPart | TokenKind::SqlQuoted)
        })
        .map(|lexeme: Lexeme<'a>| Part::Plain(lexeme.text));
    let hole = hole(value).map(|(value, span)| Part::Hole(value, span));
    let body = token(TokenKind::OpenBrace)
        .then(plain.or(hole).repeated().collect::<Vec<_>>())
        .then_ignore(super::parts::skip(Until::Close))
        .then_ignore(token(TokenKind::CloseBrace).or_not())
        .validate(|(open, parts), here: &mut Here<'a, '_>, emitter| {
            let span = place(here);
            let run = here.span();
            let source = here.state();
            let start = open.span.end;
            let end = source
                .lexeme(run.end.saturating_sub(1))
                .filter(|last| last.kind == TokenKind::CloseBrace)
                .map_or(span.end, |last| last.span.start);
            let content = Span {
                start,
                end: end.max(start),
            };
            let mut text = source.slice(content).to_owned();
            let mut holes = Vec::new();
            for part in parts {
                if let Part::Hole(value, hole) = part {
                    let from = hole.start.saturating_sub(start) as usize;
                    let to = hole.end.saturating_sub(start) as usize;
                    if text.get(from..to).is_some() {
                        text.replace_range(from..to, &" ".repeat(to - from));
                    }
                    holes.push((value, hole));
                }
            }
            if text.trim().is_empty() && holes.is_empty() {
                let at = run.start + 1;
                emitter.emit(source.expected(at, "SQL such as `select … from …`").into());
            }
            SqlText {
                text,
                start,
                holes,
                span,
            }
        });
    body.or(absent("SQL between `{` and `}`").map(|span| SqlText {
        text: String::new(),
        start: span.start,
        holes: Vec::new(),
        span,
    }))
    .boxed()
}
