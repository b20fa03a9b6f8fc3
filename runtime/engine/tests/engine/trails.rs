//! The records of each run are found in the store, however far apart they lie and whoever looks.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use jiff::SignedDuration;
use sophia_engine::journal::{
    Journal, Rest, SqliteJournal, SqliteReader, StatusChange, StoredRun, Write,
};
use sophia_engine::kernel::{Awaits, Event};
use sophia_engine::upkeep::{Retention, remove_old, verify};
use sophia_engine::{Keys, RunId, RunStatus};

use crate::plans::{ask, plan, sequence};
use crate::scripted::{self, creation, instant};

/// More records than a run's row lets lie between what it knows and what it does not.
const FAR: u32 = 5_000;

/// A store, and how many records each of its runs has.
struct Desk {
    journal: SqliteJournal,
    written: HashMap<RunId, u32>,
}

impl Desk {
    fn new(path: &Path) -> Self {
        Self {
            journal: SqliteJournal::open(path, None).unwrap(),
            written: HashMap::new(),
        }
    }

    async fn create(&mut self, run: &RunId) {
        let plan = Arc::new(plan("trails", sequence([ask("ask", "leads")])));
        self.journal.create(creation(run, &plan)).await.unwrap();
        self.written.insert(run.clone(), 0);
    }

    /// A run's next record, with what changes with it.
    fn next(&mut self, run: &RunId) -> Write {
        let sequence = self.written.get_mut(run).unwrap();
        *sequence += 1;
        // Tells them apart.
        let at = instant() + SignedDuration::from_secs(i64::from(*sequence));
        scripted::record(run, *sequence - 1, vec![Event::GraceOver { at }])
    }

    async fn append(&self, write: Write) {
        let receipt = self.journal.append(write).await.unwrap();
        receipt.await.unwrap().unwrap();
    }

    /// So many records of one run, in few transactions.
    async fn many(&mut self, run: &RunId, count: u32) {
        let mut last = None;
        for _ in 0..count {
            let write = self.next(run);
            last = Some(self.journal.lay_by(write).await.unwrap());
        }
        self.journal.settle();
        if let Some(last) = last {
            last.await.unwrap().unwrap();
        }
    }

    /// Every record of a run is found, in order, by the journal and by whoever reads beside it.
    fn finds(&self, run: &RunId, reader: &SqliteReader) {
        for stored in [self.journal.load(run), reader.load(run)] {
            let stored: StoredRun = stored.unwrap().unwrap();
            let expected: Vec<Event> = (1..=self.written[run])
                .map(|number| Event::GraceOver {
                    at: instant() + SignedDuration::from_secs(i64::from(number)),
                })
                .collect();
            assert_eq!(stored.events, expected, "{run}");
        }
    }
}

fn status(status: RunStatus) -> StatusChange {
    StatusChange {
        status,
        ended: status.is_final().then(instant),
        summary: String::new(),
    }
}

fn run(name: &str) -> RunId {
    RunId(name.into())
}

#[tokio::test]
async fn records_that_lie_far_apart_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let mut desk = Desk::new(&path);
    let reader = SqliteReader::open(&path).unwrap();
    let (slow, quick) = (run("A"), run("B"));
    desk.create(&slow).await;
    desk.create(&quick).await;
    for _ in 0..3 {
        desk.finds(&slow, &reader);
        desk.many(&quick, FAR).await;
        desk.finds(&slow, &reader);
        desk.many(&slow, 2).await;
        desk.finds(&slow, &reader);
        desk.many(&quick, 10).await;
        desk.many(&slow, 1).await;
    }
    // It goes on where the program that wrote so far is gone.
    for _ in 0..2 {
        let written = desk.written;
        drop(desk.journal);
        desk = Desk {
            written,
            ..Desk::new(&path)
        };
        desk.finds(&slow, &reader);
        desk.finds(&quick, &reader);
        desk.many(&slow, 1).await;
        desk.many(&quick, FAR).await;
    }
    desk.finds(&slow, &reader);
}

