//! PostgreSQL: what a live server gives and takes.

use std::sync::Arc;
use std::time::Duration;

use sophia_data::{
    CommandRequest, PostgresSettings, PostgresSource, QueryRequest, RecordRequest, Source, Tls,
    WriteFailureKind,
};
use sophia_plan::{Currency, Table, Type, Value};

use crate::support::{row, shown};
use sophia_test_postgres::Server;

const TABLES: &str = "
    create type mood as enum ('good', 'bad');
    create domain amount as numeric(12, 2);
    create table payments (
        payment_id text primary key,
        customer_id text,
        amount amount not null default 0,
        paid_at timestamptz,
        feeling mood,
        tags text[],
        details jsonb
    );
    insert into payments values
        ('p1', 'c1', 10.50, '2026-11-22 08:00:00.25+01', 'good', array['a', null, 'b'], '{\"k\": [1, 2.5]}'),
        ('p2', 'c1', 20, null, null, null, null);
    create table free (customer_id text, amount numeric, note json);
    create view large as select * from payments where amount > 15;
    create table orders (
        number integer not null unique, region text not null, code text not null, note text unique,
        late integer not null unique deferrable, primary key (code, number)
    );
    create unique index on orders (region, code) include (note);
    create unique index on orders (late) where number < 10;
    create unique index on orders (lower(region));
    create table loose (id integer primary key deferrable);
    create table parent (id integer primary key);
    create table child () inherits (parent);
    create role reader login;
    grant select, insert, update on payments to reader;
    grant usage on schema public to reader;
";

fn settings(server: &Server) -> PostgresSettings {
    PostgresSettings {
        host: server.folder().display().to_string(),
        port: 5432,
        user: "postgres".to_owned(),
        password: None,
        database: "postgres".to_owned(),
        schema: "public".to_owned(),
        tls: Tls::Off,
        connections: 4,
        statement_timeout: Duration::from_secs(2),
    }
}

fn text(value: &str) -> Value {
    Value::Text(value.into())
}

async fn ask(
    source: &PostgresSource,
    sql: &str,
    parameters: &[Value],
    fields: &[(&str, Type)],
) -> Result<Table, sophia_diagnostics::Problem> {
    source
        .query(&QueryRequest {
            sql,
            parameters,
            row: &row(fields),
            at_most: None,
        })
        .await
}

/// One value, as it is shown.
async fn one(source: &PostgresSource, sql: &str, of: Type) -> Result<String, String> {
    let table = ask(source, sql, &[], &[("x", of)])
        .await
        .map_err(|problem| problem.code.as_str().to_owned())?;
    Ok(shown(&table, 0, 0))
}

/// One server for everything: starting one takes longer than asking it.
#[tokio::test]
async fn a_live_server_is_read_and_written() {
    let server = tokio::task::spawn_blocking(Server::start).await.unwrap();
    server.run_sql(TABLES);
    let source = PostgresSource::open(&settings(&server)).await.unwrap();
    Box::pin(types_arrive_as_the_checker_says(&source)).await;
    Box::pin(parameters_are_sent_as_their_places_want(&source)).await;
    Box::pin(tables_are_described(&source)).await;
    Box::pin(commands_happen_once(&source)).await;
    Box::pin(rows_are_recorded(&source)).await;
    Box::pin(refusals_are_told(&source, &server)).await;
    Source::close(&source).await;
    drop(tokio::task::spawn_blocking(move || drop(server)).await);
}

