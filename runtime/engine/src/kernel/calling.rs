//! What stands behind the call of an action: `retry`, `timeout`, `at most once per`, `undo with`.
//!
//! Kept true here: a further attempt begins at the action's first statement, and what it has done and nobody
//! took back is not done again; it is taken back once no attempt is left. The claim is held from before the
//! first statement to the end of the last attempt. After its time nothing new starts in an attempt, and
//! what has left is waited for.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sophia_diagnostics::{Problem, codes};
use sophia_plan::step::Retry;
use sophia_plan::{StepKind, Value};

use super::command::{Command, StepEnd};
use super::event::Failure;
use super::machine::Machine;
use super::past::{Came, Kept};
use super::reach::{Held, Way};
use super::state::{Ending, FrameId, NodeState, Place, Role, RunState, Undoable};
use crate::runner::Report;

/// When an attempt at an action has taken too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deadline {
    pub(crate) place: Place,
    pub(crate) attempt: u32,
    pub(crate) until: Timestamp,
}

/// What an action has done so far, by step, while further attempts at it may follow.
pub(crate) type Done = BTreeMap<Arc<str>, Kept>;

impl RunState {
    /// Whether a timer is the one of an attempt at an action.
    pub(crate) fn is_late(&self, key: &str, attempt: u32) -> bool {
        let deadline = self.deadlines.get(key);
        deadline.is_some_and(|deadline| deadline.attempt == attempt)
    }
}

