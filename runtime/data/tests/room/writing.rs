//! Writing: commands and rows, whole or not at all, and once for each key.

use std::sync::Arc;

use sophia_data::{
    Access, Changed, ColumnDescription, CommandRequest, RecordRequest, Source, SqliteSource,
    TableKey, WriteFailure, WriteFailureKind,
};
use sophia_plan::{RecordType, Type, Value};
use tempfile::TempDir;

use crate::support::{ask, database, row, shown};

const TABLES: &str = "
    create table payments (payment_id text not null, customer_id text, amount real not null default 0);
    insert into payments values ('p1', 'c1', 10), ('p2', 'c1', 20), ('p3', 'c2', 30);
    create table moods (ticket_id integer primary key, mood text not null, notes json, at text);
";

struct Written {
    _folder: TempDir,
    source: SqliteSource,
}

async fn source() -> Written {
    let (folder, path) = database(TABLES).await;
    let source = SqliteSource::open(&path, Access::Write).await.unwrap();
    source.remember().await.unwrap();
    Written {
        _folder: folder,
        source,
    }
}

impl Written {
    async fn command(
        &self,
        sql: &str,
        parameters: &[Value],
        returning: Option<&Arc<RecordType>>,
        (at_most, once): (Option<u64>, Option<&str>),
    ) -> Result<Changed, WriteFailure> {
        self.source
            .command(&CommandRequest {
                sql,
                parameters,
                row: returning,
                at_most,
                once,
            })
            .await
    }

    async fn record(
        &self,
        table: &str,
        columns: &[&str],
        rows: &[Vec<Value>],
        (key, once): (&[&str], Option<&str>),
    ) -> Result<Changed, WriteFailure> {
        let names = |names: &[&str]| {
            names
                .iter()
                .map(|name| Arc::from(*name))
                .collect::<Vec<_>>()
        };
        self.source
            .record(&RecordRequest {
                table,
                columns: &names(columns),
                rows,
                key: &names(key),
                once,
            })
            .await
    }

