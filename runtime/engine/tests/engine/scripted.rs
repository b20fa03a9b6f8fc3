//! A runner whose answers are written beforehand, and an engine around it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use sophia_diagnostics::{Problem, codes};
use sophia_engine::journal::{Creation, Write};
use sophia_engine::kernel::Event;
use sophia_engine::{
    Engine, FailureKind, Report, RunId, RunOutcome, RunRequest, SkippingClock, StepCall,
    StepOutcome, StepRunner, Store,
};
use sophia_plan::{Plan, Record, Value};
use tokio::sync::Semaphore;

/// What a step does the next time.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    Done,
    Fail(FailureKind),
    Panic,
    /// Does not end until the test lets it.
    Hang,
}

/// Answers by step label; without an answer a step succeeds.
#[derive(Default)]
pub struct Scripted {
    pub answers: Mutex<HashMap<String, VecDeque<Answer>>>,
    /// Every call: its key, attempt and idempotency key.
    pub calls: Mutex<Vec<(String, u32, String)>>,
    pub honours_keys: bool,
    pub hanging: Option<Arc<Semaphore>>,
}

impl Scripted {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn answering(self, label: &str, answers: impl IntoIterator<Item = Answer>) -> Self {
        self.answers
            .lock()
            .unwrap()
            .insert(label.to_owned(), answers.into_iter().collect());
        self
    }

    pub fn keys(&self) -> Vec<String> {
        self.calls
            .lock()
            .unwrap()
            .iter()
            .map(|(key, ..)| key.clone())
            .collect()
    }

    pub fn count(&self, key: &str) -> usize {
        self.calls
            .lock()
            .unwrap()
            .iter()
            .filter(|(called, ..)| called == key)
            .count()
    }
}

#[async_trait]
impl StepRunner for Scripted {
    async fn run(&self, call: StepCall) -> StepOutcome {
        self.calls.lock().unwrap().push((
            call.key.to_string(),
            call.attempt,
            call.idempotency_key.to_string(),
        ));
        let answer = self
            .answers
            .lock()
            .unwrap()
            .get_mut(&*call.step.label)
            .and_then(VecDeque::pop_front)
            .unwrap_or(Answer::Done);
        match answer {
            Answer::Done => StepOutcome::Done {
                value: Value::Text(format!("result of {}", call.key).into()),
                report: Report {
                    rows: Some(1),
                    ..Report::default()
                },
            },
            Answer::Fail(kind) => StepOutcome::Failed {
                problem: Problem::new(codes::S965, format!("{} did not work.", call.step.label)),
                kind,
                report: Report::default(),
            },
            Answer::Panic => panic!("a runner that panics, on purpose"),
            Answer::Hang => match &self.hanging {
                Some(gate) => {
                    gate.acquire().await.unwrap().forget();
                    StepOutcome::Done {
                        value: Value::None,
                        report: Report::default(),
                    }
                }
                None => std::future::pending().await,
            },
        }
    }

    fn repeatable(&self, call: &StepCall) -> bool {
        let effect =
            matches!(&call.step.kind, sophia_plan::StepKind::Work(work) if work.is_effect());
        !effect || self.honours_keys
    }
}

pub fn instant() -> Timestamp {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

pub async fn engine(store: Store, runner: Arc<Scripted>) -> Engine {
    Engine::with_clock(store, runner, Arc::new(SkippingClock::at(instant())))
        .await
        .unwrap()
}

/// A run of a plan, begun now, that no delivery began and that stands in no line.
pub fn creation(run: &RunId, plan: &Arc<Plan>) -> Creation {
    Creation {
        run: run.clone(),
        plan: plan.clone(),
        environment: "dev".into(),
        inputs: Record::default(),
        at: instant(),
        delivery: None,
        line: None,
        parent: None,
        first: None,
    }
}

/// A record of a run that changes nothing beside it.
pub fn record(run: &RunId, sequence: u32, events: Vec<Event>) -> Write {
    Write {
        run: run.clone(),
        sequence,
        events,
        claims: Vec::new(),
        status: None,
        states: Vec::new(),
        arrivals: Vec::new(),
        rest: None,
        delivered: Vec::new(),
    }
}

pub fn request(plan: Plan) -> RunRequest {
    RunRequest {
        plan: Arc::new(plan),
        inputs: Record::default(),
        environment: "dev".into(),
        delivery: None,
        at: instant(),
        brought: None,
    }
}

/// Runs a plan in memory to its rest.
pub async fn run(plan: Plan, runner: Scripted) -> (RunOutcome, Arc<Scripted>, Engine, RunId) {
    let runner = Arc::new(runner);
    let engine = engine(Store::Memory, runner.clone()).await;
    let run = engine.submit(request(plan)).await.unwrap().run;
    let outcome = engine.wait(&run).await.unwrap();
    (outcome, runner, engine, run)
}

/// Waits until so many runs are put down.
pub async fn put_down(engine: &Engine, runs: usize) {
    tokio::time::timeout(Duration::from_mins(1), async {
        while engine.put_down() != runs {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("the runs are put down");
}

/// How a run ends, also where it rests in between.
pub async fn ends(engine: &Engine, run: &RunId) -> RunOutcome {
    let mut rested = engine.rested();
    let ended = async {
        loop {
            let detail = engine.run(&run.0).await.unwrap();
            if detail.summary.status.is_final() {
                return detail.outcome.unwrap();
            }
            let (_, how) = rested.recv().await.unwrap();
            how.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_mins(1), ended)
        .await
        .expect("it ends")
}