impl Machine<'_> {
    fn is_call(&self, place: Place) -> bool {
        let layout = self.place_layout(place);
        layout.is_some_and(|node| matches!(node.step.kind, StepKind::Action { .. }))
    }

    /// The `retry` of an action, while another attempt may follow this one.
    pub(super) fn another_attempt(&self, place: Place) -> Option<Retry> {
        let retry = self.place_layout(place)?.step.policy.retry?;
        let node = self.state.node(place)?;
        (self.is_call(place) && node.attempt - node.before.min(node.attempt) <= retry.times)
            .then_some(retry)
    }

    /// An attempt at an action begins: its time counts, and what earlier ones did is taken up.
    pub(super) fn begin_call(&mut self, place: Place, key: &Arc<str>, inner: FrameId) {
        let Some(layout) = self.place_layout(place) else {
            return;
        };
        let attempt = self.state.node(place).map_or(1, |node| node.attempt);
        if let Some(timeout) = layout.step.policy.timeout_ms {
            let timeout = SignedDuration::from_millis(timeout);
            let until = self.now.saturating_add(timeout).unwrap_or(self.now);
            let deadline = Deadline {
                place,
                attempt,
                until,
            };
            self.state.deadlines.insert(key.clone(), deadline);
            self.commands.push(Command::Sleep {
                key: key.clone(),
                attempt,
                until,
            });
        }
        let Some(done) = self.state.done.get(key).cloned() else {
            return;
        };
        // What can be taken back of it goes with it.
        let own = self.frame_mut(place.frame).map(|frame| {
            let undos = std::mem::take(&mut frame.undos);
            let (mut own, others): (Vec<Undoable>, Vec<Undoable>) = undos
                .into_iter()
                .partition(|undo| done.contains_key(&undo.key));
            // About these a person decides once more.
            own.retain(|undo| done.get(&undo.key).is_some_and(|kept| kept.asks.is_none()));
            frame.undos = others;
            own
        });
        if let Some(inner) = self.frame_mut(inner) {
            inner.undos = own.unwrap_or_default();
        }
        self.state.kept.extend(done);
    }

    /// An attempt at an action took too long.
    pub(super) fn late(&mut self, key: &str) {
        let Some(Deadline { place, .. }) = self.state.deadlines.remove(key) else {
            return;
        };
        let (Some(layout), Some(node)) = (self.place_layout(place), self.state.node(place)) else {
            return;
        };
        let NodeState::Inside(inner) = node.state else {
            return;
        };
        let took = layout.step.policy.timeout_ms.unwrap_or_default();
        let problem = Problem::new(
            codes::S965,
            format!(
                "`{}` took longer than its timeout of {:?}.",
                layout.step.label,
                std::time::Duration::from_millis(u64::try_from(took).unwrap_or(0))
            ),
        );
        let failure = Failure::of(&problem, &self.key(place), &layout.step);
        self.wind_down(inner, &Ending::Failed(failure));
        self.unpark_around(place.frame);
    }

    /// An attempt at an action failed: another follows, or its `otherwise`.
    pub(super) fn call_failed(&mut self, place: Place, failure: Failure) {
        let key = self.key(place);
        let attempt = self.state.node(place).map_or(1, |node| node.attempt);
        if let Some(retry) = self.another_attempt(place) {
            self.drop_deadline(&key);
            self.state.under_way.insert(key.clone(), place);
            self.back_off(place, &key, attempt, retry, &failure);
            return;
        }
        self.drop_deadline(&key);
        self.forget_done(&key);
        self.free_claim(place);
        self.give_up(place, failure, &Report::default());
    }

    /// The statements of an action ended well.
    pub(super) fn call_done(&mut self, place: Place, value: Value) {
        self.note_undo(place, &value);
        self.keep_claim(place, value.clone());
        self.end_node(place, StepEnd::Done, Some(value), &Report::default());
    }

    /// Whether what takes an action back stands behind its call, and not in it.
    pub(super) fn is_taken_back_as_one(&self, place: Place, role: Role) -> bool {
        let layout = self.place_layout(place);
        role == Role::Called && layout.is_some_and(|node| node.undo.is_some())
    }

    /// The call of an action has ended, however it did.
    pub(super) fn call_over(&mut self, place: Place, key: &Arc<str>, how: &StepEnd) {
        if !self.is_call(place) {
            return;
        }
        self.drop_deadline(key);
        self.forget_done(key);
        match how {
            // It was cancelled; something may have happened.
            StepEnd::LetGo => self.keep_claim(place, Value::None),
            _ => self.free_claim(place),
        }
    }

    fn drop_deadline(&mut self, key: &Arc<str>) {
        if self.state.deadlines.remove(key).is_some() {
            self.commands.push(Command::Abandon { key: key.clone() });
        }
    }

    fn forget_done(&mut self, key: &str) {
        for step in self.state.done.remove(key).unwrap_or_default().keys() {
            self.state.kept.remove(step);
        }
    }

    /// Whether a failure in a block ends an attempt at an action that another follows.
    pub(super) fn is_tried_again(&self, frame: FrameId) -> bool {
        let mut at = frame;
        while let Some((place, role)) = self.frame(at).and_then(|frame| frame.parent) {
            if self.keeps_failures(place, role) {
                return role == Role::Called && self.another_attempt(place).is_some();
            }
            at = place.frame;
        }
        false
    }

    /// The actions around a block at which another attempt may be made.
    fn attempts_around(&self, frame: FrameId) -> Vec<Arc<str>> {
        let mut around = Vec::new();
        let mut at = frame;
        while let Some((place, role)) = self.frame(at).and_then(|frame| frame.parent) {
            let layout = self.place_layout(place);
            if role == Role::Called && layout.is_some_and(|node| node.step.policy.retry.is_some()) {
                around.push(self.key(place));
            }
            at = place.frame;
        }
        around
    }

    /// A step in an action ended: what it did is not done again by a further attempt.
    pub(super) fn note_done(
        &mut self,
        place: Place,
        key: &Arc<str>,
        how: &StepEnd,
        value: Option<&Value>,
    ) {
        if !self.layout.tries_actions {
            return;
        }
        let Some(layout) = self.place_layout(place) else {
            return;
        };
        let counts = match &layout.step.kind {
            StepKind::Work(work) => work.is_effect(),
            StepKind::Ask(_) => true,
            // It counts as one thing.
            StepKind::Action { .. } => {
                let policy = &layout.step.policy;
                policy.undo.is_some() || policy.at_most_once.is_some()
            }
            _ => false,
        };
        if !counts {
            return;
        }
        let Some(node) = self.state.node(place) else {
            return;
        };
        if matches!(how, StepEnd::Unsure(_)) && value.is_none() {
            return;
        }
        let stands = matches!(
            how,
            StepEnd::Done
                | StepEnd::Suppressed { .. }
                | StepEnd::Skipped { .. }
                | StepEnd::Unsure(_)
        );
        let kept = Kept {
            attempts: node.attempt,
            times: node.times,
            noted: true,
            ended: stands.then(|| Came {
                how: how.clone(),
                value: value.cloned(),
                at: self.at,
            }),
            ..Kept::default()
        };
        for action in self.attempts_around(place.frame) {
            let done = self.state.done.entry(action).or_default();
            done.insert(key.clone(), kept.clone());
        }
    }

    /// An effect in an action ended, and nobody knows whether it happened: a further attempt asks a person.
    pub(super) fn note_unsure(&mut self, place: Place, failure: &Failure) {
        if !self.layout.tries_actions {
            return;
        }
        let Some(node) = self.state.node(place) else {
            return;
        };
        let kept = Kept {
            attempts: node.attempt,
            times: node.times,
            claim: node.claim.clone(),
            asks: Some(failure.clone()),
            noted: true,
            ..Kept::default()
        };
        let key = self.key(place);
        for action in self.attempts_around(place.frame) {
            let done = self.state.done.entry(action).or_default();
            done.insert(key.clone(), kept.clone());
        }
    }

    /// The items of a loop in an action: a further attempt may find others.
    pub(super) fn note_items(&mut self, place: Place, key: &Arc<str>, items: &Arc<Vec<Value>>) {
        if !self.layout.tries_actions {
            return;
        }
        for action in self.attempts_around(place.frame) {
            let kept = Kept {
                items: Some(items.clone()),
                ..Kept::default()
            };
            let done = self.state.done.entry(action).or_default();
            done.entry(key.clone()).or_insert(kept);
        }
    }

    /// An effect in an action was taken back: a further attempt does it anew, and so its undo.
    pub(super) fn note_taken_back(&mut self, key: &Arc<str>) {
        if self.state.done.is_empty() {
            return;
        }
        let undo = format!("{key}/undo");
        let way = Way::to(self.layout, key);
        let held = way
            .and_then(|way| way.step())
            .map(|step| Held::by(key, step));
        for done in self.state.done.values_mut() {
            let gone = |of: &str| {
                of == &**key || of == undo || held.as_ref().is_some_and(|held| held.covers(of))
            };
            for (_, kept) in done.iter_mut().filter(|(of, _)| gone(of)) {
                kept.ended = None;
                kept.times += 1;
            }
        }
    }
}
