//! The tokens that say something, each with what its line says. An amount that is written in a way
//! from elsewhere, such as `5$` or `70 %`, is one piece, so that one thing can be said of it.

use sophia_diagnostics::Span;

use crate::tokens::{Token, TokenKind, indentation_at, is_first_on_line};

/// A token that is not trivia, with what its line says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'a> {
    pub(super) kind: TokenKind,
    pub(super) text: &'a str,
    pub(super) span: Span,
    /// The indentation of its line, when it is the first on it.
    pub(super) first: Option<usize>,
}

impl Piece<'_> {
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text == word
    }

    pub(super) fn is_bracket(&self) -> bool {
        matches!(
            self.kind,
            TokenKind::OpenBrace | TokenKind::OpenParenthesis | TokenKind::OpenBracket
        )
    }

    pub(super) fn closes_bracket(&self) -> bool {
        matches!(
            self.kind,
            TokenKind::CloseBrace | TokenKind::CloseParenthesis | TokenKind::CloseBracket
        )
    }
}

/// The tokens without trivia.
pub(super) fn pieces<'a>(text: &'a str, tokens: &[Token]) -> Vec<Piece<'a>> {
    let mut fresh = true;
    let mut pieces = Vec::with_capacity(tokens.len());
    for token in tokens {
        let slice = text.get(token.span.range()).unwrap_or("");
        if token.kind.is_trivia() {
            fresh |= token.kind == TokenKind::Newline;
            continue;
        }
        let joined = joined(text, &pieces, token, slice);
        if joined == Some(TokenKind::Date) {
            // The dot goes with the number before it.
            pieces.pop();
        }
        if let Some(kind) = joined
            && let Some(last) = pieces.last_mut()
        {
            last.kind = kind;
            last.span = last.span.to(token.span);
            last.text = text.get(last.span.range()).unwrap_or("");
            continue;
        }
        let start = token.span.start as usize;
        let starts_line = fresh || (pieces.is_empty() && start == 0);
        pieces.push(Piece {
            kind: token.kind,
            text: slice,
            span: token.span,
            first: (starts_line || after_opaque(&pieces) && is_first_on_line(text, start))
                .then(|| indentation_at(text, start)),
        });
        fresh = false;
    }
    pieces
}

/// What a token and the piece before it are together, where they are one amount.
fn joined(text: &str, pieces: &[Piece<'_>], token: &Token, slice: &str) -> Option<TokenKind> {
    let before = pieces.last()?;
    let between = Span {
        start: before.span.end,
        end: token.span.start,
    };
    let close = matches!(text.get(between.range()), Some("" | " "));
    let adjacent = between.start == between.end;
    let number = |kind: TokenKind| matches!(kind, TokenKind::Integer | TokenKind::Number);
    let sign = |kind: TokenKind, text: &str| {
        kind == TokenKind::Unknown && matches!(text, "$" | "€" | "£" | "¥")
    };
    if close && number(before.kind) && sign(token.kind, slice)
        || close && sign(before.kind, before.text) && number(token.kind)
    {
        return Some(TokenKind::Money);
    }
    if close && number(before.kind) && token.kind == TokenKind::Unknown && slice == "%" {
        return Some(TokenKind::Percent);
    }
    // 22.11.2026: the lexer sees `22.11`, `.`, `2026`.
    let earlier = pieces.len().checked_sub(2).and_then(|at| pieces.get(at))?;
    let dotted = adjacent && before.kind == TokenKind::Dot && slice.len() == 4;
    (dotted && earlier.kind == TokenKind::Number && token.kind == TokenKind::Integer)
        .then_some(TokenKind::Date)
}

/// Whether line breaks may hide in the token before: SQL and text carry theirs inside.
fn after_opaque(pieces: &[Piece<'_>]) -> bool {
    pieces
        .last()
        .is_some_and(|piece| matches!(piece.kind, TokenKind::SqlPart | TokenKind::SqlQuoted))
}
