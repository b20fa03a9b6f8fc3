//! What a database holds, in words that all databases share.

/// A table or a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableDescription {
    /// Its name.
    pub name: String,
    /// Its rows now; not counted for a view.
    pub rows: Option<u64>,
    /// The columns of its primary key, in the key's order; empty where it has none. `None` where that cannot be told.
    pub key: Option<Vec<String>>,
    /// Its other keys: columns that are never missing and that no two rows share, sorted.
    pub unique: Vec<Vec<String>>,
    /// Its columns in order.
    pub columns: Vec<ColumnDescription>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnDescription {
    /// Its name.
    pub name: String,
    /// The type as declared; empty for none, as in many views.
    pub declared: String,
    /// Whether a value may be missing.
    pub nullable: bool,
}

impl TableDescription {
    /// Takes another key in, unless it is known already.
    pub(crate) fn add_unique(&mut self, columns: Vec<String>) {
        if self.key.as_ref() != Some(&columns) && !self.unique.contains(&columns) {
            self.unique.push(columns);
            self.unique.sort();
        }
    }
}

/// What tells the rows of a table apart that is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableKey<'a> {
    /// Its columns.
    pub columns: &'a [&'a str],
    /// Whether it is the primary key; otherwise a value of it may be missing.
    pub primary: bool,
}

/// A name as SQL takes it, whatever it holds.
#[must_use]
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
