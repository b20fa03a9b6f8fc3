//! What the kernel asks for, and what it tells people.
//!
//! Kept true here: a command holds everything that is needed to carry it out; whoever does asks nothing back.

use std::sync::Arc;

use jiff::Timestamp;
use sophia_diagnostics::Problem;
use sophia_plan::{Scope, Step, Value};

use super::ask::Question;
use super::event::{Event, Failure, Outcome};
use super::past::Memory;
use crate::runner::{FailureKind, Report};

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Make an attempt; answer with [`Event::Done`] or [`Event::Failed`]. An effect is preceded by
    /// [`Event::Started`], or answered by [`Event::Suppressed`].
    Start(Box<Start>),
    /// Answer with [`Event::Fired`] at this instant.
    Sleep {
        /// The step.
        key: Arc<str>,
        /// The attempt that failed; for a step that waits, the number of its timer, from 1.
        attempt: u32,
        /// When.
        until: Timestamp,
    },
    /// Answer with [`Event::GraceOver`] at this instant.
    Grace {
        /// When.
        until: Timestamp,
    },
    /// Let go of the attempt or timer of this step.
    Abandon {
        /// The step.
        key: Arc<str>,
    },
    /// A claim has its result; it holds for its time.
    Keep {
        /// The claim.
        claim: Arc<str>,
        /// The result that later ones get.
        value: Value,
    },
    /// A claim did not lead to an effect, or the effect was taken back.
    Free {
        /// The claim.
        claim: Arc<str>,
        /// The step that holds it.
        step: Arc<str>,
    },
    /// Something that people may want to see.
    Tell(Box<Notice>),
    /// Something that is looked up in the journal if the run goes on after its end.
    Remember(Memory),
    /// The run ended.
    Finish(Outcome),
}

/// One attempt to make.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// The step's key.
    pub key: Arc<str>,
    /// The step; its kind is work.
    pub step: Arc<Step>,
    /// Everything that its expressions may name.
    pub scope: Scope,
    /// From 1.
    pub attempt: u32,
    /// The instant of the step.
    pub at: Timestamp,
    /// The instant that its expressions see: the one of the step, except where they were fixed before.
    pub sees: Timestamp,
    /// The claim that it needs first.
    pub claim: Option<ClaimRequest>,
    /// Whether its intent is in the journal already: then it may have been sent before a crash.
    pub intended: bool,
    /// How often it was done before what it did was to be done anew.
    pub times: u32,
}

impl Start {
    /// The event of an attempt that came to this without anything outside.
    pub(crate) fn comes_to(&self, result: Result<Value, Problem>, at: Timestamp) -> Event {
        let (key, attempt, report) = (self.key.clone(), self.attempt, Report::default());
        match result {
            Ok(value) => Event::Done {
                key,
                attempt,
                value,
                report,
                at,
            },
            Err(problem) => Event::Failed {
                failure: Failure::of(&problem, &key, &self.step),
                key,
                attempt,
                kind: FailureKind::Permanent,
                repeatable: true,
                report,
                at,
            },
        }
    }
}

/// `at most once per KEY in D`, with the key's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimRequest {
    /// The step's name in the plan, without items, and the key's value.
    pub key: Arc<str>,
    /// How long it holds, in milliseconds; for ever without.
    pub within_ms: Option<i64>,
}

/// Something that happened to a step, for people.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// The step's key.
    pub key: Arc<str>,
    /// The step.
    pub step: Arc<Step>,
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Happening,
}

/// What happened to a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// An attempt began.
    Started {
        /// From 1.
        attempt: u32,
    },
    /// An attempt failed and another follows.
    Retries {
        /// The attempt that failed.
        attempt: u32,
        /// When the next begins.
        until: Timestamp,
        /// Why it failed.
        failure: Failure,
    },
    /// Nobody knows whether the effect happened; a person decides.
    Asks {
        /// What is known.
        failure: Failure,
    },
    /// It waits for time to pass, for something to come in, or for people.
    Waits(Awaiting),
    /// How a question to people stands now.
    Question(Box<Question>),
    /// How far a loop is.
    Items {
        /// How many there are.
        total: u64,
        /// How many ended well.
        done: u64,
        /// How many failed.
        failed: u64,
        /// How many were skipped.
        skipped: u64,
    },
    /// How far a `repeat` is.
    Round {
        /// The round that began last, from 1.
        number: u32,
        /// When the next one begins, once this one has ended.
        next: Option<Timestamp>,
    },
    /// Which way a `match` or an `if` goes.
    Chosen {
        /// `"fraud" | "other"`, `1..3`, `else`; `then` and `else` for an `if`.
        way: Arc<str>,
    },
    /// It ended.
    Ended {
        /// How.
        how: StepEnd,
        /// Its result, where it has one.
        value: Option<Value>,
        /// What a person would want to know.
        report: Report,
    },
}

/// What a step waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaiting {
    /// When the wait is over by itself.
    pub until: Option<Timestamp>,
    /// The events that end it.
    pub events: Vec<Arc<str>>,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepEnd {
    /// It succeeded.
    Done,
    /// It had happened before, in this run, under the same `at most once` key.
    Suppressed {
        /// The run.
        by: Arc<str>,
    },
    /// It failed, and its written `otherwise` took its place.
    Otherwise(Failure),
    /// It failed.
    Failed(Failure),
    /// A person had it left out, and gave its value.
    Skipped {
        /// Who, by address.
        by: Arc<str>,
    },
    /// It was let go because what surrounds it ended.
    LetGo,
    /// Whether the effect happened is not known, and it was not tried again.
    Unsure(Failure),
    /// An end statement applied: the reason.
    Ended(Arc<str>),
}
