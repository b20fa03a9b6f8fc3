//! A complaint about a text that a person wrote.

use std::sync::Arc;

use crate::{Code, Severity, Span};

/// One mistake at one place. Plain data: rendering is the business of the command line and the editor.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// Which mistake.
    pub code: Code,
    /// One sentence in the analyst's words, with its full stop. Never "you", never an internal type.
    pub message: String,
    /// The file, as the project names it: relative to the project's folder, with `/`.
    pub file: Arc<str>,
    /// The exact place.
    pub span: Span,
    /// A few words that stand beside the underlined place.
    pub label: Option<String>,
    /// Other places that explain this one, in the order a reader should visit them.
    pub related: Vec<Related>,
    /// Facts worth knowing, one a line: the nearest name, what was expected and what was found.
    pub notes: Vec<String>,
    /// What to do.
    pub fix: Option<Fix>,
}

/// A second place that belongs to a mistake.
#[derive(Clone, Debug, PartialEq)]
pub struct Related {
    /// The file that holds the place.
    pub file: Arc<str>,
    /// The place.
    pub span: Span,
    /// What stands there.
    pub message: String,
}

/// What to do about a mistake: a sentence, and where it is mechanical, the edits themselves.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    /// An instruction without "Fix:" in front and without a full stop: ``write `tenure` ``.
    pub message: String,
    /// The edits in the diagnostic's own file. Empty where a person must decide.
    pub edits: Vec<Edit>,
}

/// Replaces a span by a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// What is replaced; an empty span inserts.
    pub span: Span,
    /// What is put there.
    pub text: String,
}

impl Diagnostic {
    /// A diagnostic with nothing but its sentence; the methods below add the rest.
    #[must_use]
    pub fn new(code: Code, file: Arc<str>, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            file,
            span,
            label: None,
            related: Vec::new(),
            notes: Vec::new(),
            fix: None,
        }
    }

    /// Adds the words beside the underlined place.
    #[must_use]
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds another place in the same file.
    #[must_use]
    pub fn with_related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push(Related {
            file: self.file.clone(),
            span,
            message: message.into(),
        });
        self
    }

    /// Says what to do, where a person must do it.
    #[must_use]
    pub fn with_help(mut self, message: impl Into<String>) -> Self {
        self.fix = Some(Fix {
            message: message.into(),
            edits: Vec::new(),
        });
        self
    }

    /// Says what to do and how, as an edit an editor can apply.
    #[must_use]
    pub fn with_edit(
        mut self,
        message: impl Into<String>,
        span: Span,
        text: impl Into<String>,
    ) -> Self {
        self.fix = Some(Fix {
            message: message.into(),
            edits: vec![Edit {
                span,
                text: text.into(),
            }],
        });
        self
    }

    /// What this mistake weighs; its page decides.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// Whether this mistake makes a check fail.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity() == Severity::Error
    }
}
