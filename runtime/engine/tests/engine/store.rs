//! What survives: group commit, full disks, read-only folders, damaged files, locks, deliveries.

use std::path::Path;
use std::sync::Arc;

use sophia_engine::journal::{Creation, Journal, SqliteJournal};
use sophia_engine::kernel::Event;
use sophia_engine::{
    Cursor, Decision, Delivery, Engine, FailureKind, Reader, Report, RunFilter, RunId, RunOutcome,
    RunStatus, StepState, Store,
};
use sophia_plan::{Record, Value};

use crate::plans::{each, effect, plan, read, sequence, text};
use crate::scripted::{Answer, Scripted, creation, engine, instant, record, request};

/// A step that gave a text: a checksum, the format, one event, and the value in one piece.
const RECORD: &str =
    "053197ff8491e0672901010101610100070107046b6570740000000000000000008080d2d29bb6b006";

/// The same with the checksum that former versions made.
const FORMER: &str =
    "043b2dbce191e6819d01010101610100070107046b6570740000000000000000008080d2d29bb6b006";

fn sqlite(folder: &tempfile::TempDir) -> Store {
    Store::Sqlite(folder.path().join("runs.sqlite"))
}

fn code(problem: &sophia_diagnostics::Problem) -> &str {
    problem.code.as_str()
}

#[tokio::test]
async fn a_run_can_be_read_after_the_engine_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new").join("runs.sqlite");
    let body = sequence([read("a").binds("a"), effect("b")]);
    let first = engine(Store::Sqlite(path.clone()), Arc::new(Scripted::new())).await;
    let run = first.submit(request(plan("kept", body))).await.unwrap().run;
    assert_eq!(first.wait(&run).await.unwrap(), RunOutcome::Done);
    let live = first.run(&run.0).await.unwrap();
    first.close().await;

    let reader = Reader::open(&path).unwrap();
    let listed = reader.runs(&RunFilter::default()).unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].status, RunStatus::Done);
    let read = reader.run(&run.0[..20].to_lowercase()).unwrap();
    assert_eq!(read.steps, live.steps);
    assert_eq!(read.outcome, Some(RunOutcome::Done));
    assert_eq!(code(&reader.run("7").unwrap_err()), "S963");
    let other = RunFilter {
        playbook: Some("other".into()),
        ..RunFilter::default()
    };
    assert!(reader.runs(&other).unwrap().is_empty());
}

#[tokio::test]
async fn large_values_are_kept_once_and_come_back_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.sqlite");
    let journal = SqliteJournal::open(&path, None).unwrap();
    let large: Arc<str> = "large ".repeat(10_000).into();
    let inputs = Record {
        fields: vec![("text".into(), Value::Text(large))],
    };
    for run in ["A", "B"] {
        let creation = Creation {
            inputs: inputs.clone(),
            ..creation(&RunId(run.into()), &Arc::new(plan("large", sequence([]))))
        };
        journal.create(creation).await.unwrap();
    }
    let stored = journal.load(&RunId("B".into())).unwrap().unwrap();
    assert_eq!(stored.inputs, inputs);
    drop(journal);
    let connection = rusqlite::Connection::open(&path).unwrap();
    let blobs: i64 = connection
        .query_row("select count(*) from blobs", [], |row| row.get(0))
        .unwrap();
    assert_eq!(blobs, 1);
}

#[tokio::test]
async fn a_record_stands_in_the_store_as_it_did_in_former_versions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.sqlite");
    let journal = SqliteJournal::open(&path, None).unwrap();
    let run = RunId("A".into());
    let plan = Arc::new(plan("kept", sequence([])));
    journal.create(creation(&run, &plan)).await.unwrap();
    let done = Event::Done {
        key: "a".into(),
        attempt: 1,
        value: Value::Text("kept".into()),
        report: Report::default(),
        at: instant(),
    };
    let write = record(&run, 0, vec![done]);
    let receipt = journal.append(write).await.unwrap();
    receipt.await.unwrap().unwrap();
    drop(journal);
    let connection = rusqlite::Connection::open(&path).unwrap();
    let body: String = connection
        .query_row("select lower(hex(body)) from events", [], |row| row.get(0))
        .unwrap();
    assert_eq!(body, RECORD);
    let read = || {
        let journal = SqliteJournal::open(&path, None).unwrap();
        journal.load(&run).map(|run| run.unwrap().events)
    };
    let events = read().unwrap();
    let put = |body: &str| {
        connection
            .execute_batch(&format!("update events set body = x'{body}'"))
            .unwrap();
    };
    put(FORMER);
    assert_eq!(read().unwrap(), events);
    for damaged in [RECORD, FORMER] {
        put(&damaged.replace("6b657074", "6b657075"));
        assert_eq!(code(&read().unwrap_err()), "S968");
    }
}

