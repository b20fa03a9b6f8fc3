//! What carries one run on, without any I/O of its own: it takes what happened, remembers it, and says
//! what to do.
//!
//! Kept true here: everything that one input leads to goes into one record; an effect's attempt is given
//! out only after the record with its intent is durable, and so is everything that people are told;
//! reads do not wait for the disk. A whole engine can be simulated around this in one thread.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use sophia_diagnostics::Problem;

use super::admission::Admission;
use super::keeping::Unwritten;
use super::progress::{RunOutcome, Standing, Wait, waits};
use super::protocol::{Action, Identity, Input, World};
use crate::journal::{
    ClaimChange, Delivery, NewArrival, Rest, RunStatus, StateChange, StatusChange, Write,
};
use crate::kernel::{
    Awaits, Command, Event, RunState, Start, apply, awaits, fits, horizon, outstanding, start,
};

/// One run under way.
#[derive(Debug)]
pub struct Pilot {
    pub(super) identity: Identity,
    pub(super) state: RunState,
    pub(super) sequence: u32,
    /// What waits for the record of that number to be durable.
    held_back: BTreeMap<u32, Vec<Action>>,
    /// Effects whose claim another step holds.
    pub(super) claimless: BTreeMap<Arc<str>, Start>,
    /// Steps for which there is no place yet.
    pub(super) admission: Admission,
    standing: Standing,
    /// States that this run set and the disk does not hold yet.
    pub(super) unwritten: Unwritten,
    /// What the store says that the run waits for.
    rest: Option<(Awaits, Timestamp)>,
}

/// What one input led to.
#[derive(Default)]
pub(super) struct Turn {
    pub(super) now: Timestamp,
    pub(super) queue: VecDeque<Event>,
    events: Vec<Event>,
    pub(super) claims: Vec<ClaimChange>,
    pub(super) actions: Vec<Action>,
    /// Waits for the disk.
    pub(super) later: Vec<Action>,
    pub(super) states: Vec<StateChange>,
    /// What the run tells others.
    pub(super) arrivals: Vec<NewArrival>,
    /// What came to this run instead of starting one.
    delivered: Vec<Delivery>,
}

/// What a run begins with that is created with its first record.
#[derive(Debug)]
pub struct Beginning {
    /// That record, where there is one.
    pub first: Option<Box<Write>>,
    /// What is to be done once it and the creation are durable.
    pub then: Vec<Action>,
}

impl Turn {
    /// Whether it gives up a claim.
    pub(super) fn frees(&self, claim: &Arc<str>) -> bool {
        let frees = |change: &ClaimChange| matches!(change, ClaimChange::Free { claim: of, .. } if of == claim);
        self.claims.iter().any(frees)
    }
}

impl Pilot {
    /// Begins a run whose creation is durable. `at` is the instant of that creation.
    ///
    /// # Errors
    /// S961 when the store cannot be read.
    pub fn start(
        identity: Identity,
        inputs: &sophia_plan::Record,
        at: Timestamp,
        world: World<'_>,
    ) -> Result<(Self, Vec<Action>), Problem> {
        let (state, commands) = start(&identity.layout, inputs, at);
        let mut pilot = Self::new(identity, state, 0);
        let mut turn = Turn {
            now: at,
            ..Turn::default()
        };
        pilot.perform(commands, &mut turn, world)?;
        let actions = pilot.close(turn, world)?;
        Ok((pilot, actions))
    }

    /// As [`Pilot::start`], for a run that is created with its first record.
    ///
    /// # Errors
    /// As [`Pilot::start`].
    pub fn begin_with(
        identity: Identity,
        inputs: &sophia_plan::Record,
        at: Timestamp,
        world: World<'_>,
    ) -> Result<(Self, Beginning), Problem> {
        let (mut pilot, actions) = Self::start(identity, inputs, at, world)?;
        let beginning = pilot.created_with(actions);
        Ok((pilot, beginning))
    }

