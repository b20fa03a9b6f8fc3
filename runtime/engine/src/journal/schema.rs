//! The tables of the store.
//!
//! Kept true here: hot rows have integer keys that only grow, and hardly an index, so that a transaction of many records
//! dirties few pages; large values stand in a table of their own.

/// The number that says whose file it is (`SQLite`'s `application_id`): "soph".
pub(super) const APPLICATION: i64 = 0x736f_7068;

/// The format of the tables that this build writes.
pub(super) const FORMAT: i64 = 4;

/// The tables of runs and what happened in them.
pub(super) const RUNS: &str = "
create table runs (
    id          integer primary key,
    run         text not null unique,
    playbook    text not null,
    environment text not null,
    plan        text not null,
    status      text not null,
    created     integer not null,
    ended       integer,
    summary     text not null,
    -- The line of `one run at a time` that it stands in, if any.
    line        text,
    -- The run that started it, if one did.
    parent      text,
    -- Its last record, and up to which record that is known; nothing where it is known for all.
    last        integer,
    since       integer,
    inputs      blob not null
);
create index runs_in_line on runs (line, id) where line is not null and ended is null;

-- What happened, a record a row, in the order in which it was written. Never changed.
create table events (
    id       integer primary key,
    run      integer not null,
    sequence integer not null,
    -- How far behind it the record before it of its run is; nothing for its first.
    back     integer,
    body     blob not null
);

-- Runs that wait and do nothing else: until when, for which events (a line each, with the field and the
-- digest of its value where only one will do), since when.
create table resting (
    run    integer primary key,
    next   integer,
    since  integer not null,
    events text not null
);
";

/// The other tables.
pub(super) const OTHERS: &str = "
-- Large values by the BLAKE3 digest of their bytes.
create table blobs (
    id     integer primary key,
    digest blob not null unique,
    body   blob not null
);

create table plans (
    id   integer primary key,
    hash text not null unique,
    body blob not null
);

-- `at most once per`, across runs. Held while an effect is under way; kept with its result.
create table claims (
    id        integer primary key,
    claim     text not null unique,
    run       text not null,
    step      text not null,
    within_ms integer,
    kept_at   integer,
    value     blob
);

create table deliveries (
    id  integer primary key,
    key text not null unique,
    run text not null
);

-- What came in for playbooks and waiting runs, in the order in which it came.
create table arrivals (
    id          integer primary key,
    environment text not null,
    event       text not null,
    -- The same for the same delivery, however often it arrives.
    key         text not null unique,
    at          integer not null,
    body        blob not null
);
create index arrivals_by_event on arrivals (environment, event, id);

-- What playbooks keep between runs.
create table states (
    id    integer primary key,
    -- Environment, playbook, state and key value.
    state text not null unique,
    value blob not null
);

-- What triggers on changes have seen of the tables that they watch.
create table watched (
    trigger text not null,
    key     blob not null,
    row     blob not null,
    primary key (trigger, key)
) without rowid;

create table cursors (
    trigger text primary key,
    instant integer not null
) without rowid;
";

/// Tables that a store of this format may have been made without.
pub(super) const FURTHER: &str = "
-- What names are made with where payloads are encrypted: once for each key that may open it.
create table if not exists sealing (
    key     blob primary key,
    wrapped blob not null
) without rowid;

-- What was deleted, counted: runs that were kept long enough, what nothing needs any more.
create table if not exists upkeep (
    id    integer primary key,
    at    integer not null,
    what  text not null,
    count integer not null,
    -- The latest instant that was deleted, where that means something.
    until integer
);
";
