//! The pieces between two quotes, and how far a hole reaches.

use std::ops::Range;

use logos::Logos;

/// A piece of a text.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text, with `{{` and `}}` for braces.
    #[regex(r"([^{}]|\{\{|\}\})+")]
    Plain,
    /// `{`
    #[token("{")]
    Open,
    /// `}`
    #[token("}")]
    Close,
}

/// The piece that `rest` begins with, and its length in bytes.
pub(super) fn next(rest: &str) -> Option<(Piece, usize)> {
    let mut lexer = Piece::lexer(rest);
    match lexer.next()? {
        Ok(piece) => Some((piece, lexer.span().len())),
        Err(()) => Some((Piece::Plain, rest.chars().next().map_or(0, char::len_utf8))),
    }
}

/// What stands in a hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hole {
    /// The length of its content in bytes.
    pub(super) length: usize,
    /// Whether its `}` is there.
    pub(super) closed: bool,
}

/// How far a hole reaches; `rest` begins after its `{`. A hole stands on one line. One that has no
/// end covers the path it begins with, so that the text around it stays text.
pub(super) fn hole(rest: &str) -> Hole {
    let line = rest.split('\n').next().unwrap_or(rest);
    let mut depth = 0_usize;
    let mut quoted = false;
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'{' if !quoted => depth += 1,
            b'}' if !quoted && depth == 0 => {
                return Hole {
                    length: at,
                    closed: true,
                };
            }
            b'}' if !quoted => depth -= 1,
            _ => {}
        }
    }
    let path = line
        .bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
        .count();
    Hole {
        length: line
            .get(..path)
            .map_or(0, |path| path.trim_end_matches('.').len()),
        closed: false,
    }
}

/// A text within a hole of a text on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct QuotedInHole {
    /// The first text within a hole, with its quotes.
    pub(super) inner: Range<usize>,
    /// Where the text around it ends: at its last quote.
    pub(super) end: usize,
}

/// The text within a hole that the line seems to mean; `line` begins after the first quote. `None` where the next
/// quote stands outside of holes, or where no quote is left that could end the text around the hole.
pub(super) fn quoted_in_hole(line: &str) -> Option<QuotedInHole> {
    let mut depth = 0_usize;
    let mut inner: Option<Range<usize>> = None;
    let mut open: Option<usize> = None;
    let mut bytes = line.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        match (byte, open) {
            (b'"', Some(start)) => {
                open = None;
                inner.get_or_insert(start..at + 1);
            }
            (b'"', None) if depth == 0 => {
                return inner.map(|inner| QuotedInHole { inner, end: at });
            }
            (b'"', None) => open = Some(at),
            (b'{', None) if depth == 0 && bytes.peek().is_some_and(|(_, next)| *next == b'{') => {
                bytes.next();
            }
            (b'{', None) => depth += 1,
            (b'}', None) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// Quotes with a `\` before them, as other languages write them inside a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Escaped {
    /// Where each `\"` begins.
    pub(super) quotes: Vec<usize>,
    /// The quote that ends the text.
    pub(super) end: usize,
}

/// The quotes with a `\` before them of a text that is closed behind them; `line` begins after its first quote. A hole is
/// left to whoever reads holes.
pub(super) fn escaped(line: &str) -> Option<Escaped> {
    let mut quotes = Vec::new();
    let mut depth = 0_usize;
    let mut bytes = line.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        let next = bytes.peek().map(|(_, next)| *next);
        match byte {
            b'\\' if next == Some(b'"') && depth == 0 => {
                let behind = line.as_bytes().get(at + 2);
                // A text may end in `\`; a word right behind its end would be no value.
                if quotes.is_empty() && !behind.is_some_and(|byte| is_letter(*byte)) {
                    return None;
                }
                quotes.push(at);
                bytes.next();
            }
            b'"' if depth == 0 => {
                return (!quotes.is_empty()).then_some(Escaped { quotes, end: at });
            }
            b'"' => return None,
            b'{' if next == Some(b'{') && depth == 0 => {
                bytes.next();
            }
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii()
}
