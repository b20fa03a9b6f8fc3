//! What every word is, so that an editor can colour it: names by what they stand for, SQL and prompts inside too.

use sophia_diagnostics::Span;
use sophia_language::TokenKind;

use super::place::spot_of;
use crate::names::Kind;
use crate::project::{Spot, View};
use crate::protocol::{
    SemanticToken, SemanticTokens, SemanticTokensLegend, SemanticTokensParams,
    SemanticTokensRangeParams,
};
use crate::server::Refusal;
use crate::text::narrow;
use sophia_compiler::found::BUILT_IN_TYPES;

/// The kinds of words, in the order of their numbers.
const KINDS: &[&str] = &[
    "keyword",
    "variable",
    "parameter",
    "property",
    "function",
    "method",
    "type",
    "namespace",
    "string",
    "number",
    "comment",
    "operator",
    "event",
    "class",
    "macro",
    "enumMember",
];

/// What a word may be besides its kind, in the order of their bits.
const BESIDES: &[&str] = &["declaration", "readonly", "documentation", "modification"];

const DECLARATION: u32 = 1;
const DOCUMENTATION: u32 = 4;
/// A name whose call changes the world.
const EFFECT: u32 = 8;

/// The names of the numbers.
pub(crate) fn legend() -> SemanticTokensLegend {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    SemanticTokensLegend {
        token_types: words(KINDS),
        token_modifiers: words(BESIDES),
    }
}

/// The words of a whole document.
pub(crate) fn full(
    view: &View,
    params: SemanticTokensParams,
) -> Result<Option<SemanticTokens>, Refusal> {
    let spot = spot_of(view, &params.text_document.uri);
    Ok(spot.map(|spot| {
        let whole = Span::new(0, spot.file.text.as_str().len());
        encoded(&spot, whole)
    }))
}

/// The words of a part of it.
pub(crate) fn range(
    view: &View,
    params: SemanticTokensRangeParams,
) -> Result<Option<SemanticTokens>, Refusal> {
    let spot = spot_of(view, &params.text_document.uri);
    Ok(spot.map(|spot| {
        let part = spot.file.text.span(params.range, view.encoding);
        encoded(&spot, part)
    }))
}

/// One coloured word.
struct Word {
    span: Span,
    kind: u32,
    besides: u32,
}

fn number(kind: &str) -> u32 {
    narrow(
        KINDS
            .iter()
            .position(|known| *known == kind)
            .unwrap_or_default(),
    )
}

fn encoded(spot: &Spot<'_>, part: Span) -> SemanticTokens {
    let text = &spot.file.text;
    let encoding = spot.view.encoding;
    let mut data = Vec::new();
    let (mut line, mut column) = (0, 0);
    for word in words(spot) {
        if word.span.end < part.start || part.end < word.span.start {
            continue;
        }
        // A word of several lines is one for each of them.
        let first = text.line_of(word.span.start as usize);
        let last = text.line_of(word.span.end.saturating_sub(1).max(word.span.start) as usize);
        for number in first..=last {
            let Some(whole) = text.line(number) else {
                continue;
            };
            let start = word.span.start.max(whole.start);
            let end = word.span.end.min(whole.end);
            if start >= end {
                continue;
            }
            let place = text.position(start as usize, encoding);
            let length = encoding.units(text.at(Span { start, end }));
            let delta_line = place.line - line;
            let before = if delta_line == 0 { column } else { 0 };
            data.push(SemanticToken {
                delta_line,
                delta_start: place.character - before,
                length: narrow(length),
                token_type: word.kind,
                token_modifiers_bitset: word.besides,
            });
            (line, column) = (place.line, place.character);
        }
    }
    SemanticTokens {
        result_id: None,
        data,
    }
}

/// The words of a text in their order, none inside another.
fn words(spot: &Spot<'_>) -> Vec<Word> {
    let Some(parsed) = spot.parsed() else {
        return Vec::new();
    };
    let Some(index) = spot.file.index() else {
        return Vec::new();
    };
    let mut named: Vec<Word> = Vec::new();
    for binder in &index.binders {
        named.push(Word {
            span: binder.span,
            kind: number(kind_of(binder.kind)),
            besides: if binder.kind == Kind::Grant {
                0
            } else {
                DECLARATION
            },
        });
    }
    for used in &index.uses {
        let kind = match used.binder.and_then(|binder| index.binder(binder)) {
            Some(binder) => kind_of(binder.kind),
            None if is_type(spot, used.span) => "type",
            None if index.calls.iter().any(|call| call.callee == used.span) => "function",
            None => "property",
        };
        named.push(Word {
            span: used.span,
            kind: number(kind),
            besides: 0,
        });
    }
    for member in &index.members {
        let is_call = index
            .calls
            .iter()
            .any(|call| call.callee.end == member.span.end);
        let kind = if is_call { "method" } else { "property" };
        let of = member.base.and_then(|base| index.binder(base));
        let is_effect =
            is_call && of.is_some_and(|of| of.kind == Kind::Grant) && after_do(spot, member.of);
        named.push(Word {
            span: member.span,
            kind: number(kind),
            besides: if is_effect { EFFECT } else { 0 },
        });
    }
    for call in &index.calls {
        let names = call.arguments.iter().filter_map(|(name, _)| *name);
        named.extend(names.map(|span| Word {
            span,
            kind: number("parameter"),
            besides: 0,
        }));
    }
    for (_, span) in &index.events {
        named.push(Word {
            span: *span,
            kind: number("event"),
            besides: 0,
        });
    }
    named.sort_by_key(|word| (word.span.start, word.span.end));
    named.dedup_by_key(|word| word.span.start);
    let mut all = Vec::with_capacity(parsed.tokens.len());
    let mut known = named.into_iter().peekable();
    for token in &parsed.tokens {
        while let Some(word) = known.next_if(|word| word.span.start <= token.span.start) {
            all.push(word);
        }
        let covered = all
            .last()
            .is_some_and(|last| token.span.start < last.span.end);
        if covered || token.span.start >= token.span.end {
            continue;
        }
        match token.kind {
            TokenKind::SqlPart => sql_words(spot, token.span, &mut all),
            kind => {
                if let Some((kind, besides)) = plain(spot, kind, token.span) {
                    all.push(Word {
                        span: token.span,
                        kind: number(kind),
                        besides,
                    });
                }
            }
        }
    }
    all.extend(known);
    all.sort_by_key(|word| (word.span.start, word.span.end));
    let mut end = 0;
    all.retain(|word| {
        let free = word.span.start >= end;
        if free {
            end = word.span.end;
        }
        free
    });
    all
}

