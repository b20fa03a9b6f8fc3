//! Where the runs of an environment are kept: the project, the environment's settings, the store.

use std::path::PathBuf;

use sophia_compiler::project::Environment as Settings;
use sophia_diagnostics::{Problem, codes};
use sophia_engine::Reader;
use sophia_server::environment::{Folders, store_keys};

use super::open::{Opened, open, secrets};
use crate::arguments::Place;

/// A place that was found. Its store may not be there yet.
pub(crate) struct Found {
    pub(crate) opened: Opened,
    pub(crate) settings: Settings,
    /// The file of the store.
    pub(crate) store: PathBuf,
}

impl Place {
    /// Reads the project and finds the store.
    pub(crate) fn find(&self) -> Result<Found, Problem> {
        let opened = open(&self.project)?;
        let settings = opened.settings(&self.env)?;
        let store = opened.store(&settings);
        Ok(Found {
            opened,
            settings,
            store,
        })
    }

    /// The same, where a store must be there.
    pub(crate) fn find_store(&self) -> Result<Found, Problem> {
        let found = self.find()?;
        if found.store.exists() {
            Ok(found)
        } else {
            Err(self.nothing_yet())
        }
    }

    /// What is said where a run is asked for and none ever was.
    pub(crate) fn nothing_yet(&self) -> Problem {
        Problem::new(
            codes::S986,
            format!("Nothing has run in the environment {} yet.", self.env),
        )
        .with_help("`sophia run` starts a run")
    }
}

impl Found {
    /// A reader of the store, which does not disturb a process at work on it.
    pub(crate) fn reader(&self) -> Result<Reader, Problem> {
        Reader::open_sealed(&self.store, &store_keys(&secrets())?)
    }
}

impl Opened {
    /// The file of an environment's store.
    pub(crate) fn store(&self, settings: &Settings) -> PathBuf {
        let path = settings.store_path.as_deref();
        Folders::new(&self.project.root, &settings.name, path).store
    }
}
