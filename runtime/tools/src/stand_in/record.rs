//! The file that holds what a stand-in accepted, one JSON object a line.
//!
//! Kept true here: `append` returns once the line is on the disk; a line that a crash left unfinished
//! is removed before anything is added; one process writes at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sophia_diagnostics::{Problem, codes};

/// How often, and how long apart, a record in use is asked for again: a stand-in whose owner crashed
/// needs a moment to notice.
const PATIENCE: (u32, Duration) = (100, Duration::from_millis(50));

/// One accepted call.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    /// When it was accepted.
    pub(super) at: jiff::Timestamp,
    pub(super) tool: String,
    pub(super) arguments: Map<String, Value>,
    pub(super) idempotency_key: Option<String>,
}

/// An open record.
pub(super) struct Record {
    path: PathBuf,
    file: File,
    /// Where the last whole line ends.
    end: u64,
}

impl Record {
    /// Opens or creates a record, repairs its end, and reads it.
    pub(super) fn open(path: &Path) -> Result<(Self, Vec<Entry>), Problem> {
        let fails = |error: io::Error| unusable(path, "cannot be opened").because(error);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(fails)?;
        }
        let is_new = !path.exists();
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(fails)?;
        lock(&file, path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(fails)?;
        let whole = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        if whole < bytes.len() {
            bytes.truncate(whole);
            file.set_len(bytes.len() as u64).map_err(fails)?;
            file.sync_all().map_err(fails)?;
        }
        if is_new {
            keep_name(path).map_err(fails)?;
        }
        let entries = entries(path, &bytes)?;
        let record = Self {
            path: path.to_owned(),
            file,
            end: bytes.len() as u64,
        };
        Ok((record, entries))
    }

    /// Adds a line and waits for the disk.
    pub(super) fn append(&mut self, entry: &Entry) -> Result<(), Problem> {
        self.write(entry).map_err(|error| {
            // Half a line must not stay in the way of the next.
            let _repaired = self.file.set_len(self.end);
            unusable(&self.path, "cannot be written").because(error)
        })
    }

    fn write(&mut self, entry: &Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        self.file.seek(SeekFrom::Start(self.end))?;
        self.file.write_all(&line)?;
        self.file.sync_data()?;
        self.end += line.len() as u64;
        Ok(())
    }
}

fn entries(path: &Path, bytes: &[u8]) -> Result<Vec<Entry>, Problem> {
    bytes
        .split(|byte| *byte == b'\n')
        .enumerate()
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .map(|(index, line)| {
            serde_json::from_slice(line).map_err(|error| {
                unusable(path, &format!("is damaged in line {}", index + 1))
                    .because(error)
                    .with_help("move the file away; a new one is begun")
            })
        })
        .collect()
}

fn lock(file: &File, path: &Path) -> Result<(), Problem> {
    let (tries, pause) = PATIENCE;
    for _ in 0..tries {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => std::thread::sleep(pause),
            Err(TryLockError::Error(error)) => {
                return Err(unusable(path, "cannot be locked").because(error));
            }
        }
    }
    Err(unusable(path, "is in use by another stand-in"))
}

/// Makes the name of a new file as durable as its lines.
fn keep_name(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if cfg!(unix) {
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

fn unusable(path: &Path, how: &str) -> Problem {
    Problem::new(
        codes::S958,
        format!("The stand-in's record {} {how}.", path.display()),
    )
}
