//! What a statement gives, while it is read row by row.

use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use futures::TryStreamExt;
use futures::stream::BoxStream;
use sophia_diagnostics::{Problem, codes};
use sophia_plan::table::arrow_schema;
use sophia_plan::{RecordType, Table};

use crate::cell::Cell;
use crate::column::ColumnBuilder;
use crate::source::QueryRequest;

/// Rows of one type.
pub(crate) struct Answer<'a> {
    row: &'a Arc<RecordType>,
    columns: Vec<ColumnBuilder>,
    count: u64,
}

impl<'a> Answer<'a> {
    pub(crate) fn new(row: &'a Arc<RecordType>) -> Self {
        let columns = row
            .fields
            .iter()
            .map(|field| ColumnBuilder::new(field.clone()))
            .collect();
        Self {
            row,
            columns,
            count: 0,
        }
    }

    /// Whether one more row may come. S935 when not.
    pub(crate) fn within(&self, at_most: Option<u64>) -> Result<(), Problem> {
        if at_most == Some(self.count) {
            return Err(too_many(self.count));
        }
        Ok(())
    }

    /// Takes a row; `cell` gives the value of each of its fields, by place.
    pub(crate) fn push<'row>(
        &mut self,
        cell: impl Fn(usize) -> Result<Cell<'row>, Problem>,
    ) -> Result<(), Problem> {
        self.count += 1;
        for (place, column) in self.columns.iter_mut().enumerate() {
            column.push(&cell(place)?, self.count)?;
        }
        Ok(())
    }

    pub(crate) fn table(self) -> Result<Table, Problem> {
        let arrays = self
            .columns
            .into_iter()
            .map(ColumnBuilder::finish)
            .collect();
        let options = RecordBatchOptions::new().with_row_count(usize::try_from(self.count).ok());
        let batch = RecordBatch::try_new_with_options(arrow_schema(self.row), arrays, &options)
            .map_err(|error| {
                Problem::new(codes::S938, "The answer of the query makes no table.").because(error)
            })?;
        Ok(Table {
            row: Arc::clone(self.row),
            batch,
        })
    }
}

/// The value of a row's field by its place, as a database gives it.
type CellOf<R> = for<'r> fn(&'r R, usize) -> Result<Cell<'r>, sqlx::Error>;

/// The table of a query's rows, whose columns have these names. `refused` says what went wrong.
pub(crate) async fn gathered<R>(
    request: &QueryRequest<'_>,
    names: &[&str],
    mut rows: BoxStream<'_, Result<R, sqlx::Error>>,
    cell_of: CellOf<R>,
    refused: fn(&sqlx::Error) -> Problem,
) -> Result<Table, Problem> {
    let places = places(names, request.row)?;
    let mut answer = Answer::new(request.row);
    while let Some(row) = rows.try_next().await.map_err(|error| refused(&error))? {
        answer.within(request.at_most)?;
        answer.push(|column| cell_of(&row, places[column]).map_err(|error| refused(&error)))?;
    }
    drop(rows);
    answer.table()
}

/// Where each field of the row stands in the answer: by its name, then by its name in any case. A
/// column that the database named itself (an expression without `as`) is taken by its place.
pub(crate) fn places(names: &[&str], row: &RecordType) -> Result<Vec<usize>, Problem> {
    let same_count = names.len() == row.fields.len();
    row.fields
        .iter()
        .enumerate()
        .map(|(index, field)| {
            let by_name = names.iter().position(|name| **name == *field.name);
            let in_any_case = || {
                names
                    .iter()
                    .position(|name| name.eq_ignore_ascii_case(&field.name))
            };
            let by_place = || {
                let free = names
                    .get(index)
                    .is_some_and(|name| row.field(name).is_none());
                (same_count && free).then_some(index)
            };
            by_name
                .or_else(in_any_case)
                .or_else(by_place)
                .ok_or_else(|| {
                    Problem::new(
                        codes::S938,
                        format!("The query gives no column `{}`.", field.name),
                    )
                    .because(format!("it gives {}", listed(names)))
                    .with_help("run `sophia sync`, then `sophia check`: the source has changed")
                })
        })
        .collect()
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() {
        return "no columns".to_owned();
    }
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn too_many(bound: u64) -> Problem {
    Problem::new(
        codes::S935,
        format!("The query gives more than {bound} rows, and `at most {bound} rows` is written."),
    )
    .with_help("raise the bound, or narrow the query with `where` or `limit`")
}
