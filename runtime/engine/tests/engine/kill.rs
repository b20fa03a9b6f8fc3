//! A real process is killed at many points and started again until its run is done.
//!
//! The child is this test program, started again for one test. It writes a line for every point that it
//! passes; the test reads the lines and kills it at a chosen one. Nothing depends on time.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use sophia_engine::{
    Delivery, Engine, Reader, Report, RunFilter, RunOutcome, RunStatus, StepCall, StepOutcome,
    StepRunner, Store,
};
use sophia_plan::Value;

use crate::plans::{each, effect, plan, read, sequence};
use crate::scripted::request;

const FOLDER: &str = "SOPHIA_KILL_TEST_FOLDER";
const EFFECTS: usize = 50;

/// An outside ledger: one line for each effect, synced, under the effect's key. It honours keys.
struct Ledger {
    path: PathBuf,
    lock: Mutex<()>,
}

fn say(point: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\npoint {point}").unwrap();
    out.flush().unwrap();
}

#[async_trait]
impl StepRunner for Ledger {
    async fn run(&self, call: StepCall) -> StepOutcome {
        say("before");
        if &*call.step.label == "write" {
            let _one = self.lock.lock().unwrap();
            let written = std::fs::read_to_string(&self.path).unwrap_or_default();
            let line = format!("{} {}", call.idempotency_key, call.key);
            if !written.lines().any(|known| known == line) {
                let mut ledger = OpenOptions::new()
                    .create(true)
                    .append(true)
                    .open(&self.path)
                    .unwrap();
                ledger.write_all(format!("{line}\n").as_bytes()).unwrap();
                ledger.sync_all().unwrap();
            }
        }
        say("after");
        StepOutcome::Done {
            value: Value::Integer(1),
            report: Report::default(),
        }
    }

    fn repeatable(&self, _: &StepCall) -> bool {
        true
    }
}

/// The child's part. Run as a test of its own it has nothing to do.
#[tokio::test]
async fn child() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let folder = Path::new(&folder);
    let ledger = Ledger {
        path: folder.join("ledger"),
        lock: Mutex::new(()),
    };
    let engine = Engine::open(Store::Sqlite(folder.join("runs.sqlite")), Arc::new(ledger))
        .await
        .unwrap();
    say("open");
    let body = sequence([
        read("look"),
        each(
            "each",
            i64::try_from(EFFECTS).unwrap(),
            8,
            sequence([read("each/look again"), effect("each/write")]),
        ),
    ]);
    let mut asked = request(plan("killed", body));
    asked.delivery = Some(Delivery {
        key: "the only one".into(),
        cursor: None,
    });
    let submitted = engine.submit(asked).await.unwrap();
    say("submitted");
    if submitted.already_known {
        engine.resume_all().await.unwrap();
    }
    assert_eq!(engine.wait(&submitted.run).await.unwrap(), RunOutcome::Done);
    say("done");
    engine.close().await;
}

fn start(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "kill::child",
            "--nocapture",
            "--test-threads",
            "1",
        ])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

#[test]
fn a_killed_process_loses_no_effect_and_doubles_none() {
    let folder = tempfile::tempdir().unwrap();
    let mut kills = 0;
    let mut last_words = BTreeMap::<String, u32>::new();
    loop {
        assert!(kills < 400, "the run does not get on");
        let mut child = start(folder.path());
        // Early points at first, then ever later ones, so that every start gets a little further.
        let patience = 1 + (kills * 7) % (23 + kills);
        let mut passed = 0;
        let mut finished = false;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            let Some(point) = line.strip_prefix("point ") else {
                continue;
            };
            passed += 1;
            finished |= point == "done";
            if passed == patience && !finished {
                child.kill().unwrap();
                *last_words.entry(point.to_owned()).or_default() += 1;
            }
        }
        let status = child.wait().unwrap();
        if finished && status.success() {
            break;
        }
        assert!(
            finished || passed >= patience,
            "the child ended by itself: {status}"
        );
        kills += 1;
    }
    let ledger = std::fs::read_to_string(folder.path().join("ledger")).unwrap();
    let mut counts = BTreeMap::<&str, u32>::new();
    for line in ledger.lines() {
        *counts.entry(line.split_once(' ').unwrap().1).or_default() += 1;
    }
    assert_eq!(counts.len(), EFFECTS, "effects were lost");
    assert!(
        counts.values().all(|count| *count == 1),
        "effects were doubled: {counts:?}"
    );
    assert!(
        kills > 4 && last_words.len() > 2,
        "killed only at {last_words:?}"
    );
    let runs = Reader::open(&folder.path().join("runs.sqlite"))
        .unwrap()
        .runs(&RunFilter::default())
        .unwrap();
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].status, RunStatus::Done);
}
