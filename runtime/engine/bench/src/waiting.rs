//! Many runs that wait, each for its own event: how long one that comes in takes to find its run.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use sophia_engine::{Engine, NewArrival, RunId, RunOutcome, RunRequest};
use sophia_plan::step::{EventPattern, Input, Policy, Wait};
use sophia_plan::{
    Expression, FieldType, Operator, Origin, Plan, Record, RecordType, Step, StepKind, Type, Value,
};

use crate::Trouble;
use crate::figures::{Figure, percentiles};
use crate::plans::chain;
use crate::sophia;

/// How many arrivals are measured.
const ARRIVALS: usize = 50;
/// How many runs are begun at once.
const IN_FLIGHT: usize = 256;

/// `wait for shop.paid as came where came.id = id`
fn plan() -> Arc<Plan> {
    let mut plan = (*chain(&[])).clone();
    plan.inputs.push(Input {
        name: "id".into(),
        of: Type::Integer,
        default: None,
        documentation: None,
    });
    let carries = RecordType {
        name: None,
        fields: vec![FieldType::new("id", Type::Integer)],
    };
    plan.body.add(Step {
        name: "wait".into(),
        label: "wait".into(),
        documentation: None,
        origin: Origin { line: 1, column: 1 },
        kind: StepKind::Wait(Wait::Event(EventPattern {
            event: "shop.paid".into(),
            of: Type::Record(Arc::new(carries)),
            binding: Some("came".into()),
            condition: Some(Expression::Binary {
                operator: Operator::Equal,
                left: Box::new(Expression::Field {
                    of: Box::new(Expression::Name("came".into())),
                    name: "id".into(),
                    optional: false,
                }),
                right: Box::new(Expression::Name("id".into())),
            }),
        })),
        binds: None,
        result: Type::None,
        policy: Policy::default(),
    });
    Arc::new(plan)
}

fn with_id(id: usize) -> Record {
    Record {
        fields: vec![(
            "id".into(),
            Value::Integer(i64::try_from(id).unwrap_or(i64::MAX)),
        )],
    }
}

async fn begin(engine: &Engine, plan: &Arc<Plan>, count: usize) -> Result<Vec<RunId>, Trouble> {
    let mut runs = Vec::with_capacity(count);
    let ids: Vec<usize> = (0..count).collect();
    for some in ids.chunks(IN_FLIGHT) {
        let begun = some.iter().map(|id| {
            engine.submit(RunRequest {
                plan: plan.clone(),
                inputs: with_id(*id),
                environment: "measured".into(),
                delivery: None,
                at: Timestamp::now(),
                brought: None,
            })
        });
        for submitted in futures::future::join_all(begun).await {
            runs.push(submitted.map_err(|problem| problem.message)?.run);
        }
        // Those that only wait are put down soon; there is no use in holding more of them than that.
        while engine.under_way() > 10_000 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    Ok(runs)
}

/// Measures it in a store of its own.
pub(crate) async fn measure(store: PathBuf, count: usize) -> Result<(), Trouble> {
    let engine = sophia::open(store).await?;
    engine
        .resume_all()
        .await
        .map_err(|problem| problem.message)?;
    let runs = begin(&engine, &plan(), count).await?;
    while engine.put_down() < runs.len() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut times = Vec::with_capacity(ARRIVALS);
    for (number, run) in runs.iter().enumerate().step_by((count / ARRIVALS).max(1)) {
        let began = Instant::now();
        let arrival = NewArrival {
            environment: "measured".into(),
            event: "shop.paid".into(),
            key: format!("paid {number}").into(),
            value: Value::Record(Arc::new(with_id(number))),
            at: Timestamp::now(),
        };
        engine
            .deliver(arrival)
            .await
            .map_err(|problem| problem.message)?;
        while engine.wait(run).await.map_err(|problem| problem.message)? != RunOutcome::Done {
            tokio::task::yield_now().await;
        }
        times.push(began.elapsed());
    }
    let untouched = engine.put_down();
    let (median_ms, p99_ms) = percentiles(&mut times);
    Figure {
        engine: "Sophia",
        question: format!(
            "an arrival until its run has ended, {count} runs waiting, {untouched} of them never looked at"
        ),
        in_flight: 1,
        per_second: 0.0,
        median_ms,
        p99_ms,
        processor_ms: 0.0,
        syncs: 0.0,
    }
    .print();
    engine.close().await;
    Ok(())
}
