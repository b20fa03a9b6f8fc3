//! A file as lines of elements. A text and a SQL body are one element each, however many lines they
//! fill.

use sophia_diagnostics::Span;

use crate::tokens::{Token, TokenKind};

/// A token, or a whole text or SQL body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    /// What it is; [`TokenKind::TextStart`] for a text, [`TokenKind::SqlPart`] for a SQL body with
    /// its braces.
    pub(super) kind: TokenKind,
    /// As it is written.
    pub(super) text: &'a str,
    /// Where it begins.
    pub(super) start: u32,
    /// The white space before it on its line, in columns.
    pub(super) gap: usize,
    /// For SQL: whether moving its lines would change what it says.
    pub(super) fixed: bool,
}

impl Element<'_> {
    pub(super) fn is_comment(&self) -> bool {
        matches!(self.kind, TokenKind::Comment | TokenKind::Documentation)
    }

    /// Whether a bracket opens here that is closed elsewhere.
    pub(super) fn opens(&self) -> bool {
        self.kind != TokenKind::TextStart && self.kind.closed_by().is_some()
    }
}

/// What stands on one line.
#[derive(Clone, Debug, Default)]
pub(super) struct Line<'a> {
    /// Its elements without white space.
    pub(super) elements: Vec<Element<'a>>,
}

impl Line<'_> {
    /// Whether it holds comments alone.
    pub(super) fn is_comment(&self) -> bool {
        self.elements.iter().all(Element::is_comment)
    }
}

/// Cuts a file into lines.
pub(super) fn lines<'a>(text: &'a str, tokens: &[Token]) -> Vec<Line<'a>> {
    let mut lines = vec![Line::default()];
    let mut gap = 0;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let (length, kind) = extent(tokens, at);
        let last = tokens.get(at + length - 1).unwrap_or(token);
        let span = token.span.to(last.span);
        at += length;
        match kind {
            TokenKind::Newline => {
                lines.push(Line::default());
                gap = 0;
                continue;
            }
            TokenKind::Whitespace => {
                gap += slice(text, span).chars().count();
                continue;
            }
            _ => {}
        }
        let parts = tokens.get(at - length..at).unwrap_or(&[]);
        if let Some(line) = lines.last_mut() {
            line.elements.push(Element {
                kind,
                text: slice(text, span),
                start: token.span.start,
                gap,
                fixed: parts.iter().any(|part| is_fixed(text, part)),
            });
        }
        gap = 0;
    }
    lines
}

fn slice(text: &str, span: Span) -> &str {
    text.get(span.range()).unwrap_or("")
}

/// Whether a quoted part of SQL holds a line break.
fn is_fixed(text: &str, token: &Token) -> bool {
    let written = slice(text, token.span);
    token.kind == TokenKind::SqlQuoted
        && written.starts_with(['\'', '"', '$'])
        && written.contains('\n')
}

/// How many tokens the element at `at` is made of, and what it is.
fn extent(tokens: &[Token], at: usize) -> (usize, TokenKind) {
    let kind = |at: usize| tokens.get(at).map(|token| token.kind);
    let sql = kind(at) == Some(TokenKind::OpenBrace)
        && matches!(
            kind(at + 1),
            Some(TokenKind::SqlPart | TokenKind::SqlQuoted | TokenKind::HoleStart)
        );
    let text = kind(at) == Some(TokenKind::TextStart);
    if !sql && !text {
        return (1, kind(at).unwrap_or(TokenKind::Whitespace));
    }
    let mut depth = 0_usize;
    let mut end = at;
    while let Some(kind) = kind(end) {
        end += 1;
        if kind.closed_by().is_some() {
            depth += 1;
        } else if kind.is_closing() {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                break;
            }
        }
    }
    let kind = if sql {
        TokenKind::SqlPart
    } else {
        TokenKind::TextStart
    };
    (end - at, kind)
}
