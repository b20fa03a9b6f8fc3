//! What a replay shows of each step: what it was given, what it gave, when, and why.
//!
//! Kept true here: a reason is the event that the kernel answered, and nothing that was guessed.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use sophia_plan::{Step, StepKind, Value, show};

use super::intake::{Intake, Reading};
use crate::driver::{History, StepDetail};
use crate::kernel::{Act, Answer, Command, Decision, Event, Happening, Layout, Notice, StepEnd};

/// A step of a replay.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplayedStep {
    /// How it went.
    pub detail: StepDetail,
    /// What it was given; only work is given something.
    pub intake: Option<Intake>,
    /// Why it ran, waited, was tried again or let go, in order.
    pub reasons: Vec<Reason>,
}

/// Why something happened to a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// When.
    pub at: Timestamp,
    /// In words, without a full stop.
    pub what: String,
}

/// The steps of a replay so far.
pub(super) struct Trace<'a> {
    layout: &'a Layout,
    reading: Reading<'a>,
    history: History,
    intakes: HashMap<Arc<str>, Intake>,
    reasons: HashMap<Arc<str>, Vec<Reason>>,
    labels: HashMap<Arc<str>, Arc<str>>,
}

impl<'a> Trace<'a> {
    pub(super) fn of(layout: &'a Layout) -> Self {
        Self {
            layout,
            reading: Reading::of(layout),
            history: History::default(),
            intakes: HashMap::new(),
            reasons: HashMap::new(),
            labels: HashMap::new(),
        }
    }

    /// Takes what the kernel asks for after an event, or at the beginning. What attempts are given.
    pub(super) fn take(&mut self, cause: Option<&Event>, at: Timestamp, commands: &[Command]) {
        for command in commands {
            match command {
                Command::Start(start) => {
                    let key = &start.key;
                    self.appears(key, &start.step, cause, at);
                    if start.attempt > 1 {
                        self.reason(key, at, format!("attempt {} begins", start.attempt));
                    }
                    let intake = self.reading.intake(start);
                    self.intakes.insert(key.clone(), intake);
                }
                Command::Tell(notice) => {
                    self.appears(&notice.key, &notice.step, cause, at);
                    self.notice(cause, notice);
                    self.history.take((**notice).clone(), true);
                }
                _ => {}
            }
        }
    }

    /// What an attempt was given.
    pub(super) fn intake(&self, key: &str) -> Option<&Intake> {
        self.intakes.get(key)
    }

    /// The steps in the order in which they began, and those of the plan that no part of the run reached.
    pub(super) fn finish(mut self) -> (Vec<ReplayedStep>, Vec<Arc<Step>>) {
        let steps: Vec<ReplayedStep> = std::mem::take(&mut self.history.steps)
            .into_iter()
            .map(|detail| ReplayedStep {
                intake: self.intakes.remove(&detail.key),
                reasons: self.reasons.remove(&detail.key).unwrap_or_default(),
                detail,
            })
            .collect();
        let reached: BTreeSet<&str> = steps.iter().map(|step| &*step.detail.step.name).collect();
        let left = (self.layout.plan().steps().into_iter())
            .filter(|step| !reached.contains(&*step.name) && acts(step))
            .map(|step| Arc::new(step.clone()))
            .collect();
        (steps, left)
    }

    /// A step is there for the first time: why.
    fn appears(&mut self, key: &Arc<str>, step: &Arc<Step>, cause: Option<&Event>, at: Timestamp) {
        self.labels
            .entry(key.clone())
            .or_insert_with(|| step.label.clone());
        if self.reasons.contains_key(key) {
            return;
        }
        let what = match cause {
            None => "as the run began".to_owned(),
            Some(event) => format!("after {}", self.happened(event, key)),
        };
        self.reason(key, at, what);
    }

    fn reason(&mut self, key: &Arc<str>, at: Timestamp, what: String) {
        let reasons = self.reasons.entry(key.clone()).or_default();
        reasons.push(Reason { at, what });
    }

