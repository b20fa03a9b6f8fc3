//! What people do with a run from outside: pause it, let it go on, end it, decide for it.
//!
//! Kept true here: who did what stands in the journal; in a paused run nothing new starts, and what has
//! left, what comes in and what people say is taken all the same.

use std::sync::Arc;

use super::command::Command;
use super::event::Act;
use super::machine::{Machine, Task};
use super::state::{NodeState, Place};

impl Machine<'_> {
    pub(super) fn acted(&mut self, by: &Arc<str>, act: &Act) {
        match act {
            Act::Pauses => self.state.paused = Some(by.clone()),
            Act::GoesOn => self.go_on(),
            Act::Cancels => self.cancelled(),
            Act::Decides { key, decision } => self.settled(key, *decision),
            Act::Skips { key, value, .. } => self.skipped(key, by, value),
            Act::TriesNow { key, .. } => self.try_now(key.as_deref()),
            // It has not ended, so there is nothing to run again.
            Act::Retries { .. } => {}
        }
    }

    fn go_on(&mut self) {
        if self.state.paused.take().is_none() {
            return;
        }
        for (id, frame) in &self.state.frames {
            self.tasks.push_back(Task::Advance(*id));
            for (node, state) in frame.nodes.iter().enumerate() {
                if matches!(state.state, NodeState::Looping(_)) {
                    self.tasks.push_back(Task::Fill(Place { frame: *id, node }));
                }
            }
        }
    }

    /// The pauses before further attempts are over, or the one of this step.
    fn try_now(&mut self, only: Option<&str>) {
        let pausing: Vec<(Arc<str>, u32)> = (self.state.pausing())
            .filter(|(key, _)| only.is_none_or(|only| &***key == only))
            .map(|(key, attempt)| (key.clone(), attempt))
            .collect();
        for (key, attempt) in pausing {
            // Its timer has nothing to ring for any more.
            self.commands.push(Command::Abandon { key: key.clone() });
            self.fired(&key, attempt);
        }
    }

    /// A pause before a further attempt is over while the run is paused: the attempt follows later.
    pub(super) fn put_off(&mut self, key: &str, place: Place) {
        if let Some(node) = self.node_mut(place) {
            node.state = NodeState::Pending;
        }
        self.state.under_way.remove(key);
    }
}
