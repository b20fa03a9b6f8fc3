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
use crate::driver::{Action, Identity, Input, Pilot, World, claim_name};
use crate::journal::{
    ClaimChange, ClaimWanted, Creation, MemoryJournal, RunId, StateChange, StoredRun, Write,
};
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
    /// None: places come when the record says so.
    limits: Limits,
}

impl Repeat<'_> {
    fn record(&mut self, end: usize, is_first: bool) -> Result<(), Problem> {
        let stored = self.stored;
        let record = &stored.events[self.done..end];
        let (before, held) = (self.state.clone(), self.held.clone());
        let (began, ended) = (self.done == 0, before.outcome().is_some());
        let further = self.fold(end);
        let journal = self.journal(record, &held, &further)?;
        self.hold_back(further);
        self.held.retain(|key, start| {
            self.state.expects(key, start.attempt) && !record.iter().any(|event| begins(event, key))
        });
        if ended && record.iter().all(takes_up) {
            // Not the pilot, but whoever took the run up wrote this.
            return Ok(());
        }
        let runner = Recorded::of(record);
        let world = World {
            journal: &journal,
            runner: &runner,
            limits: &self.limits,
        };
        let last = record.last().map_or(stored.summary.created, Event::at);
        let mut first = None;
        for way in [Way::Begins, Way::GoesOn, Way::Resumes] {
            let actions = match way {
                Way::Begins if is_first && began => {
                    let created = stored.summary.created;
                    Pilot::start(self.identity(), &stored.inputs, created, world)?.1
                }
                Way::Begins => continue,
                Way::GoesOn => {
                    let turns = self.in_turn(record, held.clone());
                    let pilot = Pilot::holding(self.identity(), before.clone(), turns);
                    goes_on(pilot, record, last, world)?
                }
                Way::Resumes => Pilot::resume(self.identity(), before.clone(), 1, last, world)?.1,
            };
            let mut written = written(&actions);
            // What had no place yet began later, and stands in a later record.
            written.retain(|event| {
                of(event).is_none_or(|key| record.iter().any(|event| begins(event, key)))
            });
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

    /// Those of the steps that have not begun whose turn it is: of several that want one claim, the one to
    /// which the record gives it.
    fn in_turn(
        &self,
        record: &[Event],
        mut held: BTreeMap<Arc<str>, Start>,
    ) -> BTreeMap<Arc<str>, Start> {
        let summary = &self.stored.summary;
        held.retain(|key, start| {
            let claim = (start.claim.as_ref())
                .map(|request| claim_name(&summary.environment, &summary.playbook, request));
            let another_has_it = |event: &Event| matches!(event, Event::Started { claim: of, .. } if of.is_some() && *of == claim);
            !record.iter().any(another_has_it) || record.iter().any(|event| begins(event, key))
        });
        held
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

    /// A journal that answers what the record says that it answered.
    fn journal(
        &self,
        record: &[Event],
        held: &BTreeMap<Arc<str>, Start>,
        further: &[Start],
    ) -> Result<MemoryJournal, Problem> {
        let journal = MemoryJournal::new();
        let summary = &self.stored.summary;
        let mut wanting = held.clone();
        wanting.extend((further.iter()).map(|start| (start.key.clone(), start.clone())));
        for start in wanting.values() {
            let value = record.iter().find_map(|event| match event {
                Event::Done { key, value, .. } if *key == start.key => Some(value.clone()),
                _ => None,
            });
            let reads = matches!(&start.step.kind, StepKind::Work(Work::State { .. }));
            let name = kept_name(self.layout, &summary.environment, start).filter(|_| reads);
            if let (Some(name), Some(value)) = (name, value) {
                journal.keep([StateChange { name, value }]);
            }
        }
        let granted: HashSet<&Arc<str>> = (record.iter())
            .filter_map(|event| match event {
                Event::Started { claim, .. } => claim.as_ref(),
                _ => None,
            })
            .collect();
        // What holds each claim that is wanted: another run that is at it, or the one that kept it.
        let mut holders: BTreeMap<Arc<str>, Option<(Arc<str>, Value)>> = BTreeMap::new();
        for (key, start) in &wanting {
            let Some(request) = &start.claim else {
                continue;
            };
            let claim = claim_name(&summary.environment, &summary.playbook, request);
            let kept = record.iter().find_map(|event| match event {
                Event::Suppressed {
                    key: of, value, by, ..
                } if of == key => Some((by.clone(), value.clone())),
                _ => None,
            });
            if !granted.contains(&claim) {
                let holder = holders.entry(claim).or_default();
                *holder = holder.take().or(kept);
            }
        }
        for (claim, kept) in holders {
            let (by, value) = match kept {
                Some((by, value)) => (by, Some(value)),
                None => ("another run".into(), None),
            };
            self.hold(&journal, claim, &by, value)?;
        }
        Ok(journal)
    }

    /// Another run holds a claim, or keeps it with the result of its effect.
    fn hold(
        &self,
        journal: &MemoryJournal,
        claim: Arc<str>,
        by: &str,
        value: Option<Value>,
    ) -> Result<(), Problem> {
        let at = self.stored.summary.created;
        // A run may have several claims; each gets a holder of its own under that name.
        let run = RunId(by.into());
        let creation = Creation {
            run: run.clone(),
            plan: self.stored.plan.clone(),
            environment: self.stored.summary.environment.clone(),
            inputs: sophia_plan::Record::default(),
            at,
            delivery: None,
            line: None,
            parent: None,
            first: None,
        };
        let known = crate::journal::Journal::load(journal, &run)?;
        let sequence = known.map_or(0, |known| known.sequence);
        if sequence == 0 {
            journal.begin(creation);
        }
        let wanted = ClaimWanted {
            claim: claim.clone(),
            run: run.clone(),
            step: "another step".into(),
            within_ms: None,
            at,
        };
        let kept = value.map(|value| ClaimChange::Keep { claim, value, at });
        journal.take(Write {
            run,
            sequence,
            events: Vec::new(),
            claims: std::iter::once(ClaimChange::Hold(wanted))
                .chain(kept)
                .collect(),
            status: None,
            states: Vec::new(),
            arrivals: Vec::new(),
            rest: None,
            delivered: Vec::new(),
        })
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
