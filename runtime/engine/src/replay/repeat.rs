//! The real pilot, carried through a record: it is told what came from outside, and must write the same.
//!
//! Kept true here: what a pilot decides by itself (what begins, what is left out, what a state holds) is
//! never told to it; nothing is asked but the record.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use sophia_diagnostics::{Problem, codes, page};
use sophia_plan::{StepKind, Value, Work};

use super::known::kept_name;
use super::ledger::Answered;
use crate::driver::{Action, Identity, Input, Pilot, World};
use crate::journal::StoredRun;
use crate::kernel::{self, Act, Command, Event, Failure, Layout, RunState, Start, apply, start};
use crate::limits::Limits;
use crate::runner::{FailureKind, StepCall, StepOutcome, StepRunner};

/// Carries a pilot through a record. The state in which it ends.
///
/// # Errors
/// S997 with the first difference.
pub(super) fn repeat(layout: &Arc<Layout>, stored: &StoredRun) -> Result<RunState, Problem> {
    let (state, commands) = start(layout, &stored.inputs, stored.summary.created);
    let mut repeat = Repeat {
        layout,
        stored,
        state,
        done: 0,
        held: BTreeMap::new(),
        limits: Limits::default(),
    };
    repeat.hold_back(starts(commands));
    let mut is_first = true;
    for length in &stored.records {
        if *length > 0 {
            let end = (repeat.done + length).min(stored.events.len());
            repeat.record(end, is_first)?;
            is_first = false;
        }
    }
    Ok(repeat.state)
}

/// What makes a run that has ended go on.
pub(super) fn takes_up(event: &Event) -> bool {
    let Event::Acted { act, .. } = event else {
        return false;
    };
    matches!(act, Act::Retries { .. } | Act::Skips { .. })
}

struct Repeat<'a> {
    layout: &'a Arc<Layout>,
    stored: &'a StoredRun,
    /// Folded so far.
    state: RunState,
    /// How many events that are.
    done: usize,
    /// Steps of the engine's own and effects that have not begun: they wait for a claim or a place.
    held: BTreeMap<Arc<str>, Start>,
    /// None: what the record lets begin had its place.
    limits: Limits,
}

