//! `repeat every D, at most N times, until EXPR`: rounds with a pause between them.
//!
//! Kept true here: the first round begins at once; the pause counts from the end of the round before it;
//! the keys of a round's steps carry its number.

use std::sync::Arc;

use sophia_plan::{Scope, StepKind, Value};

use super::command::{Command, Happening, StepEnd};
use super::expressions;
use super::machine::Machine;
use super::state::{NodeState, Place, Role};
use crate::runner::Report;

impl Machine<'_> {
    pub(super) fn begin_repeat(&mut self, place: Place) {
        let Some(layout) = self.place_layout(place) else {
            return;
        };
        let key = self.key(place);
        self.tell(&key, &layout.step, Happening::Started { attempt: 1 });
        self.begin_round(place);
    }

    /// Opens the round after the one before.
    pub(super) fn begin_round(&mut self, place: Place) {
        let (Some(layout), Some(frame)) = (self.place_layout(place), self.frame(place.frame))
        else {
            return;
        };
        let (Some(body), scope) = (layout.children.first().copied(), frame.scope.clone()) else {
            return;
        };
        let key = self.key(place);
        self.state.under_way.remove(&key);
        let Some(node) = self.node_mut(place) else {
            return;
        };
        node.attempt += 1;
        let number = node.attempt;
        let prefix: Arc<str> = format!("{key}[{number}]/").into();
        let next = None;
        self.tell(&key, &layout.step, Happening::Round { number, next });
        let inner = self.open(body, Some((place, Role::Round)), prefix, scope);
        if let Some(node) = self.node_mut(place) {
            node.state = NodeState::Inside(inner);
        }
    }

    /// A round ended well: it was the last, or a pause follows.
    pub(super) fn round_ended(&mut self, place: Place, found_out: &Scope) {
        let (Some(layout), Some(frame)) = (self.place_layout(place), self.frame(place.frame))
        else {
            return;
        };
        let StepKind::Repeat {
            every,
            at_most,
            until,
            ..
        } = &layout.step.kind
        else {
            return;
        };
        let number = self.state.node(place).map_or(0, |node| node.attempt);
        if frame.ending.is_none() && self.went_on(&self.key(place), number) {
            return self.begin_round(place);
        }
        let enough = until.as_ref().map_or(Ok(false), |until| {
            expressions::condition(until, found_out, &self.host())
        });
        match enough {
            Ok(enough) if enough || at_most.is_some_and(|most| u64::from(number) >= most) => {
                self.end_node(place, StepEnd::Done, Some(Value::None), &Report::default());
                return;
            }
            Ok(_) => {}
            Err(problem) => return self.broken(place, &problem),
        }
        if frame.ending.is_some() {
            return self.end_node(place, StepEnd::LetGo, None, &Report::default());
        }
        let pause = match expressions::duration(every, &frame.scope, &self.host()) {
            Ok(pause) => pause,
            Err(problem) => return self.broken(place, &problem),
        };
        let until = self.at.saturating_add(pause).unwrap_or(self.at);
        let key = self.key(place);
        if let Some(node) = self.node_mut(place) {
            node.state = NodeState::Pausing { until };
        }
        self.state.under_way.insert(key.clone(), place);
        let next = Some(until);
        self.tell(&key, &layout.step, Happening::Round { number, next });
        self.commands.push(Command::Sleep {
            key,
            attempt: number,
            until,
        });
    }
}
