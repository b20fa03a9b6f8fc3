//! The parts of a statement around a place: its word, its expression, its clause, its query.
//!
//! Kept true here: parts are found from words and brackets alone, so a half-written statement has them too; each holds
//! the one before it.

use std::ops::Range;

use sophia_diagnostics::Span;
use sophia_language::syntax::SqlText;

use super::pieces::is_of_word;

/// Words that begin a clause.
const CLAUSES: &[&str] = &[
    "select",
    "from",
    "where",
    "group",
    "having",
    "order",
    "limit",
    "offset",
    "fetch",
    "window",
    "join",
    "left",
    "right",
    "inner",
    "full",
    "cross",
    "natural",
    "on",
    "using",
    "set",
    "values",
    "returning",
    "update",
    "insert",
    "delete",
    "into",
    "qualify",
];
/// Words that stand between two queries.
const BETWEEN_QUERIES: &[&str] = &["union", "except", "intersect", "minus"];
/// Words that join a condition to the next.
const BETWEEN_CONDITIONS: &[&str] = &["and", "or"];
/// Words that go on with the clause that a word before them begins: `left outer join`, `insert into`.
const GOES_ON: &[&str] = &["join", "outer", "into", "from"];
const GONE_ON_FROM: &[&str] = &[
    "left", "right", "inner", "full", "cross", "natural", "outer", "insert", "delete",
];
/// Words that follow the one that begins a clause and belong to it.
const SECOND_WORDS: &[&str] = &["by", "distinct", "all", "outer"];
/// What stands between two values.
const COMPARISONS: &[&str] = &["=", "<>", "!=", "<", "<=", ">", ">=", "like", "in", "is"];

/// A word, a mark or a quoted text.
#[derive(Clone, Copy)]
struct Token<'s> {
    written: &'s str,
    span: Span,
}

impl Token<'_> {
    fn is(&self, words: &[&str]) -> bool {
        words
            .iter()
            .any(|word| self.written.eq_ignore_ascii_case(word))
    }
}

/// The parts of a statement that hold a byte.
pub(in crate::answers) fn around(sql: &SqlText, offset: usize) -> Vec<Span> {
    let tokens = tokens(sql);
    let mut found = Vec::new();
    for (inside, whole) in brackets(&tokens, offset) {
        of_query(tokens.get(inside).unwrap_or_default(), offset, &mut found);
        found.extend(whole);
    }
    found
}

/// What a token is to the part that is looked for.
enum Cut {
    /// It belongs to it like any other.
    No,
    /// The next part begins with it.
    Before,
    /// It stands between two parts.
    Between,
}

/// The parts of one query; what stands in its brackets are tokens among others.
fn of_query(tokens: &[Token<'_>], offset: usize, found: &mut Vec<Span>) {
    let levels = levels(tokens);
    let parts = |within: Range<usize>, cut: &dyn Fn(usize, &Token<'_>) -> Cut| {
        let top = |place: usize, token: &Token<'_>| {
            if levels.get(place) == Some(&0) {
                cut(place, token)
            } else {
                Cut::No
            }
        };
        part(tokens, within, offset, &top)
    };
    let between = |words: &'static [&'static str]| {
        move |_: usize, token: &Token<'_>| {
            if token.is(words) {
                Cut::Between
            } else {
                Cut::No
            }
        }
    };
    let whole = 0..tokens.len();
    let query = parts(whole.clone(), &between(BETWEEN_QUERIES));
    let clause = parts(query.clone(), &|place, token| {
        let before = place.checked_sub(1).and_then(|before| tokens.get(before));
        let goes_on = token.is(GOES_ON) && before.is_some_and(|before| before.is(GONE_ON_FROM));
        if token.is(CLAUSES) && !goes_on {
            Cut::Before
        } else {
            Cut::No
        }
    });
    let words = tokens.get(clause.clone()).unwrap_or_default().iter();
    let words = words.take_while(|token| token.is(CLAUSES) || token.is(SECOND_WORDS));
    let body = clause.start + words.count()..clause.end;
    let item = parts(body.clone(), &between(&[","]));
    let condition = parts(item.clone(), &between(BETWEEN_CONDITIONS));
    let value = parts(condition.clone(), &|_, token| {
        if token.is(&["as"]) || token.is(COMPARISONS) {
            Cut::Between
        } else {
            Cut::No
        }
    });
    let ranges = [value, condition, item, body, clause, query, whole];
    found.extend(path(tokens, offset));
    found.extend(
        ranges
            .into_iter()
            .filter_map(|range| spanned(tokens, range)),
    );
}

