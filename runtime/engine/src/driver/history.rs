//! Every step of a run, as it went: a fold of what the kernel tells.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use sophia_diagnostics::Problem;
use sophia_plan::{Origin, Record, Step, Value};

use super::progress::{RunOutcome, Wait, waits};
use crate::journal::{RunStatus, RunSummary, StoredRun};
use crate::kernel::{
    self, Act, Awaiting, Command, Event, Failure, Happening, Layout, Notice, Question, RunState,
    StepEnd, starter,
};
use crate::runner::Report;

/// A run with everything that is known about it.
#[derive(Clone, Debug)]
pub struct RunDetail {
    /// As in a list.
    pub summary: RunSummary,
    /// The playbook's file.
    pub file: Arc<str>,
    /// Its inputs.
    pub inputs: Record,
    /// Who started it, where a person did.
    pub started_by: Option<Arc<str>>,
    /// Where it came to rest, if it did.
    pub outcome: Option<RunOutcome>,
    /// Its steps, in the order in which they began.
    pub steps: Vec<StepDetail>,
    /// What it waits for.
    pub waits: Vec<Wait>,
    /// What it gave back, where it ended with a `return`.
    pub result: Option<Value>,
    /// What people did with it, in order.
    pub acts: Vec<ActDetail>,
}

/// What a person did with a run.
#[derive(Clone, Debug, PartialEq)]
pub struct ActDetail {
    /// Who, by address.
    pub by: Arc<str>,
    /// What.
    pub act: Act,
    /// When.
    pub at: Timestamp,
}

/// A step of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct StepDetail {
    /// Its key: its path with its loop items, from 1.
    pub key: Arc<str>,
    /// The step of the plan.
    pub step: Arc<Step>,
    /// How it stands.
    pub state: StepState,
    /// How many attempts began.
    pub attempts: u32,
    /// When the first began.
    pub began: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Its result.
    pub value: Option<Value>,
    /// What a person would want to know.
    pub report: Report,
    /// For a loop, how far it is.
    pub items: Option<Items>,
    /// For a `repeat`, how far it is.
    pub rounds: Option<Rounds>,
    /// For a `match` or an `if`, which way it went: `"fraud" | "other"`, `1..3`, `then`, `else`.
    pub chosen: Option<Arc<str>>,
    /// For a question to people, how it stands.
    pub question: Option<Question>,
}

/// How a step stands.
#[derive(Clone, Debug, PartialEq)]
pub enum StepState {
    /// It is under way.
    Running,
    /// An attempt failed; another follows.
    Retrying {
        /// When.
        until: Timestamp,
        /// Why it failed.
        failure: Failure,
    },
    /// A person decides whether the effect is tried again or taken as done.
    Asking(Failure),
    /// It waits for time to pass, for something to come in, or for people.
    Waiting(Awaiting),
    /// It ended.
    Ended(StepEnd),
}

/// How far a loop is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Items {
    /// How many there are.
    pub total: u64,
    /// How many ended well.
    pub done: u64,
    /// How many failed.
    pub failed: u64,
    /// How many were skipped.
    pub skipped: u64,
}

/// How far a `repeat` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rounds {
    /// The round that began last, from 1.
    pub number: u32,
    /// When the next one begins, once this one has ended.
    pub next: Option<Timestamp>,
}

impl StepDetail {
    /// Its label.
    #[must_use]
    pub fn label(&self) -> &Arc<str> {
        &self.step.label
    }

    /// Where it stands in its playbook.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.step.origin
    }

    /// Why it failed, where it did, or where it is not known.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        match &self.state {
            StepState::Retrying { failure, .. }
            | StepState::Asking(failure)
            | StepState::Ended(
                StepEnd::Failed(failure) | StepEnd::Otherwise(failure) | StepEnd::Unsure(failure),
            ) => Some(failure),
            _ => None,
        }
    }
}

/// The steps so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    pub(crate) steps: Vec<StepDetail>,
    places: HashMap<Arc<str>, usize>,
}

impl History {
    pub(crate) fn take(&mut self, notice: Notice, with_values: bool) {
        let Notice {
            key,
            step,
            at,
            what,
        } = notice;
        let place = *self.places.entry(key.clone()).or_insert_with(|| {
            self.steps.push(StepDetail {
                key,
                step,
                state: StepState::Running,
                attempts: 0,
                began: None,
                ended: None,
                value: None,
                report: Report::default(),
                items: None,
                rounds: None,
                chosen: None,
                question: None,
            });
            self.steps.len() - 1
        });
        let detail = &mut self.steps[place];
        let ends = matches!(what, Happening::Ended { .. } | Happening::Question(_));
        if !ends && matches!(detail.state, StepState::Ended(_)) {
            // It runs again.
            detail.state = StepState::Running;
            detail.ended = None;
            detail.value = None;
            detail.report = Report::default();
        }
        match what {
            Happening::Started { attempt } => {
                detail.attempts = detail.attempts.max(attempt);
                detail.began.get_or_insert(at);
                detail.state = StepState::Running;
            }
            Happening::Retries { until, failure, .. } => {
                detail.state = StepState::Retrying { until, failure };
            }
            Happening::Asks { failure } => detail.state = StepState::Asking(failure),
            Happening::Waits(awaiting) => {
                detail.began.get_or_insert(at);
                detail.state = StepState::Waiting(awaiting);
            }
            Happening::Question(question) => detail.question = Some(*question),
            Happening::Items {
                total,
                done,
                failed,
                skipped,
            } => {
                detail.items = Some(Items {
                    total,
                    done,
                    failed,
                    skipped,
                });
            }
            Happening::Round { number, next } => {
                detail.began.get_or_insert(at);
                detail.rounds = Some(Rounds { number, next });
            }
            Happening::Chosen { way } => detail.chosen = Some(way),
            Happening::Ended { how, value, report } => {
                detail.state = StepState::Ended(how);
                detail.ended = Some(at);
                detail.value = value.filter(|_| with_values);
                detail.report = report;
            }
        }
    }

