//! Looking at runs without carrying them on.

use std::path::Path;

use sophia_diagnostics::{Problem, codes};

use super::history::{RunDetail, detail};
use crate::journal::{Keys, RunFilter, RunId, RunSummary, SqliteReader, StoredRun};

/// Reads a store, also while another process carries its runs on.
#[derive(Debug)]
pub struct Reader {
    store: SqliteReader,
}

impl Reader {
    /// Opens a store for reading.
    ///
    /// # Errors
    /// S961 when there is none, or it cannot be read.
    pub fn open(path: &Path) -> Result<Self, Problem> {
        Self::open_sealed(path, &Keys::default())
    }

    /// Opens a store for reading whose payloads are encrypted, or may be.
    ///
    /// # Errors
    /// Also S909 when none of the keys opens it.
    pub fn open_sealed(path: &Path, keys: &Keys) -> Result<Self, Problem> {
        Ok(Self {
            store: SqliteReader::open_sealed(path, keys)?,
        })
    }

    /// The runs that fit a filter, the latest first.
    ///
    /// # Errors
    /// S961 when the store cannot be read.
    pub fn runs(&self, filter: &RunFilter) -> Result<Vec<RunSummary>, Problem> {
        self.store.runs(filter)
    }

    /// Everything about a run, by its name or the beginning of it.
    ///
    /// # Errors
    /// S963 when there is none, or several; S961 or S968 when it cannot be read.
    pub fn run(&self, name: &str) -> Result<RunDetail, Problem> {
        detail(self.record(name)?)
    }

    /// Everything that the store holds of a run, by its name or the beginning of it.
    ///
    /// # Errors
    /// As [`Reader::run`].
    pub fn record(&self, name: &str) -> Result<StoredRun, Problem> {
        let run = only(self.store.named(&name.to_ascii_uppercase())?, name)?;
        self.store.load(&run)?.ok_or_else(|| unknown(name))
    }
}

/// The one run that a name, or the beginning of one, stands for.
pub(super) fn only(mut runs: Vec<RunId>, name: &str) -> Result<RunId, Problem> {
    match (runs.pop(), runs.pop()) {
        (Some(run), None) => Ok(run),
        (None, _) => Err(unknown(name)),
        _ => Err(Problem::new(
            codes::S963,
            format!("Several runs have names that begin with `{name}`."),
        )
        .with_help("give more of the name; `sophia runs list` shows them")),
    }
}

/// No run has this name.
pub(super) fn unknown(name: &str) -> Problem {
    Problem::new(codes::S963, format!("There is no run `{name}`."))
        .with_help("`sophia runs list` shows them")
}
