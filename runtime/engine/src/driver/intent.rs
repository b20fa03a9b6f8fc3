//! How one attempt of a step begins, and what its end is to the kernel.
//!
//! Kept true here: an effect takes its claim and its intent first, and is given out only when both are
//! durable; one that may have been sent before a crash is sent again only where that is safe.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use sophia_diagnostics::{Problem, codes};
use sophia_plan::StepKind;

use super::pilot::{Pilot, Turn};
use super::playbook::starts_playbook;
use super::progress::Wait;
use super::protocol::{Action, Identity, World};
use crate::journal::{ClaimChange, ClaimWanted, Claimed};
use crate::kernel::{ClaimRequest, Event, Failure, Start, under_way};
use crate::runner::{FailureKind, Report, StepCall, StepOutcome};

/// The name under which a store keeps a claim.
pub(crate) fn claim_name(environment: &str, playbook: &str, request: &ClaimRequest) -> Arc<str> {
    format!("{environment} / {playbook} / {}", request.key).into()
}

impl Pilot {
    /// Begins an attempt, as its kind of step needs it.
    pub(super) fn begin(
        &mut self,
        start: Start,
        turn: &mut Turn,
        world: World<'_>,
    ) -> Result<(), Problem> {
        // Something else that the same event led to may have let it go: then it takes no claim.
        if !self.state.expects(&start.key, start.attempt) {
            return Ok(());
        }
        let call = Box::new(self.call(&start));
        let unsure = start.intended && !starts_playbook(&start) && !world.runner.repeatable(&call);
        if !unsure && self.waits_for_place(&start, turn, world) {
            return Ok(());
        }
        if start.intended {
            // It may have been sent before a crash; its claim stands on the disk.
            if starts_playbook(&start) {
                turn.actions.push(Action::Playbook(call));
            } else if unsure {
                turn.queue.push_back(cut_off(&start, turn.now));
            } else {
                turn.actions.push(Action::Attempt(call));
            }
            return Ok(());
        }
        if !world.journal.lets_begin(&start.key, start.attempt) {
            self.claimless.insert(start.key.clone(), start);
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
                // What this turn gives up is free once the disk says so.
                Claimed::Kept { .. } if turn.frees(&wanted.claim) => {
                    self.did_nothing(&start, turn);
                    self.claimless.insert(start.key.clone(), start);
                    return Ok(());
                }
                Claimed::Kept { by, value } => {
                    self.did_nothing(&start, turn);
                    turn.queue.push_back(Event::Suppressed {
                        key: start.key,
                        value,
                        by,
                        at: turn.now,
                    });
                    return Ok(());
                }
                Claimed::Busy { by } => {
                    self.did_nothing(&start, turn);
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
        if is_call(&start) {
            // Its statements begin by themselves.
            return Ok(());
        }
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
        if start.times > 0 {
            // What is done anew is another effect than the one before.
            hasher.update(b"/");
            hasher.update(&start.times.to_le_bytes());
        }
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

    fn wanted(&self, start: &Start, request: &ClaimRequest, at: Timestamp) -> ClaimWanted {
        let Identity {
            run,
            environment,
            layout,
        } = &self.identity;
        ClaimWanted {
            claim: claim_name(environment, &layout.plan().playbook, request),
            run: run.clone(),
            step: start.key.clone(),
            within_ms: request.within_ms,
            at,
        }
    }

    pub(super) fn ended(
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
    matches!(&start.step.kind, StepKind::Work(work) if work.is_effect()) || is_call(start)
}

/// Whether it is the call of an action, which takes a claim.
fn is_call(start: &Start) -> bool {
    matches!(&start.step.kind, StepKind::Action { .. })
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
