//! What a live SQLite makes of the statements.

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use sophia_plan::types::Type;

use crate::rate::{Live, Rate, Said};
use crate::{ours, schema, statements};

#[test]
fn we_agree_with_sqlite() {
    let database = Connection::open_in_memory().expect("a database");
    let tables = schema::tables();
    for table in &tables {
        for sql in schema::script(table, true) {
            database
                .execute(&sql, [])
                .unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
    }
    let catalogue = schema::catalogue(&tables);
    let mut rate = Rate::default();
    for statement in statements::sqlite() {
        let theirs = match live(&database, statement.sql) {
            Ok(theirs) => theirs,
            Err(error) => {
                rate.not_run
                    .push(format!("{}: {error}\n  {}", statement.name, statement.sql));
                continue;
            }
        };
        match ours::check("sqlite", &catalogue, statement.sql) {
            Ok(shape) => rate.compare(&statement.name, &shape, &theirs),
            Err(errors) => {
                let told: Vec<String> = errors
                    .iter()
                    .map(|error| format!("{} {}", error.code, error.message))
                    .collect();
                rate.refused(&statement.name, told.join("; "));
            }
        }
    }
    rate.print("sqlite");
    rate.hold([980, 1000, 990, 1000]);
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
