//! A text in which brackets and quotes that are open where somebody writes are closed there, so that what stands before
//! and behind the place means what it will mean.
//!
//! Kept true here: nothing before the place is changed; a text in which everything is closed is left as it is.

use std::sync::Arc;

use sophia_language::{Token, TokenKind, begins_item};

use crate::answers::mended::read;
use crate::project::{File, Spot};

/// Something that is opened and has to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Brace,
    Parenthesis,
    Bracket,
    /// A text on one line.
    Text,
    /// A text between three quotes. Where one ends that has no end yet, the reader says.
    Block,
    /// A place in a text.
    Hole,
}

impl Open {
    fn closed_by(self) -> &'static str {
        match self {
            // On a line of its own: a comment of SQL may stand before it.
            Self::Brace => "\n}",
            Self::Parenthesis => ")",
            Self::Bracket => "]",
            Self::Text => "\"",
            Self::Block => "\n\"\"\"",
            Self::Hole => "}",
        }
    }
}

/// The text with what is open at a byte closed there; `None` where nothing has to be.
pub(super) fn repaired(spot: &Spot<'_>, offset: usize) -> Option<Arc<File>> {
    let text = spot.file.text.as_str();
    let Unclosed { open, block_end } = unclosed(text, &spot.parsed()?.tokens, offset);
    if open.is_empty() && block_end.is_none() {
        return None;
    }
    let (before, after) = text.split_at_checked(offset)?;
    let rest = match block_end {
        Some(end) => end.saturating_sub(offset),
        None => rest_of_block(after),
    };
    let (rest, others) = after.split_at_checked(rest)?;
    let closing = || open.iter().rev().map(|open| open.closed_by());
    // What is open on the line is closed where somebody writes, what braces hold behind what was written of it.
    let here = open.iter().rev().take_while(|open| **open != Open::Brace);
    let here = here.count();
    let mut mended = before.to_owned();
    mended.extend(closing().take(here));
    mended.push_str(rest);
    mended.extend(closing().skip(here));
    if block_end.is_some() {
        mended.push_str(Open::Block.closed_by());
    }
    mended.push_str(others);
    Some(read(spot, mended))
}

/// What is open at a byte and is never closed.
#[derive(Default)]
struct Unclosed {
    /// From the outermost; inside a text of several lines only what is open in that.
    open: Vec<Open>,
    /// Where the text of several lines ends around the byte that has no end of its own.
    block_end: Option<usize>,
}

/// The word that a line begins with; empty where it begins with something else.
fn first_word(line: &str) -> &str {
    let end = line.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
    line.get(..end.unwrap_or(line.len())).unwrap_or_default()
}

/// How far the lines reach that belong to the one that is written: to an empty one, or to one that begins anew.
fn rest_of_block(after: &str) -> usize {
    let mut end = 0;
    for (number, line) in after.split_inclusive('\n').enumerate() {
        let begun = line.trim_start();
        let word = first_word(begun);
        // `on` and `set` are words of SQL too.
        let is_ours = !matches!(word, "on" | "set") || line.len() == begun.len();
        let begins = begun.starts_with('}') || begins_item(word) && is_ours;
        if number > 0 && (begun.trim().is_empty() || begins) {
            break;
        }
        end += line.len();
    }
    after.get(..end).map_or(0, |rest| rest.trim_end().len())
}

fn unclosed(text: &str, tokens: &[Token], offset: usize) -> Unclosed {
    let mut scan = Scan {
        text,
        open: Vec::new(),
        opened: 0,
        closed: Vec::new(),
        ended: Vec::new(),
    };
    let mut there = None;
    for (number, token) in tokens.iter().enumerate() {
        let (start, end) = (token.span.start as usize, token.span.end as usize);
        if there.is_none() && (start >= offset || end > offset) {
            if start < offset {
                scan.lines_of(text.get(start..offset).unwrap_or_default());
            }
            there = Some(scan.open.clone());
        }
        scan.step(token, tokens.get(number + 1));
    }
    let there = there.unwrap_or_else(|| scan.open.clone());
    // What is open around a text of several lines is closed behind it.
    let inside = there.iter().rposition(|(open, _)| *open == Open::Block);
    let block = inside.and_then(|at| there.get(at));
    let block_end = block.and_then(|(_, number)| {
        let ended = scan.ended.iter().find(|(ended, _)| ended == number);
        ended.map(|(_, at)| (*at).max(offset))
    });
    let there = there
        .get(inside.map_or(0, |at| at + 1)..)
        .unwrap_or_default();
    let line_end = text.get(offset..).and_then(|rest| rest.find('\n'));
    let line_end = line_end.map_or(text.len(), |end| offset + end);
    let closing = |number: &usize| scan.closed.iter().find(|(closed, _)| closed == number);
    // Where the innermost is closed on the same line, whatever is open further out is somebody else's.
    let is_closed_here = there
        .last()
        .and_then(|(_, number)| closing(number))
        .is_some_and(|(_, at)| *at < line_end);
    if is_closed_here {
        return Unclosed {
            open: Vec::new(),
            block_end,
        };
    }
    let lost = there.iter().filter(|(_, number)| closing(number).is_none());
    // A bracket that is not closed takes the one of what is around it, so it is the inner ones that lack theirs.
    let lost = there.len() - lost.count();
    let inner = there.get(lost..).unwrap_or_default();
    Unclosed {
        open: inner.iter().map(|(open, _)| *open).collect(),
        block_end,
    }
}

