//! Where a value comes from: the base columns that it is made of, and the way in which each went into it.
//!
//! Kept true here: the way never understates. Joining two values keeps the stronger way of each column, so
//! that what a reader of a result may learn is never less than what is said.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A column of a table in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnSource {
    /// The table's key in the catalogue.
    pub table: Arc<str>,
    /// The column as the catalogue writes it.
    pub column: Arc<str>,
}

/// How much of a column a value shows, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// Only how many: inside `count(…)`, or inside a test for a missing value.
    Counted,
    /// Only together with others: inside `sum` or `avg` over groups that `having` proves to be large enough.
    Averaged {
        /// The smallest number of rows that such a group can have.
        at_least: u64,
    },
    /// The value itself, or something made of it.
    Value,
}

impl Ord for Way {
    /// A group of fewer rows shows more than a group of many.
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Averaged { at_least: left }, Self::Averaged { at_least: right }) => {
                right.cmp(left)
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Way {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Way {
    fn rank(self) -> u8 {
        match self {
            Self::Counted => 0,
            Self::Averaged { .. } => 1,
            Self::Value => 2,
        }
    }

    /// The way of a column after a `sum` or an `avg` over groups of at least `rows` rows.
    pub(super) fn averaged(self, rows: u64) -> Self {
        match self {
            Self::Counted => Self::Counted,
            Self::Averaged { at_least } => Self::Averaged {
                at_least: at_least.max(rows),
            },
            Self::Value => Self::Averaged { at_least: rows },
        }
    }
}

/// The base columns of a value, each with its strongest way.
pub type Lineage = BTreeMap<ColumnSource, Way>;

/// Adds `more`; a column that is in both keeps the stronger way.
pub(super) fn merge(lineage: &mut Lineage, more: &Lineage) {
    for (source, way) in more {
        match lineage.get_mut(source) {
            Some(known) => *known = (*known).max(*way),
            None => {
                lineage.insert(source.clone(), *way);
            }
        }
    }
}
