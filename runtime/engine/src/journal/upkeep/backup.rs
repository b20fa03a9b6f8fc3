//! A copy of a store at one instant, and a store from such a copy.
//!
//! Kept true here: a backup is one file with everything that the store holds, large values included; it
//! stands under its name only once it is whole and on the disk; nothing that is there is overwritten.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde::Serialize;
use sophia_diagnostics::{Problem, codes};

use super::super::connection::{WriterLock, for_copying};

/// What was copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Backup {
    /// How many runs.
    pub runs: u64,
    /// The size of the copy.
    pub bytes: u64,
}

/// Copies a store into a file as it stands at this instant, also while another process writes.
///
/// # Errors
/// S961 when the store cannot be read; S908 when the file is there already, or cannot be written.
pub fn backup(store: &Path, to: &Path) -> Result<Backup, Problem> {
    if to.exists() {
        return Err(is_there(to).with_help("name another file; this one was not touched"));
    }
    copy(&for_copying(store)?, to)
}

/// Makes a store from a backup.
///
/// # Errors
/// S960 when a process holds the store; S908 when there is a store already, or the backup is damaged; S961
/// when the backup cannot be read.
pub fn restore(from: &Path, store: &Path) -> Result<Backup, Problem> {
    let backup = for_copying(from)?;
    let sound = backup.query_row("pragma quick_check(1)", [], |row| row.get::<_, String>(0));
    match sound.as_deref() {
        Ok("ok") => {}
        Ok(other) => return Err(damaged(from).because(other)),
        Err(error) => return Err(damaged(from).because(error)),
    }
    if let Some(folder) = folder(store) {
        fs::create_dir_all(folder).map_err(|error| unwritable(store).because(error))?;
    }
    let _lock = WriterLock::take(store)?;
    for there in [store.to_owned(), beside(store, "-wal")] {
        if there.exists() {
            return Err(is_there(&there).with_help(format!(
                "move it aside first, with {0}-wal and {0}-shm where they stand beside it",
                store.display()
            )));
        }
    }
    copy(&backup, store)
}

fn copy(connection: &Connection, to: &Path) -> Result<Backup, Problem> {
    let aside = beside(to, ".new");
    let copied = copy_aside(connection, &aside, to);
    if copied.is_err() {
        // It may not even be there.
        let _ = fs::remove_file(&aside);
    }
    copied
}

fn copy_aside(connection: &Connection, aside: &Path, to: &Path) -> Result<Backup, Problem> {
    let unwritten = |error: std::io::Error| unwritable(to).because(error);
    // What an interrupted copy left is of no use to anybody.
    if aside.exists() {
        fs::remove_file(aside).map_err(unwritten)?;
    }
    connection
        .execute("vacuum into ?1", [aside.to_string_lossy()])
        .map_err(|error| unwritable(to).because(error))?;
    let runs: i64 = for_copying(aside)?
        .query_row("select count(*) from runs", [], |row| row.get(0))
        .map_err(|error| unwritable(to).because(error))?;
    let file = File::open(aside).map_err(unwritten)?;
    file.sync_all().map_err(unwritten)?;
    let bytes = file.metadata().map_err(unwritten)?.len();
    // Where somebody else has made it meanwhile, theirs stays.
    fs::hard_link(aside, to).map_err(unwritten)?;
    fs::remove_file(aside).map_err(unwritten)?;
    if let Some(folder) = folder(to) {
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(unwritten)?;
    }
    Ok(Backup {
        runs: u64::try_from(runs).unwrap_or_default(),
        bytes,
    })
}

fn folder(path: &Path) -> Option<&Path> {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(ending);
    path.into()
}

fn is_there(path: &Path) -> Problem {
    Problem::new(
        codes::S908,
        format!("There is a file `{}` already.", path.display()),
    )
}

fn damaged(path: &Path) -> Problem {
    Problem::new(
        codes::S908,
        format!("The backup `{}` is damaged.", path.display()),
    )
    .with_help("restore another one; nothing was changed")
}

fn unwritable(path: &Path) -> Problem {
    Problem::new(
        codes::S908,
        format!("The file `{}` cannot be written.", path.display()),
    )
    .with_help("check the free space and the rights of its folder; the store was not touched")
}
