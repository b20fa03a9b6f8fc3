//! What came in for playbooks and waiting runs, and which runs wait for what.
//!
//! Kept true here: a key is taken once; numbers grow in the order in which things became durable; what an
//! unfinished run may still wait for is not forgotten.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use sophia_plan::Value;

use super::RunId;
use super::record::Packed;
use super::tables::beside;
use crate::kernel::{Awaits, Listening, Only};

/// Something that comes in.
#[derive(Clone, Debug, PartialEq)]
pub struct NewArrival {
    /// Where: `dev`, `production`.
    pub environment: Arc<str>,
    /// The event with its dots.
    pub event: Arc<str>,
    /// The same for the same delivery, however often it arrives.
    pub key: Arc<str>,
    /// What it carries.
    pub value: Value,
    /// When.
    pub at: Timestamp,
}

/// What became of something that came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// Its number.
    pub number: u64,
    /// Whether the same had come before.
    pub already_known: bool,
}

/// Which arrivals are looked for: all of them, or those for one environment with certain events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArrivalFilter {
    /// Only for this environment.
    pub environment: Option<Arc<str>>,
    /// Only these events; where there are none, all.
    pub events: BTreeSet<Arc<str>>,
    /// Only with higher numbers.
    pub after: u64,
    /// Only since this instant.
    pub since: Option<Timestamp>,
    /// At most this many, the earliest.
    pub limit: Option<u32>,
}

/// What a run waits for, from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rest {
    /// It waits for this and does nothing else; arrivals since the instant may still count.
    For(Awaits, Timestamp),
    /// It goes on, or has ended.
    Over,
}

/// A run that only waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resting {
    /// The run.
    pub run: RunId,
    /// Where it runs.
    pub environment: Arc<str>,
    /// For what.
    pub awaits: Awaits,
}

/// An arrival with its packed value.
#[derive(Debug)]
pub(super) struct PackedArrival {
    pub(super) environment: Arc<str>,
    pub(super) event: Arc<str>,
    pub(super) key: Arc<str>,
    pub(super) at: Timestamp,
    pub(super) body: Packed,
}

pub(super) fn insert(
    transaction: &Connection,
    arrival: &PackedArrival,
) -> Result<Arrived, rusqlite::Error> {
    let known: Option<u64> = transaction
        .prepare_cached("select id from arrivals where key = ?1")?
        .query_row([&*arrival.key], |row| number(row, 0))
        .optional()?;
    if let Some(number) = known {
        return Ok(Arrived {
            number,
            already_known: true,
        });
    }
    beside(transaction, &arrival.body.beside)?;
    transaction
        .prepare_cached(
            "insert into arrivals (environment, event, key, at, body) values (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            &*arrival.environment,
            &*arrival.event,
            &*arrival.key,
            arrival.at.as_microsecond(),
            arrival.body.body,
        ])?;
    Ok(Arrived {
        number: u64::try_from(transaction.last_insert_rowid()).unwrap_or_default(),
        already_known: false,
    })
}

/// The highest number that was given.
pub(super) fn latest(connection: &Connection) -> Result<u64, rusqlite::Error> {
    connection.query_row("select coalesce(max(id), 0) from arrivals", [], |row| {
        number(row, 0)
    })
}

pub(super) fn rest(transaction: &Connection, run: i64, rest: &Rest) -> Result<(), rusqlite::Error> {
    match rest {
        Rest::For(awaits, since) => {
            let events: Vec<String> = awaits.events.iter().map(written).collect();
            transaction
                .prepare_cached(
                    "insert into resting (run, next, since, events) values (?1, ?2, ?3, ?4)
                     on conflict (run) do update set next = excluded.next,
                        since = excluded.since, events = excluded.events",
                )?
                .execute(params![
                    run,
                    awaits.next.map(Timestamp::as_microsecond),
                    since.as_microsecond(),
                    events.join("\n"),
                ])?;
        }
        Rest::Over => {
            transaction
                .prepare_cached("delete from resting where run = ?1")?
                .execute([run])?;
        }
    }
    Ok(())
}