/// Whether a name that nobody makes is that of a type: by its form, or a built-in one where a type stands.
fn is_type(spot: &Spot<'_>, span: Span) -> bool {
    let word = spot.file.text.at(span);
    let before = spot.file.text.as_str().get(..span.start as usize);
    let before = before.unwrap_or_default().trim_end();
    word.starts_with(|letter: char| letter.is_ascii_uppercase())
        || BUILT_IN_TYPES.contains(&word)
            && [":", "->", " of", " as"]
                .iter()
                .any(|mark| before.ends_with(mark))
}

fn after_do(spot: &Spot<'_>, base: Span) -> bool {
    let before = spot.file.text.as_str().get(..base.start as usize);
    before.is_some_and(|before| {
        let before = before.trim_end();
        before.ends_with("do") || before.ends_with("undo with")
    })
}

fn kind_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Playbook | Kind::Module | Kind::Grant => "namespace",
        Kind::Type => "type",
        Kind::Query | Kind::Metric => "class",
        Kind::Model | Kind::Predictor | Kind::Function => "function",
        Kind::Command | Kind::Action => "method",
        Kind::Policy => "macro",
        Kind::Parameter => "parameter",
        Kind::Input
        | Kind::State
        | Kind::Arriving
        | Kind::Let
        | Kind::Item
        | Kind::Failure
        | Kind::Joined => "variable",
    }
}

/// What a token is by itself.
fn plain(spot: &Spot<'_>, kind: TokenKind, span: Span) -> Option<(&'static str, u32)> {
    Some(match kind {
        TokenKind::Comment | TokenKind::ForeignComment => ("comment", 0),
        TokenKind::Documentation => ("comment", DOCUMENTATION),
        TokenKind::Word if is_type(spot, span) => ("type", 0),
        TokenKind::Word => match spot.file.text.as_str().as_bytes().get(span.end as usize) {
            // The key of a record, a field of a type.
            Some(b':') => ("property", 0),
            _ => ("keyword", 0),
        },
        TokenKind::Integer
        | TokenKind::Number
        | TokenKind::Percent
        | TokenKind::Money
        | TokenKind::Date
        | TokenKind::Time => ("number", 0),
        TokenKind::Label => ("enumMember", 0),
        TokenKind::TextStart | TokenKind::TextPart | TokenKind::TextEnd | TokenKind::SqlQuoted => {
            ("string", 0)
        }
        TokenKind::HoleStart | TokenKind::HoleEnd | TokenKind::Pipe | TokenKind::Arrow => {
            ("operator", 0)
        }
        _ => return None,
    })
}

/// The words of SQL that are sure to be words of SQL.
pub(super) const SQL: &[&str] = &[
    "select",
    "from",
    "where",
    "join",
    "left",
    "right",
    "inner",
    "outer",
    "full",
    "cross",
    "on",
    "using",
    "group",
    "by",
    "having",
    "order",
    "limit",
    "offset",
    "as",
    "and",
    "or",
    "not",
    "in",
    "is",
    "null",
    "case",
    "when",
    "then",
    "else",
    "end",
    "distinct",
    "union",
    "all",
    "with",
    "insert",
    "into",
    "values",
    "update",
    "set",
    "delete",
    "asc",
    "desc",
    "between",
    "like",
    "exists",
    "over",
    "partition",
    "true",
    "false",
    "returning",
    "interval",
];

fn sql_words(spot: &Spot<'_>, span: Span, all: &mut Vec<Word>) {
    let text = spot.file.text.at(span);
    let is_inside = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut begin = None;
    for (at, letter) in text.char_indices().chain([(text.len(), ' ')]) {
        match (begin, is_inside(letter)) {
            (None, true) => begin = Some(at),
            (Some(from), false) => {
                begin = None;
                let word = text.get(from..at).unwrap_or_default();
                let rest = text.get(at..).unwrap_or_default();
                let kind = if word.starts_with(|letter: char| letter.is_ascii_digit()) {
                    "number"
                } else if SQL.contains(&word.to_lowercase().as_str()) {
                    "keyword"
                } else if rest.starts_with('(') {
                    "function"
                } else {
                    "property"
                };
                let start = span.start as usize;
                all.push(Word {
                    span: Span::new(start + from, start + at),
                    kind: number(kind),
                    besides: 0,
                });
            }
            _ => {}
        }
    }
}
