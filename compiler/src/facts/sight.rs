//! Names in sight, each with what is known of it, for a walk that remembers many moments of them.
//!
//! Kept true here: a clone is what there was when it was made, and costs little however many names there are: the last
//! few stand apart, all others are shared.

use std::collections::BTreeMap;
use std::sync::Arc;

/// So many names stand apart before all are put together.
const APART: usize = 16;

/// What is known under each name.
#[derive(Debug)]
pub(super) struct Sight<V> {
    together: Arc<BTreeMap<Arc<str>, Arc<V>>>,
    /// The last ones, later ones behind; nothing where a name was taken away.
    apart: Vec<(Arc<str>, Option<Arc<V>>)>,
}

impl<V> Sight<V> {
    /// What is known under a name.
    pub(super) fn get(&self, name: &str) -> Option<&V> {
        let apart = self.apart.iter().rev().find(|(known, _)| **known == *name);
        let found = match apart {
            Some((_, found)) => found.as_ref(),
            None => self.together.get(name),
        };
        found.map(|found| &**found)
    }

    /// Something new under a name.
    pub(super) fn insert(&mut self, name: Arc<str>, known: V) {
        self.put(name, Some(Arc::new(known)));
    }

    /// Takes a name away.
    pub(super) fn remove(&mut self, name: &Arc<str>) {
        if self.get(name).is_some() {
            self.put(name.clone(), None);
        }
    }

    fn put(&mut self, name: Arc<str>, known: Option<Arc<V>>) {
        self.apart.push((name, known));
        if self.apart.len() < APART {
            return;
        }
        let together = Arc::make_mut(&mut self.together);
        for (name, known) in self.apart.drain(..) {
            match known {
                Some(known) => together.insert(name, known),
                None => together.remove(&name),
            };
        }
    }
}

impl<V> Default for Sight<V> {
    fn default() -> Self {
        Self {
            together: Arc::default(),
            apart: Vec::new(),
        }
    }
}

impl<V> Clone for Sight<V> {
    fn clone(&self) -> Self {
        Self {
            together: self.together.clone(),
            apart: self.apart.clone(),
        }
    }
}

impl<V> FromIterator<(Arc<str>, V)> for Sight<V> {
    fn from_iter<I: IntoIterator<Item = (Arc<str>, V)>>(names: I) -> Self {
        let names = names.into_iter();
        Self {
            together: Arc::new(names.map(|(name, known)| (name, Arc::new(known))).collect()),
            apart: Vec::new(),
        }
    }
}
