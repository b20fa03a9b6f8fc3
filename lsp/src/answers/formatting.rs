//! The one form of a text.

use sophia_diagnostics::Span;

use super::indenting::indented;
use super::place::spot_of;
use crate::project::{Spot, View};
use crate::protocol::{
    DocumentFormattingParams, DocumentOnTypeFormattingParams, DocumentRangeFormattingParams,
    TextEdit,
};
use crate::server::Refusal;

/// A whole document. A text with syntax errors stays as it is.
pub(crate) fn whole(
    view: &View,
    params: DocumentFormattingParams,
) -> Result<Option<Vec<TextEdit>>, Refusal> {
    let Some(spot) = spot_of(view, &params.text_document.uri) else {
        return Ok(None);
    };
    Ok(edits(&spot, true))
}

/// The lines of a part of it.
pub(crate) fn range(
    view: &View,
    params: DocumentRangeFormattingParams,
) -> Result<Option<Vec<TextEdit>>, Refusal> {
    let Some(spot) = spot_of(view, &params.text_document.uri) else {
        return Ok(None);
    };
    let (first, last) = (params.range.start.line, params.range.end.line);
    Ok(edits(&spot, false).map(|edits| within(edits, first, last)))
}

/// The line that was just ended, how far to the right the next one begins, and what a closing brace closes. The text may
/// have mistakes: somebody is in the middle of it.
pub(crate) fn on_type(
    view: &View,
    params: DocumentOnTypeFormattingParams,
) -> Result<Option<Vec<TextEdit>>, Refusal> {
    let Some(spot) = spot_of(view, &params.text_document.uri) else {
        return Ok(None);
    };
    let line = params.position.line;
    // Behind a line break the line before is whole.
    let is_new = params.ch == "\n";
    let whole = if is_new { line.saturating_sub(1) } else { line };
    let mut edits = edits(&spot, false).map_or_else(Vec::new, |edits| within(edits, whole, whole));
    let is_done = |edit: &TextEdit| edit.range.end.line > line || edit.range.start.line == line;
    if !edits.iter().any(is_done) {
        let above = edits.last().filter(|edit| edit.range.start.line == whole);
        let above = above.map(|edit| edit.new_text.clone());
        edits.extend(indented(&spot, line as usize, is_new, above.as_deref()));
    }
    Ok(Some(edits))
}

fn within(edits: Vec<TextEdit>, first: u32, last: u32) -> Vec<TextEdit> {
    let inside = |edit: &TextEdit| {
        first <= edit.range.start.line
            && edit.range.end.line <= last.saturating_add(1)
            && edit.range.start.line <= last
    };
    edits.into_iter().filter(inside).collect()
}

/// The edits that give a text its one form, each as small as whole lines allow. Of a text that is not formatted as a whole
/// the line breaks stay as they are, so that they stay alike.
fn edits(spot: &Spot<'_>, with_breaks: bool) -> Option<Vec<TextEdit>> {
    spot.parsed()?;
    let before = spot.file.text.as_str();
    let after = sophia_language::format(before, spot.file.name.clone()).ok()?;
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let mut edits = Vec::new();
    let mut offset = 0;
    let without_break = |line: &'_ str| line.trim_end_matches(['\n', '\r']).len();
    let is_same = |old: &str, new: &str| {
        let length = without_break(old);
        old == new || !with_breaks && old.get(..length) == new.get(..without_break(new))
    };
    // Where as many lines stand before and after, each line is an edit of its own; otherwise the middle is one.
    if old.len() == new.len() {
        for (old, new) in old.iter().zip(&new) {
            let span = Span::new(offset, offset + old.len());
            if with_breaks && old != new {
                edits.push(edit(spot, span, new));
            } else if !is_same(old, new) {
                let end = offset + without_break(old);
                let new = new.get(..without_break(new)).unwrap_or(new);
                edits.push(edit(spot, Span::new(offset, end), new));
            }
            offset = span.end as usize;
        }
        return Some(edits);
    }
    let same = old
        .iter()
        .zip(&new)
        .take_while(|(old, new)| is_same(old, new))
        .count();
    let left = old.len().min(new.len()) - same;
    let tail = (old.iter().rev().zip(new.iter().rev()))
        .take(left)
        .take_while(|(old, new)| is_same(old, new))
        .count();
    let length = |lines: &[&str]| lines.iter().map(|line| line.len()).sum::<usize>();
    let start = length(old.get(..same)?);
    let end = before.len() - length(old.get(old.len() - tail..)?);
    let put = new.get(same..new.len() - tail)?.concat();
    edits.push(edit(spot, Span::new(start, end), &put));
    Some(edits)
}

fn edit(spot: &Spot<'_>, span: Span, text: &str) -> TextEdit {
    TextEdit {
        range: spot.range(span),
        new_text: text.to_owned(),
    }
}
