//! Loops: N items at a time, each a failure boundary.
//!
//! Kept true here: the items that hold a slot are counted from the items themselves, and are never more
//! than N; an item that only waits gives up its slot and gets one again before it goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sophia_diagnostics::codes;
use sophia_plan::{Record, StepKind, Value};

use super::command::{Command, Happening, StepEnd};
use super::event::Failure;
use super::expressions;
use super::giving;
use super::machine::{Machine, Task};
use super::past::Memory;
use super::state::{Ending, Frame, FrameId, Loop, Node, NodeState, Place, Role};
use crate::runner::Report;

impl Machine<'_> {
    pub(super) fn begin_loop(&mut self, place: Place) {
        let (Some(node), Some(frame)) = (self.place_layout(place), self.frame(place.frame)) else {
            return;
        };
        let StepKind::ForEach {
            source, at_a_time, ..
        } = &node.step.kind
        else {
            return;
        };
        let items = match expressions::items(source, &frame.scope, &self.host()) {
            Ok(items) => items,
            Err(problem) => return self.broken(place, &problem),
        };
        let key = self.key(place);
        self.tell(&key, &node.step, Happening::Started { attempt: 1 });
        let total = items.len() as u64;
        self.tell(
            &key,
            &node.step,
            Happening::Items {
                total,
                done: 0,
                failed: 0,
                skipped: 0,
            },
        );
        self.note_items(place, &key, &items);
        self.commands.push(Command::Remember(Memory::Loops {
            key,
            items: items.clone(),
        }));
        let each = Loop {
            items,
            at_a_time: usize::try_from(*at_a_time).unwrap_or(usize::MAX).max(1),
            next: 0,
            active: BTreeMap::new(),
            parked: BTreeMap::new(),
            resuming: BTreeSet::new(),
            done: Vec::new(),
            failed: Vec::new(),
            skipped: Vec::new(),
            given: BTreeMap::new(),
            undos: Vec::new(),
        };
        if let Some(node) = self.node_mut(place) {
            node.state = NodeState::Looping(Box::new(each));
        }
        self.tasks.push_back(Task::Fill(place));
    }

    fn each(&mut self, place: Place) -> Option<&mut Loop> {
        match &mut self.node_mut(place)?.state {
            NodeState::Looping(each) => Some(each),
            _ => None,
        }
    }

    /// Gives free slots to items; ends the loop when none is left.
    pub(super) fn fill(&mut self, place: Place) {
        let parked = self.is_parked(place.frame) || self.state.paused.is_some();
        loop {
            let Some(each) = self.each(place) else {
                return;
            };
            if each.resuming.is_empty() && each.next >= each.items.len() {
                if each.active.is_empty() && each.parked.is_empty() {
                    self.end_loop(place);
                }
                return;
            }
            if parked || each.active.len() >= each.at_a_time {
                return;
            }
            if let Some(item) = each.resuming.pop_first() {
                if let Some(frame) = each.parked.remove(&item) {
                    each.active.insert(item, frame);
                    self.wake(frame);
                }
            } else {
                self.begin_item(place);
            }
        }
    }

    fn begin_item(&mut self, place: Place) {
        let Some(layout) = self.place_layout(place) else {
            return;
        };
        let StepKind::ForEach { item: name, .. } = &layout.step.kind else {
            return;
        };
        let key = self.key(place);
        let Some(scope) = self.frame(place.frame).map(|frame| frame.scope.clone()) else {
            return;
        };
        let Some(each) = self.each(place) else {
            return;
        };
        let item = each.next;
        each.next += 1;
        let Some(value) = each.items.get(item).cloned() else {
            return;
        };
        let prefix: Arc<str> = format!("{key}[{}]/", item + 1).into();
        let scope = scope.with(name.clone(), value.clone());
        let frame = self.open(
            layout.children.first().copied().unwrap_or_default(),
            Some((place, Role::Item(item))),
            prefix,
            scope,
        );
        if let Some(each) = self.each(place) {
            each.active.insert(item, frame);
        }
        self.hold_against_before(place, item, &value, frame);
    }

    pub(super) fn item_ended(&mut self, place: Place, item: usize, frame: Frame) {
        let Some(layout) = self.place_layout(place) else {
            return;
        };
        let Some(each) = self.each(place) else {
            return;
        };
        each.active.remove(&item);
        each.parked.remove(&item);
        each.resuming.remove(&item);
        each.undos.extend(frame.undos);
        let mut stops = None;
        match frame.ending {
            None => {
                each.done.push(item);
                let given = giving::in_order(frame.given);
                if !given.is_empty() {
                    each.given.insert(item, given);
                }
            }
            Some(Ending::Skipped(reason)) => each.skipped.push((item, reason)),
            Some(Ending::Failed(failure)) => each.failed.push((item, failure)),
            Some(Ending::Cancelled) => {}
            Some(ending @ (Ending::Stopped(_) | Ending::Returned(_))) => stops = Some(ending),
        }
        let progress = Happening::Items {
            total: each.items.len() as u64,
            done: each.done.len() as u64,
            failed: each.failed.len() as u64,
            skipped: each.skipped.len() as u64,
        };
        let key = self.key(place);
        self.tell(&key, &layout.step, progress);
        self.tasks.push_back(Task::Fill(place));
        if let Some(ending) = stops {
            self.end_around(place.frame, ending);
        }
    }

    fn end_loop(&mut self, place: Place) {
        let Some(layout) = self.place_layout(place) else {
            return;
        };
        let StepKind::ForEach {
            keep_going, body, ..
        } = &layout.step.kind
        else {
            return;
        };
        let ending = self
            .frame(place.frame)
            .is_some_and(|frame| frame.ending.is_some());
        let key = self.key(place);
        let Some(each) = self.each(place) else {
            return;
        };
        let report = Report {
            rows: Some(each.items.len() as u64),
            ..Report::default()
        };
        let lost = each.items.len() - each.done.len() - each.failed.len() - each.skipped.len();
        let undos = std::mem::take(&mut each.undos);
        if ending && (lost > 0 || !each.failed.is_empty()) {
            self.hand_on(place.frame, undos);
            self.end_node(place, StepEnd::LetGo, None, &report);
        } else if each.failed.is_empty() || *keep_going {
            let gives = body.steps().any(|(_, step)| giving::gives(step));
            let value = match (*keep_going, gives) {
                (true, gives) => tally(each, gives),
                (false, true) => giving::list(each.given.values().flatten().cloned()),
                (false, false) => Value::None,
            };
            self.hand_on(place.frame, undos);
            self.end_node(place, StepEnd::Done, Some(value), &report);
        } else {
            let failure = items_failed(each, key, layout.step.origin.line);
            // Finished items stay when their loop fails. Where an `otherwise`, or a further attempt at an
            // action, makes up for that, the run goes on, and what fails later takes them back.
            if layout.step.policy.otherwise.is_some() || self.is_tried_again(place.frame) {
                self.hand_on(place.frame, undos);
            } else {
                self.leave_items(place.frame, &format!("{}[", failure.step));
            }
            self.give_up(place, failure, &report);
        }
    }

    /// The nearest loop item around a block, the block itself included.
    fn item_around(&self, frame: FrameId) -> Option<(FrameId, Place, usize)> {
        let mut at = frame;
        loop {
            match self.frame(at)?.parent? {
                (place, Role::Item(item)) => return Some((at, place, item)),
                (place, _) => at = place.frame,
            }
        }
    }

    /// Whether a block stands in an item that gave up its slot.
    pub(super) fn is_parked(&self, frame: FrameId) -> bool {
        let mut at = frame;
        while let Some((_, place, item)) = self.item_around(at) {
            let node = self.state.node(place).map(|node| &node.state);
            if matches!(node, Some(NodeState::Looping(each)) if each.parked.contains_key(&item)) {
                return true;
            }
            at = place.frame;
        }
        false
    }

    /// Items in which everything waits (for people, time or events) give up their slots. Whether one did.
    pub(super) fn park_waiting_items(&mut self) -> bool {
        let resting: Vec<FrameId> = self
            .state
            .under_way
            .values()
            .filter(|place| self.state.node(**place).is_some_and(Node::rests))
            .map(|place| place.frame)
            .collect();
        let mut parked = false;
        for mut at in resting {
            while let Some((frame, place, item)) = self.item_around(at) {
                at = place.frame;
                let only_waits = self.only_waits(frame);
                let Some(each) = self.each(place) else {
                    break;
                };
                if each.parked.contains_key(&item) {
                    continue;
                }
                if !only_waits {
                    break;
                }
                if each.active.remove(&item).is_some() {
                    each.parked.insert(item, frame);
                    self.tasks.push_back(Task::Fill(place));
                    parked = true;
                }
                // The loop around may have more items to begin before it, too, only waits.
                break;
            }
        }
        parked
    }

    fn only_waits(&self, frame: FrameId) -> bool {
        self.frame(frame).is_some_and(|frame| {
            frame.back.is_none()
                && frame.nodes.iter().all(|node| match &node.state {
                    NodeState::Running { .. } | NodeState::Backoff { .. } => false,
                    NodeState::Pending | NodeState::Ended => true,
                    NodeState::Asking(_) | NodeState::Waiting(_) | NodeState::Pausing { .. } => {
                        node.rests()
                    }
                    // Others may wait in their slots for the claim of an action that is under way here.
                    NodeState::Inside(_) if node.claim.is_some() => false,
                    NodeState::Inside(inner) => self.only_waits(*inner),
                    NodeState::Looping(each) => {
                        each.active.is_empty()
                            && each.resuming.is_empty()
                            && each.next >= each.items.len()
                    }
                })
        })
    }

    /// What was waited for inside a block is there: the items around it that gave up their slots want one.
    pub(super) fn unpark_around(&mut self, frame: FrameId) {
        let mut at = frame;
        while let Some((_, place, item)) = self.item_around(at) {
            if let Some(each) = self.each(place)
                && each.parked.contains_key(&item)
            {
                each.resuming.insert(item);
                self.tasks.push_back(Task::Fill(place));
            }
            at = place.frame;
        }
    }

    /// An item has a slot again: everything in it goes on.
    fn wake(&mut self, frame: FrameId) {
        let mut open = vec![frame];
        while let Some(frame) = open.pop() {
            self.tasks.push_back(Task::Advance(frame));
            let Some(state) = self.state.frames.get(&frame) else {
                continue;
            };
            // What takes an effect back may have been opened while there was no slot.
            let back = state.back.as_ref().and_then(|back| back.open.as_ref());
            open.extend(back.map(|(open, _)| *open));
            for (node, state) in state.nodes.iter().enumerate() {
                match &state.state {
                    NodeState::Inside(inner) => open.push(*inner),
                    NodeState::Looping(each) => {
                        open.extend(each.active.values());
                        self.tasks.push_back(Task::Fill(Place { frame, node }));
                    }
                    _ => {}
                }
            }
        }
    }
}

