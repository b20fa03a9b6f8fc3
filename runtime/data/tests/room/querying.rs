//! Queries over SQLite: what its loosely typed values become, and what is said when they cannot.

use std::sync::Arc;

use crate::support::{ask, database, one, open, row, shown};
use proptest::prelude::*;
use sophia_data::{Access, ConnectionKind, QueryRequest, SqliteSource};
use sophia_plan::{Currency, Type, Value};

fn dollars() -> Type {
    Type::Money(Currency("USD".into()))
}

#[tokio::test]
async fn each_type_is_read_from_what_sqlite_stores() {
    for (sql, of, expected) in [
        ("select 'DSL' as x", Type::Text, "DSL"),
        ("select '' as x", Type::Text, ""),
        ("select 12 as x", Type::Text, "12"),
        ("select 1.0 as x", Type::Text, "1.0"),
        ("select 1 as x", Type::Boolean, "true"),
        ("select 'b' < 'a' as x", Type::Boolean, "false"),
        ("select 'TRUE' as x", Type::Boolean, "true"),
        (
            "select 9223372036854775807 as x",
            Type::Integer,
            "9223372036854775807",
        ),
        ("select 34.0 as x", Type::Integer, "34"),
        ("select '34' as x", Type::Integer, "34"),
        ("select 29.85 as x", Type::Number, "29.85"),
        ("select 29 as x", Type::Number, "29"),
        ("select 0.7 as x", Type::Percent, "0.7"),
        ("select 29.85 as x", dollars(), "29850000000"),
        ("select 0.1 + 0.2 as x", dollars(), "300000000"),
        ("select 12000 as x", dollars(), "12000000000000"),
        (
            "select '12000.000000001' as x",
            Type::Decimal,
            "12000000000001",
        ),
        ("select '0.0000000005' as x", Type::Decimal, "0"),
        ("select '0.0000000015' as x", Type::Decimal, "2"),
        ("select '1970-01-11' as x", Type::Date, "10"),
        ("select '1969-12-31' as x", Type::Date, "-1"),
        ("select date('2026-11-22') as x", Type::Date, "20779"),
        ("select '2026-11-22 00:00:00' as x", Type::Date, "20779"),
        ("select '08:00' as x", Type::Time, "28800000000"),
        (
            "select '1970-01-01 00:00:01.5' as x",
            Type::Timestamp,
            "1500000",
        ),
        (
            "select '1970-01-01T01:00:01+01:00' as x",
            Type::Timestamp,
            "1000000",
        ),
        ("select '1970-01-02' as x", Type::Timestamp, "86400000000"),
        (
            "select unixepoch('1970-01-02') as x",
            Type::Timestamp,
            "86400000000",
        ),
        ("select 60000 as x", Type::Duration, "60000"),
        ("select 3 as x", Type::Range { from: 1, to: 5 }, "3"),
        (
            "select 'call' as x",
            Type::Literals(vec!["call".into(), "email".into()].into()),
            "call",
        ),
        ("select json_object('a', 1) as x", Type::Json, "{\"a\":1}"),
        ("select null as x", Type::Integer.optional(), "-"),
        ("select 5 as x", Type::Integer.optional(), "5"),
    ] {
        let found = one(sql, of.clone()).await;
        assert_eq!(found.as_deref(), Ok(expected), "{sql} as {of}");
    }
}

#[tokio::test]
async fn what_does_not_fit_is_named() {
    for (sql, of) in [
        ("select 'many' as x", Type::Integer),
        ("select 1.5 as x", Type::Integer),
        ("select 9e18 as x", Type::Integer),
        ("select '007' as x", Type::Integer),
        ("select 2 as x", Type::Boolean),
        ("select 'Yes' as x", Type::Boolean),
        ("select 'nan' as x", Type::Number),
        ("select 9e999 as x", Type::Number),
        ("select 1e300 as x", dollars()),
        ("select '2026-02-30' as x", Type::Date),
        ("select '2026-11-22 08:00:00' as x", Type::Date),
        ("select 20779 as x", Type::Date),
        ("select '24:00' as x", Type::Time),
        ("select 'soon' as x", Type::Timestamp),
        ("select 1764000000000 as x", Type::Timestamp),
        ("select 6 as x", Type::Range { from: 1, to: 5 }),
        (
            "select 'fax' as x",
            Type::Literals(vec!["call".into()].into()),
        ),
        ("select 'no json' as x", Type::Json),
        ("select x'00ff' as x", Type::Text),
    ] {
        let problem = one(sql, of.clone()).await.expect_err(sql);
        assert_eq!(problem.code.as_str(), "S933", "{sql} as {of}: {problem}");
    }
}

