//! The texts of a project by their names, as one view shows them.
//!
//! Kept true here: a view of a project in which a few texts are new shares all others with the view before it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::view::File;

/// So many new texts stand apart before all are put together.
const APART: usize = 32;

/// Every text of a project by its name.
#[derive(Clone, Default)]
pub(crate) struct Files {
    together: Arc<BTreeMap<Arc<str>, Arc<File>>>,
    /// What some of them are now.
    apart: BTreeMap<Arc<str>, Arc<File>>,
}

impl Files {
    /// A text by its name.
    pub(crate) fn get(&self, name: &str) -> Option<&Arc<File>> {
        self.apart.get(name).or_else(|| self.together.get(name))
    }

    /// Whether there is a text of this name.
    pub(crate) fn contains_key(&self, name: &str) -> bool {
        self.together.contains_key(name)
    }

    /// The names and the texts, in the order of the names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<File>)> {
        let now = |(name, file)| (name, self.apart.get(name).unwrap_or(file));
        self.together.iter().map(now)
    }

    /// The texts, in the order of their names.
    pub(crate) fn values(&self) -> impl Iterator<Item = &Arc<File>> {
        self.iter().map(|(_, file)| file)
    }

    /// The same with another text under a name that is there.
    pub(super) fn replace(&mut self, name: &Arc<str>, file: Arc<File>) {
        if !self.together.contains_key(name) {
            return;
        }
        self.apart.insert(name.clone(), file);
        if self.apart.len() > APART {
            let together = Arc::make_mut(&mut self.together);
            together.extend(std::mem::take(&mut self.apart));
        }
    }
}

impl FromIterator<(Arc<str>, Arc<File>)> for Files {
    fn from_iter<I: IntoIterator<Item = (Arc<str>, Arc<File>)>>(files: I) -> Self {
        Self {
            together: Arc::new(files.into_iter().collect()),
            apart: BTreeMap::new(),
        }
    }
}
