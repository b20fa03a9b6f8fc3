//! A project that is served, and what came of it.

use std::path::Path;
use std::sync::{Arc, Mutex};

use sophia_engine::RunFilter;
use sophia_plan::Value;
use sophia_server::environment::{ProcessSecrets, Secrets};
use sophia_server::project::Project;
use sophia_server::run::Session;
use sophia_server::serve::{Happening, serve};
use tokio::sync::watch;

use crate::stepped::Stepped;

/// A project that is served, with a clock that stands still until the test moves it.
pub struct Served {
    pub session: Session,
    pub clock: Arc<Stepped>,
    troubles: Arc<Mutex<Vec<String>>>,
    happened: watch::Receiver<u64>,
    serving: tokio::task::JoinHandle<()>,
}

impl Served {
    /// Writes the files of a project into a folder, and serves it.
    pub async fn over(folder: &Path, files: &[(&str, &str)], environment: &str) -> Self {
        for (name, text) in files {
            std::fs::write(folder.join(name), text).unwrap();
        }
        let project = Project::open(folder).unwrap();
        let checked = project.check();
        assert!(
            checked.diagnostics.iter().all(|found| !found.is_error()),
            "{:#?}",
            checked.diagnostics
        );
        let settings = project.snapshot.manifest.in_environment(environment);
        let secrets: Secrets = Arc::new(ProcessSecrets);
        let session = Session::open(&project, &settings.unwrap(), &secrets)
            .await
            .unwrap();
        let clock = Stepped::new();
        let troubles = Arc::new(Mutex::new(Vec::new()));
        let (engine, of) = (session.engine.clone(), session.environment.clone());
        let (playbooks, time, told) = (checked.playbooks, clock.clone(), troubles.clone());
        let (happens, happened) = watch::channel(0);
        let serving = tokio::spawn(async move {
            let listener = Arc::new(move |happening| {
                if let Happening::Trouble { problem } = happening {
                    told.lock().unwrap().push(problem.to_string());
                }
                happens.send_modify(|happened| *happened += 1);
            });
            serve(engine, of, &playbooks, time, listener, None)
                .await
                .unwrap();
        });
        Self {
            session,
            clock,
            troubles,
            happened,
            serving,
        }
    }

    /// What failed so far.
    pub fn troubles(&self) -> Vec<String> {
        self.troubles.lock().unwrap().clone()
    }

    /// Waits until something failed. What.
    pub async fn trouble(&self) -> String {
        let mut happened = self.happened.clone();
        loop {
            happened.borrow_and_update();
            if let Some(first) = self.troubles().into_iter().next() {
                return first;
            }
            happened.changed().await.unwrap();
        }
    }

    /// What was brought to each run, the oldest first.
    pub async fn brought(&self) -> Vec<Value> {
        let engine = &self.session.engine;
        let mut runs = engine.runs(RunFilter::default()).await.unwrap();
        runs.reverse();
        let mut brought = Vec::new();
        for run in runs {
            let inputs = engine.run(&run.run.0).await.unwrap().inputs;
            let Some((_, value)) = inputs.fields.into_iter().next() else {
                panic!("run {} began with nothing", run.run);
            };
            brought.push(value);
        }
        brought
    }

    /// The same, once there are so many.
    pub async fn brought_once(&self, count: usize) -> Vec<Value> {
        let mut happened = self.happened.clone();
        loop {
            happened.borrow_and_update();
            let brought = self.brought().await;
            if brought.len() >= count {
                return brought;
            }
            happened.changed().await.unwrap();
        }
    }

    pub async fn close(self) {
        self.serving.abort();
        let _ = self.serving.await;
        self.session.close().await;
    }
}
