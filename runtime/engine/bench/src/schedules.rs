//! A hundred thousand schedules: how long they take to load, and how late they fire while other runs go on.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sophia_diagnostics::Problem;
use sophia_engine::{Cursor, Delivery, Engine, RunRequest};
use sophia_plan::{Plan, Record};
use sophia_triggers::{Clock, ScheduledTrigger, Sink, SystemClock, run_schedules};

use crate::Trouble;
use crate::figures::{Figure, percentiles, processor_seconds};
use crate::plans::{Does, chain};
use crate::sophia;

/// How many there are.
const SCHEDULES: usize = 100_000;
/// So many of them fire each second, the others at set times of a day.
const EACH_SECOND: usize = 100;
/// How long firings are counted.
const SECONDS: i64 = 30;
/// Runs that go on besides.
const BESIDES: usize = 64;

/// Starts a run for each instant, and notes how late it was handed over and durable.
struct Starts {
    engine: Engine,
    plan: Arc<Plan>,
    began: Instant,
    loaded: Mutex<Option<Duration>>,
    handed_over: Mutex<Vec<Duration>>,
    durable: Mutex<Vec<Duration>>,
}

fn note(times: &Mutex<Vec<Duration>>, instant: Timestamp) {
    let late = Timestamp::now().duration_since(instant);
    let late = Duration::try_from(late).unwrap_or_default();
    let mut times = times.lock().unwrap_or_else(PoisonError::into_inner);
    times.push(late);
}

#[async_trait]
impl Sink for Starts {
    async fn cursor(&self, trigger: &str) -> Result<Option<Timestamp>, Problem> {
        self.engine.trigger_cursor(trigger).await
    }

    async fn cursors(&self, triggers: &[Arc<str>]) -> Result<Vec<Option<Timestamp>>, Problem> {
        self.engine.trigger_cursors(triggers.to_vec()).await
    }

    async fn fire(&self, delivery: sophia_triggers::Delivery) -> Result<(), Problem> {
        {
            let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
            loaded.get_or_insert_with(|| self.began.elapsed());
        }
        note(&self.handed_over, delivery.instant);
        let request = RunRequest {
            plan: self.plan.clone(),
            inputs: Record::default(),
            environment: "measured".into(),
            delivery: Some(Delivery {
                key: delivery.key.clone(),
                cursor: Some(Cursor {
                    trigger: delivery.trigger.clone(),
                    instant: delivery.instant,
                    rows: Vec::new(),
                }),
            }),
            at: delivery.instant,
            brought: None,
        };
        self.engine.submit(request).await?;
        note(&self.durable, delivery.instant);
        Ok(())
    }

    async fn pass(&self, trigger: &str, cursor: Timestamp) -> Result<(), Problem> {
        self.engine.move_trigger_cursor(trigger, cursor).await
    }
}

fn triggers() -> Result<Vec<ScheduledTrigger>, Trouble> {
    let trigger = |number: usize| {
        let phrase = if number < EACH_SECOND {
            "every 1 second".to_owned()
        } else {
            let (hour, minute) = (number % 24, number % 60);
            format!("every weekday at {hour:02}:{minute:02} in \"America/Chicago\"")
        };
        let schedule =
            sophia_phrases::schedule(&phrase).map_err(|_| format!("`{phrase}` is no schedule"))?;
        let playbook = format!("playbook {number}");
        Ok(ScheduledTrigger::new(&playbook, 0, schedule, TimeZone::UTC))
    };
    (0..SCHEDULES).map(trigger).collect()
}

/// Serves the schedules of a store for a while.
async fn serve(
    engine: &Engine,
    triggers: Vec<ScheduledTrigger>,
    plan: &Arc<Plan>,
    seconds: i64,
) -> Arc<Starts> {
    let sink = Arc::new(Starts {
        engine: engine.clone(),
        plan: plan.clone(),
        began: Instant::now(),
        loaded: Mutex::default(),
        handed_over: Mutex::default(),
        durable: Mutex::default(),
    });
    let clock = Arc::new(SystemClock);
    let end = clock.now() + SignedDuration::from_secs(seconds);
    tokio::select! {
        () = run_schedules(triggers, clock.clone(), sink.clone()) => {}
        () = clock.sleep_until(end) => {}
    }
    sink
}

/// Measures it in a store of its own.
pub(crate) async fn measure(store: PathBuf) -> Result<(), Trouble> {
    let plan = chain(&[Does::Reads]);
    let engine = sophia::open(store).await?;
    let triggers = triggers()?;
    // The first start writes down where each of them begins; measured is every later one.
    serve(&engine, triggers.clone(), &plan, 20).await;
    let goes_on = Arc::new(AtomicBool::new(true));
    let besides: Vec<_> = (0..BESIDES)
        .map(|_| {
            let (engine, goes_on) = (engine.clone(), goes_on.clone());
            let plan = chain(&[Does::Reads, Does::Effect]);
            tokio::spawn(async move {
                while goes_on.load(Ordering::Relaxed) {
                    sophia::once(&engine, &plan)
                        .await
                        .map_err(|trouble| trouble.to_string())?;
                }
                Ok::<_, String>(())
            })
        })
        .collect();
    let processor = processor_seconds();
    let sink = serve(&engine, triggers, &plan, SECONDS).await;
    goes_on.store(false, Ordering::Relaxed);
    for task in besides {
        task.await??;
    }
    let processor = processor_seconds() - processor;
    let loaded = *sink.loaded.lock().unwrap_or_else(PoisonError::into_inner);
    println!(
        "{}",
        serde_json::json!({
            "question": format!("{SCHEDULES} schedules until the first fires"),
            "seconds": loaded.map(|loaded| loaded.as_secs_f64()),
        })
    );
    for (question, times) in [
        ("late when handed over", &sink.handed_over),
        ("late when durable", &sink.durable),
    ] {
        let mut times = times.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let count = times.len().max(1);
        let (median_ms, p99_ms) = percentiles(&mut times);
        #[allow(clippy::cast_precision_loss, reason = "counts of a few thousands")]
        let each = count as f64;
        Figure {
            engine: "Sophia",
            question: format!("{EACH_SECOND} of {SCHEDULES} schedules each second, {question}"),
            in_flight: BESIDES,
            #[allow(clippy::cast_precision_loss, reason = "seconds of a minute")]
            per_second: each / SECONDS as f64,
            median_ms,
            p99_ms,
            processor_ms: processor * 1e3 / each,
            syncs: 0.0,
        }
        .print();
    }
    engine.close().await;
    Ok(())
}
