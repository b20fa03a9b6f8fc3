//! An open SQLite database.
//!
//! Kept true here: queries run on connections that cannot write, several at once; writes run on one
//! connection, one after another.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::{Field, Schema};
use futures::TryStreamExt;
use sophia_diagnostics::{Problem, codes};
use sophia_plan::table::arrow_type;
use sophia_plan::{RecordType, Table, Value};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteStatement};
use sqlx::{
    AssertSqlSafe, Column, ConnectOptions, Either, Executor, SqlSafeStr, SqlitePool, Statement,
};

use super::cell::Cell;
use super::column::ColumnBuilder;
use super::parameters::arguments;
use super::refusal::refused;

/// Queries that run at the same time; each has a thread of its own.
const READERS: u32 = 8;
/// How long a statement waits for a database that another program has locked.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a statement waits for its turn.
const TURN: Duration = Duration::from_mins(1);

/// What a source is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Queries only.
    Read,
    /// Queries, and statements that write.
    Write,
}

/// A SQLite database. Cloning shares the connections.
#[derive(Clone, Debug)]
pub struct SqliteSource {
    path: PathBuf,
    readers: SqlitePool,
    writer: Option<SqlitePool>,
}

/// A query and what it is expected to give.
#[derive(Clone, Copy, Debug)]
pub struct QueryRequest<'a> {
    /// One statement, with `?` or `?1` where parameters stand.
    pub sql: &'a str,
    /// The parameters, in order.
    pub parameters: &'a [Value],
    /// What a row holds. Columns are found by their names, in any order; others are left out.
    pub row: &'a Arc<RecordType>,
    /// The most rows that it may give.
    pub at_most: Option<u64>,
}

