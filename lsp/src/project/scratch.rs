//! A second copy of a project, in which another text of one of its files is tried.
//!
//! Kept true here: what is shown of the project does not change by it; between two trials only what differs is checked
//! anew, and the manifest and the lock are copied only when they are others.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use sophia_compiler::catalogue::Catalogue;
use sophia_compiler::found::Places;
use sophia_compiler::project::Manifest;
use sophia_compiler::{Snapshot, Workspace};
use sophia_language::Parsed;
use sophia_language::syntax::{Header, Item};

use super::view::{File, Project};

/// Of a project with more texts only those are looked at which the tried one uses.
const MOST_TEXTS: usize = 40;

/// What is tried, kept from one trial to the next. Nothing until somebody tries.
#[derive(Default)]
pub(crate) struct Scratch(Mutex<Option<Copied>>);

struct Copied {
    workspace: Workspace,
    manifest: Arc<Manifest>,
    catalogue: Arc<Catalogue>,
}

impl Scratch {
    /// How a file of a project would be read, and what would be found in it, if it had this text.
    pub(crate) fn tried(
        &self,
        project: &Project,
        name: &Arc<str>,
        text: &str,
    ) -> Option<(Arc<Parsed>, Arc<Places>)> {
        let mut held = self.0.lock().unwrap_or_else(|poisoned| {
            // A check that broke off may have left anything.
            let mut held = PoisonError::into_inner(poisoned);
            *held = None;
            held
        });
        self.0.clear_poison();
        let copied = held.get_or_insert_with(|| Copied::of(project));
        copied.follow(project, name, text);
        let workspace = &mut copied.workspace;
        workspace.check();
        let parsed = workspace.parsed(name)?.clone();
        let places = workspace.places(name)?.clone();
        workspace.tidy();
        Some((parsed, places))
    }
}

impl Copied {
    fn of(project: &Project) -> Self {
        Self {
            workspace: Workspace::new(Snapshot {
                manifest: (*project.manifest).clone(),
                catalogue: (*project.catalogue).clone(),
                files: Vec::new(),
            }),
            manifest: project.manifest.clone(),
            catalogue: project.catalogue.clone(),
        }
    }

    /// Makes the copy what the project is now, but for the text that is tried.
    fn follow(&mut self, project: &Project, name: &Arc<str>, text: &str) {
        if !Arc::ptr_eq(&self.manifest, &project.manifest) {
            self.manifest = project.manifest.clone();
            self.workspace.set_manifest((*project.manifest).clone());
        }
        if !Arc::ptr_eq(&self.catalogue, &project.catalogue) {
            self.catalogue = project.catalogue.clone();
            self.workspace.set_catalogue((*project.catalogue).clone());
        }
        let wanted = texts(project, name);
        let held: BTreeMap<Arc<str>, Arc<str>> = (self.workspace.snapshot().files.iter())
            .map(|file| (file.path.clone(), file.text.clone()))
            .collect();
        for path in held.keys().filter(|path| !wanted.contains_key(*path)) {
            self.workspace.remove(path);
        }
        for (path, file) in &wanted {
            let is_other = |held: &Arc<str>| !Arc::ptr_eq(held, file.text.shared());
            if path != name && held.get(path).is_none_or(is_other) {
                self.workspace.write(path, file.text.shared().clone());
            }
        }
        if held.get(name).is_none_or(|held| **held != *text) {
            self.workspace.write(name, text);
        }
        if self.workspace.noted().len() != 1 || !self.workspace.noted().contains(name) {
            self.workspace.note([name.clone()]);
        }
    }
}

/// The texts of a project that count for one of them: all of a small one, else what it uses and what that uses.
fn texts<'p>(project: &'p Project, name: &Arc<str>) -> BTreeMap<Arc<str>, &'p Arc<File>> {
    let own = || {
        let files = project.files.iter();
        files.filter(|(name, file)| !name.starts_with('\0') && file.parsed.is_some())
    };
    if own().nth(MOST_TEXTS).is_none() {
        return own().map(|(name, file)| (name.clone(), file)).collect();
    }
    let mut named: BTreeMap<&str, &'p Arc<File>> = BTreeMap::new();
    for (_, file) in own() {
        if let Some(Header::Module(name) | Header::Playbook(name)) = header(file) {
            named.insert(&name.text, file);
        }
    }
    let mut found = BTreeMap::new();
    let mut left: Vec<&Arc<File>> = project.files.get(name).into_iter().collect();
    while let Some(file) = left.pop() {
        if found.insert(file.name.clone(), file).is_none() {
            left.extend(used(file).filter_map(|name| named.get(name).copied()));
        }
    }
    found
}

fn header(file: &File) -> Option<&Header> {
    file.parsed.as_ref().map(|parsed| &parsed.file.header)
}

/// What a file names behind `use`.
fn used(file: &File) -> impl Iterator<Item = &str> {
    let items = file.parsed.iter().flat_map(|parsed| &parsed.file.items);
    let lines = items.filter_map(|item| match item {
        Item::Use(line) => Some(&line.names),
        _ => None,
    });
    lines.flatten().map(|name| name.text.as_str())
}