    /// What somebody who comes late needs to be told.
    pub(super) fn notices(&self) -> impl Iterator<Item = Notice> {
        self.steps.iter().flat_map(|detail| {
            let mut told = Vec::new();
            let mut tell = |at: Option<Timestamp>, what| {
                told.push(Notice {
                    key: detail.key.clone(),
                    step: detail.step.clone(),
                    at: at.or(detail.began).unwrap_or_default(),
                    what,
                });
            };
            if detail.attempts > 0 {
                tell(
                    detail.began,
                    Happening::Started {
                        attempt: detail.attempts,
                    },
                );
            }
            if let Some(Items {
                total,
                done,
                failed,
                skipped,
            }) = detail.items
            {
                tell(
                    detail.ended,
                    Happening::Items {
                        total,
                        done,
                        failed,
                        skipped,
                    },
                );
            }
            if let Some(Rounds { number, next }) = detail.rounds {
                tell(None, Happening::Round { number, next });
            }
            if let Some(way) = &detail.chosen {
                tell(None, Happening::Chosen { way: way.clone() });
            }
            if let Some(question) = &detail.question {
                tell(None, Happening::Question(Box::new(question.clone())));
            }
            match &detail.state {
                StepState::Running => {}
                StepState::Waiting(awaiting) => tell(None, Happening::Waits(awaiting.clone())),
                StepState::Retrying { until, failure } => tell(
                    None,
                    Happening::Retries {
                        attempt: detail.attempts,
                        until: *until,
                        failure: failure.clone(),
                    },
                ),
                StepState::Asking(failure) => {
                    tell(
                        None,
                        Happening::Asks {
                            failure: failure.clone(),
                        },
                    );
                }
                StepState::Ended(how) => tell(
                    detail.ended,
                    Happening::Ended {
                        how: how.clone(),
                        value: detail.value.clone(),
                        report: detail.report.clone(),
                    },
                ),
            }
            told
        })
    }
}

/// The state of a run and its steps, folded from its journal.
pub(super) fn fold(layout: &Layout, stored: &StoredRun, with_values: bool) -> (RunState, History) {
    let mut history = History::default();
    let (inputs, created) = (&stored.inputs, stored.summary.created);
    let state = kernel::fold(layout, inputs, created, &stored.events, |commands| {
        remember(&mut history, commands, with_values);
    });
    (state, history)
}

fn remember(history: &mut History, commands: Vec<Command>, with_values: bool) {
    for command in commands {
        if let Command::Tell(notice) = command {
            history.take(*notice, with_values);
        }
    }
}

/// Everything about a run.
pub(crate) fn detail(stored: StoredRun) -> Result<RunDetail, Problem> {
    let layout = Layout::of(&stored.plan)?;
    let (state, history) = fold(&layout, &stored, true);
    let mut waits = waits(&layout, &state);
    let outcome = match state.outcome() {
        Some(outcome) => Some(outcome.clone().into()),
        None if !waits.is_empty() && !state.is_busy() => Some(RunOutcome::Waiting(waits.clone())),
        None => None,
    };
    for step in &history.steps {
        if let StepState::Retrying { until, failure } = &step.state {
            waits.push(Wait {
                key: step.key.clone(),
                label: step.label().clone(),
                line: step.origin().line,
                reason: format!(
                    "Attempt {} at `{}` (line {}) failed; the next begins at {until}. {}",
                    step.attempts,
                    step.label(),
                    step.origin().line,
                    failure.message
                ),
                for_a_person: false,
                until: Some(*until),
            });
        }
    }
    waits.extend(super::playbook::waits(&history.steps));
    if stored.summary.status == RunStatus::Queued {
        waits.push(super::line::wait(&stored.summary));
    }
    let (started_by, inputs) = starter(stored.inputs);
    Ok(RunDetail {
        file: layout.plan().file.clone(),
        summary: stored.summary,
        inputs,
        started_by,
        outcome,
        steps: history.steps,
        waits,
        result: state.result().cloned(),
        acts: stored.events.iter().filter_map(act).collect(),
    })
}

fn act(event: &Event) -> Option<ActDetail> {
    match event {
        Event::Acted { by, act, at } => Some(ActDetail {
            by: by.clone(),
            act: act.clone(),
            at: *at,
        }),
        _ => None,
    }
}
