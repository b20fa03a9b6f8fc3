//! `one run at a time`: who waits, who goes first, who is left out; also after a crash.

use std::sync::Arc;

use sophia_engine::journal::{
    Created, Creation, Journal, Line, MemoryJournal, SqliteJournal, StatusChange, Write,
};
use sophia_engine::kernel::Event;
use sophia_engine::{
    Admission, Delivery, Engine, RunFilter, RunId, RunOutcome, RunRequest, RunStatus, Store,
    Submitted,
};
use sophia_plan::step::{Input, OneRun, Overlap};
use sophia_plan::{Plan, Record, Type, Value};
use tokio::sync::Semaphore;

use crate::plans::{effect, name, plan, sequence};
use crate::scripted::{Answer, Scripted, engine, instant, request};

fn lined(overlap: Overlap, per_key: bool) -> Plan {
    let mut plan = plan("desk", sequence([effect("answer")]));
    plan.inputs.push(Input {
        name: "ticket".into(),
        of: Type::Text,
        default: Some(Value::Text("T-1".into())),
        documentation: None,
    });
    plan.one_run = Some(OneRun {
        per: per_key.then(|| name("ticket")),
        overlap,
    });
    plan
}

fn delivered(plan: Plan, key: &str, ticket: &str) -> RunRequest {
    RunRequest {
        delivery: Some(Delivery {
            key: key.into(),
            cursor: None,
        }),
        inputs: Record {
            fields: vec![("ticket".into(), Value::Text(ticket.into()))],
        },
        ..request(plan)
    }
}

struct Desk {
    engine: Engine,
    gate: Arc<Semaphore>,
    plan: Plan,
}

impl Desk {
    /// Every first effect of a run waits until the test lets it.
    async fn open(store: Store, plan: Plan) -> Self {
        let gate = Arc::new(Semaphore::new(0));
        let runner = Arc::new(Scripted {
            hanging: Some(gate.clone()),
            honours_keys: true,
            ..Scripted::new().answering("answer", [Answer::Hang; 20])
        });
        let engine = engine(store, runner).await;
        Self { engine, gate, plan }
    }

    async fn come(&self, key: &str, ticket: &str) -> Submitted {
        let request = delivered(self.plan.clone(), key, ticket);
        self.engine.submit(request).await.unwrap()
    }

    async fn status(&self, run: &RunId) -> RunStatus {
        self.engine.run(&run.0).await.unwrap().summary.status
    }
}

#[tokio::test]
async fn a_second_run_waits_in_line_and_begins_when_the_first_ends() {
    let desk = Desk::open(Store::Memory, lined(Overlap::Wait, false)).await;
    let first = desk.come("a", "T-1").await;
    let second = desk.come("b", "T-2").await;
    let third = desk.come("c", "T-3").await;
    assert_eq!(first.admission, Admission::Began);
    assert_eq!(second.admission, Admission::Queued);
    let shown = desk.engine.run(&second.run.0).await.unwrap();
    assert_eq!(shown.summary.status, RunStatus::Queued);
    assert_eq!(
        shown.waits[0].reason,
        format!(
            "Waits in line: run {} is under way, and one runs at a time.",
            first.run
        )
    );
    assert_eq!(desk.come("b", "T-2").await.admission, Admission::Known);
    desk.gate.add_permits(1);
    assert_eq!(
        desk.engine.wait(&first.run).await.unwrap(),
        RunOutcome::Done
    );
    assert_eq!(desk.status(&second.run).await, RunStatus::Running);
    assert_eq!(desk.status(&third.run).await, RunStatus::Queued);
    desk.gate.add_permits(2);
    assert_eq!(
        desk.engine.wait(&third.run).await.unwrap(),
        RunOutcome::Done
    );
    assert_eq!(desk.status(&second.run).await, RunStatus::Done);
}

#[tokio::test]
async fn each_key_has_a_line_of_its_own() {
    let desk = Desk::open(Store::Memory, lined(Overlap::Wait, true)).await;
    assert_eq!(desk.come("a", "T-1").await.admission, Admission::Began);
    assert_eq!(desk.come("b", "T-2").await.admission, Admission::Began);
    assert_eq!(desk.come("c", "T-1").await.admission, Admission::Queued);
}

#[tokio::test]
async fn skip_leaves_out_what_comes_meanwhile() {
    let desk = Desk::open(Store::Memory, lined(Overlap::Skip, false)).await;
    let first = desk.come("a", "T-1").await;
    let second = desk.come("b", "T-2").await;
    assert_eq!(second.admission, Admission::Skipped);
    assert_eq!(second.run, first.run);
    desk.gate.add_permits(1);
    desk.engine.wait(&first.run).await.unwrap();
    // It was left out for good; the next one is not.
    assert_eq!(desk.come("b", "T-2").await.admission, Admission::Known);
    assert_eq!(desk.come("c", "T-3").await.admission, Admission::Began);
    assert_eq!(
        desk.engine.runs(RunFilter::default()).await.unwrap().len(),
        2
    );
}

#[tokio::test]
async fn the_newest_wins_over_those_under_way_and_those_in_line() {
    let desk = Desk::open(Store::Memory, lined(Overlap::NewestWins, false)).await;
    let first = desk.come("a", "T-1").await;
    let second = desk.come("b", "T-2").await;
    let third = desk.come("c", "T-3").await;
    assert_eq!(desk.status(&second.run).await, RunStatus::Cancelled);
    // What the first had sent gets its grace.
    assert_eq!(
        desk.engine.wait(&first.run).await.unwrap(),
        RunOutcome::Cancelled
    );
    desk.gate.add_permits(20);
    assert_eq!(
        desk.engine.wait(&third.run).await.unwrap(),
        RunOutcome::Done
    );
}

