//! Payloads at rest: nothing that a run holds can be read in the file, keys change, and nothing is lost.

use std::path::Path;
use std::sync::Arc;

use sophia_engine::journal::{Creation, Journal, SqliteJournal};
use sophia_engine::upkeep::{backup, compact, verify};
use sophia_engine::{
    Delivery, Engine, Keys, NewArrival, Reader, RunFilter, RunId, RunOutcome, Store,
};
use sophia_plan::step::StateDefinition;
use sophia_plan::{EndKind, Record, Type, Value, Work};

use crate::plans::{ask, each, effect, end, plan, sequence};
use crate::scripted::{Scripted, creation, engine, instant, request};

const ONE: &str = "one key of at least thirty-two letters";
const TWO: &str = "and another key of at least thirty-two letters";

fn keys(current: Option<&str>, former: &[&str]) -> Keys {
    Keys::of(current, former.iter().copied()).unwrap()
}

async fn open(path: &Path, keys: Keys) -> (Engine, Arc<Scripted>) {
    let runner = Arc::new(Scripted::new());
    let engine = engine(Store::Sealed(path.to_owned(), keys), runner.clone()).await;
    (engine, runner)
}

fn code(problem: &sophia_diagnostics::Problem) -> &str {
    problem.code.as_str()
}

/// Whether a text stands in the store's files.
fn holds(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).unwrap().flatten().any(|file| {
        let bytes = std::fs::read(file.path()).unwrap();
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    })
}

/// A plan in which a person's address stands wherever a value may: results, claims, states, questions,
/// reasons, events.
fn personal() -> sophia_plan::Plan {
    let mut remembers = effect("remember");
    remembers.0.kind = sophia_plan::StepKind::Work(Work::Set {
        state: "seen".into(),
        key: Some(crate::plans::name("who")),
        value: crate::plans::name("who"),
    });
    let once = effect("send").once(crate::plans::name("who"), None);
    let mut plan = plan(
        "personal",
        sequence([
            once,
            remembers,
            crate::plans::emit("tell", "told", crate::plans::name("who")),
            each(
                "each",
                2,
                1,
                sequence([effect("each/more").once(crate::plans::name("who"), Some(1))]),
            ),
        ]),
    );
    plan.inputs.push(sophia_plan::step::Input {
        name: "who".into(),
        of: Type::Text,
        default: None,
        documentation: None,
    });
    plan.states.insert(
        "seen".into(),
        StateDefinition {
            of: Type::Text,
            value: Value::None,
            per: Some(Type::Text),
            origin: sophia_plan::Origin::default(),
        },
    );
    plan
}

fn of(who: &str) -> sophia_engine::RunRequest {
    let mut request = request(personal());
    request.inputs = Record {
        fields: vec![("who".into(), Value::text(who))],
    };
    request.delivery = Some(Delivery {
        key: format!("from {who}").into(),
        cursor: None,
    });
    request
}

async fn done(engine: &Engine, request: sophia_engine::RunRequest) -> RunId {
    let run = engine.submit(request).await.unwrap().run;
    assert_eq!(engine.wait(&run).await.unwrap(), RunOutcome::Done);
    run
}

#[tokio::test]
async fn nothing_personal_can_be_read_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let who = "kim.lee@example.org";
    let (at_work, runner) = open(&path, keys(Some(ONE), &[])).await;
    let run = done(&at_work, of(who)).await;
    at_work
        .deliver(NewArrival {
            environment: "dev".into(),
            event: "came".into(),
            key: format!("came from {who}").into(),
            value: Value::text(who.repeat(2_000)),
            at: instant(),
        })
        .await
        .unwrap();
    let mut asks = request(plan("asks", sequence([ask("ask", "leads")])));
    asks.inputs = Record::default();
    let waits = at_work.submit(asks).await.unwrap().run;
    at_work.wait(&waits).await.unwrap();
    let stops = plan(
        "stops",
        sequence([end("stop", EndKind::Stop, "Enough.", None)]),
    );
    let stopped = at_work.submit(request(stops)).await.unwrap().run;
    at_work.wait(&stopped).await.unwrap();
    assert!(
        holds(folder.path(), "personal"),
        "the playbook's name may be read"
    );
    // What lists show is made of values, too.
    let connection = rusqlite::Connection::open(&path).unwrap();
    let readable: i64 = connection
        .query_row(
            "select count(*) from runs where typeof(summary) = 'text' and summary <> ''",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(readable, 0);
    drop(connection);
    let listed = at_work.runs(RunFilter::default()).await.unwrap();
    assert_eq!(listed[0].summary, "Enough.");
    at_work.close().await;
    assert!(!holds(folder.path(), who), "it stands in the file");
    let copy = folder.path().join("copy.db");
    backup(&path, &copy).unwrap();
    assert!(!holds(folder.path(), who), "it stands in the backup");

    // With the key everything is there.
    let (again, _) = open(&path, keys(Some(ONE), &[])).await;
    let detail = again.run(&run.0).await.unwrap();
    assert_eq!(detail.inputs.get("who"), Some(&Value::text(who)));
    assert!(again.submit(of(who)).await.unwrap().already_known);
    let mut fresh = of(who);
    fresh.delivery = None;
    let suppressed = done(&again, fresh).await;
    let steps = again.run(&suppressed.0).await.unwrap().steps;
    assert!(
        matches!(
            steps[0].state,
            sophia_engine::StepState::Ended(sophia_engine::StepEnd::Suppressed { .. })
        ),
        "{:?}",
        steps[0].state
    );
    assert_eq!(runner.count("send"), 1);
    again.close().await;
    assert!(
        verify(&copy, &keys(Some(ONE), &[]))
            .unwrap()
            .findings
            .is_empty()
    );
}

