//! Makes a SQLite database from files: each CSV becomes a table named after it.
//!
//! Kept true here: the database appears whole or not at all; it is made anew exactly when a file
//! changed; a database that was not made here is never replaced.

mod database;
mod file;
mod kind;
mod names;

use std::path::{Path, PathBuf};

use sophia_diagnostics::{Problem, codes};

use file::SeedFile;

pub(crate) use names::snake_case;

/// A table made from a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeededTable {
    /// Its name: the file's, in `snake_case`.
    pub table: String,
    /// Its rows.
    pub rows: u64,
    /// The file.
    pub file: PathBuf,
}

/// Makes `database` from CSV files, unless it was already made from files with the same content.
///
/// Column names are the headers in `snake_case`. Types follow from all rows: integer, number, date,
/// timestamp, boolean (the words true and false only), else text. Blank cells are missing; a column
/// without any is `not null`. What was written into the database since is lost when it is made anew.
/// Call it before the database is opened: an open connection goes on seeing the old one.
///
/// # Errors
/// S936 when a file cannot be read as a table, naming file and line; S937 when the database cannot be
/// made, two files want one table, or a database stands there that was not made from files.
pub async fn seed_sqlite(database: &Path, files: &[PathBuf]) -> Result<Vec<SeededTable>, Problem> {
    let contents = read_files(files).await?;
    let digest = digest(&contents);
    if let Some(tables) = database::made_from(database, &digest).await? {
        return Ok(tables);
    }
    let parsed = tokio::task::spawn_blocking(move || parse(contents))
        .await
        .map_err(|error| {
            Problem::new(codes::S937, "Reading the seed files was interrupted.").because(error)
        })??;
    database::make(database, &digest, &parsed).await
}

async fn read_files(files: &[PathBuf]) -> Result<Vec<(PathBuf, Vec<u8>)>, Problem> {
    let mut contents = Vec::with_capacity(files.len());
    for path in files {
        let bytes = tokio::fs::read(path).await.map_err(|error| {
            Problem::new(
                codes::S936,
                format!("The seed file `{}` cannot be read.", path.display()),
            )
            .because(error)
            .with_help("correct the connection's `seed`, or put the file there")
        })?;
        contents.push((path.clone(), bytes));
    }
    Ok(contents)
}

/// What the database follows from: the names and contents of the files, and the rules below.
fn digest(contents: &[(PathBuf, Vec<u8>)]) -> String {
    /// Raised when the same files would make another database.
    const RULES: &[u8] = b"1";
    let mut hasher = blake3::Hasher::new();
    hasher.update(RULES);
    for (path, bytes) in contents {
        let path = path.to_string_lossy();
        for part in [path.as_bytes(), bytes] {
            hasher.update(&part.len().to_le_bytes());
            hasher.update(part);
        }
    }
    hasher.finalize().to_hex().to_string()
}

fn parse(contents: Vec<(PathBuf, Vec<u8>)>) -> Result<Vec<SeedFile>, Problem> {
    let mut parsed: Vec<SeedFile> = Vec::with_capacity(contents.len());
    for (path, bytes) in contents {
        let file = SeedFile::read(path, bytes)?;
        if let Some(other) = parsed.iter().find(|other| other.table == file.table) {
            return Err(Problem::new(
                codes::S937,
                format!(
                    "`{}` and `{}` would both become the table `{}`.",
                    other.path.display(),
                    file.path.display(),
                    file.table
                ),
            )
            .with_help("rename one of the files"));
        }
        parsed.push(file);
    }
    Ok(parsed)
}
