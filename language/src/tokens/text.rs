//! The pieces between two quotes, and how far a hole reaches.

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
