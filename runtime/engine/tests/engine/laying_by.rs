//! What nobody waits for shares the transaction of what somebody waits for, and is lost by none of the ways in which
//! a store is left.

use std::path::Path;
use std::sync::Arc;

use sophia_engine::journal::{Journal, Receipt, SqliteJournal, Write};
use sophia_engine::kernel::Event;
use sophia_engine::{Engine, RunId, RunOutcome, Store};
use sophia_plan::Block;

use crate::plans::{effect, plan, read, sequence};
use crate::scripted::{self, Scripted, creation, engine, instant, request};

/// How many transactions one run of this takes.
async fn transactions(body: Block) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::Sqlite(folder.path().join("runs.sqlite"));
    let engine: Engine = engine(store, Arc::new(Scripted::new())).await;
    let before = engine.commits().transactions;
    let run = engine.submit(request(plan("reads", body))).await.unwrap();
    assert_eq!(engine.wait(&run.run).await.unwrap(), RunOutcome::Done);
    let after = engine.commits().transactions;
    engine.close().await;
    after - before
}

#[tokio::test]
async fn reads_share_the_wait_of_the_effect_behind_them() {
    let alone = transactions(sequence([effect("e")])).await;
    // The run with its effect's beginning; how the effect ended.
    assert_eq!(alone, 2);
    let behind = transactions(sequence([read("a"), read("b"), read("c"), effect("e")])).await;
    // The run and its reads with the effect's beginning; how it ended.
    assert_eq!(behind, 2);
    let reads = transactions(sequence([read("a"), read("b"), read("c")])).await;
    assert_eq!(reads, 1);
}

fn open(path: &Path) -> SqliteJournal {
    SqliteJournal::open(path, None).unwrap()
}

async fn create(journal: &SqliteJournal, run: &str) {
    let plan = Arc::new(plan("laid by", sequence([])));
    let creation = creation(&RunId(run.into()), &plan);
    journal.create(creation).await.unwrap();
}

fn record(run: &str, sequence: u32) -> Write {
    let events = vec![Event::GraceOver { at: instant() }];
    scripted::record(&RunId(run.into()), sequence, events)
}

fn is_durable(receipt: &mut Receipt) -> bool {
    receipt.try_recv().is_ok_and(|written| written.is_ok())
}

fn records(journal: &SqliteJournal, run: &str) -> usize {
    let stored = journal.load(&RunId(run.into())).unwrap().unwrap();
    stored.records.len()
}

#[tokio::test]
async fn what_is_laid_by_waits_for_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.sqlite");
    let journal = open(&path);
    create(&journal, "A").await;
    let before = journal.commits().transactions;

    let mut receipt = journal.lay_by(record("A", 0)).await.unwrap();
    assert!(!is_durable(&mut receipt));
    create(&journal, "B").await;
    // With what another waited for.
    assert!(is_durable(&mut receipt));
    assert_eq!(journal.commits().transactions, before + 1);

    let receipt = journal.lay_by(record("A", 1)).await.unwrap();
    journal.settle();
    receipt.await.unwrap().unwrap();
    assert_eq!(records(&journal, "A"), 2);
    // There is nothing to settle.
    journal.settle();
    assert_eq!(journal.commits().transactions, before + 2);

    let receipt = journal.lay_by(record("A", 2)).await.unwrap();
    drop(journal);
    receipt.await.unwrap().unwrap();
    assert_eq!(records(&open(&path), "A"), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_brings_and_lays_by_stays_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Arc::new(open(&folder.path().join("runs.sqlite")));
    let tasks: Vec<_> = (0..8)
        .map(|number| {
            let journal = journal.clone();
            tokio::spawn(async move {
                let run = format!("RUN {number}");
                create(&journal, &run).await;
                let mut receipts = Vec::new();
                for sequence in 0..200 {
                    let write = record(&run, sequence);
                    let receipt = if (sequence + number) % 3 == 0 {
                        journal.append(write).await.unwrap()
                    } else {
                        journal.lay_by(write).await.unwrap()
                    };
                    receipts.push(receipt);
                    if sequence % 17 == number {
                        tokio::task::yield_now().await;
                    }
                }
                journal.settle();
                for receipt in receipts {
                    // Out of order it would be refused.
                    receipt.await.unwrap().unwrap();
                }
                records(&journal, &run)
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), 200);
    }
}

#[tokio::test]
async fn more_may_be_laid_by_than_the_queue_holds() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(&folder.path().join("runs.sqlite"));
    create(&journal, "A").await;
    let mut last = None;
    for sequence in 0..20_000 {
        last = Some(journal.lay_by(record("A", sequence)).await.unwrap());
    }
    journal.settle();
    last.unwrap().await.unwrap().unwrap();
    assert_eq!(records(&journal, "A"), 20_000);
}
