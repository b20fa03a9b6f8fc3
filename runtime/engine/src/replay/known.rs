//! What a record answers: how attempts ended, what people said, what came in, and when.
//!
//! Kept true here: it is read from the journal of one run and from nothing else.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use sophia_plan::{Step, StepKind, Work};

use super::trace::Trace;
use crate::driver::state_name;
use crate::journal::StoredRun;
use crate::kernel::{
    self, Act, Command, Event, Happening, Layout, Notice, Question, RunState, Start,
};

/// One attempt of the record.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    /// Which, from 1.
    pub(super) number: u32,
    /// When it began.
    pub(super) began: Timestamp,
    /// Which question it asked.
    pub(super) digest: [u8; 32],
    /// The place of its intent in the record, where it is an effect.
    pub(super) intent: Option<usize>,
    /// The place of its end, where it has one.
    pub(super) end: Option<usize>,
}

/// A wait of the record for people or for something to come in.
#[derive(Clone, Debug)]
pub(super) struct Waited {
    /// The step.
    pub(super) step: Arc<Step>,
    /// What people were asked.
    pub(super) question: Option<Question>,
    /// When it began.
    pub(super) began: Timestamp,
}

/// What a record answers.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The instant of each event; never before the one ahead of it.
    pub(super) at: Vec<Timestamp>,
    /// By the key of the step.
    pub(super) attempts: HashMap<Arc<str>, Vec<Attempt>>,
    /// The keys of the steps that asked a question, in order.
    pub(super) asked: HashMap<[u8; 32], Vec<Arc<str>>>,
    /// What states held when they were read: the place of the event, by the name of the state.
    pub(super) states: HashMap<Arc<str>, Vec<usize>>,
    pub(super) waited: HashMap<Arc<str>, Waited>,
    /// When steps were over; until then it is known that nothing else came for them.
    pub(super) over: HashMap<Arc<str>, Timestamp>,
    /// When a timer was due, and the place of the event that says that it rang.
    pub(super) timers: HashMap<(Arc<str>, u32), (Timestamp, Option<usize>)>,
    /// What people said and decided about a step, by its key.
    pub(super) said: HashMap<Arc<str>, Vec<usize>>,
    /// What came from outside by itself: arrivals, and what people did with the run.
    pub(super) outside: Vec<usize>,
    /// Where the time to end was over, for a run that was cancelled and did not end before.
    pub(super) grace: Option<usize>,
    /// Whether the run ended.
    pub(super) has_ended: bool,
    /// The last instant of the record.
    pub(super) last: Timestamp,
}

/// A record, carried out again by the kernel alone.
pub(super) struct Folded<'a> {
    pub(super) trace: Trace<'a>,
    pub(super) known: Known,
    pub(super) state: RunState,
}

/// Folds a record, and notes what it answers.
pub(super) fn fold<'a>(layout: &'a Layout, stored: &StoredRun) -> Folded<'a> {
    let created = stored.summary.created;
    let mut folded = Folding {
        layout,
        environment: &stored.summary.environment,
        trace: Trace::of(layout),
        known: Known::default(),
        reads: HashMap::new(),
    };
    let mut last = created;
    let mut events = stored.events.iter().enumerate();
    let mut cause: Option<&Event> = None;
    let mut began = false;
    let state = kernel::fold(
        layout,
        &stored.inputs,
        created,
        &stored.events,
        |commands| {
            if began && let Some((place, event)) = events.next() {
                last = last.max(event.at());
                folded.known.at.push(last);
                folded.event(place, event);
                cause = Some(event);
            }
            began = true;
            let at = cause.map_or(created, Event::at);
            folded.trace.take(cause, at, &commands);
            folded.commands(&commands);
        },
    );
    let mut known = folded.known;
    known.has_ended = state.outcome().is_some();
    known.last = last;
    Folded {
        trace: folded.trace,
        known,
        state,
    }
}

struct Folding<'a, 'r> {
    layout: &'a Layout,
    environment: &'r str,
    trace: Trace<'a>,
    known: Known,
    /// Reads of states under way: the name of the state, by the key of the step.
    reads: HashMap<Arc<str>, Arc<str>>,
}

