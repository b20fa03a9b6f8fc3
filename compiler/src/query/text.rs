//! The text that is parsed and the text that is sent, both made from the text that was written.
//!
//! Kept true here: the parsed text has exactly the bytes of the written one except inside holes and
//! doubled braces, so every place the parser names is a place in the file.

use sophia_diagnostics::Span;
use sophia_language::syntax::SqlText;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Location, Span as SqlSpan, Token, TokenWithSpan};

use super::dialect::Dialect;
use super::statement::is_space;

/// A written SQL text, prepared.
pub(super) struct Source {
    /// What the parser reads.
    pub parsed: String,
    /// What the database is sent.
    pub sent: String,
    starts: Vec<usize>,
    offset: usize,
    holes: Vec<std::ops::Range<usize>>,
    tokens: Vec<(Token, SqlSpan)>,
}

impl Source {
    /// Fills the holes with placeholders.
    pub fn new(sql: &SqlText, dialect: Dialect) -> Self {
        let offset = sql.start as usize;
        let holes: Vec<_> = sql
            .holes
            .iter()
            .map(|(_, span)| {
                let range = span.range();
                range.start.saturating_sub(offset)..range.end.saturating_sub(offset)
            })
            .collect();
        let opaque = opaque_bytes(sql.text.as_bytes(), dialect);
        let is_opaque = |at: usize| opaque.get(at).copied().unwrap_or(false);

        let mut bytes = sql.text.clone().into_bytes();
        let mut at = 0;
        while let Some(byte) = bytes.get(at).copied() {
            let doubled = matches!(byte, b'{' | b'}')
                && !is_opaque(at)
                && bytes.get(at + 1).copied() == Some(byte);
            if doubled {
                if let Some(second) = bytes.get_mut(at + 1) {
                    *second = b' ';
                }
                at += 1;
            }
            at += 1;
        }
        for hole in &holes {
            let marker = dialect.placeholder();
            for (index, byte) in marker.bytes().enumerate() {
                if let Some(slot) = bytes.get_mut(hole.start + index) {
                    *slot = byte;
                }
            }
        }
        let parsed = String::from_utf8(bytes).unwrap_or_else(|_| sql.text.clone());
        let starts = std::iter::once(0)
            .chain(parsed.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Self {
            sent: sent(&sql.text, &holes, &opaque, dialect),
            parsed,
            starts,
            offset,
            holes,
            tokens: Vec::new(),
        }
    }

    /// The place in the file of a place that the parser names.
    pub fn span(&self, span: SqlSpan) -> Span {
        let start = self.byte(span.start);
        let end = self.byte(span.end).max(start);
        Span::new(start + self.offset, end + self.offset)
    }

    /// The whole text without the space around it.
    pub fn whole(&self) -> Span {
        let start = self.parsed.len() - self.parsed.trim_start().len();
        let end = self.parsed.trim_end().len().max(start);
        Span::new(start + self.offset, end + self.offset)
    }

    /// The hole whose placeholder begins at a place, from 0.
    pub fn hole_at(&self, location: Location) -> Option<usize> {
        let at = self.byte(location);
        self.holes.iter().position(|hole| hole.contains(&at))
    }

    /// The text of a place in the file.
    pub fn written(&self, span: Span) -> &str {
        let range = span.range();
        self.parsed
            .get(range.start.saturating_sub(self.offset)..range.end.saturating_sub(self.offset))
            .unwrap_or("")
    }

    /// Keeps the words of the text, which answer questions about places that the tree does not.
    pub fn keep_tokens(&mut self, tokens: &[TokenWithSpan]) {
        self.tokens = tokens
            .iter()
            .filter(|token| !is_space(&token.token))
            .map(|token| (token.token.clone(), token.span))
            .collect();
    }

    /// The word at a place, or the empty place itself.
    pub fn token_at(&self, location: Location) -> Span {
        let found = self.tokens.iter().find(|(_, span)| span.start == location);
        found.map_or_else(
            || {
                let at = self.byte(location) + self.offset;
                Span::new(at, at)
            },
            |(_, span)| self.span(*span),
        )
    }

    /// Where the last `returning` ends.
    pub fn returning_end(&self) -> Location {
        self.tokens
            .iter()
            .rev()
            .find(|(token, _)| {
                matches!(token, Token::Word(word) if word.keyword == Keyword::RETURNING)
            })
            .map_or(Location { line: 1, column: 1 }, |(_, span)| span.end)
    }

    /// The texts in single quotes, quotes included.
    pub fn quoted_texts(&self) -> impl Iterator<Item = Span> + '_ {
        self.tokens
            .iter()
            .filter(|(token, _)| matches!(token, Token::SingleQuotedString(_)))
            .map(|(_, span)| self.span(*span))
    }

