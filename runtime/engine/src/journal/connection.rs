//! Opening the store, and what its errors mean for people.
//!
//! Kept true here: a file that is not a store is never written to; whoever writes holds the lock.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};
use sophia_diagnostics::{Problem, codes};

use super::{former, schema};

/// How long a statement waits for another process that reads or checkpoints.
const BUSY: Duration = Duration::from_secs(5);

/// How many statements stay prepared; whoever writes has about so many.
const STATEMENTS: usize = 48;

/// The right to write to a store. It ends with the process, however that ends.
#[derive(Debug)]
pub(super) struct WriterLock(File);

impl Drop for WriterLock {
    fn drop(&mut self) {
        // Closing is not enough: a child process that is just being started may hold the file, too.
        // Where unlocking fails, the end of the process does it.
        let _ = self.0.unlock();
    }
}

impl WriterLock {
    pub(super) fn take(store: &Path) -> Result<Self, Problem> {
        let mut path = store.as_os_str().to_owned();
        path.push(".lock");
        let path = PathBuf::from(path);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| unwritable(store).because(error))?;
        match file.try_lock() {
            Ok(()) => {
                let written = file
                    .set_len(0)
                    .and_then(|()| write!(file, "{}", std::process::id()))
                    .and_then(|()| file.flush());
                written.map_err(|error| unwritable(store).because(error))?;
                Ok(Self(file))
            }
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let read = file
                    .rewind()
                    .and_then(|()| file.read_to_string(&mut holder));
                let who = match (read, holder.trim()) {
                    (Ok(_), id) if !id.is_empty() => format!("process {id}"),
                    _ => "another process".to_owned(),
                };
                Err(Problem::new(
                    codes::S960,
                    format!("The store `{}` is in use by {who}.", store.display()),
                )
                .with_help("end that process first; reading runs works all the same"))
            }
            Err(TryLockError::Error(error)) => Err(unwritable(store).because(error)),
        }
    }
}

/// Opens the store for writing, and makes it where there is none.
pub(super) fn for_writing(path: &Path, max_bytes: Option<u64>) -> Result<Connection, Problem> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(|error| unreadable(path, &error))?;
    let prepare = || -> Result<i64, rusqlite::Error> {
        connection.busy_timeout(BUSY)?;
        let application: i64 =
            connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        let tables: i64 =
            connection.query_row("select count(*) from sqlite_schema", [], |row| row.get(0))?;
        if application != schema::APPLICATION && tables > 0 {
            return Ok(-1);
        }
        if tables == 0 {
            // Only a new file can be made so that it gives room back in small steps.
            connection.pragma_update(None, "auto_vacuum", "incremental")?;
        }
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        let format = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if tables > 0 && former::is_former(format) {
            former::bring_up_to_date(&connection)?;
        }
        if let Some(bytes) = max_bytes {
            let page: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
            let pages = i64::try_from(bytes).unwrap_or(i64::MAX) / page;
            connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
        }
        if tables == 0 {
            connection.execute_batch(&format!(
                "begin immediate; {} {} pragma application_id = {}; pragma user_version = {}; commit;",
                schema::RUNS,
                schema::OTHERS,
                schema::APPLICATION,
                schema::FORMAT
            ))?;
        }
        let further: i64 = connection.query_row(
            "select count(*) from sqlite_schema where name in ('sealing', 'upkeep')",
            [],
            |row| row.get(0),
        )?;
        if further < 2 {
            connection.execute_batch(schema::FURTHER)?;
        }
        connection.pragma_query_value(None, "user_version", |row| row.get(0))
    };
    let format = prepare().map_err(|error| match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull | ErrorCode::ReadOnly | ErrorCode::SystemIoFailure) => {
            write_failed(path, &error)
        }
        _ => unreadable(path, &error),
    })?;
    check_format(path, format)?;
    Ok(connection)
}

