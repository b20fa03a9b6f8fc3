//! Runs that go on after their end: a person has what failed, or a step, run again.
//!
//! Kept true here: the run begins once more from its first step, and each step takes up what it came to
//! before, at the instant at which it did, wherever that still stands; so loops, ways and undos come out as
//! they were, and a finished effect is not begun again.

use std::ops::Bound;
use std::sync::Arc;

use jiff::Timestamp;
use sophia_diagnostics::{Problem, codes};
use sophia_plan::step::Otherwise;
use sophia_plan::{EndKind, Record, StepKind, Value};

use super::command::{Command, Happening, StepEnd};
use super::event::{Act, Event, Failure};
use super::layout::Layout;
use super::machine::Machine;
use super::past::{Came, Kept, Past};
use super::state::{Ending, FrameId, NodeState, Place, RunState};
use super::waiting::patterns;
use super::{apply, start};
use crate::runner::Report;

/// The state of a run, folded from its journal, and everything that it led to, in order.
pub fn fold(
    layout: &Layout,
    inputs: &Record,
    created: Timestamp,
    events: &[Event],
    mut tell: impl FnMut(Vec<Command>),
) -> RunState {
    // Only a run that went on after an end needs to know what came before it.
    let gathers = events.iter().any(|event| goes_on(event).is_some());
    let mut past = gathers.then(Past::default);
    folded(layout, inputs, created, events, past.as_mut(), &mut tell)
}

/// The state of a run with what its steps came to.
#[must_use]
pub fn recall(
    layout: &Layout,
    inputs: &Record,
    created: Timestamp,
    events: &[Event],
) -> (RunState, Past) {
    let mut past = Past::default();
    let state = folded(layout, inputs, created, events, Some(&mut past), &mut drop);
    (state, past)
}

fn folded(
    layout: &Layout,
    inputs: &Record,
    created: Timestamp,
    events: &[Event],
    mut past: Option<&mut Past>,
    tell: &mut dyn FnMut(Vec<Command>),
) -> RunState {
    let (mut state, commands) = start(layout, inputs, created);
    if let Some(past) = &mut past {
        past.take(None, &commands);
    }
    tell(commands);
    for event in events {
        let commands = match (&mut past, goes_on(event)) {
            (Some(past), Some((by, act))) if state.outcome().is_some() => {
                past.let_go(layout, by, act);
                let began = state.began;
                let latest_arrival = state.latest_arrival;
                state = RunState::of(state.inputs, began);
                state.latest_arrival = latest_arrival;
                state.next_undo = past.happened;
                state.kept = past.kept();
                let mut machine = Machine::new(layout, &mut state, event.at());
                machine.open_body();
                machine.settle_down();
                machine.commands
            }
            _ => apply(layout, &mut state, event),
        };
        if let Some(past) = &mut past {
            past.take(Some(event), &commands);
        }
        tell(commands);
    }
    state
}

/// What makes an ended run go on, and who did it.
fn goes_on(event: &Event) -> Option<(&Arc<str>, &Act)> {
    match event {
        Event::Acted { by, act, .. } if matches!(act, Act::Retries { .. } | Act::Skips { .. }) => {
            Some((by, act))
        }
        _ => None,
    }
}

/// How an effect is taken back that happened before.
#[derive(Clone, Copy, Debug)]
enum TakenBack {
    /// A further attempt at an action: it is known already.
    IsKnown,
    /// Nobody knows what came of it: a person looks.
    ByNobody,
    /// By what stands behind it.
    ByItsUndo,
}

