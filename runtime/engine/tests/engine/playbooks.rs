//! `run` and `start`: runs that start runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use sophia_engine::{
    Act, Clock, Engine, FailureKind, MovedClock, NewArrival, Playbooks, Progress, RunFilter, RunId,
    RunOutcome, RunStatus, RunSummary, Store, SystemClock,
};
use sophia_plan::step::{Joining, Wait};
use sophia_plan::{EndKind, Plan, Value};
use tokio::sync::Semaphore;

use crate::plans::{effect, end, event, plan, playbook, read, sequence, wait};
use crate::scripted::{Answer, Scripted, ends, engine, instant, put_down, request};

struct Known(BTreeMap<&'static str, Arc<Plan>>);

impl Playbooks for Known {
    fn current(&self, playbook: &str) -> Option<Arc<Plan>> {
        self.0.get(playbook).cloned()
    }
}

fn follow(engine: &Engine, child: Plan) {
    engine.follow(Arc::new(Known(BTreeMap::from([(
        "child",
        Arc::new(child),
    )]))));
}

async fn children(engine: &Engine, run: &RunId) -> Vec<RunSummary> {
    let filter = RunFilter {
        parent: Some(run.clone()),
        ..RunFilter::default()
    };
    engine.runs(filter).await.unwrap()
}

fn calls(joining: Joining) -> Plan {
    plan(
        "parent",
        sequence([
            read("before"),
            playbook("child", "child", joining),
            effect("after"),
        ]),
    )
}

#[tokio::test]
async fn a_run_waits_for_the_run_that_it_starts() {
    let runner = Arc::new(Scripted::new());
    let engine = engine(Store::Memory, runner.clone()).await;
    follow(&engine, plan("child", sequence([effect("inner")])));
    let run = engine
        .submit(request(calls(Joining::Waits)))
        .await
        .unwrap()
        .run;
    assert_eq!(engine.wait(&run).await.unwrap(), RunOutcome::Done);
    assert_eq!(runner.keys(), ["before", "inner", "after"]);
    let children = children(&engine, &run).await;
    assert_eq!(children.len(), 1);
    assert_eq!(children[0].parent, Some(run));
    assert_eq!(children[0].status, RunStatus::Done);
}

#[tokio::test]
async fn a_started_run_is_not_waited_for() {
    let gate = Arc::new(Semaphore::new(0));
    let runner = Arc::new(Scripted {
        hanging: Some(gate.clone()),
        ..Scripted::new().answering("inner", [Answer::Hang])
    });
    let engine = engine(Store::Memory, runner.clone()).await;
    follow(&engine, plan("child", sequence([effect("inner")])));
    let run = engine
        .submit(request(calls(Joining::GoesOn)))
        .await
        .unwrap()
        .run;
    assert_eq!(engine.wait(&run).await.unwrap(), RunOutcome::Done);
    let child = children(&engine, &run).await.remove(0);
    assert_eq!(child.status, RunStatus::Running);
    gate.add_permits(1);
    assert_eq!(engine.wait(&child.run).await.unwrap(), RunOutcome::Done);
}

#[tokio::test]
async fn a_child_that_fails_fails_the_step_with_its_name_and_its_reason() {
    let engine = engine(Store::Memory, Arc::new(Scripted::new())).await;
    let fails = end("no", EndKind::Fail, "There is no budget left.", None);
    follow(&engine, plan("child", sequence([fails])));
    let run = engine
        .submit(request(calls(Joining::Waits)))
        .await
        .unwrap()
        .run;
    let RunOutcome::Failed(failure) = engine.wait(&run).await.unwrap() else {
        panic!("the parent fails, too");
    };
    assert_eq!(
        &*failure.message,
        "`child` failed: There is no budget left."
    );
    let child = children(&engine, &run).await.remove(0);
    assert!(failure.causes[0].contains(&*child.run.0), "{failure:?}");
}

#[tokio::test]
async fn a_retry_starts_another_run() {
    let fail = [Answer::Fail(FailureKind::Permanent)];
    let runner = Arc::new(Scripted::new().answering("inner", fail));
    let engine = engine(Store::Memory, runner).await;
    follow(&engine, plan("child", sequence([effect("inner")])));
    let body = sequence([playbook("child", "child", Joining::Waits).retry(1, 1_000)]);
    let run = engine
        .submit(request(plan("parent", body)))
        .await
        .unwrap()
        .run;
    assert_eq!(engine.wait(&run).await.unwrap(), RunOutcome::Done);
    let children = children(&engine, &run).await;
    let standing: Vec<_> = children.iter().map(|child| child.status).collect();
    assert_eq!(standing, [RunStatus::Done, RunStatus::Failed]);
}

#[tokio::test]
async fn a_playbook_that_is_not_there_fails_the_step() {
    let engine = engine(Store::Memory, Arc::new(Scripted::new())).await;
    let run = engine
        .submit(request(calls(Joining::Waits)))
        .await
        .unwrap()
        .run;
    let RunOutcome::Failed(failure) = engine.wait(&run).await.unwrap() else {
        panic!("it fails");
    };
    assert_eq!(failure.code.as_deref(), Some("S993"));
}

#[tokio::test]
async fn cancelling_the_parent_cancels_the_run_that_it_waits_for() {
    let runner = Arc::new(Scripted::new().answering("inner", [Answer::Hang]));
    let engine = engine(Store::Memory, runner).await;
    follow(&engine, plan("child", sequence([read("inner")])));
    let run = engine
        .submit(request(calls(Joining::Waits)))
        .await
        .unwrap()
        .run;
    // It says what it waits for.
    let mut progress = engine.watch(&run);
    let reason = loop {
        if let Progress::Waiting(wait) = progress.recv().await.unwrap() {
            break wait.reason;
        }
    };
    let child = children(&engine, &run).await.remove(0).run;
    assert_eq!(
        reason,
        format!("`child` (line 7) waits for run {child} of child.")
    );
    let shown = engine.run(&run.0).await.unwrap();
    assert_eq!(
        shown.waits[0].reason,
        "`child` (line 7) waits for a run of child."
    );
    engine.cancel(&run).await.unwrap();
    assert_eq!(engine.wait(&run).await.unwrap(), RunOutcome::Cancelled);
    assert_eq!(engine.wait(&child).await.unwrap(), RunOutcome::Cancelled);
}

#[tokio::test]
async fn a_run_that_takes_longer_than_the_timeout_is_cancelled() {
    let runner = Arc::new(Scripted::new().answering("inner", [Answer::Hang]));
    let engine = engine(Store::Memory, runner).await;
    follow(&engine, plan("child", sequence([read("inner")])));
    let body = sequence([playbook("child", "child", Joining::Waits).timeout(20)]);
    let run = engine
        .submit(request(plan("parent", body)))
        .await
        .unwrap()
        .run;
    let RunOutcome::Failed(failure) = engine.wait(&run).await.unwrap() else {
        panic!("it fails");
    };
    assert_eq!(
        &*failure.message,
        "`child` took longer than the timeout of its step, and was cancelled."
    );
    let child = children(&engine, &run).await.remove(0);
    assert_eq!(child.status, RunStatus::Cancelled);
}

/// The program stops while the parent waits, once before and once after the child ended.
#[tokio::test]
async fn a_crash_neither_loses_nor_doubles_the_child() {
    for child_ends_first in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::Sqlite(folder.path().join("runs.db"));
        let gate = Arc::new(Semaphore::new(0));
        let runner = Arc::new(Scripted {
            hanging: Some(gate.clone()),
            honours_keys: true,
            ..Scripted::new().answering("inner", [Answer::Hang])
        });
        let first = engine(store.clone(), runner).await;
        follow(&first, plan("child", sequence([effect("inner")])));
        let run = first
            .submit(request(calls(Joining::Waits)))
            .await
            .unwrap()
            .run;
        let mut progress = first.watch(&run);
        while !matches!(progress.recv().await.unwrap(), Progress::Waiting(_)) {}
        if child_ends_first {
            let child = children(&first, &run).await.remove(0).run;
            gate.add_permits(1);
            first.wait(&child).await.unwrap();
        }
        first.close().await;

        let runner = Arc::new(Scripted {
            honours_keys: true,
            ..Scripted::new()
        });
        let second = engine(store, runner.clone()).await;
        // Another version now; the child goes on as it began.
        follow(&second, plan("child", sequence([effect("other")])));
        second.resume_all().await.unwrap();
        assert_eq!(second.wait(&run).await.unwrap(), RunOutcome::Done);
        let children = children(&second, &run).await;
        assert_eq!(children.len(), 1);
        assert_eq!(children[0].status, RunStatus::Done);
        assert_eq!(runner.count("other"), 0);
        assert_eq!(runner.count("after"), 1);
    }
}