#[tokio::test]
async fn a_value_that_does_not_fit_is_shown_with_its_row_and_column() {
    let (_folder, path) = database(
        "create table customers (id integer, tenure integer);
         insert into customers values (1, 12), (2, 'a year')",
    )
    .await;
    let source = open(&path).await;
    let problem = ask(
        &source,
        "select id, tenure from customers order by id",
        &[],
        &[("id", Type::Integer), ("tenure", Type::Integer)],
    )
    .await
    .expect_err("a text is no integer");
    assert_eq!(
        problem.message,
        "Row 2 has \"a year\" in `tenure`, where `integer` is expected."
    );
}

#[tokio::test]
async fn a_missing_value_is_named_where_none_may_be() {
    let problem = one("select null as x", Type::Text)
        .await
        .expect_err("missing");
    assert_eq!(problem.code.as_str(), "S934");
    assert_eq!(
        problem.message,
        "Row 1 has nothing in `x`, which is never missing."
    );
}

#[tokio::test]
async fn columns_are_found_by_name_and_unnamed_ones_by_place() {
    let (_folder, path) = database("create table t (a, b); insert into t values (1, 'one')").await;
    let source = open(&path).await;
    let fields = [("b", Type::Text), ("a", Type::Integer)];
    let table = ask(&source, "select a, b, 5 as c from t", &[], &fields)
        .await
        .expect("a table");
    assert_eq!(
        (shown(&table, 0, 0), shown(&table, 1, 0)),
        ("one".to_owned(), "1".to_owned())
    );
    let counted = [("how_many", Type::Integer)];
    let table = ask(&source, "select count(*) from t", &[], &counted)
        .await
        .expect("a table");
    assert_eq!(shown(&table, 0, 0), "1");
}

#[tokio::test]
async fn a_column_that_is_gone_is_missed_without_any_row() {
    let (_folder, path) = database("create table t (a, b)").await;
    let source = open(&path).await;
    let fields = [("a", Type::Text), ("tenure", Type::Integer)];
    let problem = ask(
        &source,
        "select * from t",
        &[],
        &[
            ("a", Type::Text),
            ("b", Type::Text),
            ("tenure", Type::Integer),
        ],
    )
    .await
    .expect_err("no such column");
    assert_eq!(problem.code.as_str(), "S938");
    assert_eq!(problem.message, "The query gives no column `tenure`.");
    assert_eq!(problem.causes, ["it gives `a`, `b`"]);
    let empty = ask(&source, "select a, b as tenure from t", &[], &fields)
        .await
        .expect("a table");
    assert_eq!(empty.len(), 0);
}

#[tokio::test]
async fn a_bound_on_rows_holds() {
    let (_folder, path) = database("create table t (a); insert into t values (1), (2), (3)").await;
    let source = open(&path).await;
    let row = row(&[("a", Type::Integer)]);
    let request = |at_most| QueryRequest {
        sql: "select a from t",
        parameters: &[],
        row: &row,
        at_most,
    };
    assert_eq!(
        source
            .query(&request(Some(3)))
            .await
            .expect("three rows")
            .len(),
        3
    );
    let problem = source
        .query(&request(Some(2)))
        .await
        .expect_err("more than two");
    assert_eq!(problem.code.as_str(), "S935");
    assert!(problem.message.contains("more than 2 rows"));
}

