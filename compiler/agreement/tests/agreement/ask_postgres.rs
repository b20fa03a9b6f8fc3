//! What a live PostgreSQL makes of the statements.

use std::collections::BTreeSet;
use std::sync::Arc;

use postgres::types::{Kind, Type as Theirs};
use postgres::{Client, SimpleQueryMessage};
use sophia_plan::types::Type;

use crate::ours::Ours;
use crate::rate::{Live, Ran, Rate, Said, remember};
use crate::{generated, refused, schema, statements};
use sophia_test_postgres::Server;

#[test]
fn we_agree_with_postgres() {
    let server = Server::start();
    let mut client = server.client();
    let tables = schema::tables();
    for table in &tables {
        run(&mut client, &schema::creation(table));
    }
    let promised = promised(&mut client);
    let (written, generated) = (statements::postgres(), generated::statements());
    let mut ran = Ran::new();
    for filling in schema::FILLINGS {
        for (place, table) in tables.iter().enumerate() {
            for sql in schema::filling(table, place, filling) {
                run(&mut client, &sql);
            }
        }
        for statement in written.iter().chain(&generated) {
            remember(
                &mut ran,
                &statement.name,
                live(&mut client, &promised, &statement.sql),
            );
        }
    }
    let ours = Ours {
        kind: "postgres",
        tables: &schema::catalogue(&tables),
    };
    for (name, statements) in [("postgres", &written), ("postgres, generated", &generated)] {
        let mut rate = Rate::default();
        rate.hold_against(&ours, statements, &mut ran);
        rate.print(name);
        rate.hold([985, 1000, 990, 1000]);
    }
    refused::hold(&ours, &refused::postgres(), |sql| {
        client
            .prepare(sql)
            .map(drop)
            .map_err(|error| error.to_string())
    });
}

#[test]
fn calls_that_we_refuse_postgres_refuses() {
    let server = Server::start();
    let mut client = server.client();
    let tables = schema::tables();
    for table in &tables {
        run(&mut client, &schema::creation(table));
    }
    let known: Vec<(String, i16, i16)> = client
        .query(
            "select proname::text, pronargs - pronargdefaults, case when provariadic <> 0 then 1000::int2 else pronargs end
             from pg_proc
             where not exists (select 1 from pg_aggregate where aggfnoid = pg_proc.oid and aggkind = 'h')",
            &[],
        )
        .expect("the functions of the source")
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect();
    let ours = Ours {
        kind: "postgres",
        tables: &schema::catalogue(&tables),
    };
    // Of an untyped value the source may not know which function is meant, and refuses it for that: the number of values
    // is held against its list as well.
    refused::hold_calls(&ours, |name, many, sql| {
        let fits = many.is_some_and(|many| {
            let many = i16::try_from(many).expect("a few");
            (known.iter())
                .any(|(known, least, most)| known == name && (*least..=*most).contains(&many))
        });
        !fits && client.prepare(sql).is_err()
    });
    refused::hold_comparisons(&ours, |sql| client.prepare(sql).is_err());
}

fn run(client: &mut Client, sql: &str) {
    client
        .batch_execute(sql)
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// Columns that are declared as never missing, by the number of their table and their own.
fn promised(client: &mut Client) -> BTreeSet<(u32, i16)> {
    client
        .query(
            "select attrelid, attnum from pg_attribute join pg_class on pg_class.oid = attrelid
             where attnotnull and relkind = 'r' and attnum > 0",
            &[],
        )
        .expect("the catalogue of the source")
        .iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect()
}

fn live(
    client: &mut Client,
    promised: &BTreeSet<(u32, i16)>,
    sql: &str,
) -> Result<Vec<Live>, String> {
    let told = |error: postgres::Error| {
        error
            .as_db_error()
            .map_or_else(|| error.to_string(), ToString::to_string)
    };
    let prepared = client.prepare(sql).map_err(told)?;
    let mut missing = vec![false; prepared.columns().len()];
    for message in client.simple_query(sql).map_err(told)? {
        if let SimpleQueryMessage::Row(row) = message {
            for (index, missing) in missing.iter_mut().enumerate() {
                *missing |= row.get(index).is_none();
            }
        }
    }
    // Behind these a declared column may be missing after all.
    let lower = sql.to_lowercase();
    let loosens = [
        "left ",
        "right ",
        "full ",
        "rollup",
        "cube",
        "grouping sets",
    ]
    .iter()
    .any(|word| lower.contains(word));
    Ok(prepared
        .columns()
        .iter()
        .zip(missing)
        .map(|(column, was_missing)| {
            let place = column.table_oid().zip(column.column_id());
            Live {
                name: column.name().to_owned(),
                of: Some(said(column.type_())),
                was_missing,
                promised: !loosens && place.is_some_and(|place| promised.contains(&place)),
            }
        })
        .collect())
}

fn said(theirs: &Theirs) -> Said {
    our_type(theirs).map_or_else(|| Said::Foreign(theirs.name().to_owned()), Said::Exactly)
}

fn our_type(theirs: &Theirs) -> Option<Type> {
    if let Kind::Array(item) = theirs.kind() {
        return our_type(item).map(|item| Type::List(Arc::new(item)));
    }
    Some(match theirs.name() {
        "int2" | "int4" | "int8" | "oid" => Type::Integer,
        "float4" | "float8" => Type::Number,
        "numeric" => Type::Decimal,
        "text" | "varchar" | "bpchar" | "name" | "uuid" | "char" | "regclass" | "tsvector" => {
            Type::Text
        }
        "bool" => Type::Boolean,
        "date" => Type::Date,
        "time" | "timetz" => Type::Time,
        "timestamp" | "timestamptz" => Type::Timestamp,
        "interval" => Type::Duration,
        "json" | "jsonb" => Type::Json,
        _ => return None,
    })
}