    fn notice(&mut self, cause: Option<&Event>, notice: &Notice) {
        let zone = self.layout.zone();
        let instant = |at: Timestamp| show(&Value::Timestamp(at), zone);
        let what = match &notice.what {
            Happening::Retries {
                attempt,
                until,
                failure,
            } => format!(
                "attempt {attempt} failed: {} The next one was due {}",
                failure.message,
                instant(*until)
            ),
            Happening::Asks { failure } => {
                format!("waited for a person to decide: {}", failure.message)
            }
            Happening::Waits(awaiting) => {
                let mut what = "waited".to_owned();
                if !awaiting.events.is_empty() {
                    let events: Vec<&str> = awaiting.events.iter().map(|event| &**event).collect();
                    what.push_str(&format!(" for {}", events.join(" or ")));
                }
                if let Some(until) = awaiting.until {
                    what.push_str(&format!(", at the latest until {}", instant(until)));
                }
                what
            }
            Happening::Question(question) => {
                let whom: Vec<String> = question.whom.iter().map(ToString::to_string).collect();
                format!("{}: {}", question.stands.as_str(), whom.join(", "))
            }
            Happening::Chosen { way } => format!("went `{way}`"),
            Happening::Round { number, next: None } => format!("round {number} began"),
            Happening::Ended { how, .. } => match self.ended(how, cause, &notice.key) {
                Some(what) => what,
                None => return,
            },
            Happening::Started { .. } | Happening::Items { .. } | Happening::Round { .. } => return,
        };
        let last = self.reasons.get(&notice.key).and_then(|all| all.last());
        if last.is_none_or(|last| last.what != what) {
            self.reason(&notice.key, notice.at, what);
        }
    }

    fn ended(&self, how: &StepEnd, cause: Option<&Event>, key: &Arc<str>) -> Option<String> {
        Some(match how {
            StepEnd::Done => match cause {
                Some(
                    Event::Settled {
                        decision: Decision::Skip,
                        ..
                    }
                    | Event::Acted { .. },
                ) => "a person took it as done".to_owned(),
                Some(event @ (Event::Answered { .. } | Event::Arrived { .. })) => {
                    format!("over: {}", self.happened(event, key))
                }
                _ => return None,
            },
            StepEnd::Suppressed { by } => {
                format!("left out: run {by} did the same, and `at most once` allows it once")
            }
            StepEnd::Otherwise(failure) => {
                format!("its `otherwise` took its place: {}", failure.message)
            }
            StepEnd::Failed(failure) => format!("failed: {}", failure.message),
            StepEnd::Skipped { by } => format!("{by} had it left out, and gave its value"),
            StepEnd::LetGo => match cause {
                Some(event) => format!("let go after {}", self.happened(event, key)),
                None => "let go".to_owned(),
            },
            StepEnd::Unsure(failure) => format!("left unsure: {}", failure.message),
            StepEnd::Ended(reason) => format!("applied: {reason}"),
        })
    }

    /// An event in words, as `to` sees it.
    fn happened(&self, event: &Event, to: &Arc<str>) -> String {
        let label = |key: &Arc<str>| match self.labels.get(key) {
            Some(label) => format!("`{label}`"),
            None => format!("`{key}`"),
        };
        match event {
            Event::Started { key, .. } => format!("{} was about to be sent", label(key)),
            Event::Done { key, .. } => format!("{} had ended", label(key)),
            Event::Failed { key, .. } => format!("{} had failed", label(key)),
            Event::Suppressed { key, .. } => format!("{} was left out", label(key)),
            Event::Fired { key, .. } if key == to => "its pause was over".to_owned(),
            Event::Fired { key, .. } => format!("the pause of {} was over", label(key)),
            Event::Settled { key, .. } => format!("a person had decided about {}", label(key)),
            Event::Answered { by, answer, .. } => match answer {
                Answer::Approved { .. } => format!("{by} had approved"),
                Answer::Refused { .. } => format!("{by} had refused"),
                Answer::Filled { .. } => format!("{by} had filled in the form"),
            },
            Event::Arrived { arrival, .. } => format!("{} had come in", arrival.event),
            Event::Acted { by, act, .. } => match act {
                Act::Pauses => format!("{by} had paused the run"),
                Act::GoesOn => format!("{by} had let the run go on"),
                Act::Cancels => format!("{by} had ended the run"),
                Act::Retries { .. } => format!("{by} had the run go on"),
                Act::Skips { .. } => format!("{by} had a step left out"),
                Act::TriesNow { .. } => format!("{by} had it tried again at once"),
                Act::Decides { .. } => format!("{by} had decided"),
            },
            Event::Cancelled { .. } => "the run was ended".to_owned(),
            Event::GraceOver { .. } => "the time to end was over".to_owned(),
        }
    }
}

/// Whether a step that was not reached is worth telling: what reads, asks, waits or changes something.
fn acts(step: &Step) -> bool {
    matches!(
        &step.kind,
        StepKind::Work(_) | StepKind::Ask(_) | StepKind::Wait(_)
    )
}
