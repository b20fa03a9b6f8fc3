//! A mistake while it is being collected: a diagnostic without its file. Which of several in one
//! statement are told is decided in [`crate::report`].

use sophia_diagnostics::{Code, Edit, Span};

/// How much a mistake says about the statement that it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    /// A habit from elsewhere whose meaning is clear: always told, and explains nothing else.
    Slip,
    /// The cause: a bracket, a quote, a keyword.
    Cause,
    /// Something that is missing or not as expected.
    Symptom,
    /// Words left over when a statement was understood.
    Leftover,
}

/// One mistake.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mistake {
    pub(crate) code: Code,
    pub(crate) span: Span,
    pub(crate) message: String,
    pub(crate) label: Option<String>,
    pub(crate) fix: Option<(String, Vec<Edit>)>,
    pub(crate) weight: Weight,
    /// The statement or item it belongs to, where that is known without its place.
    pub(crate) region: Option<u32>,
}

impl Mistake {
    pub(crate) fn new(code: Code, weight: Weight, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            span,
            message: message.into(),
            label: None,
            fix: None,
            weight,
            region: None,
        }
    }

    pub(crate) fn within(mut self, region: u32) -> Self {
        self.region = Some(region);
        self
    }

    pub(crate) fn labelled(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    pub(crate) fn help(mut self, message: impl Into<String>) -> Self {
        self.fix = Some((message.into(), Vec::new()));
        self
    }

    pub(crate) fn fix(
        mut self,
        message: impl Into<String>,
        span: Span,
        text: impl Into<String>,
    ) -> Self {
        let edit = Edit {
            span,
            text: text.into(),
        };
        self.fix = Some((message.into(), vec![edit]));
        self
    }
}