#[tokio::test]
async fn parameters_are_values_and_never_text() {
    let (_folder, path) =
        database("create table t (a text); insert into t values ('x'' or 1=1 --')").await;
    let source = open(&path).await;
    let fields = [("n", Type::Integer)];
    let sql = "select count(*) as n from t where a = ?1 and ?1 = ?1";
    for (parameter, expected) in [("x' or 1=1 --", "1"), ("' or '1'='1", "0")] {
        let parameters = [Value::Text(parameter.into())];
        let table = ask(&source, sql, &parameters, &fields)
            .await
            .expect("a table");
        assert_eq!(shown(&table, 0, 0), expected);
    }
}

#[tokio::test]
async fn a_wrong_number_of_parameters_is_refused() {
    let (_folder, path) = database("create table t (a)").await;
    let source = open(&path).await;
    let fields = [("n", Type::Integer)];
    for parameters in [vec![], vec![Value::None, Value::None]] {
        let problem = ask(
            &source,
            "select count(*) as n from t where a = ?",
            &parameters,
            &fields,
        )
        .await
        .expect_err("one parameter");
        assert_eq!(problem.code.as_str(), "S938");
        assert!(problem.message.contains("takes 1 parameters"), "{problem}");
    }
    let list = [Value::List(Arc::new(vec![Value::Integer(1)]))];
    let problem = ask(&source, "select ? as n", &list, &fields)
        .await
        .expect_err("a list");
    assert!(
        problem.message.contains("Parameter 1 is a list"),
        "{problem}"
    );
}

#[tokio::test]
async fn a_refusal_carries_what_the_database_said() {
    let (_folder, path) = database("create table t (a)").await;
    let source = open(&path).await;
    let problem = ask(
        &source,
        "select tenur from t",
        &[],
        &[("tenur", Type::Text)],
    )
    .await
    .expect_err("no such column");
    assert_eq!(problem.code.as_str(), "S932");
    assert!(
        problem.message.contains("no such column: tenur"),
        "{problem}"
    );
}

#[tokio::test]
async fn a_query_cannot_write_even_where_writing_is_allowed() {
    let (_folder, path) = database("create table t (a); insert into t values (1)").await;
    let source = SqliteSource::open(&path, Access::Write)
        .await
        .expect("a source");
    let fields = [("a", Type::Integer)];
    let problem = ask(&source, "delete from t returning a", &[], &fields)
        .await
        .expect_err("a write");
    assert_eq!(problem.code.as_str(), "S932");
    assert!(problem.message.contains("readonly"), "{problem}");
    let touched = source
        .execute("update t set a = ? where a = 1", &[Value::Integer(7)])
        .await
        .expect("a write");
    assert_eq!(touched, 1);
    let table = ask(&source, "select a from t", &[], &fields)
        .await
        .expect("a table");
    assert_eq!(shown(&table, 0, 0), "7");
    let reader = open(&path).await;
    let problem = reader
        .execute("delete from t", &[])
        .await
        .expect_err("a reader");
    assert!(problem.message.contains("reading only"), "{problem}");
}

#[tokio::test]
async fn a_locked_database_is_busy_and_not_wrong() {
    let (_folder, path) = database("create table t (a)").await;
    let source = open(&path).await;
    let refused = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let mut other = sqlx::ConnectOptions::connect(&refused)
        .await
        .expect("a connection");
    sqlx::Executor::execute(&mut other, "begin exclusive")
        .await
        .expect("a lock");
    let problem = ask(&source, "select a from t", &[], &[("a", Type::Text)])
        .await
        .expect_err("it is locked");
    assert_eq!(problem.code.as_str(), "S939");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_queries_run_at_once() {
    let (_folder, path) = database("create table t (a)").await;
    let source = open(&path).await;
    let tasks: Vec<_> = (0..64_i64)
        .map(|number| {
            let source = source.clone();
            tokio::spawn(async move {
                let sql = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000) \
                           select sum(i) + ? as x from n";
                let table = ask(&source, sql, &[Value::Integer(number)], &[("x", Type::Integer)]).await?;
                Ok::<_, sophia_diagnostics::Problem>(shown(&table, 0, 0))
            })
        })
        .collect();
    for (number, task) in tasks.into_iter().enumerate() {
        let sum = task.await.expect("no panic").expect("a table");
        assert_eq!(sum, (2_001_000 + number).to_string());
    }
}