#[tokio::test]
async fn join_gives_the_delivery_to_the_run_under_way_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let desk = Desk::open(Store::Sqlite(path.clone()), lined(Overlap::Join, false)).await;
    let first = desk.come("a", "T-1").await;
    for _ in 0..3 {
        let joined = desk.come("b", "T-2").await;
        assert_eq!(joined.run, first.run);
        assert!(matches!(
            joined.admission,
            Admission::Joined | Admission::Known
        ));
    }
    desk.gate.add_permits(1);
    desk.engine.wait(&first.run).await.unwrap();
    desk.engine.close().await;
    let journal = SqliteJournal::open(&path, None).unwrap();
    let events = journal.load(&first.run).unwrap().unwrap().events;
    let arrived = events
        .iter()
        .filter(|event| matches!(event, Event::Arrived { .. }))
        .count();
    assert_eq!(arrived, 1);
}

#[tokio::test]
async fn a_run_in_line_can_be_cancelled_and_never_begins() {
    let desk = Desk::open(Store::Memory, lined(Overlap::Wait, false)).await;
    let first = desk.come("a", "T-1").await;
    let second = desk.come("b", "T-2").await;
    let third = desk.come("c", "T-3").await;
    desk.engine.cancel(&second.run).await.unwrap();
    desk.gate.add_permits(3);
    desk.engine.wait(&third.run).await.unwrap();
    assert_eq!(desk.status(&first.run).await, RunStatus::Done);
    assert_eq!(
        desk.engine.wait(&second.run).await.unwrap(),
        RunOutcome::Cancelled
    );
}

#[tokio::test]
async fn a_line_goes_on_after_a_crash() {
    for rule in [Overlap::Wait, Overlap::NewestWins] {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::Sqlite(folder.path().join("runs.db"));
        let desk = Desk::open(store.clone(), lined(rule, false)).await;
        let first = desk.come("a", "T-1").await;
        let second = desk.come("b", "T-2").await;
        desk.engine.close().await;

        let desk = Desk::open(store, lined(rule, false)).await;
        desk.gate.add_permits(20);
        desk.engine.resume_all().await.unwrap();
        assert_eq!(
            desk.engine.wait(&second.run).await.unwrap(),
            RunOutcome::Done
        );
        assert!(desk.status(&first.run).await.is_final());
    }
}

/// Runs come to three lines and end in any order, in both journals: at most one of a line is under way, and
/// they begin in the order in which they came.
#[tokio::test]
async fn both_journals_let_one_run_of_a_line_begin_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    for seed in 0..30_u64 {
        let sqlite = SqliteJournal::open(&folder.path().join(format!("{seed}.db")), None).unwrap();
        let memory = MemoryJournal::new();
        let mut dice = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut roll = |below: usize| {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            usize::try_from(dice % below as u64).unwrap()
        };
        let plan = Arc::new(lined(Overlap::Wait, false));
        let mut created = 0;
        for _ in 0..60 {
            if roll(2) == 0 {
                created += 1;
                let creation = Creation {
                    run: RunId(format!("RUN {created:03}").into()),
                    plan: plan.clone(),
                    environment: "dev".into(),
                    inputs: Record::default(),
                    at: instant(),
                    delivery: None,
                    line: Some(Line {
                        name: format!("line {}", roll(3)).into(),
                        overlap: Overlap::Wait,
                    }),
                    parent: None,
                };
                let both = (
                    sqlite.create(creation.clone()).await.unwrap(),
                    memory.create(creation).await.unwrap(),
                );
                assert_eq!(both.0, both.1);
                assert!(!matches!(both.0, Created::Joins(_) | Created::Known(_)));
            } else {
                let open: Vec<_> = (sqlite.runs(&RunFilter::default()).unwrap().into_iter())
                    .filter(|run| !run.status.is_final())
                    .collect();
                if open.is_empty() {
                    continue;
                }
                let ending = &open[roll(open.len())];
                let write = Write {
                    run: ending.run.clone(),
                    sequence: 0,
                    events: vec![Event::Cancelled { at: instant() }],
                    claims: Vec::new(),
                    status: Some(StatusChange {
                        status: RunStatus::Cancelled,
                        ended: Some(instant()),
                        summary: String::new(),
                    }),
                    states: Vec::new(),
                    arrivals: Vec::new(),
                    rest: None,
                    delivered: Vec::new(),
                };
                let receipt = sqlite.append(write.clone()).await.unwrap();
                receipt.await.unwrap().unwrap();
                memory.take(write).unwrap();
            }
            let listed = sqlite.runs(&RunFilter::default()).unwrap();
            assert_eq!(listed, memory.runs(&RunFilter::default()).unwrap());
            for line in 0..3 {
                let name = format!("line {line}");
                let standing: Vec<_> = (listed.iter().rev())
                    .filter(|run| run.line.as_deref() == Some(&*name) && !run.status.is_final())
                    .map(|run| run.status)
                    .collect();
                let expected: Vec<_> = (0..standing.len())
                    .map(|place| {
                        if place == 0 {
                            RunStatus::Running
                        } else {
                            RunStatus::Queued
                        }
                    })
                    .collect();
                assert_eq!(standing, expected, "seed {seed}");
            }
        }
    }
}
