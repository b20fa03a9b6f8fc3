//! Starts a run of a playbook, or goes on with one that was interrupted.

use std::collections::BTreeMap;
use std::sync::Arc;

use sophia_compiler::Playbook;
use sophia_compiler::project::Environment as Settings;
use sophia_diagnostics::Problem;
use sophia_engine::{
    Engine, Playbooks, RunFilter, RunId, RunRequest, RunStatus, Store, SystemClock,
};
use sophia_plan::{Plan, Record};

use tokio::task::JoinHandle;

use crate::control::{Members, listen, place};
use crate::environment::{Environment, Folders, Secrets, limits, store_keys};
use crate::project::Project;
use crate::steps::EnvironmentRunner;

/// A project opened for running: its environment and its engine.
pub struct Session {
    /// The live adapters.
    pub environment: Arc<Environment>,
    /// The engine over the environment's store.
    pub engine: Engine,
    /// The door through which other processes ask something of its runs.
    door: Option<JoinHandle<()>>,
}

/// A run that was started or taken up.
#[derive(Clone, Debug)]
pub struct Started {
    /// The run.
    pub run: RunId,
    /// Whether it was interrupted before and goes on now.
    pub resumed: bool,
}

impl Session {
    /// Opens a project for running in an environment.
    ///
    /// # Errors
    /// When another process holds the store, or a folder cannot be written.
    pub async fn open(
        project: &Project,
        settings: &Settings,
        secrets: &Secrets,
    ) -> Result<Self, Problem> {
        let folders = Folders::new(
            &project.root,
            &settings.name,
            settings.store_path.as_deref(),
        );
        let path = folders.store.clone();
        let store = Store::Sealed(path.clone(), store_keys(secrets)?);
        let environment = Arc::new(Environment::prepare(
            settings,
            &project.snapshot.catalogue,
            folders,
            secrets,
        )?);
        let runner = Arc::new(EnvironmentRunner::new(environment.clone()));
        let manifest = &project.snapshot.manifest;
        let members = Members::new(manifest.groups.clone(), manifest.four_eyes.clone());
        let clock = Arc::new(SystemClock);
        let engine = Engine::with_people(store, runner, clock, Arc::new(members)).await?;
        engine.limit(limits(settings)).await?;
        engine.follow(Arc::new(Plans::of(&project.check().playbooks)));
        // Without a door runs go on all the same; people answer once this process has ended.
        let door = listen(&path, engine.clone()).ok();
        Ok(Self {
            environment,
            engine,
            door,
        })
    }

    /// Goes on with the newest interrupted run of this playbook with these inputs, or starts a new one, in a
    /// person's name where one is known.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn run(
        &self,
        plan: &Arc<Plan>,
        inputs: Record,
        take_up: bool,
        by: Option<&str>,
    ) -> Result<Started, Problem> {
        if take_up && let Some(run) = self.interrupted(&plan.playbook, &inputs).await? {
            self.resume(&run).await?;
            return Ok(Started { run, resumed: true });
        }
        let request = RunRequest {
            plan: plan.clone(),
            inputs,
            environment: self.environment.name.clone(),
            delivery: None,
            at: jiff::Timestamp::now(),
            brought: None,
        };
        let submitted = match by {
            Some(by) => self.engine.submit_as(request, by).await?,
            None => self.engine.submit(request).await?,
        };
        Ok(Started {
            run: submitted.run,
            resumed: false,
        })
    }

    /// Goes on with an interrupted run, or one that waits: what is due is done before it is looked where it
    /// stands.
    ///
    /// # Errors
    /// When there is no such run, or it has ended, or the store cannot be read.
    pub async fn resume(&self, run: &RunId) -> Result<(), Problem> {
        self.engine.resume(run).await?;
        self.engine.caught_up(run).await.map(drop)
    }

    async fn interrupted(&self, playbook: &str, inputs: &Record) -> Result<Option<RunId>, Problem> {
        for status in [RunStatus::Running, RunStatus::Waiting] {
            let filter = RunFilter {
                playbook: Some(playbook.into()),
                environment: Some(self.environment.name.clone()),
                status: Some(status),
                ..RunFilter::default()
            };
            for summary in self.engine.runs(filter).await? {
                let began = self.engine.run(&summary.run.0).await?.inputs;
                // What a trigger brought besides is not asked for again.
                if (inputs.fields.iter()).all(|(name, value)| began.get(name) == Some(value)) {
                    return Ok(Some(summary.run));
                }
            }
        }
        Ok(None)
    }

    /// Gives the store back and ends every server that was started. Runs go on when they are resumed.
    pub async fn close(self) {
        if let Some(door) = self.door {
            door.abort();
            // It was told to end; how it did does not matter.
            let _ = door.await;
            // While the store is still held, so that it is nobody else's door.
            let _ = std::fs::remove_file(place(&self.environment.folders.store));
        }
        self.engine.close().await;
        self.environment.servers.shut_down().await;
    }
}

/// The plans of a checked project, as steps that run other playbooks find them.
#[derive(Debug, Default)]
pub struct Plans(BTreeMap<Arc<str>, Arc<Plan>>);

impl Plans {
    /// The plans of these playbooks; those with errors have none.
    #[must_use]
    pub fn of<'a>(playbooks: impl IntoIterator<Item = &'a Playbook>) -> Self {
        let plans = playbooks.into_iter().filter_map(|playbook| {
            let plan = playbook.plan.clone()?;
            Some((playbook.name.clone(), plan))
        });
        Self(plans.collect())
    }
}

impl Playbooks for Plans {
    fn current(&self, playbook: &str) -> Option<Arc<Plan>> {
        self.0.get(playbook).cloned()
    }
}
