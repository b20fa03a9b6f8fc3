//! The declarations of a file change their places; the statements keep their order among themselves.

use std::ops::Range;

use sophia_language::parse;
use sophia_language::syntax::Item;

use super::{Rewritten, Seed};

/// `None` where the file has fewer than two declarations, or could not be read whole.
pub fn reordered(text: &str, seed: &mut Seed) -> Option<Rewritten> {
    let parsed = parse(text, "rewritten.sophia".into());
    if !parsed.diagnostics.is_empty() {
        return None;
    }
    let starts: Vec<(usize, bool)> = (parsed.file.items.iter())
        .map(|item| {
            let (start, moves) = place(item);
            (with_remarks(text, start), moves)
        })
        .collect();
    let ends = (starts.iter().skip(1).map(|(start, _)| *start)).chain([text.len()]);
    let (moving, staying): (Vec<_>, Vec<_>) = (starts.iter())
        .zip(ends)
        .map(|((start, moves), end)| (*start..end, *moves))
        .partition(|(_, moves)| *moves);
    if moving.len() < 2 {
        return None;
    }
    let mut moving: Vec<Range<usize>> = moving.into_iter().map(|(range, _)| range).collect();
    for at in (1..moving.len()).rev() {
        moving.swap(at, seed.below(at + 1));
    }
    let mut order: Vec<Range<usize>> = Vec::new();
    let mut staying = staying.into_iter().map(|(range, _)| range).peekable();
    let mut moving = moving.into_iter().peekable();
    while staying.peek().is_some() || moving.peek().is_some() {
        let declaration = moving.peek().is_some() && (staying.peek().is_none() || seed.one_in(2));
        order.extend(if declaration {
            moving.next()
        } else {
            staying.next()
        });
    }
    let head = starts.first().map_or(text.len(), |(start, _)| *start);
    let mut made = text[..head].to_owned();
    let mut kept = vec![(0..head, 0)];
    for range in order {
        kept.push((range.clone(), made.len()));
        made.push_str(text[range].trim_end());
        made.push_str("\n\n");
    }
    made.truncate(made.trim_end().len());
    made.push('\n');
    Some(Rewritten {
        text: made,
        kept,
        names: Vec::new(),
        alike: None,
    })
}

/// The beginning of the line, of the remarks right above it.
fn with_remarks(text: &str, start: usize) -> usize {
    let mut start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    loop {
        let above = text[..start.saturating_sub(1)]
            .rfind('\n')
            .map_or(0, |at| at + 1);
        if start == 0 || !text[above..start].starts_with('#') {
            return start;
        }
        start = above;
    }
}

/// Where an item begins, and whether its place among the others means nothing.
fn place(item: &Item) -> (usize, bool) {
    let (span, moves) = match item {
        Item::Use(item) => (item.span, true),
        Item::Zone { span, .. } | Item::Calendar { span, .. } => (*span, true),
        // Inputs can be given by their order.
        Item::Input(item) => (item.span, false),
        Item::Trigger(item) => (item.span, false),
        Item::Type(item) => (item.span, true),
        Item::Query(item) => (item.span, true),
        Item::Command(item) => (item.span, true),
        Item::Metric(item) => (item.span, true),
        Item::State(item) => (item.span, true),
        Item::Function(item) => (item.span, true),
        Item::Action(item) => (item.span, true),
        Item::Policy(item) => (item.span, true),
        Item::OneRun(item) => (item.span, true),
        Item::Predictor(item) => (item.span, true),
        Item::Model(item) => (item.span, true),
        Item::OnFailure(item) => (item.span, true),
        Item::Test(item) => (item.span, true),
        Item::Statement(item) => (item.span(), false),
        Item::Error(span) => (*span, false),
    };
    (span.range().start, moves)
}
