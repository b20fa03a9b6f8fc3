//! What a database holds, in words that all databases share.

/// A table or a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableDescription {
    /// Its name.
    pub name: String,
    /// Its rows now; not counted for a view.
    pub rows: Option<u64>,
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

/// A name as SQL takes it, whatever it holds.
#[must_use]
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
