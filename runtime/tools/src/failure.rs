//! How a call ends: an answer, or a failure that says whether trying again can help.

use serde_json::Value;
use sophia_diagnostics::Problem;

/// What a tool answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToolAnswer {
    /// The structured result, where the tool gives one.
    pub structured: Option<Value>,
    /// Its text blocks, a line break between two.
    pub text: String,
}

/// A call that gave no answer.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolFailure {
    /// What happened.
    pub problem: Problem,
    /// Whether trying again can help.
    pub kind: FailureKind,
}

/// Whether trying again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// Nothing was sent, or the server asked to come back later.
    Transient,
    /// The server refused or failed; it would do so again.
    Permanent,
    /// The call was sent and nobody knows whether it took effect.
    Unknown,
}

impl ToolFailure {
    pub(crate) fn transient(problem: Problem) -> Self {
        let kind = FailureKind::Transient;
        Self { problem, kind }
    }

    pub(crate) fn permanent(problem: Problem) -> Self {
        let kind = FailureKind::Permanent;
        Self { problem, kind }
    }

    pub(crate) fn unknown(problem: Problem) -> Self {
        let kind = FailureKind::Unknown;
        Self { problem, kind }
    }
}
