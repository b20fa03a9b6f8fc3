//! What a playbook keeps between its runs: read and set by the engine itself.
//!
//! Kept true here: a value is set in the very record that ends its step, so a crash leaves both or
//! neither; a run sees what it set itself, and of others only what is durable.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sophia_diagnostics::{Problem, codes};
use sophia_plan::{Expression, Scope, StepKind, Value, Work, evaluate};

use super::pilot::{Pilot, Turn};
use super::protocol::World;
use crate::journal::StateChange;
use crate::kernel::{Event, Instant, Start, once_key};

/// Values that a run set, each with the number of the record that makes it durable.
#[derive(Debug, Default)]
pub(super) struct Unwritten(BTreeMap<Arc<str>, (u32, Value)>);

impl Unwritten {
    fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).map(|(_, value)| value)
    }

    /// Records up to this number are durable: from here on the store says what is kept.
    pub(super) fn written(&mut self, sequence: u32) {
        self.0.retain(|_, (waits_for, _)| *waits_for > sequence);
    }
}

/// The name under which a store keeps a state: its place, and the value of its key where it has one.
///
/// # Errors
/// When the key cannot be evaluated.
pub fn state_name(
    (environment, playbook, state): (&str, &str, &str),
    key: Option<&Expression>,
    scope: &Scope,
    (at, zone): (Timestamp, &TimeZone),
) -> Result<Arc<str>, Problem> {
    let name = format!("{environment} / {playbook} / {state}");
    let Some(key) = key else {
        return Ok(name.into());
    };
    let key = once_key(key, scope, &Instant { at, zone })?;
    Ok(format!("{name} per {key}").into())
}

impl Pilot {
    /// How a step ends that reads or sets a state. Nothing for any other step.
    pub(super) fn kept(
        &mut self,
        start: &Start,
        turn: &mut Turn,
        world: World<'_>,
    ) -> Result<Option<Event>, Problem> {
        let StepKind::Work(work) = &start.step.kind else {
            return Ok(None);
        };
        let value = match work {
            Work::State { state, key } => match self.name_of(state, key.as_ref(), start) {
                Ok(name) => match self.unwritten.get(&name) {
                    Some(value) => Ok(value.clone()),
                    None => match world.journal.state(&name)? {
                        Some(value) => Ok(value),
                        None => self.beginning(state),
                    },
                },
                Err(problem) => Err(problem),
            },
            Work::Set { state, key, value } => self.set(state, key.as_ref(), value, start, turn),
            _ => return Ok(None),
        };
        Ok(Some(start.comes_to(value, turn.now)))
    }

    fn set(
        &mut self,
        state: &str,
        key: Option<&Expression>,
        value: &Expression,
        start: &Start,
        turn: &mut Turn,
    ) -> Result<Value, Problem> {
        let name = self.name_of(state, key, start)?;
        let host = Instant {
            at: start.at,
            zone: &self.identity.layout.zone,
        };
        let value = evaluate(value, &start.scope, &host)?;
        // The record that this turn packs has the next number.
        self.unwritten
            .0
            .insert(name.clone(), (self.sequence, value.clone()));
        turn.states.push(StateChange {
            name,
            value: value.clone(),
        });
        Ok(value)
    }

    fn name_of(
        &self,
        state: &str,
        key: Option<&Expression>,
        start: &Start,
    ) -> Result<Arc<str>, Problem> {
        let identity = &self.identity;
        let place = (
            &*identity.environment,
            &*identity.layout.plan().playbook,
            state,
        );
        let clock = (start.at, &identity.layout.zone);
        state_name(place, key, &start.scope, clock)
    }

    /// What a state holds before it is set for the first time.
    fn beginning(&self, state: &str) -> Result<Value, Problem> {
        let plan = self.identity.layout.plan();
        let known = plan.states.get(state).map(|state| state.value.clone());
        known.ok_or_else(|| {
            Problem::new(
                codes::S984,
                format!("The plan does not say what `{state}` begins with."),
            )
            .with_help("compile the playbook again")
        })
    }
}
