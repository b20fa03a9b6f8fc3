//! `undo with`: what happened is taken back when a later effect or step fails for good.
//!
//! Kept true here: the run, a loop item, what a `try` tries, and an action whose call has an `otherwise`
//! take back what happened in them, the latest first, one after the other, before their failure goes on;
//! nothing is taken back after `stop`, `skip`, `return` or a cancellation. What an undo sees was fixed
//! when its effect succeeded. An undo that fails holds no other up, and the failure names its effect. An
//! effect of which nobody knows whether it happened is named too, and left to a person.

use std::sync::Arc;

use sophia_plan::Value;

use super::command::{Command, StepEnd};
use super::event::Failure;
use super::machine::{Machine, Task};
use super::past::Memory;
use super::state::{Ending, FrameId, Known, Place, Role, TakingBack, Undoable};

impl Machine<'_> {
    /// An effect succeeded: how it is taken back is fixed now.
    pub(super) fn note_undo(&mut self, place: Place, result: &Value) {
        let (Some(layout), Some(frame)) = (self.place_layout(place), self.frame(place.frame))
        else {
            return;
        };
        let (Some(undo), Some(block)) = (&layout.step.policy.undo, layout.undo) else {
            return;
        };
        let known = Known::Happened {
            block,
            prefix: frame.prefix.clone(),
            scope: frame.scope.with(undo.result.clone(), result.clone()),
            at: self.at,
            claim: self.state.node(place).and_then(|node| node.claim.clone()),
            times: self.state.node(place).map_or(0, |node| node.times),
        };
        self.remember_undo(place, known);
    }

    /// Nobody knows whether an effect happened.
    pub(super) fn note_unsure_undo(&mut self, place: Place) {
        let has_one = self
            .place_layout(place)
            .is_some_and(|layout| layout.undo.is_some());
        if has_one {
            self.remember_undo(place, Known::Unsure);
        }
    }

    fn remember_undo(&mut self, place: Place, known: Known) {
        let Some(layout) = self.place_layout(place) else {
            return;
        };
        let undoable = Undoable {
            number: self.state.next_undo,
            key: self.key(place),
            line: layout.step.origin.line,
            known,
        };
        self.state.next_undo += 1;
        if let Some(frame) = self.frame_mut(place.frame) {
            frame.undos.push(undoable);
        }
    }

    /// What can be taken back of a block that ended belongs to the block around it from now on.
    pub(super) fn hand_on(&mut self, frame: FrameId, undos: Vec<Undoable>) {
        if let Some(frame) = self.frame_mut(frame) {
            frame.undos.extend(undos);
        }
    }

    /// Items of a loop that earlier attempts at an action around it finished stay, as the loop fails now.
    pub(super) fn leave_items(&mut self, frame: FrameId, items: &str) {
        let mut at = Some(frame);
        while let Some(frame) = at.and_then(|at| self.frame_mut(at)) {
            frame.undos.retain(|undo| !undo.key.starts_with(items));
            at = frame.parent.map(|(place, _)| place.frame);
        }
    }

    /// Whether a block in which every step has ended still takes effects back. Begins the next undo.
    pub(super) fn takes_back(&mut self, id: FrameId) -> bool {
        let Some(frame) = self.frame(id) else {
            return false;
        };
        match &frame.back {
            Some(back) if back.open.is_some() => return true,
            Some(_) => {}
            None => {
                let answers = match frame.parent {
                    None => true,
                    // What it did stays for the next attempt.
                    Some((place, Role::Called)) if self.another_attempt(place).is_some() => false,
                    Some((place, role)) => {
                        let around = self.frame(place.frame);
                        self.keeps_failures(place, role)
                            && around.is_some_and(|around| around.ending.is_none())
                    }
                };
                let failed = matches!(frame.ending, Some(Ending::Failed(_)));
                if !answers || !failed || frame.undos.is_empty() {
                    return false;
                }
            }
        }
        self.take_next_back(id)
    }

    fn take_next_back(&mut self, id: FrameId) -> bool {
        while let Some(frame) = self.frame_mut(id) {
            let back = frame.back.get_or_insert_default();
            let latest = (0..frame.undos.len()).max_by_key(|place| frame.undos[*place].number);
            let Some(latest) = latest else {
                return false;
            };
            let undoable = frame.undos.swap_remove(latest);
            match &undoable.known {
                Known::Unsure => {
                    let why = "nobody knows whether it happened".into();
                    back.left.push((undoable, why));
                }
                Known::Happened {
                    block,
                    prefix,
                    scope,
                    at,
                    times,
                    ..
                } => {
                    let (block, prefix, scope) = (*block, prefix.clone(), scope.clone());
                    let (at, times) = (*at, *times);
                    let parent = Some((Place::behind(id), Role::TakingBack));
                    let open = self.open(block, parent, prefix, scope);
                    if let Some(frame) = self.frame_mut(open) {
                        frame.sees = Some(at);
                        for node in &mut frame.nodes {
                            node.times = times;
                        }
                    }
                    if let Some(back) = self.frame_mut(id).and_then(|frame| frame.back.as_mut()) {
                        back.open = Some((open, undoable));
                        back.problem = None;
                    }
                    return true;
                }
            }
        }
        false
    }

    /// A step ended in a block that takes something back: whether that worked.
    pub(super) fn judge_undo(&mut self, place: Place, how: &StepEnd) {
        let Some((behind, Role::TakingBack)) = self.frame(place.frame).and_then(|it| it.parent)
        else {
            return;
        };
        let problem: Arc<str> = match how {
            StepEnd::Done => return,
            StepEnd::Failed(failure) | StepEnd::Otherwise(failure) => failure.message.clone(),
            StepEnd::Unsure(failure) => {
                format!("nobody knows whether that worked. {}", failure.message).into()
            }
            StepEnd::Suppressed { .. }
            | StepEnd::Skipped { .. }
            | StepEnd::LetGo
            | StepEnd::Ended(_) => "the run was cancelled before".into(),
        };
        let boundary = self.frame_mut(behind.frame);
        if let Some(back) = boundary.and_then(|frame| frame.back.as_mut()) {
            back.problem = Some(problem);
        }
    }

    /// The block that took something back is over: the next undo, or the end of the block around it.
    pub(super) fn taken_back(&mut self, boundary: FrameId) {
        let Some(back) = self
            .frame_mut(boundary)
            .and_then(|frame| frame.back.as_mut())
        else {
            return;
        };
        let Some((_, undoable)) = back.open.take() else {
            return;
        };
        if let Some(problem) = back.problem.take() {
            back.left.push((undoable, problem));
        } else {
            let step = undoable.key;
            if let Known::Happened {
                claim: Some(claim), ..
            } = undoable.known
            {
                let step = step.clone();
                self.commands.push(Command::Free { claim, step });
            }
            self.note_taken_back(&step);
            let block = self.boundary(boundary);
            let back = Memory::TakenBack { key: step, block };
            self.commands.push(Command::Remember(back));
        }
        self.tasks.push_back(Task::Advance(boundary));
    }

    /// The name of a block that takes back what happened in it.
    fn boundary(&self, id: FrameId) -> Arc<str> {
        match self.frame(id).and_then(|frame| frame.parent) {
            None => Arc::default(),
            Some((place, Role::Item(item))) => format!("{}[{}]/", self.key(place), item + 1).into(),
            Some((place, _)) => self.key(place),
        }
    }

    /// The run was cancelled: what is not being taken back already stays.
    pub(super) fn let_taking_back_go(&mut self, id: FrameId) {
        let Some(frame) = self.frame_mut(id) else {
            return;
        };
        frame.undos.clear();
        let open = frame
            .back
            .as_ref()
            .and_then(|back| back.open.as_ref().map(|(open, _)| *open));
        if let Some(open) = open {
            self.wind_down(open, &Ending::Cancelled);
        }
    }
}

/// A failure with what could not be taken back after it.
pub(super) fn told(failure: Failure, back: Option<&TakingBack>) -> Failure {
    /// How many effects a message names.
    const NAMED: usize = 3;
    let left = back.map_or(&[][..], |back| &back.left);
    if left.is_empty() {
        return failure;
    }
    let mut named: Vec<String> = left
        .iter()
        .take(NAMED)
        .map(|(undoable, _)| format!("`{}` (line {})", undoable.key, undoable.line))
        .collect();
    if left.len() > NAMED {
        named.push(format!("{} more", left.len() - NAMED));
    }
    let last = named.pop().unwrap_or_default();
    let named = if named.is_empty() {
        last
    } else {
        format!("{} and {last}", named.join(", "))
    };
    let causes = left
        .iter()
        .map(|(undoable, why)| format!("`{}` was not taken back: {why}", undoable.key));
    Failure {
        message: format!("{} {named} could not be taken back.", failure.message).into(),
        causes: failure.causes.iter().cloned().chain(causes).collect(),
        help: Some(
            "look at the other system, and take back by hand what is still there".to_owned(),
        ),
        ..failure
    }
}
