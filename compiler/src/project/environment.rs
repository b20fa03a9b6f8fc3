//! A manifest in one environment: what really is reached there.

use std::collections::{BTreeMap, BTreeSet};

use sophia_diagnostics::{Problem, codes};

use super::{
    ConnectionSettings, EnvironmentSettings, KnowledgeSettings, LimitSettings, Manifest,
    ModelSettings, ToolSettings,
};
use crate::query::nearest;

/// The name of the environment that always exists.
const DEFAULT: &str = "dev";

/// What a run in one environment reaches.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// Connections as they are here. The SQL dialect is still that of the manifest's own connection.
    pub connections: BTreeMap<String, ConnectionSettings>,
    /// The connections that this environment states itself, and shares with no other by accident.
    pub own_connections: BTreeSet<String>,
    /// Tools as they are here.
    pub tools: BTreeMap<String, ToolSettings>,
    /// Models as they are here.
    pub models: BTreeMap<String, ModelSettings>,
    /// Every MCP server is answered from its pinned schema.
    pub stand_in_tools: bool,
    /// Where runs are kept, relative to the project; `None` leaves it to the program.
    pub store_path: Option<String>,
    /// How long runs are kept after their end, in milliseconds; without it for ever.
    pub keep_ms: Option<i64>,
    /// How many runs that ended are kept at most, the latest.
    pub keep_runs: Option<u64>,
    /// Bodies of knowledge.
    pub knowledge: BTreeMap<String, KnowledgeSettings>,
    /// How many runs go on at once, and who goes first.
    pub limits: LimitSettings,
}

impl Manifest {
    /// The project in an environment. `dev` exists even where the manifest does not write it; then
    /// nothing differs but that tools are stand-ins.
    ///
    /// # Errors
    /// S916 where there is no such environment.
    pub fn in_environment(&self, name: &str) -> Result<Environment, Problem> {
        let unwritten = EnvironmentSettings {
            stand_in_tools: true,
            ..EnvironmentSettings::default()
        };
        let settings = match self.environments.get(name) {
            Some(settings) => settings,
            None if name == DEFAULT => &unwritten,
            None => return Err(self.unknown_environment(name)),
        };
        Ok(Environment {
            name: name.to_owned(),
            connections: replaced(&self.connections, &settings.connections),
            own_connections: settings.connections.keys().cloned().collect(),
            tools: replaced(&self.tools, &settings.tools),
            models: replaced(&self.models, &settings.models),
            stand_in_tools: settings.stand_in_tools,
            store_path: settings.store_path.clone(),
            keep_ms: settings.keep_ms,
            keep_runs: settings.keep_runs,
            knowledge: self.passages.clone(),
            limits: self.limits.clone(),
        })
    }

    fn unknown_environment(&self, name: &str) -> Problem {
        let mut names: Vec<&str> = self.environments.keys().map(String::as_str).collect();
        if !names.contains(&DEFAULT) {
            names.insert(0, DEFAULT);
        }
        let problem = Problem::new(
            codes::S916,
            format!("There is no environment `{name}` in `sophia.toml`."),
        );
        match nearest(name, names.iter().copied()) {
            Some(near) => problem.with_help(format!("write `{near}`")),
            None => problem.with_help(format!(
                "write one of {}, or add `[env.{name}]`",
                names.join(", ")
            )),
        }
    }
}

fn replaced<T: Clone>(
    everywhere: &BTreeMap<String, T>,
    here: &BTreeMap<String, T>,
) -> BTreeMap<String, T> {
    let mut all = everywhere.clone();
    all.extend(here.clone());
    all
}
