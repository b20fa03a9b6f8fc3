//! `stop "why" on EVENT`: armed from where it stands, takes effect between steps.
//!
//! Kept true here: it is armed until the run, or the loop item around it, ends; when it is set off nothing
//! new starts, and what has left is waited for.

use std::sync::Arc;

use jiff::Timestamp;
use sophia_plan::step::EventPattern;
use sophia_plan::{EndKind, Scope, StepKind, Value};

use super::command::StepEnd;
use super::event::Arrival;
use super::expressions;
use super::layout::{Layout, NodeLayout};
use super::machine::Machine;
use super::state::{Ending, FrameId, Place, Role, RunState};
use super::wait::taken;
use crate::runner::Report;

/// A `stop … on` that was passed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Armed {
    /// The block with whose end it ends: the loop item around it, or the outermost.
    pub(crate) home: FrameId,
    /// Its step: the block of the layout, and the step in it.
    block: usize,
    node: usize,
    key: Arc<str>,
    scope: Scope,
    pub(crate) since: Timestamp,
    pub(crate) after: u64,
}

impl Machine<'_> {
    pub(super) fn begin_armed(&mut self, place: Place) {
        let Some(frame) = self.frame(place.frame) else {
            return;
        };
        let armed = Armed {
            home: self.home(place.frame),
            block: frame.block,
            node: place.node,
            key: self.key(place),
            scope: frame.scope.clone(),
            since: self.at,
            after: self.state.latest_arrival,
        };
        self.state.armed.push(armed);
        self.end_node(place, StepEnd::Done, Some(Value::None), &Report::default());
    }

    /// The loop item around a block, or the outermost block.
    fn home(&self, frame: FrameId) -> FrameId {
        let mut at = frame;
        while let Some((place, role)) = self.frame(at).and_then(|frame| frame.parent) {
            if matches!(role, Role::Item(_)) {
                break;
            }
            at = place.frame;
        }
        at
    }

    /// A block has ended, and with it what was armed there.
    pub(super) fn disarm(&mut self, home: FrameId) {
        self.state.armed.retain(|armed| armed.home != home);
    }

    /// Something came in: what is armed against it takes effect.
    pub(super) fn set_off(&mut self, arrival: &Arrival) {
        let host = self.host();
        let set_off: Vec<_> = self
            .state
            .armed
            .iter()
            .filter_map(|armed| Some((armed.clone(), fit(self.layout, armed, arrival, &host)?)))
            .collect();
        for (armed, (node, scope)) in set_off {
            self.state.armed.retain(|other| *other != armed);
            let StepKind::Armed { kind, reason, .. } = &node.step.kind else {
                continue;
            };
            let ending = match expressions::text(reason, &scope, &host) {
                Ok(reason) => match kind {
                    EndKind::Stop => Ending::Stopped(reason),
                    EndKind::Skip => Ending::Skipped(reason),
                    EndKind::Fail => Ending::Failed(super::event::Failure {
                        code: None,
                        message: reason,
                        causes: Vec::new(),
                        help: None,
                        step: armed.key.clone(),
                        line: node.step.origin.line,
                    }),
                },
                Err(problem) => {
                    Ending::Failed(super::event::Failure::of(&problem, &armed.key, &node.step))
                }
            };
            self.end_around(armed.home, ending);
            self.unpark_around(armed.home);
        }
    }
}

fn fit<'a>(
    layout: &'a Layout,
    armed: &Armed,
    arrival: &Arrival,
    host: &expressions::Instant<'_>,
) -> Option<(&'a NodeLayout, Scope)> {
    if !arrival.counts(armed.since, armed.after) {
        return None;
    }
    let node = layout.blocks.get(armed.block)?.nodes.get(armed.node)?;
    let StepKind::Armed { event, .. } = &node.step.kind else {
        return None;
    };
    let value = taken(event, arrival, &armed.scope, host)?;
    let scope = match &event.binding {
        Some(name) => armed.scope.with(name.clone(), value),
        None => armed.scope.clone(),
    };
    Some((node, scope))
}

/// Whether something that came in sets off what is armed.
pub(super) fn sets_off(
    layout: &Layout,
    state: &RunState,
    arrival: &Arrival,
    at: Timestamp,
) -> bool {
    let host = expressions::Instant {
        at,
        zone: &layout.zone,
    };
    state
        .armed
        .iter()
        .any(|armed| fit(layout, armed, arrival, &host).is_some())
}

/// The events against which something is armed, each with what its condition sees.
pub(super) fn events<'a>(
    layout: &'a Layout,
    state: &'a RunState,
) -> impl Iterator<Item = (&'a EventPattern, &'a Scope)> + 'a {
    state.armed.iter().filter_map(|armed| {
        let node = layout.blocks.get(armed.block)?.nodes.get(armed.node)?;
        match &node.step.kind {
            StepKind::Armed { event, .. } => Some((event, &armed.scope)),
            _ => None,
        }
    })
}
