//! What the language reserves and the tree does not hold yet. Using it says so, once, and reading
//! goes on after it.

use chumsky::prelude::*;
use sophia_diagnostics::codes;

use super::parts::{Here, Rule, Until, one_word, place, skip};
use crate::layout::Lexeme;
use crate::mistake::{Mistake, Weight};
use crate::tokens::TokenKind;

/// Items of a file or a block.
pub(super) const ITEMS: &[&str] = &[
    "calendar", "one", "command", "metric", "state", "function", "action", "policy", "record",
    "emit", "set", "ask", "wait", "match", "repeat", "together", "try", "run", "start", "return",
    "yield", "join", "chart", "document", "save", "evaluate", "forget", "deadline", "stage", "note",
    "table", "flag", "needs",
];

/// Modifiers.
pub(super) const MODIFIERS: &[&str] = &[
    "undo", "remind", "within", "catch", "except", "key", "with", "then", "starting", "into",
];

/// Modifiers that the tree holds.
const KNOWN_MODIFIERS: &[&str] = &["retry", "timeout", "at", "otherwise", "unsure", "named"];

pub(super) fn begins_modifier(word: &str) -> bool {
    MODIFIERS.contains(&word) || KNOWN_MODIFIERS.contains(&word)
}

/// Values that begin with a word of their own; what must follow it is checked by the caller.
const VALUES: &[&str] = &["ask", "wait", "search", "find", "read", "run", "record", "for"];

/// Whether a value that is not there yet begins with these two.
pub(super) fn begins_value(first: &Lexeme<'_>, second: &Lexeme<'_>) -> bool {
    if first.kind != TokenKind::Word {
        return false;
    }
    let spoken = second.kind == TokenKind::TextStart
        || (second.kind == TokenKind::Word && !super::expression::ends_value(second.text))
        || (second.kind == TokenKind::Integer && first.text == "ask");
    (VALUES.contains(&first.text) && spoken)
        || (matches!(first.text, "start" | "end") && second.is_word("of"))
}

/// The mistake for a word that is not there yet.
pub(super) fn mistake(lexeme: &Lexeme<'_>, what: &str) -> Mistake {
    Mistake::new(
        codes::S190,
        Weight::Cause,
        lexeme.span,
        format!("`{what}` is part of the language and not there yet."),
    )
    .labelled("not there yet")
    .within(lexeme.region)
}

/// For words left over after a value: the mistake, if they belong to something reserved.
pub(super) fn in_expression(first: &Lexeme<'_>, second: &str) -> Option<Mistake> {
    let what = match (first.kind, first.text) {
        (TokenKind::Range, _) => "..",
        (TokenKind::Word, "known") => "known in",
        (TokenKind::Word, "over") => "over",
        (TokenKind::Word, "by") => "by",
        (TokenKind::Word, "per") => "per",
        (TokenKind::Word, "starting") if second == "with" => "starting with",
        (TokenKind::Word, word) => MODIFIERS.iter().find(|known| **known == word)?,
        _ => return None,
    };
    Some(mistake(first, what))
}

/// Reads a reserved word and everything that belongs to it.
pub(super) fn passed_over<'a>(
    words: &'static [&'static str],
    until: Until,
) -> Rule<'a, sophia_diagnostics::Span> {
    one_word(words)
        .then_ignore(skip(until))
        .validate(|first, here: &mut Here<'a, '_>, emitter| {
            let what = if first.text == "one" {
                "one run at a time"
            } else {
                first.text
            };
            emitter.emit(mistake(&first, what).into());
            place(here)
        })
        .boxed()
}
