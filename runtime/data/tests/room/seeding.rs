//! Databases made from files: names, types, what is refused, and when nothing is done.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{ask, database, open, shown};
use proptest::prelude::*;
use sophia_data::{Access, SqliteSource, seed_sqlite};
use sophia_diagnostics::Problem;
use sophia_plan::Type;
use tempfile::TempDir;

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("made/warehouse.sqlite")
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).expect("a file");
        path
    }

    /// Seeds one file.
    async fn seed(&self, name: &str, content: impl AsRef<[u8]>) -> Result<(), Problem> {
        let file = self.file(name, content);
        seed_sqlite(&self.database(), &[file]).await.map(|_| ())
    }

    /// The columns of the only table: `name TYPE`, with `?` where a value may be missing.
    async fn columns(&self) -> Vec<String> {
        let tables = open(&self.database())
            .await
            .describe()
            .await
            .expect("tables");
        assert_eq!(tables.len(), 1);
        tables[0]
            .columns
            .iter()
            .map(|column| {
                let mark = if column.nullable { "?" } else { "" };
                format!("{} {}{mark}", column.name, column.declared)
            })
            .collect()
    }

    fn left_over(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.folder.path().join("made"))
            .map(|entries| {
                entries
                    .map(|entry| {
                        entry
                            .expect("an entry")
                            .file_name()
                            .to_string_lossy()
                            .into_owned()
                    })
                    .collect()
            })
            .unwrap_or_default();
        names.sort();
        names
    }
}

async fn refused(name: &str, content: impl AsRef<[u8]>) -> Problem {
    let place = Place::new();
    let problem = place.seed(name, content).await.expect_err(name);
    assert_eq!(problem.code.as_str(), "S936", "{problem}");
    assert!(problem.message.contains(name), "{problem}");
    assert!(problem.help.is_some(), "{problem}");
    assert_eq!(place.left_over(), Vec::<String>::new());
    problem
}

#[tokio::test]
async fn the_telco_customers_become_a_table() {
    let place = Place::new();
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/churn_watch/data/customers.csv");
    let tables = seed_sqlite(&place.database(), &[file])
        .await
        .expect("a database");
    assert_eq!(
        (tables[0].table.as_str(), tables[0].rows),
        ("customers", 7043)
    );

    let source = open(&place.database()).await;
    let columns = place.columns().await;
    assert_eq!(columns.len(), 21);
    for expected in [
        "customer_id TEXT",
        "senior_citizen INTEGER",
        "tenure INTEGER",
        "streaming_tv TEXT",
        "paperless_billing TEXT",
        "monthly_charges REAL",
        "total_charges REAL?",
        "churn TEXT",
    ] {
        assert!(
            columns.iter().any(|column| column == expected),
            "{expected} in {columns:?}"
        );
    }
    let nullable = columns
        .iter()
        .filter(|column| column.ends_with('?'))
        .count();
    assert_eq!(nullable, 1);

    let table = ask(
        &source,
        "select count(*) as all_rows, count(*) - count(total_charges) as missing,
                sum(churn = 'No') as stayed, max(churn = 'Yes') as somebody_left from customers",
        &[],
        &[
            ("all_rows", Type::Integer),
            ("missing", Type::Integer),
            ("stayed", Type::Integer),
            ("somebody_left", Type::Boolean),
        ],
    )
    .await
    .expect("a table");
    let found: Vec<String> = (0..4).map(|column| shown(&table, column, 0)).collect();
    assert_eq!(found, ["7043", "11", "5174", "true"]);
}

