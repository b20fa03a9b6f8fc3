//! `emit`: the engine itself tells others that something happened.
//!
//! Kept true here: what is told stands in the very record that ends its step, so it is told once, and a
//! crash leaves both or neither.

use sophia_plan::{StepKind, Value, Work, evaluate};

use super::pilot::{Pilot, Turn};
use crate::journal::NewArrival;
use crate::kernel::{Event, Instant, Start};

impl Pilot {
    /// How a step ends that tells others something. Nothing for any other step.
    pub(super) fn emitted(&self, start: &Start, turn: &mut Turn) -> Option<Event> {
        let StepKind::Work(Work::Emit { event, value }) = &start.step.kind else {
            return None;
        };
        let identity = &self.identity;
        let host = Instant {
            at: start.at,
            zone: &identity.layout.zone,
        };
        let value = value.as_ref().map_or(Ok(Value::None), |value| {
            evaluate(value, &start.scope, &host)
        });
        if let Ok(value) = &value {
            turn.arrivals.push(NewArrival {
                environment: identity.environment.clone(),
                event: event.clone(),
                key: format!(
                    "{} / {} / {}",
                    identity.environment, identity.run, start.key
                )
                .into(),
                value: value.clone(),
                at: turn.now,
            });
        }
        Some(start.comes_to(value, turn.now))
    }
}
