//! Limits around real runs: who waits says for what, and whoever goes away gives the place back.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use sophia_diagnostics::codes;
use sophia_engine::{
    Act, Engine, FailureKind, Limits, MovedClock, PlaybookLimits, Rate, Room, RunId, RunOutcome,
    RunRequest, Store, model_place,
};
use sophia_plan::step::Otherwise;
use sophia_plan::{Plan, Value};
use tokio::sync::Semaphore;

use crate::plans::{asks_models, effect, plan, read, sequence, text};
use crate::scripted::{Answer, Scripted, engine, instant, request};

fn at_ledger(at_once: Option<u32>, rate: Option<u32>) -> Limits {
    let mut limits = Limits::default();
    let room = Room {
        at_once,
        rate: rate.map(|most| Rate {
            most,
            within: SignedDuration::from_secs(1),
        }),
    };
    limits.places.insert("ledger".into(), room);
    limits
}

fn runs_at_once(most: u32) -> Limits {
    let mut limits = Limits::default();
    let runs = PlaybookLimits {
        at_once: Some(most),
        ..PlaybookLimits::default()
    };
    limits.playbooks.insert("desk".into(), runs);
    limits
}

struct Desk {
    engine: Engine,
    gate: Arc<Semaphore>,
    runner: Arc<Scripted>,
}

impl Desk {
    /// Every call of `write` hangs until the test lets it.
    async fn open(limits: Limits) -> Self {
        let gate = Arc::new(Semaphore::new(0));
        let runner = Arc::new(Scripted {
            hanging: Some(gate.clone()),
            honours_keys: true,
            ..Scripted::new().answering("write", [Answer::Hang; 50])
        });
        let engine = engine(Store::Memory, runner.clone()).await;
        engine.limit(limits).await.unwrap();
        let desk = Self {
            engine,
            gate,
            runner,
        };
        assert_eq!(desk.engine.under_way(), 0);
        desk
    }

    async fn begin(&self, plan: Plan) -> RunId {
        self.engine.submit(request(plan)).await.unwrap().run
    }

