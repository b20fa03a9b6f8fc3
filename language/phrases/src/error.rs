//! Why a phrase could not be read, in the words of an analyst, and where in it.

use std::fmt;
use std::ops::Range;

use pest::RuleType;
use pest::error::{Error, InputLocation};

/// Why a phrase could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhraseError {
    /// The place inside the phrase, in bytes; empty where something is missing at its end.
    pub span: Range<usize>,
    /// One sentence with its full stop: what was expected, or why this cannot be.
    pub message: String,
}

impl PhraseError {
    /// An error at a place that a grammar recognised, without the white space it may end in.
    pub(crate) fn at(span: pest::Span<'_>, message: impl Into<String>) -> Self {
        let start = span.start();
        Self {
            span: start..start + span.as_str().trim_end().len(),
            message: message.into(),
        }
    }

    /// An error about all of a phrase.
    pub(crate) fn whole(text: &str, message: impl Into<String>) -> Self {
        Self {
            span: 0..text.len(),
            message: message.into(),
        }
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
            return Self {
                span: end..end,
                message: message.into(),
            };
        }
        let start = start + (rest.len() - trimmed.len());
        let length = trimmed.find(char::is_whitespace).unwrap_or(trimmed.len());
        Self {
            span: start..start + length,
            message: message.into(),
        }
    }
}

impl fmt::Display for PhraseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for PhraseError {}
