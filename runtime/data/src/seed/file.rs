//! One seed file: a CSV with a line of headers, checked from its first byte to its last.

use std::path::{Path, PathBuf};

use csv::{ErrorKind, Position, Reader, ReaderBuilder, StringRecord};
use sophia_diagnostics::{Problem, codes};

use super::kind::{ColumnKind, Guess};
use super::names::snake_case;

/// A file and the table that it will be.
#[derive(Debug)]
pub(super) struct SeedFile {
    pub(super) path: PathBuf,
    pub(super) table: String,
    pub(super) columns: Vec<SeedColumn>,
    pub(super) rows: u64,
    bytes: Vec<u8>,
}

/// A column of the table.
#[derive(Debug)]
pub(super) struct SeedColumn {
    pub(super) name: String,
    pub(super) kind: ColumnKind,
    pub(super) nullable: bool,
}

impl SeedFile {
    /// Reads all of a file and decides what its columns are.
    pub(super) fn read(path: PathBuf, bytes: Vec<u8>) -> Result<Self, Problem> {
        let extension = path.extension().and_then(|extension| extension.to_str());
        if !extension.is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
            return Err(broken(&path, None, "is no CSV file")
                .with_help("seed from files whose names end in `.csv`"));
        }
        let stem = path.file_stem().map(|stem| stem.to_string_lossy());
        let table = snake_case(&stem.unwrap_or_default());
        if table.is_empty() {
            return Err(broken(&path, None, "gives no name for a table")
                .with_help("give the file a name with letters in it"));
        }
        let mut reader = reader(&bytes);
        let names = column_names(&path, &mut reader)?;

        let mut guesses = vec![Guess::new(); names.len()];
        let mut rows = 0;
        let mut record = StringRecord::new();
        while reader
            .read_record(&mut record)
            .map_err(|error| unreadable(&path, &error))?
        {
            rows += 1;
            for (guess, cell) in guesses.iter_mut().zip(&record) {
                guess.see(cell);
            }
        }
        let columns = names
            .into_iter()
            .zip(guesses)
            .map(|(name, guess)| SeedColumn {
                name,
                kind: guess.kind(),
                nullable: guess.nullable(),
            })
            .collect();
        Ok(Self {
            path,
            table,
            columns,
            rows,
            bytes,
        })
    }

    /// The rows again. They were all read once, so an error here means that memory changed.
    pub(super) fn records(&self) -> impl Iterator<Item = Result<StringRecord, Problem>> {
        reader(&self.bytes)
            .into_records()
            .map(|record| record.map_err(|error| unreadable(&self.path, &error)))
    }
}

fn reader(bytes: &[u8]) -> Reader<&[u8]> {
    ReaderBuilder::new().flexible(false).from_reader(bytes)
}

fn column_names(path: &Path, reader: &mut Reader<&[u8]>) -> Result<Vec<String>, Problem> {
    let headers = reader
        .headers()
        .map_err(|error| unreadable(path, &error))?
        .clone();
    if headers.iter().all(|header| header.trim().is_empty()) {
        return Err(broken(path, None, "is empty").with_help(
            "put the names of the columns into its first line, or take the file out of `seed`",
        ));
    }
    if headers.len() == 1
        && let Some(separator) = headers
            .get(0)
            .and_then(|header| [';', '\t'].into_iter().find(|mark| header.contains(*mark)))
    {
        let shown = if separator == '\t' {
            "tabs"
        } else {
            "semicolons"
        };
        return Err(broken(path, Some(1), &format!("is separated by {shown}"))
            .with_help("save the file with commas between the columns"));
    }
    let mut names: Vec<String> = Vec::with_capacity(headers.len());
    for (index, header) in headers.iter().enumerate() {
        let name = snake_case(header);
        if name.is_empty() {
            return Err(broken(
                path,
                Some(1),
                &format!("has no name for its column {}", index + 1),
            )
            .with_help("give every column a name with letters in it"));
        }
        if let Some(other) = names.iter().position(|known| *known == name) {
            let first = headers.get(other).unwrap_or_default();
            return Err(broken(
                path,
                Some(1),
                &format!("has two columns named `{name}`: \"{first}\" and \"{header}\""),
            )
            .with_help("rename one of them"));
        }
        names.push(name);
    }
    Ok(names)
}

fn unreadable(path: &Path, error: &csv::Error) -> Problem {
    let line = error.position().map(Position::line);
    match error.kind() {
        ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => broken(
            path,
            line,
            &format!(
                "has {len} value{} where the line above has {expected_len}",
                if *len == 1 { "" } else { "s" }
            ),
        )
        .with_help("add or remove the commas; a value with a comma in it stands in quotes"),
        ErrorKind::Utf8 { err, .. } => broken(
            path,
            line,
            &format!("is not UTF-8 text in its value {}", err.field() + 1),
        )
        .with_help("save the file as UTF-8"),
        _ => broken(path, line, "cannot be read as CSV").because(error),
    }
}

/// ``The seed file `a.csv` … .``, with the line where one is known.
fn broken(path: &Path, line: Option<u64>, what: &str) -> Problem {
    let path = path.display();
    let message = match line {
        Some(line) => format!("The seed file `{path}`, line {line}, {what}."),
        None => format!("The seed file `{path}` {what}."),
    };
    Problem::new(codes::S936, message)
}
