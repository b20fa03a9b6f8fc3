//! Durable runs of three effects on a tool that does nothing, beside the raw limits of the disk.
//!
//! `durable [--folder F] [--stored N]`: prints a line of JSON for each question. `durable schedules` asks how
//! long a hundred thousand schedules take to load and how late they fire, `durable waiting 100000` how long
//! something that comes in takes to find its run among so many that wait, `durable resting 100000` what so
//! many cost that only wait; `durable --in-flight 256` asks the first question alone, for a profile. The script `run` beside this crate asks another engine the same questions in turn.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the program talks to the script that starts it"
)]

mod figures;
mod limits;
mod plans;
mod resting;
mod schedules;
mod sophia;
mod waiting;

use std::path::PathBuf;

use limits::Rows;
use plans::{Does, chain};

/// As the product's own.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What went wrong, in words.
pub(crate) type Trouble = Box<dyn std::error::Error + Send + Sync>;

/// Runs of one kind, for a figure: so many that most of them come after the log of the store has stopped growing, few
/// enough to end soon.
const ALONE: usize = 1_000;
/// The same with many in flight.
const TOGETHER: usize = 12_000;

fn argument(name: &str) -> Option<String> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments.next();
    arguments.next()
}

#[tokio::main]
async fn main() -> Result<(), Trouble> {
    let within = argument("--folder").map_or_else(std::env::temp_dir, PathBuf::from);
    let stored: usize = argument("--stored").map_or(Ok(0), |count| count.parse())?;
    let folder = tempfile::tempdir_in(within)?;
    let three = chain(&[Does::Effect; 3]);
    let reads = chain(&[Does::Reads, Does::Reads, Does::Reads, Does::Effect]);
    if std::env::args().any(|argument| argument == "schedules") {
        return schedules::measure(folder.path().join("runs.db")).await;
    }
    if let Some(count) = argument("waiting") {
        return waiting::measure(folder.path().join("runs.db"), count.parse()?).await;
    }
    if let Some(count) = argument("resting") {
        let store = folder.path().join("runs.db");
        resting::measure(store, count.parse()?).await?.print();
        return Ok(());
    }
    if let Some(in_flight) = argument("--in-flight") {
        let in_flight: usize = in_flight.parse()?;
        let count = if in_flight == 1 { ALONE } else { TOGETHER };
        let engine = sophia::open(folder.path().join("runs.db")).await?;
        sophia::runs(&engine, "three effects", &three, in_flight, count)
            .await?
            .print();
        engine.close().await;
        return Ok(());
    }
    limits::synced_writes(folder.path(), ALONE)?.print();
    for rows in [Rows::Bare, Rows::OfRuns] {
        for writers in [256, 1_000] {
            limits::grouped(folder.path(), rows, writers, 100_000)
                .await?
                .print();
        }
    }
    let engine = sophia::open(folder.path().join("runs.db")).await?;
    sophia::runs(&engine, "three effects", &three, 1, ALONE)
        .await?
        .print();
    sophia::runs(&engine, "three reads, one effect", &reads, 1, ALONE)
        .await?
        .print();
    for in_flight in [256, 1_000] {
        sophia::runs(&engine, "three effects", &three, in_flight, TOGETHER)
            .await?
            .print();
    }
    if stored > 0 {
        sophia::runs(&engine, "filling the store", &three, 1_000, stored).await?;
        sophia::runs(
            &engine,
            &format!("three effects, {stored} runs stored"),
            &three,
            1,
            ALONE,
        )
        .await?
        .print();
        for in_flight in [256, 1_000] {
            let question = format!("three effects, {stored} runs stored");
            sophia::runs(&engine, &question, &three, in_flight, TOGETHER)
                .await?
                .print();
        }
    }
    engine.close().await;
    Ok(())
}
