//! Constructs of Snowflake, each in a small query with what its columns are: no complaint, and these types.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sophia_compiler::catalogue::{Column, Table};
use sophia_compiler::query::{QueryRequest, check_query};
use sophia_diagnostics::Span;
use sophia_language::syntax::SqlText;

/// The tables, with their columns and types as the source gives them. Columns in `_ID` are never missing.
const TABLES: &[(&str, &str)] = &[
    (
        "ORDERS",
        "ORDER_ID NUMBER(38,0)|CUSTOMER_ID NUMBER(38,0)|ORDER_DATE DATE|CREATED_AT TIMESTAMP_NTZ|UPDATED_AT TIMESTAMP_TZ|AMOUNT NUMBER(12,2)|STATUS TEXT|DETAILS VARIANT|TAGS ARRAY|META OBJECT|QUANTITY FLOAT|IS_PAID BOOLEAN|OPENED TIME",
    ),
    (
        "CUSTOMERS",
        "CUSTOMER_ID NUMBER(38,0)|NAME TEXT|EMAIL TEXT|REGION TEXT|SIGNUP_DATE DATE|PARENT_ID NUMBER(38,0)|PROFILE VARIANT",
    ),
    (
        "EVENTS",
        "EVENT_ID TEXT|USER_ID NUMBER(38,0)|TS TIMESTAMP_NTZ|PAYLOAD VARIANT|KIND TEXT|RAW BINARY",
    ),
    ("PRICES", "SYMBOL TEXT|TS TIMESTAMP_NTZ|PRICE FLOAT"),
    (
        "GEO",
        "GEO_ID NUMBER(38,0)|GEOM GEOGRAPHY|LAT FLOAT|LON FLOAT|NAME TEXT",
    ),
];

#[test]
fn constructs_of_snowflake_have_these_types() {
    let tables = tables();
    let mut report = String::new();
    let mut count = 0;
    for case in include_str!("data/snowflake_constructs.sql").split("\n\n") {
        let (columns, sql): (Vec<&str>, Vec<&str>) =
            case.lines().partition(|line| line.starts_with("-- "));
        let sql = sql.join("\n");
        count += 1;
        let expected: Vec<String> = (columns.iter())
            .map(|column| column.trim_start_matches("-- ").to_owned())
            .collect();
        let came = told(&sql, &tables);
        if came != expected {
            let _ = writeln!(report, "{sql}\n  gives {came:#?}\n  not {expected:#?}");
        }
    }
    assert!(count > 50, "the file holds {count} queries");
    assert!(report.is_empty(), "\n{report}");
}

/// The columns with their types, or what is said against the query.
fn told(sql: &str, tables: &BTreeMap<String, Table>) -> Vec<String> {
    let text = SqlText {
        text: sql.to_owned(),
        start: 0,
        holes: Vec::new(),
        span: Span::new(0, sql.len()),
    };
    let checked = check_query(&QueryRequest {
        sql: &text,
        file: "example.sophia".into(),
        connection: "warehouse",
        kind: "snowflake",
        tables,
        units: &|_, _| None,
        synced_at: "2026-11-19T08:00:00Z",
        in_scope: &|_| false,
    });
    let complaints = match checked {
        Ok(shape) if shape.warnings.is_empty() => {
            let fields = shape.row.fields.iter();
            return fields
                .map(|field| format!("{}: {}", field.name, field.of))
                .collect();
        }
        Ok(shape) => shape.warnings,
        Err(errors) => errors,
    };
    (complaints.iter())
        .map(|complaint| format!("{} {}", complaint.code, complaint.message))
        .collect()
}

fn tables() -> BTreeMap<String, Table> {
    (TABLES.iter())
        .map(|(name, columns)| {
            let columns = columns.split('|').map(|column| {
                let (name, declared) = column.split_once(' ').expect("a name and a type");
                Column {
                    name: name.to_owned(),
                    declared: declared.to_owned(),
                    nullable: !name.ends_with("_ID"),
                    labels: Vec::new(),
                }
            });
            let table = Table {
                columns: columns.collect(),
                ..Table::default()
            };
            (format!("DB.SC.{name}"), table)
        })
        .collect()
}
