//! One event's worth of work on a run's state.
//!
//! Kept true here: consequences are queued and taken in order, never by recursion, so that a loop of
//! many items that end at once needs no more memory than one of few.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;
use sophia_plan::{Step, Value};

use super::command::{Command, Happening, Notice, StepEnd};
use super::event::{Event, Failure};
use super::expressions::Instant;
use super::layout::{BlockLayout, Layout, NodeLayout};
use super::state::{Frame, FrameId, Node, NodeState, Place, RunState};
use crate::runner::Report;

/// A consequence that is still to be drawn.
#[derive(Clone, Copy, Debug)]
pub(super) enum Task {
    /// Start the steps of this block that may start; close it when all have ended.
    Advance(FrameId),
    /// Start the items of this loop that have a slot; end it when all have ended.
    Fill(Place),
}

/// The state, the event's instant, and what came of it so far.
pub(super) struct Machine<'a> {
    pub(super) layout: &'a Layout,
    pub(super) state: &'a mut RunState,
    /// The instant that expressions see.
    pub(super) at: Timestamp,
    /// The event's instant.
    pub(super) now: Timestamp,
    pub(super) commands: Vec<Command>,
    pub(super) tasks: VecDeque<Task>,
}

impl<'a> Machine<'a> {
    pub(super) fn new(layout: &'a Layout, state: &'a mut RunState, at: Timestamp) -> Self {
        Self {
            layout,
            state,
            at,
            now: at,
            commands: Vec::new(),
            tasks: VecDeque::new(),
        }
    }

    pub(super) fn take(&mut self, event: &Event) {
        if self.state.outcome().is_some() {
            return;
        }
        match event {
            Event::Started {
                key,
                attempt,
                claim,
                at,
            } => {
                self.intended(key, *attempt, claim.as_ref(), *at);
            }
            Event::Done {
                key,
                attempt,
                value,
                report,
                ..
            } => {
                self.succeeded(key, *attempt, value, report);
            }
            Event::Failed {
                key,
                attempt,
                failure,
                kind,
                repeatable,
                report,
                ..
            } => {
                self.attempt_failed(key, *attempt, failure, *kind, *repeatable, report);
            }
            Event::Suppressed { key, value, by, .. } => self.suppressed(key, value, by),
            Event::Fired { key, attempt, .. } => {
                if self.state.is_late(key, *attempt) {
                    self.late(key);
                } else if !self.rang(key, *attempt) {
                    self.fired(key, *attempt);
                }
            }
            Event::Settled { key, decision, .. } => self.settled(key, *decision),
            Event::Answered {
                key, by, answer, ..
            } => self.answered(key, by, answer),
            Event::Arrived { arrival, .. } => self.arrived(arrival),
            Event::Acted { by, act, .. } => self.acted(by, act),
            Event::Cancelled { .. } => self.cancelled(),
            Event::GraceOver { .. } => self.grace_over(),
        }
    }

    /// Draws every consequence.
    pub(super) fn settle_down(&mut self) {
        loop {
            while let Some(task) = self.tasks.pop_front() {
                match task {
                    Task::Advance(frame) => self.advance(frame),
                    Task::Fill(place) => self.fill(place),
                }
            }
            if !self.park_waiting_items() {
                return;
            }
        }
    }

    pub(super) fn host(&self) -> Instant<'a> {
        Instant {
            at: self.at,
            zone: &self.layout.zone,
        }
    }

    pub(super) fn frame(&self, frame: FrameId) -> Option<&Frame> {
        self.state.frames.get(&frame)
    }

    pub(super) fn frame_mut(&mut self, frame: FrameId) -> Option<&mut Frame> {
        self.state.frames.get_mut(&frame)
    }

    pub(super) fn node_mut(&mut self, place: Place) -> Option<&mut Node> {
        self.state
            .frames
            .get_mut(&place.frame)?
            .nodes
            .get_mut(place.node)
    }

    pub(super) fn block(&self, frame: FrameId) -> Option<&'a BlockLayout> {
        self.layout.blocks.get(self.frame(frame)?.block)
    }

    pub(super) fn place_layout(&self, place: Place) -> Option<&'a NodeLayout> {
        self.block(place.frame)?.nodes.get(place.node)
    }

    /// The key of a step of an open block.
    pub(super) fn key(&self, place: Place) -> Arc<str> {
        match (self.frame(place.frame), self.place_layout(place)) {
            (Some(frame), Some(node)) if frame.prefix.is_empty() => node.local.clone(),
            (Some(frame), Some(node)) => format!("{}{}", frame.prefix, node.local).into(),
            _ => Arc::default(),
        }
    }

    pub(super) fn tell(&mut self, key: &Arc<str>, step: &Arc<Step>, what: Happening) {
        if !self.is_taken_up(key) {
            self.tell_anew(key, step, what);
        }
    }

    fn tell_anew(&mut self, key: &Arc<str>, step: &Arc<Step>, what: Happening) {
        self.commands.push(Command::Tell(Box::new(Notice {
            key: key.clone(),
            step: step.clone(),
            at: self.at,
            what,
        })));
    }

    /// A step ended for good, with or without a result. What comes after it may start.
    pub(super) fn end_node(
        &mut self,
        place: Place,
        how: StepEnd,
        value: Option<Value>,
        report: &Report,
    ) {
        let Some(layout) = self.place_layout(place) else {
            return;
        };
        let key = self.key(place);
        self.state.under_way.remove(&key);
        self.note_done(place, &key, &how, value.as_ref());
        self.call_over(place, &key, &how);
        let Some(frame) = self.state.frames.get_mut(&place.frame) else {
            return;
        };
        let Some(node) = frame.nodes.get_mut(place.node) else {
            return;
        };
        if node.state == NodeState::Ended {
            return;
        }
        node.state = NodeState::Ended;
        node.claim = None;
        frame.open -= 1;
        if let (Some(name), Some(value)) = (&layout.step.binds, &value) {
            frame.scope = frame.scope.with(name.clone(), value.clone());
        }
        self.judge_undo(place, &how);
        let before = self.state.kept.remove(&key).and_then(|kept| kept.ended);
        if before.is_none_or(|before| before.how != how) {
            self.tell_anew(
                &key,
                &layout.step,
                Happening::Ended {
                    how,
                    value,
                    report: report.clone(),
                },
            );
        }
        self.tasks.push_back(Task::Advance(place.frame));
    }

    /// A failure of a step that has no problem of its own.
    pub(super) fn failure(&self, place: Place, message: impl Into<Arc<str>>) -> Failure {
        Failure {
            code: None,
            message: message.into(),
            causes: Vec::new(),
            help: None,
            step: self.key(place),
            line: self
                .place_layout(place)
                .map_or(0, |node| node.step.origin.line),
        }
    }
}
