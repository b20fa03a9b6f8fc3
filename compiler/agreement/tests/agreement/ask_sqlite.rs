//! What a live SQLite makes of the statements.

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use sophia_plan::types::Type;

use crate::ours::Ours;
use crate::rate::{Live, Ran, Rate, Said, remember};
use crate::{generated, refused, schema, statements};

#[test]
fn we_agree_with_sqlite() {
    let database = Connection::open_in_memory().expect("a database");
    let tables = schema::tables();
    for table in &tables {
        run(&database, &schema::creation(table));
    }
    let (written, generated) = (statements::sqlite(), generated::statements());
    let mut ran = Ran::new();
    for filling in schema::FILLINGS {
        for (place, table) in tables.iter().enumerate() {
            for sql in schema::filling(table, place, filling) {
                run(&database, &sql);
            }
        }
        for statement in written.iter().chain(&generated) {
            remember(&mut ran, &statement.name, live(&database, &statement.sql));
        }
    }
    let ours = Ours {
        kind: "sqlite",
        tables: &schema::catalogue(&tables),
    };
    for (name, statements) in [("sqlite", &written), ("sqlite, generated", &generated)] {
        let mut rate = Rate::default();
        rate.hold_against(&ours, statements, &mut ran);
        rate.print(name);
        rate.hold([985, 1000, 990, 1000]);
    }
    refused::hold(&ours, &refused::both(), |sql| {
        database
            .prepare(sql)
            .map(drop)
            .map_err(|error| error.to_string())
    });
}

#[test]
fn calls_that_we_refuse_sqlite_refuses() {
    let database = Connection::open_in_memory().expect("a database");
    let tables = schema::tables();
    for table in &tables {
        run(&database, &schema::creation(table));
    }
    let ours = Ours {
        kind: "sqlite",
        tables: &schema::catalogue(&tables),
    };
    refused::hold_calls(&ours, |_, _, sql| database.prepare(sql).is_err());
}

fn run(database: &Connection, sql: &str) {
    database
        .execute(sql, [])
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

fn live(database: &Connection, sql: &str) -> Result<Vec<Live>, String> {
    let mut statement = database.prepare(sql).map_err(|error| error.to_string())?;
    let mut columns: Vec<(Live, Vec<Type>)> = statement
        .column_names()
        .into_iter()
        .map(|name| {
            let live = Live {
                name: name.to_owned(),
                of: None,
                was_missing: false,
                promised: false,
            };
            (live, Vec::new())
        })
        .collect();
    let mut seen: Vec<bool> = vec![false; columns.len()];
    let mut rows = statement.query([]).map_err(|error| error.to_string())?;
    while let Some(row) = rows.next().map_err(|error| error.to_string())? {
        for (index, (live, possible)) in columns.iter_mut().enumerate() {
            let value = row.get_ref(index).map_err(|error| error.to_string())?;
            let fits = match value {
                ValueRef::Null => {
                    live.was_missing = true;
                    continue;
                }
                ValueRef::Integer(number) => {
                    let mut fits = vec![Type::Integer, Type::Number];
                    if matches!(number, 0 | 1) {
                        fits.push(Type::Boolean);
                    }
                    fits
                }
                ValueRef::Real(_) => vec![Type::Number],
                ValueRef::Text(_) => vec![
                    Type::Text,
                    Type::Date,
                    Type::Timestamp,
                    Type::Time,
                    Type::Json,
                ],
                ValueRef::Blob(_) => vec![Type::Unknown],
            };
            if std::mem::replace(&mut seen[index], true) {
                possible.retain(|of| fits.contains(of));
            } else {
                *possible = fits;
            }
        }
    }
    Ok(columns
        .into_iter()
        .zip(seen)
        .map(|((live, possible), seen)| Live {
            of: seen.then_some(Said::OneOf(possible)),
            ..live
        })
        .collect())
}
