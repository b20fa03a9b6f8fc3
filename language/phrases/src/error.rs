//! Why a phrase could not be read, in the words of an analyst, and where in it.

use std::fmt;
use std::ops::Range;

use pest::RuleType;
use pest::error::{Error, InputLocation};

/// What an error is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum About {
    /// The phrase, which does not read.
    #[default]
    Phrase,
    /// A time zone in it that does not exist.
    Zone,
}

/// Why a phrase could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhraseError {
    /// What it is about.
    pub about: About,
    /// The place inside the phrase, in bytes; empty where something is missing at its end.
    pub span: Range<usize>,
    /// One sentence with its full stop: what was expected, or why this cannot be.
    pub message: String,
    /// What was probably meant: a place inside the phrase, in bytes, and the text that belongs
    /// there. Kept true: the phrase with that text in it reads, or stops at a later word.
    pub fix: Option<(Range<usize>, String)>,
}

impl PhraseError {
    /// An error at a place of a phrase, in bytes, without a fix.
    #[must_use]
    pub fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            about: About::Phrase,
            span,
            message: message.into(),
            fix: None,
        }
    }

    /// The same error with what was probably meant.
    pub(crate) fn with_fix(mut self, span: Range<usize>, text: impl Into<String>) -> Self {
        self.fix = Some((span, text.into()));
        self
    }

    /// An error at a place that a grammar recognised, without the white space it may end in.
    pub(crate) fn at(span: pest::Span<'_>, message: impl Into<String>) -> Self {
        let start = span.start();
        Self::new(start..start + span.as_str().trim_end().len(), message)
    }

    /// An error about a time zone at a place that a grammar recognised.
    pub(crate) fn zone(span: pest::Span<'_>, message: impl Into<String>) -> Self {
        Self {
            about: About::Zone,
            ..Self::at(span, message)
        }
    }

    /// An error about all of a phrase.
    pub(crate) fn whole(text: &str, message: impl Into<String>) -> Self {
        Self::new(0..text.len(), message)
    }

    /// An error where a grammar stopped: its span is the word that stands there.
    pub(crate) fn stopped<R: RuleType>(
        text: &str,
        error: &Error<R>,
        message: impl Into<String>,
    ) -> Self {
        let start = match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
        };
        let rest = text.get(start..).unwrap_or("");
        let trimmed = rest.trim_start();
        if trimmed.is_empty() {
            let end = text.trim_end().len();
            return Self::new(end..end, message);
        }
        let start = start + (rest.len() - trimmed.len());
        let length = trimmed.find(char::is_whitespace).unwrap_or(trimmed.len());
        Self::new(start..start + length, message)
    }
}

/// A phrase with the text of a fix in its place; `None` where that place is not in it.
pub(crate) fn mended(text: &str, (span, replacement): &(Range<usize>, String)) -> Option<String> {
    let before = text.get(..span.start)?;
    let after = text.get(span.end..)?;
    Some(format!("{before}{replacement}{after}"))
}

impl fmt::Display for PhraseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for PhraseError {}
