//! `sophia sync`: asks the live systems what they offer and pins it in the lock.
//!
//! Kept true here: the lock is replaced whole or not at all; nothing in it is a secret.

mod creation;
mod definitions;
mod difference;
mod models;
mod sample;
mod tables;
mod tools;

use std::collections::BTreeMap;
use std::path::Path;

use sophia_compiler::catalogue::Catalogue;
use sophia_compiler::project::Environment as Settings;
use sophia_diagnostics::Problem;

pub use creation::{Created, Creation};
pub use difference::{Difference, differences};
pub use sample::{Sampled, Untyped, confirm, sample, untyped};

use crate::environment::{Connections, Folders, Secrets};
use crate::project::{LOCK, Project, replace_file};

/// What `sync` found.
#[derive(Clone, Debug)]
pub struct Synced {
    /// The catalogue as the live systems are now.
    pub catalogue: Catalogue,
    /// How it differs from the lock.
    pub differences: Vec<Difference>,
}

/// What to ask.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Names of connections, tools or models; all of them when empty. The rest of the lock stays.
    pub only: Vec<String>,
}

impl Selection {
    fn takes(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }

    /// What is pinned of a system: the answer, where it is asked; otherwise what was pinned before, if anything was.
    async fn pinned<T: Clone>(
        &self,
        name: &str,
        before: &BTreeMap<String, T>,
        asked: impl Future<Output = Result<T, Problem>>,
    ) -> Result<Option<(String, T)>, Problem> {
        let pinned = if self.takes(name) {
            Some(asked.await?)
        } else {
            before.get(name).cloned()
        };
        Ok(pinned.map(|pinned| (name.to_owned(), pinned)))
    }

    /// What is asked where tables are to be made: where nothing is chosen, connections alone.
    fn databases(&self, project: &Project) -> Self {
        if !self.only.is_empty() {
            return self.clone();
        }
        let connections = project.snapshot.manifest.connections.keys();
        Self {
            only: connections.cloned().collect(),
        }
    }
}

/// Asks the live systems. `settings` are those of the environment in which they are reached: servers
/// of tools are always the real ones, because a stand-in is made from the very lock that is written here.
///
/// # Errors
/// The first system that cannot be reached; the lock on disk is not touched.
pub async fn sync(
    project: &Project,
    settings: &Settings,
    secrets: &Secrets,
    selection: &Selection,
    now: jiff::Timestamp,
) -> Result<Synced, Problem> {
    let connections = connections(project, settings, secrets)?;
    let mut catalogue = live(project, settings, (&connections, secrets), selection, now).await?;
    creation::keep_made(project, &connections, &mut catalogue);
    Ok(Synced::of(project, catalogue))
}

/// Asks the live systems, and makes what they lack of the tables that playbooks record into: as statements in files, and
/// where the environment is for it in the database too. Where `record`s disagree, nothing is made and nothing is changed.
///
/// # Errors
/// As [`sync`]; S932 and S939 when a database does not let a table be made, S929 and S594 when a file cannot be written.
pub async fn sync_and_create(
    project: &Project,
    settings: &Settings,
    secrets: &Secrets,
    selection: &Selection,
    now: jiff::Timestamp,
) -> Result<(Synced, Creation), Problem> {
    let connections = connections(project, settings, secrets)?;
    let databases = selection.databases(project);
    let mut catalogue = live(project, settings, (&connections, secrets), &databases, now).await?;
    let creation = creation::create(project, &connections, &databases, &mut catalogue);
    let creation = Box::pin(creation).await?;
    keep_confirmed(&project.snapshot.catalogue, &mut catalogue);
    Ok((Synced::of(project, catalogue), creation))
}

impl Synced {
    fn of(project: &Project, catalogue: Catalogue) -> Self {
        Self {
            differences: differences(&project.snapshot.catalogue, &catalogue),
            catalogue,
        }
    }
}

fn connections(
    project: &Project,
    settings: &Settings,
    secrets: &Secrets,
) -> Result<Connections, Problem> {
    let folders = Folders::new(
        &project.root,
        &settings.name,
        settings.store_path.as_deref(),
    );
    folders.create()?;
    let pinned = &project.snapshot.catalogue;
    Ok(Connections::new(settings, pinned, folders, secrets.clone()))
}

/// The catalogue as the live systems are now.
async fn live(
    project: &Project,
    settings: &Settings,
    (connections, secrets): (&Connections, &Secrets),
    selection: &Selection,
    now: jiff::Timestamp,
) -> Result<Catalogue, Problem> {
    let before = &project.snapshot.catalogue;
    let mut catalogue = Catalogue {
        format: 1,
        synced_at: now.round(jiff::Unit::Second).unwrap_or(now).to_string(),
        ..Catalogue::default()
    };
    for name in settings.connections.keys() {
        let manifest = &project.snapshot.manifest;
        let asked = Box::pin(tables::describe(connections, name, manifest));
        let pinned = selection.pinned(name, &before.connections, asked).await?;
        catalogue.connections.extend(pinned);
    }
    for (name, tool) in &settings.tools {
        let asked = Box::pin(tools::describe(name, tool, &project.root, secrets));
        let pinned = selection.pinned(name, &before.tools, asked).await?;
        catalogue.tools.extend(pinned);
    }
    for (name, model) in &settings.models {
        let asked = async { models::describe(model, &project.root) };
        let pinned = selection.pinned(name, &before.models, asked).await?;
        catalogue.models.extend(pinned);
    }
    keep_confirmed(before, &mut catalogue);
    Ok(catalogue)
}

/// What people have confirmed of the live systems stays: labels, and the types of sampled answers. So do keys of which the
/// system that was asked tells nothing.
fn keep_confirmed(before: &Catalogue, catalogue: &mut Catalogue) {
    for (name, connection) in &mut catalogue.connections {
        let Some(known) = before.connections.get(name) else {
            continue;
        };
        for (name, table) in &mut connection.tables {
            let Some(known) = known.tables.get(name) else {
                continue;
            };
            if table.key.is_none() {
                table.key.clone_from(&known.key);
                table.unique.clone_from(&known.unique);
            }
            for column in &mut table.columns {
                let known = known.columns.iter().find(|known| known.name == column.name);
                if let Some(known) = known {
                    column.labels.clone_from(&known.labels);
                }
            }
        }
    }
    for (name, server) in &mut catalogue.tools {
        let Some(known) = before.tools.get(name) else {
            continue;
        };
        for (name, call) in &mut server.calls {
            if let Some(known) = known.calls.get(name) {
                call.labels.clone_from(&known.labels);
                call.sampled.clone_from(&known.sampled);
            }
        }
    }
}

/// Puts the catalogue in the place of the lock. The old lock stands until the new one is whole.
///
/// # Errors
/// When the folder cannot be written.
pub fn write_lock(root: &Path, catalogue: &Catalogue) -> Result<(), Problem> {
    replace_file(&root.join(LOCK), &catalogue.to_toml())
}
