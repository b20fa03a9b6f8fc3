//! A store of the former format is brought up to date when it is opened, whole or not at all, and its runs go on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;
use sophia_engine::journal::{Creation, Journal, SqliteJournal};
use sophia_engine::upkeep::{backup, restore, verify};
use sophia_engine::{
    Answer as Said, Engine, Keys, Reader, RunFilter, RunId, RunOutcome, RunStatus, RunSummary,
    StepState, Store,
};
use sophia_plan::{Record, Value};
use tempfile::TempDir;

use crate::plans::{ask, each, effect, plan, read, sequence};
use crate::scripted::{Answer, Scripted, creation, engine, request};

/// The tables of runs as the third format has them, with what the fourth one holds.
const THIRD: &str = "
    pragma foreign_keys = off;
    begin;
    alter table runs rename to runs_now;
    alter table events rename to events_now;
    alter table resting rename to resting_now;
    drop index runs_in_line;
    create table runs (
        id integer primary key, run text not null unique, playbook text not null, environment text not null,
        plan text not null, inputs blob not null, status text not null, created integer not null, ended integer,
        summary text not null, line text, parent text
    );
    create index runs_unfinished on runs (id) where status in ('running', 'waiting');
    create index runs_in_line on runs (line, id) where line is not null and ended is null;
    create index runs_by_playbook on runs (playbook, id);
    create table events (
        id integer primary key, run integer not null references runs (id), sequence integer not null,
        body blob not null
    );
    create unique index events_by_run on events (run, sequence);
    create table resting (
        run integer primary key references runs (id), next integer, since integer not null, events text not null
    );
    insert into runs select id, run, playbook, environment, plan, inputs, status, created, ended, summary, line, parent
        from runs_now;
    insert into events select id, run, sequence, body from events_now;
    insert into resting select run, next, since, events from resting_now;
    drop table resting_now;
    drop table events_now;
    drop table runs_now;
    pragma user_version = 3;
    commit;";

fn format(path: &Path) -> i64 {
    let connection = Connection::open(path).unwrap();
    connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap()
}

/// The tables and indexes, as the store says.
fn tables(path: &Path) -> Vec<(String, Option<String>)> {
    let connection = Connection::open(path).unwrap();
    let mut tables = connection
        .prepare("select name, sql from sqlite_schema order by name")
        .unwrap();
    let tables = tables.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    tables.unwrap().collect::<Result<_, _>>().unwrap()
}

fn listed(path: &Path) -> Vec<RunSummary> {
    let reader = Reader::open(path).unwrap();
    reader.runs(&RunFilter::default()).unwrap()
}

async fn open(path: &Path, runner: Scripted) -> (Engine, Arc<Scripted>) {
    let runner = Arc::new(runner);
    let engine = engine(Store::Sqlite(path.to_owned()), runner.clone()).await;
    (engine, runner)
}

/// A store of the third format.
struct Former {
    path: PathBuf,
    /// One that has ended, one that waits for a person, one whose effect was under way when the program was killed,
    /// one that had not begun.
    runs: [RunId; 4],
    was: Vec<RunSummary>,
    _folder: TempDir,
}

async fn former() -> Former {
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("made.db");
    let runner = Scripted::new().answering("hangs", [Answer::Hang]);
    let (at_work, runner) = open(&made, runner).await;
    let body = [
        read("a").binds("a"),
        each("each", 3, 2, sequence([effect("each/b")])),
    ];
    let submit = async |of| at_work.submit(request(of)).await.unwrap().run;
    let done = submit(plan("ended", sequence(body))).await;
    assert_eq!(at_work.wait(&done).await.unwrap(), RunOutcome::Done);
    let waits = submit(plan("asks", sequence([effect("c"), ask("ask", "leads")]))).await;
    at_work.wait(&waits).await.unwrap();
    let works = submit(plan("works", sequence([effect("d"), effect("hangs")]))).await;
    while runner.count("hangs") == 0 {
        tokio::task::yield_now().await;
    }
    // As it stands while the program is at work: what a kill leaves.
    let path = folder.path().join("runs.db");
    backup(&made, &path).unwrap();
    at_work.close().await;
    let journal = SqliteJournal::open(&path, None).unwrap();
    let begins = RunId("01ZZZZZZZZZZZZZZZZZZZZZZZZ".into());
    let text = Value::text("large ".repeat(10_000));
    let creation = Creation {
        inputs: Record {
            fields: vec![("text".into(), text)],
        },
        ..creation(&begins, &Arc::new(plan("begins", sequence([effect("e")]))))
    };
    journal.create(creation).await.unwrap();
    drop(journal);
    let was = listed(&path);
    Connection::open(&path)
        .unwrap()
        .execute_batch(THIRD)
        .unwrap();
    assert_eq!(format(&path), 3);
    Former {
        path,
        runs: [done, waits, works, begins],
        was,
        _folder: folder,
    }
}

