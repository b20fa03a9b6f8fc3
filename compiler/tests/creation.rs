//! What playbooks record into tables that the lock does not know: the tables that come of it, and where nothing does.

use std::sync::Arc;

use sophia_compiler::catalogue::{Catalogue, Column, Connection, Table};
use sophia_compiler::creation::{Lacking, NewTable, lacking};
use sophia_compiler::project::{ConnectionSettings, Manifest};
use sophia_compiler::{Snapshot, SourceFile, check};

const KINDS: [&str; 3] = ["sqlite", "postgres", "snowflake"];

/// A project with one connection, a table `orders` in it, and these files.
fn project(kind: &str, files: &[(&str, &str)]) -> Snapshot {
    let column = |name: &str, declared: &str, nullable| Column {
        name: name.to_owned(),
        declared: declared.to_owned(),
        nullable,
        labels: Vec::new(),
    };
    let orders = Table {
        columns: vec![
            column("order_id", "integer", false),
            column("note", "text", true),
        ],
        ..Table::default()
    };
    let warehouse = Connection {
        kind: kind.to_owned(),
        tables: [("orders".to_owned(), orders)].into(),
    };
    let settings = ConnectionSettings {
        kind: kind.to_owned(),
        ..ConnectionSettings::default()
    };
    Snapshot {
        manifest: Manifest {
            name: "shop".to_owned(),
            currency: "USD".to_owned(),
            zone: "UTC".to_owned(),
            connections: [("warehouse".to_owned(), settings)].into(),
            ..Manifest::default()
        },
        catalogue: Catalogue {
            format: 1,
            connections: [("warehouse".to_owned(), warehouse)].into(),
            ..Catalogue::default()
        },
        files: files
            .iter()
            .map(|(path, text)| SourceFile {
                path: Arc::from(*path),
                text: Arc::from(format!(
                    "playbook {}\n\nuse warehouse\n\n{text}\n",
                    path.trim_end_matches(".sophia")
                )),
            })
            .collect(),
    }
}

/// The codes of the errors of a check.
fn errors(snapshot: &Snapshot) -> Vec<String> {
    let checked = check(snapshot);
    let errors = checked.diagnostics.iter().filter(|found| found.is_error());
    errors.map(|found| found.code.to_string()).collect()
}

/// The project once its sources have these tables.
fn with(snapshot: &Snapshot, tables: &[NewTable]) -> Snapshot {
    let mut snapshot = snapshot.clone();
    for table in tables {
        let connection = snapshot.catalogue.connections.get_mut(&*table.connection);
        let tables = &mut connection.expect("a connection").tables;
        let known = tables.entry(table.table.to_string()).or_default();
        known
            .columns
            .extend(table.columns.iter().map(|column| Column {
                name: column.name.to_string(),
                declared: column.declared.clone(),
                nullable: column.nullable || !table.is_new,
                labels: Vec::new(),
            }));
        let units = table.units().map(|(path, unit)| (path, unit.to_owned()));
        snapshot.manifest.units.extend(units);
    }
    snapshot
}

fn only(found: Lacking) -> NewTable {
    assert_eq!(found.diagnostics, [], "nothing stands in the way");
    let [table] = <[NewTable; 1]>::try_from(found.tables).expect("one table");
    table
}

/// One field of every type.
const EVERYTHING: &str = r#"type Everything = {
  id: integer
  name: text  ## As the customer writes it.
  mood: "good" | "bad"
  stars: 1..5
  happy: boolean
  score: number
  exact: decimal
  amount: money
  foreign: money EUR
  share: percent
  day: date
  clock: time
  at: timestamp
  took: duration
  raw: json
  tags: list of text
  inner: { a: integer }
  note: text? @pii.name
}

input all: Everything

record all into warehouse.everything key id, day"#;

