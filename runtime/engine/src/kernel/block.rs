//! Blocks: which steps may start, and what happens when all have ended.
//!
//! Kept true here: a step starts once every step with an edge to it has ended; nothing starts in a block
//! that is ending, or inside a loop item that gave up its slot.

use std::collections::BTreeMap;
use std::sync::Arc;

use sophia_plan::step::Wait;
use sophia_plan::{Scope, StepKind, Value};

use super::command::StepEnd;
use super::giving;
use super::machine::{Machine, Task};
use super::state::{Ending, Frame, FrameId, Node, NodeState, Place, Role};
use super::undo;
use crate::runner::Report;

impl Machine<'_> {
    pub(super) fn open_body(&mut self) {
        let scope = self.state.inputs.clone();
        self.open(self.layout.body, None, Arc::default(), scope);
    }

    /// Opens a block.
    pub(super) fn open(
        &mut self,
        block: usize,
        parent: Option<(Place, Role)>,
        prefix: Arc<str>,
        scope: Scope,
    ) -> FrameId {
        let count = self
            .layout
            .blocks
            .get(block)
            .map_or(0, |block| block.nodes.len());
        let id = self.state.next_frame;
        self.state.next_frame += 1;
        self.state.frames.insert(
            id,
            Frame {
                block,
                parent,
                prefix,
                scope,
                nodes: vec![Node::default(); count],
                open: count,
                ending: None,
                given: BTreeMap::new(),
                undos: Vec::new(),
                back: None,
                sees: None,
            },
        );
        self.tasks.push_back(Task::Advance(id));
        id
    }

    /// Opens a block inside a step, with the keys and names of the block around it.
    pub(super) fn open_inside(&mut self, place: Place, block: Option<usize>, role: Role) {
        let Some((frame, block)) = self.frame(place.frame).zip(block) else {
            return;
        };
        let (prefix, scope) = (frame.prefix.clone(), frame.scope.clone());
        let inner = self.open(block, Some((place, role)), prefix, scope);
        if let Some(node) = self.node_mut(place) {
            node.state = NodeState::Inside(inner);
        }
    }

    /// Starts what may start; closes the block when everything has ended.
    pub(super) fn advance(&mut self, id: FrameId) {
        let Some(layout) = self.block(id) else {
            return;
        };
        let parked = self.is_parked(id);
        let ready: Vec<usize> = match self.frame(id) {
            Some(frame) if frame.open == 0 => {
                self.close(id);
                return;
            }
            _ if parked || self.state.paused.is_some() => return,
            Some(frame) if frame.ending.is_none() => (0..layout.nodes.len())
                .filter(|node| {
                    frame.nodes[*node].state == NodeState::Pending
                        && layout.nodes[*node]
                            .before
                            .iter()
                            .all(|before| frame.nodes[*before].state == NodeState::Ended)
                })
                .collect(),
            _ => return,
        };
        for node in ready {
            // A step that ends at once may have ended the block.
            if self.frame(id).is_some_and(|frame| frame.ending.is_none()) {
                self.begin(Place { frame: id, node });
            }
        }
    }

    fn begin(&mut self, place: Place) {
        if self.state.kept.is_empty() || !self.takes_up(place) {
            self.begin_kind(place);
        }
    }

    pub(super) fn begin_kind(&mut self, place: Place) {
        let Some(node) = self.place_layout(place) else {
            return;
        };
        match &node.step.kind {
            StepKind::Work(_) => self.begin_attempt(place),
            StepKind::ForEach { .. } => self.begin_loop(place),
            StepKind::Branch { .. } => self.begin_branch(place),
            StepKind::End { .. } => self.begin_end(place),
            StepKind::Match { .. } => self.begin_match(place),
            StepKind::Repeat { .. } => self.begin_repeat(place),
            StepKind::Together { .. } => self.begin_together(place),
            StepKind::Try { .. } => self.begin_try(place),
            StepKind::Action { .. } => self.begin_action(place),
            StepKind::Ask(_) => self.begin_ask(place),
            StepKind::Wait(_) => self.begin_wait(place),
            StepKind::Armed { .. } => self.begin_armed(place),
            StepKind::Return { .. } => self.begin_return(place),
            StepKind::Yield { .. } => self.begin_yield(place),
        }
    }

    /// Every step of a block has ended: what happened in it is taken back where it failed, and the step
    /// that opened it goes on.
    fn close(&mut self, id: FrameId) {
        if self.takes_back(id) {
            return;
        }
        let Some(mut frame) = self.state.frames.remove(&id) else {
            return;
        };
        self.disarm(id);
        frame.ending = match frame.ending.take() {
            Some(Ending::Failed(failure)) => {
                Some(Ending::Failed(undo::told(failure, frame.back.as_deref())))
            }
            ending => ending,
        };
        match frame.parent {
            None => self.end_phase(frame.ending),
            Some((place, Role::TakingBack)) => self.taken_back(place.frame),
            Some((place, Role::Item(item))) => self.item_ended(place, item, frame),
            Some((place, role)) => {
                let well = matches!(frame.ending, None | Some(Ending::Returned(_)));
                if !(well && self.is_taken_back_as_one(place, role)) {
                    self.hand_on(place.frame, std::mem::take(&mut frame.undos));
                }
                match frame.ending.take() {
                    None => self.ended_well(place, role, frame),
                    Some(ending) => self.ended_early(place, role, ending),
                }
            }
        }
    }

    /// A block inside a step ended, and what comes after it may go on.
    fn ended_well(&mut self, place: Place, role: Role, frame: Frame) {
        let Some(layout) = self.place_layout(place) else {
            return;
        };
        let mut value = Value::None;
        let mut given = giving::in_order(frame.given);
        // `let x = wait for first { … }`: the way that is taken gives the value.
        let first = matches!(&layout.step.kind, StepKind::Wait(Wait::First(_)));
        let own = role == Role::Otherwise || (role == Role::Chosen && first);
        if own && giving::takes_yields(&layout.step) {
            value = given.pop().unwrap_or(Value::None);
        } else {
            self.give(place, given);
        }
        match role {
            Role::Round => return self.round_ended(place, &frame.scope),
            Role::Together => self.share_names(place, &frame.scope),
            Role::Called => return self.call_done(place, value),
            Role::Item(_)
            | Role::Chosen
            | Role::Otherwise
            | Role::Tried
            | Role::Caught
            | Role::TakingBack => {}
        }
        // What the block stood in for, where it follows a failure.
        let made_up_for = self.node_mut(place).and_then(|node| node.failed.take());
        let how = made_up_for.map_or(StepEnd::Done, StepEnd::Otherwise);
        self.end_node(place, how, Some(value), &Report::default());
    }

    /// A block inside a step ended before its time: its step does so too, unless it keeps that to itself.
    fn ended_early(&mut self, place: Place, role: Role, ending: Ending) {
        let report = Report::default();
        let goes_on = self
            .frame(place.frame)
            .is_some_and(|around| around.ending.is_none());
        let how = match (role, ending.clone()) {
            (Role::Tried, Ending::Failed(failure)) if goes_on => {
                return self.catch(place, failure);
            }
            (Role::Called, Ending::Failed(failure))
                if goes_on && self.keeps_failures(place, role) =>
            {
                return self.call_failed(place, failure);
            }
            (Role::Called, Ending::Returned(value)) => return self.call_done(place, value),
            (_, Ending::Failed(failure)) => StepEnd::Failed(failure),
            (_, Ending::Stopped(reason) | Ending::Skipped(reason)) => StepEnd::Ended(reason),
            (_, Ending::Returned(_)) => StepEnd::Done,
            (_, Ending::Cancelled) => StepEnd::LetGo,
        };
        self.end_node(place, how, None, &report);
        self.end_around(place.frame, ending);
    }
}
