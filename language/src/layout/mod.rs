//! Tokens → what the grammar reads: brackets in pairs, line ends where statements end, keywords in
//! their place. Every repair is a mistake told once; after it the grammar meets a whole file.
//!
//! Kept true: brackets, holes and texts are balanced and nest at most [`DEEPEST`] deep; nothing here
//! recurses.

mod brackets;
mod comments;
mod context;
mod continuation;
mod lines;
mod marks;
mod opening;
mod pieces;
mod slips;

use std::collections::HashMap;

use sophia_diagnostics::Span;

use crate::mistake::Mistake;
use crate::syntax::Documentation;
use crate::tokens::TokenKind;

pub(crate) use lines::lay_out;

/// How deep brackets, blocks, holes and the operators of one expression may nest.
pub(crate) const DEEPEST: usize = 64;

/// A token as the grammar sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Lexeme<'a> {
    pub(crate) kind: TokenKind,
    /// Its text; for a keyword that was misspelt or left out, the keyword.
    pub(crate) text: &'a str,
    pub(crate) span: Span,
    /// The statement, or the item between two commas, that it belongs to.
    pub(crate) region: u32,
    /// For a `{`: whether lines stand behind it, and not the fields of a value.
    pub(crate) opens_lines: bool,
}

impl Lexeme<'_> {
    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text == word
    }

    /// Whether an item of a list or a block ends before this.
    pub(crate) fn ends_item(&self) -> bool {
        self.kind.is_closing() || matches!(self.kind, TokenKind::LineEnd | TokenKind::Comma)
    }
}

/// A whole file, or a stretch of it that is read by itself, ready for the grammar.
pub(crate) struct Layout<'a> {
    /// Its first byte.
    pub(crate) start: u32,
    pub(crate) lexemes: Vec<Lexeme<'a>>,
    /// The `##` before a lexeme, by the lexeme's index.
    pub(crate) documentation: HashMap<usize, Documentation>,
    /// The `##` after a lexeme on its line.
    pub(crate) trailing: HashMap<usize, Documentation>,
    pub(crate) mistakes: Vec<Mistake>,
    /// For each region, the one around it, where both belong to one statement.
    pub(crate) parents: Vec<Option<u32>>,
}
