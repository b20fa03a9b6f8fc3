//! What holds for every file: tokens cover it, every place in the tree and in a diagnostic lies in
//! it, and formatting changes nothing but white space, once.

use std::fmt::{self, Write as _};
use std::sync::{Arc, LazyLock};

use sophia_language::{Parsed, TokenKind, format, parse};

static NAME: LazyLock<Arc<str>> = LazyLock::new(|| Arc::from("fuzz.sophia"));

fn read(text: &str) -> Parsed {
    parse(text, Arc::clone(&NAME))
}

/// Tokens cover every byte, in order.
pub fn lexer(text: &str) {
    let mut at = 0;
    for token in sophia_language::tokens(text) {
        let range = token.span.range();
        assert_eq!(range.start, at, "{token:?} begins elsewhere");
        assert!(text.get(range.clone()).is_some(), "{token:?} cuts a letter");
        assert!(token.kind != TokenKind::LineEnd, "{token:?} is in the file");
        at = range.end;
    }
    assert_eq!(at, text.len(), "bytes without a token");
}

/// There is a tree; places lie in the text; diagnostics are sorted; edits can be made.
pub fn parser(text: &str) {
    let parsed = read(text);
    let mut tree = Places::new(text);
    write!(tree, "{:?}", parsed.file).expect("a tree can be shown");
    for found in &parsed.diagnostics {
        assert!(
            text.get(found.span.range()).is_some(),
            "no place: {found:?}"
        );
        assert!(!found.message.is_empty(), "no message: {found:?}");
        for edit in found.fix.iter().flat_map(|fix| &fix.edits) {
            assert!(text.get(edit.span.range()).is_some(), "no place: {found:?}");
        }
    }
    assert!(
        parsed
            .diagnostics
            .is_sorted_by(|one, next| one.span <= next.span),
        "diagnostics out of order"
    );
}

/// What is formatted stays as it is, says what the text said, and has no mistakes.
pub fn formatter(text: &str) {
    let Ok(formatted) = format(text, Arc::clone(&NAME)) else {
        return;
    };
    let again = format(&formatted, Arc::clone(&NAME));
    assert_eq!(
        again.as_deref(),
        Ok(formatted.as_str()),
        "formatting twice is not formatting once"
    );
    let before = read(text);
    let after = read(&formatted);
    assert_eq!(
        said(text, &before),
        said(&formatted, &after),
        "something was lost"
    );
    assert_eq!(
        after.diagnostics,
        vec![],
        "formatting made or left a mistake; a tab is the only one that it may find"
    );
}

/// Tokens that say something, and comments. SQL and texts are indented as blocks, so they are
/// compared without their white space.
fn said<'t>(text: &'t str, parsed: &Parsed) -> Vec<(TokenKind, Vec<&'t str>)> {
    parsed
        .tokens
        .iter()
        .filter(|token| !matches!(token.kind, TokenKind::Whitespace | TokenKind::Newline))
        .filter_map(|token| {
            let written = text.get(token.span.range()).unwrap_or("");
            let words: Vec<&str> = match token.kind {
                TokenKind::SqlPart | TokenKind::TextPart => written.split_whitespace().collect(),
                _ => vec![written.trim_end()],
            };
            words
                .iter()
                .any(|word| !word.is_empty())
                .then_some((token.kind, words))
        })
        .collect()
}

/// Takes a tree as it is shown, and looks at each `Span { start: …, end: … }` in it: so no kind of
/// node can be forgotten. Quoted texts are passed over.
struct Places<'t> {
    text: &'t str,
    quoted: bool,
    escaped: bool,
    word: String,
    start: Option<usize>,
}

impl<'t> Places<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            quoted: false,
            escaped: false,
            word: String::new(),
            start: None,
        }
    }

    /// A word of the shown tree has ended.
    fn end_word(&mut self) {
        // `start: 5, end: 9` arrives as the words `start`, `5`, `end`, `9`.
        if let Some(number) = self.word.strip_prefix("start ") {
            self.start = number.parse().ok();
        } else if let (Some(end), Some(start)) = (
            self.word
                .strip_prefix("end ")
                .and_then(|number| number.parse().ok()),
            self.start.take(),
        ) {
            assert!(
                self.text.get(start..end).is_some(),
                "{start}..{end} is no place in the text"
            );
        }
        self.word.clear();
    }
}

impl fmt::Write for Places<'_> {
    fn write_str(&mut self, shown: &str) -> fmt::Result {
        for letter in shown.chars() {
            if self.quoted {
                self.quoted = self.escaped || letter != '"';
                self.escaped = !self.escaped && letter == '\\';
            } else {
                match letter {
                    '"' => self.quoted = true,
                    'a'..='z' | '0'..='9' => self.word.push(letter),
                    ':' => self.word.push(' '),
                    ' ' if self.word.ends_with(' ') => {}
                    _ => self.end_word(),
                }
            }
        }
        Ok(())
    }
}