    /// What a run that has just been started begins with where it is created with its first record.
    pub fn created_with(&mut self, actions: Vec<Action>) -> Beginning {
        let mut first = None;
        let mut then = Vec::with_capacity(actions.len());
        for action in actions {
            match action {
                Action::Write(write) => first = Some(write),
                action => then.push(action),
            }
        }
        if first.is_some() {
            then.extend(self.written(0));
        }
        Beginning { first, then }
    }

    /// Goes on with a run whose state was folded from its journal.
    ///
    /// # Errors
    /// S961 when the store cannot be read.
    pub fn resume(
        identity: Identity,
        state: RunState,
        sequence: u32,
        now: Timestamp,
        world: World<'_>,
    ) -> Result<(Self, Vec<Action>), Problem> {
        let commands = outstanding(&identity.layout, &state);
        let mut pilot = Self::new(identity, state, sequence);
        let mut turn = Turn {
            now,
            ..Turn::default()
        };
        // Where it rested the store says so already, unless not even its beginning is there.
        let standing = pilot.stands();
        if sequence > 0 {
            pilot.rest = pilot.rests();
            if matches!(&standing, Standing::Resting(RunOutcome::Waiting(_))) {
                pilot.standing = standing;
            }
        }
        pilot.perform(commands, &mut turn, world)?;
        let actions = pilot.close(turn, world)?;
        Ok((pilot, actions))
    }

    pub(super) fn new(identity: Identity, state: RunState, sequence: u32) -> Self {
        Self {
            identity,
            state,
            sequence,
            held_back: BTreeMap::new(),
            claimless: BTreeMap::new(),
            admission: Admission::default(),
            standing: Standing::Running,
            unwritten: Unwritten::default(),
            rest: None,
        }
    }

    /// A run in this state, of which these steps have not begun. It begins nothing by itself.
    pub(crate) fn holding(
        identity: Identity,
        state: RunState,
        held: BTreeMap<Arc<str>, Start>,
    ) -> Self {
        Self {
            claimless: held,
            ..Self::new(identity, state, 0)
        }
    }

    /// What the run waits for while nothing of it is under way, a further attempt included. It need not be in
    /// memory meanwhile.
    pub(super) fn rests(&self) -> Option<(Awaits, Timestamp)> {
        if self.state.outcome().is_some() || self.state.is_at_work() {
            return None;
        }
        if !self.state.is_busy() && self.waits().is_empty() {
            return None;
        }
        let awaits = awaits(&self.identity.layout, &self.state);
        let since = horizon(&self.state).map_or(Timestamp::MAX, |(since, _)| since);
        Some((awaits, since))
    }

    /// How it stands as of the latest input.
    #[must_use]
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// What must be watched for, where nothing of the run is under way.
    #[must_use]
    pub fn resting(&self) -> Option<&Awaits> {
        self.rest.as_ref().map(|(awaits, _)| awaits)
    }

    /// Where it runs.
    pub(super) fn environment(&self) -> &Arc<str> {
        &self.identity.environment
    }

    /// Whether its playbook has one run at a time.
    pub(super) fn in_line(&self) -> bool {
        self.identity.layout.plan().one_run.is_some()
    }

    /// The state as of the latest input.
    #[must_use]
    pub fn state(&self) -> &RunState {
        &self.state
    }

    /// The number that the next record has.
    #[must_use]
    pub fn sequence(&self) -> u32 {
        self.sequence
    }

    /// Whether a step waits for a claim that another holds.
    #[must_use]
    pub fn waits_for_claims(&self) -> bool {
        !self.claimless.is_empty()
    }

