//! Which mistakes are told. One mistake gives one diagnostic: of those in one statement, or in one
//! item between two commas, the one that comes closest to the cause is told; what follows inside the
//! brackets behind it, and what an open quote swallowed, is not.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use sophia_diagnostics::{Diagnostic, Fix, Span, codes};

use crate::layout::{Layout, Lexeme};
use crate::mistake::{Mistake, Weight};

/// The diagnostics of what is read by itself, sorted by place.
pub(crate) fn tell(
    text: &str,
    mistakes: Vec<Mistake>,
    layout: &Layout<'_>,
    file: &Arc<str>,
) -> Vec<Diagnostic> {
    let swallowed = open_lines(text, &mistakes);
    let mut chosen: HashMap<u32, Mistake> = HashMap::new();
    let mut told: Vec<Mistake> = Vec::new();
    for mistake in mistakes {
        if mistake.weight == Weight::Slip {
            told.push(mistake);
            continue;
        }
        if mistake.code != codes::S105 && touches(&mistake, &swallowed) {
            continue;
        }
        let region = mistake
            .region
            .unwrap_or_else(|| region_at(&layout.lexemes, mistake.span));
        match chosen.get_mut(&region) {
            Some(before) if key(before) <= key(&mistake) => {}
            Some(before) => *before = mistake,
            None => {
                chosen.insert(region, mistake);
            }
        }
    }
    let mut causes: Vec<&Mistake> = chosen
        .iter()
        .filter(|(region, mistake)| !follows(**region, mistake, &chosen, layout))
        .map(|(_, mistake)| mistake)
        .collect();
    causes.sort_by_key(|mistake| mistake.span);
    let mut repeated = HashSet::new();
    for mistake in causes {
        // Items of one list that all miss the same thing are one mistake.
        let parent = mistake.region.and_then(|region| parent(layout, region));
        let alike = mistake.weight == Weight::Leftover
            && parent.is_some()
            && !repeated.insert((parent, mistake.message.clone()));
        if !alike {
            told.push(mistake.clone());
        }
    }
    let wider: Vec<Span> = told.iter().flat_map(edited).collect();
    // What another fix writes anew with what stands around it is the same mistake.
    told.retain(|mistake| {
        mistake.weight != Weight::Slip
            || !edited(mistake).any(|span| {
                (wider.iter()).any(|other| other.start < span.start && span.end <= other.end)
            })
    });
    told.sort_by_key(|mistake| (mistake.span, mistake.code));
    told.dedup_by_key(|mistake| (mistake.span, mistake.code));
    told.into_iter()
        .map(|mistake| diagnostic(mistake, file))
        .collect()
}

/// What the fix of a mistake writes anew.
fn edited(mistake: &Mistake) -> impl Iterator<Item = Span> {
    let edits = mistake.fix.iter().flat_map(|(_, edits)| edits);
    edits.map(|edit| edit.span)
}

/// A mistake that is told.
pub(crate) fn diagnostic(mistake: Mistake, file: &Arc<str>) -> Diagnostic {
    Diagnostic {
        fix: mistake.fix.map(|(message, edits)| Fix { message, edits }),
        label: mistake.label,
        ..Diagnostic::new(mistake.code, file.clone(), mistake.span, mistake.message)
    }
}

fn key(mistake: &Mistake) -> (Weight, Span) {
    (mistake.weight, mistake.span)
}

/// The region around a region, where both belong to one statement.
fn parent(layout: &Layout<'_>, region: u32) -> Option<u32> {
    layout.parents.get(region as usize).copied().flatten()
}

/// Whether a mistake inside a bracket comes after one in the statement around it.
fn follows(
    region: u32,
    mistake: &Mistake,
    chosen: &HashMap<u32, Mistake>,
    layout: &Layout<'_>,
) -> bool {
    let mut around = parent(layout, region);
    while let Some(outer) = around {
        if chosen
            .get(&outer)
            .is_some_and(|before| before.span.start <= mistake.span.start)
        {
            return true;
        }
        around = parent(layout, outer);
    }
    false
}

/// The lines on which a text was left open.
fn open_lines(text: &str, mistakes: &[Mistake]) -> Vec<Range<u32>> {
    mistakes
        .iter()
        .filter(|mistake| mistake.code == codes::S105)
        .map(|mistake| {
            let at = mistake.span.range().start;
            let start = text
                .get(..at)
                .and_then(|before| before.rfind('\n'))
                .map_or(0, |newline| newline + 1);
            let end = text
                .get(at..)
                .and_then(|after| after.find('\n'))
                .map_or(text.len(), |newline| at + newline);
            let line = Span::new(start, end);
            line.start..line.end + 1
        })
        .collect()
}

/// Whether a mistake stands on one of the lines, or would be mended there.
fn touches(mistake: &Mistake, lines: &[Range<u32>]) -> bool {
    let mended = mistake
        .fix
        .iter()
        .flat_map(|(_, edits)| edits.iter())
        .map(|edit| edit.span.start);
    std::iter::once(mistake.span.start)
        .chain(mended)
        .any(|at| lines.iter().any(|line| line.contains(&at)))
}

/// The region of a place: of the lexeme that begins there, or that ends there.
fn region_at(lexemes: &[Lexeme<'_>], span: Span) -> u32 {
    let after = lexemes.partition_point(|lexeme| lexeme.span.start < span.start);
    let begins = lexemes
        .get(after)
        .filter(|lexeme| span.start < span.end && lexeme.span.start == span.start);
    let before = after.checked_sub(1).and_then(|before| lexemes.get(before));
    begins.or(before).map_or(0, |lexeme| lexeme.region)
}
