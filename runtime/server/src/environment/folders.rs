//! Where a project keeps what is not source: runs, stand-in databases, trained predictors.

use std::fs;
use std::path::{Path, PathBuf};

use sophia_diagnostics::{Problem, codes};

use crate::project::STATE;

/// The folders of one project in one environment.
#[derive(Clone, Debug)]
pub struct Folders {
    /// The project's folder.
    pub root: PathBuf,
    /// The environment's name.
    environment: String,
    /// The file that keeps the runs.
    pub store: PathBuf,
}

impl Folders {
    /// The folders of `environment`. `store` is the manifest's path for runs, where it names one.
    #[must_use]
    pub fn new(root: &Path, environment: &str, store: Option<&str>) -> Self {
        let store = store.map_or_else(
            || root.join(STATE).join(environment).join("runs.db"),
            |path| root.join(path),
        );
        Self {
            root: root.to_path_buf(),
            environment: environment.to_owned(),
            store,
        }
    }

    fn state(&self) -> PathBuf {
        self.root.join(STATE).join(&self.environment)
    }

    /// The stand-in database of a connection.
    #[must_use]
    pub fn stand_in_database(&self, connection: &str) -> PathBuf {
        self.state().join(format!("{connection}.db"))
    }

    /// Notes on databases that cannot remember what was done to them.
    #[must_use]
    pub fn forgetful(&self) -> PathBuf {
        self.state().join("forgetful")
    }

    /// Figures of metrics that are kept.
    #[must_use]
    pub fn metrics(&self) -> PathBuf {
        self.state().join("metrics")
    }

    /// Trained predictors.
    #[must_use]
    pub fn predictors(&self) -> PathBuf {
        self.state().join("predictors")
    }

    /// What a run leaves for people to read, such as the calls a stand-in took.
    #[must_use]
    pub fn run(&self, run: &str) -> PathBuf {
        self.root.join("runs").join(run)
    }

    /// Makes the folders.
    ///
    /// # Errors
    /// When the project's folder cannot be written.
    pub fn create(&self) -> Result<(), Problem> {
        let store = self
            .store
            .parent()
            .map_or_else(|| self.state(), Path::to_path_buf);
        for folder in [self.state(), store] {
            create_folder(&folder)?;
        }
        let ignore = self.root.join(STATE).join(".gitignore");
        if self.root.join(STATE).is_dir() && !ignore.exists() {
            fs::write(&ignore, "*\n").map_err(|error| unwritable(&ignore, &error))?;
        }
        Ok(())
    }
}

/// Makes a folder and those above it.
///
/// # Errors
/// When it cannot be made, with what to do.
pub fn create_folder(folder: &Path) -> Result<(), Problem> {
    fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))
}

/// The problem of a place that cannot be written.
#[must_use]
pub fn unwritable(path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(
        codes::S929,
        format!("{} cannot be written.", path.display()),
    )
    .because(error)
    .with_help("check the free space and the rights of this folder; nothing was changed")
}

/// The problem of a place that cannot be read.
#[must_use]
pub fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(codes::S926, format!("{} cannot be read.", path.display()))
        .because(error)
        .with_help("check that it is there and may be read")
}
