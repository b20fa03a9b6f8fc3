//! Which lines continue the one before them: by how that one ends, or by how they begin.

use super::Lexeme;
use super::context::Context;
use super::pieces::Piece;
use crate::tokens::TokenKind;

/// Whether the line's last token asks for more.
pub(super) fn leaves_open(last: Lexeme<'_>) -> bool {
    is_operator(last.kind)
        || matches!(
            last.kind,
            TokenKind::Comma
                | TokenKind::Colon
                | TokenKind::Pipe
                | TokenKind::Dot
                | TokenKind::QuestionDot
                | TokenKind::Arrow
        )
        || (last.kind == TokenKind::Word
            && matches!(
                last.text,
                "and" | "or" | "not" | "in" | "like" | "between" | "mod"
            ))
}

/// Whether a line that begins with `piece` continues the one before.
pub(super) fn continues(
    piece: Piece<'_>,
    next: Option<Piece<'_>>,
    labelled: bool,
    open_ifs: usize,
    context: Context,
) -> bool {
    if piece.kind != TokenKind::Word {
        return (is_operator(piece.kind) && piece.kind != TokenKind::Minus)
            || matches!(
                piece.kind,
                TokenKind::Pipe
                    | TokenKind::Dot
                    | TokenKind::QuestionDot
                    | TokenKind::Comma
                    | TokenKind::Arrow
            )
            || (piece.kind == TokenKind::OpenBrace
                && matches!(context, Context::File | Context::Block));
    }
    if labelled {
        return false;
    }
    let next = next.map_or("", |next| next.text);
    let modifiers = context.has_modifiers();
    match piece.text {
        "else" => context != Context::Match,
        "in" | "like" | "between" | "is" | "known" | "and" | "or" | "when" | "where" | "into"
        | "mod" => true,
        "not" => next == "in",
        "starting" => next == "with",
        "then" => open_ifs > 0 || (modifiers && context != Context::Test),
        "catch" => modifiers && next == "up",
        "except" => modifiers && next == "our",
        "at" => modifiers && next == "most",
        "undo" => modifiers && next == "with",
        "retry" | "timeout" | "otherwise" | "within" | "remind" | "unsure" | "key" | "named"
        | "with" => modifiers,
        _ => false,
    }
}

pub(super) fn is_operator(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Equal
            | TokenKind::NotEqual
            | TokenKind::Less
            | TokenKind::LessOrEqual
            | TokenKind::Greater
            | TokenKind::GreaterOrEqual
            | TokenKind::Plus
            | TokenKind::Minus
            | TokenKind::Star
            | TokenKind::Slash
            | TokenKind::Coalesce
    )
}
