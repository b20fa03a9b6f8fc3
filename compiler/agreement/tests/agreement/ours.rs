//! What the checker says of a statement.

use std::collections::BTreeMap;

use sophia_compiler::catalogue::Table;
use sophia_compiler::query::{QueryRequest, QueryShape, check_query};
use sophia_diagnostics::{Diagnostic, Span};
use sophia_language::syntax::SqlText;

/// The checker over one kind of source.
pub struct Ours<'t> {
    pub kind: &'static str,
    pub tables: &'t BTreeMap<String, Table>,
}

impl Ours<'_> {
    /// Checks a statement without holes.
    pub fn check(&self, sql: &str) -> Result<QueryShape, Vec<Diagnostic>> {
        check_query(&QueryRequest {
            sql: &SqlText {
                text: sql.to_owned(),
                start: 0,
                holes: Vec::new(),
                span: Span::new(0, sql.len()),
            },
            file: "statement".into(),
            connection: "live",
            kind: self.kind,
            tables: self.tables,
            units: &|_, _| None,
            synced_at: "2026-11-19T08:00:00Z",
            in_scope: &|_| false,
        })
    }
}
