//! Durable runs of this engine on its `SQLite` store.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use sophia_engine::{Engine, RunOutcome, RunRequest, Store};
use sophia_plan::{Plan, Record};

use crate::Trouble;
use crate::figures::{Figure, processor_seconds};
use crate::limits::figure;
use crate::plans::NoOp;

/// An engine over a store.
pub(crate) async fn open(store: PathBuf) -> Result<Engine, Trouble> {
    Ok(Engine::open(Store::Sqlite(store), Arc::new(NoOp))
        .await
        .map_err(|problem| problem.message)?)
}

/// One run, to its end.
pub(crate) async fn once(engine: &Engine, plan: &Arc<Plan>) -> Result<(), Trouble> {
    let request = RunRequest {
        plan: plan.clone(),
        inputs: Record::default(),
        environment: "measured".into(),
        delivery: None,
        at: jiff::Timestamp::now(),
        brought: None,
    };
    let submitted = engine
        .submit(request)
        .await
        .map_err(|problem| problem.message)?;
    match engine.wait(&submitted.run).await {
        Ok(RunOutcome::Done) => Ok(()),
        Ok(other) => Err(format!("a run ended otherwise: {other:?}").into()),
        Err(problem) => Err(problem.message.into()),
    }
}

/// So many runs of a plan, so many at once.
pub(crate) async fn runs(
    engine: &Engine,
    question: &str,
    plan: &Arc<Plan>,
    in_flight: usize,
    count: usize,
) -> Result<Figure, Trouble> {
    // What is made once for a plan is not measured.
    once(engine, plan).await?;
    let left = Arc::new(AtomicUsize::new(count));
    let before = engine.commits();
    let (began, processor) = (Instant::now(), processor_seconds());
    let tasks: Vec<_> = (0..in_flight)
        .map(|_| {
            let (engine, plan, left) = (engine.clone(), plan.clone(), left.clone());
            tokio::spawn(async move {
                let mut times = Vec::new();
                while left
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                        left.checked_sub(1)
                    })
                    .is_ok()
                {
                    let at = Instant::now();
                    once(&engine, &plan)
                        .await
                        .map_err(|trouble| trouble.to_string())?;
                    times.push(at.elapsed());
                }
                Ok::<_, String>(times)
            })
        })
        .collect();
    let mut times = Vec::with_capacity(count);
    for task in tasks {
        times.extend(task.await??);
    }
    let syncs = usize::try_from(engine.commits().transactions - before.transactions)?;
    Ok(figure(
        "Sophia", question, in_flight, &mut times, began, processor, syncs,
    ))
}