#[tokio::test]
async fn only_a_database_that_is_there_can_be_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("missing.sqlite");
    let problem = SqliteSource::open(&missing, Access::Write)
        .await
        .expect_err("missing");
    assert_eq!(problem.code.as_str(), "S930");
    assert!(!missing.exists());

    let text = folder.path().join("notes.txt");
    std::fs::write(
        &text,
        "This is no database, and long enough to be looked at. ".repeat(20),
    )
    .expect("a file");
    let problem = SqliteSource::open(&text, Access::Read)
        .await
        .expect_err("no database");
    assert_eq!(problem.code.as_str(), "S930");
}

#[test]
fn a_kind_that_cannot_be_opened_yet_says_so() {
    assert_eq!(
        ConnectionKind::named("warehouse", "sqlite"),
        Ok(ConnectionKind::Sqlite)
    );
    assert_eq!(
        ConnectionKind::named("warehouse", "postgres"),
        Ok(ConnectionKind::Postgres)
    );
    assert_eq!(
        ConnectionKind::named("queue", "redis"),
        Ok(ConnectionKind::Redis)
    );
    for kind in ["snowflake", "files", "SQLite"] {
        let problem = ConnectionKind::named("warehouse", kind).expect_err(kind);
        assert_eq!(problem.code.as_str(), "S931");
        assert!(problem.message.contains(kind) && problem.message.contains("`warehouse`"));
    }
}

/// Values and the type they have, without those that SQLite rounds.
fn values() -> impl Strategy<Value = (Value, Type, String)> {
    prop_oneof![
        any::<bool>().prop_map(|b| (Value::Boolean(b), Type::Boolean, b.to_string())),
        any::<i64>().prop_map(|i| (Value::Integer(i), Type::Integer, i.to_string())),
        any::<i64>().prop_map(|i| (Value::Duration(i), Type::Duration, i.to_string())),
        (-1e15..1e15_f64).prop_map(|n| (Value::Number(n), Type::Number, n.to_string())),
        (0.0..1.0_f64).prop_map(|n| (Value::Percent(n), Type::Percent, n.to_string())),
        // SQLite's text ends at a zero byte.
        "[^\\x00]{0,20}".prop_map(|t| (Value::Text(t.as_str().into()), Type::Text, t)),
        (-10_000_000_i64..10_000_000).prop_map(|cents| {
            let amount = rust_decimal::Decimal::new(cents, 2);
            (
                Value::Money(amount, Currency("USD".into())),
                dollars(),
                (i128::from(cents) * 10_000_000).to_string(),
            )
        }),
        (-100_000..100_000_i32).prop_map(|days| {
            let date = jiff::civil::date(1970, 1, 1)
                .checked_add(jiff::Span::new().days(days))
                .expect("a date");
            (Value::Date(date), Type::Date, days.to_string())
        }),
        (-10_000_000_000_000_000..10_000_000_000_000_000_i64).prop_map(|micros| {
            let instant = jiff::Timestamp::from_microsecond(micros).expect("an instant");
            (
                Value::Timestamp(instant),
                Type::Timestamp,
                micros.to_string(),
            )
        }),
        (0..86_400_000_000_i64).prop_map(|micros| {
            let time = jiff::civil::Time::midnight()
                .checked_add(jiff::Span::new().microseconds(micros))
                .expect("a time");
            (Value::Time(time), Type::Time, micros.to_string())
        }),
    ]
}

#[test]
fn a_value_given_as_a_parameter_comes_back_as_itself() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let (_folder, path) = runtime.block_on(database("create table t (a)"));
    let source = runtime.block_on(open(&path));
    proptest!(|((value, of, expected) in values())| {
        let table = runtime.block_on(ask(&source, "select ? as x", &[value], &[("x", of)]));
        prop_assert_eq!(table.map(|table| shown(&table, 0, 0)), Ok(expected));
    });
}