#[tokio::test]
async fn runs_of_the_former_format_go_on() {
    let former = former().await;
    let [done, waits, works, begins] = &former.runs;
    let (engine, runner) = open(&former.path, Scripted::new()).await;
    assert_eq!(engine.runs(RunFilter::default()).await.unwrap(), former.was);
    assert_eq!(format(&former.path), 4);
    let mut resumed = engine.resume_all().await.unwrap();
    resumed.retain(|run| run != waits);
    assert_eq!(resumed, [works.clone(), begins.clone()]);
    assert_eq!(engine.wait(begins).await.unwrap(), RunOutcome::Done);
    // What may have happened is asked about, and what had ended is not done again.
    engine.wait(works).await.unwrap();
    let detail = engine.run(&works.0).await.unwrap();
    assert_eq!(detail.summary.status, RunStatus::Waiting);
    assert!(matches!(detail.steps[0].state, StepState::Ended(_)));
    let approved = Said::Approved { comment: None };
    engine
        .answer(waits, None, "ann@example.org", approved)
        .await
        .unwrap();
    assert_eq!(engine.wait(waits).await.unwrap(), RunOutcome::Done);
    let ended = engine.run(&done.0).await.unwrap();
    assert_eq!(ended.outcome, Some(RunOutcome::Done));
    assert_eq!(runner.keys(), ["e"]);
    engine.close().await;
    let verified = verify(&former.path, &Keys::default()).unwrap();
    assert_eq!((verified.runs, verified.findings), (4, vec![]));
}

#[tokio::test]
async fn a_store_of_the_former_format_comes_to_be_as_a_new_one() {
    let former = former().await;
    // Whoever reads it brings it up to date, too.
    assert_eq!(listed(&former.path), former.was);
    let new = former.path.with_file_name("new.db");
    drop(SqliteJournal::open(&new, None).unwrap());
    assert_eq!(tables(&former.path), tables(&new));
}

#[tokio::test]
async fn a_former_format_is_left_whole_or_not_at_all() {
    let former = former().await;
    let there = |sql: &str| {
        let connection = Connection::open(&former.path).unwrap();
        connection.execute_batch(sql).unwrap();
    };
    // In the middle of it something is in the way.
    there("create table events_of_3 (id integer primary key)");
    let before = tables(&former.path);
    let problem = SqliteJournal::open(&former.path, None).unwrap_err();
    assert_eq!(problem.code.as_str(), "S961");
    assert_eq!((format(&former.path), tables(&former.path)), (3, before));
    there("drop table events_of_3");
    assert_eq!(listed(&former.path), former.was);
}

#[tokio::test]
async fn a_store_of_the_former_format_that_is_held_stays_as_it_is() {
    let former = former().await;
    let beside = former.path.with_file_name("runs.db.lock");
    let held = std::fs::File::create(&beside).unwrap();
    held.lock().unwrap();
    let problem = Reader::open(&former.path).unwrap_err();
    assert_eq!(problem.code.as_str(), "S960");
    assert_eq!(format(&former.path), 3);
    held.unlock().unwrap();
    assert_eq!(listed(&former.path), former.was);
}

#[tokio::test]
async fn a_backup_of_the_former_format_is_a_store() {
    let former = former().await;
    let (copy, other) = (
        former.path.with_file_name("copy.db"),
        former.path.with_file_name("other.db"),
    );
    assert_eq!(backup(&former.path, &copy).unwrap().runs, 4);
    assert_eq!((format(&former.path), format(&copy)), (3, 3));
    assert_eq!(restore(&copy, &other).unwrap().runs, 4);
    assert_eq!(format(&copy), 3);
    assert_eq!(listed(&other), former.was);
}

#[tokio::test]
async fn a_later_format_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    drop(SqliteJournal::open(&path, None).unwrap());
    for format in [2, 5] {
        let connection = Connection::open(&path).unwrap();
        connection
            .pragma_update(None, "user_version", format)
            .unwrap();
        drop(connection);
        for problem in [
            Reader::open(&path).map(drop).unwrap_err(),
            SqliteJournal::open(&path, None).map(drop).unwrap_err(),
            backup(&path, &folder.path().join("copy.db"))
                .map(drop)
                .unwrap_err(),
        ] {
            assert_eq!(problem.code.as_str(), "S961");
        }
    }
}
