//! What the passages of a body of knowledge carry that are rows of a connection.
//!
//! Kept true here: a passage carries what the columns carry that its SQL reads; where the SQL cannot be read, every column
//! of every table that it names.

use std::collections::BTreeSet;
use std::sync::Arc;

use sophia_diagnostics::Span;
use sophia_language::syntax::SqlText;

use super::label::Label;
use super::pass::Walk;
use crate::catalogue::Connection;
use crate::project::KnowledgeSource;
use crate::query::{ColumnSource, QueryRequest, check_query};

/// The file that names a body of knowledge.
const MANIFEST: &str = "sophia.toml";

impl Walk<'_> {
    /// What the columns carry of which the passages are made; nothing where they are files.
    pub(super) fn passages(&self, knowledge: &str) -> Label {
        let mut label = Label::public();
        let settings = self.project.manifest.passages.get(knowledge);
        let Some(KnowledgeSource::Rows { connection, sql }) =
            settings.and_then(|settings| settings.from.as_ref())
        else {
            return label;
        };
        let Some(pinned) = self.project.catalogue.connections.get(connection) else {
            return label;
        };
        let connection: Arc<str> = Arc::from(connection.as_str());
        let (shown, deciding) = self.columns_of(&connection, pinned, sql);
        for source in shown {
            label.join(&self.column(&connection, &source.table, &source.column));
        }
        for source in deciding {
            label.join_level(&self.column(&connection, &source.table, &source.column));
        }
        label
    }

    /// The columns that the SQL shows, and those that decide which rows there are.
    fn columns_of(
        &self,
        connection: &str,
        pinned: &Connection,
        sql: &str,
    ) -> (BTreeSet<ColumnSource>, BTreeSet<ColumnSource>) {
        let text = SqlText {
            text: sql.to_owned(),
            start: 0,
            holes: Vec::new(),
            span: Span::new(0, sql.len()),
        };
        let request = QueryRequest {
            sql: &text,
            file: Arc::from(MANIFEST),
            connection,
            kind: &pinned.kind,
            tables: &pinned.tables,
            units: &|_, _| None,
            synced_at: &self.project.catalogue.synced_at,
            in_scope: &|_| false,
        };
        if let Ok(shape) = check_query(&request) {
            let shown = shape.lineage.iter().flat_map(|made| made.keys().cloned());
            return (shown.collect(), shape.indirect);
        }
        let words: BTreeSet<String> = (sql
            .split(|letter: char| !letter.is_alphanumeric() && letter != '_'))
        .map(str::to_lowercase)
        .collect();
        let named = pinned.tables.iter().filter(|(name, _)| {
            let short = name.rsplit('.').next().unwrap_or(name);
            words.contains(&short.to_lowercase())
        });
        let all = named.flat_map(|(name, table)| {
            table.columns.iter().map(|column| ColumnSource {
                table: name.as_str().into(),
                column: column.name.as_str().into(),
            })
        });
        (all.collect(), BTreeSet::new())
    }
}
