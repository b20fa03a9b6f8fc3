//! The words that are kept for later chapters of the language. Using one says so, once, and reading
//! goes on after it.

use chumsky::prelude::*;
use sophia_diagnostics::codes;

use super::parts::{Here, Rule, Until, one_word, place, skip};
use crate::layout::Lexeme;
use crate::mistake::{Mistake, Weight};
use crate::tokens::TokenKind;

/// Whether a value of a later chapter begins with these two.
pub(super) fn begins_value(first: &Lexeme<'_>, second: &Lexeme<'_>) -> bool {
    (first.is_word("history") && second.is_word("of"))
        || (first.is_word("every") && second.is_word("page"))
        || (first.is_word("chart") && second.kind == TokenKind::TextStart)
}

/// The mistake for a word of a later chapter.
pub(super) fn mistake(lexeme: &Lexeme<'_>, what: &str) -> Mistake {
    Mistake::new(
        codes::S190,
        Weight::Cause,
        lexeme.span,
        format!("`{what}` is kept for a later chapter of the language and not there yet."),
    )
    .labelled("not there yet")
    .within(lexeme.region)
}

/// Reads a reserved word and everything that belongs to it.
pub(super) fn passed_over<'a>(
    words: &'static [&'static str],
    until: Until,
) -> Rule<'a, sophia_diagnostics::Span> {
    one_word(words)
        .then_ignore(skip(until))
        .validate(|first, here: &mut Here<'a, '_>, emitter| {
            emitter.emit(mistake(&first, first.text).into());
            place(here)
        })
        .boxed()
}
