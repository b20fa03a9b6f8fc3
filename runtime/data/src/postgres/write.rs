//! Writing: one transaction around the write and its key.

use async_trait::async_trait;
use futures::TryStreamExt;
use sophia_diagnostics::Problem;
use sophia_plan::Table;
use sqlx::{AssertSqlSafe, Column, Connection, Either, Executor, PgConnection, Statement};

use super::cell::cell_of;
use super::parameters::arguments;
use super::refusal::{leaves_open, refused};
use super::source::{parameter_types, prepare};
use super::{PostgresSource, effects, record};
use crate::answer::{Answer, places};
use crate::description::{ColumnDescription, TableDescription, TableKey, quoted};
use crate::own::{self, OwnChange, WatchedTable};
use crate::source::{
    Changed, CommandRequest, QueryRequest, RecordRequest, Source, Texts, WriteFailure,
    WriteFailureKind,
};
use crate::writing::{Writing, add_column, changed, create_table, unchanged};

impl PostgresSource {
    async fn transact(
        &self,
        writing: Writing<'_>,
        once: Option<&str>,
    ) -> Result<Changed, WriteFailure> {
        let mut connection = self.writer().await.map_err(unchanged)?;
        let watched = self.watches.all();
        let failed = |error: sqlx::Error| unchanged(refused(&error));
        // With what is watched, what others commit meanwhile is not seen: so what differs is of this write alone.
        let begin = if watched.is_empty() {
            "begin"
        } else {
            "begin isolation level repeatable read"
        };
        let mut transaction = connection.begin_with(begin).await.map_err(failed)?;
        let before = own::look(&mut *transaction, &watched).await.ok();
        if before.is_none() {
            // What cannot be looked at is not noted: then its changes are others'.
            transaction.rollback().await.map_err(failed)?;
            transaction = connection.begin().await.map_err(failed)?;
        }
        let changed = inside(&mut transaction, &writing, once)
            .await
            .map_err(unchanged)?;
        if changed.before {
            return Ok(changed);
        }
        if let Some(before) = before {
            own::note(&mut *transaction, &watched, &before)
                .await
                .map_err(unchanged)?;
        }
        transaction.commit().await.map_err(|error| {
            let problem = refused(&error);
            if leaves_open(&error) {
                WriteFailure {
                    problem,
                    kind: WriteFailureKind::Unknown,
                }
            } else {
                unchanged(problem)
            }
        })?;
        Ok(changed)
    }

    /// Runs a statement that makes or changes a table.
    async fn define(&self, sql: String) -> Result<(), Problem> {
        let mut connection = self.writer().await?;
        sqlx::query(AssertSqlSafe(sql))
            .execute(&mut *connection)
            .await
            .map(|_| ())
            .map_err(|error| refused(&error))
    }
}

async fn inside(
    connection: &mut PgConnection,
    writing: &Writing<'_>,
    once: Option<&str>,
) -> Result<Changed, Problem> {
    if let Some(key) = once
        && let Some(earlier) = effects::earlier(connection, key).await?
    {
        return Ok(earlier);
    }
    let changed = match writing {
        Writing::Command(request) => command(connection, request).await?,
        Writing::Record(request) => record::write(connection, request).await?,
    };
    if let Some(key) = once {
        effects::note(connection, key, &changed).await?;
    }
    Ok(changed)
}

async fn command(
    connection: &mut PgConnection,
    request: &CommandRequest<'_>,
) -> Result<Changed, Problem> {
    let statement = prepare(connection, request.sql).await?;
    let arguments = arguments(request.parameters, &parameter_types(&statement))?;
    let names: Vec<&str> = statement.columns().iter().map(Column::name).collect();
    let mut answer = match request.row {
        Some(row) => Some((Answer::new(row), places(&names, row)?)),
        None => None,
    };
    let mut rows = 0;
    let mut steps = connection.fetch_many(statement.query_with(arguments));
    while let Some(step) = steps.try_next().await.map_err(|error| refused(&error))? {
        match (step, &mut answer) {
            (Either::Left(done), _) => rows += done.rows_affected(),
            (Either::Right(row), Some((answer, places))) => answer
                .push(|column| cell_of(&row, places[column]).map_err(|error| refused(&error)))?,
            (Either::Right(_), None) => {}
        }
    }
    drop(steps);
    changed(request, rows, answer.map(|(answer, _)| answer))
}

#[async_trait]
impl Source for PostgresSource {
    async fn query(&self, request: &QueryRequest<'_>) -> Result<Table, Problem> {
        Self::query(self, request).await
    }

    async fn describe(&self) -> Result<Vec<TableDescription>, Problem> {
        Self::describe(self).await
    }

    fn table_name(&self, table: &str) -> String {
        let parts: Vec<String> = table.split('.').map(quoted).collect();
        parts.join(".")
    }

    async fn texts(&self, sql: &str) -> Result<Texts, Problem> {
        self.read_texts(sql).await
    }

    async fn remember(&self) -> Result<(), Problem> {
        let mut connection = self.writer().await?;
        effects::create(&mut connection).await
    }

    async fn command(&self, request: &CommandRequest<'_>) -> Result<Changed, WriteFailure> {
        self.transact(Writing::Command(request), request.once).await
    }

    async fn record(&self, request: &RecordRequest<'_>) -> Result<Changed, WriteFailure> {
        self.transact(Writing::Record(request), request.once).await
    }

    async fn watch(&self, watched: &WatchedTable) -> Result<(), Problem> {
        self.watch_table(watched).await
    }

    async fn own_changes(&self, watched: &str) -> Result<Vec<OwnChange>, Problem> {
        self.noted_changes(watched).await
    }

    async fn forget_own(&self, numbers: &[i64]) -> Result<(), Problem> {
        self.forget_changes(numbers).await
    }

    async fn create_table(
        &self,
        table: &str,
        columns: &[ColumnDescription],
        key: Option<TableKey<'_>>,
    ) -> Result<(), Problem> {
        let sql = create_table(&self.table_name(table), columns, key, str::to_owned);
        self.define(sql).await
    }

    async fn add_columns(&self, table: &str, columns: &[ColumnDescription]) -> Result<(), Problem> {
        for column in columns {
            let sql = add_column(&self.table_name(table), column, str::to_owned);
            self.define(sql).await?;
        }
        Ok(())
    }

    async fn close(&self) {
        Self::close(self).await;
    }
}
