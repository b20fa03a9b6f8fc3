//! The declarations of a file change their places; the statements keep their order among themselves, or the other way
//! round.

use std::collections::BTreeSet;
use std::ops::Range;

use sophia_language::parse;
use sophia_language::syntax::Item;

use super::{DECLARE, Rewritten, Seed, words};

/// What changes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moves {
    /// What may stand anywhere.
    Declarations,
    /// What may not.
    Statements,
}

/// The names that are used before they are declared.
pub fn declared_later(text: &str) -> BTreeSet<&str> {
    let mut used: BTreeSet<&str> = BTreeSet::new();
    let mut later = BTreeSet::new();
    for line in text.lines() {
        let mut words = words(line);
        if (words.next()).is_some_and(|word| line.starts_with(word) && DECLARE.contains(&word)) {
            later.extend(words.next().filter(|name| used.contains(name)));
        }
        used.extend(words);
    }
    later
}

/// `None` where the file has fewer than two parts that move, or could not be read whole.
pub fn reordered(text: &str, moves: Moves, seed: &mut Seed) -> Option<Rewritten> {
    let parsed = parse(text, "rewritten.sophia".into());
    if !parsed.diagnostics.is_empty() {
        return None;
    }
    let starts: Vec<(usize, bool)> = (parsed.file.items.iter())
        .map(|item| {
            let (start, kind) = place(item);
            (with_remarks(text, start), kind == Some(moves))
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
        // Never with itself, so that none keeps its place.
        moving.swap(at, seed.below(at));
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

/// Where an item begins, and what it counts as. Inputs can be given by their order, so they stay.
fn place(item: &Item) -> (usize, Option<Moves>) {
    let declared = Some(Moves::Declarations);
    let (span, kind) = match item {
        Item::Use(item) => (item.span, declared),
        Item::Zone { span, .. } | Item::Calendar { span, .. } => (*span, declared),
        Item::Input(item) => (item.span, None),
        Item::Trigger(item) => (item.span, None),
        Item::Type(item) => (item.span, declared),
        Item::Query(item) => (item.span, declared),
        Item::Command(item) => (item.span, declared),
        Item::Metric(item) => (item.span, declared),
        Item::State(item) => (item.span, declared),
        Item::Function(item) => (item.span, declared),
        Item::Action(item) => (item.span, declared),
        Item::Policy(item) => (item.span, declared),
        Item::OneRun(item) => (item.span, declared),
        Item::Predictor(item) => (item.span, declared),
        Item::Model(item) => (item.span, declared),
        Item::OnFailure(item) => (item.span, declared),
        Item::Test(item) => (item.span, declared),
        Item::Statement(item) => (item.span(), Some(Moves::Statements)),
        Item::Error(span) => (*span, None),
    };
    (span.range().start, kind)
}
