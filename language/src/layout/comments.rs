//! The `##` comments, in the order in which the walk over a file meets them.

use sophia_diagnostics::Span;

use crate::tokens::{Token, TokenKind, is_first_on_line};

/// The `##` comments of a file, taken one by one.
pub(super) struct Comments<'a> {
    comments: std::vec::IntoIter<Comment<'a>>,
}

#[derive(Clone, Copy)]
pub(super) struct Comment<'a> {
    /// Without `##` and one space.
    pub(super) text: &'a str,
    pub(super) span: Span,
    /// Whether it stands alone on its line.
    pub(super) first: bool,
}

impl<'a> Comments<'a> {
    pub(super) fn new(text: &'a str, tokens: &[Token]) -> Self {
        let comments: Vec<Comment<'a>> = tokens
            .iter()
            .filter(|token| token.kind == TokenKind::Documentation)
            .map(|token| {
                let written = text.get(token.span.range()).unwrap_or("");
                let content = written.trim_start_matches("##").trim_end();
                Comment {
                    text: content.strip_prefix(' ').unwrap_or(content),
                    span: token.span,
                    first: is_first_on_line(text, token.span.start as usize),
                }
            })
            .collect();
        Self {
            comments: comments.into_iter(),
        }
    }

    /// The next comment, if it stands before `start`.
    pub(super) fn next_before(&mut self, start: u32) -> Option<Comment<'a>> {
        let next = self.comments.as_slice().first()?;
        if next.span.start < start {
            self.comments.next()
        } else {
            None
        }
    }
}
