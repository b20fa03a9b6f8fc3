//! Bodies of knowledge: their passages, read once a run and indexed by their words.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use sophia_compiler::project::{KnowledgeSettings, KnowledgeSource};
use sophia_diagnostics::{Problem, codes};
use tokio::sync::Mutex;

use super::connections::{Connections, matching};
use super::folders::unreadable;
use crate::lexical::Index;

/// The bodies of knowledge of an environment.
pub struct Knowledge {
    settings: BTreeMap<String, KnowledgeSettings>,
    root: PathBuf,
    /// By run and name.
    indexes: Mutex<BTreeMap<(String, String), Arc<Index>>>,
}

impl Knowledge {
    /// Bodies of knowledge of the project in this folder, read when they are searched.
    #[must_use]
    pub fn new(settings: BTreeMap<String, KnowledgeSettings>, root: PathBuf) -> Self {
        Self {
            settings,
            root,
            indexes: Mutex::default(),
        }
    }

    /// What a person should know about searches there.
    pub(crate) fn note(&self, name: &str) -> Option<String> {
        let model = self.settings.get(name)?.embed.as_ref()?;
        Some(format!("found by words; `{model}` is not asked"))
    }

    /// The index of a body of knowledge, as its source was when the run first searched it.
    ///
    /// # Errors
    /// S925 when it cannot be reached.
    pub(crate) async fn index(
        &self,
        run: &str,
        name: &str,
        connections: &Connections,
    ) -> Result<Arc<Index>, Problem> {
        let place = (run.to_owned(), name.to_owned());
        let mut indexes = self.indexes.lock().await;
        if let Some(index) = indexes.get(&place) {
            return Ok(index.clone());
        }
        let passages = self.passages(name, connections).await?;
        let index = Arc::new(tokio::task::block_in_place(|| Index::new(passages)));
        indexes.insert(place, index.clone());
        Ok(index)
    }

    /// Lets go of what a run searched.
    pub(super) async fn forget(&self, run: &str) {
        self.indexes.lock().await.retain(|(of, _), _| of != run);
    }

    async fn passages(
        &self,
        name: &str,
        connections: &Connections,
    ) -> Result<Vec<(String, String)>, Problem> {
        let unreachable = |why: &dyn std::fmt::Display, help: String| {
            Problem::new(
                codes::S925,
                format!("The knowledge `{name}` cannot be searched."),
            )
            .because(why)
            .with_help(help)
        };
        let settings = self.settings.get(name).cloned().unwrap_or_default();
        if let Some(store) = settings
            .store
            .as_deref()
            .filter(|store| *store != "embedded")
        {
            return Err(unreachable(
                &format!("it is kept in `{store}`, and no such index can be asked yet"),
                format!("write `store = \"embedded\"` under `[knowledge.{name}]`"),
            ));
        }
        match settings.from {
            None => Err(unreachable(
                &"the manifest does not say where its passages are",
                format!("add `from` to `[knowledge.{name}]` in sophia.toml"),
            )),
            Some(KnowledgeSource::Rows { connection, sql }) => {
                let source = connections.source(&connection).await;
                let source = source.map_err(|problem| {
                    unreachable(&problem.message, problem.help.clone().unwrap_or_default())
                })?;
                let texts = source.texts(&sql).await.map_err(|problem| {
                    unreachable(
                        &problem.message,
                        format!("correct the SQL under `[knowledge.{name}]` in sophia.toml"),
                    )
                })?;
                let id = texts
                    .columns
                    .iter()
                    .position(|column| column.eq_ignore_ascii_case("id"));
                Ok(texts
                    .rows
                    .into_iter()
                    .map(|row| passage(row, id.unwrap_or(0)))
                    .collect())
            }
            Some(KnowledgeSource::Files(patterns)) => {
                let files = matching(&self.root, &patterns).map_err(|problem| {
                    unreachable(&problem.message, "correct `from`".to_owned())
                })?;
                let mut passages = Vec::new();
                for file in files {
                    let text = std::fs::read_to_string(&file)
                        .map_err(|error| unreadable(&file, &error))?;
                    let shown = file.strip_prefix(&self.root).unwrap_or(&file);
                    passages.extend(paragraphs(&shown.to_string_lossy(), &text));
                }
                Ok(passages)
            }
        }
    }
}

/// A row as a passage: one column tells it apart, the others are its text.
fn passage(row: Vec<Option<String>>, id: usize) -> (String, String) {
    let mut name = String::new();
    let mut text: Vec<String> = Vec::new();
    for (place, value) in row.into_iter().enumerate() {
        match value {
            Some(value) if place == id => name = value,
            Some(value) => text.push(value),
            None => {}
        }
    }
    (name, text.join("\n"))
}

/// The paragraphs of a file, each named after the file and its number from 1.
fn paragraphs(file: &str, text: &str) -> Vec<(String, String)> {
    text.replace("\r\n", "\n")
        .split("\n\n")
        .map(str::trim)
        .filter(|paragraph| !paragraph.is_empty())
        .enumerate()
        .map(|(number, paragraph)| (format!("{file}#{}", number + 1), paragraph.to_owned()))
        .collect()
}
