//! Which mistakes are told. One mistake gives one diagnostic: of those in one statement, or in one
//! item between two commas, the one that comes closest to the cause is told.

use std::collections::HashMap;
use std::sync::Arc;

use sophia_diagnostics::{Diagnostic, Fix, Span};

use crate::layout::Lexeme;
use crate::mistake::{Mistake, Weight};

/// The diagnostics of a file, sorted by place.
pub(crate) fn tell(
    mistakes: Vec<Mistake>,
    lexemes: &[Lexeme<'_>],
    file: &Arc<str>,
) -> Vec<Diagnostic> {
    let mut chosen: HashMap<u32, Mistake> = HashMap::new();
    let mut told: Vec<Mistake> = Vec::new();
    for mistake in mistakes {
        if mistake.weight == Weight::Slip {
            told.push(mistake);
            continue;
        }
        let region = mistake
            .region
            .unwrap_or_else(|| region_at(lexemes, mistake.span));
        match chosen.get_mut(&region) {
            Some(before) if key(before) <= key(&mistake) => {}
            Some(before) => *before = mistake,
            None => {
                chosen.insert(region, mistake);
            }
        }
    }
    told.extend(chosen.into_values());
    told.sort_by_key(|mistake| (mistake.span, mistake.code));
    told.dedup_by_key(|mistake| (mistake.span, mistake.code));
    told.into_iter()
        .map(|mistake| Diagnostic {
            fix: mistake
                .fix
                .map(|(message, edits)| Fix { message, edits }),
            label: mistake.label,
            ..Diagnostic::new(mistake.code, file.clone(), mistake.span, mistake.message)
        })
        .collect()
}

fn key(mistake: &Mistake) -> (Weight, Span) {
    (mistake.weight, mistake.span)
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
