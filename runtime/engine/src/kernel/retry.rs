//! What follows a failed attempt: another, a person's decision, `otherwise`, or the failure of what
//! surrounds the step.
//!
//! Kept true here: an effect that may have happened is never simply tried again unless the other side
//! honours keys or the playbook says so; a claim is freed only when the effect is known not to have
//! happened.

use std::sync::Arc;

use jiff::SignedDuration;
use sophia_plan::step::{Otherwise, Retry, Unsure};
use sophia_plan::{StepKind, Value, evaluate};

use super::command::{Command, Happening, StepEnd};
use super::event::Failure;
use super::machine::Machine;
use super::past::Memory;
use super::state::{Ending, NodeState, Place, Role};
use crate::runner::{FailureKind, Report};

/// How `unsure retry` tries again where the playbook has no `retry`.
const UNSURE_RETRY: Retry = Retry {
    times: 3,
    over_ms: 60_000,
};

impl Machine<'_> {
    pub(super) fn attempt_failed(
        &mut self,
        key: &Arc<str>,
        attempt: u32,
        failure: &Failure,
        kind: FailureKind,
        repeatable: bool,
        report: &Report,
    ) {
        let Some(place) = self.running(key, Some(attempt)) else {
            return;
        };
        let Some(layout) = self.place_layout(place) else {
            return;
        };
        let policy = &layout.step.policy;
        let unknown = kind == FailureKind::Unknown && self.is_effect(place);
        let ending = self
            .frame(place.frame)
            .is_some_and(|frame| frame.ending.is_some());
        if ending {
            if unknown {
                self.leave_unsure(place, failure.clone());
            } else {
                self.free_claim(place);
                self.end_node(place, StepEnd::Failed(failure.clone()), None, report);
            }
            return;
        }
        // A person who has it run again gives it as many attempts anew.
        let before = self.state.node(place).map_or(0, |node| node.before);
        let tried = attempt - before.min(attempt);
        let again = policy.retry.filter(|retry| tried <= retry.times);
        if unknown && !repeatable {
            match policy.unsure {
                Unsure::Skip => self.take_as_done(place, failure, report),
                Unsure::Ask => self.ask(place, key, failure),
                Unsure::Retry => {
                    let retry = policy.retry.filter(|retry| retry.times > 0);
                    let retry = retry.unwrap_or(UNSURE_RETRY);
                    if tried <= retry.times {
                        self.back_off(place, key, attempt, retry, failure);
                    } else {
                        self.ask(place, key, failure);
                    }
                }
            }
        } else if let (Some(retry), true) = (again, kind != FailureKind::Permanent) {
            self.back_off(place, key, attempt, retry, failure);
        } else if unknown {
            match policy.unsure {
                Unsure::Skip => self.take_as_done(place, failure, report),
                Unsure::Ask | Unsure::Retry => self.ask(place, key, failure),
            }
        } else {
            self.free_claim(place);
            self.give_up(place, failure.clone(), report);
        }
    }

    pub(super) fn back_off(
        &mut self,
        place: Place,
        key: &Arc<str>,
        attempt: u32,
        retry: Retry,
        failure: &Failure,
    ) {
        let before = self.state.node(place).map_or(0, |node| node.before);
        let tried = attempt - before.min(attempt);
        let wait = pause(key, tried, retry, self.state.began.as_microsecond());
        let until = self.at.saturating_add(wait).unwrap_or(self.at);
        if let Some(node) = self.node_mut(place) {
            node.state = NodeState::Backoff { until };
        }
        if let Some(layout) = self.place_layout(place) {
            let failure = failure.clone();
            self.tell(
                key,
                &layout.step,
                Happening::Retries {
                    attempt,
                    until,
                    failure,
                },
            );
        }
        self.commands.push(Command::Sleep {
            key: key.clone(),
            attempt,
            until,
        });
    }

    pub(super) fn fired(&mut self, key: &str, attempt: u32) {
        let Some(place) = self.state.under_way.get(key).copied() else {
            return;
        };
        let Some(node) = self
            .state
            .node(place)
            .filter(|node| node.attempt == attempt)
        else {
            return;
        };
        match node.state {
            NodeState::Backoff { .. } if self.state.paused.is_some() => self.put_off(key, place),
            NodeState::Backoff { .. } => {
                let step = self.place_layout(place).map(|layout| &layout.step.kind);
                if matches!(step, Some(StepKind::Action { .. })) {
                    self.begin_action(place);
                } else {
                    self.begin_attempt(place);
                }
            }
            NodeState::Pausing { .. } => {
                self.begin_round(place);
                self.unpark_around(place.frame);
            }
            _ => {}
        }
    }

    fn ask(&mut self, place: Place, key: &Arc<str>, failure: &Failure) {
        if let Some(node) = self.node_mut(place) {
            node.state = NodeState::Asking(failure.clone());
        }
        if let Some(layout) = self.place_layout(place) {
            let failure = failure.clone();
            self.tell(key, &layout.step, Happening::Asks { failure });
        }
    }

    fn take_as_done(&mut self, place: Place, failure: &Failure, report: &Report) {
        self.note_unsure_undo(place);
        self.keep_claim(place, Value::None);
        let how = StepEnd::Unsure(failure.clone());
        self.end_node(place, how, Some(Value::None), report);
    }

    /// A step failed for good: its `otherwise` takes its place, or what surrounds it fails.
    pub(super) fn give_up(&mut self, place: Place, failure: Failure, report: &Report) {
        let (Some(layout), Some(frame)) = (self.place_layout(place), self.frame(place.frame))
        else {
            return;
        };
        match &layout.step.policy.otherwise {
            Some(Otherwise::Value(value)) => match evaluate(value, &frame.scope, &self.host()) {
                Ok(value) => {
                    self.end_node(place, StepEnd::Otherwise(failure), Some(value), report);
                }
                Err(problem) => self.broken(place, &problem),
            },
            Some(Otherwise::End { kind, reason }) => self.end_early(place, *kind, reason),
            Some(Otherwise::Block(_)) => {
                let key = self.key(place);
                self.state.under_way.remove(&key);
                self.commands.push(Command::Remember(Memory::GaveUp {
                    key,
                    failure: failure.clone(),
                }));
                self.open_inside(place, layout.otherwise, Role::Otherwise);
                if let Some(node) = self.node_mut(place) {
                    node.failed = Some(failure);
                }
            }
            None => {
                self.end_node(place, StepEnd::Failed(failure.clone()), None, report);
                self.end_around(place.frame, Ending::Failed(failure));
            }
        }
    }
}

