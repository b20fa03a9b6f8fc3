//! An environment: the manifest's settings for one place, turned into live adapters.
//!
//! Kept true here: nothing is opened before it is needed; secrets are looked up by name at the moment
//! of opening and never kept in the clear; what is a stand-in is known and said.

mod connections;
mod folders;
mod providers;
mod secrets;
mod servers;

use std::collections::BTreeMap;
use std::sync::Arc;

use sophia_compiler::catalogue::Catalogue;
use sophia_compiler::project::Environment as Settings;
use sophia_diagnostics::Problem;
use sophia_models::Router;
use sophia_models::predictor::PredictorStore;

pub use connections::Connections;
pub use folders::{Folders, create_folder, unreadable, unwritable};
pub use secrets::{ProcessSecrets, SecretSource, Secrets};
pub use servers::{Pinned, Servers, server_settings};

/// Live adapters for one environment of one project.
pub struct Environment {
    /// Its name: `dev`, `production`.
    pub name: Arc<str>,
    /// Where things are kept.
    pub folders: Folders,
    /// Databases.
    pub connections: Connections,
    /// Model calls.
    pub router: Router,
    /// Trained predictors.
    pub predictors: PredictorStore,
    /// MCP servers, or their stand-ins.
    pub servers: Servers,
}

impl Environment {
    /// Prepares the adapters; databases and servers are opened at their first use.
    ///
    /// # Errors
    /// When the folder for state cannot be made, or settings name something that does not exist.
    pub fn prepare(
        settings: &Settings,
        catalogue: &Catalogue,
        folders: Folders,
        secrets: &Secrets,
    ) -> Result<Self, Problem> {
        folders.create()?;
        Ok(Self {
            name: settings.name.as_str().into(),
            connections: Connections::new(settings.connections.clone(), folders.clone()),
            router: Router::new(providers::providers(
                &settings.models,
                &folders.root,
                secrets,
            )),
            predictors: PredictorStore::open(folders.predictors())?,
            servers: Servers::new(settings, catalogue, &folders, secrets),
            folders,
        })
    }

    /// Ends what was started for one run, and forgets what it spent.
    pub async fn end_run(&self, run: &str) {
        self.servers.end_run(run).await;
        self.router.forget(run);
    }

    /// Which tools are stand-ins here.
    #[must_use]
    pub fn stand_ins(&self) -> BTreeMap<String, bool> {
        self.servers.stand_ins()
    }
}
