//! Runs that go on after their end, and values that stand in for steps, in a person's name.
//!
//! Kept true here: it is held against the run before anything is written; one record says who did what and
//! why, and how the run stands from then on; of a line at most one run is under way all the same.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use sophia_diagnostics::{Problem, codes};
use sophia_plan::{Step, Value, convert};

use super::clock::whole_microseconds;
use super::engine::Engine;
use super::pilot::{Pilot, status_change};
use super::playbook::closed;
use super::protocol::Identity;
use crate::journal::{Rest, RunId, RunStatus, StoredRun, Write};
use crate::kernel::{Act, Event, Layout, RunState, fold, may_be_skipped, recall};

/// The record with which a run that has ended goes on.
///
/// # Errors
/// S903 when it has not ended, or nothing of it failed and no step is named; S904 when it cannot go on from
/// that step; S905 when the step cannot be left out, or the value does not fit.
pub fn goes_on(
    stored: &StoredRun,
    layout: &Arc<Layout>,
    by: &Arc<str>,
    act: Act,
    at: Timestamp,
) -> Result<Write, Problem> {
    let run = &stored.summary.run;
    let (inputs, created) = (&stored.inputs, stored.summary.created);
    let (state, past) = recall(layout, inputs, created, &stored.events);
    if state.outcome().is_none() {
        return Err(has_not_ended(run));
    }
    let well = matches!(stored.summary.status, RunStatus::Done | RunStatus::Stopped);
    let act = match act {
        Act::Skips {
            key,
            value,
            because,
        } => {
            let Some(step) = past
                .step(&key)
                .filter(|_| past.may_be_left_out(layout, &key))
            else {
                return Err(Problem::new(
                    codes::S905,
                    format!("Run {run} did not fail by a step `{key}`."),
                )
                .with_help(format!("`sophia runs show {run} --all` shows its steps")));
            };
            Act::Skips {
                value: stand_in(step, &key, &value)?,
                key,
                because,
            }
        }
        Act::Retries {
            from: Some(from),
            again,
            because,
        } => {
            past.goes_on_from(layout, &from, &again)?;
            Act::Retries {
                from: Some(from),
                again,
                because,
            }
        }
        Act::Retries { again, .. } if !again.is_empty() => {
            return Err(Problem::new(
                codes::S904,
                "What is done a second time rests on a step that runs again.",
            )
            .with_help("name that step with --from"));
        }
        _ if well => {
            return Err(Problem::new(
                codes::S903,
                format!("Nothing of run {run} failed, so nothing is left to do."),
            )
            .with_help("name the step that runs again with --from"));
        }
        act => act,
    };
    let event = Event::Acted {
        by: by.clone(),
        act,
        at,
    };
    let mut events = stored.events.clone();
    events.push(event.clone());
    let state = fold(layout, inputs, created, &events, drop);
    let identity = Identity {
        run: run.clone(),
        environment: stored.summary.environment.clone(),
        layout: layout.clone(),
    };
    let pilot = Pilot::new(identity, state, stored.sequence + 1);
    Ok(Write {
        run: run.clone(),
        sequence: stored.sequence,
        events: vec![event],
        claims: Vec::new(),
        status: Some(status_change(&pilot.stands(), at)),
        states: Vec::new(),
        arrivals: Vec::new(),
        rest: pilot
            .rests()
            .map(|(awaits, since)| Rest::For(awaits, since)),
        delivered: Vec::new(),
    })
}

/// What a person does with a run under way, with a value of the step's type.
///
/// # Errors
/// S903 where only an ended run can go on, and nothing pauses before a further attempt; S905 when the step cannot be left out, or the value does not fit.
pub(super) fn as_taken(
    run: &RunId,
    layout: &Layout,
    state: &RunState,
    act: Act,
) -> Result<Act, Problem> {
    match act {
        Act::Retries {
            from,
            again,
            because,
        } => {
            let named = |key: &str| from.as_ref().is_none_or(|from| **from == *key);
            if again.is_empty() && state.pausing().any(|(key, _)| named(key)) {
                return Ok(Act::TriesNow { key: from, because });
            }
            Err(has_not_ended(run))
        }
        Act::Skips {
            key,
            value,
            because,
        } => {
            let step = may_be_skipped(layout, state, &key)?;
            Ok(Act::Skips {
                value: stand_in(step, &key, &value)?,
                key,
                because,
            })
        }
        act => Ok(act),
    }
}

fn has_not_ended(run: &RunId) -> Problem {
    Problem::new(
        codes::S903,
        format!("Run {run} has not ended, and nothing of this pauses before a further attempt."),
    )
    .with_help(format!(
        "`sophia runs show {run}` says what it waits for; `sophia runs cancel {run}` ends it, and then it can go on from any step"
    ))
}

/// A value that stands in for what a step would have come to.
fn stand_in(step: &Step, key: &str, value: &Value) -> Result<Value, Problem> {
    let nothing = match value {
        Value::None => true,
        Value::Json(text) => &**text == "null",
        _ => false,
    };
    if nothing && step.binds.is_none() {
        return Ok(Value::None);
    }
    convert(value, &step.result).map_err(|problem| {
        let mut unfit = Problem::new(
            codes::S905,
            format!("`{key}` gives {}, and this is none.", step.result),
        )
        .because(problem.message)
        .with_help("give it as JSON: --with '…'");
        unfit.causes.extend(problem.causes);
        unfit
    })
}

impl Engine {
    /// An ended run goes on. Durable when this returns.
    pub(super) async fn goes_on(
        &self,
        run: &RunId,
        by: &Arc<str>,
        act: Act,
    ) -> Result<(), Problem> {
        loop {
            let one_at_a_time = self.inner.resuming.lock().await;
            let stored = self.load(run).await?;
            if !stored.summary.status.is_final() {
                return Err(has_not_ended(run));
            }
            if self.is_live(run) {
                // What carried it on is about to leave, and may need to take up the next of its line.
                drop(one_at_a_time);
                tokio::time::sleep(Duration::from_millis(1)).await;
                continue;
            }
            let layout = self.layout(&stored.plan)?;
            let at = whole_microseconds(self.now());
            let write = goes_on(&stored, &layout, by, act, at)?;
            let receipt = self.append(write).await?;
            receipt.await.unwrap_or_else(|_| Err(closed()))?;
            break;
        }
        match self.resume(run).await {
            // It had nothing more to do.
            Err(problem) if problem.code == codes::S969 => Ok(()),
            resumed => resumed,
        }
    }
}