/// What a loop that keeps going gives: its items by how they ended, in their order; for those that are
/// done what they gave, where the loop has a `yield`.
fn tally(each: &Loop, gives: bool) -> Value {
    let done = if gives {
        giving::list(each.given.values().flatten().cloned())
    } else {
        let mut done = each.done.clone();
        done.sort_unstable();
        giving::list(
            done.iter()
                .filter_map(|item| each.items.get(*item).cloned()),
        )
    };
    let with = |name: &str, mut items: Vec<(usize, Arc<str>)>| {
        items.sort_by_key(|(item, _)| *item);
        giving::list(items.into_iter().filter_map(|(item, why)| {
            Some(record([
                ("item", each.items.get(item)?.clone()),
                (name, Value::Text(why)),
            ]))
        }))
    };
    let failed = each
        .failed
        .iter()
        .map(|(item, failure)| (*item, failure.message.clone()));
    record([
        ("done", done),
        ("failed", with("message", failed.collect())),
        ("skipped", with("reason", each.skipped.clone())),
    ])
}

fn record<const FIELDS: usize>(fields: [(&str, Value); FIELDS]) -> Value {
    let fields = fields.map(|(name, value)| (name.into(), value)).into();
    Value::Record(Arc::new(Record { fields }))
}

fn items_failed(each: &Loop, key: Arc<str>, line: u32) -> Failure {
    /// How many failed items a message lists.
    const LISTED: usize = 10;
    let mut failed: Vec<_> = each.failed.iter().collect();
    failed.sort_by_key(|(item, _)| *item);
    let first = failed.first().map_or_else(String::new, |(item, failure)| {
        format!(" Item {}: {}", item + 1, failure.message)
    });
    let mut causes: Vec<String> = failed
        .iter()
        .take(LISTED)
        .map(|(item, failure)| {
            format!(
                "item {}, line {}: {}",
                item + 1,
                failure.line,
                failure.message
            )
        })
        .collect();
    if failed.len() > LISTED {
        causes.push(format!("and {} more", failed.len() - LISTED));
    }
    Failure {
        code: Some(codes::S966.as_str().into()),
        message: format!(
            "{} of {} items failed.{first}",
            failed.len(),
            each.items.len()
        )
        .into(),
        causes,
        help: Some(
            "write `keep going` after the loop's head where failed items are acceptable".to_owned(),
        ),
        step: key,
        line,
    }
}
