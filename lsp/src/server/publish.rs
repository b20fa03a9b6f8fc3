//! Complaints, sent where they changed and taken back where they are gone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Server;
use crate::answers::diagnostics;
use crate::project::{File, Spot, View};
use crate::protocol::{PublishDiagnosticsParams, Uri};

/// What the client has last been told of each text.
#[derive(Default)]
pub(super) struct Published {
    told: BTreeMap<PathBuf, Told>,
}

/// What was said of one text.
struct Told {
    /// As the analyst gave it: what is the same need not be said again.
    file: Arc<File>,
    empty: bool,
}

impl Server {
    /// Tells the client what is otherwise than it knows. Of a text that has changed since it was checked nothing is
    /// said: the next view says it.
    pub(super) fn publish(&mut self) {
        let view = self.view.clone();
        let mut there = BTreeSet::new();
        for (path, spot) in all(&view) {
            if !self.published.told.contains_key(&path) && spot.file.diagnostics.is_empty() {
                continue;
            }
            there.insert(path.clone());
            let known = self.published.told.get(&path);
            if known.is_some_and(|known| Arc::ptr_eq(&known.file, spot.file)) {
                continue;
            }
            let document = self.documents.get(&path);
            if document.is_some_and(|document| document.text.as_str() != spot.file.text.as_str()) {
                continue;
            }
            let Some(uri) = document.map_or_else(
                || Uri::from_file_path(&path).ok(),
                |document| Some(document.uri.clone()),
            ) else {
                continue;
            };
            let version = document.map(|document| document.version);
            let found = diagnostics::of(&spot);
            let told = Told {
                file: spot.file.clone(),
                empty: found.is_empty(),
            };
            let was_empty = known.is_none_or(|known| known.empty);
            if !(told.empty && was_empty) {
                self.notify(
                    "textDocument/publishDiagnostics",
                    PublishDiagnosticsParams {
                        uri,
                        version,
                        diagnostics: found,
                    },
                );
            }
            self.published.told.insert(path, told);
        }
        let gone: Vec<PathBuf> = (self.published.told.keys())
            .filter(|path| !there.contains(*path))
            .cloned()
            .collect();
        for path in gone {
            if let Ok(uri) = Uri::from_file_path(&path) {
                self.clear(&path, &uri);
            }
        }
    }

    /// Takes everything back that was said of a text.
    pub(super) fn clear(&mut self, path: &Path, uri: &Uri) {
        if let Some(told) = self.published.told.remove(path)
            && !told.empty
        {
            self.notify(
                "textDocument/publishDiagnostics",
                PublishDiagnosticsParams {
                    uri: uri.clone(),
                    version: None,
                    diagnostics: Vec::new(),
                },
            );
        }
    }
}

/// Every text of the projects and every open one beside them.
fn all(view: &View) -> impl Iterator<Item = (PathBuf, Spot<'_>)> {
    let of_projects = view.projects.values().flat_map(move |project| {
        let own = project
            .files
            .iter()
            .filter(|(name, _)| !name.starts_with('\0'));
        own.map(move |(name, file)| {
            let spot = Spot {
                view,
                project: Some(project),
                file,
            };
            (project.root.join(&**name), spot)
        })
    });
    let loose = view.loose.iter().map(move |(path, file)| {
        let spot = Spot {
            view,
            project: None,
            file,
        };
        (path.clone(), spot)
    });
    of_projects.chain(loose)
}
