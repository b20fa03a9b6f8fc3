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
    Answer, Delivery, Engine, Limits, NewArrival, PlaybookLimits, Playbooks, Reader, Report, Room,
    RunFilter, RunId, RunStatus, StepCall, StepOutcome, StepRunner, Store,
};
use sophia_plan::step::{Delay, Joining, OneRun, Overlap, Wait};
use sophia_plan::{Expression, Plan, Value};

use crate::plans::{ask, each, effect, emit, event, number, plan, playbook, read, sequence, wait};
use crate::scripted::request;

const FOLDER: &str = "SOPHIA_KILL_TEST_FOLDER";
const ITEMS: usize = 6;
const DELIVERIES: usize = 3;
/// Of each delivery: one for each item and one of its run, and four besides.
const EFFECTS: usize = DELIVERIES * (2 * ITEMS + 4);

/// So often at least a process is killed.
const KILLS: u32 = 200;

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
        if matches!(&call.step.kind, sophia_plan::StepKind::Work(work) if work.is_effect()) {
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

/// Everything that a run may wait for, with effects before, in and after it: a loop, another run, a person, time,
/// something that comes in, and what the run itself tells.
fn desk() -> Plan {
    let in_time = |ms: i64| Delay::Time(Expression::Constant(Value::Duration(ms)));
    let mut desk = plan(
        "desk",
        sequence([
            read("look"),
            effect("first"),
            each(
                "each",
                i64::try_from(ITEMS).unwrap(),
                4,
                sequence([
                    read("each/look again"),
                    effect("each/write"),
                    playbook("each/run", "child", Joining::Waits),
                ]),
            ),
            wait("pause", Wait::Passed(in_time(2))),
            ask("ask", "finance"),
            effect("approved"),
            wait("paid", Wait::Event(event("shop.paid", None))),
            effect("after paid"),
            emit("tell", "desk.done", number(1)),
            effect("last"),
        ]),
    );
    desk.one_run = Some(OneRun {
        per: None,
        overlap: Overlap::Wait,
    });
    desk
}

fn child_plan() -> Plan {
    plan("child", sequence([effect("child write")]))
}

struct Current;

impl Playbooks for Current {
    fn current(&self, playbook: &str) -> Option<Arc<Plan>> {
        (playbook == "child").then(|| Arc::new(child_plan()))
    }
}

/// Limits of everything that is limited: places are given back by whoever is killed.
fn limits() -> Limits {
    let mut limits = Limits::default();
    let room = Room {
        at_once: Some(3),
        rate: None,
    };
    limits.places.insert("ledger".into(), room);
    let runs = PlaybookLimits {
        at_once: Some(2),
        ..PlaybookLimits::default()
    };
    limits.playbooks.insert("child".into(), runs);
    limits
}

/// What people and other systems do for a run that waits. They come again as often as nobody has taken it.
async fn attend(engine: &Engine, run: &RunId) {
    let detail = engine.run(&run.0).await.unwrap();
    for wait in &detail.waits {
        if wait.for_a_person {
            let answer = Answer::Approved { comment: None };
            // Another word of theirs may be on its way.
            let _ = engine.answer(run, None, "ana@x.test", answer).await;
        } else if wait.reason.contains("shop.paid") {
            let paid = NewArrival {
                environment: "dev".into(),
                event: "shop.paid".into(),
                key: format!("paid {run}").into(),
                value: Value::Integer(1),
                at: jiff::Timestamp::now(),
            };
            engine.deliver(paid).await.unwrap();
            say("delivered");
        }
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
    engine.limit(limits()).await.unwrap();
    engine.follow(Arc::new(Current));
    say("open");
    engine.resume_all().await.unwrap();
    // Each delivery comes at every start, as from a sender that never hears an answer.
    let mut runs = Vec::new();
    for delivery in 0..DELIVERIES {
        let mut asked = request(desk());
        asked.at = jiff::Timestamp::now();
        asked.delivery = Some(Delivery {
            key: format!("delivery {delivery}").into(),
            cursor: None,
        });
        runs.push(engine.submit(asked).await.unwrap().run);
        say("submitted");
    }
    for run in &runs {
        loop {
            let detail = engine.run(&run.0).await.unwrap();
            if detail.summary.status.is_final() {
                assert_eq!(
                    detail.summary.status,
                    RunStatus::Done,
                    "{:?}",
                    detail.outcome
                );
                break;
            }
            attend(&engine, run).await;
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    }
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

/// Kills the runs of one store until they are done. How often, and where.
fn until_done(folder: &Path, last_words: &mut BTreeMap<String, u32>) -> u32 {
    let mut kills = 0;
    loop {
        assert!(kills < 400, "the runs do not get on");
        let mut child = start(folder);
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
            return kills;
        }
        assert!(
            finished || passed >= patience,
            "the child ended by itself: {status}"
        );
        kills += 1;
    }
}

/// Every effect happened once, every run ended well, and there is none too many.
fn check(folder: &Path) {
    let ledger = std::fs::read_to_string(folder.join("ledger")).unwrap();
    let mut counts = BTreeMap::<&str, usize>::new();
    for line in ledger.lines() {
        *counts.entry(line.split_once(' ').unwrap().1).or_default() += 1;
    }
    let each_of = |key: &str| {
        if key == "child write" {
            ITEMS * DELIVERIES
        } else {
            DELIVERIES
        }
    };
    for (key, count) in &counts {
        assert_eq!(*count, each_of(key), "{key}: {counts:?}");
    }
    assert_eq!(ledger.lines().count(), EFFECTS, "{counts:?}");
    let runs = Reader::open(&folder.join("runs.sqlite"))
        .unwrap()
        .runs(&RunFilter::default())
        .unwrap();
    assert_eq!(runs.len(), DELIVERIES * (1 + ITEMS));
    assert!(runs.iter().all(|run| run.status == RunStatus::Done));
}

#[test]
fn a_killed_process_loses_no_effect_and_doubles_none() {
    let mut last_words = BTreeMap::<String, u32>::new();
    let mut kills = 0;
    while kills < KILLS {
        let folder = tempfile::tempdir().unwrap();
        kills += until_done(folder.path(), &mut last_words);
        check(folder.path());
    }
    assert!(
        last_words.len() > 3,
        "{kills} kills, and only at {last_words:?}"
    );
}
