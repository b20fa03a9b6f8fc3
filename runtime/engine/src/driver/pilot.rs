//! What carries one run on, without any I/O of its own: it takes what happened, remembers it, and says
//! what to do.
//!
//! Kept true here: everything that one input leads to goes into one record; an effect's attempt is given
//! out only after the record with its intent is durable, and so is everything that people are told;
//! reads do not wait for the disk. A whole engine can be simulated around this in one thread.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use sophia_diagnostics::{Problem, codes};

use super::keeping::Unwritten;
use super::playbook::starts_playbook;
use super::progress::{RunOutcome, Standing, Wait, waits};
use super::protocol::{Action, Identity, Input, World};
use crate::journal::{
    ClaimChange, ClaimWanted, Claimed, Delivery, NewArrival, Rest, RunStatus, StateChange,
    StatusChange, Write,
};
use crate::kernel::{
    Answer, Awaits, Command, Event, Failure, RunState, Start, apply, awaits, filled, fits, horizon,
    outstanding, start, under_way,
};
use crate::runner::{FailureKind, Report, StepCall, StepOutcome};

/// One run under way.
#[derive(Debug)]
pub struct Pilot {
    pub(super) identity: Identity,
    pub(super) state: RunState,
    pub(super) sequence: u32,
    /// What waits for the record of that number to be durable.
    held_back: BTreeMap<u32, Vec<Action>>,
    /// Effects whose claim another step holds.
    claimless: BTreeMap<Arc<str>, Start>,
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
    queue: VecDeque<Event>,
    events: Vec<Event>,
    claims: Vec<ClaimChange>,
    actions: Vec<Action>,
    /// Waits for the disk.
    pub(super) later: Vec<Action>,
    pub(super) states: Vec<StateChange>,
    /// What the run tells others.
    pub(super) arrivals: Vec<NewArrival>,
    /// What came to this run instead of starting one.
    delivered: Vec<Delivery>,
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
        if sequence > 0 && matches!(&standing, Standing::Resting(RunOutcome::Waiting(_))) {
            pilot.rest = pilot.rests();
            pilot.standing = standing;
        }
        pilot.perform(commands, &mut turn, world)?;
        let actions = pilot.close(turn, world)?;
        Ok((pilot, actions))
    }

    fn new(identity: Identity, state: RunState, sequence: u32) -> Self {
        Self {
            identity,
            state,
            sequence,
            held_back: BTreeMap::new(),
            claimless: BTreeMap::new(),
            standing: Standing::Running,
            unwritten: Unwritten::default(),
            rest: None,
        }
    }

    /// What the run waits for while it does nothing else.
    fn rests(&self) -> Option<(Awaits, Timestamp)> {
        if !matches!(self.stands(), Standing::Resting(RunOutcome::Waiting(_))) {
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

    /// What must be watched for, where the run does nothing but wait.
    #[must_use]
    pub fn resting(&self) -> Option<&Awaits> {
        self.rest.as_ref().map(|(awaits, _)| awaits)
    }

    /// The step whose question an answer is for: the one that is named by its key or label, or the only
    /// one that asks.
    ///
    /// # Errors
    /// S969 when there is none, or several.
    pub fn question_for(&self, step: Option<&str>) -> Result<Arc<str>, Problem> {
        let run = &self.identity.run;
        let layout = &self.identity.layout;
        let named = |key: &Arc<str>| {
            step.is_none_or(|step| {
                **key == *step || layout.label(&self.state, key).as_deref() == Some(step)
            })
        };
        let open: Vec<&Arc<str>> = self.state.questions().map(|(key, _)| key).collect();
        let found: Vec<&&Arc<str>> = open.iter().filter(|key| named(key)).collect();
        match found.as_slice() {
            [only] => Ok((***only).clone()),
            [] => Err(Problem::new(
                codes::S969,
                match step {
                    Some(step) => format!("No step `{step}` of run {run} asks anybody."),
                    None => format!("Run {run} asks nobody anything."),
                },
            )
            .with_help("`sophia runs show` lists what a run waits for")),
            several => {
                let keys: Vec<String> = several.iter().map(|key| format!("`{key}`")).collect();
                Err(Problem::new(
                    codes::S969,
                    format!("Run {run} asks several things: {}.", keys.join(", ")),
                )
                .with_help("name the step that is answered"))
            }
        }
    }

    /// An answer as the question takes it.
    ///
    /// # Errors
    /// S969 when nobody waits for it, or this person has answered; S979 when a form does not fit.
    pub fn takes(&self, key: &str, by: &str, answer: Answer) -> Result<Answer, Problem> {
        let run = &self.identity.run;
        let Some(question) = self.state.question(key) else {
            return Err(Problem::new(
                codes::S969,
                format!("No step `{key}` of run {run} asks anybody."),
            )
            .with_help("`sophia runs show` lists what a run waits for"));
        };
        if question.said.iter().any(|said| &*said.by == by) {
            return Err(Problem::new(
                codes::S969,
                format!("{by} has answered `{key}` of run {run} already, and counts once."),
            )
            .with_help("somebody else of those who were asked answers next"));
        }
        match (&question.form, answer) {
            (Some(form), Answer::Filled { form: value }) => Ok(Answer::Filled {
                form: filled(form, &value)?,
            }),
            (None, Answer::Filled { .. }) => Err(Problem::new(
                codes::S969,
                format!("`{key}` of run {run} asks for a yes or a no, not for a form."),
            )
            .with_help(format!(
                "`sophia runs approve {run}` or `sophia runs refuse {run}`"
            ))),
            (Some(form), Answer::Approved { .. }) => Err(Problem::new(
                codes::S969,
                format!("`{key}` of run {run} asks for a form: {}.", form.of),
            )
            .with_help(format!("`sophia runs answer {run} --field NAME=VALUE`"))),
            (_, answer) => Ok(answer),
        }
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

    /// Whether a step waits for a person.
    ///
    /// # Errors
    /// S969 when it does not.
    pub fn asks(&self, key: &str) -> Result<(), Problem> {
        if self.state.asking().any(|(asking, _)| &**asking == key) {
            return Ok(());
        }
        Err(Problem::new(
            codes::S969,
            format!(
                "No step `{key}` of run {} waits for a decision.",
                self.identity.run
            ),
        )
        .with_help("`sophia runs show` lists what a run waits for"))
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
    fn event(&mut self, event: Event, turn: &mut Turn, world: World<'_>) -> Result<(), Problem> {
        let commands = apply(&self.identity.layout, &mut self.state, &event);
        turn.events.push(event);
        self.perform(commands, turn, world)
    }

    /// What its own steps wait for.
    pub(super) fn waits(&self) -> Vec<Wait> {
        waits(&self.identity.layout, &self.state)
    }

    fn stands(&self) -> Standing {
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
                // The state says so, too.
                Command::Finish(_) => {}
            }
        }
        Ok(())
    }

    /// Begins an attempt, as its kind of step needs it.
    fn begin(&mut self, start: Start, turn: &mut Turn, world: World<'_>) -> Result<(), Problem> {
        // Something else that the same event led to may have let it go: then it takes no claim.
        if !self.state.expects(&start.key, start.attempt) {
            return Ok(());
        }
        let call = Box::new(self.call(&start));
        if start.intended {
            // It may have been sent before a crash; its claim stands on the disk.
            if starts_playbook(&start) {
                turn.actions.push(Action::Playbook(call));
            } else if world.runner.repeatable(&call) {
                turn.actions.push(Action::Attempt(call));
            } else {
                turn.queue.push_back(cut_off(&start, turn.now));
            }
            return Ok(());
        }
        if !is_effect(&start) {
            match self.kept(&start, turn, world)? {
                Some(read) => turn.queue.push_back(read),
                None => turn.actions.push(Action::Attempt(call)),
            }
            return Ok(());
        }
        let mut held = None;
        if let Some(request) = &start.claim {
            let wanted = self.wanted(&start, request, turn.now);
            match world.journal.arbitrate(&wanted)? {
                Claimed::Granted => {
                    held = Some(wanted.claim.clone());
                    turn.claims.push(ClaimChange::Hold(wanted));
                }
                Claimed::Kept { by, value } => {
                    turn.queue.push_back(Event::Suppressed {
                        key: start.key,
                        value,
                        by,
                        at: turn.now,
                    });
                    return Ok(());
                }
                Claimed::Busy { by } => {
                    turn.later.push(Action::TellWait(Wait {
                        key: start.key.clone(),
                        label: start.step.label.clone(),
                        line: start.step.origin.line,
                        reason: format!(
                            "`{}` (line {}) waits: run {by} is doing the same under `at most once`.",
                            start.step.label, start.step.origin.line
                        ),
                        for_a_person: false,
                        until: None,
                    }));
                    self.claimless.insert(start.key.clone(), start);
                    return Ok(());
                }
            }
        }
        // The intent is taken at once, so that what this input leads to stands in one record and in
        // one order; the attempt waits until the record is durable.
        let by_engine = starts_playbook(&start);
        let event = Event::Started {
            key: start.key.clone(),
            attempt: start.attempt,
            claim: held,
            at: start.at,
        };
        self.event(event, turn, world)?;
        if by_engine {
            turn.later.push(Action::Playbook(call));
            return Ok(());
        }
        let ended = match self.kept(&start, turn, world)? {
            Some(set) => Some(set),
            None => self.emitted(&start, turn),
        };
        match ended {
            Some(ended) => turn.queue.push_back(ended),
            None => turn.later.push(Action::Attempt(call)),
        }
        Ok(())
    }

    pub(super) fn call(&self, start: &Start) -> StepCall {
        let run = &self.identity.run.0;
        let mut hasher = blake3::Hasher::new();
        hasher.update(run.as_bytes());
        hasher.update(b"/");
        hasher.update(start.key.as_bytes());
        let timeout = start.step.policy.timeout_ms;
        StepCall {
            run: run.clone(),
            key: start.key.clone(),
            plan: self.identity.layout.plan().clone(),
            step: start.step.clone(),
            scope: start.scope.clone(),
            attempt: start.attempt,
            idempotency_key: hasher.finalize().to_hex().as_str().into(),
            deadline: timeout.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or(0))),
            now: start.sees,
        }
    }

    fn wanted(
        &self,
        start: &Start,
        request: &crate::kernel::ClaimRequest,
        at: Timestamp,
    ) -> ClaimWanted {
        let Identity {
            run,
            environment,
            layout,
        } = &self.identity;
        ClaimWanted {
            claim: format!(
                "{environment} / {} / {}",
                layout.plan().playbook,
                request.key
            )
            .into(),
            run: run.clone(),
            step: start.key.clone(),
            within_ms: request.within_ms,
            at,
        }
    }

    fn ended(
        &self,
        key: Arc<str>,
        attempt: u32,
        outcome: StepOutcome,
        at: Timestamp,
        world: World<'_>,
    ) -> Event {
        match outcome {
            StepOutcome::Done { value, report } => Event::Done {
                key,
                attempt,
                value,
                report,
                at,
            },
            StepOutcome::Failed {
                problem,
                kind,
                report,
            } => {
                let start = under_way(&self.identity.layout, &self.state, &key);
                let repeatable = start
                    .as_ref()
                    .is_some_and(|start| world.runner.repeatable(&self.call(start)));
                let failure = match &start {
                    Some(start) => Failure::of(&problem, &key, &start.step),
                    None => Failure {
                        code: Some(problem.code.as_str().into()),
                        message: problem.message.as_str().into(),
                        causes: problem.causes,
                        help: problem.help,
                        step: key.clone(),
                        line: 0,
                    },
                };
                Event::Failed {
                    key,
                    attempt,
                    failure,
                    kind,
                    repeatable,
                    report,
                    at,
                }
            }
        }
    }
}

fn is_effect(start: &Start) -> bool {
    matches!(&start.step.kind, sophia_plan::StepKind::Work(work) if work.is_effect())
}

/// An effect that was under way when the program stopped.
fn cut_off(start: &Start, at: Timestamp) -> Event {
    let problem = Problem::new(
        codes::S967,
        format!(
            "Whether `{}` happened is not known: the program stopped while it was under way.",
            start.step.label
        ),
    )
    .with_help("look at the other system, then try it again or take it as done");
    Event::Failed {
        key: start.key.clone(),
        attempt: start.attempt,
        failure: Failure::of(&problem, &start.key, &start.step),
        kind: FailureKind::Unknown,
        repeatable: false,
        report: Report::default(),
        at,
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
