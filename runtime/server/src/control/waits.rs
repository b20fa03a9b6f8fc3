//! What runs wait for that only the process knows which carries them on: a place, a rate.
//!
//! Kept true here: nothing is changed by asking; where nobody answers there is nothing to tell.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sophia_engine::{Engine, RunId, Wait};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

use super::door::place;

/// What is asked at the door.
#[derive(Debug, Serialize, Deserialize)]
struct Asked {
    waits_of: Vec<String>,
}

/// What comes back: by run, in the order in which it waits.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Told {
    waits: BTreeMap<String, Vec<One>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct One {
    key: String,
    label: String,
    line: u32,
    reason: String,
}

/// The answer to a line that asks what runs wait for. Nothing for any other line.
pub(super) fn answer(line: &str, engine: &Engine) -> Option<io::Result<Vec<u8>>> {
    let asked: Asked = serde_json::from_str(line).ok()?;
    let waits = asked.waits_of.into_iter().map(|run| {
        let waits = engine.waits_for_places(&RunId(run.as_str().into()));
        let waits = waits.into_iter().map(|wait| One {
            key: wait.key.to_string(),
            label: wait.label.to_string(),
            line: wait.line,
            reason: wait.reason,
        });
        (run, waits.collect())
    });
    let told = Told {
        waits: waits.collect(),
    };
    Some(serde_json::to_vec(&told).map_err(io::Error::other))
}

/// What runs wait for, as the process says that carries the runs of a store on. Nothing where there is none.
pub async fn waits(store: &Path, runs: &[RunId]) -> BTreeMap<RunId, Vec<Wait>> {
    asked(store, runs).await.unwrap_or_default()
}

async fn asked(store: &Path, runs: &[RunId]) -> io::Result<BTreeMap<RunId, Vec<Wait>>> {
    let asked = Asked {
        waits_of: runs.iter().map(ToString::to_string).collect(),
    };
    let mut stream = UnixStream::connect(place(store)).await?;
    let mut line = serde_json::to_vec(&asked)?;
    line.push(b'\n');
    stream.write_all(&line).await?;
    let mut reply = String::new();
    BufReader::new(stream).read_line(&mut reply).await?;
    // An older process knows no such question.
    let told: Told = serde_json::from_str(&reply).unwrap_or_default();
    let wait = |one: One| Wait {
        key: one.key.into(),
        label: one.label.into(),
        line: one.line,
        reason: one.reason,
        for_a_person: false,
        until: None,
    };
    let told = told.waits.into_iter();
    Ok(told
        .map(|(run, waits)| (RunId(run.into()), waits.into_iter().map(wait).collect()))
        .collect())
}