/// Opens a store that is there for writing beside the process that carries its runs on.
pub(super) fn for_more_writing(path: &Path) -> Result<Connection, Problem> {
    // Says what is wrong with it, before anything is written.
    drop(for_reading(path)?);
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(|error| unreadable(path, &error))?;
    let prepare = || -> Result<(), rusqlite::Error> {
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.execute_batch(schema::FURTHER)
    };
    prepare().map_err(|error| write_failed(path, &error))?;
    Ok(connection)
}

/// Opens the store for reading, also while another process writes. One of a former format is brought up to date first.
pub(super) fn for_reading(path: &Path) -> Result<Connection, Problem> {
    let (mut connection, mut format) = as_it_stands(path)?;
    if former::is_former(format) {
        drop(connection);
        let _lock = WriterLock::take(path)?;
        drop(for_writing(path, None)?);
        (connection, format) = as_it_stands(path)?;
    }
    check_format(path, format)?;
    Ok(connection)
}

/// Opens the store to copy it, in today's format or one that can be brought up to it.
pub(super) fn for_copying(path: &Path) -> Result<Connection, Problem> {
    let (connection, format) = as_it_stands(path)?;
    if !former::is_former(format) {
        check_format(path, format)?;
    }
    Ok(connection)
}

/// Opens the store for reading, and says its format.
fn as_it_stands(path: &Path) -> Result<(Connection, i64), Problem> {
    if !path.exists() {
        return Err(Problem::new(
            codes::S961,
            format!("There is no store `{}`.", path.display()),
        )
        .with_help("a first run makes it"));
    }
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(|error| unreadable(path, &error))?;
    let prepare = || -> Result<i64, rusqlite::Error> {
        connection.busy_timeout(BUSY)?;
        let application: i64 =
            connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        if application != schema::APPLICATION {
            return Ok(-1);
        }
        connection.pragma_query_value(None, "user_version", |row| row.get(0))
    };
    let format = prepare().map_err(|error| unreadable(path, &error))?;
    Ok((connection, format))
}

fn check_format(path: &Path, format: i64) -> Result<(), Problem> {
    match format {
        schema::FORMAT => Ok(()),
        -1 => Err(Problem::new(
            codes::S961,
            format!(
                "`{}` is a database, but not a store of runs.",
                path.display()
            ),
        )
        .with_help("name another file; this one was not touched")),
        other => Err(Problem::new(
            codes::S961,
            format!(
                "The store `{}` has format {other}, and this program reads format {}.",
                path.display(),
                schema::FORMAT
            ),
        )
        .with_help("use the version of Sophia that made it")),
    }
}

/// The store could not be read.
pub(super) fn unreadable(path: &Path, error: &rusqlite::Error) -> Problem {
    let (what, help) = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => (
            "is not a store of runs, or is damaged",
            "restore it from a backup, or move it aside",
        ),
        Some(ErrorCode::DatabaseCorrupt) => {
            ("is damaged", "restore it from a backup, or move it aside")
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => (
            "is locked by another program",
            "close the program that has it open, then try again",
        ),
        _ => (
            "cannot be read",
            "check that the file and its folder belong to this user",
        ),
    };
    Problem::new(
        codes::S961,
        format!("The store `{}` {what}.", path.display()),
    )
    .because(error)
    .with_help(help)
}

/// The store could not be written.
pub(super) fn write_failed(path: &Path, error: &rusqlite::Error) -> Problem {
    let (what, help) = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => ("there is no room left", "make room, then resume the run"),
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => (
            "the file or its folder is read-only",
            "let this user write there, then resume the run",
        ),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => (
            "another program has it locked",
            "close that program, then resume the run",
        ),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            ("it is damaged", "restore it from a backup")
        }
        _ => (
            "the disk reported an error",
            "check the disk, then resume the run",
        ),
    };
    Problem::new(
        codes::S962,
        format!("The store `{}` cannot be written: {what}.", path.display()),
    )
    .because(error)
    .with_help(help)
}

fn unwritable(path: &Path) -> Problem {
    Problem::new(
        codes::S962,
        format!("The store `{}` cannot be written.", path.display()),
    )
    .with_help("let this user write to the file and its folder")
}