#[test]
fn a_table_takes_what_is_recorded_in_every_dialect() {
    // What is labelled goes only where a person has said that it may.
    let unlabelled = EVERYTHING.replace(" @pii.name", "");
    for kind in KINDS {
        let snapshot = project(kind, &[("all.sophia", &unlabelled)]);
        assert_eq!(errors(&snapshot), ["S401"], "{kind}");
        let table = only(lacking(&snapshot));
        assert!(table.is_new && table.key.as_ref().is_some_and(|key| key.primary));
        let made = with(&snapshot, &[table]);
        assert_eq!(errors(&made), [] as [&str; 0], "{kind}");
        assert_eq!(lacking(&made), Lacking::default(), "{kind}");
    }
}

#[test]
fn the_statement_is_laid_out_for_people() {
    let snapshot = project("postgres", &[("all.sophia", EVERYTHING)]);
    let statements = only(lacking(&snapshot)).statements("postgres");
    assert!(
        statements.starts_with(
            "create table if not exists everything (\n  \"id\"      bigint not null,\n"
        ),
        "{statements}"
    );
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines: Vec<String> = statements.lines().map(words).collect();
    for line in [
        "\"name\" text not null, -- As the customer writes it.",
        "mood text not null,",
        "amount numeric not null, -- money USD",
        "\"foreign\" numeric not null, -- money EUR",
        "\"share\" double precision not null, -- percent",
        "\"at\" timestamptz not null,",
        "note text, -- @pii.name",
        "primary key (\"id\", \"day\")",
        ");",
    ] {
        assert!(
            lines.iter().any(|written| written == line),
            "{line}\n{statements}"
        );
    }
}

#[test]
fn a_name_ends_no_statement() {
    let hostile =
        r#"record { "a'; drop table orders; --": 1, "select": 2, "Mixed": 3 } into warehouse.made"#;
    for kind in KINDS {
        let snapshot = project(kind, &[("made.sophia", hostile)]);
        let statements = only(lacking(&snapshot)).statements(kind);
        let select = if kind == "snowflake" {
            "\"SELECT\""
        } else {
            "\"select\""
        };
        for name in ["\"a'; drop table orders; --\"", select, "\"Mixed\""] {
            assert!(statements.contains(name), "{kind}: {statements}");
        }
        assert_eq!(statements.matches(';').count(), 3, "{statements}");
    }
}

#[test]
fn a_key_that_may_be_missing_is_unique_and_rows_that_are_appended_have_none() {
    let keyed =
        "input who: text? = none\n\nrecord { who: who, at: now } into warehouse.seen key who";
    let appended = "record { who: \"kim\", at: now } into warehouse.seen";
    let table = only(lacking(&project("sqlite", &[("keyed.sophia", keyed)])));
    assert!(table.key.as_ref().is_some_and(|key| !key.primary));
    assert!(table.statements("sqlite").contains("  unique (who)\n"));
    let both = project(
        "sqlite",
        &[("appended.sophia", appended), ("keyed.sophia", keyed)],
    );
    let table = only(lacking(&both));
    assert_eq!(table.key, None);
    assert_eq!(
        table.files,
        ["appended.sophia".into(), "keyed.sophia".into()]
    );
    assert!(table.columns[0].nullable, "one of them may have none");
}

#[test]
fn a_column_that_a_table_lacks_is_added_and_may_be_missing() {
    let text = "record { order_id: 1, paid: $5 } into warehouse.orders";
    let snapshot = project("postgres", &[("paid.sophia", text)]);
    assert_eq!(errors(&snapshot), ["S891"]);
    let table = only(lacking(&snapshot));
    assert_eq!(
        table.statements("postgres"),
        "alter table orders add column if not exists paid numeric;  -- money USD\n"
    );
    assert_eq!(errors(&with(&snapshot, &[table])), [] as [&str; 0]);
}

#[test]
fn rows_that_lack_a_column_are_another_tables() {
    let misspelt = "record { ordr_id: 1 } into warehouse.orders";
    let snapshot = project("sqlite", &[("misspelt.sophia", misspelt)]);
    assert_eq!(errors(&snapshot), ["S891"]);
    assert_eq!(lacking(&snapshot), Lacking::default());
}