    /// Every `==`.
    pub fn doubled_equals(&self) -> impl Iterator<Item = Span> + '_ {
        self.tokens
            .iter()
            .filter(|(token, _)| *token == Token::DoubleEq)
            .map(|(_, span)| self.span(*span))
    }

    /// The first word.
    pub fn first_token(&self) -> Span {
        self.tokens
            .first()
            .map_or_else(|| self.whole(), |(_, span)| self.span(*span))
    }

    /// Where a mistake really is: in `select a, from t` the parser takes `from` for a column and stumbles
    /// over what follows.
    pub fn blamed(&self, place: Span) -> Span {
        let before = self
            .tokens
            .iter()
            .position(|(_, span)| self.span(*span) == place)
            .and_then(|index| self.tokens.get(index.checked_sub(1)?))
            .map(|(_, span)| self.span(*span));
        match before {
            Some(before) if self.comma_before(before).is_some() => before,
            _ => place,
        }
    }

    /// A comma that stands right before a place that begins with a keyword.
    pub fn comma_before(&self, place: Span) -> Option<Span> {
        let index = self
            .tokens
            .iter()
            .position(|(_, span)| self.span(*span) == place)?;
        let is_keyword = |token: &Token| matches!(token, Token::Word(word) if word.keyword != Keyword::NoKeyword);
        let (token, _) = self.tokens.get(index)?;
        let (before, span) = self.tokens.get(index.checked_sub(1)?)?;
        (is_keyword(token) && *before == Token::Comma).then(|| self.span(*span))
    }

    /// What follows the first `;`, if anything does.
    pub fn second_statement(&self) -> Option<Span> {
        let end = self
            .tokens
            .iter()
            .position(|(token, _)| *token == Token::SemiColon)?;
        let rest = self.tokens.get(end + 1..)?;
        let mut rest = rest
            .iter()
            .skip_while(|(token, _)| *token == Token::SemiColon);
        let (_, first) = rest.next()?;
        Some(self.span(*first))
    }

    /// The places of the items of a select list that begins after `select`, or nothing where they
    /// cannot be told apart. The tree's own places leave out brackets.
    pub fn list_items(&self, after: Location, count: usize) -> Vec<SqlSpan> {
        let mut items: Vec<SqlSpan> = Vec::new();
        let mut current: Option<SqlSpan> = None;
        let mut depth = 0_usize;
        let mut before = Keyword::NoKeyword;
        for (token, span) in self.tokens.iter().filter(|(_, span)| span.start >= after) {
            let keyword = match token {
                Token::Word(word) => word.keyword,
                _ => Keyword::NoKeyword,
            };
            let before = std::mem::replace(&mut before, keyword);
            match token {
                Token::Word(_)
                    if depth == 0
                        && current.is_none()
                        && items.is_empty()
                        && matches!(keyword, Keyword::DISTINCT | Keyword::ALL) =>
                {
                    continue;
                }
                Token::Word(_) if depth == 0 && ends_list(keyword, before) => break,
                Token::SemiColon => break,
                Token::Comma if depth == 0 => {
                    items.extend(current.take());
                    continue;
                }
                Token::LParen | Token::LBracket | Token::LBrace => depth += 1,
                Token::RParen | Token::RBracket | Token::RBrace => {
                    if depth == 0 {
                        break;
                    }
                    depth -= 1;
                }
                _ => {}
            }
            current = Some(current.map_or(*span, |so_far| so_far.union(span)));
        }
        items.extend(current);
        if items.len() == count {
            items
        } else {
            Vec::new()
        }
    }

    /// The byte in the parsed text; lines and columns count from 1, columns in characters.
    fn byte(&self, location: Location) -> usize {
        let line = usize::try_from(location.line).unwrap_or(1).max(1) - 1;
        let column = usize::try_from(location.column).unwrap_or(1).max(1) - 1;
        let start = self.starts.get(line).copied().unwrap_or(self.parsed.len());
        let rest = self.parsed.get(start..).unwrap_or("");
        start
            + rest
                .char_indices()
                .nth(column)
                .map_or(rest.len(), |(at, _)| at)
    }
}