/// A run of a playbook that waits for an event, begun by another, both on the disk.
async fn waits_below(store: Store, clock: Arc<dyn Clock>) -> Engine {
    let engine = Engine::with_clock(store, Arc::new(Scripted::new()), clock)
        .await
        .unwrap();
    let waits = wait("wait for go", Wait::Event(event("go", None)));
    follow(&engine, plan("child", sequence([waits])));
    engine
}

fn still() -> Arc<dyn Clock> {
    Arc::new(MovedClock::at(instant()))
}

async fn go(engine: &Engine) {
    let arrival = NewArrival {
        environment: "dev".into(),
        event: "go".into(),
        key: "go".into(),
        value: Value::Integer(1),
        at: instant(),
    };
    engine.deliver(arrival).await.unwrap();
}

/// Waits for what the run of a parent does, as somebody who listens is told.
#[tokio::test]
async fn a_run_whose_child_only_waits_rests_and_goes_on_when_the_child_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let engine = waits_below(Store::Sqlite(folder.path().join("runs.db")), still()).await;
    let parent = engine
        .submit(request(calls(Joining::Waits)))
        .await
        .unwrap()
        .run;
    // Once while the child is under way, once after it was put down; the parent is not.
    for _ in 0..2 {
        let RunOutcome::Waiting(waits) = engine.wait(&parent).await.unwrap() else {
            panic!("it rests");
        };
        assert!(waits[0].reason.contains("waits for run"), "{waits:?}");
        put_down(&engine, 1).await;
    }
    go(&engine).await;
    assert_eq!(ends(&engine, &parent).await, RunOutcome::Done);
    assert_eq!(children(&engine, &parent).await[0].status, RunStatus::Done);
}