impl Machine<'_> {
    /// Whether a step still has to take up that it ended before, so that nobody is told again.
    pub(super) fn is_taken_up(&self, key: &str) -> bool {
        let kept = self.state.kept.get(key);
        kept.is_some_and(|kept| kept.ended.is_some())
    }

    /// A step begins that is known from before. Whether there is nothing more to do.
    pub(super) fn takes_up(&mut self, place: Place) -> bool {
        let key = self.key(place);
        let Some(kept) = self.state.kept.get(&key).cloned() else {
            return false;
        };
        let Some(layout) = self.place_layout(place) else {
            return false;
        };
        match &layout.step.kind {
            StepKind::Work(_) | StepKind::Ask(_) | StepKind::Wait(_) => {
                self.takes_up_result(place, &key, kept)
            }
            // It is in force from now on.
            StepKind::Armed { .. } => false,
            // In a further attempt at what it stands in it counts as done.
            StepKind::Action { .. } if kept.noted => {
                if let Some(came) = kept.ended {
                    self.ends_as_before(place, &key, came, TakenBack::IsKnown);
                    true
                } else {
                    self.state.kept.remove(&key);
                    false
                }
            }
            StepKind::Action { .. } if layout.step.policy.at_most_once.is_some() => {
                self.takes_up_claim(place, &key, kept)
            }
            // What it decides, it decides as it did.
            _ => {
                let now = self.at;
                self.at = kept.at.unwrap_or(now);
                self.begin_kind(place);
                self.at = now;
                true
            }
        }
    }

    /// An action that happened once for its key did so here, or elsewhere.
    fn takes_up_claim(&mut self, place: Place, key: &Arc<str>, kept: Kept) -> bool {
        let now = self.at;
        self.at = kept.at.unwrap_or(now);
        match kept.ended {
            Some(came) if matches!(came.how, StepEnd::Suppressed { .. }) => {
                self.ends_as_before(place, key, came, TakenBack::IsKnown);
            }
            Some(_) => {
                if let Some(node) = self.node_mut(place) {
                    node.claim.clone_from(&kept.claim);
                }
                self.open_action(place);
            }
            None => {
                self.at = now;
                self.begin_kind(place);
            }
        }
        self.at = now;
        true
    }

    fn takes_up_result(&mut self, place: Place, key: &Arc<str>, kept: Kept) -> bool {
        let Some(layout) = self.place_layout(place) else {
            return false;
        };
        let Some(node) = self.node_mut(place) else {
            return false;
        };
        node.attempt = kept.attempts;
        node.before = kept.attempts;
        node.times = node.times.max(kept.times);
        node.claim.clone_from(&kept.claim);
        let none = Report::default();
        if let Some((by, value)) = kept.skip {
            self.state.kept.remove(key);
            self.end_node(place, StepEnd::Skipped { by }, Some(value), &none);
        } else if let Some(failure) = kept.asks {
            self.state.kept.remove(key);
            self.asks_again(place, key, failure);
        } else if let Some(failure) = kept.gave_up {
            self.give_up(place, failure, &none);
        } else if let Some((way, came)) = kept.way {
            let name = patterns(layout)
                .into_iter()
                .find(|(of, _)| *of == Some(way))
                .and_then(|(_, pattern)| pattern.binding.as_ref());
            self.take_way(place, way, name.zip(came));
        } else if let Some(came) = kept.ended {
            let now = self.at;
            self.at = came.at;
            let order = std::mem::replace(&mut self.state.next_undo, kept.order);
            let taken_back = if kept.noted {
                TakenBack::IsKnown
            } else if kept.unsure {
                TakenBack::ByNobody
            } else {
                TakenBack::ByItsUndo
            };
            self.ends_as_before(place, key, came, taken_back);
            self.state.next_undo = order;
            self.at = now;
        } else {
            self.state.kept.remove(key);
            if let Some(node) = self.node_mut(place) {
                node.claim = None;
            }
            return false;
        }
        true
    }

    fn ends_as_before(&mut self, place: Place, key: &Arc<str>, came: Came, back: TakenBack) {
        let Some(layout) = self.place_layout(place) else {
            return;
        };
        let Came { how, value, .. } = came;
        let none = Report::default();
        match (how, value) {
            (StepEnd::Failed(failure), _) => {
                self.end_node(place, StepEnd::Failed(failure.clone()), None, &none);
                self.end_around(place.frame, Ending::Failed(failure));
            }
            (StepEnd::Ended(reason), _) => {
                let kind = match &layout.step.policy.otherwise {
                    Some(Otherwise::End { kind, .. }) => *kind,
                    _ => EndKind::Skip,
                };
                let ending = match kind {
                    EndKind::Stop => Ending::Stopped(reason.clone()),
                    EndKind::Skip => Ending::Skipped(reason.clone()),
                    EndKind::Fail => Ending::Failed(self.failure(place, reason.clone())),
                };
                self.end_node(place, StepEnd::Ended(reason), None, &none);
                self.end_around(place.frame, ending);
            }
            // What surrounds it ends as it did, and it with that.
            (StepEnd::Unsure(failure), None) => {
                if let Some(node) = self.node_mut(place) {
                    node.state = NodeState::Asking(failure);
                }
                self.state.under_way.insert(key.clone(), place);
            }
            (how, value) => {
                match (&how, back) {
                    (_, TakenBack::IsKnown) => {}
                    (StepEnd::Unsure(_), _) | (StepEnd::Done, TakenBack::ByNobody) => {
                        self.note_unsure_undo(place);
                    }
                    (StepEnd::Done, TakenBack::ByItsUndo) => {
                        let result = value.clone().unwrap_or(Value::None);
                        self.note_undo(place, &result);
                    }
                    _ => {}
                }
                self.end_node(place, how, value, &none);
            }
        }
    }

    fn asks_again(&mut self, place: Place, key: &Arc<str>, failure: Failure) {
        let Some(layout) = self.place_layout(place) else {
            return;
        };
        if let Some(node) = self.node_mut(place) {
            node.state = NodeState::Asking(failure.clone());
        }
        self.state.under_way.insert(key.clone(), place);
        self.tell(key, &layout.step, Happening::Asks { failure });
    }

    /// Whether a `repeat` had gone on after this round.
    pub(super) fn went_on(&self, key: &str, round: u32) -> bool {
        let kept = self.state.kept.get(key);
        kept.is_some_and(|kept| kept.rounds > round)
    }

    /// Where an item of a loop that runs again is another one than before, what has been done in its place
    /// keeps it from beginning.
    pub(super) fn hold_against_before(
        &mut self,
        place: Place,
        item: usize,
        value: &Value,
        frame: FrameId,
    ) {
        if self.state.kept.is_empty() {
            return;
        }
        let key = self.key(place);
        let before = (self.state.kept.get(&key)).and_then(|kept| kept.items.as_ref());
        if before.is_none_or(|items| items.get(item).is_none_or(|before| before == value)) {
            return;
        }
        let prefix = format!("{key}[{}]/", item + 1);
        let inside: Vec<Arc<str>> = (self
            .state
            .kept
            .range::<str, _>((Bound::Included(&*prefix), Bound::Unbounded)))
        .map(|(key, _)| key)
        .take_while(|key| key.starts_with(&prefix))
        .cloned()
        .collect();
        let finished = inside.iter().find(|key| self.is_taken_up(key)).cloned();
        for key in &inside {
            self.state.kept.remove(key);
        }
        let Some(finished) = finished else {
            return;
        };
        let message = format!(
            "Item {} of `{key}` is another one than before, and `{finished}` has been done for that one.",
            item + 1
        );
        let help = format!(
            "`sophia runs retry RUN --from '{key}[{}]' --again '{finished}'` does it for the new one",
            item + 1
        );
        let failure = Failure {
            code: Some(codes::S904.as_str().into()),
            help: Some(help),
            ..self.failure(place, message)
        };
        self.wind_down(frame, &Ending::Failed(failure));
    }

    /// A person gives the value of a step that waits, pauses before a further attempt, or is unsure.
    pub(super) fn skipped(&mut self, key: &Arc<str>, by: &Arc<str>, value: &Value) {
        let Some(place) = self.state.under_way.get(key).copied() else {
            return;
        };
        let Some(state) = self.state.node(place).map(|node| node.state.clone()) else {
            return;
        };
        let how = StepEnd::Skipped { by: by.clone() };
        match state {
            NodeState::Backoff { .. } => {
                self.commands.push(Command::Abandon { key: key.clone() });
                self.free_claim(place);
                self.end_node(place, how, Some(value.clone()), &Report::default());
            }
            NodeState::Asking(_) => {
                self.note_unsure_undo(place);
                self.keep_claim(place, value.clone());
                self.end_node(place, how, Some(value.clone()), &Report::default());
                self.unpark_around(place.frame);
            }
            NodeState::Waiting(_) => self.end_waiting(place, how, Some(value.clone())),
            _ => {}
        }
    }
}

