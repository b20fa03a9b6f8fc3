//! An open SQLite database.
//!
//! Kept true here: queries run on connections that cannot write, several at once; writes run on one
//! connection, one after another.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::TryStreamExt;
use sophia_diagnostics::{Problem, codes};
use sophia_plan::{Table, Value};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteStatement};
use sqlx::{
    AssertSqlSafe, Column, ConnectOptions, Either, Executor, SqlSafeStr, Sqlite, SqliteConnection,
    SqlitePool, Statement,
};

use super::cell::cell_of;
use super::parameters::arguments;
use super::refusal::refused;
use crate::answer::gathered;
use crate::own::Watches;
use crate::source::{QueryRequest, Texts};

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
    pub(super) readers: SqlitePool,
    writer: Option<SqlitePool>,
    pub(super) watches: Watches,
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
            // Opened when something is written for the first time.
            Access::Write => Some(pool_options(1).connect_lazy_with(options)),
        };
        let source = Self {
            path: path.to_owned(),
            readers,
            writer,
            watches: Watches::default(),
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
        let mut connection = self
            .readers
            .acquire()
            .await
            .map_err(|error| refused(&error))?;
        read(&mut connection, request).await
    }

    pub(super) async fn read_texts(&self, sql: &str) -> Result<Texts, Problem> {
        let mut connection = self
            .readers
            .acquire()
            .await
            .map_err(|error| refused(&error))?;
        let statement = connection
            .prepare(AssertSqlSafe(sql.to_owned()).into_sql_str())
            .await
            .map_err(|error| refused(&error))?;
        let columns = statement.columns().iter().map(Column::name);
        let mut texts = Texts {
            columns: columns.map(str::to_owned).collect(),
            rows: Vec::new(),
        };
        let mut rows = statement.query().fetch(&mut *connection);
        while let Some(row) = rows.try_next().await.map_err(|error| refused(&error))? {
            let cells = (0..texts.columns.len()).map(|place| {
                let cell = cell_of(&row, place).map_err(|error| refused(&error))?;
                Ok(cell.text().map(Cow::into_owned))
            });
            texts.rows.push(cells.collect::<Result<_, Problem>>()?);
        }
        Ok(texts)
    }

    /// Runs a statement that writes and gives the number of rows it touched.
    ///
    /// # Errors
    /// S932 when the source was opened for reading or the database refuses the statement, S938 when
    /// its parameters are not those given, S939 when the database stays locked.
    pub async fn execute(&self, sql: &str, parameters: &[Value]) -> Result<u64, Problem> {
        let arguments = arguments(parameters)?;
        let mut connection = self.writer().await?;
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

    /// The connection that writes, once it is free.
    pub(super) async fn writer(&self) -> Result<PoolConnection<Sqlite>, Problem> {
        let Some(writer) = &self.writer else {
            return Err(Problem::new(
                codes::S932,
                format!("`{}` was opened for reading only.", self.path.display()),
            ));
        };
        writer.acquire().await.map_err(|error| refused(&error))
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

/// Asks a query over a connection.
pub(super) async fn read(
    connection: &mut SqliteConnection,
    request: &QueryRequest<'_>,
) -> Result<Table, Problem> {
    let arguments = arguments(request.parameters)?;
    let statement = prepare(connection, request.sql, request.parameters.len()).await?;
    let names: Vec<&str> = statement.columns().iter().map(Column::name).collect();
    let rows = statement.query_with(arguments).fetch(connection);
    gathered(request, &names, rows, cell_of, refused).await
}

/// A statement that takes so many parameters.
pub(super) async fn prepare(
    connection: &mut SqliteConnection,
    sql: &str,
    parameters: usize,
) -> Result<SqliteStatement, Problem> {
    let sql = AssertSqlSafe(sql.to_owned()).into_sql_str();
    let statement = connection
        .prepare(sql)
        .await
        .map_err(|error| refused(&error))?;
    check_parameters(&statement, parameters)?;
    Ok(statement)
}

async fn pool(
    options: SqliteConnectOptions,
    connections: u32,
    path: &Path,
) -> Result<SqlitePool, Problem> {
    pool_options(connections)
        .connect_with(options)
        .await
        .map_err(|error| cannot_open(path, &error))
}

fn pool_options(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(TURN)
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