impl SqliteSource {
    /// Opens a database that is there. Nothing is created.
    ///
    /// # Errors
    /// S930 when the file is missing, unreadable or no database.
    pub async fn open(path: &Path, access: Access) -> Result<Self, Problem> {
        if !path.is_file() {
            return Err(Problem::new(
                codes::S930,
                format!("There is no database `{}`.", path.display()),
            )
            .with_help(
                "correct the connection's `path`, or give it `seed` files to be made from",
            ));
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .busy_timeout(PATIENCE)
            .disable_statement_logging();
        let readers = pool(options.clone().read_only(true), READERS, path).await?;
        let writer = match access {
            Access::Read => None,
            Access::Write => Some(pool(options, 1, path).await?),
        };
        let source = Self {
            path: path.to_owned(),
            readers,
            writer,
        };
        source.prove_a_database().await?;
        Ok(source)
    }

    /// Asks a query and reads its answer into a table.
    ///
    /// # Errors
    /// S932 when the database refuses it, S938 when its columns or parameters are not those of the
    /// request, S933 and S934 when a value does not fit or is missing, S935 when there are more rows
    /// than `at_most`, S939 when the database stays locked.
    pub async fn query(&self, request: &QueryRequest<'_>) -> Result<Table, Problem> {
        let arguments = arguments(request.parameters)?;
        let mut connection = self
            .readers
            .acquire()
            .await
            .map_err(|error| refused(&error))?;
        let sql = AssertSqlSafe(request.sql.to_owned()).into_sql_str();
        let statement = connection
            .prepare(sql)
            .await
            .map_err(|error| refused(&error))?;
        check_parameters(&statement, request.parameters.len())?;
        let places = places(&statement, request.row)?;

        let mut columns: Vec<ColumnBuilder> = request
            .row
            .fields
            .iter()
            .map(|field| ColumnBuilder::new(field.clone()))
            .collect();
        let mut count: u64 = 0;
        let mut rows = statement.query_with(arguments).fetch(&mut *connection);
        while let Some(row) = rows.try_next().await.map_err(|error| refused(&error))? {
            if request.at_most == Some(count) {
                return Err(too_many(count));
            }
            count += 1;
            for (column, place) in columns.iter_mut().zip(&places) {
                let cell = Cell::of(&row, *place).map_err(|error| refused(&error))?;
                column.push(&cell, count)?;
            }
        }
        drop(rows);
        table(request.row, columns, count)
    }

    /// Runs a statement that writes and gives the number of rows it touched.
    ///
    /// # Errors
    /// S932 when the source was opened for reading or the database refuses the statement, S938 when
    /// its parameters are not those given, S939 when the database stays locked.
    pub async fn execute(&self, sql: &str, parameters: &[Value]) -> Result<u64, Problem> {
        let Some(writer) = &self.writer else {
            return Err(Problem::new(
                codes::S932,
                format!("`{}` was opened for reading only.", self.path.display()),
            ));
        };
        let arguments = arguments(parameters)?;
        let mut connection = writer.acquire().await.map_err(|error| refused(&error))?;
        let statement = connection
            .prepare(AssertSqlSafe(sql.to_owned()).into_sql_str())
            .await
            .map_err(|error| refused(&error))?;
        check_parameters(&statement, parameters.len())?;
        let done = statement
            .query_with(arguments)
            .execute(&mut *connection)
            .await
            .map_err(|error| refused(&error))?;
        Ok(done.rows_affected())
    }

    /// Ends all connections once what runs on them has ended.
    pub async fn close(&self) {
        self.readers.close().await;
        if let Some(writer) = &self.writer {
            writer.close().await;
        }
    }

    pub(super) fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    /// SQLite looks into a file only when it is first asked something.
    async fn prove_a_database(&self) -> Result<(), Problem> {
        sqlx::query("select count(*) from sqlite_master")
            .fetch_one(&self.readers)
            .await
            .map(|_| ())
            .map_err(|error| cannot_open(&self.path, &error))
    }
}

async fn pool(
    options: SqliteConnectOptions,
    connections: u32,
    path: &Path,
) -> Result<SqlitePool, Problem> {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(TURN)
        .connect_with(options)
        .await
        .map_err(|error| cannot_open(path, &error))
}

fn cannot_open(path: &Path, error: &sqlx::Error) -> Problem {
    let said = match error {
        sqlx::Error::Database(database) => database.message().to_owned(),
        other => other.to_string(),
    };
    Problem::new(
        codes::S930,
        format!(
            "`{}` cannot be opened as a SQLite database.",
            path.display()
        ),
    )
    .because(said)
    .with_help("check the connection's `path` and who may read the file")
}

fn check_parameters(statement: &SqliteStatement, given: usize) -> Result<(), Problem> {
    let takes = match statement.parameters() {
        Some(Either::Right(count)) => count,
        Some(Either::Left(types)) => types.len(),
        None => 0,
    };
    if takes == given {
        return Ok(());
    }
    Err(Problem::new(
        codes::S938,
        format!("The statement takes {takes} parameters, and {given} are given."),
    ))
}

/// Where each field of the row stands in the answer: by its name, then by its name in any case. A
/// column that SQLite named itself (an expression without `as`) is taken by its place.
fn places(statement: &SqliteStatement, row: &RecordType) -> Result<Vec<usize>, Problem> {
    let names: Vec<&str> = statement.columns().iter().map(Column::name).collect();
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
                    .because(format!("it gives {}", listed(&names)))
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

fn table(row: &Arc<RecordType>, columns: Vec<ColumnBuilder>, count: u64) -> Result<Table, Problem> {
    let fields: Vec<Field> = row
        .fields
        .iter()
        .map(|field| Field::new(&*field.name, arrow_type(&field.of), field.of.is_optional()))
        .collect();
    let arrays = columns.into_iter().map(ColumnBuilder::finish).collect();
    let options = RecordBatchOptions::new().with_row_count(usize::try_from(count).ok());
    let batch = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)
        .map_err(|error| {
            Problem::new(codes::S938, "The answer of the query makes no table.").because(error)
        })?;
    Ok(Table {
        row: Arc::clone(row),
        batch,
    })
}