#[tokio::test]
async fn types_follow_from_every_row() {
    let place = Place::new();
    let content = "\
count,share,mixed,day,moment,flag,zip,yes_no,nothing,spaced,late
1,0.5,1,2026-11-22,2026-11-22 08:00,true,01234,Yes,, 7 ,1
-2,1e3,2.5,2026-02-28,2026-11-22T09:00:00+01:00,FALSE,99999,No,  ,8,2
3,7,3,2026-12-31,2026-11-22T08:00:00.5Z,True,00001,Yes,\"\",,x
";
    place.seed("Kinds.csv", content).await.expect("a database");
    assert_eq!(
        place.columns().await,
        [
            "count INTEGER",
            "share REAL",
            "mixed REAL",
            "day DATE",
            "moment TIMESTAMP",
            "flag BOOLEAN",
            "zip TEXT",
            "yes_no TEXT",
            "nothing TEXT?",
            "spaced INTEGER?",
            "late TEXT",
        ]
    );
    let source = open(&place.database()).await;
    let fields = [
        ("count", Type::Integer),
        ("day", Type::Date),
        ("moment", Type::Timestamp),
        ("flag", Type::Boolean),
        ("zip", Type::Text),
        ("spaced", Type::Integer.optional()),
        ("late", Type::Text),
    ];
    let table = ask(
        &source,
        "select * from kinds order by moment, count desc",
        &[],
        &fields,
    )
    .await
    .expect("rows");
    let rows: Vec<Vec<String>> = (0..3)
        .map(|row| {
            (0..fields.len())
                .map(|column| shown(&table, column, row))
                .collect()
        })
        .collect();
    assert_eq!(
        rows[0],
        ["1", "20779", "1795334400000000", "true", "01234", "7", "1"]
    );
    assert_eq!(rows[1][2], "1795334400000000");
    assert_eq!(
        rows[2],
        ["3", "20818", "1795334400500000", "true", "00001", "-", "x"]
    );
}

#[tokio::test]
async fn names_become_snake_case() {
    let place = Place::new();
    let content = "customerID,TotalCharges,StreamingTV,Payment Method,HTTPServer,gender,Q1Revenue ($),2024 sales,already_there\n1,2,3,4,5,6,7,8,9\n";
    place
        .seed("Sales Report-2026.csv", content)
        .await
        .expect("a database");
    let tables = open(&place.database())
        .await
        .describe()
        .await
        .expect("tables");
    assert_eq!(tables[0].name, "sales_report_2026");
    let names: Vec<&str> = tables[0]
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "customer_id",
            "total_charges",
            "streaming_tv",
            "payment_method",
            "http_server",
            "gender",
            "q1_revenue",
            "_2024_sales",
            "already_there"
        ]
    );
}

#[tokio::test]
async fn quotes_line_breaks_and_a_byte_order_mark_are_understood() {
    let place = Place::new();
    let content = "\u{feff}name,note\r\n\"Kim, Lee\",\"says \"\"hi\"\"\nand goes\"\r\n";
    place.seed("people.csv", content).await.expect("a database");
    assert_eq!(place.columns().await, ["name TEXT", "note TEXT"]);
    let source = open(&place.database()).await;
    let fields = [("name", Type::Text), ("note", Type::Text)];
    let table = ask(&source, "select * from people", &[], &fields)
        .await
        .expect("rows");
    assert_eq!(shown(&table, 0, 0), "Kim, Lee");
    assert_eq!(shown(&table, 1, 0), "says \"hi\"\nand goes");
}

#[tokio::test]
async fn a_file_with_headers_alone_is_an_empty_table() {
    let place = Place::new();
    place.seed("later.csv", "a,b\n").await.expect("a database");
    assert_eq!(place.columns().await, ["a TEXT?", "b TEXT?"]);
}

#[tokio::test]
async fn broken_files_are_named_with_their_line() {
    let ragged = refused("ragged.csv", "a,b\n1,2\n3\n").await;
    assert!(
        ragged
            .message
            .ends_with("line 3, has 1 value where the line above has 2."),
        "{ragged}"
    );
    let bytes = refused("bytes.csv", b"a,b\n1,2\n3,\xff\xfe\n").await;
    assert!(
        bytes
            .message
            .ends_with("line 3, is not UTF-8 text in its value 2."),
        "{bytes}"
    );
    let twice = refused("twice.csv", "customerID,customer_id\n1,2\n").await;
    assert!(
        twice.message.contains("two columns named `customer_id`"),
        "{twice}"
    );
    let unnamed = refused("unnamed.csv", "a,,c\n1,2,3\n").await;
    assert!(
        unnamed.message.contains("no name for its column 2"),
        "{unnamed}"
    );
    let semicolons = refused("semicolons.csv", "a;b\n1;2\n").await;
    assert!(
        semicolons.message.contains("separated by semicolons"),
        "{semicolons}"
    );
    for (name, content) in [
        ("empty.csv", ""),
        ("blank.csv", "\n\n"),
        ("spaces.csv", "  \n"),
    ] {
        assert!(refused(name, content).await.message.ends_with("is empty."));
    }
    assert!(
        refused("table.xlsx", "PK")
            .await
            .message
            .contains("no CSV file")
    );
    assert!(
        refused("---.csv", "a\n1\n")
            .await
            .message
            .contains("no name for a table")
    );
}

