//! A text in which tables and columns that SQL misspells are written as the nearest that are there, so that what rests on
//! its rows can be told all the same.
//!
//! Kept true here: the line of the place that is asked about is never changed, so the place stands in the same line and
//! column of both texts.

use std::sync::{Arc, OnceLock};

use sophia_diagnostics::codes;

use crate::project::{File, Spot};
use crate::text::Text;

/// The text with what SQL misspells corrected, and where the byte is in it; `None` where nothing is misspelt, or where it
/// is in the line of the byte.
pub(super) fn mended(spot: &Spot<'_>, offset: usize) -> Option<(Arc<File>, usize)> {
    spot.project?;
    let text = spot.file.text.as_str();
    let misspelt = (spot.file.diagnostics.iter())
        .filter(|told| told.code == codes::S401 || told.code == codes::S402);
    let mut edits: Vec<_> = misspelt
        .filter_map(|told| told.fix.as_ref())
        .flat_map(|fix| &fix.edits)
        .collect();
    edits.sort_by_key(|edit| edit.span);
    let line_start = text.get(..offset)?.rfind('\n').map_or(0, |end| end + 1);
    let line_end = text.get(offset..)?.find('\n');
    let line_end = line_end.map_or(text.len(), |end| offset + end);
    let mut mended = String::new();
    let mut done = 0;
    let mut moved = offset;
    for edit in &edits {
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        let is_here = end >= line_start && start <= line_end;
        if is_here || edit.text.contains('\n') {
            return None;
        }
        mended.push_str(text.get(done..start)?);
        mended.push_str(&edit.text);
        if end <= offset {
            moved = (moved + edit.text.len()).checked_sub(end - start)?;
        }
        done = end;
    }
    if edits.is_empty() {
        return None;
    }
    mended.push_str(text.get(done..)?);
    Some((read(spot, mended), moved))
}

/// Another text of a file as it is read, with what a check finds in it.
pub(super) fn read(spot: &Spot<'_>, text: String) -> Arc<File> {
    let name = &spot.file.name;
    let checked = (spot.project).and_then(|project| project.scratch.tried(project, name, &text));
    let (parsed, places) = match checked {
        Some((parsed, places)) => (parsed, Some(places)),
        None => (Arc::new(sophia_language::parse(&text, name.clone())), None),
    };
    Arc::new(File {
        name: name.clone(),
        text: Text::new(text),
        diagnostics: Vec::new(),
        parsed: Some(parsed),
        playbook: None,
        places,
        index: OnceLock::new(),
        named: OnceLock::new(),
    })
}