#[tokio::test]
async fn a_child_that_was_put_down_ends_with_the_run_that_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::Sqlite(folder.path().join("runs.db"));
    // The grace of a cancelled run is real time here.
    let engine = waits_below(store, Arc::new(SystemClock)).await;
    let parent = engine
        .submit(request(calls(Joining::Waits)))
        .await
        .unwrap()
        .run;
    engine.wait(&parent).await.unwrap();
    put_down(&engine, 1).await;
    engine.act(&parent, "ann", Act::Cancels).await.unwrap();
    assert_eq!(ends(&engine, &parent).await, RunOutcome::Cancelled);
    assert_eq!(
        children(&engine, &parent).await[0].status,
        RunStatus::Cancelled
    );
}

#[tokio::test]
async fn a_child_that_waits_is_waited_for_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::Sqlite(folder.path().join("runs.db"));
    let engine = waits_below(store.clone(), still()).await;
    let parent = engine
        .submit(request(calls(Joining::Waits)))
        .await
        .unwrap()
        .run;
    engine.wait(&parent).await.unwrap();
    engine.close().await;
    let engine = waits_below(store, still()).await;
    engine.resume_all().await.unwrap();
    assert!(matches!(
        engine.wait(&parent).await.unwrap(),
        RunOutcome::Waiting(_)
    ));
    go(&engine).await;
    assert_eq!(ends(&engine, &parent).await, RunOutcome::Done);
    assert_eq!(children(&engine, &parent).await.len(), 1);
}
