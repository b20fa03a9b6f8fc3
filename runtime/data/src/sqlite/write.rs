//! Writing: one transaction around the write and its key.

use async_trait::async_trait;
use futures::TryStreamExt;
use sophia_diagnostics::Problem;
use sophia_plan::Table;
use sqlx::{Column, Connection, Either, Executor, SqliteConnection, Statement};

use super::SqliteSource;
use super::cell::cell_of;
use super::parameters::arguments;
use super::refusal::refused;
use super::source::prepare;
use super::{effects, record};
use crate::answer::{Answer, places};
use crate::description::{ColumnDescription, TableDescription, TableKey, quoted};
use crate::own::{self, OwnChange, WatchedTable};
use crate::source::{
    Changed, CommandRequest, QueryRequest, RecordRequest, Source, Texts, WriteFailure,
};
use crate::writing::{Writing, add_column, changed, create_table, unchanged};

impl SqliteSource {
    async fn transact(&self, writing: Writing<'_>, once: Option<&str>) -> Result<Changed, Problem> {
        let mut connection = self.writer().await?;
        // From here on nobody else writes, so what is looked at stays as it is.
        let mut transaction = connection
            .begin_with("begin immediate")
            .await
            .map_err(|error| refused(&error))?;
        if let Some(key) = once
            && let Some(earlier) = effects::earlier(&mut transaction, key).await?
        {
            return Ok(earlier);
        }
        let watched = self.watches.all();
        // What cannot be looked at is not noted: then its changes are others'.
        let before = own::look(&mut *transaction, &watched).await.ok();
        let changed = match writing {
            Writing::Command(request) => command(&mut transaction, request).await?,
            Writing::Record(request) => record::write(&mut transaction, request).await?,
        };
        if let Some(before) = before {
            own::note(&mut *transaction, &watched, &before).await?;
        }
        if let Some(key) = once {
            effects::note(&mut transaction, key, &changed).await?;
        }
        transaction
            .commit()
            .await
            .map_err(|error| refused(&error))?;
        Ok(changed)
    }
}

async fn command(
    connection: &mut SqliteConnection,
    request: &CommandRequest<'_>,
) -> Result<Changed, Problem> {
    let arguments = arguments(request.parameters)?;
    let statement = prepare(connection, request.sql, request.parameters.len()).await?;
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
impl Source for SqliteSource {
    async fn query(&self, request: &QueryRequest<'_>) -> Result<Table, Problem> {
        Self::query(self, request).await
    }

    async fn describe(&self) -> Result<Vec<TableDescription>, Problem> {
        Self::describe(self).await
    }

    fn table_name(&self, table: &str) -> String {
        quoted(table)
    }

    async fn texts(&self, sql: &str) -> Result<Texts, Problem> {
        self.read_texts(sql).await
    }

    async fn remember(&self) -> Result<(), Problem> {
        let mut connection = self.writer().await?;
        effects::create(&mut connection).await
    }

    async fn command(&self, request: &CommandRequest<'_>) -> Result<Changed, WriteFailure> {
        self.transact(Writing::Command(request), request.once)
            .await
            .map_err(unchanged)
    }

    async fn record(&self, request: &RecordRequest<'_>) -> Result<Changed, WriteFailure> {
        self.transact(Writing::Record(request), request.once)
            .await
            .map_err(unchanged)
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
        let sql = create_table(&self.table_name(table), columns, key, declared);
        self.execute(&sql, &[]).await.map(|_| ())
    }

    async fn add_columns(&self, table: &str, columns: &[ColumnDescription]) -> Result<(), Problem> {
        for column in columns {
            let sql = add_column(&self.table_name(table), column, declared);
            self.execute(&sql, &[]).await?;
        }
        Ok(())
    }

    async fn close(&self) {
        Self::close(self).await;
    }
}

/// A type as another database declares it, as far as SQLite can read it: words, and numbers in brackets.
fn declared(written: &str) -> String {
    let plain = |letter: char| {
        letter.is_ascii_alphanumeric() || matches!(letter, ' ' | '_' | '(' | ')' | ',')
    };
    if written.chars().all(plain) {
        written.to_owned()
    } else {
        String::new()
    }
}
