//! What is selected as a selection grows: from a word outwards, through SQL and prompts too, to the whole file.
//!
//! Kept true here: each range holds the one before it.

use sophia_diagnostics::Span;
use sophia_language::outline::outline;
use sophia_language::{Token, TokenKind};

use super::folding::brackets;
use super::place::spot_of;
use super::sql;
use crate::project::{Spot, View};
use crate::protocol::{SelectionRange, SelectionRangeParams};
use crate::server::Refusal;

/// What is selected around each place, from the word to the whole file.
pub(crate) fn selections(
    view: &View,
    params: SelectionRangeParams,
) -> Result<Option<Vec<SelectionRange>>, Refusal> {
    let Some(spot) = spot_of(view, &params.text_document.uri) else {
        return Ok(None);
    };
    let Some(parsed) = spot.parsed() else {
        return Ok(None);
    };
    let entries = outline(&parsed.file);
    let brackets = brackets(&parsed.tokens);
    let selections = params.positions.iter().map(|place| {
        let offset = spot.offset(*place);
        let mut around = words(&spot, &parsed.tokens, offset);
        for bracket in brackets.iter().filter(|span| span.touches(offset)) {
            around.extend(inside(&spot, *bracket, offset));
            around.push(*bracket);
        }
        if let Some(statement) = sql::statement_at(&spot, offset) {
            around.extend(sql::around(statement.sql, offset));
            around.push(trimmed(&spot, statement.sql.span));
        }
        if let Some(places) = &spot.file.places {
            let typed = places.types.keys();
            around.extend(typed.filter(|span| span.touches(offset)).copied());
        }
        let mut level = entries.as_slice();
        while let Some(entry) = level.iter().find(|entry| entry.span.touches(offset)) {
            around.push(entry.span);
            level = &entry.children;
        }
        around.push(Span::new(0, spot.file.text.as_str().len()));
        nested(&spot, around)
    });
    Ok(Some(selections.collect()))
}

/// The token at a place; in plain text its word, its line, and the whole text between the quotes.
fn words(spot: &Spot<'_>, tokens: &[Token], offset: usize) -> Vec<Span> {
    let at = tokens.iter().map(|token| (token.kind, token.span));
    let mut at = at.filter(|(_, span)| span.touches(offset) && span.start < span.end);
    let Some((kind, span)) = at
        .clone()
        .find(|(kind, _)| *kind == TokenKind::Word)
        .or_else(|| at.next())
    else {
        return Vec::new();
    };
    match kind {
        TokenKind::SqlPart => Vec::new(),
        TokenKind::TextPart
        | TokenKind::SqlQuoted
        | TokenKind::Comment
        | TokenKind::Documentation => {
            let text = spot.file.text.as_str();
            let line = line_at(spot, offset);
            let word = word_at(text, offset);
            let line = Span {
                start: line.start.max(span.start),
                end: line.end.min(span.end),
            };
            let mut found = vec![word, trimmed(spot, line)];
            if kind != TokenKind::TextPart {
                found.push(span);
            }
            found
        }
        _ => vec![span],
    }
}

/// What stands between brackets or quotes; of a text of several lines, the line around the place first.
fn inside(spot: &Spot<'_>, bracket: Span, offset: usize) -> Vec<Span> {
    let written = spot.file.text.at(bracket);
    let quotes: u32 = if written.starts_with("\"\"\"") { 3 } else { 1 };
    if written.len() < 2 * quotes as usize {
        return Vec::new();
    }
    let between = Span {
        start: bracket.start + quotes,
        end: bracket.end - quotes,
    };
    if !between.touches(offset) {
        return Vec::new();
    }
    let mut found = Vec::new();
    if quotes == 3 {
        let line = trimmed(spot, line_at(spot, offset));
        let is_within = between.start <= line.start && line.end <= between.end;
        found.extend(is_within.then_some(line));
    }
    found.push(trimmed(spot, between));
    found
}

/// The line of a place, without its end.
fn line_at(spot: &Spot<'_>, offset: usize) -> Span {
    let text = &spot.file.text;
    let line = text.line(text.line_of(offset));
    line.map_or(Span::new(offset, offset), |line| Span {
        start: line.start,
        end: line.end,
    })
}

/// The word of a text at a place; where none stands, nothing.
fn word_at(text: &str, offset: usize) -> Span {
    let is_of_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let before = text.get(..offset).unwrap_or_default();
    let after = text.get(offset..).unwrap_or_default();
    let start = before.trim_end_matches(is_of_word).len();
    let length = after.find(|letter| !is_of_word(letter));
    Span::new(start, offset + length.unwrap_or(after.len()))
}

/// A part of the text without the spaces around it.
fn trimmed(spot: &Spot<'_>, span: Span) -> Span {
    let written = spot.file.text.at(span);
    let start = span.start as usize + (written.len() - written.trim_start().len());
    Span::new(start, start + written.trim().len())
}

/// Spans, each inside the next; one that crosses another is left out.
fn nested(spot: &Spot<'_>, mut spans: Vec<Span>) -> SelectionRange {
    spans.retain(|span| span.start < span.end);
    spans.sort_by_key(|span| (span.end - span.start, span.start));
    spans.dedup();
    let mut kept: Vec<Span> = Vec::new();
    for span in spans {
        let holds = |inner: &Span| span.start <= inner.start && inner.end <= span.end;
        if kept.last().is_none_or(holds) {
            kept.push(span);
        }
    }
    let mut outer: Option<Box<SelectionRange>> = None;
    for span in kept.iter().rev() {
        outer = Some(Box::new(SelectionRange {
            range: spot.range(*span),
            parent: outer,
        }));
    }
    outer.map_or_else(SelectionRange::default, |range| *range)
}
