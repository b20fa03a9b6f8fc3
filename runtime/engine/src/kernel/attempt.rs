//! Attempts at work: how they begin, and how they end well.
//!
//! Kept true here: an outcome counts only for the attempt that is under way; a claim is kept with the
//! result of the effect that held it.

use std::sync::Arc;

use jiff::Timestamp;
use sophia_plan::{Step, StepKind, Value};

use super::command::{ClaimRequest, Command, Happening, Start, StepEnd};
use super::event::Decision;
use super::expressions;
use super::layout::Layout;
use super::machine::{Machine, Task};
use super::state::{NodeState, Place, RunState};
use crate::runner::Report;

impl Machine<'_> {
    pub(super) fn begin_attempt(&mut self, place: Place) {
        let (Some(layout), Some(frame)) = (self.place_layout(place), self.frame(place.frame))
        else {
            return;
        };
        let step = &layout.step;
        let (scope, sees) = (frame.scope.clone(), frame.sees);
        let calls = matches!(step.kind, StepKind::Action { .. });
        let effect = self.is_effect(place) || calls;
        let mut claim = None;
        if let Some(once) = step.policy.at_most_once.as_ref().filter(|_| effect) {
            match expressions::once_key(&once.key, &scope, &self.host()) {
                Ok(key) => {
                    claim = Some(claim_request(step, &key, once.within_ms));
                }
                Err(problem) => return self.broken(place, &problem),
            }
        }
        let key = self.key(place);
        let at = self.at;
        let Some(node) = self.node_mut(place) else {
            return;
        };
        node.attempt += 1;
        node.state = NodeState::Running {
            intended: false,
            at,
        };
        let (attempt, times) = (node.attempt, node.times);
        self.state.under_way.insert(key.clone(), place);
        if !effect {
            self.tell(&key, step, Happening::Started { attempt });
        }
        self.commands.push(Command::Start(Box::new(Start {
            key,
            step: step.clone(),
            scope,
            attempt,
            at,
            sees: sees.unwrap_or(at),
            claim,
            intended: false,
            times,
        })));
    }

    /// The place of an attempt that is under way.
    pub(super) fn running(&self, key: &str, attempt: Option<u32>) -> Option<Place> {
        let place = *self.state.under_way.get(key)?;
        let node = self.state.node(place)?;
        (matches!(node.state, NodeState::Running { .. })
            && attempt.is_none_or(|attempt| attempt == node.attempt))
        .then_some(place)
    }

    pub(super) fn intended(
        &mut self,
        key: &Arc<str>,
        attempt: u32,
        claim: Option<&Arc<str>>,
        at: Timestamp,
    ) {
        let Some(place) = self.running(key, Some(attempt)) else {
            return;
        };
        if let Some(node) = self.node_mut(place) {
            node.claim = claim.cloned();
        }
        let layout = self.place_layout(place);
        if layout.is_some_and(|layout| matches!(layout.step.kind, StepKind::Action { .. })) {
            self.open_action(place);
            return;
        }
        if let Some(node) = self.node_mut(place) {
            node.state = NodeState::Running { intended: true, at };
        }
        if let Some(layout) = self.place_layout(place) {
            self.tell(key, &layout.step, Happening::Started { attempt });
        }
    }

    pub(super) fn succeeded(&mut self, key: &str, attempt: u32, value: &Value, report: &Report) {
        if let Some(place) = self.running(key, Some(attempt)) {
            self.note_undo(place, value);
            self.keep_claim(place, value.clone());
            self.end_node(place, StepEnd::Done, Some(value.clone()), report);
        }
    }

    pub(super) fn suppressed(&mut self, key: &str, value: &Value, by: &Arc<str>) {
        if let Some(place) = self.running(key, None) {
            let how = StepEnd::Suppressed { by: by.clone() };
            self.end_node(place, how, Some(value.clone()), &Report::default());
        }
    }

    /// A person decided about an unsure effect.
    pub(super) fn settled(&mut self, key: &str, decision: Decision) {
        let Some(place) = self.state.under_way.get(key).copied() else {
            return;
        };
        let Some(node) = self.node_mut(place) else {
            return;
        };
        if !matches!(node.state, NodeState::Asking(_)) {
            return;
        }
        match decision {
            Decision::Retry => {
                node.state = NodeState::Pending;
                self.state.under_way.remove(key);
                // Its item may have to wait for a slot, which items that wait for this claim may hold; so
                // it claims again when it begins.
                self.free_claim(place);
                self.tasks.push_back(Task::Advance(place.frame));
            }
            Decision::Skip => {
                self.note_unsure_undo(place);
                self.keep_claim(place, Value::None);
                self.end_node(place, StepEnd::Done, Some(Value::None), &Report::default());
            }
        }
        self.unpark_around(place.frame);
    }

    pub(super) fn keep_claim(&mut self, place: Place, value: Value) {
        if let Some(claim) = self.node_mut(place).and_then(|node| node.claim.take()) {
            self.commands.push(Command::Keep { claim, value });
        }
    }

    pub(super) fn free_claim(&mut self, place: Place) {
        let step = self.key(place);
        if let Some(claim) = self.node_mut(place).and_then(|node| node.claim.take()) {
            self.commands.push(Command::Free { claim, step });
        }
    }
}