#[tokio::test]
async fn writes_that_come_together_share_a_transaction() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.sqlite");
    let journal = Arc::new(SqliteJournal::open(&path, None).unwrap());
    // The writer cannot commit while this lock is held, so everything queues up behind it.
    let holder = rusqlite::Connection::open(&path).unwrap();
    holder.execute_batch("begin immediate").unwrap();
    let waiting: Vec<_> = (0..100)
        .map(|number| {
            let journal = journal.clone();
            tokio::spawn(async move {
                let run = RunId(format!("{number:03}").into());
                let plan = Arc::new(plan("together", sequence([])));
                journal.create(creation(&run, &plan)).await
            })
        })
        .collect();
    // On one thread: every task hands its write over before any is answered.
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    holder.execute_batch("commit").unwrap();
    for created in waiting {
        created.await.unwrap().unwrap();
    }
    let commits = journal.commits();
    assert_eq!(commits.writes, 100);
    assert!(commits.transactions <= 2, "{commits:?}");
}

#[tokio::test]
async fn a_second_process_is_told_who_holds_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let first = engine(sqlite(&folder), Arc::new(Scripted::new())).await;
    let second = Engine::open(sqlite(&folder), Arc::new(Scripted::new())).await;
    let problem = second.err().unwrap();
    assert_eq!(code(&problem), "S960");
    let holder = format!("process {}", std::process::id());
    assert!(problem.message.contains(&holder), "{problem}");
    // Reading works meanwhile.
    let reader = Reader::open(&folder.path().join("runs.sqlite")).unwrap();
    assert!(reader.runs(&RunFilter::default()).unwrap().is_empty());
    first.close().await;
    engine(sqlite(&folder), Arc::new(Scripted::new()))
        .await
        .close()
        .await;
}

#[tokio::test]
async fn a_file_that_is_no_store_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.sqlite");
    std::fs::write(
        &path,
        "this is a letter, not a database; it is long enough to have a header of its own",
    )
    .unwrap();
    let before = std::fs::read(&path).unwrap();
    let problem = Engine::open(sqlite(&folder), Arc::new(Scripted::new()))
        .await
        .err()
        .unwrap();
    assert_eq!(code(&problem), "S961");
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(code(&Reader::open(&path).unwrap_err()), "S961");

    let path = folder.path().join("other.sqlite");
    let other = rusqlite::Connection::open(&path).unwrap();
    other
        .execute_batch("create table customers (id integer)")
        .unwrap();
    drop(other);
    let problem = Engine::open(Store::Sqlite(path.clone()), Arc::new(Scripted::new()))
        .await
        .err()
        .unwrap();
    assert!(problem.message.contains("not a store of runs"), "{problem}");
    assert_eq!(code(&Reader::open(&path).unwrap_err()), "S961");
    assert_eq!(
        code(&Reader::open(Path::new("/nowhere/runs.sqlite")).unwrap_err()),
        "S961"
    );
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_gives_one_problem() {
    let folder = tempfile::tempdir().unwrap();
    // A file where the folder should be: refused for every user, whatever their rights.
    let blocked = folder.path().join("blocked");
    std::fs::write(&blocked, "").unwrap();
    let store = Store::Sqlite(blocked.join("runs.sqlite"));
    let problem = Engine::open(store, Arc::new(Scripted::new()))
        .await
        .err()
        .unwrap();
    assert_eq!(code(&problem), "S962");
}

#[tokio::test]
async fn a_full_disk_halts_the_run_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.sqlite");
    let body = sequence([each("each", 2000, 4, sequence([effect("each/post")]))]);
    let runner = Arc::new(Scripted {
        honours_keys: true,
        ..Scripted::new()
    });
    let small = engine(
        Store::SqliteWithin(path.clone(), 160 * 1024),
        runner.clone(),
    )
    .await;
    let run = small.submit(request(plan("full", body))).await.unwrap().run;
    let problem = small.wait(&run).await.unwrap_err();
    assert_eq!(code(&problem), "S962");
    assert!(problem.message.contains("no room left"), "{problem}");
    let stood = small.run(&run.0).await.unwrap();
    assert_eq!(stood.summary.status, RunStatus::Running);
    let done_before: Vec<_> = stood
        .steps
        .iter()
        .filter(|step| step.ended.is_some())
        .map(|step| step.key.to_string())
        .collect();
    assert!(!done_before.is_empty() && done_before.len() < 2000);
    small.close().await;

    let mended = engine(Store::Sqlite(path), runner.clone()).await;
    assert_eq!(
        mended.resume_all().await.unwrap(),
        std::slice::from_ref(&run)
    );
    assert_eq!(mended.wait(&run).await.unwrap(), RunOutcome::Done);
    for key in &done_before {
        assert_eq!(
            runner.count(key),
            1,
            "{key} was on the disk as done and ran again"
        );
    }
    let calls = runner.calls.lock().unwrap();
    let mut keys: Vec<_> = calls.iter().map(|call| call.2.clone()).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 2000);
}

