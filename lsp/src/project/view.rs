//! What the server knows at one moment.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use sophia_compiler::Playbook;
use sophia_compiler::catalogue::Catalogue;
use sophia_compiler::found::Places;
use sophia_compiler::project::Manifest;
use sophia_diagnostics::{Diagnostic, Span};
use sophia_language::Parsed;
use sophia_plan::types::Type;

use super::files::Files;
use super::scratch::Scratch;
use crate::names::{Binder, Index};
use crate::protocol::{Location, Position, Range, Uri};
use crate::settings::{self, Named};
use crate::text::{Encoding, Text};

/// Everything that was checked last.
#[derive(Clone, Default)]
pub(crate) struct View {
    /// How many changes the server had taken in.
    pub(crate) revision: u64,
    /// How the client counts.
    pub(crate) encoding: Encoding,
    /// Whether it takes texts with places for the cursor.
    pub(crate) snippets: bool,
    /// Which hints a person wants to see.
    pub(crate) hints: Hints,
    /// By their folders.
    pub(crate) projects: BTreeMap<PathBuf, Arc<Project>>,
    /// Open files that belong to no project, by their paths.
    pub(crate) loose: BTreeMap<PathBuf, Arc<File>>,
}

/// Which hints stand between the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hints {
    pub(crate) types: bool,
    pub(crate) labels: bool,
    pub(crate) costs: bool,
}

impl Default for Hints {
    fn default() -> Self {
        Self {
            types: true,
            labels: true,
            costs: true,
        }
    }
}

impl Hints {
    /// What settings such as `{ "inlayHints": { "types": false } }` say; what they do not name stays as it is.
    pub(crate) fn set(&mut self, settings: &serde_json::Value) {
        let settings = settings.get("sophia").unwrap_or(settings);
        let Some(hints) = settings.get("inlayHints") else {
            return;
        };
        let said = |name: &str| hints.get(name).and_then(serde_json::Value::as_bool);
        self.types = said("types").unwrap_or(self.types);
        self.labels = said("labels").unwrap_or(self.labels);
        self.costs = said("costs").unwrap_or(self.costs);
    }
}

/// One project.
pub(crate) struct Project {
    /// The folder that holds `sophia.toml`.
    pub(crate) root: PathBuf,
    /// The last manifest without errors.
    pub(crate) manifest: Arc<Manifest>,
    /// The last lock without errors.
    pub(crate) catalogue: Arc<Catalogue>,
    /// Every text of the project by its name; those of the standard library that something uses among them.
    pub(crate) files: Files,
    /// Where other texts of its files are tried.
    pub(crate) scratch: Arc<Scratch>,
}

/// One text.
pub(crate) struct File {
    /// Its name in the project, relative to the folder with `/`.
    pub(crate) name: Arc<str>,
    pub(crate) text: Text,
    /// The tree; `None` for the manifest and the lock.
    pub(crate) parsed: Option<Arc<Parsed>>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The playbook, where the file holds one.
    pub(crate) playbook: Option<Playbook>,
    /// What was found by its place; of open files alone.
    pub(crate) places: Option<Arc<Places>>,
    /// Who makes and who uses its names, once somebody asked.
    pub(crate) index: OnceLock<Index>,
    /// What the manifest and the lock name, once somebody asked.
    pub(crate) named: OnceLock<Vec<Named>>,
}

/// A text, and where it stands.
#[derive(Clone)]
pub(crate) struct Spot<'v> {
    pub(crate) view: &'v View,
    pub(crate) project: Option<&'v Arc<Project>>,
    pub(crate) file: &'v Arc<File>,
}

impl View {
    /// The text of a path.
    pub(crate) fn spot(&self, path: &Path) -> Option<Spot<'_>> {
        if let Some(file) = self.loose.get(path) {
            return Some(Spot {
                view: self,
                project: None,
                file,
            });
        }
        // The project whose folder is the nearest.
        let mut above = path.ancestors().skip(1);
        let project = above.find_map(|folder| self.projects.get(folder))?;
        let file = project.files.get(project.name_of(path)?.as_str())?;
        Some(Spot {
            view: self,
            project: Some(project),
            file,
        })
    }
}

impl File {
    /// Who makes and who uses its names; `None` for the manifest and the lock.
    pub(crate) fn index(&self) -> Option<&Index> {
        let parsed = self.parsed.as_ref()?;
        let length = self.text.as_str().len();
        Some(self.index.get_or_init(|| Index::of(parsed, length)))
    }

    /// What the manifest and the lock name at their places; nothing in other texts.
    pub(crate) fn named(&self, manifest: &Manifest) -> &[Named] {
        self.named
            .get_or_init(|| settings::named(&self.name, self.text.as_str(), manifest))
    }

    /// What the expression at exactly this place is.
    pub(crate) fn type_at(&self, span: Span) -> Option<Type> {
        self.places.as_ref()?.types.get(&span).cloned()
    }

    /// What a name stands for.
    pub(crate) fn type_of_name(&self, binder: &Binder) -> Option<Type> {
        let places = self.places.as_ref()?;
        if let Some((_, of)) = places.names.get(&binder.span) {
            return Some(of.clone());
        }
        // A name whose maker was not noted is what its first use is.
        let index = self.index()?;
        let number = index.binder_at(binder.span.start as usize)?;
        index
            .uses_of(number)
            .find_map(|used| places.types.get(&used.span).cloned())
    }
}

impl Project {
    /// A path as the project names it.
    pub(crate) fn name_of(&self, path: &Path) -> Option<String> {
        name_in(&self.root, path)
    }
}

/// A path relative to a folder, with `/`.
pub(crate) fn name_in(root: &Path, path: &Path) -> Option<String> {
    let inside = path.strip_prefix(root).ok()?;
    let parts = inside.components();
    let parts: Vec<_> = parts
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    Some(parts.join("/"))
}

/// The address of a text of a project. Those of the standard library have one of their own.
pub(crate) fn address(root: &Path, name: &str) -> Option<Uri> {
    if let Some(own) = name.strip_prefix('\0') {
        return Uri::parse(&format!("sophia:///{own}")).ok();
    }
    Uri::from_file_path(root.join(name)).ok()
}

impl<'v> Spot<'v> {
    /// The byte of a place.
    pub(crate) fn offset(&self, place: Position) -> usize {
        self.file.text.offset(place, self.view.encoding)
    }

    /// The range of some bytes.
    pub(crate) fn range(&self, span: Span) -> Range {
        self.file.text.range(span, self.view.encoding)
    }

    /// A place in some text of the same project.
    pub(crate) fn location(&self, file: &str, span: Span) -> Option<Location> {
        let project = self.project?;
        let found = project.files.get(file)?;
        Some(Location {
            uri: address(&project.root, file)?,
            range: found.text.range(span, self.view.encoding),
        })
    }

    /// The tree.
    pub(crate) fn parsed(&self) -> Option<&'v Arc<Parsed>> {
        self.file.parsed.as_ref()
    }
}
