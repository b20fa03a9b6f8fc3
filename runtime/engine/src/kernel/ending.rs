//! How blocks and runs end early: failure, `stop`, `skip`, cancellation, and `on failure`.
//!
//! Kept true here: once a block is ending nothing new starts in it; what has left is waited for; what has
//! not is let go; a failure goes no further than the nearest loop item or `try`. A cancelled run ends
//! within its grace, whatever is under way.

use jiff::SignedDuration;
use sophia_plan::{StepKind, Value};

use super::action;
use super::command::{Command, StepEnd};
use super::event::{Failure, Outcome};
use super::machine::{Machine, Task};
use super::state::{Ending, FrameId, NodeState, Phase, Place, Role};
use crate::runner::Report;

/// How long effects under way may take to end after a cancellation.
const GRACE: SignedDuration = SignedDuration::from_secs(10);

impl Machine<'_> {
    /// Ends what surrounds a block: `stop` ends the run; `skip` ends the nearest loop item, or the run
    /// where there is none; a failure ends the nearest block that keeps failures to itself, and `return`
    /// the nearest action; the run, where there is none.
    pub(super) fn end_around(&mut self, frame: FrameId, ending: Ending) {
        let mut at = frame;
        let mut kept = false;
        while let Some((place, role)) = self.frame(at).and_then(|frame| frame.parent) {
            if self.goes_no_further(place, role, &ending) {
                kept = true;
                break;
            }
            at = place.frame;
        }
        let ending = match ending {
            Ending::Skipped(reason) if !kept => Ending::Stopped(reason),
            ending => ending,
        };
        self.wind_down(at, &ending);
    }

    /// Whether a block that a step opened keeps an ending to itself.
    fn goes_no_further(&self, place: Place, role: Role, ending: &Ending) -> bool {
        match (role, ending) {
            (Role::TakingBack, _)
            | (Role::Called, Ending::Returned(_))
            | (Role::Item(_), Ending::Skipped(_)) => true,
            (_, Ending::Failed(_)) => self.keeps_failures(place, role),
            _ => false,
        }
    }

    /// Whether a failure inside a block that a step opened ends there.
    pub(super) fn keeps_failures(&self, place: Place, role: Role) -> bool {
        match role {
            Role::Item(_) | Role::Tried => true,
            Role::Called => {
                let layout = self.place_layout(place);
                layout.is_some_and(|node| action::catches(&node.step))
                    || self.another_attempt(place).is_some()
            }
            Role::Chosen
            | Role::Otherwise
            | Role::Round
            | Role::Together
            | Role::Caught
            | Role::TakingBack => false,
        }
    }

    pub(super) fn wind_down(&mut self, id: FrameId, ending: &Ending) {
        let Some(frame) = self.frame_mut(id) else {
            return;
        };
        if frame.ending.is_some() && *ending != Ending::Cancelled {
            return;
        }
        frame.ending = Some(ending.clone());
        for node in 0..frame.nodes.len() {
            self.let_go(Place { frame: id, node }, ending);
        }
        if *ending == Ending::Cancelled {
            self.let_taking_back_go(id);
        }
        self.tasks.push_back(Task::Advance(id));
    }

    fn let_go(&mut self, place: Place, ending: &Ending) {
        let key = self.key(place);
        let Some(node) = self.node_mut(place) else {
            return;
        };
        match &mut node.state {
            NodeState::Ended | NodeState::Running { intended: true, .. } => {}
            NodeState::Pending => {
                node.state = NodeState::Ended;
                if let Some(frame) = self.frame_mut(place.frame) {
                    frame.open -= 1;
                }
            }
            NodeState::Running { .. } | NodeState::Backoff { .. } | NodeState::Pausing { .. } => {
                self.commands.push(Command::Abandon { key });
                self.free_claim(place);
                self.end_node(place, StepEnd::LetGo, None, &Report::default());
            }
            NodeState::Asking(failure) => {
                let failure = failure.clone();
                self.leave_unsure(place, failure);
            }
            NodeState::Waiting(_) => self.withdraw(place),
            NodeState::Inside(inner) => {
                let inner = *inner;
                self.wind_down(inner, ending);
            }
            NodeState::Looping(each) => {
                each.next = each.items.len();
                each.resuming.clear();
                let open: Vec<FrameId> = each
                    .active
                    .values()
                    .chain(each.parked.values())
                    .copied()
                    .collect();
                for frame in open {
                    self.wind_down(frame, ending);
                }
                self.tasks.push_back(Task::Fill(place));
            }
        }
    }

    /// An effect of which nobody knows whether it happened ends so; its claim holds, for it may have.
    pub(super) fn leave_unsure(&mut self, place: Place, failure: Failure) {
        self.note_unsure_undo(place);
        self.note_unsure(place, &failure);
        self.keep_claim(place, Value::None);
        self.end_node(place, StepEnd::Unsure(failure), None, &Report::default());
    }

    pub(super) fn cancelled(&mut self) {
        let root = self
            .state
            .frames
            .iter()
            .find(|(_, frame)| frame.parent.is_none())
            .map(|(id, _)| *id);
        if let Some(root) = root {
            self.wind_down(root, &Ending::Cancelled);
        }
        if !self.state.under_way.is_empty() && self.state.grace.is_none() {
            let until = self.at.saturating_add(GRACE).unwrap_or(self.at);
            self.state.grace = Some(until);
            self.commands.push(Command::Grace { until });
        }
    }

    pub(super) fn grace_over(&mut self) {
        if self.state.grace.take().is_none() {
            return;
        }
        let left: Vec<_> = self
            .state
            .under_way
            .iter()
            .map(|(key, place)| (key.clone(), *place))
            .collect();
        for (key, place) in left {
            let failure = self.failure(
                place,
                "The run was cancelled while this was under way; whether it happened is not known.",
            );
            self.commands.push(Command::Abandon { key });
            self.leave_unsure(place, failure);
        }
    }

    /// The outermost block has ended: the run ends, or `on failure` begins.
    pub(super) fn end_phase(&mut self, ending: Option<Ending>) {
        let outcome = match (self.state.phase.clone(), ending) {
            (Phase::OnFailure(failure), _) => Outcome::Failed(failure),
            (_, None) => Outcome::Done,
            (_, Some(Ending::Returned(value))) => {
                self.state.result = Some(value);
                Outcome::Done
            }
            (_, Some(Ending::Stopped(reason) | Ending::Skipped(reason))) => {
                Outcome::Stopped { reason }
            }
            (_, Some(Ending::Cancelled)) => Outcome::Cancelled,
            (_, Some(Ending::Failed(failure))) => match self.layout.on_failure {
                None => Outcome::Failed(failure),
                Some(block) => {
                    let name = self
                        .layout
                        .plan
                        .on_failure
                        .as_ref()
                        .and_then(|(name, _)| name.clone());
                    let scope = match name {
                        Some(name) => self.state.inputs.with(name, failure.record()),
                        None => self.state.inputs.clone(),
                    };
                    self.state.phase = Phase::OnFailure(failure);
                    self.open(block, None, "".into(), scope);
                    return;
                }
            },
        };
        self.state.grace = None;
        self.state.kept.clear();
        self.state.phase = Phase::Finished(outcome.clone());
        self.commands.push(Command::Finish(outcome));
    }

    /// Whether a step changes the world.
    pub(super) fn is_effect(&self, place: Place) -> bool {
        self.place_layout(place)
            .is_some_and(|node| matches!(&node.step.kind, StepKind::Work(work) if work.is_effect()))
    }
}