/// See [`super::outstanding`].
pub(super) fn outstanding(layout: &Layout, state: &RunState) -> Vec<Command> {
    let mut commands: Vec<Command> = state
        .under_way
        .iter()
        .filter_map(|(key, place)| {
            let node = state.node(*place)?;
            match &node.state {
                NodeState::Running { .. } => {
                    under_way(layout, state, key).map(|start| Command::Start(Box::new(start)))
                }
                NodeState::Backoff { until } | NodeState::Pausing { until } => {
                    Some(Command::Sleep {
                        key: key.clone(),
                        attempt: node.attempt,
                        until: *until,
                    })
                }
                _ => None,
            }
        })
        .collect();
    for (key, waiting) in state.waiting() {
        let timers = waiting.timers.iter();
        commands.extend(timers.map(|(number, timer)| Command::Sleep {
            key: key.clone(),
            attempt: *number,
            until: timer.until,
        }));
    }
    let deadlines = state.deadlines.iter();
    commands.extend(deadlines.map(|(key, deadline)| Command::Sleep {
        key: key.clone(),
        attempt: deadline.attempt,
        until: deadline.until,
    }));
    if let Some(until) = state.grace {
        commands.push(Command::Grace { until });
    }
    commands
}

/// See [`super::under_way`].
pub(super) fn under_way(layout: &Layout, state: &RunState, key: &str) -> Option<Start> {
    let (key, place) = state.under_way.get_key_value(key)?;
    let node = state.node(*place)?;
    let frame = state.frames.get(&place.frame)?;
    let step = &layout.blocks.get(frame.block)?.nodes.get(place.node)?.step;
    let NodeState::Running { intended, at } = node.state else {
        return None;
    };
    let host = expressions::Instant {
        at,
        zone: &layout.zone,
    };
    let effect = match &step.kind {
        StepKind::Work(work) => work.is_effect(),
        kind => matches!(kind, StepKind::Action { .. }),
    };
    // The key could be evaluated when the attempt began, and the scope still holds its names.
    let once = step.policy.at_most_once.as_ref().filter(|_| effect);
    let claim = once.and_then(|once| {
        let key = expressions::once_key(&once.key, &frame.scope, &host).ok()?;
        Some(claim_request(step, &key, once.within_ms))
    });
    Some(Start {
        key: key.clone(),
        step: step.clone(),
        scope: frame.scope.clone(),
        attempt: node.attempt,
        at,
        sees: frame.sees.unwrap_or(at),
        claim,
        intended,
        times: node.times,
    })
}

fn claim_request(step: &Step, key: &str, within_ms: Option<i64>) -> ClaimRequest {
    ClaimRequest {
        key: format!("{} per {key}", step.name).into(),
        within_ms,
    }
}
