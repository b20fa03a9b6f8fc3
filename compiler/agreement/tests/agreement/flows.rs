//! Lineage against the truth: where the checker says that a column of a table neither flows into a column of the
//! result nor decides which rows come, changing it changes nothing.

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use sophia_compiler::catalogue::Column;
use sophia_compiler::query::{ColumnSource, QueryShape};

use crate::ours::Ours;
use crate::schema::Filling;
use crate::{generated, schema, statements};

#[test]
fn what_is_not_in_the_lineage_does_not_show() {
    let database = Connection::open_in_memory().expect("a database");
    let tables = schema::tables();
    for (place, table) in tables.iter().enumerate() {
        run(&database, &schema::creation(table));
        for sql in schema::filling(table, place, Filling::Full) {
            run(&database, &sql);
        }
    }
    let catalogue = schema::catalogue(&tables);
    let ours = Ours {
        kind: "sqlite",
        tables: &catalogue,
    };
    let (mut looked_at, mut flows) = (0, Vec::new());
    for statement in statements::sqlite()
        .into_iter()
        .chain(generated::statements())
    {
        let Ok(shape) = ours.check(&statement.sql) else {
            continue;
        };
        // A window over rows that stand alike gives what it likes.
        if statement.name.starts_with("generated") && statement.sql.contains(" over (") {
            continue;
        }
        let before = columns(&database, &statement.sql);
        // What differs by itself, such as the time, says nothing.
        if columns(&database, &statement.sql) != before {
            continue;
        }
        for table in tables
            .iter()
            .filter(|table| shape.tables.contains(&table.name))
        {
            for column in &table.columns {
                let source = ColumnSource {
                    table: table.name.as_str().into(),
                    column: column.name.as_str().into(),
                };
                let hidden = hidden(&shape, &source);
                if !hidden.contains(&true) {
                    continue;
                }
                for change in changes(column) {
                    run(&database, "begin");
                    run(
                        &database,
                        &format!("update {} set {} = {change}", table.name, column.name),
                    );
                    let after = columns(&database, &statement.sql);
                    run(&database, "rollback");
                    for (index, hidden) in hidden.iter().enumerate() {
                        if !hidden {
                            continue;
                        }
                        looked_at += 1;
                        if before.get(index) != after.get(index) {
                            flows.push(format!(
                                "{}: {}.{} shows in column {}\n    {}",
                                statement.name,
                                table.name,
                                column.name,
                                index + 1,
                                statement.sql
                            ));
                        }
                    }
                }
            }
        }
    }
    println!(
        "flows: {looked_at} columns that do not flow were changed, {} showed",
        flows.len()
    );
    assert!(looked_at > 5000, "{looked_at}");
    assert!(flows.is_empty(), "{}", flows.join("\n"));
}

/// For each column of the result whether the source is said not to be seen in it.
fn hidden(shape: &QueryShape, source: &ColumnSource) -> Vec<bool> {
    let decides = shape.indirect.contains(source);
    shape
        .lineage
        .iter()
        .map(|sources| !decides && !sources.contains_key(source))
        .collect()
}

/// Other values, and where nothing may stand, nothing.
fn changes(column: &Column) -> Vec<String> {
    let name = &column.name;
    let word = column.declared.split('(').next().unwrap_or_default();
    let other = match word {
        "integer" | "bigint" | "smallint" => format!("{name} % 5 + 2"),
        "decimal" | "numeric" | "real" | "double precision" => format!("{name} * 3 + 1"),
        "boolean" => format!("not {name}"),
        "date" | "timestamp" => "'2005-05-05'".to_owned(),
        _ => format!("'Z' || {name}"),
    };
    let mut changes = vec![other];
    if column.nullable {
        changes.push("null".to_owned());
    }
    changes
}

/// The values of each column, in an order that does not depend on that of the rows.
fn columns(database: &Connection, sql: &str) -> Vec<Vec<String>> {
    let mut statement = database
        .prepare(sql)
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    let mut columns: Vec<Vec<String>> = vec![Vec::new(); statement.column_count()];
    let mut rows = statement.query([]).expect("rows");
    while let Some(row) = rows.next().expect("a row") {
        for (index, column) in columns.iter_mut().enumerate() {
            column.push(match row.get_ref(index).expect("a value") {
                ValueRef::Null => "nothing".to_owned(),
                ValueRef::Integer(number) => number.to_string(),
                ValueRef::Real(number) => number.to_string(),
                ValueRef::Text(text) | ValueRef::Blob(text) => {
                    String::from_utf8_lossy(text).into_owned()
                }
            });
        }
    }
    for column in &mut columns {
        column.sort_unstable();
    }
    columns
}

fn run(database: &Connection, sql: &str) {
    database
        .execute(sql, [])
        .map(drop)
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}