    /// All rows of a query, a line each.
    async fn all(&self, sql: &str) -> String {
        let columns: Vec<String> = (0..3).map(|place| format!("c{place}")).collect();
        let fields: Vec<(&str, Type)> = columns
            .iter()
            .map(|name| (name.as_str(), Type::Text.optional()))
            .collect();
        let table = ask(&self.source, sql, &[], &fields).await.unwrap();
        let lines = (0..table.len()).map(|at| {
            let cells: Vec<String> = (0..3).map(|place| shown(&table, place, at)).collect();
            cells.join(" ")
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    async fn payments(&self) -> String {
        self.all("select payment_id c0, customer_id c1, amount c2 from payments order by rowid")
            .await
    }

    async fn moods(&self) -> String {
        self.all("select ticket_id c0, mood c1, notes c2 from moods order by 1")
            .await
    }
}

fn text(value: &str) -> Value {
    Value::Text(value.into())
}

fn code(written: &Result<Changed, WriteFailure>) -> (&str, WriteFailureKind) {
    let failure = written.as_ref().expect_err("a failure");
    (failure.problem.code.as_str(), failure.kind)
}

#[tokio::test]
async fn a_command_changes_rows_and_gives_what_it_returns() {
    let written = source().await;
    let returning = row(&[("payment_id", Type::Text), ("amount", Type::Number)]);
    let changed = written
        .command(
            "update payments set amount = amount + ?2 where customer_id = ?1 returning payment_id, amount",
            &[text("c1"), Value::Integer(5)],
            Some(&returning),
            (Some(2), None),
        )
        .await
        .unwrap();
    assert_eq!(changed.rows, 2);
    assert!(!changed.before);
    let returned = changed.returned.unwrap();
    assert_eq!(returned.len(), 2);
    assert_eq!(returned.value(1, "amount"), Value::Number(25.0));
    assert_eq!(
        written.payments().await,
        "p1 c1 15.0\np2 c1 25.0\np3 c2 30.0"
    );
}

#[tokio::test]
async fn a_command_that_changes_too_much_changes_nothing() {
    let written = source().await;
    let before = written.payments().await;
    let once = (Some(1), Some("key"));
    let sql = "delete from payments where customer_id = ?1";
    let refused = written.command(sql, &[text("c1")], None, once).await;
    assert_eq!(code(&refused), ("S919", WriteFailureKind::Permanent));
    assert!(
        refused.unwrap_err().problem.message.contains("2 rows"),
        "says how many"
    );
    assert_eq!(written.payments().await, before);
    // Its key is not taken for one that happened.
    let done = written
        .command(sql, &[text("c2")], None, once)
        .await
        .unwrap();
    assert_eq!((done.rows, done.before), (1, false));
}

#[tokio::test]
async fn a_command_with_a_key_happens_once_and_gives_the_same_again() {
    let written = source().await;
    let returning = row(&[("amount", Type::Number)]);
    let add = |key: &'static str| {
        written.command(
            "update payments set amount = amount + 1 where payment_id = ?1 returning amount",
            &[],
            Some(&returning),
            (None, Some(key)),
        )
    };
    let refused = add("a").await;
    assert_eq!(
        code(&refused),
        ("S938", WriteFailureKind::Permanent),
        "a parameter is missing"
    );
    let p1 = [text("p1")];
    for (key, amount, before) in [("a", 11.0, false), ("a", 11.0, true), ("b", 12.0, false)] {
        let changed = written
            .command(
                "update payments set amount = amount + 1 where payment_id = ?1 returning amount",
                &p1,
                Some(&returning),
                (None, Some(key)),
            )
            .await
            .unwrap();
        assert_eq!(changed.before, before);
        assert_eq!(changed.rows, 1);
        let returned = changed.returned.unwrap();
        assert_eq!(returned.value(0, "amount"), Value::Number(amount));
    }
}

#[tokio::test]
async fn a_value_is_a_parameter_and_never_part_of_the_statement() {
    let written = source().await;
    let evil = text("'; drop table payments; --");
    let sql = "update payments set customer_id = ?1 where payment_id = 'p1'";
    written
        .command(sql, &[evil], None, (None, None))
        .await
        .unwrap();
    assert_eq!(
        written.payments().await,
        "p1 '; drop table payments; -- 10.0\np2 c1 20.0\np3 c2 30.0"
    );
}

#[tokio::test]
async fn rows_are_appended_by_the_names_of_their_columns_once_for_a_key() {
    let written = source().await;
    let rows = [
        vec![Value::Number(1.5), text("p4")],
        vec![Value::Integer(2), text("p5")],
    ];
    for before in [false, true] {
        let changed = written
            .record(
                "payments",
                &["amount", "payment_id"],
                &rows,
                (&[], Some("step")),
            )
            .await
            .unwrap();
        assert_eq!((changed.rows, changed.before), (2, before));
    }
    let all = written.payments().await;
    assert!(all.ends_with("p3 c2 30.0\np4 - 1.5\np5 - 2.0"), "{all}");
}

#[tokio::test]
async fn many_rows_go_in_together_or_not_at_all() {
    let written = source().await;
    let mut rows: Vec<Vec<Value>> = (0..20_000)
        .map(|number| vec![text(&format!("n{number}")), Value::Integer(number)])
        .collect();
    rows.push(vec![Value::None, Value::Integer(0)]);
    let columns = ["payment_id", "amount"];
    let refused = written
        .record("payments", &columns, &rows, (&[], None))
        .await;
    assert_eq!(code(&refused), ("S932", WriteFailureKind::Permanent));
    assert_eq!(written.payments().await.lines().count(), 3);
    rows.pop();
    let changed = written
        .record("payments", &columns, &rows, (&[], None))
        .await
        .unwrap();
    assert_eq!(changed.rows, 20_000);
    assert_eq!(written.payments().await.lines().count(), 20_003);
}

#[tokio::test]
async fn with_a_key_rows_that_are_there_change_and_others_are_added() {
    let written = source().await;
    let mood = |ticket: i64, mood: &str| {
        let notes = Value::List(Arc::new(vec![text("a"), Value::Integer(1)]));
        vec![Value::Integer(ticket), text(mood), notes]
    };
    let columns = ["ticket_id", "mood", "notes"];
    let first = [mood(1, "good"), mood(2, "bad")];
    let second = [mood(2, "good"), mood(3, "bad")];
    for rows in [&first, &second] {
        let changed = written
            .record("moods", &columns, rows, (&["ticket_id"], None))
            .await
            .unwrap();
        assert_eq!(changed.rows, 2);
    }
    assert_eq!(
        written.moods().await,
        "1 good [\"a\",1]\n2 good [\"a\",1]\n3 bad [\"a\",1]"
    );
    // A table without an index for the key, and a key that may be missing.
    let rows = [
        vec![text("p1"), text("c9"), Value::Integer(7)],
        vec![text("p9"), Value::None, Value::Integer(8)],
    ];
    let columns = ["payment_id", "customer_id", "amount"];
    for _ in 0..2 {
        written
            .record(
                "payments",
                &columns,
                &rows,
                (&["payment_id", "customer_id"], None),
            )
            .await
            .unwrap();
    }
    assert_eq!(
        written.payments().await,
        "p1 c1 10.0\np2 c1 20.0\np3 c2 30.0\np1 c9 7.0\np9 - 8.0"
    );
}

#[tokio::test]
async fn a_key_that_stands_twice_writes_nothing() {
    let written = source().await;
    let rows = [
        vec![Value::Integer(1), text("good")],
        vec![Value::Integer(2), text("good")],
        vec![Value::Integer(1), text("bad")],
    ];
    let refused = written
        .record(
            "moods",
            &["ticket_id", "mood"],
            &rows,
            (&["ticket_id"], None),
        )
        .await;
    assert_eq!(code(&refused), ("S920", WriteFailureKind::Permanent));
    let said = refused.unwrap_err().problem.message;
    assert_eq!(said, "Rows 1 and 3 have the same `ticket_id`: 1.");
    assert_eq!(written.moods().await, "");
}

#[tokio::test]
async fn tables_and_columns_that_are_not_there_are_told() {
    let written = source().await;
    let rows = [vec![text("p1")]];
    for (table, column, expected, names) in [
        ("refunds", "payment_id", "S918", "`refunds`"),
        ("payments", "payment", "S921", "`payment`"),
        ("payments", "customer_id", "S921", "`payment_id`"),
    ] {
        let refused = written.record(table, &[column], &rows, (&[], None)).await;
        assert_eq!(code(&refused).0, expected);
        let said = refused.unwrap_err().problem.message;
        assert!(said.contains(names), "{said}");
    }
}

#[tokio::test]
async fn a_table_that_is_missing_can_be_made_and_is_then_written() {
    let written = source().await;
    let columns = written.source.describe().await.unwrap();
    assert!(
        columns.iter().all(|table| table.name != "sophia_effects"),
        "what is remembered is no table of the source"
    );
    let moods = columns
        .into_iter()
        .find(|table| table.name == "moods")
        .unwrap();
    written
        .source
        .create_table("moods_again", &moods.columns, None)
        .await
        .unwrap();
    let rows = [vec![Value::Integer(1), text("good")]];
    let changed = written
        .record("moods_again", &["TICKET_ID", "mood"], &rows, (&[], None))
        .await
        .unwrap();
    assert_eq!(changed.rows, 1);
}

#[tokio::test]
async fn a_table_is_made_with_its_key_and_gets_further_columns() {
    let written = source().await;
    let column = |name: &str, nullable| ColumnDescription {
        name: name.to_owned(),
        declared: "TEXT".to_owned(),
        nullable,
    };
    let columns = [
        column("od\"d; drop table moods", false),
        column("mood", true),
    ];
    let key = TableKey {
        columns: &["od\"d; drop table moods"],
        primary: true,
    };
    let source = &written.source;
    for _ in 0..2 {
        source
            .create_table("made", &columns, Some(key))
            .await
            .unwrap();
    }
    source
        .add_columns("made", &[column("select", true)])
        .await
        .unwrap();
    let again = source.add_columns("made", &[column("select", true)]).await;
    assert_eq!(again.unwrap_err().code.as_str(), "S932");
    let tables = source.describe().await.unwrap();
    let made = tables.iter().find(|table| table.name == "made").unwrap();
    assert_eq!(
        made.columns,
        [&columns[..], &[column("select", true)]].concat()
    );
    assert!(tables.iter().any(|table| table.name == "moods"));
    let twice = "insert into made values ('a', null, null), ('a', null, null)";
    let refused = source.execute(twice, &[]).await.unwrap_err();
    assert_eq!(refused.code.as_str(), "S932");
}

#[tokio::test]
async fn a_source_that_was_opened_for_reading_is_not_written() {
    let (_folder, path) = database(TABLES).await;
    let source = SqliteSource::open(&path, Access::Read).await.unwrap();
    assert_eq!(source.remember().await.unwrap_err().code.as_str(), "S932");
}