#[tokio::test]
async fn an_effect_cut_off_by_a_stop_is_repeated_or_asked_about() {
    for honours_keys in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let body = || sequence([read("a"), effect("post").once(text("k"), None)]);
        let hangs = Arc::new(Scripted::new().answering("post", [Answer::Hang]));
        let first = engine(sqlite(&folder), hangs.clone()).await;
        let run = first
            .submit(request(plan("cut", body())))
            .await
            .unwrap()
            .run;
        let mut progress = first.watch(&run);
        while hangs.count("post") == 0 {
            let _ = progress.recv().await;
            tokio::task::yield_now().await;
        }
        first.close().await;

        let runner = Arc::new(Scripted {
            honours_keys,
            ..Scripted::new()
        });
        let second = engine(sqlite(&folder), runner.clone()).await;
        assert_eq!(
            second.resume_all().await.unwrap(),
            std::slice::from_ref(&run)
        );
        let outcome = second.wait(&run).await.unwrap();
        if honours_keys {
            assert_eq!(outcome, RunOutcome::Done);
            let again = runner.calls.lock().unwrap()[0].clone();
            assert_eq!(again, hangs.calls.lock().unwrap()[1]);
        } else {
            assert!(matches!(outcome, RunOutcome::Waiting(_)));
            assert_eq!(runner.count("post"), 0);
            let detail = second.run(&run.0).await.unwrap();
            assert!(matches!(&detail.steps[1].state, StepState::Asking(failure)
                if failure.code.as_deref() == Some("S967")));
            assert_eq!(detail.summary.status, RunStatus::Waiting);
            second.settle(&run, "post", Decision::Retry).await.unwrap();
            assert_eq!(second.wait(&run).await.unwrap(), RunOutcome::Done);
        }
        assert_eq!(runner.count("a"), 0, "the read was on the disk");
        assert_eq!(runner.count("post"), 1);
        // Its claim is kept, across engines.
        second.close().await;
        let third = engine(sqlite(&folder), runner.clone()).await;
        let next = third
            .submit(request(plan("cut", body())))
            .await
            .unwrap()
            .run;
        assert_eq!(third.wait(&next).await.unwrap(), RunOutcome::Done);
        assert_eq!(runner.count("post"), 1);
    }
}

#[tokio::test]
async fn claims_expire_and_are_freed_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let body = || sequence([effect("post").once(text("k"), Some(60_000))]);
    let runner =
        Arc::new(Scripted::new().answering("post", [Answer::Fail(FailureKind::Permanent)]));
    let first = engine(sqlite(&folder), runner.clone()).await;
    let run = async || {
        let run = first
            .submit(request(plan("expiry", body())))
            .await
            .unwrap()
            .run;
        first.wait(&run).await.unwrap()
    };
    assert!(matches!(run().await, RunOutcome::Failed(_)));
    assert_eq!(run().await, RunOutcome::Done);
    assert_eq!(run().await, RunOutcome::Done);
    assert_eq!(runner.count("post"), 2);
    first.close().await;

    let later = instant() + jiff::SignedDuration::from_mins(2);
    let clock = Arc::new(sophia_engine::SkippingClock::at(later));
    let second = Engine::with_clock(sqlite(&folder), runner.clone(), clock)
        .await
        .unwrap();
    let mut asked = request(plan("expiry", body()));
    asked.at = later;
    let run = second.submit(asked).await.unwrap().run;
    assert_eq!(second.wait(&run).await.unwrap(), RunOutcome::Done);
    assert_eq!(runner.count("post"), 3);
}

#[tokio::test]
async fn deliveries_and_cursors_outlive_the_engine() {
    let folder = tempfile::tempdir().unwrap();
    let mut asked = request(plan("delivery", sequence([read("a")])));
    asked.delivery = Some(Delivery {
        key: "daily 2026-11-22".into(),
        cursor: Some(Cursor {
            trigger: "daily".into(),
            instant: instant(),
            rows: Vec::new(),
        }),
    });
    let first = engine(sqlite(&folder), Arc::new(Scripted::new())).await;
    let started = first.submit(asked.clone()).await.unwrap();
    first.wait(&started.run).await.unwrap();
    first.close().await;
    let second = engine(sqlite(&folder), Arc::new(Scripted::new())).await;
    let again = second.submit(asked).await.unwrap();
    assert!(again.already_known);
    assert_eq!(again.run, started.run);
    assert_eq!(
        second.trigger_cursor("daily").await.unwrap(),
        Some(instant())
    );
    assert_eq!(
        second.resume(&started.run).await.unwrap_err().code.as_str(),
        "S969"
    );
}