async fn types_arrive_as_the_checker_says(source: &PostgresSource) {
    let usd = || Type::Money(Currency("USD".into()));
    let mut wrong = Vec::new();
    for (sql, of, expected) in [
        ("true", Type::Boolean, "true"),
        ("12::smallint", Type::Integer, "12"),
        ("-2147483648", Type::Integer, "-2147483648"),
        ("9223372036854775807", Type::Integer, "9223372036854775807"),
        ("0.1::real", Type::Number, "0.1"),
        ("1.5e3::float8", Type::Number, "1500"),
        ("12345678.123456789", Type::Decimal, "12345678123456789"),
        ("-0.000000001", Type::Decimal, "-1"),
        ("10000::numeric(12,2)", usd(), "10000000000000"),
        ("'12.34'::money", usd(), "12340000000"),
        ("date '1999-12-31'", Type::Date, "10956"),
        ("time '08:00:00.5'", Type::Time, "28800500000"),
        (
            "timestamp '2026-11-22 08:00'",
            Type::Timestamp,
            "1795334400000000",
        ),
        (
            "timestamptz '2026-11-22 08:00+01'",
            Type::Timestamp,
            "1795330800000000",
        ),
        ("interval '1 day 2 seconds'", Type::Duration, "86402000"),
        ("'a'::char(3)", Type::Text, "a  "),
        (
            "'6f9619ff-8b86-d011-b42d-00c04fc964ff'::uuid",
            Type::Text,
            "6f9619ff-8b86-d011-b42d-00c04fc964ff",
        ),
        ("'10.0.0.1'::inet", Type::Text, "10.0.0.1"),
        ("'10.0.0.0/8'::cidr", Type::Text, "10.0.0.0/8"),
        ("'{\"a\":1}'::json", Type::Json, "{\"a\":1}"),
        ("'{\"a\":1}'::jsonb", Type::Json, "{\"a\": 1}"),
        (
            "array[1, null, 3]",
            Type::List(Arc::new(Type::Integer.optional())),
            "[1,null,3]",
        ),
        ("array[]::text[]", Type::List(Arc::new(Type::Text)), "[]"),
        (
            "array[1.50, 2]",
            Type::List(Arc::new(Type::Decimal)),
            "[1.50,2]",
        ),
        (
            "'bad'::mood",
            Type::Literals(["good".into(), "bad".into()].into()),
            "bad",
        ),
        ("1.5::amount", Type::Decimal, "1500000000"),
        ("null::int", Type::Integer.optional(), "-"),
    ] {
        let found = one(source, &format!("select {sql} as x"), of).await;
        if found.as_deref() != Ok(expected) {
            wrong.push(format!("{sql}: {found:?}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (sql, of) in [
        ("'NaN'::numeric", Type::Decimal),
        ("interval '1 month'", Type::Duration),
        ("'infinity'::timestamptz", Type::Timestamp),
        ("'x'::bytea", Type::Text),
    ] {
        let found = one(source, &format!("select {sql} as x"), of).await;
        assert_eq!(found, Err("S933".to_owned()), "{sql}");
    }
    assert_eq!(
        one(source, "select null::int as x", Type::Integer).await,
        Err("S934".to_owned())
    );
}

async fn parameters_are_sent_as_their_places_want(source: &PostgresSource) {
    for (sql, value, expected) in [
        ("$1::int2 + 1", Value::Integer(1), "2"),
        ("$1::numeric * 3", Value::Number(0.1), "0.3"),
        (
            "$1::numeric",
            Value::Money("-1234.50".parse().unwrap(), Currency("USD".into())),
            "-1234.50",
        ),
        ("$1::float8", Value::Integer(3), "3"),
        (
            "$1::date + 1",
            Value::Date("2026-12-31".parse().unwrap()),
            "2027-01-01",
        ),
        (
            "$1::timestamptz",
            Value::Timestamp("2026-11-22T08:00:00.5Z".parse().unwrap()),
            "2026-11-22 08:00:00.5+00",
        ),
        (
            "$1::time",
            Value::Time("08:30:00".parse().unwrap()),
            "08:30:00",
        ),
        ("$1::interval", Value::Duration(90_000), "00:01:30"),
        (
            "$1::uuid",
            text("6F9619FF8B86D011B42D00C04FC964FF"),
            "6f9619ff-8b86-d011-b42d-00c04fc964ff",
        ),
        (
            "$1::jsonb",
            Value::Json("{\"a\": [1]}".into()),
            "{\"a\": [1]}",
        ),
        ("$1::mood", text("good"), "good"),
        (
            "$1::text[]",
            Value::List(Arc::new(vec![text("a"), Value::None])),
            "{a,NULL}",
        ),
        ("$1::int[]", Value::List(Arc::default()), "{}"),
        ("$1::boolean", Value::Boolean(true), "true"),
        (
            "upper($1)",
            text("'; drop table payments; --"),
            "'; DROP TABLE PAYMENTS; --",
        ),
        ("coalesce($1::text, 'none')", Value::None, "none"),
    ] {
        let asked = format!("select ({sql})::text as x");
        let table = ask(source, &asked, &[value], &[("x", Type::Text)]).await;
        let table = table.unwrap_or_else(|problem| panic!("{sql}: {problem}"));
        assert_eq!(shown(&table, 0, 0), expected, "{sql}");
    }
    for (sql, value) in [
        ("$1::int2", Value::Integer(70_000)),
        ("$1::int", Value::Number(1.5)),
        ("$1::date", text("2026-11-22")),
        ("$1::uuid", text("none")),
    ] {
        let asked = format!("select ({sql})::text as x");
        let refused = ask(source, &asked, &[value], &[("x", Type::Text)]).await;
        assert_eq!(refused.unwrap_err().code.as_str(), "S938", "{sql}");
    }
}

async fn tables_are_described(source: &PostgresSource) {
    let tables = source.describe().await.unwrap();
    let keys = tables
        .iter()
        .map(|table| (&*table.name, &table.key, &table.unique));
    let keys: Vec<_> = keys.collect();
    let words = |words: &[&str]| -> Vec<String> { words.iter().map(ToString::to_string).collect() };
    assert_eq!(
        keys,
        [
            ("child", &Some(vec![]), &vec![]),
            ("free", &Some(vec![]), &vec![]),
            ("large", &Some(vec![]), &vec![]),
            ("loose", &Some(vec![]), &vec![]),
            (
                "orders",
                &Some(words(&["code", "number"])),
                &vec![words(&["number"]), words(&["region", "code"])]
            ),
            ("parent", &None, &vec![]),
            ("payments", &Some(words(&["payment_id"])), &vec![]),
        ]
    );
    let payments = tables.iter().find(|table| table.name == "payments");
    let columns: Vec<String> = (payments.unwrap().columns)
        .iter()
        .map(|column| {
            let optional = if column.nullable { "?" } else { "" };
            format!("{}: {}{optional}", column.name, column.declared)
        })
        .collect();
    assert_eq!(
        columns,
        [
            "payment_id: text",
            "customer_id: text?",
            "amount: numeric(12,2)",
            "paid_at: timestamp with time zone?",
            "feeling: text?",
            "tags: text[]?",
            "details: jsonb?",
        ]
    );
}

async fn commands_happen_once(source: &PostgresSource) {
    source.remember().await.unwrap();
    source.remember().await.unwrap();
    let returning = row(&[("amount", Type::Decimal)]);
    for (key, expected, before) in [
        ("a", "11500000000", false),
        ("a", "11500000000", true),
        ("b", "12500000000", false),
    ] {
        let changed = source
            .command(&CommandRequest {
                sql: "update payments set amount = amount + 1 where payment_id = $1 returning amount",
                parameters: &[text("p1")],
                row: Some(&returning),
                at_most: Some(1),
                once: Some(key),
            })
            .await
            .unwrap();
        assert_eq!((changed.rows, changed.before), (1, before));
        assert_eq!(shown(&changed.returned.unwrap(), 0, 0), expected);
    }
    let refused = source
        .command(&CommandRequest {
            sql: "delete from payments",
            parameters: &[],
            row: None,
            at_most: Some(1),
            once: Some("c"),
        })
        .await
        .unwrap_err();
    assert_eq!(refused.problem.code.as_str(), "S919");
    assert_eq!(refused.kind, WriteFailureKind::Permanent);
    let count = one(source, "select count(*) as x from payments", Type::Integer).await;
    assert_eq!(count.as_deref(), Ok("2"));
}

async fn rows_are_recorded(source: &PostgresSource) {
    let names = |names: &[&str]| {
        names
            .iter()
            .map(|name| Arc::from(*name))
            .collect::<Vec<Arc<str>>>()
    };
    let list = Value::List(Arc::new(vec![text("x")]));
    let rows = [
        vec![
            text("p2"),
            Value::Integer(7),
            text("bad"),
            list.clone(),
            list.clone(),
        ],
        vec![
            text("p3"),
            Value::Number(0.5),
            Value::None,
            Value::None,
            Value::Json("1".into()),
        ],
    ];
    let columns = names(&["payment_id", "amount", "feeling", "tags", "details"]);
    let request = RecordRequest {
        table: "payments",
        columns: &columns,
        rows: &rows,
        key: &names(&["payment_id"]),
        once: Some("rows"),
    };
    for before in [false, true] {
        let changed = source.record(&request).await.unwrap();
        assert_eq!((changed.rows, changed.before), (2, before));
    }
    let all = "select string_agg(payment_id || ' ' || amount || ' ' || coalesce(feeling::text, '-') || ' ' \
               || coalesce(tags::text, '-') || ' ' || coalesce(details::text, '-'), '; ' order by payment_id) as x \
               from payments where payment_id <> 'p1'";
    let found = one(source, all, Type::Text).await;
    assert_eq!(
        found.as_deref(),
        Ok("p2 7.00 bad {x} [\"x\"]; p3 0.50 - - 1")
    );

    // No index tells rows apart here, and a part of the key may be missing.
    let rows = [
        vec![text("c1"), Value::Integer(1), list.clone()],
        vec![Value::None, Value::Integer(2), Value::None],
    ];
    let columns = names(&["customer_id", "amount", "note"]);
    for _ in 0..2 {
        let request = RecordRequest {
            table: "free",
            columns: &columns,
            rows: &rows,
            key: &names(&["customer_id"]),
            once: None,
        };
        assert_eq!(source.record(&request).await.unwrap().rows, 2);
    }
    let many: Vec<Vec<Value>> = (0..30_000)
        .map(|number| vec![text("many"), Value::Integer(number), Value::None])
        .collect();
    let request = RecordRequest {
        table: "free",
        columns: &columns,
        rows: &many,
        key: &[],
        once: None,
    };
    assert_eq!(source.record(&request).await.unwrap().rows, 30_000);
    let count = one(source, "select count(*) as x from free", Type::Integer).await;
    assert_eq!(count.as_deref(), Ok("30002"));

    for (table, column, expected) in [
        ("nowhere", "payment_id", "S918"),
        ("payments", "nothing", "S921"),
        ("payments", "customer_id", "S921"),
    ] {
        let request = RecordRequest {
            table,
            columns: &names(&[column]),
            rows: &[vec![text("x")]],
            key: &[],
            once: None,
        };
        let refused = source.record(&request).await.unwrap_err();
        assert_eq!(refused.problem.code.as_str(), expected, "{table}.{column}");
    }
}

async fn refusals_are_told(source: &PostgresSource, server: &Server) {
    let asked = |sql: &'static str| async move { one(source, sql, Type::Integer).await };
    assert_eq!(
        asked("select 1 as x from nowhere").await,
        Err("S932".to_owned())
    );
    assert_eq!(
        asked("select 1 as x from pg_sleep(30)").await,
        Err("S939".to_owned())
    );
    // A query cannot write, whatever it says.
    let writes = "with d as (delete from payments returning 1) select count(*)::int as x from d";
    assert_eq!(asked(writes).await, Err("S932".to_owned()));

    // An account that may not make tables: writes happen, and are not remembered.
    let reader = PostgresSettings {
        user: "reader".to_owned(),
        ..settings(server)
    };
    let reader = PostgresSource::open(&reader).await.unwrap();
    let refused = reader.remember().await.unwrap_err();
    assert_eq!(refused.code.as_str(), "S932");
    server.run_sql("grant select, insert on sophia_effects to reader");
    reader
        .remember()
        .await
        .expect("it may use what another made");
    let denied = reader
        .command(&CommandRequest {
            sql: "delete from payments",
            parameters: &[],
            row: None,
            at_most: None,
            once: None,
        })
        .await
        .unwrap_err();
    assert_eq!(denied.problem.code.as_str(), "S932");
    assert!(
        denied.problem.message.contains("permission denied"),
        "{}",
        denied.problem
    );

    for change in [
        |settings: &mut PostgresSettings| settings.database = "nowhere".into(),
        |settings: &mut PostgresSettings| settings.user = "nobody".into(),
        |settings: &mut PostgresSettings| settings.port = 1,
    ] {
        let mut wrong = settings(server);
        change(&mut wrong);
        let problem = PostgresSource::open(&wrong).await.unwrap_err();
        assert_eq!(problem.code.as_str(), "S930", "{problem}");
    }
}
