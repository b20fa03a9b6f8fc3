//! What the kernel is told.
//!
//! Kept true here: an event holds everything that the kernel needs to take it, "now" included, so that
//! a journal of events is enough to build a run again.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sophia_diagnostics::Problem;
use sophia_plan::{Record, Step, Value};

use crate::runner::{FailureKind, Report};

/// Something that happened to a run. `V` is how values are held: as they are, or as a journal keeps them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event<V = Value> {
    /// An effect is about to be sent. Durable before it is.
    Started {
        /// The step.
        key: Arc<str>,
        /// From 1.
        attempt: u32,
        /// The claim of `at most once` that it holds.
        claim: Option<Arc<str>>,
        /// When.
        #[serde(with = "jiff::fmt::serde::timestamp::microsecond::required")]
        at: Timestamp,
    },
    /// An attempt succeeded.
    Done {
        /// The step.
        key: Arc<str>,
        /// From 1.
        attempt: u32,
        /// Its result.
        value: V,
        /// What a person would want to know.
        report: Report,
        /// When it ended.
        #[serde(with = "jiff::fmt::serde::timestamp::microsecond::required")]
        at: Timestamp,
    },
    /// An attempt failed.
    Failed {
        /// The step.
        key: Arc<str>,
        /// From 1.
        attempt: u32,
        /// What happened.
        failure: Failure,
        /// Whether trying again can help.
        kind: FailureKind,
        /// Whether the other side honours idempotency keys, so that trying again cannot double.
        repeatable: bool,
        /// What is known all the same.
        report: Report,
        /// When it ended.
        #[serde(with = "jiff::fmt::serde::timestamp::microsecond::required")]
        at: Timestamp,
    },
    /// An effect did not happen because it had happened before, under the same `at most once` key.
    Suppressed {
        /// The step.
        key: Arc<str>,
        /// The earlier result.
        value: V,
        /// The run in which it happened.
        by: Arc<str>,
        /// When.
        #[serde(with = "jiff::fmt::serde::timestamp::microsecond::required")]
        at: Timestamp,
    },
    /// The time before a further attempt is over, or a timer of a step that waits.
    Fired {
        /// The step.
        key: Arc<str>,
        /// The attempt that failed; for a step that waits, the number of its timer, from 1.
        attempt: u32,
        /// When.
        #[serde(with = "jiff::fmt::serde::timestamp::microsecond::required")]
        at: Timestamp,
    },
    /// A person decided about an effect of which nobody knows whether it happened.
    Settled {
        /// The step.
        key: Arc<str>,
        /// What was decided.
        decision: Decision,
        /// When.
        #[serde(with = "jiff::fmt::serde::timestamp::microsecond::required")]
        at: Timestamp,
    },
    /// Somebody who was asked answered.
    Answered {
        /// The step.
        key: Arc<str>,
        /// Who, by address.
        by: Arc<str>,
        /// What.
        answer: Answer<V>,
        /// When.
        #[serde(with = "jiff::fmt::serde::timestamp::microsecond::required")]
        at: Timestamp,
    },
    /// Something came in that this run waits for.
    Arrived {
        /// What.
        arrival: Arrival<V>,
        /// When the run took it.
        #[serde(with = "jiff::fmt::serde::timestamp::microsecond::required")]
        at: Timestamp,
    },
    /// A person ended the run.
    Cancelled {
        /// When.
        #[serde(with = "jiff::fmt::serde::timestamp::microsecond::required")]
        at: Timestamp,
    },
    /// A person did something with the run.
    Acted {
        /// Who, by address.
        by: Arc<str>,
        /// What.
        act: Act<V>,
        /// When.
        #[serde(with = "jiff::fmt::serde::timestamp::microsecond::required")]
        at: Timestamp,
    },
    /// The time that effects under way were given after a cancellation is over.
    GraceOver {
        /// When.
        #[serde(with = "jiff::fmt::serde::timestamp::microsecond::required")]
        at: Timestamp,
    },
}

impl<V> Event<V> {
    /// The instant that this event carries.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Started { at, .. }
            | Self::Done { at, .. }
            | Self::Failed { at, .. }
            | Self::Suppressed { at, .. }
            | Self::Fired { at, .. }
            | Self::Settled { at, .. }
            | Self::Answered { at, .. }
            | Self::Arrived { at, .. }
            | Self::Acted { at, .. }
            | Self::Cancelled { at }
            | Self::GraceOver { at } => *at,
        }
    }

    /// The same event with its value held in another way.
    ///
    /// # Errors
    /// What `hold` gives.
    pub fn try_map<W, E>(self, hold: impl FnOnce(V) -> Result<W, E>) -> Result<Event<W>, E> {
        Ok(match self {
            Self::Started {
                key,
                attempt,
                claim,
                at,
            } => Event::Started {
                key,
                attempt,
                claim,
                at,
            },
            Self::Done {
                key,
                attempt,
                value,
                report,
                at,
            } => Event::Done {
                key,
                attempt,
                value: hold(value)?,
                report,
                at,
            },
            Self::Failed {
                key,
                attempt,
                failure,
                kind,
                repeatable,
                report,
                at,
            } => Event::Failed {
                key,
                attempt,
                failure,
                kind,
                repeatable,
                report,
                at,
            },
            Self::Suppressed { key, value, by, at } => Event::Suppressed {
                key,
                value: hold(value)?,
                by,
                at,
            },
            Self::Fired { key, attempt, at } => Event::Fired { key, attempt, at },
            Self::Settled { key, decision, at } => Event::Settled { key, decision, at },
            Self::Answered {
                key,
                by,
                answer,
                at,
            } => Event::Answered {
                key,
                by,
                answer: match answer {
                    Answer::Approved { comment } => Answer::Approved { comment },
                    Answer::Refused { comment } => Answer::Refused { comment },
                    Answer::Filled { form } => Answer::Filled { form: hold(form)? },
                },
                at,
            },
            Self::Arrived { arrival, at } => Event::Arrived {
                arrival: Arrival {
                    number: arrival.number,
                    event: arrival.event,
                    value: hold(arrival.value)?,
                    at: arrival.at,
                },
                at,
            },
            Self::Acted { by, act, at } => Event::Acted {
                by,
                act: act.try_map(hold)?,
                at,
            },
            Self::Cancelled { at } => Event::Cancelled { at },
            Self::GraceOver { at } => Event::GraceOver { at },
        })
    }
}