/// Forgets what came in before an instant and what no unfinished run may still take. How many.
pub(super) fn forget(
    transaction: &Connection,
    before: Timestamp,
) -> Result<usize, rusqlite::Error> {
    transaction.execute(
        "delete from arrivals where at < min(?1,
            coalesce((select min(since) from resting), ?1),
            coalesce((select min(created) from runs
                      where status in ('running', 'waiting')
                        and id not in (select run from resting)), ?1))
            and id < (select max(id) from arrivals)",
        [before.as_microsecond()],
    )
}

pub(super) fn resting(connection: &Connection) -> Result<Vec<Resting>, rusqlite::Error> {
    connection
        .prepare_cached(
            "select runs.run, runs.environment, resting.next, resting.events
             from resting join runs on runs.id = resting.run",
        )?
        .query_map([], |row| {
            let next: Option<i64> = row.get(2)?;
            let events: String = row.get(3)?;
            Ok(Resting {
                run: RunId(row.get::<_, String>(0)?.into()),
                environment: row.get::<_, String>(1)?.into(),
                awaits: Awaits {
                    next: next.and_then(|next| Timestamp::from_microsecond(next).ok()),
                    events: events
                        .split('\n')
                        .filter(|event| !event.is_empty())
                        .map(read)
                        .collect(),
                },
            })
        })?
        .collect()
}

/// What a run listens for, as a line: the event, and where there is one the field and its value.
fn written(listening: &Listening) -> String {
    match &listening.only {
        Some(Only { field, value }) => format!("{}\t{field}\t{value:016x}", listening.event),
        None => listening.event.to_string(),
    }
}

fn read(line: &str) -> Listening {
    let mut parts = line.split('\t');
    let event = parts.next().unwrap_or_default().into();
    let only = parts.next().zip(parts.next()).and_then(|(field, value)| {
        Some(Only {
            field: field.into(),
            value: u64::from_str_radix(value, 16).ok()?,
        })
    });
    Listening { event, only }
}

fn number(row: &rusqlite::Row<'_>, index: usize) -> Result<u64, rusqlite::Error> {
    let number: i64 = row.get(index)?;
    Ok(u64::try_from(number).unwrap_or_default())
}

/// A row of the table.
pub(super) type Row = (u64, String, String, i64, Vec<u8>);

pub(super) fn find(
    connection: &Connection,
    filter: &ArrivalFilter,
) -> Result<Vec<Row>, rusqlite::Error> {
    let since = filter.since.map_or(i64::MIN, Timestamp::as_microsecond);
    let limit = filter.limit.map_or(-1, i64::from);
    let after = i64::try_from(filter.after).unwrap_or(i64::MAX);
    let read = |row: &rusqlite::Row<'_>| {
        Ok((
            number(row, 0)?,
            row.get(1)?,
            row.get(2)?,
            row.get(3)?,
            row.get(4)?,
        ))
    };
    if filter.events.is_empty() {
        return connection
            .prepare_cached(
                "select id, environment, event, at, body from arrivals
                 where id > ?1 and at >= ?2 and (?3 is null or environment = ?3)
                 order by id limit ?4",
            )?
            .query_map(
                params![after, since, filter.environment.as_deref(), limit],
                read,
            )?
            .collect();
    }
    let mut found: Vec<Row> = Vec::new();
    for event in &filter.events {
        let mut statement = connection.prepare_cached(
            "select id, environment, event, at, body from arrivals
             where (?1 is null or environment = ?1) and event = ?2 and id > ?3 and at >= ?4
             order by id limit ?5",
        )?;
        let rows = statement.query_map(
            params![filter.environment.as_deref(), &**event, after, since, limit],
            read,
        )?;
        for row in rows {
            found.push(row?);
        }
    }
    found.sort_by_key(|row| row.0);
    if let Some(limit) = filter.limit {
        found.truncate(limit as usize);
    }
    Ok(found)
}