impl Folding<'_, '_> {
    fn commands(&mut self, commands: &[Command]) {
        for command in commands {
            match command {
                Command::Start(start) => self.begins(start),
                Command::Sleep {
                    key,
                    attempt,
                    until,
                } => {
                    let timer = (key.clone(), *attempt);
                    self.known.timers.insert(timer, (*until, None));
                }
                Command::Tell(notice) => self.told(notice),
                _ => {}
            }
        }
    }

    fn told(&mut self, notice: &Notice) {
        let known = &mut self.known;
        let question = match &notice.what {
            Happening::Waits(_) => None,
            Happening::Question(question) => Some(question),
            Happening::Ended { .. } => {
                known.over.insert(notice.key.clone(), notice.at);
                return;
            }
            _ => return,
        };
        let waited = known.waited.entry(notice.key.clone());
        let waited = waited.or_insert_with(|| Waited {
            step: notice.step.clone(),
            question: None,
            began: notice.at,
        });
        if let Some(question) = question {
            waited.question.get_or_insert_with(|| (**question).clone());
        }
    }

    fn begins(&mut self, start: &Start) {
        let Some(intake) = self.trace.intake(&start.key) else {
            return;
        };
        let digest = intake.digest;
        let key = &start.key;
        let attempts = self.known.attempts.entry(key.clone()).or_default();
        attempts.push(Attempt {
            number: start.attempt,
            began: start.at,
            digest,
            intent: None,
            end: None,
        });
        let asked = self.known.asked.entry(digest).or_default();
        if !asked.contains(key) {
            asked.push(key.clone());
        }
        let reads = matches!(&start.step.kind, StepKind::Work(Work::State { .. }));
        if let Some(name) = kept_name(self.layout, self.environment, start).filter(|_| reads) {
            self.reads.insert(key.clone(), name);
        }
    }

    fn event(&mut self, place: usize, event: &Event) {
        let known = &mut self.known;
        let attempt = |attempts: Option<&mut Vec<Attempt>>, number: Option<u32>, ends: bool| {
            let found = attempts.and_then(|attempts| {
                let mut attempts = attempts.iter_mut().rev();
                attempts.find(|attempt| number.is_none_or(|number| attempt.number == number))
            });
            if let Some(attempt) = found {
                let slot = if ends {
                    &mut attempt.end
                } else {
                    &mut attempt.intent
                };
                *slot = Some(place);
            }
        };
        match event {
            Event::Started {
                key,
                attempt: number,
                ..
            } => attempt(known.attempts.get_mut(key), Some(*number), false),
            Event::Done {
                key,
                attempt: number,
                ..
            }
            | Event::Failed {
                key,
                attempt: number,
                ..
            } => {
                attempt(known.attempts.get_mut(key), Some(*number), true);
                if let Some(name) = self.reads.remove(key) {
                    known.states.entry(name).or_default().push(place);
                }
            }
            Event::Suppressed { key, .. } => attempt(known.attempts.get_mut(key), None, true),
            Event::Fired {
                key,
                attempt: number,
                ..
            } => {
                if let Some(timer) = known.timers.get_mut(&(key.clone(), *number)) {
                    timer.1 = Some(place);
                }
            }
            Event::Settled { key, .. }
            | Event::Answered { key, .. }
            | Event::Acted {
                act: Act::Decides { key, .. },
                ..
            } => known.said.entry(key.clone()).or_default().push(place),
            Event::Arrived { .. } | Event::Acted { .. } | Event::Cancelled { .. } => {
                known.outside.push(place);
            }
            Event::GraceOver { .. } => known.grace = Some(place),
        }
    }
}

/// The name of the state that an attempt reads or sets, where it does.
pub(super) fn kept_name(layout: &Layout, environment: &str, start: &Start) -> Option<Arc<str>> {
    let StepKind::Work(Work::State { state, key } | Work::Set { state, key, .. }) =
        &start.step.kind
    else {
        return None;
    };
    let place = (environment, &*layout.plan().playbook, &**state);
    let clock = (start.at, layout.zone());
    state_name(place, key.as_ref(), &start.scope, clock).ok()
}
