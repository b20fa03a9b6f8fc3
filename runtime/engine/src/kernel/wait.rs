//! Waiting: for time to pass, for an instant, for something to come in, for the first of several.
//!
//! Kept true here: what came in before a wait began does not end it; what comes in ends every wait of the
//! run that it fits, once.

use std::sync::Arc;

use jiff::Timestamp;
use sophia_diagnostics::Problem;
use sophia_plan::step::{EventPattern, Until, Wait};
use sophia_plan::{Expression, Scope, StepKind, Value, convert, evaluate};

use super::command::{Command, StepEnd};
use super::event::Arrival;
use super::expressions;
use super::layout::Layout;
use super::listening::Listening;
use super::machine::Machine;
use super::past::Memory;
use super::state::{NodeState, Place, Role, RunState};
use super::waiting::{Awaited, Awaits, Rings, patterns, unfit};

impl Machine<'_> {
    pub(super) fn begin_wait(&mut self, place: Place) {
        let (Some(layout), Some(frame)) = (self.place_layout(place), self.frame(place.frame))
        else {
            return;
        };
        let StepKind::Wait(wait) = &layout.step.kind else {
            return;
        };
        let scope = frame.scope.clone();
        let limit = layout.step.policy.within.as_ref();
        let begun = match wait {
            Wait::Passed(delay) => self
                .instant_after(delay, &scope)
                .map(|until| (Awaited::Time, vec![(until, Rings::End)])),
            Wait::Until(instant) => self
                .instant(instant, &scope)
                .map(|until| (Awaited::Time, vec![(until, Rings::End)])),
            Wait::Event(_) => limit
                .map(|within| self.instant_after(&within.limit, &scope))
                .transpose()
                .map(|until| {
                    let timers = until.into_iter().map(|until| (until, Rings::End));
                    (Awaited::Event, timers.collect())
                }),
            Wait::First(ways) => ways
                .iter()
                .enumerate()
                .filter_map(|(way, branch)| match &branch.until {
                    Until::After(delay) => Some((way, delay)),
                    Until::Event(_) => None,
                })
                .map(|(way, delay)| Ok((self.instant_after(delay, &scope)?, Rings::Way(way))))
                .collect::<Result<Vec<_>, Problem>>()
                .map(|timers| (Awaited::First, timers)),
        };
        match begun {
            Ok((Awaited::Time, timers)) if timers.iter().all(|(until, _)| *until <= self.at) => {
                let report = crate::runner::Report::default();
                self.end_node(place, StepEnd::Done, Some(Value::None), &report);
            }
            Ok((on, timers)) => self.begin_waiting(place, on, timers),
            Err(problem) => self.broken(place, &problem),
        }
    }

    /// An instant; a day begins with its first moment.
    fn instant(&self, instant: &Expression, scope: &Scope) -> Result<Timestamp, Problem> {
        match evaluate(instant, scope, &self.host())? {
            Value::Timestamp(instant) => Ok(instant),
            Value::Date(day) => day
                .to_zoned(self.layout.zone.clone())
                .map(|start| start.timestamp())
                .map_err(|error| unfit("an instant", &Value::Date(day)).because(error)),
            other => Err(unfit("a date or an instant", &other)),
        }
    }

    /// One way of a `wait for first` is taken.
    pub(super) fn take_way(&mut self, place: Place, way: usize, came: Option<(&Arc<str>, Value)>) {
        self.drop_timers(place);
        let key = self.key(place);
        let (Some(layout), Some(frame)) = (self.place_layout(place), self.frame(place.frame))
        else {
            return;
        };
        let Some(block) = layout.children.get(way).copied() else {
            return;
        };
        let memory = Memory::Took {
            key: key.clone(),
            way,
            came: came.as_ref().map(|(_, value)| value.clone()),
        };
        let scope = match came {
            Some((name, value)) => frame.scope.with(name.clone(), value),
            None => frame.scope.clone(),
        };
        let prefix = frame.prefix.clone();
        self.commands.push(Command::Remember(memory));
        self.state.under_way.remove(&key);
        let inner = self.open(block, Some((place, Role::Chosen)), prefix, scope);
        if let Some(node) = self.node_mut(place) {
            node.state = NodeState::Inside(inner);
        }
        self.unpark_around(place.frame);
    }

    /// Something came in.
    pub(super) fn arrived(&mut self, arrival: &Arrival) {
        let fitting = fitting(self.layout, self.state, arrival, self.at);
        self.state.latest_arrival = self.state.latest_arrival.max(arrival.number);
        for Fit { place, way, value } in fitting {
            let Some(layout) = self.place_layout(place) else {
                continue;
            };
            match way {
                None => self.end_waiting(place, StepEnd::Done, Some(value)),
                Some(way) => {
                    let binding = patterns(layout)
                        .into_iter()
                        .find(|(of, _)| *of == Some(way))
                        .and_then(|(_, pattern)| pattern.binding.as_ref());
                    self.take_way(place, way, binding.map(|name| (name, value)));
                }
            }
        }
        self.set_off(arrival);
    }
}

