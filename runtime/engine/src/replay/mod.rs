//! Replay: what a journal holds, done again without the world.
//!
//! Kept true here: the journal is all that is asked. The same version must come out the same; of another
//! version it is told what would have been otherwise, and where the record has no answer.

mod answers;
mod differences;
mod intake;
mod known;
mod ledger;
mod other;
mod repeat;
mod trace;
mod waits;

use std::sync::Arc;

use sophia_diagnostics::{Problem, codes};
use sophia_plan::{Plan, Record, Step, Value};

use crate::driver::{RunDetail, RunOutcome, detail};
use crate::journal::StoredRun;
use crate::kernel::{self, Event, Layout};

pub use differences::{Difference, Otherwise, rests};
pub use intake::Intake;
pub use other::Unanswered;
pub use trace::{Reason, ReplayedStep};

/// A run, done again from its record.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The run as the store shows it.
    pub detail: RunDetail,
    /// Its steps in the order in which they began.
    pub steps: Vec<ReplayedStep>,
    /// The steps of its playbook that read, ask or change something and that it did not reach.
    pub not_reached: Vec<Arc<Step>>,
    /// How many events its record holds.
    pub events: usize,
}

/// The record of a run, done by another version of its playbook.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The run as the store shows it.
    pub detail: RunDetail,
    /// What would have been otherwise, in the order of the text.
    pub differences: Vec<Difference>,
    /// Where the record has no answer.
    pub unanswered: Vec<Unanswered>,
    /// Effects with other values whose results nothing uses: taken to end as the recorded ones did.
    pub assumed: Vec<Arc<str>>,
    /// How it would have ended, where that is known.
    pub outcome: Option<RunOutcome>,
    /// What it would have given back.
    pub result: Option<Value>,
    /// The steps of the other version, as far as the record carries it.
    pub steps: Vec<ReplayedStep>,
    /// What the other version would have written.
    pub events: Vec<Event>,
}

/// Does a run again from its record.
///
/// # Errors
/// S997 when it comes out otherwise than the record and the list of runs say; S968 when its plan cannot be
/// run by this program.
pub fn replay(stored: StoredRun) -> Result<Replay, Problem> {
    let layout = Arc::new(Layout::of(&stored.plan)?);
    let repeated = repeat::repeat(&layout, &stored)?;
    let folded = known::fold(&layout, &stored);
    let ended = folded.state.outcome().cloned().map(RunOutcome::from);
    let status = &stored.summary.status;
    let fits = match &ended {
        Some(outcome) => outcome.status() == *status,
        None => !status.is_final(),
    };
    if repeated != folded.state || !fits {
        let run = &stored.summary.run;
        return Err(Problem::new(
            codes::S997,
            format!("The record of run {run} does not repeat."),
        )
        .because(format!("the list of runs says: {}", status.as_str()))
        .because(format!("the replay comes to: {}", rests(ended.as_ref())))
        .with_help("`sophia store verify` looks at the whole store"));
    }
    let (steps, not_reached) = folded.trace.finish();
    Ok(Replay {
        steps,
        not_reached,
        events: stored.events.len(),
        detail: detail(stored)?,
    })
}

/// Does the record of a run by another version of its playbook.
///
/// # Errors
/// S907 when that needs an input that the run was not started with, when the run went on after its end, or
/// when either version tries an action as a whole; S968 when the plan of either version
/// cannot be run by this program.
pub fn compare(stored: StoredRun, plan: &Arc<Plan>) -> Result<Comparison, Problem> {
    let layout = Layout::of(&stored.plan)?;
    if stored.events.iter().any(repeat::takes_up) && went_on(&layout, &stored) {
        return Err(Problem::new(
            codes::S907,
            format!(
                "Run {} went on after it had ended, so its record is of two courses.",
                stored.summary.run
            ),
        )
        .with_help("replay it without another version"));
    }
    for plan in [&stored.plan, plan] {
        if let Some(step) = plan.steps().into_iter().find(|step| step.is_tried_whole()) {
            return Err(Problem::new(
                codes::S907,
                format!(
                    "`{}` (line {}) of {} calls an action with `retry`, `timeout` or `at most once`: what another version of it would have done cannot be told.",
                    step.label, step.origin.line, plan.file
                ),
            )
            .with_help("replay it without another version"));
        }
    }
    let folded = known::fold(&layout, &stored);
    let other = Layout::of(plan)?;
    let inputs = inputs(plan, &stored.inputs)?;
    let mut carried = other::Other::run(&other, &stored, &inputs, &folded.known);
    let unanswered: Vec<Unanswered> = std::mem::take(&mut carried.unanswered)
        .into_values()
        .collect();
    let mut assumed: Vec<Arc<str>> = carried.assumed.drain().collect();
    assumed.sort_unstable();
    let outcome = carried.state.outcome().cloned().map(RunOutcome::from);
    let result = carried.state.result().cloned();
    let events = std::mem::take(&mut carried.events);
    let (steps, _) = carried.trace.finish();
    let (was, _) = folded.trace.finish();
    let differences = differences::differences(&was, &steps, outcome.is_none());
    Ok(Comparison {
        differences,
        unanswered,
        assumed,
        outcome,
        result,
        steps,
        events,
        detail: detail(stored)?,
    })
}

/// Whether a person had a run go on after its end.
fn went_on(layout: &Layout, stored: &StoredRun) -> bool {
    let events = &stored.events;
    let (inputs, created) = (&stored.inputs, stored.summary.created);
    (events.iter().enumerate()).any(|(place, event)| {
        repeat::takes_up(event)
            && kernel::fold(layout, inputs, created, &events[..place], drop)
                .outcome()
                .is_some()
    })
}

/// What a run of another version begins with: what the recorded one began with, as far as it has a place.
fn inputs(plan: &Plan, recorded: &Record) -> Result<Record, Problem> {
    let mut fields = Vec::new();
    for input in &plan.inputs {
        let value = recorded.get(&input.name).or(input.default.as_ref());
        let value = match value {
            Some(value) => value.clone(),
            None if input.of.is_optional() => Value::None,
            None => {
                return Err(Problem::new(
                    codes::S907,
                    format!(
                        "The other version needs the input `{}`, with which the run was not started.",
                        input.name
                    ),
                )
                .with_help("give that input a default, and replay again"));
            }
        };
        fields.push((input.name.clone(), value));
    }
    // What a trigger brought.
    let brought = (recorded.fields.iter())
        .filter(|(name, _)| plan.inputs.iter().all(|input| input.name != *name));
    fields.extend(brought.cloned());
    Ok(Record { fields })
}
