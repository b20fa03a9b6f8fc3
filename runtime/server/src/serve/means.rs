//! With what triggers that look at something are watched, and how what a look saw becomes a run.

use std::sync::Arc;

use jiff::Timestamp;
use sophia_diagnostics::Problem;
use sophia_engine::{Arrives, Brought, Delivery, Engine, RunRequest};
use sophia_plan::{Plan, Record, Value, convert};
use sophia_triggers::Clock;

use super::{Happening, Listener};
use crate::environment::Environment;

/// With what triggers are watched.
#[derive(Clone)]
pub(super) struct Means {
    pub(super) engine: Engine,
    pub(super) environment: Arc<Environment>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) listener: Listener,
}

/// What one trigger of a plan brings.
pub(super) struct Brings<'t> {
    pub(super) plan: &'t Arc<Plan>,
    pub(super) place: usize,
    pub(super) value: Value,
    pub(super) arrives: Arrives,
}

impl Means {
    /// Starts the run of what a look saw, and tells of it where it is a new one. What the delivery carries with it
    /// is durable with the run.
    pub(super) async fn start(
        &self,
        brings: Brings<'_>,
        delivery: Delivery,
        at: Timestamp,
        event: impl Into<Arc<str>>,
    ) -> Result<(), Problem> {
        let Brings {
            plan,
            place,
            value,
            arrives,
        } = brings;
        let value = match plan.triggers.get(place) {
            Some(trigger) => convert(&value, &trigger.of)?,
            None => value,
        };
        let submitted = self
            .engine
            .submit(RunRequest {
                plan: plan.clone(),
                inputs: Record::default(),
                environment: self.environment.name.clone(),
                delivery: Some(delivery),
                at,
                brought: Some(Brought {
                    trigger: place,
                    value,
                    arrives,
                }),
            })
            .await?;
        if !submitted.already_known {
            (self.listener)(Happening::Arrived {
                playbook: plan.playbook.clone(),
                event: event.into(),
                run: submitted.run,
                admission: submitted.admission,
            });
        }
        Ok(())
    }
}
