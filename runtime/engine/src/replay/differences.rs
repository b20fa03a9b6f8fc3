//! What another version of a playbook would have done otherwise.
//!
//! Kept true here: the same question to the same callee is the same call, whichever item of a loop it stands
//! in; what was not reached because the record has no answer is told as unknown, never as left out.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use sophia_plan::{Record, Step, StepKind, Work};

use super::trace::ReplayedStep;
use crate::driver::{RunOutcome, StepState};
use crate::kernel::StepEnd;

/// Something that would have been otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The key of the step, as the version has it that did it.
    pub key: Arc<str>,
    /// The step of that version.
    pub step: Arc<Step>,
    /// What.
    pub what: Otherwise,
}

/// What would have been otherwise.
#[derive(Clone, Debug, PartialEq)]
pub enum Otherwise {
    /// It would be given something else.
    Given {
        /// In the record.
        was: Record,
        /// In the other version.
        now: Record,
    },
    /// It would happen, and did not.
    More {
        /// With these values.
        given: Record,
    },
    /// It happened, and would not.
    Less {
        /// With these values.
        given: Record,
    },
    /// It happened; whether it would is not known, because the record has no answer before it.
    Unknown {
        /// With these values.
        given: Record,
    },
    /// Another way would be taken.
    Way {
        /// In the record.
        was: Arc<str>,
        /// In the other version.
        now: Arc<str>,
    },
    /// It would give something else.
    Gives,
    /// A loop would have another number of items.
    Items {
        /// In the record.
        was: u64,
        /// In the other version.
        now: u64,
    },
    /// It would end otherwise.
    Ends {
        /// In the record, in words.
        was: String,
        /// In the other version.
        now: String,
    },
}

/// Holds two replays against each other.
pub(super) fn differences(
    was: &[ReplayedStep],
    now: &[ReplayedStep],
    is_open: bool,
) -> Vec<Difference> {
    let mut found = calls(was, now, is_open);
    let before: HashMap<&str, &ReplayedStep> =
        (was.iter()).map(|step| (&*step.detail.key, step)).collect();
    let called: HashSet<&Arc<str>> = found.iter().map(|found| &found.key).collect();
    let mut further = Vec::new();
    for step in now {
        if let Some(old) = before.get(&*step.detail.key) {
            let known = called.contains(&step.detail.key);
            further.extend(turns(old, step, known, is_open));
        }
    }
    found.extend(further);
    let place: HashMap<&str, usize> = (was.iter().chain(now).enumerate())
        .map(|(place, step)| (&*step.detail.key, place))
        .collect();
    found.sort_by_key(|found| (found.step.origin.line, place.get(&*found.key).copied()));
    found
}

/// What turns of one step differ: its way, its items, its value, its end.
fn turns(was: &ReplayedStep, now: &ReplayedStep, is_told: bool, is_open: bool) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut tell = |what| {
        found.push(Difference {
            key: now.detail.key.clone(),
            step: now.detail.step.clone(),
            what,
        });
    };
    if let (Some(was), Some(now)) = (&was.detail.chosen, &now.detail.chosen)
        && was != now
    {
        tell(Otherwise::Way {
            was: was.clone(),
            now: now.clone(),
        });
    }
    if let (Some(was), Some(now)) = (was.detail.items, now.detail.items)
        && was.total != now.total
    {
        tell(Otherwise::Items {
            was: was.total,
            now: now.total,
        });
    }
    let (before, after) = (ended(&was.detail.state), ended(&now.detail.state));
    let undecided = is_open && after.is_none();
    if before != after && !undecided && !is_told {
        let words = |end: Option<String>| end.unwrap_or_else(|| "has not ended".to_owned());
        tell(Otherwise::Ends {
            was: words(before),
            now: words(after),
        });
    } else if !is_told
        && now.detail.value.is_some()
        && was.detail.value != now.detail.value
        && matches!(&now.detail.step.kind, StepKind::Work(work) if !work.is_effect())
    {
        tell(Otherwise::Gives);
    }
    found
}