/// The step of a run under way that a value may stand in for.
///
/// # Errors
/// S905 when it does not wait, retry or ask what became of it.
pub fn may_be_skipped<'a>(
    layout: &'a Layout,
    state: &RunState,
    key: &str,
) -> Result<&'a sophia_plan::Step, Problem> {
    let place = state.under_way.get(key).copied();
    let step = place.and_then(|place| {
        let block = layout.blocks.get(state.frames.get(&place.frame)?.block)?;
        Some(&*block.nodes.get(place.node)?.step)
    });
    let node = place.and_then(|place| state.node(place));
    match (step, node.map(|node| &node.state)) {
        (Some(step), Some(_)) if matches!(step.kind, StepKind::Ask(_)) => Err(Problem::new(
            codes::S905,
            format!("`{key}` asks people, and nobody answers in their place."),
        )
        .with_help("those who were asked answer with `sophia runs approve`, `refuse` or `answer`")),
        (
            Some(step),
            Some(NodeState::Backoff { .. } | NodeState::Asking(_) | NodeState::Waiting(_)),
        ) => Ok(step),
        (Some(_), _) => Err(Problem::new(
            codes::S905,
            format!("`{key}` is under way, and ends by itself."),
        )
        .with_help("only a step that waits, retries, is unsure or has failed can be left out")),
        (None, _) => Err(Problem::new(
            codes::S905,
            format!("There is no step `{key}` that this run waits for."),
        )
        .with_help("`sophia runs show RUN` says what it waits for")),
    }
}