#[tokio::test]
async fn without_its_key_a_store_says_so_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let (at_work, _) = open(&path, keys(Some(ONE), &[])).await;
    let run = done(&at_work, of("kim")).await;
    at_work.close().await;
    let before = std::fs::read(&path).unwrap();
    for wrong in [keys(None, &[]), keys(Some(TWO), &[]), keys(None, &[TWO])] {
        assert_eq!(
            code(&Reader::open_sealed(&path, &wrong).unwrap_err()),
            "S909"
        );
        let opened = SqliteJournal::open_sealed(&path, None, &wrong);
        assert_eq!(code(&opened.unwrap_err()), "S909");
        assert_eq!(code(&verify(&path, &wrong).unwrap_err()), "S909");
        assert_eq!(
            code(&compact(&path, &wrong, instant()).unwrap_err()),
            "S909"
        );
    }
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert!(
        Reader::open_sealed(&path, &keys(None, &[ONE]))
            .unwrap()
            .run(&run.0)
            .is_ok()
    );
    assert_eq!(code(&Keys::of(Some("short"), []).unwrap_err()), "S909");
}

#[tokio::test]
async fn a_new_key_takes_over_and_the_former_one_still_opens() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let (at_work, _) = open(&path, keys(Some(ONE), &[])).await;
    let first = done(&at_work, of("kim")).await;
    at_work.close().await;

    let (at_work, runner) = open(&path, keys(Some(TWO), &[ONE])).await;
    // What was claimed and delivered under the former key is known.
    assert!(at_work.submit(of("kim")).await.unwrap().already_known);
    let mut fresh = of("kim");
    fresh.delivery = None;
    let second = done(&at_work, fresh).await;
    assert_eq!(runner.count("send"), 0);
    at_work.close().await;
    let both = Reader::open_sealed(&path, &keys(Some(TWO), &[ONE])).unwrap();
    assert!(both.run(&first.0).is_ok() && both.run(&second.0).is_ok());
    // Without the former key what it wrote is refused by name, and what came later is read.
    let new = Reader::open_sealed(&path, &keys(Some(TWO), &[])).unwrap();
    assert_eq!(code(&new.run(&first.0).unwrap_err()), "S909");
    assert!(new.run(&second.0).is_ok());
    assert_eq!(
        verify(&path, &keys(Some(TWO), &[ONE])).unwrap().findings,
        []
    );
    let without = verify(&path, &keys(Some(TWO), &[])).unwrap().findings;
    assert!(
        without
            .iter()
            .any(|found| found.run.as_ref() == Some(&first)),
        "{without:?}"
    );
}

#[tokio::test]
async fn a_store_without_a_key_may_get_one_later() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let (at_work, _) = open(&path, keys(None, &[])).await;
    let first = done(&at_work, of("kim")).await;
    at_work.close().await;
    let (at_work, runner) = open(&path, keys(Some(ONE), &[])).await;
    assert!(at_work.submit(of("kim")).await.unwrap().already_known);
    let mut fresh = of("kim");
    fresh.delivery = None;
    let second = done(&at_work, fresh).await;
    assert_eq!(runner.count("send"), 0, "the claim of the run before holds");
    assert!(at_work.run(&first.0).await.is_ok() && at_work.run(&second.0).await.is_ok());
    at_work.close().await;
    assert_eq!(verify(&path, &keys(Some(ONE), &[])).unwrap().findings, []);
}

#[tokio::test]
async fn what_repeats_itself_takes_little_room() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let journal = SqliteJournal::open(&path, None).unwrap();
    let large = Value::text("a line that is written again and again\n".repeat(50_000));
    let creation = Creation {
        inputs: Record {
            fields: vec![
                ("text".into(), large.clone()),
                ("short".into(), Value::text("x".repeat(9_000))),
            ],
        },
        ..creation(&RunId("A".into()), &Arc::new(plan("large", sequence([]))))
    };
    journal.create(creation).await.unwrap();
    let stored = journal.load(&RunId("A".into())).unwrap().unwrap();
    assert_eq!(stored.inputs.get("text"), Some(&large));
    drop(journal);
    let size = std::fs::metadata(&path).unwrap().len();
    assert!(size < 400_000, "{size} bytes for two million");
}
