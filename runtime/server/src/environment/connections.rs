//! Databases by the manifest's names, opened once at their first use.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sophia_compiler::catalogue::{Catalogue, Connection};
use sophia_compiler::project::{ConnectionSettings, Environment as Settings};
use sophia_data::{
    Access, ColumnDescription, ConnectionKind, PostgresSource, Source, SqliteSource, Streams,
    seed_sqlite,
};
use sophia_diagnostics::{Problem, codes};
use tokio::sync::Mutex;

use super::folders::Folders;
use super::secrets::Secrets;
use super::{postgres, redis};

/// The connections of an environment.
pub struct Connections {
    settings: BTreeMap<String, ConnectionSettings>,
    /// What the lock knows of them.
    pinned: BTreeMap<String, Connection>,
    /// Those in which missing tables are made.
    made_in: BTreeSet<String>,
    folders: Folders,
    secrets: Secrets,
    open: Mutex<BTreeMap<String, Arc<dyn Source>>>,
}

/// The environment in which missing tables are made.
const DEV: &str = "dev";

impl Connections {
    /// Connections that are opened when they are asked for.
    #[must_use]
    pub fn new(
        settings: &Settings,
        catalogue: &Catalogue,
        folders: Folders,
        secrets: Secrets,
    ) -> Self {
        Self {
            settings: settings.connections.clone(),
            pinned: catalogue.connections.clone(),
            made_in: made_in(settings),
            folders,
            secrets,
            open: Mutex::default(),
        }
    }

    /// The names of all connections.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.settings.keys().map(String::as_str)
    }

    /// The settings of a connection.
    #[must_use]
    pub fn settings(&self, name: &str) -> Option<&ConnectionSettings> {
        self.settings.get(name)
    }

    /// The live connection of a name. A `SQLite` stand-in is seeded from its files first.
    ///
    /// # Errors
    /// When the name is unknown, a seed file is broken, or the database cannot be opened.
    pub async fn source(&self, name: &str) -> Result<Arc<dyn Source>, Problem> {
        let mut open = self.open.lock().await;
        if let Some(source) = open.get(name) {
            return Ok(source.clone());
        }
        let settings = self.known(name)?;
        let source = self.connect(name, settings).await?;
        open.insert(name.to_owned(), source.clone());
        Ok(source)
    }

    fn known(&self, name: &str) -> Result<&ConnectionSettings, Problem> {
        self.settings.get(name).ok_or_else(|| {
            Problem::new(
                codes::S930,
                format!("There is no connection `{name}` in this environment."),
            )
            .with_help(format!("add [connections.{name}] to sophia.toml"))
        })
    }

    /// Whether messages come from a connection, which then has no tables.
    #[must_use]
    pub fn has_messages(&self, name: &str) -> bool {
        let settings = self.settings.get(name);
        settings.is_some_and(|settings| settings.kind == "redis")
    }

    /// A connection of its own to the messages of a name.
    ///
    /// # Errors
    /// S994 when no messages come from it, S930 when its settings are wrong or it cannot be reached.
    pub async fn streams(&self, name: &str) -> Result<Streams, Problem> {
        let settings = self.known(name)?;
        if !self.has_messages(name) {
            return Err(Problem::new(
                codes::S994,
                format!(
                    "No messages come from `{name}`: it is of the kind `{}`.",
                    settings.kind
                ),
            )
            .with_help("messages come from connections of the kind `redis`"));
        }
        let settings = redis::settings(name, settings, &self.folders.root, &*self.secrets)?;
        Streams::open(&settings).await
    }

    async fn connect(
        &self,
        name: &str,
        settings: &ConnectionSettings,
    ) -> Result<Arc<dyn Source>, Problem> {
        match ConnectionKind::named(name, &settings.kind)? {
            ConnectionKind::Sqlite => {}
            ConnectionKind::Postgres => {
                let settings =
                    postgres::settings(name, settings, &self.folders.root, &*self.secrets)?;
                return Ok(Arc::new(PostgresSource::open(&settings).await?));
            }
            ConnectionKind::Redis => {
                return Err(Problem::new(
                    codes::S931,
                    format!("The connection `{name}` is of the kind `redis`, which has no tables."),
                )
                .with_help(format!(
                    "`trigger on message from {name} \"…\"` takes its messages"
                )));
            }
        }
        if settings.seed.is_empty() {
            let path = settings.path.as_deref().ok_or_else(|| {
                Problem::new(
                    codes::S930,
                    format!("The connection `{name}` names neither a file nor seeds."),
                )
                .with_help("give it `path = \"data.db\"` or `seed = [\"data/*.csv\"]`")
            })?;
            return open_sqlite(&self.folders.root.join(path)).await;
        }
        let files = matching(&self.folders.root, &settings.seed)?;
        let database = self.folders.stand_in_database(name);
        seed_sqlite(&database, &files).await?;
        open_sqlite(&database).await
    }

    /// Whether tables are made in a connection where one is missing.
    #[must_use]
    pub fn makes_tables(&self, name: &str) -> bool {
        self.made_in.contains(name)
    }

    /// Makes a table that the lock knows and the database does not have, where that is what this
    /// environment is for. Whether it did.
    ///
    /// # Errors
    /// When the database refuses it.
    pub async fn make_missing(
        &self,
        name: &str,
        table: &str,
        source: &dyn Source,
    ) -> Result<bool, Problem> {
        let known = self
            .pinned
            .get(name)
            .and_then(|connection| connection.tables.get(table));
        let (true, Some(known)) = (self.makes_tables(name), known) else {
            return Ok(false);
        };
        let columns: Vec<ColumnDescription> = known
            .columns
            .iter()
            .map(|column| ColumnDescription {
                name: column.name.clone(),
                declared: column.declared.clone(),
                nullable: column.nullable,
            })
            .collect();
        source.create_table(table, &columns, None).await?;
        Ok(true)
    }
}

