//! What a place is cleared for.

use std::sync::Arc;

use super::label::{Atom, Category, Label, Level, Mark};
use super::written::TRUSTED;

/// What may go somewhere.
#[derive(Clone, Debug, PartialEq)]
pub enum Clearance {
    /// A place inside our own process: everything.
    Everything,
    /// Up to a level, and with these categories.
    UpTo {
        /// The highest level.
        level: Level,
        /// The categories.
        categories: Vec<Category>,
    },
}

impl Default for Clearance {
    fn default() -> Self {
        Self::UpTo {
            level: Level::Internal,
            categories: Vec::new(),
        }
    }
}

impl Clearance {
    /// What words such as `confidential` and `pii` clear for. Without a level it is `internal`.
    #[must_use]
    pub fn parse(words: &[String]) -> Self {
        let mut highest = None;
        let mut categories = Vec::new();
        for word in words {
            match Mark::parse(word) {
                Mark::Level(level) => highest = highest.max(Some(level)),
                Mark::Category(category) => categories.push(category),
            }
        }
        Self::UpTo {
            level: highest.unwrap_or(Level::Internal),
            categories,
        }
    }

    /// A place that holds values with these words. `trusted` is no clearance.
    #[must_use]
    pub fn holding(words: &[String]) -> Self {
        let words: Vec<String> = words
            .iter()
            .filter(|word| *word != TRUSTED)
            .cloned()
            .collect();
        Self::parse(&words)
    }

    /// Whether a mark may go there.
    #[must_use]
    pub fn covers(&self, mark: &Mark) -> bool {
        match (self, mark) {
            (Self::Everything, _) => true,
            (Self::UpTo { level, .. }, Mark::Level(other)) => other <= level,
            (Self::UpTo { categories, .. }, Mark::Category(other)) => {
                categories.iter().any(|category| category.covers(other))
            }
        }
    }

    /// What of a label may not go to the destination of these names.
    #[must_use]
    pub fn refused<'l>(&self, label: &'l Label, names: &[Arc<str>]) -> Vec<&'l Atom> {
        label
            .atoms()
            .iter()
            .filter(|atom| {
                let released = atom.released.as_ref().is_some_and(|to| names.contains(to));
                !released && !self.covers(&atom.mark)
            })
            .collect()
    }
}

/// As a person reads it: `internal`, `confidential @pii`, `everything`.
impl std::fmt::Display for Clearance {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Everything => formatter.write_str("everything"),
            Self::UpTo { level, categories } => {
                formatter.write_str(level.word())?;
                for category in categories {
                    write!(formatter, " @{}", category.0)?;
                }
                Ok(())
            }
        }
    }
}
