//! The daemon: fires schedules, starts their runs, and goes on with what a crash interrupted.

#![allow(missing_docs, reason = "the fields of a happening are explained at the happening")]

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use sophia_compiler::Playbook;
use sophia_diagnostics::Problem;
use sophia_engine::{Cursor, Delivery, Engine, RunId, RunOutcome, RunRequest};
use sophia_plan::{Plan, Record};
pub use sophia_triggers::{Clock, SystemClock};
use sophia_triggers::{ScheduledTrigger, Sink, run_schedules};

use crate::environment::Environment;
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
    /// A run came to rest: how, in words.
    Ended { playbook: Arc<str>, run: RunId, outcome: String },
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
    environment: Arc<Environment>,
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
            let trigger = ScheduledTrigger::new(
                &format!("{}/{}", environment.name, playbook.name),
                index,
                schedule.clone(),
                zone(&plan.zone),
            );
            listener(Happening::Armed {
                playbook: playbook.name.clone(),
                schedule: schedule.to_string(),
                next: schedule.next(clock.now(), &trigger.zone),
            });
            plans.insert(trigger.id.clone(), (plan.clone(), defaults.clone()));
            triggers.push(trigger);
        }
    }
    let sink = Arc::new(EngineSink { engine, environment, plans, listener });
    for run in sink.engine.resume_all().await? {
        (sink.listener)(Happening::Resumed { run: run.clone() });
        sink.follow(run).await;
    }
    run_schedules(triggers, clock, sink).await;
    // Without a schedule there is nothing to fire, but runs that go on still have their time.
    std::future::pending::<()>().await;
    Ok(())
}

/// Turns deliveries of schedules into runs.
struct EngineSink {
    engine: Engine,
    environment: Arc<Environment>,
    plans: BTreeMap<Arc<str>, (Arc<Plan>, Record)>,
    listener: Listener,
}

impl EngineSink {
    /// Tells how a run comes to rest, and ends what was started for it.
    async fn follow(&self, run: RunId) {
        let (engine, environment, listener) =
            (self.engine.clone(), self.environment.clone(), self.listener.clone());
        tokio::spawn(async move {
            let rested = engine.wait(&run).await;
            environment.end_run(&run.0).await;
            let playbook = engine.run(&run.0).await.map_or_else(|_| "".into(), |detail| detail.summary.playbook);
            listener(match rested {
                Ok(outcome) => Happening::Ended { playbook, run, outcome: in_words(&outcome) },
                Err(problem) => Happening::Trouble { problem },
            });
        });
    }
}

fn in_words(outcome: &RunOutcome) -> String {
    match outcome {
        RunOutcome::Done => "is done".to_owned(),
        RunOutcome::Stopped(reason) => format!("stopped: {reason}"),
        RunOutcome::Failed(failure) => format!("failed: {}", failure.message),
        RunOutcome::Cancelled => "was cancelled".to_owned(),
        RunOutcome::Waiting(waits) => {
            let reasons: Vec<_> = waits.iter().map(|wait| wait.reason.as_str()).collect();
            format!("waits: {}", reasons.join(" "))
        }
    }
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
                environment: self.environment.name.clone(),
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
            run: submitted.run.clone(),
            instant: delivery.instant,
            caught_up: delivery.caught_up,
            already_known: submitted.already_known,
        });
        self.follow(submitted.run).await;
        Ok(())
    }

    async fn pass(&self, trigger: &str, cursor: jiff::Timestamp) -> Result<(), Problem> {
        self.engine.move_trigger_cursor(trigger, cursor).await
    }
}