/// Whether a word behind another ends a select list: not so in `is distinct from` and `within group`.
fn ends_list(word: Keyword, before: Keyword) -> bool {
    match word {
        Keyword::FROM => before != Keyword::DISTINCT,
        Keyword::GROUP => before != Keyword::WITHIN,
        Keyword::WHERE
        | Keyword::UNION
        | Keyword::EXCEPT
        | Keyword::INTERSECT
        | Keyword::ORDER
        | Keyword::LIMIT => true,
        _ => false,
    }
}

fn sent(text: &str, holes: &[std::ops::Range<usize>], opaque: &[bool], dialect: Dialect) -> String {
    let mut out = String::with_capacity(text.len());
    let mut next = 0;
    let mut skip_brace = false;
    for (at, character) in text.char_indices() {
        if let Some(hole) = holes.get(next) {
            if at >= hole.end {
                next += 1;
            } else if at == hole.start {
                out.push_str(&dialect.sent_placeholder(next + 1));
                continue;
            } else if at > hole.start {
                continue;
            }
        }
        if holes.get(next).is_some_and(|hole| hole.start == at) {
            out.push_str(&dialect.sent_placeholder(next + 1));
            continue;
        }
        if skip_brace {
            skip_brace = false;
            continue;
        }
        let brace = matches!(character, '{' | '}');
        let plain = !opaque.get(at).copied().unwrap_or(false);
        if brace
            && plain
            && text
                .get(at + 1..)
                .is_some_and(|rest| rest.starts_with(character))
        {
            skip_brace = true;
        }
        out.push(character);
    }
    out.trim().trim_end_matches(';').trim_end().to_owned()
}

/// Which bytes stand in quotes or comments, where braces are only characters.
fn opaque_bytes(bytes: &[u8], dialect: Dialect) -> Vec<bool> {
    let mut mask = vec![false; bytes.len()];
    let mut at = 0;
    while at < bytes.len() {
        let end = match (bytes.get(at).copied(), bytes.get(at + 1).copied()) {
            (Some(quote @ (b'\'' | b'"')), _) => {
                let escapes = quote == b'\'' && dialect.escapes_with_backslash();
                quoted_end(bytes, at, quote, escapes)
            }
            (Some(b'-'), Some(b'-')) => find(bytes, at + 2, b"\n"),
            (Some(b'/'), Some(b'*')) => find(bytes, at + 2, b"*/"),
            (Some(b'$'), Some(b'$')) => find(bytes, at + 2, b"$$"),
            _ => {
                at += 1;
                continue;
            }
        };
        if let Some(region) = mask.get_mut(at..end) {
            region.fill(true);
        }
        at = end;
    }
    mask
}

fn quoted_end(bytes: &[u8], start: usize, quote: u8, escapes: bool) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at).copied() {
        if escapes && byte == b'\\' {
            at += 2;
        } else if byte == quote {
            if bytes.get(at + 1).copied() == Some(quote) {
                at += 2;
            } else {
                return at + 1;
            }
        } else {
            at += 1;
        }
    }
    bytes.len()
}

fn find(bytes: &[u8], from: usize, what: &[u8]) -> usize {
    bytes
        .get(from..)
        .and_then(|rest| rest.windows(what.len()).position(|window| window == what))
        .map_or(bytes.len(), |at| from + at + what.len())
}
