//! What a function of SQL is, where the pointer rests on its name.

use sophia_compiler::query::sql_function;
use sophia_diagnostics::Span;

use super::pieces::pieces;
use super::words::word_at;
use super::{qualifier, statement_at};
use crate::project::Spot;

/// The function whose name stands at a byte of SQL: the place of the name, and what is to be said of it as Markdown.
pub(in crate::answers) fn function(spot: &Spot<'_>, offset: usize) -> Option<(Span, String)> {
    let statement = statement_at(spot, offset)?;
    let pieces = pieces(statement.sql);
    let (word, span) = word_at(&pieces, offset)?;
    let connections = &spot.project?.manifest.connections;
    let kind = &connections.get(statement.connection)?.kind;
    let text = spot.file.text.as_str();
    let behind = text.get(span.end as usize..).unwrap_or_default();
    let is_called = behind.trim_start().starts_with('(');
    let name = match qualifier(text, span.start as usize) {
        Some(schema) => format!("{schema}.{word}"),
        None => word.to_owned(),
    };
    let found = sql_function(kind, &name, is_called)?;
    let mut said = format!("```sql\n{}\n```", found.called);
    for sentence in found.says.iter().chain(&found.stands) {
        said.push_str("\n\n");
        said.push_str(sentence);
    }
    said.push_str(&format!("\n\nA function of {}.", found.dialect));
    Some((span, said))
}
