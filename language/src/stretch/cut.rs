//! Where a file is cut into stretches that are read by themselves.
//!
//! Kept true here: a stretch ends where a line without indentation unmistakably begins something, no bracket being open,
//! or where that line begins a declaration that stands in no bracket. No text and no SQL reaches over such a line, so
//! where a stretch ends follows from its own text and that line alone.

use crate::mistake::Mistake;
use crate::tokens::{Line, Token, TokenKind, scan, starts_item};
use crate::words::OUTERMOST;

/// A stretch, cut into tokens.
pub(super) struct Cut<'t> {
    /// The text up to its end.
    pub(super) text: &'t str,
    pub(super) tokens: Vec<Token>,
    pub(super) mistakes: Vec<Mistake>,
}

/// The stretch that begins with a line.
pub(super) fn cut(text: &str, start: usize) -> Cut<'_> {
    let mut tokens = Vec::new();
    let mut mistakes = Vec::new();
    let mut open: Vec<TokenKind> = Vec::new();
    let mut from = start;
    loop {
        let next = next_beginning(text, from);
        let end = next.as_ref().map_or(text.len(), |next| next.start);
        let upto = text.get(..end).unwrap_or(text);
        let scanned = scan(upto, from);
        for token in &scanned.tokens {
            if let Some(close) = token.kind.closed_by() {
                open.push(close);
            } else if token.kind.is_closing()
                && let Some(at) = open.iter().rposition(|close| *close == token.kind)
            {
                open.truncate(at);
            }
        }
        tokens.extend(scanned.tokens);
        mistakes.extend(scanned.mistakes);
        if next.is_none_or(|next| next.is_outermost || open.is_empty()) {
            return Cut {
                text: upto,
                tokens,
                mistakes,
            };
        }
        from = end;
    }
}

/// The byte behind the first line of a stretch that says something.
pub(super) fn first_line_end(text: &str, start: usize) -> usize {
    let mut lines = Line::from(text, start).skip_while(Line::is_blank_or_comment);
    lines.next();
    lines.next().map_or(text.len(), |line| line.start)
}

/// Something that begins on a line without indentation.
struct Beginning {
    /// The first of the lines before it that say nothing; they belong to it.
    start: usize,
    is_outermost: bool,
}

/// What begins after the first line that says something.
fn next_beginning(text: &str, from: usize) -> Option<Beginning> {
    let mut begun = false;
    let mut quiet: Option<usize> = None;
    for line in Line::from(text, from) {
        if line.is_blank_or_comment() {
            quiet.get_or_insert(line.start);
            continue;
        }
        if begun && line.indentation() == 0 && starts_item(line.text) {
            let first = line.text.split_whitespace().next().unwrap_or("");
            return Some(Beginning {
                start: quiet.unwrap_or(line.start),
                is_outermost: OUTERMOST.contains(&first),
            });
        }
        begun = true;
        quiet = None;
    }
    None
}
