//! What the language holds and the checker does not follow yet.
//!
//! Kept true here: a construct that is not followed yet is told once, where it stands; what it brings
//! has no known type, so that nothing which rests on it is told as well.

use sophia_diagnostics::{Span, codes};

use crate::checker::Checker;

impl Checker<'_> {
    /// Says that a construct is not followed yet. `what` is the construct as people write it.
    pub(crate) fn later(&mut self, what: &str, span: Span) {
        let diagnostic = self
            .diagnostic(
                codes::S890,
                span,
                format!(
                    "`{what}` can be read and formatted; checking and running it is not there yet."
                ),
            )
            .with_label("not there yet");
        self.push(diagnostic);
    }

    /// Says so for a construct that begins with its own words, and marks these only.
    pub(crate) fn later_from(&mut self, words: &str, whole: Span) {
        let span = Span {
            start: whole.start,
            end: whole
                .start
                .saturating_add(u32::try_from(words.len()).unwrap_or(0)),
        };
        let written = self.text.get(span.range());
        let span = if written == Some(words) { span } else { whole };
        self.later(words, span);
    }
}
