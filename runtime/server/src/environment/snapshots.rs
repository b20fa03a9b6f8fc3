//! Figures that their sources know for now only, kept in the project: a file for each metric, a line for
//! each time that it was read.
//!
//! Kept true here: a line is on the disk before its figure is used; a line that a crash cut off is taken
//! away before the next is written.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::{Value as Json, json};
use sophia_diagnostics::{Problem, codes};
use sophia_plan::json::{Border, from_json, to_json};
use sophia_plan::{RecordType, Table, Type, Value};
use tokio::sync::OwnedMutexGuard;

use super::folders::{create_folder, unreadable, unwritable};

/// The figures of an environment.
pub struct Snapshots {
    folder: PathBuf,
    /// One reader of a metric at a time, so that a period has one figure.
    turns: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

/// A figure, and when it was read.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// When.
    pub at: Timestamp,
    /// Its rows: the dimensions and `value`.
    pub rows: Table,
}

/// A line of a file.
#[derive(Debug)]
pub struct Line {
    /// When the figure was read.
    pub at: Timestamp,
    rows: Json,
}

/// The figures of one metric, while nobody else reads it.
pub struct Kept {
    metric: String,
    path: PathBuf,
    lines: Vec<Line>,
    /// How much of the file is whole lines.
    whole: u64,
    _turn: OwnedMutexGuard<()>,
}

impl Snapshots {
    /// Figures stand in this folder.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            turns: Mutex::default(),
        }
    }

    /// The figures of a metric.
    ///
    /// # Errors
    /// S926 when its file cannot be read; S924 when it is damaged.
    pub async fn lock(&self, metric: &str) -> Result<Kept, Problem> {
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            turns.entry(metric.to_owned()).or_default().clone()
        };
        let turn = turn.lock_owned().await;
        create_folder(&self.folder)?;
        let path = self.folder.join(format!("{metric}.jsonl"));
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(unreadable(&path, &error)),
        };
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let mut kept = Kept {
            metric: metric.to_owned(),
            path,
            lines: Vec::new(),
            whole: whole as u64,
            _turn: turn,
        };
        for line in text.get(..whole).unwrap_or_default().lines() {
            let line = line_of(line).ok_or_else(|| kept.damaged("a line of it is not readable"))?;
            kept.lines.push(line);
        }
        Ok(kept)
    }
}

fn line_of(line: &str) -> Option<Line> {
    let mut line: Json = serde_json::from_str(line).ok()?;
    Some(Line {
        at: line.get("at")?.as_str()?.parse().ok()?,
        rows: line.get_mut("rows")?.take(),
    })
}

impl Kept {
    /// When each figure was read, the oldest first.
    #[must_use]
    pub fn all(&self) -> &[Line] {
        &self.lines
    }

    /// The figures as rows of this type.
    ///
    /// # Errors
    /// S924 when they are of another.
    pub fn of(&self, row: &Arc<RecordType>) -> Result<Vec<Snapshot>, Problem> {
        let of = Type::Table(row.clone());
        self.lines
            .iter()
            .map(|line| match from_json(&line.rows, &of, Border::Plain) {
                Ok(Value::Table(rows)) => Ok(Snapshot { at: line.at, rows }),
                Ok(_) => Err(self.damaged("a line of it holds no rows")),
                Err(mismatch) => Err(self.damaged(mismatch)),
            })
            .collect()
    }

    /// Keeps a figure. It is on the disk when this returns.
    ///
    /// # Errors
    /// S929 when it cannot be written.
    pub fn add(&mut self, snapshot: Snapshot) -> Result<(), Problem> {
        let rows = to_json(&Value::Table(snapshot.rows));
        let mut text = json!({ "at": snapshot.at.to_string(), "rows": rows }).to_string();
        text.push('\n');
        let write = || -> std::io::Result<()> {
            let mut file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&self.path)?;
            file.set_len(self.whole)?;
            file.seek(SeekFrom::End(0))?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        };
        write().map_err(|error| unwritable(&self.path, &error))?;
        self.whole += text.len() as u64;
        self.lines.push(Line {
            at: snapshot.at,
            rows,
        });
        Ok(())
    }

    fn damaged(&self, why: impl std::fmt::Display) -> Problem {
        Problem::new(
            codes::S924,
            format!(
                "The kept figures of `{}` do not fit the metric.",
                self.metric
            ),
        )
        .because(why)
        .with_help(format!(
            "if the metric has changed, move `{}` away: it begins anew",
            self.path.display()
        ))
    }
}
