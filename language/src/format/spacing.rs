//! The spaces between two tokens of a line: none or one, except where the writer aligns.
//!
//! Aligned are: what follows `name:` at the start of a line; what follows the word of a clause or of
//! a stage, and the name of a check; the `=` of `let`, `given` and `input`; comments after code. There two spaces or more stay
//! as they are, so changing one line never changes another.

use super::line::Element;
use crate::tokens::TokenKind;

/// Words after which the writer may align.
const ALIGNED: &[&str] = &[
    "route",
    "budget",
    "cache",
    "temperature",
    "ensure",
    "prompt",
    "otherwise",
    "learn",
    "predict",
    "accept",
    "retrain",
    "zone",
    "calendar",
    "given",
    "returns",
];

/// Words that are followed by a value or a group, not by the brackets of a call.
const BEFORE_VALUE: &[&str] = &[
    "and",
    "or",
    "not",
    "in",
    "is",
    "like",
    "between",
    "if",
    "then",
    "else",
    "mod",
    "when",
    "where",
    "otherwise",
    "with",
    "per",
    "by",
    "let",
    "do",
    "from",
    "on",
    "of",
    "returns",
    "ensure",
    "select",
    "add",
    "map",
    "take",
    "given",
    "expect",
    "as",
    "until",
    "retry",
    "timeout",
    "over",
    "at",
    "temperature",
    "request",
    "ask",
    "each",
];

/// The columns between the element at `at` and the one before it.
pub(super) fn gap(elements: &[Element<'_>], at: usize) -> usize {
    let Some(after) = elements.get(at) else {
        return 0;
    };
    let Some(before) = at.checked_sub(1).and_then(|at| elements.get(at)) else {
        return 0;
    };
    let plain = usize::from(spaced(elements, at, before, after));
    if after.is_comment() || (plain == 1 && may_align(elements, at)) {
        after.gap.max(1)
    } else {
        plain
    }
}

fn may_align(elements: &[Element<'_>], at: usize) -> bool {
    let kind = |at: usize| elements.get(at).map(|element| element.kind);
    let word = |at: usize| {
        elements
            .get(at)
            .filter(|element| element.kind == TokenKind::Word)
            .map_or("", |element| element.text)
    };
    let after_name = at == 2 && kind(1) == Some(TokenKind::Colon);
    let after_clause = at == 1 && ALIGNED.contains(&word(0));
    let after_check = at == 3 && kind(0) == Some(TokenKind::Pipe) && word(1) == "check";
    let after_stage = at == 2 && kind(0) == Some(TokenKind::Pipe) && !word(1).is_empty();
    let first_equal = kind(at) == Some(TokenKind::Equal)
        && matches!(word(0), "let" | "given" | "input")
        && elements
            .iter()
            .take(at)
            .all(|element| element.kind != TokenKind::Equal);
    after_name || after_clause || after_check || after_stage || first_equal
}

/// Whether a space stands between two tokens.
fn spaced(elements: &[Element<'_>], at: usize, before: &Element<'_>, after: &Element<'_>) -> bool {
    use TokenKind::{
        CloseBrace, CloseBracket, CloseParenthesis, Colon, Comma, Dot, Integer, Minus, OpenBrace,
        OpenBracket, OpenParenthesis, Question, QuestionDot, Range, Word,
    };
    match (before.kind, after.kind) {
        (Question, Question) => true,
        // `3rd` is two tokens and one word.
        (Integer, Word) if after.gap == 0 => false,
        (OpenBrace, CloseBrace)
        | (
            _,
            Comma | Colon | CloseParenthesis | CloseBracket | Dot | QuestionDot | Range | Question,
        )
        | (OpenParenthesis | OpenBracket | Dot | QuestionDot | Range, _)
        | (CloseParenthesis | CloseBracket, OpenParenthesis | OpenBracket) => false,
        (Word, OpenParenthesis | OpenBracket) => {
            !is_field(elements, at - 1) && BEFORE_VALUE.contains(&before.text)
        }
        (Minus, _) => !is_sign(elements, at - 1),
        _ => true,
    }
}

/// Whether the word at `at` is the name of a field: then it is no keyword.
fn is_field(elements: &[Element<'_>], at: usize) -> bool {
    at.checked_sub(1)
        .and_then(|at| elements.get(at))
        .is_some_and(|before| matches!(before.kind, TokenKind::Dot | TokenKind::QuestionDot))
}

/// Whether the minus at `at` belongs to the value after it.
fn is_sign(elements: &[Element<'_>], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).and_then(|at| elements.get(at)) else {
        return true;
    };
    match before.kind {
        TokenKind::Word => !is_field(elements, at - 1) && BEFORE_VALUE.contains(&before.text),
        TokenKind::Integer
        | TokenKind::Number
        | TokenKind::Percent
        | TokenKind::Money
        | TokenKind::Date
        | TokenKind::Time
        | TokenKind::TextStart
        | TokenKind::CloseParenthesis
        | TokenKind::CloseBracket
        | TokenKind::CloseBrace => false,
        _ => true,
    }
}
