//! An open PostgreSQL database.
//!
//! Kept true here: queries run on sessions that cannot write; every session works in UTC, in one schema,
//! and under a limit of time for each statement.

use std::borrow::Cow;
use std::path::PathBuf;
use std::time::Duration;

use futures::TryStreamExt;
use sophia_diagnostics::{Problem, codes};
use sophia_guard::Secret;
use sophia_plan::Table;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode, PgStatement, PgTypeInfo};
use sqlx::{
    AssertSqlSafe, Column, ConnectOptions, Either, Executor, PgPool, Postgres, SqlSafeStr,
    Statement,
};

use super::cell::cell_of;
use super::parameters::arguments;
use super::refusal::refused;
use crate::answer::gathered;
use crate::own::Watches;
use crate::source::{QueryRequest, Texts};

/// How long a statement waits for its turn.
const TURN: Duration = Duration::from_mins(1);

/// How a database is reached.
#[derive(Clone, Debug)]
pub struct PostgresSettings {
    /// The name of a machine, or the folder of a socket.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The account.
    pub user: String,
    /// Its password, where it has one.
    pub password: Option<Secret>,
    /// The database.
    pub database: String,
    /// The schema whose tables are seen, and where what is remembered stands.
    pub schema: String,
    /// Whether the way there is encrypted.
    pub tls: Tls,
    /// How many statements run at the same time.
    pub connections: u32,
    /// How long a statement may take.
    pub statement_timeout: Duration,
}

/// Whether the way to a database is encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Never.
    Off,
    /// Where the server can; whose it is is not proved.
    Prefer,
    /// Always; whose it is is not proved.
    Require,
    /// Always, with a certificate for this very machine, from this authority or one that the system knows.
    Verify(Option<PathBuf>),
}

/// A PostgreSQL database. Cloning shares the connections.
#[derive(Clone, Debug)]
pub struct PostgresSource {
    pub(super) schema: String,
    pub(super) readers: PgPool,
    writers: PgPool,
    pub(super) watches: Watches,
}

impl PostgresSource {
    /// Connects to a database.
    ///
    /// # Errors
    /// S930 when it cannot be reached, or does not let the account in.
    pub async fn open(settings: &PostgresSettings) -> Result<Self, Problem> {
        let options = options(settings);
        let pool = |most: u32| {
            PgPoolOptions::new()
                .max_connections(most.max(1))
                .acquire_timeout(TURN)
        };
        let writers = pool(settings.connections.div_ceil(2)).connect_lazy_with(options.clone());
        let reading = options.options([("default_transaction_read_only", "on")]);
        let readers = pool(settings.connections)
            .connect_with(reading)
            .await
            .map_err(|error| cannot_open(settings, &error))?;
        Ok(Self {
            schema: settings.schema.clone(),
            readers,
            writers,
            watches: Watches::default(),
        })
    }

    /// See [`crate::Source::query`].
    ///
    /// # Errors
    /// As there.
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
        let statement = prepare(&mut connection, sql).await?;
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

    pub(super) async fn writer(&self) -> Result<PoolConnection<Postgres>, Problem> {
        self.writers
            .acquire()
            .await
            .map_err(|error| refused(&error))
    }

    /// Ends all connections once what runs on them has ended.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writers.close().await;
    }
}

/// Asks a query over a connection.
pub(super) async fn read(
    connection: &mut sqlx::PgConnection,
    request: &QueryRequest<'_>,
) -> Result<Table, Problem> {
    let statement = prepare(connection, request.sql).await?;
    let arguments = arguments(request.parameters, &parameter_types(&statement))?;
    let names: Vec<&str> = statement.columns().iter().map(Column::name).collect();
    let rows = statement.query_with(arguments).fetch(connection);
    gathered(request, &names, rows, cell_of, refused).await
}

/// A statement, with the types that the server gives its places.
pub(super) async fn prepare(
    connection: &mut sqlx::PgConnection,
    sql: &str,
) -> Result<PgStatement, Problem> {
    connection
        .prepare(AssertSqlSafe(sql.to_owned()).into_sql_str())
        .await
        .map_err(|error| refused(&error))
}

pub(super) fn parameter_types(statement: &PgStatement) -> Vec<PgTypeInfo> {
    match statement.parameters() {
        Some(Either::Left(types)) => types.to_vec(),
        _ => Vec::new(),
    }
}

fn options(settings: &PostgresSettings) -> PgConnectOptions {
    let (mode, authority) = match &settings.tls {
        Tls::Off => (PgSslMode::Disable, None),
        Tls::Prefer => (PgSslMode::Prefer, None),
        Tls::Require => (PgSslMode::Require, None),
        Tls::Verify(authority) => (PgSslMode::VerifyFull, authority.as_ref()),
    };
    let timeout = settings.statement_timeout.as_millis().to_string();
    let mut options = PgConnectOptions::new_without_pgpass()
        .host(&settings.host)
        .port(settings.port)
        .username(&settings.user)
        .password(settings.password.as_ref().map_or("", Secret::reveal))
        .database(&settings.database)
        .application_name("sophia")
        .ssl_mode(mode)
        .options([
            ("statement_timeout", timeout.as_str()),
            ("timezone", "UTC"),
            ("search_path", settings.schema.as_str()),
        ])
        .disable_statement_logging();
    if let Some(authority) = authority {
        options = options.ssl_root_cert(authority);
    }
    options
}

fn cannot_open(settings: &PostgresSettings, error: &sqlx::Error) -> Problem {
    let place = format!(
        "`{}` on {}:{}",
        settings.database, settings.host, settings.port
    );
    let (message, said, help) = match error {
        sqlx::Error::Database(database) => {
            let help = match database.code().as_deref() {
                Some("28P01" | "28000") => {
                    "check the connection's `user`, and the secret that its `password` names"
                }
                Some("3D000") => "correct the connection's `database`",
                _ => "check the connection's settings, or try again later",
            };
            (
                format!(
                    "The PostgreSQL database {place} does not let `{}` in.",
                    settings.user
                ),
                database.message().to_owned(),
                help,
            )
        }
        other => (
            format!("The PostgreSQL database {place} cannot be reached."),
            other.to_string(),
            "check the connection's `host`, `port` and `tls`, and the network between",
        ),
    };
    Problem::new(codes::S930, message)
        .because(said)
        .with_help(help)
}
