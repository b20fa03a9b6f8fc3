//! Who belongs to which group, as the manifest says.

use std::collections::BTreeMap;

use sophia_engine::People;

/// The groups of a manifest.
#[derive(Clone, Debug, Default)]
pub struct Members(BTreeMap<String, Vec<String>>);

impl Members {
    /// Groups with the addresses of their people.
    #[must_use]
    pub fn new(groups: BTreeMap<String, Vec<String>>) -> Self {
        Self(groups)
    }
}

impl People for Members {
    fn belongs(&self, person: &str, group: &str) -> bool {
        self.0.get(group).is_some_and(|people| {
            people
                .iter()
                .any(|address| address.eq_ignore_ascii_case(person))
        })
    }
}
