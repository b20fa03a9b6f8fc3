//! What a database says about its tables.

use crate::support::{database, open};
use sophia_data::{ColumnDescription, TableDescription};

fn column(name: &str, declared: &str, nullable: bool) -> ColumnDescription {
    ColumnDescription {
        name: name.to_owned(),
        declared: declared.to_owned(),
        nullable,
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[tokio::test]
async fn tables_and_views_are_described_with_their_columns() {
    let (_folder, path) = database(
        "create table payments (id integer primary key, amount decimal(10, 2) not null, paid_at timestamp);
         insert into payments (amount) values (1), (2);
         create table \"odd \"\"name\"\"\" (a text primary key, b);
         create table pairs (a integer, b integer, primary key (a, b)) without rowid;
         create view large as select amount from payments where amount > 1;
         create index by_amount on payments (amount);
         create table orders (
             number integer not null unique, region text not null, code text not null, note text unique,
             unique (region, code), primary key (code, number)
         );
         create unique index small on orders (region) where number < 10;
         create unique index by_letter on orders (substr(region, 1, 1));
         create unique index again on orders (region, code)",
    )
    .await;
    let described = open(&path).await.describe().await.expect("a description");
    assert_eq!(
        described,
        [
            TableDescription {
                name: "large".to_owned(),
                rows: None,
                key: Some(vec![]),
                unique: vec![],
                columns: vec![column("amount", "decimal(10, 2)", true)],
            },
            TableDescription {
                name: "odd \"name\"".to_owned(),
                rows: Some(0),
                key: Some(words(&["a"])),
                unique: vec![],
                columns: vec![column("a", "TEXT", true), column("b", "", true)],
            },
            TableDescription {
                name: "orders".to_owned(),
                rows: Some(0),
                key: Some(words(&["code", "number"])),
                unique: vec![words(&["number"]), words(&["region", "code"])],
                columns: vec![
                    column("number", "INTEGER", false),
                    column("region", "TEXT", false),
                    column("code", "TEXT", false),
                    column("note", "TEXT", true),
                ],
            },
            TableDescription {
                name: "pairs".to_owned(),
                rows: Some(0),
                key: Some(words(&["a", "b"])),
                unique: vec![],
                columns: vec![column("a", "INTEGER", false), column("b", "INTEGER", false)],
            },
            TableDescription {
                name: "payments".to_owned(),
                rows: Some(2),
                key: Some(words(&["id"])),
                unique: vec![],
                columns: vec![
                    column("id", "INTEGER", false),
                    column("amount", "decimal(10, 2)", false),
                    column("paid_at", "timestamp", true),
                ],
            },
        ]
    );
}

#[tokio::test]
async fn an_empty_database_has_no_tables() {
    let (_folder, path) = database("create table t (a); drop table t").await;
    assert_eq!(open(&path).await.describe().await, Ok(vec![]));
}