/// How a step ended, in words; nothing while it is under way.
fn ended(state: &StepState) -> Option<String> {
    let StepState::Ended(how) = state else {
        return None;
    };
    Some(match how {
        StepEnd::Done => "done".to_owned(),
        StepEnd::Suppressed { by } => format!("left out, since run {by} did the same"),
        StepEnd::Otherwise(failure) => format!("its `otherwise`, since {}", failure.message),
        StepEnd::Failed(failure) => format!("failed: {}", failure.message),
        StepEnd::Skipped { by } => format!("left out by {by}"),
        StepEnd::LetGo => "let go".to_owned(),
        StepEnd::Unsure(_) => "unsure".to_owned(),
        StepEnd::Ended(reason) => format!("applied: {reason}"),
    })
}

/// Calls that would be made more, less, or with other values.
fn calls(was: &[ReplayedStep], now: &[ReplayedStep], is_open: bool) -> Vec<Difference> {
    let mut before = called(was);
    let mut after = called(now);
    // The same call at the same step, then the same call at any step, is no difference.
    let mut left: Vec<&ReplayedStep> = Vec::new();
    after.retain(|_, step| {
        let same = before
            .get(&*step.detail.key)
            .is_some_and(|old| alike(old, step));
        if same {
            before.remove(&*step.detail.key);
        }
        !same
    });
    let mut moved: HashMap<[u8; 32], Vec<&str>> = HashMap::new();
    for (key, old) in &before {
        if let Some(intake) = &old.intake {
            moved.entry(intake.digest).or_default().push(key);
        }
    }
    for (_, step) in after {
        let same = step
            .intake
            .as_ref()
            .and_then(|intake| moved.get_mut(&intake.digest)?.pop());
        match same {
            Some(key) => {
                before.remove(key);
            }
            None => left.push(step),
        }
    }
    let mut found = Vec::new();
    for step in left {
        let given = values(step);
        let what = match before.remove(&*step.detail.key) {
            Some(old) => Otherwise::Given {
                was: values(old),
                now: given,
            },
            None => Otherwise::More { given },
        };
        found.push(difference(step, what));
    }
    for (_, step) in before {
        let given = values(step);
        let what = if is_open {
            Otherwise::Unknown { given }
        } else {
            Otherwise::Less { given }
        };
        found.push(difference(step, what));
    }
    found
}

fn difference(step: &ReplayedStep, what: Otherwise) -> Difference {
    Difference {
        key: step.detail.key.clone(),
        step: step.detail.step.clone(),
        what,
    }
}

fn values(step: &ReplayedStep) -> Record {
    if let Some(question) = &step.detail.question {
        let whom = question.whom.first().map(ToString::to_string);
        return Record {
            fields: vec![
                (
                    "text".into(),
                    sophia_plan::Value::Text(question.text.clone()),
                ),
                (
                    "whom".into(),
                    sophia_plan::Value::text(whom.unwrap_or_default()),
                ),
            ],
        };
    }
    step.intake
        .as_ref()
        .map(|intake| intake.values.clone())
        .unwrap_or_default()
}

fn alike(one: &ReplayedStep, other: &ReplayedStep) -> bool {
    match (&one.intake, &other.intake) {
        (Some(one), Some(other)) => one.digest == other.digest,
        (None, None) => values(one) == values(other),
        _ => false,
    }
}

/// What the steps asked of the world or of people: not what was only computed, and not what was left out.
fn called(steps: &[ReplayedStep]) -> BTreeMap<&str, &ReplayedStep> {
    let calls = steps.iter().filter(|step| {
        let detail = &step.detail;
        match &detail.step.kind {
            StepKind::Work(Work::Compute { .. }) => false,
            StepKind::Work(_) => {
                detail.attempts > 0
                    && !matches!(detail.state, StepState::Ended(StepEnd::Suppressed { .. }))
            }
            StepKind::Ask(_) => detail.question.is_some(),
            StepKind::Wait(_) => detail.began.is_some(),
            _ => false,
        }
    });
    calls.map(|step| (&*step.detail.key, step)).collect()
}

/// How a run came to rest, in words.
#[must_use]
pub fn rests(outcome: Option<&RunOutcome>) -> String {
    match outcome {
        None => "is under way".to_owned(),
        Some(RunOutcome::Done) => "done".to_owned(),
        Some(RunOutcome::Stopped(reason)) => format!("stopped: {reason}"),
        Some(RunOutcome::Failed(failure)) => format!("failed: {}", failure.message),
        Some(RunOutcome::Cancelled) => "cancelled".to_owned(),
        Some(RunOutcome::Waiting(_)) => "waits".to_owned(),
    }
}
