//! The cases of a `match` that are not there yet, and what `wait for first` can wait for.

use sophia_language::{Token, TokenKind};
use sophia_plan::types::Type;

use super::around::{line_of, open_bracket};
use super::heard;
use super::items::{Item, Items, Rank};
use super::shape::plain;
use crate::project::Spot;
use crate::protocol::CompletionItemKind as Kind;

/// The values that the `match` around a place looks at and that have no case yet.
pub(super) fn cases(items: &mut Items<'_>, offset: usize) {
    let spot = items.spot.clone();
    let looked_at = looked_at(&spot, offset);
    let (of, brace) = match looked_at {
        Some((of, brace)) => (Some(of), brace),
        None => (None, offset),
    };
    let written = between(&spot, brace);
    let cases: Vec<String> = match of.as_ref().map(Type::present) {
        Some(Type::Literals(texts)) => texts.iter().map(|text| format!("\"{text}\"")).collect(),
        Some(Type::Range { from, to }) if to.saturating_sub(*from) < 12 => {
            (*from..=*to).map(|number| number.to_string()).collect()
        }
        Some(Type::Boolean) => vec!["true".to_owned(), "false".to_owned()],
        _ => Vec::new(),
    };
    let is_there = |case: &str| written.iter().any(|written| written == case);
    for case in cases.iter().filter(|case| !is_there(case)) {
        let snippet = format!("{} {{\n  $0\n}}", plain(case));
        let item = Item::new(case.as_str(), Kind::EnumMember).snippet(snippet);
        items.push(Rank::Required, item);
    }
    if !is_there("else") {
        let item = Item::new("else", Kind::Keyword).snippet("else {\n  $0\n}");
        items.push(Rank::Wanted, item.detail("every other value"));
    }
}

/// What the `match` whose braces a place stands in looks at, and where its brace ends.
fn looked_at(spot: &Spot<'_>, offset: usize) -> Option<(Type, usize)> {
    let tokens = &spot.parsed()?.tokens;
    let count = tokens.partition_point(|token| (token.span.end as usize) <= offset);
    let before = tokens.get(..count)?;
    let (at, brace) = open_bracket(before)?;
    let head = line_of(before.get(..at)?);
    let [_, value @ ..] = head.as_slice() else {
        return None;
    };
    let (start, end) = (value.first()?.span.start, value.last()?.span.end);
    let places = spot.file.places.as_ref()?;
    let mut types = places.types.iter();
    let found = types.find(|(span, _)| span.start == start && span.end == end);
    let of = found.map_or(Type::Unknown, |(_, of)| of.clone());
    Some((of, brace.span.end as usize))
}

/// The literals and words that begin the cases in the braces that open before a byte.
fn between(spot: &Spot<'_>, brace: usize) -> Vec<String> {
    let Some(parsed) = spot.parsed() else {
        return Vec::new();
    };
    let from = (parsed.tokens).partition_point(|token| (token.span.start as usize) < brace);
    let rest = parsed.tokens.get(from..).unwrap_or_default();
    let mut depth = 0usize;
    let mut found = Vec::new();
    let said = |token: &Token| spot.file.text.at(token.span);
    for token in rest {
        match token.kind {
            TokenKind::TextPart if depth == 1 => found.push(format!("\"{}\"", said(token))),
            TokenKind::Word | TokenKind::Integer if depth == 0 => {
                found.push(said(token).to_owned());
            }
            kind if kind.closed_by().is_some() => depth += 1,
            kind if kind.is_closing() && depth == 0 => break,
            kind if kind.is_closing() => depth -= 1,
            _ => {}
        }
    }
    found
}

/// The events and the time of `wait for first`.
pub(super) fn first(items: &mut Items<'_>) {
    heard::events(items, " as ${1:came} {\n  $0\n}");
    let item = Item::new("after", Kind::Keyword).snippet("after ${1:30 days} {\n  $0\n}");
    items.push(Rank::Wanted, item.detail("when none of them came"));
}