    /// Waits until so many calls have come.
    async fn called(&self, count: usize) {
        while self.runner.keys().len() < count {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Waits until a run says that it waits for a place, and gives the words.
    async fn waits(&self, run: &RunId) -> String {
        loop {
            let detail = self.engine.run(&run.0).await.unwrap();
            if let Some(wait) = detail.waits.first() {
                return wait.reason.clone();
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

fn writes() -> Plan {
    plan("desk", sequence([effect("write")]))
}

#[tokio::test]
async fn a_step_waits_for_a_place_says_so_and_goes_on_when_one_is_free() {
    let desk = Desk::open(at_ledger(Some(1), None)).await;
    let first = desk.begin(writes()).await;
    desk.called(1).await;
    let second = desk.begin(writes()).await;
    assert_eq!(
        desk.waits(&second).await,
        "`write` (line 7) waits for a place at ledger (1 of 1 taken)."
    );
    assert_eq!(desk.runner.keys().len(), 1);
    desk.gate.add_permits(1);
    assert_eq!(desk.engine.wait(&first).await.unwrap(), RunOutcome::Done);
    desk.called(2).await;
    desk.gate.add_permits(1);
    assert_eq!(desk.engine.wait(&second).await.unwrap(), RunOutcome::Done);
}

#[tokio::test]
async fn a_call_of_a_model_waits_for_a_place_at_every_model_that_may_be_asked() {
    let mut limits = Limits::default();
    for (model, at_once) in [("small", 2), ("large", 1)] {
        let room = Room {
            at_once: Some(at_once),
            rate: None,
        };
        limits.places.insert(model_place(model), room);
    }
    let desk = Desk::open(limits).await;
    let asking = |routes: &[&str]| asks_models("write", routes);
    let first = desk.begin(asking(&["small", "large", "small"])).await;
    desk.called(1).await;
    let second = desk.begin(asking(&["small", "large"])).await;
    assert_eq!(
        desk.waits(&second).await,
        "`write` (line 7) waits for a place at models.large (1 of 1 taken)."
    );
    // A model without a limit holds nobody up, and nor does one that has room.
    let third = desk.begin(asking(&["local"])).await;
    let fourth = desk.begin(asking(&["local", "small"])).await;
    desk.called(3).await;
    desk.gate.add_permits(4);
    for run in [first, second, third, fourth] {
        assert_eq!(desk.engine.wait(&run).await.unwrap(), RunOutcome::Done);
    }
}

#[tokio::test]
async fn a_run_that_is_cancelled_or_killed_while_it_waits_gives_its_turn_up() {
    let desk = Desk::open(at_ledger(Some(1), None)).await;
    let first = desk.begin(writes()).await;
    desk.called(1).await;
    let (second, third) = (desk.begin(writes()).await, desk.begin(writes()).await);
    desk.waits(&second).await;
    desk.waits(&third).await;
    desk.engine.cancel(&second).await.unwrap();
    let cancelled = desk.engine.wait(&second).await.unwrap();
    assert_eq!(cancelled, RunOutcome::Cancelled);
    desk.gate.add_permits(2);
    assert_eq!(desk.engine.wait(&first).await.unwrap(), RunOutcome::Done);
    assert_eq!(desk.engine.wait(&third).await.unwrap(), RunOutcome::Done);
    // The cancelled effect never left, so it is not unsure.
    assert_eq!(desk.runner.keys().len(), 2);
}

#[tokio::test]
async fn a_paused_run_is_passed_by_and_has_its_turn_when_it_goes_on() {
    let desk = Desk::open(at_ledger(Some(1), None)).await;
    let first = desk.begin(writes()).await;
    desk.called(1).await;
    let second = desk.begin(writes()).await;
    desk.waits(&second).await;
    desk.engine
        .act(&second, "ana@x.test", Act::Pauses)
        .await
        .unwrap();
    let third = desk.begin(writes()).await;
    desk.gate.add_permits(2);
    assert_eq!(desk.engine.wait(&first).await.unwrap(), RunOutcome::Done);
    assert_eq!(desk.engine.wait(&third).await.unwrap(), RunOutcome::Done);
    let detail = desk.engine.run(&second.0).await.unwrap();
    let reasons: Vec<_> = detail.waits.iter().map(|wait| &*wait.reason).collect();
    assert!(
        reasons.contains(&"`write` (line 7) takes no place while the run is paused."),
        "{reasons:?}"
    );
    desk.engine
        .act(&second, "ana@x.test", Act::GoesOn)
        .await
        .unwrap();
    desk.gate.add_permits(1);
    assert_eq!(desk.engine.wait(&second).await.unwrap(), RunOutcome::Done);
}

#[tokio::test]
async fn waiting_counts_for_the_timeout_and_nothing_has_happened_then() {
    let desk = Desk::open(at_ledger(Some(1), None)).await;
    let first = desk.begin(writes()).await;
    desk.called(1).await;
    let late = effect("late")
        .timeout(30)
        .otherwise(Otherwise::Value(text("not in time")));
    let second = desk.begin(plan("desk", sequence([late]))).await;
    assert_eq!(desk.engine.wait(&second).await.unwrap(), RunOutcome::Done);
    assert_eq!(desk.runner.keys(), ["write"]);
    let detail = desk.engine.run(&second.0).await.unwrap();
    assert_eq!(
        detail.steps[0].value,
        Some(Value::Text("not in time".into()))
    );
    desk.gate.add_permits(1);
    assert_eq!(desk.engine.wait(&first).await.unwrap(), RunOutcome::Done);
}

#[tokio::test]
async fn a_failed_attempt_gives_its_place_back_while_it_pauses() {
    let runner = Arc::new(Scripted::new().answering(
        "write",
        [Answer::Fail(FailureKind::Transient), Answer::Panic],
    ));
    let engine = engine(Store::Memory, runner.clone()).await;
    engine.limit(at_ledger(Some(1), None)).await.unwrap();
    let body = sequence([effect("write")
        .retry(1, 1000)
        .otherwise(Otherwise::Value(text("no")))]);
    let run = engine
        .submit(request(plan("desk", body)))
        .await
        .unwrap()
        .run;
    engine.wait(&run).await.unwrap();
    let body = sequence([read("look"), effect("other")]);
    let run = engine
        .submit(request(plan("desk", body)))
        .await
        .unwrap()
        .run;
    assert_eq!(engine.wait(&run).await.unwrap(), RunOutcome::Done);
}

#[tokio::test]
async fn only_so_many_runs_of_a_playbook_do_something_and_those_that_wait_do_not_count() {
    let desk = Desk::open(runs_at_once(1)).await;
    let first = desk.begin(writes()).await;
    desk.called(1).await;
    let second = desk.begin(writes()).await;
    assert_eq!(
        desk.waits(&second).await,
        "The run waits for a place among the runs of desk (1 of 1 taken)."
    );
    desk.gate.add_permits(2);
    for run in [first, second] {
        assert_eq!(desk.engine.wait(&run).await.unwrap(), RunOutcome::Done);
    }
    // One that waits for a person gives its place to the next.
    let asking = plan("desk", sequence([crate::plans::ask("ask", "finance")]));
    let asking = desk.begin(asking).await;
    let rested = desk.engine.wait(&asking).await.unwrap();
    assert!(matches!(rested, RunOutcome::Waiting(_)));
    let last = desk.begin(writes()).await;
    desk.gate.add_permits(1);
    assert_eq!(desk.engine.wait(&last).await.unwrap(), RunOutcome::Done);
}

#[tokio::test]
async fn more_runs_than_there_is_memory_for_are_refused_for_the_moment() {
    let limits = Limits {
        runs_in_memory: 2,
        ..Limits::default()
    };
    let desk = Desk::open(limits).await;
    let first = desk.begin(writes()).await;
    let second = desk.begin(writes()).await;
    let refused = desk.engine.submit(request(writes())).await.unwrap_err();
    assert_eq!(refused.code, codes::S873);
    desk.gate.add_permits(3);
    for run in [first, second] {
        desk.engine.wait(&run).await.unwrap();
    }
    // Whoever ended leaves its place a moment after that is told.
    while desk.engine.under_way() > 0 {
        tokio::task::yield_now().await;
    }
    desk.begin(writes()).await;
}

#[tokio::test]
async fn a_rate_holds_across_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let store = || Store::Sqlite(folder.path().join("runs.sqlite"));
    let clock = Arc::new(MovedClock::at(instant()));
    for (already, goes_on) in [(0, true), (1, true), (2, false)] {
        let runner = Arc::new(Scripted::new());
        let engine = Engine::with_clock(store(), runner.clone(), clock.clone())
            .await
            .unwrap();
        engine.limit(at_ledger(None, Some(2))).await.unwrap();
        let asked: RunRequest = request(writes());
        let run = engine.submit(asked).await.unwrap().run;
        if goes_on {
            assert_eq!(
                engine.wait(&run).await.unwrap(),
                RunOutcome::Done,
                "{already}"
            );
        } else {
            let reason = loop {
                let detail = engine.run(&run.0).await.unwrap();
                if let Some(wait) = detail.waits.first() {
                    break wait.reason.clone();
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            };
            assert_eq!(
                reason,
                "`write` (line 7) waits for ledger's rate: 2 per second."
            );
            clock.move_to(instant() + SignedDuration::from_secs(1));
            assert_eq!(engine.wait(&run).await.unwrap(), RunOutcome::Done);
        }
        engine.close().await;
    }
}
