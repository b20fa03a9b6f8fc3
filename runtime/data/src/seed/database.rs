//! The database that seeding makes: written beside its place and renamed into it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use csv::StringRecord;
use sophia_diagnostics::{Problem, codes};
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteJournalMode};
use sqlx::{Arguments, AssertSqlSafe, ConnectOptions, Connection, Row, SqliteConnection};

use super::SeededTable;
use super::file::SeedFile;
use super::kind::{ColumnKind, Stored};
use crate::description::quoted;
use crate::sqlite::{SEED_TABLE, refused};

/// The most parameters of one statement; SQLite takes 32,766.
const PARAMETERS: usize = 8_000;

/// The tables of a database, if it was made from files of this digest; `None` if it is to be made.
pub(super) async fn made_from(
    database: &Path,
    digest: &str,
) -> Result<Option<Vec<SeededTable>>, Problem> {
    if !database.exists() {
        return Ok(None);
    }
    let foreign = || {
        Problem::new(
            codes::S937,
            format!(
                "`{}` was not made from seed files, so it is not replaced.",
                database.display()
            ),
        )
        .with_help("give the connection another `path`, or take its `seed` away")
    };
    let mut connection = SqliteConnectOptions::new()
        .filename(database)
        .read_only(true)
        .disable_statement_logging()
        .connect()
        .await
        .map_err(|error| foreign().because(error))?;
    let noted = sqlx::query(AssertSqlSafe(format!(
        "select digest, table_name, rows, file from {SEED_TABLE} order by rowid"
    )))
    .fetch_all(&mut connection)
    .await;
    close(connection).await;
    let noted = match noted.map_err(|error| refused(&error)) {
        Ok(noted) => noted,
        Err(problem) if problem.code == codes::S939 => return Err(problem),
        Err(_) => return Err(foreign()),
    };

    let mut tables = Vec::with_capacity(noted.len());
    for row in noted {
        let read = || -> Result<_, sqlx::Error> {
            let rows: i64 = row.try_get(2)?;
            Ok((
                row.try_get::<String, _>(0)?,
                SeededTable {
                    table: row.try_get(1)?,
                    rows: u64::try_from(rows).unwrap_or(0),
                    file: PathBuf::from(row.try_get::<String, _>(3)?),
                },
            ))
        };
        let (noted_digest, table) = read().map_err(|error| foreign().because(error))?;
        if noted_digest != digest {
            return Ok(None);
        }
        tables.push(table);
    }
    Ok((!tables.is_empty()).then_some(tables))
}

/// Makes the database and puts it in its place.
pub(super) async fn make(
    database: &Path,
    digest: &str,
    files: &[SeedFile],
) -> Result<Vec<SeededTable>, Problem> {
    if let Some(folder) = database.parent() {
        tokio::fs::create_dir_all(folder)
            .await
            .map_err(|error| cannot_make(database).because(error))?;
    }
    let aside = aside(database);
    let made = match write(&aside, digest, files).await {
        Ok(tables) => put_in_place(&aside, database).await.map(|()| tables),
        Err(error) => Err(cannot_make(database).because(error)),
    };
    if made.is_err() {
        for leftover in [aside.clone(), beside(&aside, "-journal")] {
            // What cannot be removed now does no harm: its name is never used again.
            let _ = tokio::fs::remove_file(leftover).await;
        }
    }
    made
}