/// Something that came in for playbooks and waiting runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arrival<V = Value> {
    /// Its number in the store; later ones have higher numbers.
    pub number: u64,
    /// The event with its dots: `zendesk.ticket_closed`.
    pub event: Arc<str>,
    /// What it carries.
    pub value: V,
    /// When it came.
    #[serde(with = "jiff::fmt::serde::timestamp::microsecond::required")]
    pub at: Timestamp,
}

impl Arrival {
    /// Whether it came since an instant, after the one with this number.
    pub(crate) fn counts(&self, since: Timestamp, after: u64) -> bool {
        self.number > after && self.at >= since
    }
}

/// What a person does with a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Act<V = Value> {
    /// Nothing new starts from now on.
    Pauses,
    /// It goes on after a pause.
    GoesOn,
    /// It ends.
    Cancels,
    /// What becomes of an unsure effect.
    Decides {
        /// The step.
        key: Arc<str>,
        /// What.
        decision: Decision,
    },
    /// A run that has ended goes on: what failed runs again.
    Retries {
        /// The step, or the item, that runs again with everything that rests on it.
        from: Option<Arc<str>>,
        /// The finished effects that are done a second time.
        again: Vec<Arc<str>>,
        /// Why.
        because: Option<Arc<str>>,
    },
    /// A value stands in for what a step would have come to.
    Skips {
        /// The step.
        key: Arc<str>,
        /// The value, of the step's type.
        value: V,
        /// Why.
        because: Option<Arc<str>>,
    },
    /// A run under way goes on with what pauses before a further attempt.
    TriesNow {
        /// The step; without it all that pause so.
        key: Option<Arc<str>>,
        /// Why.
        because: Option<Arc<str>>,
    },
}

impl<V> Act<V> {
    /// The same act with its value held in another way.
    fn try_map<W, E>(self, hold: impl FnOnce(V) -> Result<W, E>) -> Result<Act<W>, E> {
        Ok(match self {
            Self::Pauses => Act::Pauses,
            Self::GoesOn => Act::GoesOn,
            Self::Cancels => Act::Cancels,
            Self::Decides { key, decision } => Act::Decides { key, decision },
            Self::Retries {
                from,
                again,
                because,
            } => Act::Retries {
                from,
                again,
                because,
            },
            Self::Skips {
                key,
                value,
                because,
            } => Act::Skips {
                key,
                value: hold(value)?,
                because,
            },
            Self::TriesNow { key, because } => Act::TriesNow { key, because },
        })
    }
}

/// What somebody says who was asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer<V = Value> {
    /// Yes.
    Approved {
        /// What was said besides.
        comment: Option<Arc<str>>,
    },
    /// No.
    Refused {
        /// What was said besides.
        comment: Option<Arc<str>>,
    },
    /// A form, filled in: a record of the type that was asked for.
    Filled {
        /// The record.
        form: V,
    },
}

/// What a person decides about an unsure effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decision {
    /// Do it again.
    Retry,
    /// Take it as done.
    Skip,
}

/// Why a step or a run failed, in the analyst's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The code of the problem; a `fail` statement has none.
    pub code: Option<Arc<str>>,
    /// One sentence.
    pub message: Arc<str>,
    /// What the system below said.
    pub causes: Vec<String>,
    /// The next step.
    pub help: Option<String>,
    /// The key of the step.
    pub step: Arc<str>,
    /// The line of the step in its playbook.
    pub line: u32,
}

impl Failure {
    /// A problem that a step had.
    #[must_use]
    pub fn of(problem: &Problem, key: &Arc<str>, step: &Step) -> Self {
        Self {
            code: Some(problem.code.as_str().into()),
            message: problem.message.as_str().into(),
            causes: problem.causes.clone(),
            help: problem.help.clone(),
            step: key.clone(),
            line: step.origin.line,
        }
    }

    /// As a playbook sees it: `message`, `step` and `line`.
    #[must_use]
    pub fn record(&self) -> Value {
        Value::Record(Arc::new(Record {
            fields: vec![
                ("message".into(), Value::Text(self.message.clone())),
                ("step".into(), Value::Text(self.step.clone())),
                ("line".into(), Value::Integer(i64::from(self.line))),
            ],
        }))
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Every step ended.
    Done,
    /// `stop`: it ended well, early.
    Stopped {
        /// The reason as the playbook gives it.
        reason: Arc<str>,
    },
    /// It failed.
    Failed(Failure),
    /// A person ended it.
    Cancelled,
}
