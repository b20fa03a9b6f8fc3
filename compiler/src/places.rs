//! Where the steps of a plan stand in the text that it came from, for complaints.

use sophia_diagnostics::{LineIndex, Span};
use sophia_plan::step::Origin;

/// The text of one playbook.
#[derive(Clone, Debug)]
pub(crate) struct Places<'a> {
    text: &'a str,
    lines: LineIndex<'a>,
}

impl<'a> Places<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        Self {
            text,
            lines: LineIndex::new(text),
        }
    }

    /// The first line of what begins at a place, without its opening brace.
    pub(crate) fn head(&self, origin: Origin) -> Span {
        let line = self.lines.line(origin.line);
        let skipped: usize = (line.chars())
            .take(origin.column.saturating_sub(1) as usize)
            .map(char::len_utf8)
            .sum();
        // The line is a part of the text, so the distance of the two is its place.
        let start = (line.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let head = line.get(skipped..).unwrap_or("");
        let head = head.split(" #").next().unwrap_or(head);
        let head = head.trim_end().trim_end_matches('{').trim_end();
        let from = start + skipped;
        Span::new(from, from + head.len())
    }

    /// What a loop goes through: what stands behind ` in ` on its first line.
    pub(crate) fn source(&self, origin: Origin) -> Span {
        let head = self.head(origin);
        let text = self.text.get(head.range()).unwrap_or("");
        let Some((before, source)) = text.split_once(" in ") else {
            return head;
        };
        let source = source.split(',').next().unwrap_or(source).trim_end();
        let from = head.start as usize + before.len() + " in ".len();
        Span::new(from, from + source.len())
    }
}
