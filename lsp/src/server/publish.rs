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
        for (path, spot) in worth_telling(&view, &self.published) {
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

/// The texts of the projects, and the open ones beside them, of which there is something to tell or to take back.
fn worth_telling<'v>(view: &'v View, published: &Published) -> Vec<(PathBuf, Spot<'v>)> {
    let mut found = Vec::new();
    for project in view.projects.values() {
        let told: BTreeSet<String> = (published.told.keys())
            .filter_map(|path| project.name_of(path))
            .collect();
        let own = (project.files.iter()).filter(|(name, file)| {
            !name.starts_with('\0') && (!file.diagnostics.is_empty() || told.contains(&***name))
        });
        found.extend(own.map(|(name, file)| {
            let spot = Spot {
                view,
                project: Some(project),
                file,
            };
            (project.root.join(&**name), spot)
        }));
    }
    let loose = view
        .loose
        .iter()
        .filter(|(path, file)| !file.diagnostics.is_empty() || published.told.contains_key(*path));
    found.extend(loose.map(|(path, file)| {
        let spot = Spot {
            view,
            project: None,
            file,
        };
        (path.clone(), spot)
    }));
    found
}
