//! What the rules know beside the lexemes in front of them: the text, the comments, the places.

use chumsky::span::SimpleSpan;
use sophia_diagnostics::{Span, codes};

use crate::layout::{Layout, Lexeme};
use crate::mistake::{Mistake, Weight};
use crate::syntax::Documentation;
use crate::tokens::TokenKind;

/// What is read.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) text: &'a str,
    pub(super) layout: &'a Layout<'a>,
}

impl<'a> Source<'a> {
    pub(super) fn lexeme(&self, at: usize) -> Option<&'a Lexeme<'a>> {
        self.layout.lexemes.get(at)
    }

    fn before(&self, at: usize) -> Option<&'a Lexeme<'a>> {
        let before = at.checked_sub(1)?;
        self.layout.lexemes.get(before)
    }

    /// The bytes of a run of lexemes; for an empty run the place after the lexeme before it.
    pub(super) fn span(&self, run: SimpleSpan) -> Span {
        let last = run.end.checked_sub(1).and_then(|last| self.lexeme(last));
        match (self.lexeme(run.start), last) {
            (Some(first), Some(last)) if run.start < run.end => first.span.to(last.span),
            _ => self.gap(run.start),
        }
    }

    /// The empty place before a lexeme, right after the one before it.
    pub(super) fn gap(&self, at: usize) -> Span {
        let start = self.layout.start;
        let end = self.before(at).map_or(start, |before| before.span.end);
        Span { start: end, end }
    }

    /// The bytes of a span.
    pub(super) fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.range()).unwrap_or("")
    }

    /// The `##` before the statement or field that begins at a lexeme.
    pub(super) fn documentation(&self, at: usize) -> Documentation {
        self.layout
            .documentation
            .get(&at)
            .cloned()
            .unwrap_or_default()
    }

    /// The `##` before a field, or after it on its line. `end` is the lexeme after the field.
    pub(super) fn field_documentation(&self, start: usize, end: usize) -> Documentation {
        if let Some(before) = self.layout.documentation.get(&start) {
            return before.clone();
        }
        let comma = self
            .lexeme(end)
            .is_some_and(|lexeme| lexeme.kind == TokenKind::Comma);
        let after = self.layout.trailing.get(&end.saturating_sub(1));
        let after = after.or_else(|| comma.then(|| self.layout.trailing.get(&end)).flatten());
        after.cloned().unwrap_or_default()
    }

    /// The statement or item that a lexeme, or the gap before it, belongs to.
    pub(super) fn region(&self, at: usize) -> u32 {
        let before = self.before(at);
        match self.lexeme(at) {
            Some(found) if found.kind.is_closing() => match before {
                Some(before) if before.kind.closed_by().is_none() => before.region,
                _ => found.region,
            },
            Some(found) => found.region,
            None => before.map_or(0, |before| before.region),
        }
    }

    /// Something is missing before a lexeme. `what` begins a sentence: "A name such as `x`".
    pub(super) fn expected(&self, at: usize, what: &str) -> Mistake {
        let found = self.lexeme(at).filter(|found| !found.ends_item());
        let (span, label) = match found {
            Some(found) if found.kind != TokenKind::TextStart => {
                (found.span, format!("found `{}`", shortened(found.text)))
            }
            Some(found) => (found.span, "found a text".to_owned()),
            None => (self.gap(at), "missing here".to_owned()),
        };
        let mistake = Mistake::new(
            codes::S101,
            Weight::Symptom,
            span,
            format!("{what} is expected here."),
        )
        .labelled(label)
        .within(self.region(at));
        let kind = |lexeme: Option<&Lexeme<'_>>| lexeme.map(|lexeme| lexeme.kind);
        let in_brackets = kind(self.before(at)) == Some(TokenKind::OpenParenthesis)
            && kind(self.lexeme(at + 1)) == Some(TokenKind::CloseParenthesis);
        if in_brackets && kind(found) == Some(TokenKind::Star) {
            return mistake.fix("leave it out: `count()` counts the rows", span, "");
        }
        mistake
    }

    /// The text of a run of lexemes with comments as spaces, so that places stay.
    pub(super) fn phrase(&self, run: SimpleSpan) -> String {
        let mut phrase = String::new();
        let mut at = self.span(run).start;
        for index in run.start..run.end {
            let Some(lexeme) = self.lexeme(index) else {
                continue;
            };
            let between = Span {
                start: at,
                end: lexeme.span.start.max(at),
            };
            phrase.extend(
                self.slice(between)
                    .bytes()
                    .map(|byte| if byte == b'\n' { '\n' } else { ' ' }),
            );
            phrase.push_str(self.slice(lexeme.span));
            at = lexeme.span.end.max(at);
        }
        phrase
    }
}

/// A token's text, cut where it is long.
pub(super) fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    if line.chars().count() <= 24 {
        return line.to_owned();
    }
    let start: String = line.chars().take(23).collect();
    format!("{start}…")
}