/// The connections in which this environment makes tables: in `dev` those that nobody else works with, which are its
/// own, and files of `SQLite`.
fn made_in(settings: &Settings) -> BTreeSet<String> {
    let connections = (settings.connections.iter()).filter(|(name, connection)| {
        settings.name == DEV
            && (connection.kind == "sqlite" || settings.own_connections.contains(*name))
    });
    connections.map(|(name, _)| name.clone()).collect()
}

async fn open_sqlite(path: &Path) -> Result<Arc<dyn Source>, Problem> {
    let source = SqliteSource::open(path, Access::Write).await?;
    Ok(Arc::new(source))
}

/// The files of some patterns, sorted. A pattern is a path whose last part may hold one `*`.
pub(super) fn matching(root: &Path, patterns: &[String]) -> Result<Vec<PathBuf>, Problem> {
    let mut files = Vec::new();
    for pattern in patterns {
        let (folder, last) = pattern.rsplit_once('/').unwrap_or((".", pattern));
        let folder = root.join(folder);
        let Some((prefix, suffix)) = last.split_once('*') else {
            files.push(folder.join(last));
            continue;
        };
        let entries = std::fs::read_dir(&folder).map_err(|error| {
            Problem::new(
                codes::S926,
                format!("The folder {} cannot be read.", folder.display()),
            )
            .because(error)
            .with_help(format!("the manifest's pattern `{pattern}` names it"))
        })?;
        let before = files.len();
        files.extend(entries.flatten().map(|entry| entry.path()).filter(|path| {
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            path.is_file()
                && name.len() >= prefix.len() + suffix.len()
                && name.starts_with(prefix)
                && name.ends_with(suffix)
        }));
        if files.len() == before {
            return Err(
                Problem::new(codes::S926, format!("No file matches `{pattern}`."))
                    .with_help("put the file there, or correct the pattern in sophia.toml"),
            );
        }
    }
    files.sort();
    Ok(files)
}
