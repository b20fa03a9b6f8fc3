//! An environment: the manifest's settings for one place, turned into live adapters.
//!
//! Kept true here: nothing is opened before it is needed; secrets are looked up by name at the moment
//! of opening and never kept in the clear; what is a stand-in is known and said.

mod connections;
mod effects;
mod folders;
mod knowledge;
mod limits;
mod postgres;
mod providers;
mod redis;
mod secrets;
mod servers;
mod snapshots;
mod written;

use std::sync::Arc;

use sophia_compiler::catalogue::Catalogue;
use sophia_compiler::project::Environment as Settings;
use sophia_diagnostics::Problem;
use sophia_engine::RunDetail;
use sophia_engine::upkeep::Retention;
use sophia_models::Router;
use sophia_models::predictor::PredictorStore;
use sophia_plan::{StepKind, Work};

pub use connections::Connections;
pub use effects::{Effects, Memory};
pub use folders::{Folders, create_folder, unreadable, unwritable};
pub use knowledge::Knowledge;
pub use limits::limits;
pub use secrets::{ProcessSecrets, SecretSource, Secrets, store_keys, variable};
pub use servers::{Pinned, PinnedCalls, Servers, pinned_calls, server_settings};
pub use snapshots::{Kept, Snapshot, Snapshots};

/// Live adapters for one environment of one project.
pub struct Environment {
    /// Its name: `dev`, `production`.
    pub name: Arc<str>,
    /// Where things are kept.
    pub folders: Folders,
    /// Which of its runs are kept.
    pub retention: Retention,
    /// Databases.
    pub connections: Connections,
    /// Which of them remember the keys of writes.
    pub effects: Effects,
    /// Figures that are kept.
    pub snapshots: Snapshots,
    /// Bodies of knowledge.
    pub knowledge: Knowledge,
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
            retention: crate::retention::retention(settings),
            connections: Connections::new(settings, catalogue, folders.clone(), secrets.clone()),
            effects: Effects::new(folders.forgetful()),
            snapshots: Snapshots::new(folders.metrics()),
            knowledge: Knowledge::new(settings.knowledge.clone(), folders.root.clone()),
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

    /// Counts what an interrupted run has spent before, so that its budgets go on where they were.
    pub fn restore_spending(&self, detail: &RunDetail) {
        self.router.forget(&detail.summary.run.0);
        for step in &detail.steps {
            let StepKind::Work(Work::Model { model, .. }) = &step.step.kind else {
                continue;
            };
            let cost = step
                .report
                .cost_usd
                .as_deref()
                .and_then(|cost| cost.parse().ok());
            if let Some(cost) = cost {
                self.router.charge(&detail.summary.run.0, model, cost);
            }
        }
    }

    /// Ends what was started for one run, and forgets what it spent.
    pub async fn end_run(&self, run: &str) {
        self.servers.end_run(run).await;
        self.knowledge.forget(run).await;
        self.router.forget(run);
    }
}
