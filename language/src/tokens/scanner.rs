//! The hand that moves from code to text to SQL and back. It knows which bracket begins SQL, where a
//! text ends that was left open, and that a hole holds code again.
//!
//! Kept true: every step moves on or leaves; holes nest three deep at most, because a hole stands on
//! one line and a text in it cannot hold quotes.

use sophia_diagnostics::{Edit, Span, codes};

use super::boundary::{Line, boundary, end_of_prose, indentation_at};
use super::code::{self, Next};
use super::text::{self, Piece};
use super::{Token, TokenKind, sql};
use crate::mistake::{Mistake, Weight};

/// All tokens of a text and what is wrong with its quotes.
pub(crate) struct Scan {
    pub(crate) tokens: Vec<Token>,
    pub(crate) mistakes: Vec<Mistake>,
}

/// Cuts a text into tokens from the beginning of one of its lines on.
pub(crate) fn scan(text: &str, from: usize) -> Scan {
    let mut scanner = Scanner {
        text,
        at: from,
        tokens: Vec::new(),
        mistakes: Vec::new(),
        header: Header::default(),
        last_boundary: None,
    };
    scanner.code(text.len(), Region::File);
    Scan {
        tokens: scanner.tokens,
        mistakes: scanner.mistakes,
    }
}

/// What is known of the line being read: enough to tell the brace before SQL from any other.
#[derive(Default)]
struct Header {
    /// The line's first word.
    first: Option<Span>,
    /// Whether a colon follows that word: then it names a field.
    field: bool,
    /// The last two tokens that are not trivia.
    before: [Option<Token>; 2],
    /// Open round and square brackets.
    depth: usize,
    /// Whether a `{` stood on this line.
    braced: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Region {
    File,
    Hole,
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    tokens: Vec<Token>,
    mistakes: Vec<Mistake>,
    header: Header,
    /// The last boundary that was looked up: where it was valid from, for which indentation.
    last_boundary: Option<(usize, usize, usize)>,
}

impl<'a> Scanner<'a> {
    fn rest(&self, end: usize) -> &'a str {
        self.text.get(self.at..end).unwrap_or("")
    }

    fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.range()).unwrap_or("")
    }

    fn push(&mut self, kind: TokenKind, length: usize) {
        let token = Token {
            kind,
            span: Span::new(self.at, self.at + length),
        };
        self.at += length;
        self.tokens.push(token);
        if !kind.is_trivia() {
            let [_, last] = self.header.before;
            self.header.before = [last, Some(token)];
        }
    }

    fn code(&mut self, end: usize, region: Region) {
        while let Some((next, length)) = code::next(self.rest(end)) {
            let kind = match next {
                Next::Text { block } => {
                    self.note_first(None);
                    self.text(block && region == Region::File, end);
                    continue;
                }
                Next::Token(kind) => kind,
            };
            if region == Region::Hole {
                self.push(kind, length);
                continue;
            }
            match kind {
                TokenKind::Newline => {
                    if self.lost_brace() {
                        self.header.braced = true;
                        self.sql(0);
                        continue;
                    }
                    self.push(kind, length);
                    if self.header.depth == 0 {
                        self.header = Header {
                            before: self.header.before,
                            ..Header::default()
                        };
                    }
                    continue;
                }
                TokenKind::OpenBrace if self.before_sql() => {
                    self.header.braced = true;
                    self.sql(length);
                    continue;
                }
                TokenKind::OpenBrace => {
                    self.header.braced = true;
                    self.header.depth = 0;
                }
                TokenKind::CloseBrace => self.header.depth = 0,
                TokenKind::Colon => {
                    let [_, last] = self.header.before;
                    self.header.field |= last.map(|last| last.span) == self.header.first;
                }
                TokenKind::OpenParenthesis | TokenKind::OpenBracket => self.header.depth += 1,
                TokenKind::CloseParenthesis | TokenKind::CloseBracket => {
                    self.header.depth = self.header.depth.saturating_sub(1);
                }
                _ => {}
            }
            if !kind.is_trivia() {
                self.note_first(Some(Span::new(self.at, self.at + length)));
            }
            self.push(kind, length);
        }
    }

    fn note_first(&mut self, span: Option<Span>) {
        if self.header.first.is_none() {
            self.header.first = Some(span.unwrap_or_default());
        }
    }

    /// Whether the line is one whose body is SQL.
    fn holds_sql(&self) -> bool {
        !self.header.field
            && self.header.first.is_some_and(|first| {
                matches!(self.slice(first), "query" | "command" | "metric" | "learn")
            })
    }

    /// Whether the `{` that comes next opens a SQL body.
    fn before_sql(&self) -> bool {
        let [before, last] = self.header.before;
        let word = |token: Option<Token>| {
            token
                .filter(|token| token.kind == TokenKind::Word)
                .map_or("", |token| self.slice(token.span))
        };
        let from = word(before) == "from" && !word(last).is_empty();
        let counted = before.is_some_and(|token| token.kind == TokenKind::Integer);
        let bounded = counted && matches!(word(last), "row" | "rows");
        // `metric m: { … }`, `query q: table of { … }`: a type, and the SQL comes after it.
        let typed = word(last) == "of" || last.is_some_and(|token| token.kind == TokenKind::Colon);
        !typed && (from || bounded || (self.holds_sql() && self.header.depth == 0))
    }

    /// Whether the line that ends here should have opened a SQL body and did not.
    fn lost_brace(&self) -> bool {
        self.holds_sql()
            && !self.header.braced
            && Line::after(self.text, self.at)
                .find(|line| !line.text.trim().is_empty())
                .is_some_and(|line| sql::begins(line.text))
    }

    fn limit(&mut self, indentation: usize) -> usize {
        if let Some((from, for_indentation, limit)) = self.last_boundary
            && for_indentation == indentation
            && from <= self.at
            && self.at < limit
        {
            return limit;
        }
        let limit = boundary(self.text, self.at, indentation);
        self.last_boundary = Some((self.at, indentation, limit));
        limit
    }

    /// A SQL body from its brace, of which `opening` bytes are there, to the brace that ends it.
    fn sql(&mut self, opening: usize) {
        let brace = Span::new(self.at, self.at + opening);
        let indentation = indentation_at(self.text, self.at);
        let limit = self.limit(indentation);
        if opening == 0 {
            self.mistakes.push(
                Mistake::new(
                    codes::S104,
                    Weight::Cause,
                    brace,
                    "A `{` is missing before the SQL.",
                )
                .labelled("`{` belongs here")
                .fix("write `{`", brace, " {"),
            );
        }
        self.push(TokenKind::OpenBrace, opening);
        let mut pending = 0;
        while let Some((piece, length)) =
            sql::next(self.text.get(self.at + pending..limit).unwrap_or(""))
        {
            match piece {
                Ok(sql::Sql::Plain | sql::Sql::Doubled) => pending += length,
                Ok(
                    sql::Sql::Quoted
                    | sql::Sql::Dollar
                    | sql::Sql::LineComment
                    | sql::Sql::BlockComment,
                ) => {
                    self.flush(TokenKind::SqlPart, &mut pending);
                    self.push(TokenKind::SqlQuoted, length);
                }
                Ok(sql::Sql::Open) => {
                    self.flush(TokenKind::SqlPart, &mut pending);
                    self.hole(limit);
                }
                Ok(sql::Sql::Close) => {
                    self.flush(TokenKind::SqlPart, &mut pending);
                    self.push(TokenKind::CloseBrace, length);
                    return;
                }
                Err(()) => {
                    self.flush(TokenKind::SqlPart, &mut pending);
                    self.mistakes.push(
                        Mistake::new(
                            codes::S107,
                            Weight::Cause,
                            Span::new(self.at, self.at + 1),
                            "A quote or comment in the SQL does not end.",
                        )
                        .labelled("begins here")
                        .help("close it"),
                    );
                    self.push(TokenKind::SqlQuoted, length);
                }
            }
        }
        let content = self.text.get(self.at..self.at + pending).unwrap_or("");
        pending = content.trim_end().len();
        self.flush(TokenKind::SqlPart, &mut pending);
        let place = Span::new(self.at, self.at);
        let margin = " ".repeat(indentation);
        self.mistakes.push(
            Mistake::new(
                codes::S103,
                Weight::Cause,
                if opening == 0 { place } else { brace },
                "The SQL that begins here has no closing `}`.",
            )
            .labelled("not closed")
            .fix("write `}` after the SQL", place, format!("\n{margin}}}")),
        );
        self.push(TokenKind::CloseBrace, 0);
    }

    fn flush(&mut self, kind: TokenKind, pending: &mut usize) {
        if *pending > 0 {
            self.push(kind, *pending);
            *pending = 0;
        }
    }

    /// A hole from its `{`.
    fn hole(&mut self, end: usize) {
        let brace = Span::new(self.at, self.at + 1);
        self.push(TokenKind::HoleStart, 1);
        let hole = text::hole(self.rest(end));
        self.code(self.at + hole.length, Region::Hole);
        if hole.closed {
            self.push(TokenKind::HoleEnd, 1);
        } else {
            let place = Span::new(self.at, self.at);
            self.mistakes.push(
                Mistake::new(
                    codes::S106,
                    Weight::Cause,
                    brace,
                    "This `{` begins a value in the text, and its `}` is not on the same line.",
                )
                .labelled("not closed")
                .fix("write `}` after the value", place, "}"),
            );
            self.push(TokenKind::HoleEnd, 0);
        }
    }

    /// A text from its first quote.
    fn text(&mut self, block: bool, end: usize) {
        let width = if block { 3 } else { 1 };
        let quotes = Span::new(self.at, self.at + width);
        let indentation = indentation_at(self.text, self.at);
        let limit = if block {
            self.limit(indentation).min(end)
        } else {
            end
        };
        self.push(TokenKind::TextStart, width);
        let rest = self.rest(limit);
        let mark = if block { "\"\"\"" } else { "\"" };
        let line = rest.split('\n').next().unwrap_or(rest);
        let searched = if block { rest } else { line };
        let quoted = (!block).then(|| text::quoted_in_hole(line)).flatten();
        if let Some(quoted) = &quoted {
            self.mistakes.push(
                Mistake::new(
                    codes::S106,
                    Weight::Cause,
                    Span::new(self.at + quoted.inner.start, self.at + quoted.inner.end),
                    "Within `{ }` of a text between `\"` no further text stands.",
                )
                .labelled("ends the text around it")
                .help("name the value in a `let` before, or write the text between `\"\"\"`"),
            );
        }
        let escaped = (!block).then(|| text::escaped(line)).flatten();
        if let Some(escaped) = &escaped {
            self.mistakes.push(escaped_quotes(self.at, escaped));
        }
        let ends = quoted
            .map(|quoted| quoted.end)
            .or(escaped.map(|escaped| escaped.end));
        let (length, closed) = match ends.or_else(|| searched.find(mark)) {
            Some(at) => (at, true),
            None if block => {
                let stop = end_of_prose(self.text, self.at, indentation).min(limit);
                let content = self.text.get(self.at..stop).unwrap_or("").trim_end();
                (content.len(), false)
            }
            None => (line.trim_end().len(), false),
        };
        self.text_parts(self.at + length);
        if closed {
            self.push(TokenKind::TextEnd, width);
            return;
        }
        let place = Span::new(self.at, self.at);
        self.mistakes.push(
            Mistake::new(
                codes::S105,
                Weight::Cause,
                quotes,
                format!("The text that begins here has no closing `{mark}`."),
            )
            .labelled("not closed")
            .fix(format!("write `{mark}` at its end"), place, mark),
        );
        self.push(TokenKind::TextEnd, 0);
    }

    fn text_parts(&mut self, end: usize) {
        while let Some((piece, length)) = text::next(self.rest(end)) {
            match piece {
                Piece::Plain => self.push(TokenKind::TextPart, length),
                Piece::Open => self.hole(end),
                Piece::Close => {
                    let span = Span::new(self.at, self.at + 1);
                    self.mistakes.push(
                        Mistake::new(
                            codes::S106,
                            Weight::Cause,
                            span,
                            "This `}` closes nothing; a brace in a text is written `}}`.",
                        )
                        .labelled("closes nothing")
                        .fix("write `}}`", span, "}}"),
                    );
                    self.push(TokenKind::TextBrace, length);
                }
            }
        }
    }
}

/// `"say \"hi\""`; `start` is where the inside of the text begins.
fn escaped_quotes(start: usize, escaped: &text::Escaped) -> Mistake {
    let at = |quote: usize| Span::new(start + quote, start + quote + 2);
    let first = escaped
        .quotes
        .first()
        .map_or(Span::default(), |quote| at(*quote));
    let edits = escaped.quotes.iter().map(|quote| Edit {
        span: at(*quote),
        text: "'".to_owned(),
    });
    let mut mistake = Mistake::new(
        codes::S106,
        Weight::Slip,
        first,
        "A text between `\"` holds no further `\"`, and `\\` means nothing in it.",
    )
    .labelled("from another language");
    let message = "write `'` inside, or put the text between `\"\"\"`".to_owned();
    mistake.fix = Some((message, edits.collect()));
    mistake
}