#[test]
fn a_table_that_is_made_of_another_that_is_made_comes_with_it() {
    let first = "record { a: 1, b: \"x\" } into warehouse.first";
    let second = "query firsts from warehouse { select a, b from first }\n\nrecord firsts into warehouse.second";
    let snapshot = project(
        "sqlite",
        &[("b_first.sophia", first), ("a_second.sophia", second)],
    );
    let found = lacking(&snapshot);
    let names: Vec<&str> = found.tables.iter().map(|table| &*table.table).collect();
    assert_eq!(names, ["first", "second"]);
    assert_eq!(errors(&with(&snapshot, &found.tables)), [] as [&str; 0]);
}

#[test]
fn records_that_disagree_are_told_with_both_places() {
    let one = "record { id: 1, at: now } into warehouse.made key id";
    for (other, told) in [
        (
            "record { id: 1, att: now } into warehouse.made key id",
            "other columns",
        ),
        (
            "record { id: \"a\", at: now } into warehouse.made key id",
            "would hold text here and an integer elsewhere",
        ),
        (
            "record { id: 1, at: now } into warehouse.made key at",
            "other keys",
        ),
        (
            "record { id: $1, at: now } into warehouse.made key id",
            "would hold money USD here",
        ),
    ] {
        let snapshot = project("sqlite", &[("one.sophia", one), ("other.sophia", other)]);
        let found = lacking(&snapshot);
        assert_eq!(found.tables, []);
        let [complaint] = found.diagnostics.as_slice() else {
            panic!("{:#?}", found.diagnostics);
        };
        assert_eq!(complaint.code.to_string(), "S890");
        assert!(complaint.message.contains(told), "{}", complaint.message);
        assert_eq!(&*complaint.file, "other.sophia");
        assert_eq!(&*complaint.related[0].file, "one.sophia");
    }
}

#[test]
fn whole_and_broken_numbers_meet_and_a_column_of_nothing_is_told() {
    let whole = "record { id: 1 } into warehouse.made";
    let broken = "record { id: 1.5 } into warehouse.made";
    let nothing = "record { id: none } into warehouse.made";
    let table = only(lacking(&project(
        "sqlite",
        &[
            ("a.sophia", whole),
            ("b.sophia", broken),
            ("c.sophia", nothing),
        ],
    )));
    assert_eq!(
        (&*table.columns[0].declared, table.columns[0].nullable),
        ("real", true)
    );
    let found = lacking(&project("sqlite", &[("a.sophia", nothing)]));
    assert!(found.diagnostics[0].message.contains("always `none`"));
}

#[test]
fn no_table_is_made_where_messages_come_from() {
    let snapshot = project(
        "redis",
        &[("a.sophia", "record { id: 1 } into warehouse.made")],
    );
    assert_eq!(lacking(&snapshot), Lacking::default());
}

#[test]
fn rows_with_a_mistake_make_no_table() {
    let snapshot = project(
        "sqlite",
        &[("a.sophia", "record { id: nobody } into warehouse.made")],
    );
    assert!(errors(&snapshot).contains(&"S201".to_owned()));
    assert_eq!(lacking(&snapshot), Lacking::default());
}

#[test]
fn a_name_that_postgresql_would_cut_is_told() {
    let long = "a".repeat(64);
    let of_column = format!("record [{{ id: \"x\", {long}: 1 }}] into warehouse.notes");
    let of_table = format!("record [{{ id: \"x\" }}] into warehouse.{long}");
    for (text, what) in [(of_column, "column"), (of_table, "table")] {
        let Lacking {
            tables,
            diagnostics,
        } = lacking(&project("postgres", &[("a.sophia", &text)]));
        assert!(tables.is_empty());
        let told = format!("PostgreSQL would cut the name of the {what} `{long}`.");
        let sentences: Vec<&str> = (diagnostics.iter()).map(|told| &*told.message).collect();
        assert_eq!(sentences, [told.as_str()]);
        for kind in ["sqlite", "snowflake"] {
            let kept = lacking(&project(kind, &[("a.sophia", &text)]));
            assert_eq!(
                (kept.tables.len(), kept.diagnostics.len()),
                (1, 0),
                "{kind}"
            );
        }
    }
}