/// The part of a range that holds a byte; the whole range where none does.
fn part(
    tokens: &[Token<'_>],
    within: Range<usize>,
    offset: usize,
    cut: &dyn Fn(usize, &Token<'_>) -> Cut,
) -> Range<usize> {
    let mut start = within.start;
    let mut parts = Vec::new();
    for place in within.clone() {
        let Some(token) = tokens.get(place) else {
            break;
        };
        match cut(place, token) {
            Cut::No => {}
            Cut::Before => {
                parts.push(start..place);
                start = place;
            }
            Cut::Between => {
                parts.push(start..place);
                start = place + 1;
            }
        }
    }
    parts.push(start..within.end);
    let holds = |part: &Range<usize>| {
        spanned(tokens, part.clone()).is_some_and(|span| span.touches(offset))
    };
    parts.into_iter().find(holds).unwrap_or(within)
}

/// From the first to the last of some tokens.
fn spanned(tokens: &[Token<'_>], range: Range<usize>) -> Option<Span> {
    let tokens = tokens.get(range)?;
    Some(tokens.first()?.span.to(tokens.last()?.span))
}

/// The word at a byte, and with what stands before and behind its dots.
fn path(tokens: &[Token<'_>], offset: usize) -> Vec<Span> {
    let is_word = |token: &Token<'_>| token.written.starts_with(is_of_word);
    let at = tokens
        .iter()
        .position(|token| token.span.touches(offset) && is_word(token));
    let Some(at) = at else { return Vec::new() };
    let is_dot = |place: usize| tokens.get(place).is_some_and(|token| token.written == ".");
    let (mut from, mut to) = (at, at + 1);
    while from >= 2 && is_dot(from - 1) {
        from -= 2;
    }
    while is_dot(to) && to + 1 < tokens.len() {
        to += 2;
    }
    let is_called = tokens.get(to).is_some_and(|token| token.written == "(");
    let mut found: Vec<Span> = spanned(tokens, at..at + 1).into_iter().collect();
    found.extend(spanned(tokens, from..to));
    if is_called && let Some(end) = closing(tokens, to) {
        found.extend(spanned(tokens, from..end + 1));
    }
    found
}

/// The bracket that closes the one at a place.
fn closing(tokens: &[Token<'_>], open: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (place, token) in tokens.iter().enumerate().skip(open) {
        match token.written {
            "(" => depth += 1,
            ")" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(place);
                }
            }
            _ => {}
        }
    }
    None
}

/// How deep in brackets each token stands, the brackets themselves included.
fn levels(tokens: &[Token<'_>]) -> Vec<usize> {
    let mut depth = 0usize;
    let levels = tokens.iter().map(|token| match token.written {
        "(" => {
            depth += 1;
            depth
        }
        ")" => {
            let level = depth;
            depth = depth.saturating_sub(1);
            level
        }
        _ => depth,
    });
    levels.collect()
}

/// The tokens between the innermost brackets around a byte, then those between the next ones, up to all of them; each
/// with the brackets themselves.
fn brackets(tokens: &[Token<'_>], offset: usize) -> Vec<(Range<usize>, Option<Span>)> {
    let mut open = Vec::new();
    let mut around = Vec::new();
    for (place, token) in tokens.iter().enumerate() {
        match token.written {
            "(" => open.push(place),
            ")" => {
                if let Some(from) = open.pop() {
                    around.extend(held(tokens, from, place, offset));
                }
            }
            _ => {}
        }
    }
    // What is not closed reaches to the end.
    for from in open.into_iter().rev() {
        around.extend(held(tokens, from, tokens.len(), offset));
    }
    around.push((0..tokens.len(), None));
    around
}

fn held(
    tokens: &[Token<'_>],
    from: usize,
    to: usize,
    offset: usize,
) -> Option<(Range<usize>, Option<Span>)> {
    let whole = spanned(tokens, from..(to + 1).min(tokens.len()))?;
    let is_inside = (whole.start as usize) < offset
        && (offset < whole.end as usize || to == tokens.len() && offset <= whole.end as usize);
    is_inside.then(|| (from + 1..to, Some(whole)))
}

/// The words, marks and quoted texts of a statement, without its comments.
fn tokens(sql: &SqlText) -> Vec<Token<'_>> {
    let (text, base) = (sql.text.as_str(), sql.start as usize);
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(letter) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        let (length, is_token) = match letter {
            '\'' | '"' | '`' => {
                let inside = rest.get(1..).unwrap_or_default();
                let end = inside.find(letter);
                (end.map_or(rest.len(), |end| end + 2), true)
            }
            '-' if rest.starts_with("--") => (rest.find('\n').unwrap_or(rest.len()), false),
            '/' if rest.starts_with("/*") => {
                (rest.find("*/").map_or(rest.len(), |end| end + 2), false)
            }
            '{' => (rest.find('}').map_or(rest.len(), |end| end + 1), true),
            _ if is_of_word(letter) => {
                let end = rest.find(|letter| !is_of_word(letter));
                (end.unwrap_or(rest.len()), true)
            }
            '<' | '>' | '!' if rest.get(1..2).is_some_and(|next| "=>".contains(next)) => (2, true),
            _ => (letter.len_utf8(), !letter.is_whitespace()),
        };
        if is_token {
            tokens.push(Token {
                written: rest.get(..length).unwrap_or_default(),
                span: Span::new(base + at, base + at + length),
            });
        }
        at += length.max(1);
    }
    tokens
}
