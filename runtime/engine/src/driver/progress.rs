//! What people see of a run while it runs.

use std::sync::Arc;

use serde::Serialize;
use sophia_diagnostics::Problem;

use crate::kernel::{Failure, Layout, Notice, Outcome, RunState};

/// Something to show.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// A step began, ended, or waits for its next attempt; a loop got further.
    Step(Box<Notice>),
    /// A step waits for something that is not its own.
    Waiting(Wait),
    /// The run ended, or waits for a person and for nothing else.
    Standing(RunOutcome),
}

/// Why something waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wait {
    /// The step's key.
    pub key: Arc<str>,
    /// Its label.
    pub label: Arc<str>,
    /// Its line.
    pub line: u32,
    /// In words, with a full stop.
    pub reason: String,
    /// Whether a person decides.
    pub for_a_person: bool,
}

/// Where a run came to rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunOutcome {
    /// Every step ended.
    Done,
    /// It ended well, early, for this reason.
    Stopped(Arc<str>),
    /// It failed.
    Failed(Failure),
    /// A person ended it.
    Cancelled,
    /// It goes on once a person decided.
    Waiting(Vec<Wait>),
}

impl From<Outcome> for RunOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::Done,
            Outcome::Stopped { reason } => Self::Stopped(reason),
            Outcome::Failed(failure) => Self::Failed(failure),
            Outcome::Cancelled => Self::Cancelled,
        }
    }
}

/// How a run that is carried on stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// It goes on by itself.
    Running,
    /// It came to rest.
    Resting(RunOutcome),
    /// It could not be carried on; it can be resumed.
    Halted(Problem),
}

/// The steps of a state that wait for a person.
pub(super) fn waits_for_people(layout: &Layout, state: &RunState) -> Vec<Wait> {
    state
        .asking()
        .map(|(key, failure)| {
            let label = layout
                .label(state, key)
                .unwrap_or_else(|| key.clone());
            Wait {
                key: key.clone(),
                reason: format!(
                    "Waits for a person to say whether `{label}` (line {}) is tried again or taken as done. {}",
                    failure.line, failure.message
                ),
                label,
                line: failure.line,
                for_a_person: true,
            }
        })
        .collect()
}
