//! What runs cost that only wait: memory, and time to begin them, to start with them and to end one.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sophia_engine::{Engine, NewArrival, RunRequest};
use sophia_plan::{Plan, Record, Value};

use crate::plans::waits_for;
use crate::{Trouble, sophia};

/// How many are begun at the same time.
const AT_ONCE: usize = 1_000;

/// What was measured, as one line of JSON.
#[derive(Debug, Serialize)]
pub(crate) struct Resting {
    /// Who was measured.
    engine: &'static str,
    /// What.
    question: &'static str,
    /// How many runs wait.
    runs: usize,
    /// Memory of the process before the first run, in MiB.
    before_mib: f64,
    /// With all of them waiting.
    waiting_mib: f64,
    /// In a process that starts with all of them.
    after_start_mib: f64,
    /// Until all of them waited, in seconds.
    begun_s: f64,
    /// Until a process that starts with all of them is ready, in seconds.
    start_s: f64,
    /// Until an event for one of them is on the disk, in milliseconds.
    delivered_ms: f64,
    /// Until the run that it ends has ended, in milliseconds.
    ended_ms: f64,
}

impl Resting {
    /// Prints it as a line of JSON.
    pub(crate) fn print(&self) {
        match serde_json::to_string(self) {
            Ok(line) => println!("{line}"),
            Err(error) => eprintln!("{error}"),
        }
    }
}

/// Begins so many runs that wait for what never comes, and one for what does.
pub(crate) async fn measure(store: PathBuf, runs: usize) -> Result<Resting, Trouble> {
    let engine = sophia::open(store.clone()).await?;
    let (never, now) = (waits_for("never"), waits_for("now"));
    let before_mib = resident()?;
    let began = Instant::now();
    for begun in (0..runs).step_by(AT_ONCE) {
        let mut starting = tokio::task::JoinSet::new();
        for _ in begun..runs.min(begun + AT_ONCE) {
            let (engine, plan) = (engine.clone(), never.clone());
            starting.spawn(async move { submit(&engine, &plan).await });
        }
        while let Some(started) = starting.join_next().await {
            started??;
        }
    }
    put_down(&engine, runs).await;
    let begun_s = began.elapsed().as_secs_f64();
    let waiting_mib = resident()?;
    engine.close().await;

    let began = Instant::now();
    let engine = sophia::open(store).await?;
    engine
        .resume_all()
        .await
        .map_err(|problem| problem.message)?;
    let start_s = began.elapsed().as_secs_f64();
    let after_start_mib = resident()?;

    let run = submit(&engine, &now).await?;
    put_down(&engine, runs + 1).await;
    let began = Instant::now();
    engine
        .deliver(NewArrival {
            environment: "measured".into(),
            event: "now".into(),
            key: "one".into(),
            value: Value::Integer(1),
            // After the wait began, whatever the clock's resolution.
            at: Timestamp::now() + SignedDuration::from_millis(1),
        })
        .await
        .map_err(|problem| problem.message)?;
    let delivered_ms = began.elapsed().as_secs_f64() * 1e3;
    engine.wait(&run).await.map_err(|problem| problem.message)?;
    while !is_over(&engine, &run).await? {
        tokio::task::yield_now().await;
    }
    let ended_ms = began.elapsed().as_secs_f64() * 1e3;
    engine.close().await;
    Ok(Resting {
        engine: "Sophia",
        question: "runs that wait",
        runs,
        before_mib,
        waiting_mib,
        after_start_mib,
        begun_s,
        start_s,
        delivered_ms,
        ended_ms,
    })
}

async fn is_over(engine: &Engine, run: &sophia_engine::RunId) -> Result<bool, Trouble> {
    let detail = engine.run(&run.0).await;
    Ok(detail
        .map_err(|problem| problem.message)?
        .summary
        .status
        .is_final())
}

async fn submit(engine: &Engine, plan: &Arc<Plan>) -> Result<sophia_engine::RunId, Trouble> {
    let request = RunRequest {
        plan: plan.clone(),
        inputs: Record::default(),
        environment: "measured".into(),
        delivery: None,
        at: Timestamp::now(),
        brought: None,
    };
    let submitted = engine.submit(request).await;
    Ok(submitted.map_err(|problem| problem.message)?.run)
}

/// Until so many runs are put down.
async fn put_down(engine: &Engine, runs: usize) {
    while engine.put_down() < runs {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The memory that this process holds, in MiB.
fn resident() -> Result<f64, Trouble> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes: f64 = line
        .and_then(|line| line.split_whitespace().nth(1))
        .ok_or("this system does not tell what memory a process holds")?
        .parse()?;
    Ok(kilobytes / 1024.0)
}
