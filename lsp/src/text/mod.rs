//! A text and where its lines begin, and places in it as clients count them.

mod change;
mod encoding;

use std::sync::Arc;

use sophia_diagnostics::Span;

use crate::protocol::{Position, Range};

pub use change::apply;
pub use encoding::Encoding;

/// A text that does not change, with its lines.
///
/// A line ends behind `\n`, `\r\n` or a lone `\r`, as the protocol says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    text: Arc<str>,
    /// The first byte of each line.
    starts: Arc<[u32]>,
}

impl Text {
    /// Finds the lines of a text.
    #[must_use]
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|(at, byte)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        let starts = std::iter::once(0).chain(ends.map(|(at, _)| narrow(at + 1)));
        let starts = starts.collect();
        Self { text, starts }
    }

    /// The same with other words in the place of some: only the lines there are looked for anew.
    #[must_use]
    pub fn with(&self, place: Span, words: &str) -> Self {
        let mut text = (*self.text).to_owned();
        text.replace_range(place.range(), words);
        let bytes = text.as_bytes();
        let (from, to) = (place.start as usize, place.start as usize + words.len());
        let behind_a_break = |at: &usize| match at.checked_sub(1).and_then(|end| bytes.get(end)) {
            Some(b'\n') => true,
            Some(b'\r') => bytes.get(*at) != Some(&b'\n'),
            _ => *at == 0,
        };
        // Whether a line begins at a byte is told by this byte and the one before it.
        let before = self.starts.partition_point(|start| *start < place.start);
        let behind = self.starts.partition_point(|start| *start <= place.end);
        let moved = |start: &u32| narrow(*start as usize - place.end as usize + to);
        let starts = (self.starts.iter().take(before).copied())
            .chain((from..=to).filter(behind_a_break).map(narrow))
            .chain(self.starts.iter().skip(behind).map(moved))
            .collect();
        let text = Arc::from(text);
        Self { text, starts }
    }

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text itself, shared.
    #[must_use]
    pub fn shared(&self) -> &Arc<str> {
        &self.text
    }

    /// How many lines there are; a text that ends with a line break has an empty last one.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.starts.len()
    }

    /// The bytes of a line (from 0) without its line break; `None` past the last line.
    #[must_use]
    pub fn line(&self, line: usize) -> Option<Span> {
        let start = *self.starts.get(line)? as usize;
        let end = self
            .starts
            .get(line + 1)
            .map_or(self.text.len(), |end| *end as usize);
        let whole = self.text.get(start..end)?;
        let length = whole.trim_end_matches(['\n', '\r']).len();
        // A lone line break ends its line, however many stand in a row.
        Some(Span::new(start, start + length))
    }

    /// The line (from 0) of a byte.
    #[must_use]
    pub fn line_of(&self, offset: usize) -> usize {
        let offset = narrow(offset);
        self.starts
            .partition_point(|start| *start <= offset)
            .saturating_sub(1)
    }

    /// The byte of a place. A place past the end of its line is the line's end, past the last line the text's end;
    /// a place inside a character is the character's beginning.
    #[must_use]
    pub fn offset(&self, place: Position, encoding: Encoding) -> usize {
        let Some(line) = self.line(place.line as usize) else {
            return self.text.len();
        };
        let written = self.text.get(line.range()).unwrap_or_default();
        line.start as usize + encoding.bytes(written, place.character as usize)
    }

    /// The place of a byte. A byte past the end is the end; one inside a character is the character's beginning.
    #[must_use]
    pub fn position(&self, offset: usize, encoding: Encoding) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.line_of(offset);
        let span = self.line(line).unwrap_or_default();
        let end = offset.min(span.end as usize);
        let before = self.text.get(span.start as usize..end).unwrap_or_default();
        Position {
            line: narrow(line),
            character: narrow(encoding.units(before)),
        }
    }

    /// The bytes of a range; turned round where it ends before it begins.
    #[must_use]
    pub fn span(&self, range: Range, encoding: Encoding) -> Span {
        let (start, end) = (
            self.offset(range.start, encoding),
            self.offset(range.end, encoding),
        );
        Span::new(start.min(end), start.max(end))
    }

    /// The range of some bytes.
    #[must_use]
    pub fn range(&self, span: Span, encoding: Encoding) -> Range {
        Range {
            start: self.position(span.start as usize, encoding),
            end: self.position(span.end as usize, encoding),
        }
    }

    /// What stands at some bytes; empty where they are not in the text.
    #[must_use]
    pub fn at(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }
}

pub(crate) fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
