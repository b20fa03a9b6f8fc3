//! Instants of schedules become runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use sophia_diagnostics::Problem;
use sophia_engine::{Arrives, Brought, Cursor, Delivery, Engine, RunRequest};
use sophia_plan::{Plan, Record, Value};
use sophia_triggers::Sink;

use super::{Happening, Listener, waits_for_room};

/// Turns deliveries of schedules into runs.
pub(super) struct EngineSink {
    pub(super) engine: Engine,
    pub(super) environment: Arc<str>,
    /// By trigger: its plan, and its place among the plan's triggers.
    pub(super) plans: BTreeMap<Arc<str>, (Arc<Plan>, usize)>,
    pub(super) listener: Listener,
}

#[async_trait]
impl Sink for EngineSink {
    async fn cursor(&self, trigger: &str) -> Result<Option<jiff::Timestamp>, Problem> {
        self.engine.trigger_cursor(trigger).await
    }

    async fn cursors(
        &self,
        triggers: &[Arc<str>],
    ) -> Result<Vec<Option<jiff::Timestamp>>, Problem> {
        self.engine.trigger_cursors(triggers.to_vec()).await
    }

    async fn fire(&self, delivery: sophia_triggers::Delivery) -> Result<(), Problem> {
        let Some((plan, place)) = self.plans.get(&delivery.trigger) else {
            return Ok(());
        };
        let submitted = self
            .engine
            .submit(RunRequest {
                plan: plan.clone(),
                inputs: Record::default(),
                environment: self.environment.clone(),
                delivery: Some(Delivery {
                    key: delivery.key.clone(),
                    cursor: Some(Cursor {
                        trigger: delivery.trigger.clone(),
                        instant: delivery.instant,
                        rows: Vec::new(),
                    }),
                }),
                at: delivery.instant,
                brought: Some(Brought {
                    trigger: *place,
                    value: tick(delivery.instant),
                    arrives: Arrives::WithTheRun,
                }),
            })
            .await
            .inspect_err(|problem| {
                if !waits_for_room(problem) {
                    (self.listener)(Happening::Trouble {
                        problem: problem.clone(),
                    });
                }
            })?;
        (self.listener)(Happening::Fired {
            playbook: plan.playbook.clone(),
            run: submitted.run,
            instant: delivery.instant,
            caught_up: delivery.caught_up,
            already_known: submitted.already_known,
        });
        Ok(())
    }

    async fn pass(&self, trigger: &str, cursor: jiff::Timestamp) -> Result<(), Problem> {
        self.engine.move_trigger_cursor(trigger, cursor).await
    }
}

/// What a schedule brings.
fn tick(at: jiff::Timestamp) -> Value {
    Value::Record(Arc::new(Record {
        fields: vec![("at".into(), Value::Timestamp(at))],
    }))
}