impl Repeat<'_> {
    fn record(&mut self, end: usize, is_first: bool) -> Result<(), Problem> {
        let stored = self.stored;
        let record = &stored.events[self.done..end];
        let (before, held) = (self.state.clone(), self.held.clone());
        let (began, ended) = (self.done == 0, before.outcome().is_some());
        let further = self.fold(end);
        let states = self.states(record, &held, &further);
        self.hold_back(further);
        self.held.retain(|key, start| {
            self.state.expects(key, start.attempt) && !record.iter().any(|event| begins(event, key))
        });
        if ended && record.iter().all(takes_up) {
            // Not the pilot, but whoever took the run up wrote this.
            return Ok(());
        }
        let runner = Recorded::of(record);
        let last = record.last().map_or(stored.summary.created, Event::at);
        let mut first = None;
        for way in [Way::Begins, Way::GoesOn, Way::Resumes] {
            let answered = Answered::of(record, states.clone());
            let world = World {
                journal: &answered,
                runner: &runner,
                limits: &self.limits,
            };
            let actions = match way {
                Way::Begins if is_first && began => {
                    let created = stored.summary.created;
                    Pilot::start(self.identity(), &stored.inputs, created, world)?.1
                }
                Way::Begins => continue,
                Way::GoesOn => {
                    let pilot = Pilot::holding(self.identity(), before.clone(), held.clone());
                    goes_on(pilot, record, last, world)?
                }
                Way::Resumes => Pilot::resume(self.identity(), before.clone(), 1, last, world)?.1,
            };
            let written = written(&actions);
            if written == record {
                return Ok(());
            }
            first.get_or_insert(written);
        }
        let written = first.unwrap_or_default();
        let place = (record.iter().zip(&written)).position(|(one, other)| one != other);
        let place = place.unwrap_or_else(|| record.len().min(written.len()));
        Err(self.differs(record.get(place), written.get(place)))
    }

    /// Steps that have not begun.
    fn hold_back(&mut self, starts: Vec<Start>) {
        let own = |start: &Start| match &start.step.kind {
            StepKind::Work(work) => work.is_effect() || matches!(work, Work::State { .. }),
            // The call of an action takes a claim as an effect does.
            StepKind::Action { .. } => true,
            _ => false,
        };
        let held = starts
            .into_iter()
            .filter(|start| own(start) && !start.intended);
        self.held
            .extend(held.map(|start| (start.key.clone(), start)));
    }

    fn identity(&self) -> Identity {
        Identity {
            run: self.stored.summary.run.clone(),
            environment: self.stored.summary.environment.clone(),
            layout: self.layout.clone(),
        }
    }

    /// Folds the events up to a place. The attempts that they lead to.
    fn fold(&mut self, end: usize) -> Vec<Start> {
        let events = &self.stored.events;
        let mut further = Vec::new();
        for place in self.done..end {
            let commands = if self.state.outcome().is_some() && takes_up(&events[place]) {
                let mut last = Vec::new();
                let (inputs, created) = (&self.stored.inputs, self.stored.summary.created);
                self.state = kernel::fold(
                    self.layout,
                    inputs,
                    created,
                    &events[..=place],
                    |commands| {
                        last = commands;
                    },
                );
                last
            } else {
                apply(self.layout, &mut self.state, &events[place])
            };
            further.extend(starts(commands));
        }
        self.done = end;
        further
    }

    /// What the states held that the record reads, by their names.
    fn states(
        &self,
        record: &[Event],
        held: &BTreeMap<Arc<str>, Start>,
        further: &[Start],
    ) -> BTreeMap<Arc<str>, Value> {
        let mut states = BTreeMap::new();
        for event in record {
            let Event::Done { key, value, .. } = event else {
                continue;
            };
            let reads = |start: &&Start| {
                start.key == *key && matches!(&start.step.kind, StepKind::Work(Work::State { .. }))
            };
            let start = held.values().chain(further).find(reads);
            let environment = &self.stored.summary.environment;
            if let Some(name) = start.and_then(|start| kept_name(self.layout, environment, start)) {
                // What is read again after it was set, the run knows by itself.
                states.entry(name).or_insert_with(|| value.clone());
            }
        }
        states
    }

    fn differs(&self, was: Option<&Event>, now: Option<&Event>) -> Problem {
        let said = |event: Option<&Event>| event.map_or_else(|| "nothing".to_owned(), words);
        Problem::new(
            codes::S997,
            format!(
                "The record of run {} does not repeat.",
                self.stored.summary.run
            ),
        )
        .because(format!("the record says: {}", said(was)))
        .because(format!("the replay comes to: {}", said(now)))
        .with_help("`sophia store verify` looks at the whole store")
    }
}

/// How a pilot comes to a record.
#[derive(Clone, Copy)]
enum Way {
    /// The run begins.
    Begins,
    /// It was under way.
    GoesOn,
    /// It was taken up from the journal.
    Resumes,
}

fn goes_on(
    mut pilot: Pilot,
    record: &[Event],
    last: Timestamp,
    world: World<'_>,
) -> Result<Vec<Action>, Problem> {
    match record.first() {
        Some(event) => match input(event) {
            Some(input) => pilot.take(input, event.at(), world),
            None => pilot.take(Input::ClaimsChanged, last, world),
        },
        None => Ok(Vec::new()),
    }
}

fn starts(commands: Vec<Command>) -> Vec<Start> {
    let starts = commands.into_iter().filter_map(|command| match command {
        Command::Start(start) => Some(*start),
        _ => None,
    });
    starts.collect()
}

/// The step that an event begins or ends.
fn of(event: &Event) -> Option<&Arc<str>> {
    match event {
        Event::Started { key, .. }
        | Event::Done { key, .. }
        | Event::Failed { key, .. }
        | Event::Suppressed { key, .. } => Some(key),
        _ => None,
    }
}

