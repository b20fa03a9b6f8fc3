//! `one run at a time`: who waits, who goes first, who is left out; also after a crash.

use std::sync::Arc;

use sophia_engine::journal::{
    Created, Creation, Journal, Line, MemoryJournal, SqliteJournal, StatusChange, Write,
};
use sophia_engine::kernel::Event;
use sophia_engine::{
    Act, Admission, ArrivalFilter, Arrived, Arrives, Brought, Delivery, Engine, MovedClock,
    NewArrival, RunFilter, RunId, RunOutcome, RunRequest, RunStatus, Store, Submitted,
};
use sophia_plan::step::{Input, OneRun, Origin, Overlap, Trigger, TriggerKind, Wait};
use sophia_plan::{Plan, Record, Type, Value};
use tokio::sync::Semaphore;

use crate::plans::{effect, event, name, plan, sequence, wait};
use crate::scripted::{
    Answer, Scripted, creation, ends, engine, instant, put_down, record, request,
};

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
    // It may have begun by now.
    assert_eq!(
        desk.engine.wait(&second.run).await.unwrap(),
        RunOutcome::Cancelled
    );
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
    // Told once, and remembered with its key.
    let came = desk.engine.arrivals(ArrivalFilter::default()).await;
    let came = came.unwrap();
    assert_eq!(came.len(), 1);
    assert_eq!(&*came[0].1.event, "on request");
    assert_eq!(desk.come("b", "T-2").await.admission, Admission::Known);
}

/// A desk where a run waits for more of what started it.
async fn collecting(overlap: Overlap) -> (tempfile::TempDir, Desk) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::Sqlite(folder.path().join("runs.db"));
    let more = wait("more", Wait::Event(event("desk.opened", None)));
    let mut plan = plan("desk", sequence([more, effect("answer")]));
    plan.triggers.push(Trigger {
        kind: TriggerKind::Webhook {
            event: "desk.opened".into(),
        },
        binding: Some("opened".into()),
        of: Type::Integer,
        with: Vec::new(),
        origin: Origin { line: 1, column: 1 },
    });
    plan.one_run = Some(OneRun { per: None, overlap });
    let gate = Arc::new(Semaphore::new(20));
    let runner = Arc::new(Scripted::new());
    let clock = Arc::new(MovedClock::at(instant()));
    let engine = Engine::with_clock(store, runner, clock).await.unwrap();
    (folder, Desk { engine, gate, plan })
}

impl Desk {
    async fn open_ticket(&self, number: i64, arrives: Arrives) -> Submitted {
        let request = RunRequest {
            delivery: Some(Delivery {
                key: format!("started {number}").into(),
                cursor: None,
            }),
            brought: Some(Brought {
                trigger: 0,
                value: Value::Integer(number),
                arrives,
            }),
            ..request(self.plan.clone())
        };
        self.engine.submit(request).await.unwrap()
    }

    async fn ticket_arrives(&self, number: i64) -> Arrived {
        let arrival = NewArrival {
            environment: "dev".into(),
            event: "desk.opened".into(),
            key: format!("ticket {number}").into(),
            value: Value::Integer(number),
            at: instant(),
        };
        self.engine.deliver(arrival).await.unwrap()
    }
}

#[tokio::test]
async fn a_run_that_was_put_down_takes_what_joins_it_once() {
    let (_folder, desk) = collecting(Overlap::Join).await;
    let under = |number: i64| Arrives::Under(format!("ticket {number}").into());
    let first = desk.open_ticket(1, under(1)).await;
    assert_eq!(first.admission, Admission::Began);
    put_down(&desk.engine, 1).await;
    let second = desk.open_ticket(2, under(2)).await;
    assert_eq!(
        (second.run, second.admission),
        (first.run.clone(), Admission::Joined)
    );
    // Whoever tells it besides tells the same.
    assert!(desk.ticket_arrives(2).await.already_known);
    assert_eq!(ends(&desk.engine, &first.run).await, RunOutcome::Done);
    let again = desk.open_ticket(2, under(2)).await;
    assert_eq!((again.run, again.admission), (first.run, Admission::Known));
    assert_eq!(
        desk.open_ticket(3, under(3)).await.admission,
        Admission::Began
    );
}

#[tokio::test]
async fn an_event_that_ended_the_run_of_a_line_starts_no_other_where_events_join() {
    let (_folder, desk) = collecting(Overlap::Join).await;
    let first = desk.open_ticket(1, Arrives::WithTheRun).await;
    put_down(&desk.engine, 1).await;
    let number = desk.ticket_arrives(2).await.number;
    assert_eq!(ends(&desk.engine, &first.run).await, RunOutcome::Done);
    let second = desk.open_ticket(2, Arrives::Before { number }).await;
    assert_eq!(
        (second.run, second.admission),
        (first.run, Admission::Joined)
    );
    let other = Arrives::Before { number: number + 1 };
    assert_eq!(desk.open_ticket(3, other).await.admission, Admission::Began);
}

#[tokio::test]
async fn the_next_of_a_line_begins_when_one_that_was_put_down_has_ended() {
    let (_folder, desk) = collecting(Overlap::Wait).await;
    let first = desk.open_ticket(1, Arrives::WithTheRun).await;
    put_down(&desk.engine, 1).await;
    let second = desk.open_ticket(2, Arrives::WithTheRun).await;
    assert_eq!(second.admission, Admission::Queued);
    // Nothing else can be asked of it, and the one before it stays put down.
    let refused = desk.engine.act(&second.run, "ann", Act::Pauses).await;
    assert!(refused.unwrap_err().message.contains("waits in line"));
    assert_eq!(desk.engine.put_down(), 1);
    let third = desk.open_ticket(3, Arrives::WithTheRun).await;
    desk.engine
        .act(&third.run, "ann", Act::Cancels)
        .await
        .unwrap();
    assert_eq!(desk.status(&third.run).await, RunStatus::Cancelled);
    assert_eq!(
        desk.engine.run(&third.run.0).await.unwrap().acts[0].by,
        "ann".into()
    );
    desk.ticket_arrives(4).await;
    assert_eq!(ends(&desk.engine, &first.run).await, RunOutcome::Done);
    // It has waited from the moment in which it came, so this counts for it, too.
    assert_eq!(ends(&desk.engine, &second.run).await, RunOutcome::Done);
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
                let run = RunId(format!("RUN {created:03}").into());
                let creation = Creation {
                    line: Some(Line {
                        name: format!("line {}", roll(3)).into(),
                        overlap: Overlap::Wait,
                    }),
                    ..creation(&run, &plan)
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
                let cancelled = vec![Event::Cancelled { at: instant() }];
                let write = Write {
                    status: Some(StatusChange {
                        status: RunStatus::Cancelled,
                        ended: Some(instant()),
                        summary: String::new(),
                    }),
                    ..record(&ending.run, 0, cancelled)
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
