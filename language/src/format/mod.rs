//! The one form of a file: two spaces a level, one space between tokens, at most one blank line.
//!
//! Kept true: tokens and comments stay as they are and in their order; line breaks stay the writer's
//! own, and so does the alignment in the places that [`spacing`] names; formatting twice is
//! formatting once. Only ever called on a file without syntax errors.

mod embedded;
mod line;
mod spacing;

use std::collections::HashSet;

use crate::layout::lay_out;
use crate::tokens::{Token, TokenKind};
use line::{Element, Line, lines};

/// The columns of one level.
const STEP: usize = 2;

/// Writes the tokens of a file without syntax errors in its one form.
pub(crate) fn format(text: &str, tokens: &[Token]) -> String {
    let continued = continued(text, tokens);
    let lines = lines(text, tokens);
    let mut writer = Writer {
        output: String::with_capacity(text.len()),
        open: Vec::new(),
        blank: false,
        opened: true,
    };
    for (at, line) in lines.iter().enumerate() {
        if line.elements.is_empty() {
            writer.blank = true;
            continue;
        }
        let leader = if line.is_comment() {
            lines
                .iter()
                .skip(at)
                .find(|line| !line.elements.is_empty() && !line.is_comment())
        } else {
            Some(line)
        };
        let indentation = writer.indentation(line, leader, &continued);
        writer.line(line, indentation);
    }
    writer.output
}

/// The places at which a line begins that continues the statement before it.
fn continued(text: &str, tokens: &[Token]) -> HashSet<u32> {
    let layout = lay_out(text, tokens);
    let mut continued = HashSet::new();
    let mut before: Option<TokenKind> = None;
    for lexeme in &layout.lexemes {
        let begins = before.is_none_or(|kind| {
            kind == TokenKind::LineEnd || kind == TokenKind::Comma || kind.closed_by().is_some()
        });
        if !begins {
            continued.insert(lexeme.span.start);
        }
        before = Some(lexeme.kind);
    }
    continued
}

struct Writer {
    output: String,
    /// The indentation of the line on which each open bracket stands.
    open: Vec<usize>,
    /// Whether a blank line stands before the next line.
    blank: bool,
    /// Whether the line before ended in an opening bracket, or there was none.
    opened: bool,
}

impl Writer {
    fn inside(&self) -> usize {
        self.open.last().map_or(0, |indentation| indentation + STEP)
    }

    fn indentation(
        &self,
        line: &Line<'_>,
        leader: Option<&Line<'_>>,
        continued: &HashSet<u32>,
    ) -> usize {
        let Some(first) = leader.and_then(|leader| leader.elements.first()) else {
            return self.inside();
        };
        if first.kind.is_closing() {
            return if line.is_comment() {
                self.inside()
            } else {
                self.open.last().copied().unwrap_or(0)
            };
        }
        let stays = first.kind == TokenKind::OpenBrace || first.text == "else";
        if continued.contains(&first.start) && !stays {
            self.inside() + STEP
        } else {
            self.inside()
        }
    }

    fn line(&mut self, line: &Line<'_>, indentation: usize) {
        let closes = line
            .elements
            .first()
            .is_some_and(|first| first.kind.is_closing());
        if self.blank && !self.opened && !closes {
            self.output.push('\n');
        }
        self.blank = false;
        self.output.push_str(&" ".repeat(indentation));
        let mut before: Option<&Element<'_>> = None;
        for (at, element) in line.elements.iter().enumerate() {
            if before.is_some() {
                let gap = spacing::gap(&line.elements, at);
                self.output.push_str(&" ".repeat(gap));
            }
            self.element(element, indentation);
            before = Some(element);
        }
        self.opened = line
            .elements
            .iter()
            .rev()
            .find(|element| !element.is_comment())
            .is_some_and(Element::opens);
        self.output.push('\n');
    }

    fn element(&mut self, element: &Element<'_>, indentation: usize) {
        match element.kind {
            TokenKind::TextStart => {
                let text = embedded::text(element.text, indentation + STEP);
                self.output.push_str(&text);
            }
            TokenKind::SqlPart => {
                let sql = embedded::sql(element.text, element.fixed, indentation, STEP);
                self.output.push_str(&sql);
            }
            kind => {
                if kind.closed_by().is_some() {
                    self.open.push(indentation);
                } else if kind.is_closing() {
                    self.open.pop();
                }
                self.output.push_str(element.text.trim_end());
            }
        }
    }
}
