//! What runs cost that only wait: memory and time, for as many as are asked for.
//!
//! `cargo run --release -p sophia-engine --example waiting -- 100000`

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use sophia_engine::{Engine, NewArrival, RunRequest, StepCall, StepOutcome, StepRunner, Store};
use sophia_plan::step::{Delay, EventPattern, Wait, Within};
use sophia_plan::{Block, Expression, Origin, Plan, Policy, Record, Step, StepKind, Type, Value};

/// Nothing but waits stands in these plans.
struct Nobody;

#[async_trait]
impl StepRunner for Nobody {
    async fn run(&self, _: StepCall) -> StepOutcome {
        std::future::pending().await
    }

    fn repeatable(&self, _: &StepCall) -> bool {
        true
    }
}

/// `wait for EVENT within 30 days`
fn waiting(event: &str) -> Plan {
    let mut body = Block::default();
    body.add(Step {
        name: "wait".into(),
        label: "wait".into(),
        documentation: None,
        origin: Origin::default(),
        kind: StepKind::Wait(Wait::Event(EventPattern {
            event: event.into(),
            of: Type::Integer,
            binding: None,
            condition: None,
        })),
        binds: None,
        result: Type::Integer,
        policy: Policy {
            within: Some(Within {
                limit: Delay::Time(Expression::Constant(Value::Duration(30 * 86_400_000))),
                then: Vec::new(),
            }),
            ..Policy::default()
        },
    });
    Plan {
        format: sophia_plan::FORMAT,
        playbook: "waiting".into(),
        documentation: None,
        file: "waiting.sophia".into(),
        zone: "UTC".into(),
        currency: "USD".into(),
        inputs: Vec::new(),
        triggers: Vec::new(),
        one_run: None,
        result: Type::None,
        queries: BTreeMap::new(),
        commands: BTreeMap::new(),
        metrics: BTreeMap::new(),
        states: BTreeMap::new(),
        predictors: BTreeMap::new(),
        models: BTreeMap::new(),
        body,
        on_failure: None,
    }
}

/// The memory that this process holds, in MiB.
fn resident() -> Result<f64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes: f64 = line
        .and_then(|line| line.split_whitespace().nth(1))
        .ok_or("no VmRSS")?
        .parse()?;
    Ok(kilobytes / 1024.0)
}

async fn put_down(engine: &Engine, runs: usize) {
    while engine.put_down() < runs {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let runs: usize = std::env::args()
        .nth(1)
        .map_or(Ok(100_000), |runs| runs.parse())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(measure(runs))
}

async fn measure(runs: usize) -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("sophia-waiting-{}", std::process::id()));
    let store = Store::Sqlite(folder.join("runs.db"));
    let engine = Engine::open(store.clone(), Arc::new(Nobody)).await?;
    let (many, one) = (Arc::new(waiting("never")), Arc::new(waiting("now")));
    let request = |plan: &Arc<Plan>| RunRequest {
        plan: plan.clone(),
        inputs: Record::default(),
        environment: "dev".into(),
        delivery: None,
        at: Timestamp::now(),
    };
    println!("before the first run    {:8.1} MiB", resident()?);
    let began = Instant::now();
    // A thousand at a time, as many would come.
    for begun in (0..runs).step_by(1000) {
        let mut starting = tokio::task::JoinSet::new();
        for _ in begun..runs.min(begun + 1000) {
            let (engine, request) = (engine.clone(), request(&many));
            starting.spawn(async move { engine.submit(request).await });
        }
        while let Some(started) = starting.join_next().await {
            started??;
        }
    }
    put_down(&engine, runs).await;
    println!(
        "{runs} begun and waiting in {:.1} s",
        began.elapsed().as_secs_f64()
    );
    println!("all of them waiting     {:8.1} MiB", resident()?);
    engine.close().await;

    let began = Instant::now();
    let engine = Engine::open(store, Arc::new(Nobody)).await?;
    engine.resume_all().await?;
    println!(
        "start with all of them  {:8.3} s",
        began.elapsed().as_secs_f64()
    );
    println!("after the start         {:8.1} MiB", resident()?);

    let run = engine.submit(request(&one)).await?.run;
    put_down(&engine, runs + 1).await;
    let began = Instant::now();
    engine
        .deliver(NewArrival {
            environment: "dev".into(),
            event: "now".into(),
            key: "one".into(),
            value: Value::Integer(1),
            at: Timestamp::now() + SignedDuration::from_millis(1),
        })
        .await?;
    let delivered = began.elapsed();
    while !engine.run(&run.0).await?.summary.status.is_final() {
        tokio::task::yield_now().await;
    }
    println!(
        "an event is durable after {:.1} ms, the run that waits for it has ended after {:.1} ms",
        delivered.as_secs_f64() * 1000.0,
        began.elapsed().as_secs_f64() * 1000.0
    );
    engine.close().await;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}
