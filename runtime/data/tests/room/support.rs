//! Databases to try with, and what stands in a table.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, types};
use sophia_data::{Access, QueryRequest, SqliteSource};
use sophia_diagnostics::Problem;
use sophia_plan::{FieldType, RecordType, Table, Type, Value};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use tempfile::TempDir;

/// A folder with a database made by these statements.
pub async fn database(sql: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("source.sqlite");
    let mut connection = SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true)
        .connect()
        .await
        .expect("a database");
    connection
        .execute(AssertSqlSafe(sql.to_owned()))
        .await
        .expect("statements");
    connection.close().await.expect("closed");
    (folder, path)
}

pub async fn open(path: &Path) -> SqliteSource {
    SqliteSource::open(path, Access::Read)
        .await
        .expect("an open source")
}

pub fn row(fields: &[(&str, Type)]) -> Arc<RecordType> {
    Arc::new(RecordType {
        name: None,
        fields: fields
            .iter()
            .map(|(name, of)| FieldType::new(*name, of.clone()))
            .collect(),
    })
}

pub async fn ask(
    source: &SqliteSource,
    sql: &str,
    parameters: &[Value],
    fields: &[(&str, Type)],
) -> Result<Table, Problem> {
    source
        .query(&QueryRequest {
            sql,
            parameters,
            row: &row(fields),
            at_most: None,
        })
        .await
}

/// Asks for one column of one row of a database without tables.
pub async fn one(sql: &str, of: Type) -> Result<String, Problem> {
    let (_folder, path) = database("create table t (a)").await;
    let source = open(&path).await;
    let table = ask(&source, sql, &[], &[("x", of)]).await?;
    Ok(shown(&table, 0, 0))
}

/// A cell as text: numbers as they stand in the column, `-` for nothing.
pub fn shown(table: &Table, column: usize, row: usize) -> String {
    use arrow_schema::{DataType, TimeUnit};
    let array = table.batch.column(column);
    if array.is_null(row) {
        return "-".to_owned();
    }
    match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
        DataType::Boolean => array.as_boolean().value(row).to_string(),
        DataType::Int64 => array
            .as_primitive::<types::Int64Type>()
            .value(row)
            .to_string(),
        DataType::Float64 => array
            .as_primitive::<types::Float64Type>()
            .value(row)
            .to_string(),
        DataType::Decimal128(38, 9) => array
            .as_primitive::<types::Decimal128Type>()
            .value(row)
            .to_string(),
        DataType::Date32 => array
            .as_primitive::<types::Date32Type>()
            .value(row)
            .to_string(),
        DataType::Time64(TimeUnit::Microsecond) => array
            .as_primitive::<types::Time64MicrosecondType>()
            .value(row)
            .to_string(),
        DataType::Timestamp(TimeUnit::Microsecond, Some(zone)) if &**zone == "UTC" => array
            .as_primitive::<types::TimestampMicrosecondType>()
            .value(row)
            .to_string(),
        other => panic!("no column has the type {other}"),
    }
}
