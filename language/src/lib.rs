//! Text ⇄ syntax: tokens, grammar, the tree with its places, and the formatter.
//!
//! Kept true: reading never panics and always gives a tree; what is missing stands in it as missing;
//! one mistake gives one diagnostic, and several give several.
//!
//! Must not know: what names mean, types, the catalogue, files, the network.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::panic,
        clippy::unreachable,
        clippy::todo,
        clippy::unimplemented
    )
)]

mod format;
mod grammar;
mod habits;
mod layout;
mod mistake;
pub mod outline;
mod report;
mod stretch;
pub mod syntax;
mod tokens;
mod words;

use std::sync::Arc;

use sophia_diagnostics::Diagnostic;

pub use habits::type_meant;
pub use sophia_phrases as phrases;
pub use tokens::{Token, TokenKind};
pub use words::{begins_item, is_no_name};

/// A file that was read.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The tree. Where the text has mistakes, it holds what was understood.
    pub file: syntax::File,
    /// Every byte of the text, in order.
    pub tokens: Vec<Token>,
    /// What is wrong, sorted by place.
    pub diagnostics: Vec<Diagnostic>,
    /// Where in all of it the stretches begin that are read by themselves.
    stretches: Vec<stretch::Stretch>,
}

/// The tokens of a text: every byte in one of them, in order.
#[must_use]
pub fn tokens(text: &str) -> Vec<Token> {
    stretch::tokens(text)
}

/// Reads a file. `file` is its name in diagnostics.
#[must_use]
#[allow(
    clippy::needless_pass_by_value,
    reason = "a caller hands over the name that its diagnostics carry"
)]
pub fn parse(text: &str, file: Arc<str>) -> Parsed {
    stretch::read(text, &file, None)
}

/// Reads a file of which an earlier text was read, which makes it faster and nothing else. `before` is what it read as,
/// and that text itself.
#[must_use]
pub fn parse_after(text: &str, file: &Arc<str>, before: (&Parsed, &str)) -> Parsed {
    let (parsed, earlier) = before;
    stretch::read(text, file, Some(stretch::Before::of(parsed, earlier, text)))
}

/// Writes a file in its one form: indentation, spaces and blank lines. Comments, line breaks and
/// the alignment of values stay the writer's own.
///
/// # Errors
/// A file that holds syntax errors is not formatted; its diagnostics are returned.
pub fn format(text: &str, file: Arc<str>) -> Result<String, Vec<Diagnostic>> {
    let parsed = parse(text, file);
    if parsed.diagnostics.iter().any(Diagnostic::is_error) {
        return Err(parsed.diagnostics);
    }
    Ok(format::format(text, &parsed.tokens))
}