/// A step that something ends which came in.
struct Fit {
    place: Place,
    way: Option<usize>,
    value: Value,
}

fn fitting(layout: &Layout, state: &RunState, arrival: &Arrival, at: Timestamp) -> Vec<Fit> {
    let host = expressions::Instant {
        at,
        zone: &layout.zone,
    };
    let fit = |place: &Place| {
        let frame = state.frames.get(&place.frame)?;
        let NodeState::Waiting(waiting) = &frame.nodes.get(place.node)?.state else {
            return None;
        };
        if !arrival.counts(waiting.since, waiting.after) {
            return None;
        }
        let node = layout.blocks.get(frame.block)?.nodes.get(place.node)?;
        patterns(node).into_iter().find_map(|(way, pattern)| {
            Some(Fit {
                place: *place,
                way,
                value: taken(pattern, arrival, &frame.scope, &host)?,
            })
        })
    };
    state.under_way.values().filter_map(fit).collect()
}

/// What a pattern makes of what came in, where it fits. What cannot be held against it does not.
pub(super) fn taken(
    pattern: &EventPattern,
    arrival: &Arrival,
    scope: &Scope,
    host: &expressions::Instant<'_>,
) -> Option<Value> {
    if pattern.event != arrival.event {
        return None;
    }
    let value = convert(&arrival.value, &pattern.of).ok()?;
    let scope = match &pattern.binding {
        Some(name) => scope.with(name.clone(), value.clone()),
        None => scope.clone(),
    };
    let holds = match &pattern.condition {
        Some(condition) => expressions::condition(condition, &scope, host).ok()?,
        None => true,
    };
    holds.then_some(value)
}

/// Whether something that came in ends a wait of a run, or the run.
pub(super) fn fits(layout: &Layout, state: &RunState, arrival: &Arrival, at: Timestamp) -> bool {
    state.outcome().is_none()
        && (!fitting(layout, state, arrival, at).is_empty()
            || super::armed::sets_off(layout, state, arrival, at))
}

/// See [`super::awaits`].
pub(super) fn awaits(layout: &Layout, state: &RunState) -> Awaits {
    let mut awaits = Awaits::default();
    // What is listened for does not depend on when that is asked.
    let host = expressions::Instant {
        at: state.began,
        zone: &layout.zone,
    };
    for place in state.under_way.values() {
        let Some(frame) = state.frames.get(&place.frame) else {
            continue;
        };
        let Some(NodeState::Waiting(waiting)) = frame.nodes.get(place.node).map(|node| &node.state)
        else {
            continue;
        };
        awaits.until(waiting.timers.values().map(|timer| timer.until).min());
        let node = layout
            .blocks
            .get(frame.block)
            .and_then(|block| block.nodes.get(place.node));
        let events = node.into_iter().flat_map(patterns);
        awaits
            .events
            .extend(events.map(|(_, pattern)| Listening::to(pattern, &frame.scope, &host)));
    }
    awaits.until(state.follow().min());
    let deadlines = state.deadlines.values();
    awaits.until(deadlines.map(|deadline| deadline.until).min());
    let armed = super::armed::events(layout, state);
    awaits
        .events
        .extend(armed.map(|(pattern, scope)| Listening::to(pattern, scope, &host)));
    awaits
}

/// The earliest arrival that may still count: since this instant, after this number. Nothing where the
/// run waits for no event.
pub(super) fn horizon(state: &RunState) -> Option<(Timestamp, u64)> {
    let waits = state
        .under_way
        .values()
        .filter_map(|place| match &state.node(*place)?.state {
            NodeState::Waiting(waiting) => Some((waiting.since, waiting.after)),
            _ => None,
        });
    let armed = state.armed.iter().map(|armed| (armed.since, armed.after));
    waits
        .chain(armed)
        .reduce(|one, other| (one.0.min(other.0), one.1.min(other.1)))
}