/// Goes over the tokens of a text and keeps what is open. Where the reader has closed something that the text leaves open,
/// the token that closes it is empty.
struct Scan<'t> {
    text: &'t str,
    /// What is open, each with a number of its own.
    open: Vec<(Open, usize)>,
    opened: usize,
    /// The numbers of what was closed by its own mark, and where.
    closed: Vec<(usize, usize)>,
    /// The numbers of the texts of several lines that have no end of their own, and where the reader ends them.
    ended: Vec<(usize, usize)>,
}

impl Scan<'_> {
    fn push(&mut self, open: Open) {
        self.open.push((open, self.opened));
        self.opened += 1;
    }

    /// Closes the innermost of a kind, and whatever is open in it; nothing, where none is open.
    fn close(&mut self, kind: Open, by: &Token) {
        let found = self.open.iter().rposition(|(open, _)| *open == kind);
        if let Some(place) = found {
            if let Some((_, number)) = self.open.get(place) {
                self.closed.push((*number, by.span.start as usize));
            }
            self.open.truncate(place);
        }
    }

    fn step(&mut self, token: &Token, next: Option<&Token>) {
        let written = self.text.get(token.span.range()).unwrap_or_default();
        // What is not closed is open as far as somebody may write in it.
        if written.is_empty() {
            let block = self.open.iter().rfind(|(open, _)| *open == Open::Block);
            if token.kind == TokenKind::TextEnd
                && !self.open.iter().any(|(open, _)| *open == Open::Text)
                && let Some((_, number)) = block
            {
                self.ended.push((*number, token.span.start as usize));
            }
            return;
        }
        match token.kind {
            TokenKind::TextStart if written.len() > 1 => self.push(Open::Block),
            TokenKind::TextStart => self.push(Open::Text),
            TokenKind::TextEnd if written.len() > 1 => self.close(Open::Block, token),
            TokenKind::TextEnd => self.close(Open::Text, token),
            TokenKind::HoleStart => self.push(Open::Hole),
            TokenKind::HoleEnd => self.close(Open::Hole, token),
            TokenKind::TextPart | TokenKind::SqlPart => self.lines_of(written),
            TokenKind::OpenBrace => self.push(Open::Brace),
            TokenKind::OpenParenthesis => self.push(Open::Parenthesis),
            TokenKind::OpenBracket => self.push(Open::Bracket),
            TokenKind::CloseBrace => self.close(Open::Brace, token),
            TokenKind::CloseParenthesis => self.close(Open::Parenthesis, token),
            TokenKind::CloseBracket => self.close(Open::Bracket, token),
            TokenKind::Newline => self.line_ends(next),
            _ => {}
        }
    }

    /// A hole ends with its line.
    fn lines_of(&mut self, written: &str) {
        if written.contains('\n') {
            self.end(&[Open::Hole]);
        }
    }

    /// A text that is not closed ends with its line, and everything does before a word that begins anew.
    fn line_ends(&mut self, next: Option<&Token>) {
        self.end(&[Open::Hole, Open::Text, Open::Block]);
        let word = next.filter(|next| next.kind == TokenKind::Word);
        let word = word.and_then(|word| self.text.get(word.span.range()));
        if word.is_some_and(begins_item) {
            self.open.clear();
        }
    }

    /// Ends the outermost of some kinds, and whatever is open in it.
    fn end(&mut self, kinds: &[Open]) {
        let found = self.open.iter().position(|(open, _)| kinds.contains(open));
        if let Some(place) = found {
            self.open.truncate(place);
        }
    }
}
