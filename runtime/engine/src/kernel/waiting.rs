//! What a step knows that waits: since when, until when, and for whom or what.
//!
//! Kept true here: a step waits for what its state says and for nothing else; its timers have numbers, so
//! that one which was let go changes nothing when it rings late; what has ended waiting gives back its slot.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use sophia_diagnostics::{Problem, codes};
use sophia_plan::step::{Delay, EventPattern, Holidays, Until, Wait};
use sophia_plan::{Scope, StepKind, Value, evaluate};

use super::ask::Question;
use super::command::{Awaiting, Command, Happening, StepEnd};
use super::event::Failure;
use super::layout::NodeLayout;
use super::listening::Listening;
use super::machine::Machine;
use super::state::{NodeState, Place};
use crate::runner::Report;

/// A step that waits.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Waiting {
    /// What came in before this instant does not count.
    pub(crate) since: Timestamp,
    /// Nor does what came in up to this number.
    pub(crate) after: u64,
    /// By their numbers, from 1.
    pub(crate) timers: BTreeMap<u32, Timer>,
    pub(crate) latest_timer: u32,
    pub(crate) on: Awaited,
}

/// A timer of a step that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timer {
    pub(crate) until: Timestamp,
    pub(crate) rings: Rings,
}

/// What a timer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rings {
    /// The wait is over.
    End,
    /// This way of a `wait for first` is taken.
    Way(usize),
    /// Others are asked.
    HandOn,
    /// The question is repeated.
    Remind,
}

/// What a step waits for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Awaited {
    Time,
    Event,
    First,
    Answer(Box<Question>),
}

impl Waiting {
    /// When the wait is over by itself.
    pub(crate) fn until(&self) -> Option<Timestamp> {
        let ends = |timer: &&Timer| timer.rings != Rings::Remind;
        self.timers
            .values()
            .filter(ends)
            .map(|timer| timer.until)
            .min()
    }

    fn add_timer(&mut self, until: Timestamp, rings: Rings) -> u32 {
        self.latest_timer += 1;
        self.timers
            .insert(self.latest_timer, Timer { until, rings });
        self.latest_timer
    }
}

/// The events that a step waits for, each with its way where there are several.
pub(super) fn patterns(node: &NodeLayout) -> Vec<(Option<usize>, &EventPattern)> {
    match &node.step.kind {
        StepKind::Wait(Wait::Event(pattern)) => vec![(None, pattern)],
        StepKind::Wait(Wait::First(ways)) => ways
            .iter()
            .enumerate()
            .filter_map(|(way, branch)| match &branch.until {
                Until::Event(pattern) => Some((Some(way), pattern)),
                Until::After(_) => None,
            })
            .collect(),
        StepKind::Armed { event, .. } => vec![(None, event)],
        _ => Vec::new(),
    }
}

