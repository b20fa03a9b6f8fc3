//! MCP servers by the manifest's names: the real ones, or stand-ins made from the lock.
//!
//! A real server is started once and shared. A stand-in is started for each run, so that what it took
//! is kept beside that run; it is this program itself, called as `sophia stand-in NAME`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sophia_compiler::catalogue::{Catalogue, Server, ToolCall};
use sophia_compiler::project::{Environment as Settings, ToolSettings};
use sophia_diagnostics::{Problem, codes};
use sophia_tools::{Fleet, ServerSettings};
use tokio::sync::Mutex;

use super::folders::{Folders, create_folder};
use super::secrets::{Secrets, variable};

/// How long a server may take before it answers its first question: `npx` may have to unpack it.
const START: Duration = Duration::from_mins(1);

/// What the lock says about one call.
pub struct Pinned {
    /// Whether it may be repeated without a second effect.
    pub idempotent: bool,
    /// The schema of its arguments.
    pub input: serde_json::Value,
    /// The schema of its structured answer, where the server gives one.
    pub output: Option<serde_json::Value>,
}

impl Pinned {
    /// A schema that is not JSON is none: the checker has let no playbook through that needs it.
    fn of(call: &ToolCall) -> Self {
        let parsed = |text: &str| serde_json::from_str(text).unwrap_or_default();
        Self {
            idempotent: call.idempotent,
            input: parsed(&call.input_schema),
            output: call.output_schema.as_deref().map(parsed),
        }
    }
}

/// The calls of every server in the lock, by the server's own names.
pub type PinnedCalls = BTreeMap<String, BTreeMap<String, Pinned>>;

/// What the lock says about every call.
#[must_use]
pub fn pinned_calls(catalogue: &Catalogue) -> PinnedCalls {
    let of_server = |(name, server): (&String, &Server)| {
        let calls = server
            .calls
            .values()
            .map(|call| (call.wire_name.clone(), Pinned::of(call)));
        (name.clone(), calls.collect())
    };
    catalogue.tools.iter().map(of_server).collect()
}

/// The servers of an environment.
pub struct Servers {
    settings: BTreeMap<String, ToolSettings>,
    stand_in: bool,
    pinned: PinnedCalls,
    folders: Folders,
    secrets: Secrets,
    program: Option<PathBuf>,
    shared: Mutex<BTreeMap<String, Arc<Fleet>>>,
    of_runs: Mutex<BTreeMap<String, BTreeMap<String, Arc<Fleet>>>>,
}

impl Servers {
    /// Servers that are started when they are asked for.
    #[must_use]
    pub fn new(
        settings: &Settings,
        catalogue: &Catalogue,
        folders: &Folders,
        secrets: &Secrets,
    ) -> Self {
        Self {
            settings: settings.tools.clone(),
            stand_in: settings.stand_in_tools,
            pinned: pinned_calls(catalogue),
            folders: folders.clone(),
            secrets: secrets.clone(),
            program: std::env::current_exe().ok(),
            shared: Mutex::default(),
            of_runs: Mutex::default(),
        }
    }

    /// Whether a tool is answered by a stand-in here.
    #[must_use]
    pub fn is_stand_in(&self, tool: &str) -> bool {
        self.stand_in && self.settings.contains_key(tool)
    }

    /// The names of the tools that are stand-ins.
    pub fn stand_ins(&self) -> impl Iterator<Item = &str> {
        let names = self.settings.keys().map(String::as_str);
        names.filter(|name| self.is_stand_in(name))
    }

    /// What the lock says about a call.
    #[must_use]
    pub fn pinned(&self, tool: &str, wire_name: &str) -> Option<&Pinned> {
        self.pinned.get(tool)?.get(wire_name)
    }

    /// The file in which a stand-in keeps what it took during a run.
    #[must_use]
    pub fn record_file(&self, run: &str, tool: &str) -> PathBuf {
        self.folders.run(run).join(format!("{tool}.jsonl"))
    }

    /// Whether a call may be repeated with the same key without a second effect.
    #[must_use]
    pub fn repeatable(&self, tool: &str, call: &str, wire_name: &str) -> bool {
        self.is_stand_in(tool)
            || self
                .settings
                .get(tool)
                .is_some_and(|settings| settings.idempotent.iter().any(|name| name == call))
            || self
                .pinned(tool, wire_name)
                .is_some_and(|pinned| pinned.idempotent)
    }

