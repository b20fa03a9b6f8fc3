//! What the machine allows at most: a wait for the disk, and `SQLite` when many share one.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};
use tokio::sync::{mpsc, oneshot};

use crate::Trouble;
use crate::figures::{Figure, percentiles, processor_seconds};

/// Bytes of a record.
const RECORD: usize = 300;

/// A record and `fdatasync`, one after the other.
pub(crate) fn synced_writes(folder: &Path, count: usize) -> Result<Figure, Trouble> {
    let mut file = File::create(folder.join("synced"))?;
    let mut times = Vec::with_capacity(count);
    let (began, processor) = (Instant::now(), processor_seconds());
    for _ in 0..count {
        let at = Instant::now();
        file.write_all(&[7; RECORD])?;
        file.sync_data()?;
        times.push(at.elapsed());
    }
    Ok(figure(
        "fdatasync",
        "one record",
        1,
        &mut times,
        began,
        processor,
        count,
    ))
}

/// So many writers, each with one record at a time, and one thread that puts what waits into one
/// transaction of `SQLite` with `synchronous=FULL`.
pub(crate) async fn grouped(
    folder: &Path,
    writers: usize,
    records: usize,
) -> Result<Figure, Trouble> {
    type Waiting = oneshot::Sender<()>;
    let path = folder.join(format!("grouped-{writers}.db"));
    let (queue, mut queued) = mpsc::channel::<Waiting>(writers.max(1));
    let thread = std::thread::spawn(move || -> Result<u64, rusqlite::Error> {
        let mut connection = Connection::open(path)?;
        connection.execute_batch(
            "pragma journal_mode = wal; pragma synchronous = full;
             create table events (id integer primary key, body blob not null);",
        )?;
        let mut transactions = 0;
        let mut batch = Vec::new();
        while let Some(first) = queued.blocking_recv() {
            batch.push(first);
            while let Ok(next) = queued.try_recv() {
                batch.push(next);
            }
            let transaction = connection.transaction()?;
            for _ in &batch {
                transaction
                    .prepare_cached("insert into events (body) values (?1)")?
                    .execute(params![[7_u8; RECORD]])?;
            }
            transaction.commit()?;
            transactions += 1;
            for waiting in batch.drain(..) {
                // Every writer waits for its answer.
                let _ = waiting.send(());
            }
        }
        Ok(transactions)
    });
    let (began, processor) = (Instant::now(), processor_seconds());
    let each = records / writers;
    let tasks: Vec<_> = (0..writers)
        .map(|_| {
            let queue = queue.clone();
            tokio::spawn(async move {
                let mut times = Vec::with_capacity(each);
                for _ in 0..each {
                    let at = Instant::now();
                    let (done, answer) = oneshot::channel();
                    if queue.send(done).await.is_err() || answer.await.is_err() {
                        break;
                    }
                    times.push(at.elapsed());
                }
                times
            })
        })
        .collect();
    drop(queue);
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await?);
    }
    let count = times.len();
    let mut figure = figure(
        "SQLite",
        "grouped records",
        writers,
        &mut times,
        began,
        processor,
        0,
    );
    let transactions = thread.join().map_err(|_| "the writer broke off")??;
    figure.syncs = share(usize::try_from(transactions)?, count);
    Ok(figure)
}

#[allow(
    clippy::cast_precision_loss,
    reason = "counts far below what a double holds exactly"
)]
pub(crate) fn share(part: usize, of: usize) -> f64 {
    part as f64 / of.max(1) as f64
}

#[allow(
    clippy::cast_precision_loss,
    reason = "counts far below what a double holds exactly"
)]
pub(crate) fn figure(
    engine: &'static str,
    question: &str,
    in_flight: usize,
    times: &mut [Duration],
    began: Instant,
    processor: f64,
    syncs: usize,
) -> Figure {
    let took = began.elapsed().as_secs_f64();
    let processor = processor_seconds() - processor;
    let (median_ms, p99_ms) = percentiles(times);
    let count = times.len().max(1) as f64;
    Figure {
        engine,
        question: question.to_owned(),
        in_flight,
        per_second: count / took,
        median_ms,
        p99_ms,
        processor_ms: processor * 1e3 / count,
        syncs: syncs as f64 / count,
    }
}