#[tokio::test]
async fn a_file_that_is_not_there_is_named() {
    let place = Place::new();
    let problem = seed_sqlite(&place.database(), &[PathBuf::from("nowhere.csv")])
        .await
        .expect_err("no file");
    assert_eq!(problem.code.as_str(), "S936");
    assert!(problem.message.contains("nowhere.csv"), "{problem}");
}

#[tokio::test]
async fn two_files_cannot_become_one_table() {
    let place = Place::new();
    let files = [
        place.file("my sales.csv", "a\n1\n"),
        place.file("MySales.csv", "a\n1\n"),
    ];
    let problem = seed_sqlite(&place.database(), &files)
        .await
        .expect_err("one table");
    assert_eq!(problem.code.as_str(), "S937");
    assert!(problem.message.contains("`my_sales`"), "{problem}");
}

#[tokio::test]
async fn nothing_is_made_again_while_the_files_stay_the_same() {
    let place = Place::new();
    let files = [
        place.file("a.csv", "x\n1\n"),
        place.file("b.csv", "y\n1\n2\n"),
    ];
    let first = seed_sqlite(&place.database(), &files)
        .await
        .expect("a database");
    let writer = SqliteSource::open(&place.database(), Access::Write)
        .await
        .expect("a source");
    writer
        .execute("insert into a values (5)", &[])
        .await
        .expect("a write");
    writer.close().await;

    let again = seed_sqlite(&place.database(), &files)
        .await
        .expect("a database");
    assert_eq!(again, first);
    let rows = |tables: Vec<sophia_data::TableDescription>| -> Vec<Option<u64>> {
        tables.into_iter().map(|table| table.rows).collect()
    };
    let tables = open(&place.database())
        .await
        .describe()
        .await
        .expect("tables");
    assert_eq!(rows(tables), [Some(2), Some(2)]);

    place.file("b.csv", "y\n1\n2\n3\n");
    seed_sqlite(&place.database(), &files)
        .await
        .expect("a database");
    let tables = open(&place.database())
        .await
        .describe()
        .await
        .expect("tables");
    assert_eq!(rows(tables), [Some(1), Some(3)]);
    assert_eq!(place.left_over(), ["warehouse.sqlite"]);
}

#[tokio::test]
async fn a_broken_file_leaves_the_database_as_it_was() {
    let place = Place::new();
    place.seed("a.csv", "x\n1\n").await.expect("a database");
    place
        .seed("a.csv", "x\n1,2\n")
        .await
        .expect_err("a ragged file");
    assert_eq!(place.columns().await, ["x INTEGER"]);
    assert_eq!(place.left_over(), ["warehouse.sqlite"]);
}

#[tokio::test]
async fn a_database_from_elsewhere_is_never_replaced() {
    let (folder, path) =
        database("create table precious (a); insert into precious values (1)").await;
    let file = folder.path().join("a.csv");
    fs::write(&file, "x\n1\n").expect("a file");
    let problem = seed_sqlite(&path, &[file]).await.expect_err("not ours");
    assert_eq!(problem.code.as_str(), "S937");
    assert!(
        problem.message.contains("not made from seed files"),
        "{problem}"
    );
    let tables = open(&path).await.describe().await.expect("tables");
    assert_eq!(tables[0].name, "precious");
}

#[test]
fn what_stands_in_a_text_column_comes_back_as_it_was() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let config = ProptestConfig::with_cases(24);
    proptest!(config, |(cells in proptest::collection::vec("[^\\x00]{0,8}", 1..40))| {
        let place = Place::new();
        let mut writer = csv::Writer::from_writer(Vec::new());
        // The first row makes it a text column, the first column keeps blank lines from being skipped.
        writer.write_record(["n", "t"]).expect("headers");
        writer.write_record(["0", "text"]).expect("a row");
        for cell in &cells {
            writer.write_record(["0", cell.as_str()]).expect("a row");
        }
        let content = writer.into_inner().expect("bytes");
        let found: Vec<String> = runtime.block_on(async {
            place.seed("cells.csv", content).await.expect("a database");
            let source = open(&place.database()).await;
            let fields = [("t", Type::Text.optional())];
            let table = ask(&source, "select t from cells order by rowid", &[], &fields)
                .await
                .expect("rows");
            (1..table.len()).map(|row| shown(&table, 0, row)).collect()
        });
        let expected: Vec<String> = cells
            .iter()
            .map(|cell| if cell.trim().is_empty() { "-".to_owned() } else { cell.clone() })
            .collect();
        prop_assert_eq!(found, expected);
    });
}
