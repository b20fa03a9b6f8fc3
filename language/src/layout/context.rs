//! What a bracket holds, told from the words before it: statements, clauses, the lines of a test, or
//! values. Line ends and keywords mean different things in each.

use crate::tokens::TokenKind;

use super::pieces::Piece;

/// What stands between two brackets, or in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Context {
    /// Declarations and statements.
    File,
    /// Statements.
    Block,
    /// The lines of a test.
    Test,
    /// The clauses of a model.
    Model,
    /// The clauses of a predictor.
    Predictor,
    /// The rules of a policy.
    Policy,
    /// The cases of a `match`.
    Match,
    /// The events of a `wait for first`.
    First,
    /// The two lines of a model's example.
    Example,
    /// A body of which nothing more is known.
    Unknown,
    /// Fields, arguments, items: a newline is a comma.
    Values,
    /// SQL or a text: no line ends.
    Opaque,
}

impl Context {
    /// Whether lines, not values, stand inside.
    pub(super) fn holds_lines(self) -> bool {
        !matches!(self, Self::Values | Self::Opaque)
    }

    /// Whether a line may begin with a modifier of the statement before it.
    pub(super) fn has_modifiers(self) -> bool {
        matches!(self, Self::File | Self::Block | Self::Test | Self::Unknown)
    }
}

/// What the bracket `pieces[at]` holds. `first` is the first word of the statement that it stands in,
/// `around` what that statement stands in.
pub(super) fn inside(pieces: &[Piece<'_>], at: usize, first: &str, around: Context) -> Context {
    let Some(piece) = pieces.get(at) else {
        return Context::Values;
    };
    match piece.kind {
        TokenKind::OpenBrace => {}
        TokenKind::TextStart | TokenKind::HoleStart => return Context::Opaque,
        _ => return Context::Values,
    }
    let next = pieces.get(at + 1);
    if next.is_some_and(|next| matches!(next.kind, TokenKind::SqlPart | TokenKind::SqlQuoted)) {
        return Context::Opaque;
    }
    let Some(before) = at.checked_sub(1).and_then(|at| pieces.get(at)) else {
        return Context::Unknown;
    };
    let ends_line = next.is_none_or(|next| next.first.is_some());
    let record = begins_record(pieces, at);
    match around {
        Context::Match | Context::First => return Context::Block,
        Context::Policy | Context::Predictor | Context::Example => return Context::Values,
        _ => {}
    }
    if ends_line && !record {
        match (around, first) {
            (Context::File | Context::Block, "for" | "if" | "else") => return Context::Block,
            (Context::File, "model") => return Context::Model,
            _ => {}
        }
    }
    let value_follows = matches!(
        before.kind,
        TokenKind::Equal
            | TokenKind::Colon
            | TokenKind::Comma
            | TokenKind::OpenParenthesis
            | TokenKind::OpenBracket
            | TokenKind::Arrow
            | TokenKind::Coalesce
            | TokenKind::HoleStart
    ) || ["with", "of", "returns", "given", "as", "return", "yield"]
        .iter()
        .any(|word| before.is_word(word));
    if value_follows || around == Context::Values {
        return Context::Values;
    }
    match (around, first) {
        (Context::Model, "example") => Context::Example,
        (Context::Model, _) | (Context::File, "type" | "input" | "state") => Context::Values,
        (Context::File, "model") => Context::Model,
        (Context::File, "predictor") => Context::Predictor,
        (Context::File, "test") => Context::Test,
        (Context::File, "policy") => Context::Policy,
        // No statement begins with `NAME :`.
        _ if record => Context::Values,
        (_, "match") => Context::Match,
        (_, "wait") if before.is_word("first") => Context::First,
        (
            _,
            "for" | "on" | "if" | "else" | "action" | "function" | "together" | "try" | "repeat",
        ) => Context::Block,
        _ if before.is_word("otherwise") && !record => Context::Block,
        _ => Context::Values,
    }
}

/// Whether `NAME :` follows the brace.
fn begins_record(pieces: &[Piece<'_>], at: usize) -> bool {
    let named = pieces
        .get(at + 1)
        .is_some_and(|next| matches!(next.kind, TokenKind::Word));
    named
        && pieces
            .get(at + 2)
            .is_some_and(|next| next.kind == TokenKind::Colon)
}