/// Whether an event says that a step of this key has begun.
fn begins(event: &Event, key: &Arc<str>) -> bool {
    of(event) == Some(key)
}

/// What an event came from, where it came from outside.
fn input(event: &Event) -> Option<Input> {
    Some(match event.clone() {
        Event::Done {
            key,
            attempt,
            value,
            report,
            ..
        } => Input::Ended {
            key,
            attempt,
            outcome: Box::new(StepOutcome::Done { value, report }),
        },
        Event::Failed {
            key,
            attempt,
            failure,
            kind,
            report,
            ..
        } => Input::Ended {
            key,
            attempt,
            outcome: Box::new(StepOutcome::Failed {
                problem: problem(&failure),
                kind,
                report,
            }),
        },
        Event::Fired { key, attempt, .. } => Input::Woken { key, attempt },
        Event::Settled { key, decision, .. } => Input::Settled { key, decision },
        Event::Answered {
            key, by, answer, ..
        } => Input::Answered { key, by, answer },
        Event::Arrived { arrival, .. } => Input::Arrived(Box::new(arrival)),
        Event::Cancelled { .. } => Input::Cancelled,
        Event::Acted { by, act, .. } => Input::Acted { by, act },
        Event::GraceOver { .. } => Input::GraceOver,
        Event::Started { .. } | Event::Suppressed { .. } => return None,
    })
}

/// The problem that a failure tells of.
fn problem(failure: &Failure) -> Problem {
    let code = failure.code.as_deref().and_then(page);
    Problem {
        causes: failure.causes.clone(),
        help: failure.help.clone(),
        ..Problem::new(
            code.map_or(codes::S965, sophia_diagnostics::Page::code),
            failure.message.to_string(),
        )
    }
}

/// What a pilot writes.
fn written(actions: &[Action]) -> Vec<Event> {
    let write = actions.iter().find_map(|action| match action {
        Action::Write(write) => Some(write.events.clone()),
        _ => None,
    });
    write.unwrap_or_default()
}

/// An event in a few words.
fn words(event: &Event) -> String {
    match event {
        Event::Started { key, attempt, .. } => format!("attempt {attempt} at `{key}` begins"),
        Event::Done { key, attempt, .. } => format!("attempt {attempt} at `{key}` ends well"),
        Event::Failed { key, failure, .. } => format!("`{key}` fails: {}", failure.message),
        Event::Suppressed { key, .. } => format!("`{key}` is left out"),
        Event::Fired { key, .. } => format!("a timer of `{key}` rings"),
        Event::Settled { key, .. } => format!("a person decides about `{key}`"),
        Event::Answered { key, by, .. } => format!("{by} answers `{key}`"),
        Event::Arrived { arrival, .. } => format!("{} comes in", arrival.event),
        Event::Cancelled { .. } => "the run is ended".to_owned(),
        Event::Acted { by, .. } => format!("{by} does something with the run"),
        Event::GraceOver { .. } => "the time to end is over".to_owned(),
    }
}

/// A runner that makes no attempt: how attempts ended stands in the record.
struct Recorded {
    /// The steps that could not simply run again.
    once: HashSet<Arc<str>>,
}

impl Recorded {
    fn of(record: &[Event]) -> Self {
        let once = record.iter().filter_map(|event| match event {
            Event::Failed {
                key,
                repeatable: false,
                ..
            } => Some(key.clone()),
            _ => None,
        });
        Self {
            once: once.collect(),
        }
    }
}

#[async_trait]
impl StepRunner for Recorded {
    async fn run(&self, _: StepCall) -> StepOutcome {
        StepOutcome::Failed {
            problem: Problem::new(codes::S997, "A replay asks nothing outside."),
            kind: FailureKind::Permanent,
            report: crate::runner::Report::default(),
        }
    }

    fn repeatable(&self, call: &StepCall) -> bool {
        !self.once.contains(&call.key)
    }
}
