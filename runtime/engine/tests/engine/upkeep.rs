//! Looking after a store while it is at work: backups, damage that is found, runs that were kept long enough.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sophia_engine::journal::{Creation, Journal, SqliteJournal};
use sophia_engine::upkeep::{Retention, backup, compact, remove_old, restore, verify};
use sophia_engine::{
    Delivery, Engine, Keys, Reader, RunFilter, RunId, RunOutcome, RunRequest, StepEnd, StepState,
    Store,
};
use sophia_plan::{Record, Value};

use crate::plans::{ask, each, effect, plan, read, sequence, text};
use crate::scripted::{Scripted, creation, engine, instant, request};

fn code(problem: &sophia_diagnostics::Problem) -> &str {
    problem.code.as_str()
}

fn keys() -> Keys {
    Keys::default()
}

async fn open(path: &Path) -> (Engine, Arc<Scripted>) {
    let runner = Arc::new(Scripted::new());
    let engine = engine(Store::Sqlite(path.to_owned()), runner.clone()).await;
    (engine, runner)
}

fn body() -> sophia_plan::Block {
    sequence([
        read("a").binds("a"),
        each("each", 3, 2, sequence([effect("each/b")])),
    ])
}

/// A run to its end.
async fn done(engine: &Engine, request: RunRequest) -> RunId {
    let run = engine.submit(request).await.unwrap().run;
    assert_eq!(engine.wait(&run).await.unwrap(), RunOutcome::Done);
    run
}

#[tokio::test]
async fn a_backup_of_a_store_at_work_is_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("runs.db"), folder.path().join("copy.db"));
    let (at_work, _) = open(&path).await;
    let run = done(&at_work, request(plan("kept", body()))).await;
    let waits = at_work
        .submit(request(plan("asks", sequence([ask("ask", "leads")]))))
        .await;
    let waits = waits.unwrap().run;
    at_work.wait(&waits).await.unwrap();

    let made = backup(&path, &copy).unwrap();
    assert_eq!(made.runs, 2);
    assert_eq!(code(&backup(&path, &copy).unwrap_err()), "S908");
    // What comes later is not in it.
    done(&at_work, request(plan("later", body()))).await;
    // A store that somebody holds, and one that is there, stay as they are.
    assert_eq!(code(&restore(&copy, &path).unwrap_err()), "S960");
    at_work.close().await;
    assert_eq!(code(&restore(&copy, &path).unwrap_err()), "S908");

    let other = folder.path().join("other").join("runs.db");
    assert_eq!(restore(&copy, &other).unwrap().runs, 2);
    let (was, now) = (Reader::open(&path).unwrap(), Reader::open(&other).unwrap());
    assert_eq!(now.runs(&RunFilter::default()).unwrap().len(), 2);
    assert_eq!(
        was.run(&run.0).unwrap().steps,
        now.run(&run.0).unwrap().steps
    );
    assert!(verify(&other, &keys()).unwrap().findings.is_empty());
    // What waited goes on there.
    let (again, _) = open(&other).await;
    again.resume_all().await.unwrap();
    let approved = sophia_engine::Answer::Approved { comment: None };
    again
        .answer(&waits, None, "ann@example.org", approved)
        .await
        .unwrap();
    assert_eq!(again.wait(&waits).await.unwrap(), RunOutcome::Done);
    again.close().await;
    assert_eq!(
        code(&backup(Path::new("/nowhere/runs.db"), &other).unwrap_err()),
        "S908"
    );
    let none = folder.path().join("none.db");
    assert_eq!(
        code(&backup(&none, &folder.path().join("x")).unwrap_err()),
        "S961"
    );
}

/// Changes a store behind the engine's back.
fn damage(path: &Path, sql: &str) {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.execute_batch(sql).unwrap();
}

/// Changes one bit of the first run's last record.
fn flip(path: &Path) {
    let connection = rusqlite::Connection::open(path).unwrap();
    let (id, mut body): (i64, Vec<u8>) = connection
        .query_row(
            "select id, body from events where run = 1 order by id desc limit 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    let middle = body.len() / 2;
    body[middle] ^= 1;
    connection
        .execute(
            "update events set body = ?2 where id = ?1",
            rusqlite::params![id, body],
        )
        .unwrap();
}

#[tokio::test]
async fn every_damage_is_found_and_named_with_its_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let (at_work, _) = open(&path).await;
    let large = Value::text("large ".repeat(10_000));
    let mut with_large = request(plan("kept", body()));
    Arc::make_mut(&mut with_large.plan)
        .inputs
        .push(sophia_plan::step::Input {
            name: "text".into(),
            of: sophia_plan::Type::Text,
            default: Some(large),
            documentation: None,
        });
    let run = done(&at_work, with_large).await;
    let sound = done(&at_work, request(plan("sound", body()))).await;
    at_work.close().await;
    let verified = verify(&path, &keys()).unwrap();
    assert_eq!((verified.runs, verified.large), (2, 1));
    assert!(verified.records > 2);
    assert_eq!(verified.findings, []);

    let whole = std::fs::read(&path).unwrap();
    for (sql, found) in [
        (
            "delete from events where run = 1 and sequence = 1",
            "missing",
        ),
        (
            "update runs set status = 'failed' where id = 1",
            "The list says failed",
        ),
        (
            "update runs set status = 'running', ended = null where id = 1",
            "come to done",
        ),
        ("delete from blobs", "missing from the store"),
    ] {
        std::fs::write(&path, &whole).unwrap();
        damage(&path, sql);
        let verified = verify(&path, &keys()).unwrap();
        let named = verified
            .findings
            .iter()
            .any(|finding| finding.run.as_ref() == Some(&run) && finding.what.contains(found));
        assert!(named, "{sql}: {:?}", verified.findings);
        let others = verified
            .findings
            .iter()
            .any(|finding| finding.run.as_ref() == Some(&sound));
        assert!(!others, "{sql}: {:?}", verified.findings);
    }
    std::fs::write(&path, &whole).unwrap();
    flip(&path);
    let verified = verify(&path, &keys()).unwrap();
    assert_eq!(verified.findings.len(), 1, "{:?}", verified.findings);
    assert_eq!(verified.findings[0].run.as_ref(), Some(&run));
    assert!(
        verified.findings[0].what.contains("checksum"),
        "{:?}",
        verified.findings
    );
    for (sql, found) in [
        ("update blobs set body = x'01'", "Large value"),
        ("update plans set body = x'00' where id = 1", "The plan"),
    ] {
        std::fs::write(&path, &whole).unwrap();
        damage(&path, sql);
        let verified = verify(&path, &keys()).unwrap();
        let told = verified
            .findings
            .iter()
            .any(|finding| finding.what.contains(found));
        assert!(told, "{sql}: {:?}", verified.findings);
    }
}

