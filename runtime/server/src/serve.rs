//! The daemon: fires schedules, starts their runs, and goes on with what a crash interrupted.

#![allow(
    missing_docs,
    reason = "the fields of a happening are explained at the happening"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use sophia_compiler::Playbook;
use sophia_diagnostics::Problem;
use sophia_engine::{Cursor, Delivery, Engine, Rested, RunId, RunOutcome, RunRequest};
use sophia_plan::{Plan, Record};
pub use sophia_triggers::{Clock, SystemClock};
use sophia_triggers::{ScheduledTrigger, Sink, run_schedules};
use tokio::sync::mpsc;

use crate::environment::Environment;
use crate::run::inputs;
use crate::steps::zone;

/// What happened, for the log of the daemon.
#[derive(Clone, Debug)]
pub enum Happening {
    /// A schedule is armed; its next instant.
    Armed {
        playbook: Arc<str>,
        schedule: String,
        next: Option<jiff::Timestamp>,
    },
    /// A schedule fired and a run began, or the delivery was known already.
    Fired {
        playbook: Arc<str>,
        run: RunId,
        instant: jiff::Timestamp,
        caught_up: bool,
        already_known: bool,
    },
    /// An interrupted run goes on.
    Resumed { run: RunId },
    /// A run came to rest: how, in words.
    Ended {
        playbook: Arc<str>,
        run: RunId,
        outcome: String,
    },
    /// Something failed; the daemon goes on.
    Trouble { problem: Problem },
}

/// How long what came in is kept at least.
const KEPT: jiff::SignedDuration = jiff::SignedDuration::from_hours(30 * 24);

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
        if plan.schedules().next().is_none() {
            continue;
        }
        let defaults = inputs(playbook, plan, &BTreeMap::new())?;
        for (index, schedule) in plan.schedules().enumerate() {
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
    let rested = engine.rested();
    for run in engine.resume_all().await? {
        listener(Happening::Resumed { run });
    }
    // What came in long ago and no run may take any more is let go.
    if let Ok(before) = clock.now().checked_sub(KEPT) {
        engine.forget_arrivals(before).await?;
    }
    let follower = Follower {
        engine: engine.clone(),
        environment: environment.clone(),
        listener: listener.clone(),
    };
    let sink = Arc::new(EngineSink {
        engine,
        environment: environment.name.clone(),
        plans,
        listener,
    });
    // Everything happens inside this future, so that dropping it lets go of the engine at once.
    tokio::join!(
        run_schedules(triggers, clock, sink),
        follower.follow(rested)
    );
    Ok(())
}

/// Tells how runs come to rest, and ends what was started for them.
struct Follower {
    engine: Engine,
    environment: Arc<Environment>,
    listener: Listener,
}

impl Follower {
    /// Follows every run. It does not end: a daemon without schedules still has runs to go on with.
    async fn follow(&self, mut runs: mpsc::UnboundedReceiver<Rested>) {
        let mut telling = FuturesUnordered::new();
        loop {
            tokio::select! {
                Some((run, rested)) = runs.recv() => telling.push(self.tell(run, rested)),
                Some(()) = telling.next() => {}
                else => std::future::pending().await,
            }
        }
    }

    async fn tell(&self, run: RunId, rested: Result<RunOutcome, Problem>) {
        match &rested {
            // It goes on some day, and what it may still spend goes with it.
            Ok(RunOutcome::Waiting(_)) => self.environment.servers.end_run(&run.0).await,
            _ => self.environment.end_run(&run.0).await,
        }
        let playbook = self
            .engine
            .run(&run.0)
            .await
            .map_or_else(|_| "".into(), |detail| detail.summary.playbook);
        (self.listener)(match rested {
            Ok(outcome) => Happening::Ended {
                playbook,
                run,
                outcome: in_words(&outcome),
            },
            Err(problem) => Happening::Trouble { problem },
        });
    }
}

/// Turns deliveries of schedules into runs.
struct EngineSink {
    engine: Engine,
    environment: Arc<str>,
    plans: BTreeMap<Arc<str>, (Arc<Plan>, Record)>,
    listener: Listener,
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
        let Some((plan, inputs)) = self.plans.get(&delivery.trigger) else {
            return Ok(());
        };
        let submitted = self
            .engine
            .submit(RunRequest {
                plan: plan.clone(),
                inputs: inputs.clone(),
                environment: self.environment.clone(),
                delivery: Some(Delivery {
                    key: delivery.key.clone(),
                    cursor: Some(Cursor {
                        trigger: delivery.trigger.clone(),
                        instant: delivery.instant,
                    }),
                }),
                at: delivery.instant,
            })
            .await
            .inspect_err(|problem| {
                (self.listener)(Happening::Trouble {
                    problem: problem.clone(),
                });
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
