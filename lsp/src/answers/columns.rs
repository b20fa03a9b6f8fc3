//! Columns of queries: where the SQL gives them, and where the playbook uses them.
//!
//! The checker passes the fields of a query's rows on as they are, through every stage that leaves them alone, so a field
//! whose name is the very same text in memory is the query's column. Kept true here: a column that only is called the same
//! is never taken for it.

use std::sync::Arc;

use sophia_diagnostics::Span;
use sophia_language::syntax::Item;
use sophia_plan::types::FieldType;

use super::meaning::{Meaning, fields};
use super::sql;
use crate::project::{File, Project, Spot};

/// A column as a query of the file gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) query: String,
    /// Where it stands in the list of the query; nowhere, where a `*` gives it.
    pub(crate) at: Option<Span>,
    /// Where the SQL names it itself.
    pub(crate) made: Option<Span>,
    /// The connection, the table and the column that it is, where it is nothing else.
    pub(crate) of: Option<(String, String, String)>,
}

/// The column of a query that a field is.
pub(super) fn given(spot: &Spot<'_>, field: &FieldType) -> Option<Given> {
    of_file(spot.project?, spot.file, field)
}

fn of_file(project: &Project, file: &File, field: &FieldType) -> Option<Given> {
    let places = file.places.as_ref()?;
    let mut queries = places.queries.iter();
    let (query, _) = queries.find(|(_, row)| {
        let mut columns = row.fields.iter();
        columns.any(|column| Arc::ptr_eq(&column.name, &field.name))
    })?;
    let mut statements = sql::statements(file);
    let statement = statements.find(
        |statement| matches!(statement.item, Item::Query(written) if written.name.text == *query),
    )?;
    let output = sql::output(project, file, statement);
    let mut output = output.into_iter();
    let found = output.find(|column| column.name.eq_ignore_ascii_case(&field.name));
    let of = found.as_ref().and_then(|found| found.of);
    Some(Given {
        query: query.clone(),
        at: found.as_ref().and_then(|found| found.given),
        made: found.and_then(|found| found.made),
        of: of.map(|(table, column)| {
            (
                statement.connection.to_owned(),
                table.to_owned(),
                column.name.clone(),
            )
        }),
    })
}

/// Where the playbook uses a column that its queries give, by name and by what `is` says of who gives it.
pub(super) fn uses(spot: &Spot<'_>, name: &str, is: impl Fn(&Given) -> bool) -> Vec<Span> {
    let (Some(project), Some(index)) = (spot.project, spot.file.index()) else {
        return Vec::new();
    };
    let file = spot.file;
    let field_of = |base: &sophia_plan::types::Type| {
        let mut all = fields(base).iter();
        all.find(|field| &*field.name == name).cloned()
    };
    let is_it = |field: Option<FieldType>| {
        field
            .and_then(|field| of_file(project, file, &field))
            .is_some_and(|given| is(&given))
    };
    let members = index.members.iter().filter(|member| member.name == name);
    let members = members.filter(|member| {
        let base = file.type_at(member.of);
        is_it(base.and_then(|base| field_of(&base)))
    });
    let words = index.uses.iter();
    let words = words.filter(|used| used.binder.is_none() && used.name == name);
    let words = words.filter(|used| {
        let places = file.places.as_ref();
        let row = places.and_then(|places| places.row_at(used.span.start as usize));
        is_it(row.and_then(field_of))
    });
    let members = members.map(|member| member.span);
    members.chain(words.map(|used| used.span)).collect()
}

/// What is meant by a field: with the query that gives it, where one does.
pub(super) fn meaning(spot: &Spot<'_>, field: FieldType, of: sophia_plan::types::Type) -> Meaning {
    let given = given(spot, &field);
    Meaning::Field { field, of, given }
}
