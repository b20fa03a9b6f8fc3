//! What belongs together and can be folded away.

use sophia_diagnostics::Span;
use sophia_language::outline::{Entry, outline};
use sophia_language::{Token, TokenKind};

use super::place::spot_of;
use crate::project::{Spot, View};
use crate::protocol::{FoldingRange, FoldingRangeKind, FoldingRangeParams};
use crate::server::Refusal;
use crate::text::narrow;

/// Everything of a document that takes more than one line and belongs together.
pub(crate) fn folds(
    view: &View,
    params: FoldingRangeParams,
) -> Result<Option<Vec<FoldingRange>>, Refusal> {
    let Some(spot) = spot_of(view, &params.text_document.uri) else {
        return Ok(None);
    };
    let Some(parsed) = spot.parsed() else {
        return Ok(None);
    };
    let mut spans: Vec<(Span, Option<FoldingRangeKind>)> = Vec::new();
    for bracket in brackets(&parsed.tokens) {
        spans.push((bracket, None));
    }
    for entry in &outline(&parsed.file) {
        gather(entry, &mut spans);
    }
    for comment in comments(&spot, &parsed.tokens) {
        spans.push((comment, Some(FoldingRangeKind::Comment)));
    }
    let mut folds: Vec<FoldingRange> = (spans.into_iter())
        .filter_map(|(span, kind)| {
            let start = spot.file.text.line_of(span.start as usize);
            let end = spot.file.text.line_of(span.end.saturating_sub(1) as usize);
            (start < end).then(|| FoldingRange {
                start_line: narrow(start),
                end_line: narrow(end),
                kind,
                ..FoldingRange::default()
            })
        })
        .collect();
    folds.sort_by_key(|fold| (fold.start_line, fold.end_line));
    folds.dedup_by_key(|fold| (fold.start_line, fold.end_line));
    Ok(Some(folds))
}

fn gather(entry: &Entry, spans: &mut Vec<(Span, Option<FoldingRangeKind>)>) {
    spans.push((entry.span, None));
    for child in &entry.children {
        gather(child, spans);
    }
}

/// The spans of brackets and texts, each with what opens and what closes it.
pub(super) fn brackets(tokens: &[Token]) -> Vec<Span> {
    let mut open: Vec<&Token> = Vec::new();
    let mut found = Vec::new();
    for token in tokens {
        if token.kind.closed_by().is_some() {
            open.push(token);
        } else if token.kind.is_closing()
            && let Some(start) = open.pop()
        {
            found.push(start.span.to(token.span));
        }
    }
    found
}

/// Comments that stand in lines of their own, one below the other.
fn comments(spot: &Spot<'_>, tokens: &[Token]) -> Vec<Span> {
    let mut found: Vec<Span> = Vec::new();
    let is_comment =
        |token: &&Token| matches!(token.kind, TokenKind::Comment | TokenKind::Documentation);
    for token in tokens.iter().filter(is_comment) {
        let line = spot.file.text.line_of(token.span.start as usize);
        match found.last_mut() {
            Some(last) if spot.file.text.line_of(last.end as usize) + 1 == line => {
                last.end = token.span.end;
            }
            _ => found.push(token.span),
        }
    }
    found
}