fn blobs(path: &Path) -> i64 {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection
        .query_row("select count(*) from blobs", [], |row| row.get(0))
        .unwrap()
}

#[tokio::test]
async fn room_is_given_back_and_what_is_needed_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let journal = SqliteJournal::open(&path, None).unwrap();
    for number in 0..40_u32 {
        // Hardly to be compressed, and no two the same.
        let mut reader = blake3::Hasher::new()
            .update(&number.to_le_bytes())
            .finalize_xof();
        let mut bytes = vec![0; 40_000];
        reader.fill(&mut bytes);
        let mut text = String::new();
        for byte in &bytes {
            write!(text, "{byte:02x}").unwrap();
        }
        let run = RunId(format!("{number:03}").into());
        let plan = Arc::new(plan("large", sequence([ask("ask", "leads")])));
        let creation = Creation {
            inputs: Record {
                fields: vec![("text".into(), Value::text(text))],
            },
            ..creation(&run, &plan)
        };
        journal.create(creation).await.unwrap();
    }
    let kept = journal.load(&RunId("039".into())).unwrap().unwrap();
    assert_eq!(blobs(&path), 40);
    // 39 of them have ended long ago.
    damage(
        &path,
        "update runs set status = 'done', ended = 0 where run < '039'",
    );
    let retention = Retention {
        keep: Some(SignedDuration::from_hours(24)),
        keep_runs: None,
    };
    let now: Timestamp = instant();
    assert_eq!(remove_old(&path, retention, now).unwrap().runs, 39);
    assert_eq!(blobs(&path), 40);
    // The journal is open all the time, and goes on.
    let compacted = compact(&path, &keys(), now).unwrap();
    assert_eq!(
        (compacted.large, compacted.plans, compacted.keeps_room),
        (39, 0, false)
    );
    assert!(compacted.after < compacted.before / 4, "{compacted:?}");
    assert_eq!(blobs(&path), 1);
    let again = journal.load(&RunId("039".into())).unwrap().unwrap();
    assert_eq!(again.inputs, kept.inputs);
    let verified = verify(&path, &keys()).unwrap();
    assert_eq!(verified.findings, []);
    let told: Vec<(&str, u64)> = (verified.deleted.iter())
        .map(|deleted| (deleted.what.as_str(), deleted.count))
        .collect();
    assert_eq!(told, [("large values", 39), ("runs", 39)]);
}

#[tokio::test]
async fn what_is_still_needed_is_never_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let (at_work, runner) = open(&path).await;
    let once = || plan("once", sequence([effect("send").once(text("one"), None)]));
    let mut delivered = request(once());
    delivered.delivery = Some(Delivery {
        key: "delivery 1".into(),
        cursor: None,
    });
    let first = done(&at_work, delivered.clone()).await;
    let open_run = at_work
        .submit(request(plan("asks", sequence([ask("ask", "leads")]))))
        .await;
    let open_run = open_run.unwrap().run;
    at_work.wait(&open_run).await.unwrap();
    let mut latest = first.clone();
    for _ in 0..5 {
        latest = done(&at_work, request(plan("many", body()))).await;
    }
    // Nothing that has just ended goes.
    let all = Retention {
        keep: Some(SignedDuration::ZERO),
        keep_runs: Some(1),
    };
    let ended = |at: &Engine| {
        let at = at.clone();
        async move { at.runs(RunFilter::default()).await.unwrap().len() }
    };
    assert_eq!(remove_old(&path, all, instant()).unwrap().runs, 0);
    assert_eq!(ended(&at_work).await, 7);
    // Later only the latest stays, and what has not ended.
    let later = instant()
        .checked_add(SignedDuration::from_hours(48))
        .unwrap();
    let count = Retention {
        keep: None,
        keep_runs: Some(1),
    };
    assert_eq!(remove_old(&path, count, later).unwrap().runs, 5);
    let left: Vec<RunId> = at_work
        .runs(RunFilter::default())
        .await
        .unwrap()
        .into_iter()
        .map(|run| run.run)
        .collect();
    assert_eq!(left, [latest, open_run]);
    // The effect that the deleted run did is still known, and so is its delivery.
    let again = at_work.submit(request(once())).await.unwrap().run;
    at_work.wait(&again).await.unwrap();
    let detail = at_work.run(&again.0).await.unwrap();
    assert!(
        matches!(&detail.steps[0].state, StepState::Ended(StepEnd::Suppressed { by }) if *by == first.0),
        "{:?}",
        detail.steps[0].state
    );
    assert_eq!(runner.count("send"), 1);
    assert!(at_work.submit(delivered).await.unwrap().already_known);
    at_work.close().await;
    assert_eq!(verify(&path, &keys()).unwrap().findings, []);
}