    /// Takes an input.
    ///
    /// # Errors
    /// S961 when the store cannot be read. The run cannot go on from here then; it can be resumed.
    pub fn take(
        &mut self,
        input: Input,
        now: Timestamp,
        world: World<'_>,
    ) -> Result<Vec<Action>, Problem> {
        let mut turn = Turn {
            now,
            ..Turn::default()
        };
        match input {
            Input::Ended {
                key,
                attempt,
                outcome,
            } => {
                if self.state.expects(&key, attempt) {
                    self.needs_no_place(&key);
                    let event = self.ended(key, attempt, *outcome, now, world);
                    turn.queue.push_back(event);
                }
            }
            Input::Woken { key, attempt } => {
                if self.state.expects(&key, attempt) {
                    turn.queue.push_back(Event::Fired {
                        key,
                        attempt,
                        at: now,
                    });
                }
            }
            Input::Placed { key, attempt } => self.placed(&key, attempt, &mut turn, world)?,
            Input::GraceOver => turn.queue.push_back(Event::GraceOver { at: now }),
            Input::ClaimsChanged => {
                for (_, start) in std::mem::take(&mut self.claimless) {
                    self.perform(vec![Command::Start(Box::new(start))], &mut turn, world)?;
                }
            }
            Input::Settled { key, decision } => {
                turn.queue.push_back(Event::Settled {
                    key,
                    decision,
                    at: now,
                });
            }
            Input::Cancelled => turn.queue.push_back(Event::Cancelled { at: now }),
            Input::Answered { key, by, answer } => turn.queue.push_back(Event::Answered {
                key,
                by,
                answer,
                at: now,
            }),
            Input::Arrived(arrival) => {
                // What fits nothing leaves no trace.
                if fits(&self.identity.layout, &self.state, &arrival, now) {
                    turn.queue.push_back(Event::Arrived {
                        arrival: *arrival,
                        at: now,
                    });
                }
            }
            Input::Joined { arrival, delivery } => {
                let arrival = arrival.map(|arrival| NewArrival {
                    at: now,
                    ..*arrival
                });
                turn.arrivals.extend(arrival);
                turn.delivered.extend(delivery);
            }
            Input::Acted { by, act } => {
                turn.queue.push_back(Event::Acted { by, act, at: now });
            }
        }
        self.close(turn, world)
    }

    /// Whether anybody waits for a record that was handed out: it concerns others, or more is done once it is
    /// durable than telling people of steps.
    #[must_use]
    pub fn awaits(&self, write: &Write) -> bool {
        let mut later = self.held_back.get(&write.sequence).into_iter().flatten();
        write.concerns_others() || later.any(|action| !matches!(action, Action::Tell(_)))
    }

    /// A record is durable, and with it every earlier one: what waited for it may be done.
    pub fn written(&mut self, sequence: u32) -> Vec<Action> {
        self.unwritten.written(sequence);
        let rest = self.held_back.split_off(&(sequence + 1));
        let done = std::mem::replace(&mut self.held_back, rest);
        done.into_values()
            .flatten()
            .filter(|action| match action {
                // It may have been let go meanwhile.
                Action::Attempt(call) | Action::Playbook(call) => {
                    self.state.expects(&call.key, call.attempt)
                }
                _ => true,
            })
            .collect()
    }

    /// Draws every consequence and packs the record.
    fn close(&mut self, mut turn: Turn, world: World<'_>) -> Result<Vec<Action>, Problem> {
        while let Some(event) = turn.queue.pop_front() {
            self.event(event, &mut turn, world)?;
        }
        self.end_playbooks(&mut turn);
        let standing = self.stands();
        let mut status = None;
        if standing != self.standing {
            status = Some(status_change(&standing, turn.now));
            turn.later.push(Action::Stand(standing.clone()));
            self.standing = standing;
        }
        let rests = self.rests();
        let rest = (rests != self.rest).then(|| match &rests {
            Some((awaits, since)) => Rest::For(awaits.clone(), *since),
            None => Rest::Over,
        });
        self.rest = rests;
        let Turn {
            events,
            claims,
            mut actions,
            later,
            states,
            arrivals,
            delivered,
            ..
        } = turn;
        actions.extend(self.leaves_place());
        let came_in = !arrivals.is_empty() || !delivered.is_empty();
        if events.is_empty() && status.is_none() && rest.is_none() && !came_in {
            // Nothing of its own to wait for; but what is told stays in order.
            match self.held_back.values_mut().next_back() {
                Some(waiting) => waiting.extend(later),
                None => actions.extend(later),
            }
            return Ok(actions);
        }
        let sequence = self.sequence;
        self.sequence += 1;
        self.held_back.insert(sequence, later);
        let write = Write {
            run: self.identity.run.clone(),
            sequence,
            events,
            claims,
            status,
            states,
            arrivals,
            rest,
            delivered,
        };
        // The record is handed over before anything else is done.
        actions.insert(0, Action::Write(Box::new(write)));
        Ok(actions)
    }

