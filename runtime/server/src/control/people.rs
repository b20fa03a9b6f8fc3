//! Who belongs to which group, as the manifest says.

use std::collections::{BTreeMap, BTreeSet};

use sophia_engine::People;

/// The groups of a manifest.
#[derive(Clone, Debug, Default)]
pub struct Members {
    groups: BTreeMap<String, Vec<String>>,
    four_eyes: BTreeSet<String>,
}

impl Members {
    /// Groups with the addresses of their people, and those of whom nobody agrees to what they started.
    #[must_use]
    pub fn new(groups: BTreeMap<String, Vec<String>>, four_eyes: BTreeSet<String>) -> Self {
        Self { groups, four_eyes }
    }
}

impl People for Members {
    fn belongs(&self, person: &str, group: &str) -> bool {
        self.groups.get(group).is_some_and(|people| {
            people
                .iter()
                .any(|address| address.eq_ignore_ascii_case(person))
        })
    }

    fn four_eyes(&self, group: &str) -> bool {
        self.four_eyes.contains(group)
    }
}