/// The time before the attempt after this one. The pauses double up to a bound, and together they take
/// no longer than the playbook says; each is shortened by up to a fifth, differently for each step and
/// run, so that many do not come back at once.
fn pause(key: &str, attempt: u32, retry: Retry, began: i64) -> SignedDuration {
    /// Pauses grow no further than 32 times the first.
    const DOUBLINGS: u32 = 5;
    let weight = |attempt: u32| 1_i128 << (attempt - 1).min(DOUBLINGS);
    let total: i128 = (1..=retry.times.max(1)).map(weight).sum();
    let share = i128::from(retry.over_ms.max(0)) * 1000 * weight(attempt.max(1)) / total;
    let mut hasher = blake3::Hasher::new();
    hasher.update(key.as_bytes());
    hasher.update(&attempt.to_le_bytes());
    hasher.update(&began.to_le_bytes());
    let jitter = i128::from(hasher.finalize().as_bytes()[0]);
    let micros = share - share * jitter / (5 * 255);
    SignedDuration::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_within_the_time_given() {
        let retry = Retry {
            times: 5,
            over_ms: 600_000,
        };
        let pauses: Vec<_> = (1..=5)
            .map(|attempt| pause("post", attempt, retry, 7))
            .collect();
        let total: SignedDuration = pauses.iter().sum();
        assert!(
            pauses.windows(2).all(|pair| pair[0] < pair[1]),
            "{pauses:?}"
        );
        assert!(total <= SignedDuration::from_secs(600), "{total:?}");
        assert!(total >= SignedDuration::from_secs(480), "{total:?}");
    }

    #[test]
    fn pauses_differ_between_steps_and_are_the_same_for_the_same() {
        let retry = Retry {
            times: 1,
            over_ms: 600_000,
        };
        assert_eq!(pause("a", 1, retry, 7), pause("a", 1, retry, 7));
        assert_ne!(pause("a", 1, retry, 7), pause("b", 1, retry, 7));
        assert_ne!(pause("a", 1, retry, 7), pause("a", 1, retry, 8));
    }
}