    /// The fleet that holds a tool's server for a run.
    ///
    /// # Errors
    /// When the manifest does not say how to start it, or a secret is missing.
    pub async fn fleet(&self, run: &str, tool: &str) -> Result<Arc<Fleet>, Problem> {
        let settings = self.settings.get(tool).ok_or_else(|| {
            Problem::new(
                codes::S950,
                format!("There is no tool `{tool}` in this environment."),
            )
            .with_help(format!("add [tools.{tool}] to sophia.toml"))
        })?;
        if self.is_stand_in(tool) {
            let mut runs = self.of_runs.lock().await;
            let fleets = runs.entry(run.to_owned()).or_default();
            if let Some(fleet) = fleets.get(tool) {
                return Ok(fleet.clone());
            }
            let fleet = Arc::new(Fleet::new(vec![self.stand_in_settings(run, tool)?]));
            fleets.insert(tool.to_owned(), fleet.clone());
            return Ok(fleet);
        }
        let mut shared = self.shared.lock().await;
        if let Some(fleet) = shared.get(tool) {
            return Ok(fleet.clone());
        }
        let fleet = Arc::new(Fleet::new(vec![server_settings(
            tool,
            settings,
            &self.folders.root,
            &self.secrets,
        )?]));
        shared.insert(tool.to_owned(), fleet.clone());
        Ok(fleet)
    }

    /// Ends the stand-ins of a run that is over.
    pub async fn end_run(&self, run: &str) {
        let fleets = self.of_runs.lock().await.remove(run).unwrap_or_default();
        for fleet in fleets.into_values() {
            fleet.shut_down().await;
        }
    }

    /// Ends every server.
    pub async fn shut_down(&self) {
        let of_runs = std::mem::take(&mut *self.of_runs.lock().await);
        let shared = std::mem::take(&mut *self.shared.lock().await);
        for fleet in of_runs
            .into_values()
            .flat_map(BTreeMap::into_values)
            .chain(shared.into_values())
        {
            fleet.shut_down().await;
        }
    }

    fn stand_in_settings(&self, run: &str, tool: &str) -> Result<ServerSettings, Problem> {
        let program = self.program.as_ref().ok_or_else(|| {
            Problem::new(
                codes::S950,
                format!("The stand-in for `{tool}` cannot be started."),
            )
            .because("the system does not say where this program is")
        })?;
        let record = self.record_file(run, tool);
        create_folder(&self.folders.run(run))?;
        let argument = |path: &Path| path.to_string_lossy().into_owned();
        Ok(ServerSettings {
            name: tool.to_owned(),
            command: vec![
                argument(program),
                "stand-in".to_owned(),
                tool.to_owned(),
                "--project".to_owned(),
                argument(&self.folders.root),
                "--record".to_owned(),
                argument(&record),
            ],
            variables: Vec::new(),
            secrets: Vec::new(),
            folder: self.folders.root.clone(),
            start_timeout: START,
        })
    }
}

/// How to start a real server.
///
/// # Errors
/// When the manifest gives no command, or a secret that it names is not set.
pub fn server_settings(
    tool: &str,
    settings: &ToolSettings,
    root: &Path,
    secrets: &Secrets,
) -> Result<ServerSettings, Problem> {
    if settings.command.is_empty() {
        let problem = Problem::new(
            codes::S950,
            format!("sophia.toml does not say how to start `{tool}`."),
        );
        return Err(if settings.url.is_some() {
            problem
                .because("servers behind a `url` cannot be reached yet")
                .with_help("name a `command`")
        } else {
            problem.with_help(format!(
                "give [tools.{tool}] a `command`, a list of program and arguments"
            ))
        });
    }
    let mut found = Vec::new();
    for (variable_of_server, name) in &settings.secrets {
        let secret = secrets.secret(name).ok_or_else(|| {
            Problem::new(
                codes::S950,
                format!("The secret `{name}` of the tool `{tool}` is not set."),
            )
            .with_help(format!(
                "set the variable {} before starting Sophia",
                variable(name)
            ))
        })?;
        found.push((variable_of_server.clone(), secret));
    }
    Ok(ServerSettings {
        name: tool.to_owned(),
        command: settings.command.clone(),
        variables: settings.variables.clone().into_iter().collect(),
        secrets: found,
        folder: root.to_path_buf(),
        start_timeout: START,
    })
}
