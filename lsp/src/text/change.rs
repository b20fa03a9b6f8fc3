//! Changes of a text as a client sends them.

use super::{Encoding, Text};
use crate::protocol::TextDocumentContentChangeEvent;

/// The text after changes, each of which counts in the text that the one before left.
#[must_use]
pub fn apply(text: &Text, changes: &[TextDocumentContentChangeEvent], encoding: Encoding) -> Text {
    // What stands before a change of the whole text does not matter.
    let whole = |change: &TextDocumentContentChangeEvent| {
        matches!(
            change,
            TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(_)
        )
    };
    let first = changes.iter().rposition(whole).unwrap_or(0);
    let mut now = text.clone();
    for change in changes.iter().skip(first) {
        now = match change {
            TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(change) => {
                Text::new(change.text.as_str())
            }
            TextDocumentContentChangeEvent::TextDocumentContentChangePartial(change) => {
                now.with(now.span(change.range, encoding), &change.text)
            }
        };
    }
    now
}