    /// Takes one event, and what it asks for at once.
    pub(super) fn event(
        &mut self,
        event: Event,
        turn: &mut Turn,
        world: World<'_>,
    ) -> Result<(), Problem> {
        let commands = apply(&self.identity.layout, &mut self.state, &event);
        turn.events.push(event);
        self.perform(commands, turn, world)
    }

    /// What its own steps wait for.
    pub(super) fn waits(&self) -> Vec<Wait> {
        waits(&self.identity.layout, &self.state)
    }

    pub(super) fn stands(&self) -> Standing {
        if let Some(outcome) = self.state.outcome() {
            return Standing::Resting(outcome.clone().into());
        }
        if self.state.is_busy() {
            return Standing::Running;
        }
        let waits = self.waits();
        if waits.is_empty() {
            Standing::Running
        } else {
            Standing::Resting(RunOutcome::Waiting(waits))
        }
    }

    fn perform(
        &mut self,
        commands: Vec<Command>,
        turn: &mut Turn,
        world: World<'_>,
    ) -> Result<(), Problem> {
        for command in commands {
            match command {
                Command::Start(start) => self.begin(*start, turn, world)?,
                Command::Sleep {
                    key,
                    attempt,
                    until,
                } => {
                    turn.actions.push(Action::Sleep {
                        key,
                        attempt,
                        until,
                    });
                }
                Command::Grace { until } => turn.actions.push(Action::Grace { until }),
                Command::Abandon { key } => {
                    self.claimless.remove(&key);
                    self.needs_no_place(&key);
                    turn.actions.push(Action::Abandon { key });
                }
                Command::Keep { claim, value } => {
                    turn.claims.push(ClaimChange::Keep {
                        claim,
                        value,
                        at: turn.now,
                    });
                }
                Command::Free { claim, step } => {
                    turn.claims.push(ClaimChange::Free { claim, step });
                }
                Command::Tell(notice) => turn.later.push(Action::Tell(notice)),
                // The state says so, too; what is to be remembered stands in the events.
                Command::Finish(_) | Command::Remember(_) => {}
            }
        }
        Ok(())
    }
}

pub(super) fn status_change(standing: &Standing, now: Timestamp) -> StatusChange {
    let (status, summary) = match standing {
        Standing::Running | Standing::Halted(_) => (RunStatus::Running, String::new()),
        Standing::Resting(outcome) => match outcome {
            RunOutcome::Done => (RunStatus::Done, String::new()),
            RunOutcome::Stopped(reason) => (RunStatus::Stopped, reason.to_string()),
            RunOutcome::Failed(failure) => (RunStatus::Failed, failure.message.to_string()),
            RunOutcome::Cancelled => (RunStatus::Cancelled, String::new()),
            RunOutcome::Waiting(waits) => (
                RunStatus::Waiting,
                waits
                    .first()
                    .map(|wait| wait.reason.clone())
                    .unwrap_or_default(),
            ),
        },
    };
    StatusChange {
        status,
        ended: status.is_final().then_some(now),
        summary,
    }
}
