//! A statement as words, marks and what stands in parentheses: enough to see which rows it reads, also while it is
//! half written.
//!
//! Kept true here: what stands in quotes and in comments is never a word, except a quoted name; text of any depth is
//! read without running out of stack.

use sophia_diagnostics::Span;
use sophia_language::syntax::SqlText;

/// Deeper parentheses are read as if they were not there.
const DEEPEST: usize = 32;

/// A piece of a statement. Places are places in the file.
#[derive(Clone, Debug)]
pub(super) enum Piece<'s> {
    /// A word or a quoted name, without its quotes.
    Word(&'s str, Span),
    Mark(char),
    /// What stands in parentheses; the span is that between them, up to the end of the text where none closes.
    Group(Vec<Piece<'s>>, Span),
}

impl Piece<'_> {
    /// Whether it is one of these words, which are in lower case.
    pub(super) fn is(&self, words: &[&str]) -> bool {
        matches!(self, Self::Word(word, _) if words.iter().any(|wanted| word.eq_ignore_ascii_case(wanted)))
    }

    /// Whether it is this mark.
    pub(super) fn is_mark(&self, wanted: char) -> bool {
        matches!(self, Self::Mark(mark) if *mark == wanted)
    }
}

/// The pieces of a statement.
pub(super) fn pieces(sql: &SqlText) -> Vec<Piece<'_>> {
    let text = sql.text.as_str();
    let base = sql.start as usize;
    let place = |from: usize, to: usize| Span::new(base + from, base + to);
    let mut open: Vec<(usize, Vec<Piece<'_>>)> = Vec::new();
    let mut ignored = 0usize;
    let mut now = Vec::new();
    let mut at = 0;
    while let Some(letter) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        let length = match letter {
            '\'' => quoted(rest, '\''),
            '"' | '`' => {
                let length = quoted(rest, letter);
                let inside = rest.get(1..length.saturating_sub(1)).unwrap_or_default();
                now.push(Piece::Word(inside, place(at, at + length)));
                length
            }
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '(' if open.len() < DEEPEST => {
                open.push((at + 1, std::mem::take(&mut now)));
                1
            }
            '(' => {
                ignored += 1;
                1
            }
            ')' if ignored > 0 => {
                ignored -= 1;
                1
            }
            ')' => {
                if let Some((start, before)) = open.pop() {
                    let inside = std::mem::replace(&mut now, before);
                    now.push(Piece::Group(inside, place(start, at)));
                }
                1
            }
            _ if is_of_word(letter) => {
                let length = rest
                    .find(|letter| !is_of_word(letter))
                    .unwrap_or(rest.len());
                let word = rest.get(..length).unwrap_or_default();
                now.push(Piece::Word(word, place(at, at + length)));
                length
            }
            _ => {
                if !letter.is_whitespace() {
                    now.push(Piece::Mark(letter));
                }
                letter.len_utf8()
            }
        };
        at += length.max(1);
    }
    while let Some((start, before)) = open.pop() {
        let inside = std::mem::replace(&mut now, before);
        now.push(Piece::Group(inside, place(start, text.len())));
    }
    now
}

/// Whether a letter may stand in a word.
pub(super) fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// How long a quoted text is, its quotes included.
fn quoted(text: &str, quote: char) -> usize {
    let inside = text.get(1..).unwrap_or_default();
    inside.find(quote).map_or(text.len(), |end| end + 2)
}
