//! What people see of a run while it runs.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use sophia_diagnostics::Problem;
use sophia_plan::{Value, show};

use crate::journal::RunStatus;
use crate::kernel::{Failure, Layout, Notice, Outcome, Question, RunState};

/// Something to show.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// A step began, ended, or waits for its next attempt; a loop got further.
    Step(Box<Notice>),
    /// A step waits for something that is not its own.
    Waiting(Wait),
    /// The run ended, or does nothing but wait.
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
    /// When it is over by itself, where that is known.
    pub until: Option<Timestamp>,
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
    /// It goes on once people answered, time has passed or something came in.
    Waiting(Vec<Wait>),
}

impl RunOutcome {
    /// What a list shows.
    #[must_use]
    pub fn status(&self) -> RunStatus {
        match self {
            Self::Done => RunStatus::Done,
            Self::Stopped(_) => RunStatus::Stopped,
            Self::Failed(_) => RunStatus::Failed,
            Self::Cancelled => RunStatus::Cancelled,
            Self::Waiting(_) => RunStatus::Waiting,
        }
    }
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

/// What a state waits for: people, time, events, a further round, the end of a pause.
pub(super) fn waits(layout: &Layout, state: &RunState) -> Vec<Wait> {
    let paused = state.paused().map(|by| Wait {
        key: "".into(),
        label: "pause".into(),
        line: 0,
        reason: format!("Paused by {by}; nothing new starts."),
        for_a_person: true,
        until: None,
    });
    let unsure = state.asking().map(|(key, failure)| {
        let label = layout.label(state, key).unwrap_or_else(|| key.clone());
        Wait {
            key: key.clone(),
            reason: format!(
                "Waits for a person to say whether `{label}` (line {}) is tried again or taken as done. {}",
                failure.line, failure.message
            ),
            label,
            line: failure.line,
            for_a_person: true,
            until: None,
        }
    });
    let waiting = layout.waiting(state).into_iter().map(|step| {
        let place = format!("`{}` (line {})", step.label, step.line);
        let until = step.until.map(|until| instant(layout, until));
        let reason = match (step.question, step.events.as_slice()) {
            (Some(question), _) => asked(question, &place, until.as_deref()),
            (None, []) => match (step.round, until) {
                (Some(round), Some(until)) => {
                    format!("{place} pauses after round {round}; the next begins at {until}.")
                }
                (_, Some(until)) => format!("{place} waits until {until}."),
                (_, None) => format!("{place} waits."),
            },
            (None, events) => {
                let until = until.map_or_else(String::new, |until| format!(", until {until}"));
                format!("{place} waits for {}{until}.", events.join(" or "))
            }
        };
        Wait {
            key: step.key,
            label: step.label,
            line: step.line,
            reason,
            for_a_person: step.question.is_some(),
            until: step.until,
        }
    });
    paused.into_iter().chain(unsure).chain(waiting).collect()
}

/// `` `ask finance` (line 7) waits for "finance", until … (1 of 2 agreed): Refund $5?``
fn asked(question: &Question, place: &str, until: Option<&str>) -> String {
    let whom: Vec<String> = question.whom.iter().map(ToString::to_string).collect();
    let until = until.map_or_else(String::new, |until| format!(", until {until}"));
    let agreed = if question.quorum > 1 {
        format!(" ({} of {} agreed)", question.said.len(), question.quorum)
    } else {
        String::new()
    };
    format!(
        "{place} waits for {}{until}{agreed}: {}",
        whom.join(", "),
        question.text
    )
}

fn instant(layout: &Layout, instant: Timestamp) -> String {
    show(&Value::Timestamp(instant), layout.zone())
}
