//! The daemon: fires schedules, starts their runs, and goes on with what a crash interrupted.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use sophia_compiler::Playbook;
use sophia_diagnostics::Problem;
use sophia_engine::{Cursor, Delivery, Engine, RunId, RunRequest};
use sophia_plan::{Plan, Record};
use sophia_triggers::{Clock, ScheduledTrigger, Sink, run_schedules};

use crate::run::inputs;
use crate::steps::zone;

/// What happened, for the log of the daemon.
#[derive(Clone, Debug)]
pub enum Happening {
    /// A schedule is armed; its next instant.
    Armed { playbook: Arc<str>, schedule: String, next: Option<jiff::Timestamp> },
    /// A schedule fired and a run began, or the delivery was known already.
    Fired { playbook: Arc<str>, run: RunId, instant: jiff::Timestamp, caught_up: bool, already_known: bool },
    /// An interrupted run goes on.
    Resumed { run: RunId },
    /// Something failed; the daemon goes on.
    Trouble { problem: Problem },
}

/// Receives what happens.
pub type Listener = Arc<dyn Fn(Happening) + Send + Sync>;

/// Serves the schedules of these playbooks until the future is dropped.
///
/// # Errors
/// When interrupted runs cannot be read from the store, or an input without a default would have to be
/// set by a schedule.
pub async fn serve(
    engine: Engine,
    environment: Arc<str>,
    playbooks: &[Playbook],
    clock: Arc<dyn Clock>,
    listener: Listener,
) -> Result<(), Problem> {
    let mut triggers = Vec::new();
    let mut plans = BTreeMap::new();
    for playbook in playbooks {
        let Some(plan) = &playbook.plan else { continue };
        if plan.schedules.is_empty() {
            continue;
        }
        let defaults = inputs(playbook, plan, &BTreeMap::new())?;
        for (index, schedule) in plan.schedules.iter().enumerate() {
            let id: Arc<str> = format!("{}/{}/{index} {schedule}", environment, playbook.name).into();
            let zone = zone(&plan.zone);
            listener(Happening::Armed {
                playbook: playbook.name.clone(),
                schedule: schedule.to_string(),
                next: schedule.next(clock.now(), &zone),
            });
            plans.insert(id.clone(), (plan.clone(), defaults.clone()));
            triggers.push(ScheduledTrigger { id, schedule: schedule.clone(), zone });
        }
    }
    for run in engine.resume_all().await? {
        listener(Happening::Resumed { run });
    }
    let sink = EngineSink { engine, environment, plans, listener };
    run_schedules(triggers, clock, Arc::new(sink)).await;
    Ok(())
}

/// Turns deliveries of schedules into runs.
struct EngineSink {
    engine: Engine,
    environment: Arc<str>,
    plans: BTreeMap<Arc<str>, (Arc<Plan>, Record)>,
    listener: Listener,
}

#[async_trait]
impl Sink for EngineSink {
    async fn cursor(&self, trigger: &str) -> Result<Option<jiff::Timestamp>, Problem> {
        self.engine.trigger_cursor(trigger).await
    }

    async fn fire(&self, delivery: sophia_triggers::Delivery) -> Result<(), Problem> {
        let Some((plan, inputs)) = self.plans.get(&delivery.trigger) else { return Ok(()) };
        let submitted = self
            .engine
            .submit(RunRequest {
                plan: plan.clone(),
                inputs: inputs.clone(),
                environment: self.environment.clone(),
                delivery: Some(Delivery {
                    key: delivery.key.clone(),
                    cursor: Some(Cursor { trigger: delivery.trigger.clone(), instant: delivery.instant }),
                }),
                at: delivery.instant,
            })
            .await
            .inspect_err(|problem| (self.listener)(Happening::Trouble { problem: problem.clone() }))?;
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