async fn write(
    path: &Path,
    digest: &str,
    files: &[SeedFile],
) -> Result<Vec<SeededTable>, Box<dyn std::error::Error + Send + Sync>> {
    let mut connection = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Delete)
        .disable_statement_logging()
        .connect()
        .await?;
    let mut transaction = connection.begin().await?;
    sqlx::query(AssertSqlSafe(format!(
        "create table {SEED_TABLE} (digest text not null, table_name text not null, rows integer not null, file text not null)"
    )))
    .execute(&mut *transaction)
    .await?;

    let mut tables = Vec::with_capacity(files.len());
    for file in files {
        fill(&mut transaction, file).await?;
        sqlx::query(AssertSqlSafe(format!(
            "insert into {SEED_TABLE} values (?, ?, ?, ?)"
        )))
        .bind(digest)
        .bind(&file.table)
        .bind(i64::try_from(file.rows)?)
        .bind(file.path.to_string_lossy().into_owned())
        .execute(&mut *transaction)
        .await?;
        tables.push(SeededTable {
            table: file.table.clone(),
            rows: file.rows,
            file: file.path.clone(),
        });
    }
    transaction.commit().await?;
    connection.close().await?;
    Ok(tables)
}

async fn fill(
    connection: &mut SqliteConnection,
    file: &SeedFile,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let columns: Vec<String> = file
        .columns
        .iter()
        .map(|column| {
            let not_null = if column.nullable { "" } else { " NOT NULL" };
            format!(
                "{} {}{not_null}",
                quoted(&column.name),
                column.kind.declared()
            )
        })
        .collect();
    let table = quoted(&file.table);
    sqlx::query(AssertSqlSafe(format!(
        "create table {table} ({})",
        columns.join(", ")
    )))
    .execute(&mut *connection)
    .await?;

    let at_once = (PARAMETERS / file.columns.len().max(1)).max(1);
    let mut batch: Vec<StringRecord> = Vec::with_capacity(at_once);
    for record in file.records() {
        batch.push(record?);
        if batch.len() == at_once {
            insert(connection, &table, file, &batch).await?;
            batch.clear();
        }
    }
    if !batch.is_empty() {
        insert(connection, &table, file, &batch).await?;
    }
    Ok(())
}

async fn insert(
    connection: &mut SqliteConnection,
    table: &str,
    file: &SeedFile,
    records: &[StringRecord],
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let row = format!("({})", vec!["?"; file.columns.len()].join(", "));
    let rows = vec![row.as_str(); records.len()].join(", ");
    let mut arguments = SqliteArguments::default();
    for record in records {
        for (column, cell) in file.columns.iter().zip(record) {
            add(&mut arguments, column.kind, cell)?;
        }
    }
    sqlx::query_with(
        AssertSqlSafe(format!("insert into {table} values {rows}")),
        arguments,
    )
    .execute(connection)
    .await?;
    Ok(())
}

fn add(
    arguments: &mut SqliteArguments,
    kind: ColumnKind,
    cell: &str,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    match kind.store(cell) {
        Some(Stored::Nothing) => arguments.add(None::<i64>),
        Some(Stored::Integer(integer)) => arguments.add(integer),
        Some(Stored::Number(number)) => arguments.add(number),
        Some(Stored::Text(text)) => arguments.add(text),
        None => Err(format!("\"{cell}\" is of another type than its column").into()),
    }
}

/// Renames the new database into its place. What an old one had beside it goes first: it would be
/// taken for the new one's.
async fn put_in_place(aside: &Path, database: &Path) -> Result<(), Problem> {
    let failed = |error: std::io::Error| cannot_make(database).because(error);
    tokio::fs::File::open(aside)
        .await
        .map_err(failed)?
        .sync_all()
        .await
        .map_err(failed)?;
    for ending in ["-wal", "-shm", "-journal"] {
        match tokio::fs::remove_file(beside(database, ending)).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(failed(error));
            }
            _ => {}
        }
    }
    tokio::fs::rename(aside, database).await.map_err(failed)
}

/// A name in the same folder that no other seeding uses.
fn aside(database: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    beside(database, &format!(".new-{}-{count}", std::process::id()))
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

async fn close(connection: SqliteConnection) {
    // The answer was read; how the connection ends no longer matters.
    let _ = connection.close().await;
}

fn cannot_make(database: &Path) -> Problem {
    Problem::new(
        codes::S937,
        format!(
            "The database `{}` cannot be made from its seed files.",
            database.display()
        ),
    )
    .with_help("check that its folder can be written to and that the disk has room")
}