#[tokio::test]
async fn records_are_found_whatever_runs_do() {
    for seed in 1..=8_u64 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.db");
        let mut desk = Desk::new(&path);
        let mut reader = SqliteReader::open(&path).unwrap();
        let mut dice = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut roll = |below: u64| {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            dice % below
        };
        let runs: Vec<RunId> = (0..4).map(|number| run(&format!("RUN {number}"))).collect();
        for run in &runs {
            desk.create(run).await;
        }
        for _ in 0..60 {
            let of = &runs[usize::try_from(roll(4)).unwrap()];
            match roll(8) {
                // Enough for the others to lie far behind after a few of them.
                0 => desk.many(of, 1_500).await,
                1 => {
                    let awaits = Awaits {
                        next: None,
                        events: std::collections::BTreeSet::new(),
                    };
                    let write = Write {
                        rest: Some(Rest::For(awaits, instant())),
                        ..desk.next(of)
                    };
                    desk.append(write).await;
                }
                2 => {
                    let write = Write {
                        rest: Some(Rest::Over),
                        status: Some(status(RunStatus::Running)),
                        ..desk.next(of)
                    };
                    desk.append(write).await;
                }
                3 => {
                    let write = Write {
                        status: Some(status(RunStatus::Failed)),
                        ..desk.next(of)
                    };
                    desk.append(write).await;
                }
                4 => {
                    let written = desk.written;
                    drop(desk.journal);
                    desk = Desk {
                        written,
                        ..Desk::new(&path)
                    };
                    reader = SqliteReader::open(&path).unwrap();
                }
                _ => desk.many(of, 1).await,
            }
            for run in &runs {
                desk.finds(run, &reader);
            }
        }
    }
}

#[tokio::test]
async fn a_run_is_deleted_with_all_of_its_records() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let mut desk = Desk::new(&path);
    let reader = SqliteReader::open(&path).unwrap();
    let (ended, open) = (run("A"), run("B"));
    for run in [&ended, &open] {
        desk.create(run).await;
    }
    for _ in 0..3 {
        desk.many(&ended, 2).await;
        desk.many(&open, FAR).await;
    }
    let write = Write {
        status: Some(status(RunStatus::Done)),
        ..desk.next(&ended)
    };
    desk.append(write).await;
    let retention = Retention {
        keep: Some(SignedDuration::ZERO),
        keep_runs: None,
    };
    let later = instant() + SignedDuration::from_hours(2);
    assert_eq!(remove_old(&path, retention, later).unwrap().runs, 1);
    assert!(reader.load(&ended).unwrap().is_none());
    desk.finds(&open, &reader);
    let verified = verify(&path, &Keys::default()).unwrap();
    assert_eq!(verified.records, u64::from(desk.written[&open]));
    assert_eq!(verified.findings, []);
}

#[tokio::test]
async fn a_record_that_nothing_leads_to_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let mut desk = Desk::new(&path);
    let of = run("A");
    desk.create(&of).await;
    desk.many(&of, 4).await;
    drop(desk.journal);
    for (damage, said) in [
        (
            "update runs set last = 3, since = null",
            "1 of its records are not found.",
        ),
        (
            "update events set back = 2 where id = 4",
            "A record of run A is missing from the store.",
        ),
        (
            "update events set back = 0 where id = 4",
            "A record of run A is missing from the store.",
        ),
        (
            "update events set back = null where id = 2",
            "A record of run A is missing from the store.",
        ),
    ] {
        let damaged = folder.path().join("damaged.db");
        std::fs::copy(&path, &damaged).unwrap();
        let connection = rusqlite::Connection::open(&damaged).unwrap();
        connection.execute_batch(damage).unwrap();
        drop(connection);
        let verified = verify(&damaged, &Keys::default()).unwrap();
        let told: Vec<&str> = (verified.findings.iter())
            .filter(|finding| finding.run.as_ref() == Some(&of))
            .map(|finding| finding.what.as_str())
            .collect();
        assert_eq!(told, [said], "{damage}");
    }
}