impl Machine<'_> {
    /// A step waits from now on, with these timers.
    pub(super) fn begin_waiting(
        &mut self,
        place: Place,
        on: Awaited,
        timers: impl IntoIterator<Item = (Timestamp, Rings)>,
    ) {
        let waiting = Waiting {
            since: self.at,
            after: self.state.latest_arrival,
            timers: BTreeMap::new(),
            latest_timer: 0,
            on,
        };
        let key = self.key(place);
        if let Some(node) = self.node_mut(place) {
            node.state = NodeState::Waiting(Box::new(waiting));
        }
        self.state.under_way.insert(key, place);
        for (until, rings) in timers {
            self.set_timer(place, until, rings);
        }
        self.tell_waiting(place);
    }

    pub(super) fn set_timer(&mut self, place: Place, until: Timestamp, rings: Rings) {
        let key = self.key(place);
        let number = self
            .waiting(place)
            .map(|waiting| waiting.add_timer(until, rings));
        if let Some(attempt) = number {
            self.commands.push(Command::Sleep {
                key,
                attempt,
                until,
            });
        }
    }

    pub(super) fn waiting(&mut self, place: Place) -> Option<&mut Waiting> {
        match &mut self.node_mut(place)?.state {
            NodeState::Waiting(waiting) => Some(waiting),
            _ => None,
        }
    }

    /// Tells people what a step waits for now.
    pub(super) fn tell_waiting(&mut self, place: Place) {
        let key = self.key(place);
        let Some(layout) = self.place_layout(place) else {
            return;
        };
        let Some(waiting) = self.waiting(place) else {
            return;
        };
        let awaiting = Awaiting {
            until: waiting.until(),
            events: patterns(layout)
                .into_iter()
                .map(|(_, pattern)| pattern.event.clone())
                .collect(),
        };
        let question = match &waiting.on {
            Awaited::Answer(question) => Some(question.clone()),
            _ => None,
        };
        self.tell(&key, &layout.step, Happening::Waits(awaiting));
        if let Some(question) = question {
            self.tell(&key, &layout.step, Happening::Question(question));
        }
    }

    /// A timer of a step that waits rang. Whether there is such a step.
    pub(super) fn rang(&mut self, key: &str, number: u32) -> bool {
        let Some(place) = self.state.under_way.get(key).copied() else {
            return false;
        };
        let Some(waiting) = self.waiting(place) else {
            return false;
        };
        match waiting.timers.remove(&number).map(|timer| timer.rings) {
            Some(Rings::End) => self.time_is_up(place),
            Some(Rings::Way(way)) => self.take_way(place, way, None),
            Some(Rings::HandOn) => self.ask_others(place),
            Some(Rings::Remind) => self.remind(place),
            None => {}
        }
        true
    }

    fn time_is_up(&mut self, place: Place) {
        let Some(waiting) = self.waiting(place) else {
            return;
        };
        match &waiting.on {
            Awaited::Time => self.end_waiting(place, StepEnd::Done, Some(Value::None)),
            Awaited::Event | Awaited::First => {
                let failure = self.failure(place, "What this waits for did not come in time.");
                self.expire(place, failure);
            }
            Awaited::Answer(_) => self.nobody_answered(place),
        }
    }

    /// Nothing came in time: `otherwise`, or the failure of what surrounds the step.
    pub(super) fn expire(&mut self, place: Place, failure: Failure) {
        self.drop_timers(place);
        self.give_up(place, failure, &Report::default());
        self.unpark_around(place.frame);
    }

    /// A wait is over.
    pub(super) fn end_waiting(&mut self, place: Place, how: StepEnd, value: Option<Value>) {
        self.drop_timers(place);
        self.end_node(place, how, value, &Report::default());
        self.unpark_around(place.frame);
    }

    pub(super) fn drop_timers(&mut self, place: Place) {
        let key = self.key(place);
        if let Some(waiting) = self.waiting(place)
            && !std::mem::take(&mut waiting.timers).is_empty()
        {
            self.commands.push(Command::Abandon { key });
        }
    }

    /// What surrounds a step that waits has ended.
    pub(super) fn withdraw(&mut self, place: Place) {
        self.drop_timers(place);
        self.withdraw_question(place);
        self.end_node(place, StepEnd::LetGo, None, &Report::default());
    }

    /// The instant at which a length of time that begins now is over.
    pub(super) fn instant_after(&self, delay: &Delay, scope: &Scope) -> Result<Timestamp, Problem> {
        let over = match delay {
            Delay::Time(time) => match evaluate(time, scope, &self.host())? {
                Value::Duration(milliseconds) => self
                    .at
                    .checked_add(SignedDuration::from_millis(milliseconds.max(0)))
                    .ok(),
                other => return Err(unfit("a length of time", &other)),
            },
            Delay::BusinessDays(days) => self.after_business_days(*days, &Holidays::default()),
            Delay::BusinessDaysBy { days, holidays } => self.after_business_days(*days, holidays),
        };
        over.ok_or_else(|| {
            Problem::new(codes::S976, "This wait would end beyond the calendar.")
                .with_help("wait for a shorter time")
        })
    }

    /// The same time of day, that many business days later.
    fn after_business_days(&self, days: u32, holidays: &Holidays) -> Option<Timestamp> {
        let instant = self.at.to_zoned(self.layout.zone.clone());
        Some(holidays.later(&instant, days)?.timestamp())
    }
}

pub(super) fn unfit(expected: &str, came: &Value) -> Problem {
    let kind = came.kind();
    Problem::new(
        codes::S968,
        format!("The plan waits with {kind} where {expected} belongs."),
    )
    .with_help("deploy the playbook again")
}

/// What the engine must watch for while a run waits and does nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Awaits {
    /// When the next timer rings.
    pub next: Option<Timestamp>,
    /// The events that it waits for, or is armed against.
    pub events: std::collections::BTreeSet<Listening>,
}

impl Awaits {
    /// A timer rings at this instant.
    pub(super) fn until(&mut self, instant: Option<Timestamp>) {
        self.next = match (self.next, instant) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
}
