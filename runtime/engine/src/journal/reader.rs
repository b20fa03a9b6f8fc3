//! Reading a store, also while another process writes to it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use sophia_diagnostics::{Problem, codes};
use sophia_plan::{Plan, Record, Value};

use super::arrivals;
use super::claims::StoredClaim;
use super::connection;
use super::record::{self, Digest};
use super::seal::{Keys, Sealer};
use super::sealing;
use super::states;
use super::trail::{self, Trail};
use super::watched;
use super::watched::KeyedRow;
use super::{ArrivalFilter, Resting, RunFilter, RunId, RunStatus, RunSummary, StoredRun};
use crate::kernel::Arrival;

/// A store opened for reading.
#[derive(Debug)]
pub struct SqliteReader {
    path: PathBuf,
    connection: Mutex<Connection>,
    sealer: Sealer,
}

const COLUMNS: &str =
    "run, playbook, environment, plan, status, created, ended, summary, line, parent";

impl SqliteReader {
    /// Opens a store for reading.
    ///
    /// # Errors
    /// S961 when there is none, or it cannot be read.
    pub fn open(path: &Path) -> Result<Self, Problem> {
        Self::open_sealed(path, &Keys::default())
    }

    /// Opens a store for reading that is encrypted, or may be.
    ///
    /// # Errors
    /// Also S909 when it is encrypted and none of the keys opens it.
    pub fn open_sealed(path: &Path, keys: &Keys) -> Result<Self, Problem> {
        let connection = connection::for_reading(path)?;
        let kept =
            sealing::kept(&connection).map_err(|error| connection::unreadable(path, &error))?;
        Ok(Self {
            path: path.to_owned(),
            connection: Mutex::new(connection),
            sealer: Sealer::of(keys, &kept)?.0,
        })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn unreadable(&self) -> impl Fn(rusqlite::Error) -> Problem {
        let path = self.path.clone();
        move |error| connection::unreadable(&path, &error)
    }

    /// Everything of a run, as it stood at one instant.
    ///
    /// # Errors
    /// S961 when the store cannot be read; S968 when what it holds cannot.
    pub fn load(&self, run: &RunId) -> Result<Option<StoredRun>, Problem> {
        let mut connection = self.connection();
        // One transaction, so that the list entry and the records belong together.
        let connection = connection.transaction().map_err(self.unreadable())?;
        let head = connection
            .prepare_cached(&format!(
                "select {COLUMNS}, id, inputs, last, since from runs where run = ?1"
            ))
            .and_then(|mut statement| {
                statement
                    .query_row([&*run.0], |row| {
                        Ok((
                            summary(row)?,
                            row.get::<_, i64>(10)?,
                            row.get::<_, Vec<u8>>(11)?,
                            Trail {
                                last: row.get(12)?,
                                since: row.get(13)?,
                            },
                        ))
                    })
                    .optional()
            })
            .map_err(self.unreadable())?;
        let Some((listed, id, inputs, trail)) = head else {
            return Ok(None);
        };
        let summary = self.told(listed)?;
        let bodies = trail
            .found(&connection, id)
            .and_then(|trail| trail::bodies(&connection, id, trail.last))
            .map_err(self.unreadable())?;
        let bodies = bodies.ok_or_else(|| {
            Problem::new(
                codes::S968,
                format!("A record of run {run} is missing from the store."),
            )
            .with_help("restore the store from a backup")
        })?;
        let plan: Option<Vec<u8>> = connection
            .query_row(
                "select body from plans where hash = ?1",
                [&*summary.plan],
                |row| row.get(0),
            )
            .optional()
            .map_err(self.unreadable())?;
        let plan = plan.ok_or_else(|| {
            Problem::new(
                codes::S968,
                format!("The plan of run {run} is missing from the store."),
            )
            .with_help("restore the store from a backup")
        })?;
        let look_up = |digest: &Digest| self.large(&connection, digest);
        let inputs = match record::unpack_value(&inputs, &self.sealer, look_up)? {
            Value::Record(inputs) => (*inputs).clone(),
            _ => Record::default(),
        };
        let (mut events, mut records) = (Vec::new(), Vec::new());
        for body in &bodies {
            let record = record::unpack(body, &self.sealer, look_up)?;
            records.push(record.len());
            events.extend(record);
        }
        Ok(Some(StoredRun {
            summary,
            plan: Arc::new(Plan::from_bytes(&plan)?),
            inputs,
            events,
            records,
            sequence: u32::try_from(bodies.len()).unwrap_or(u32::MAX),
        }))
    }

    pub(super) fn large(
        &self,
        connection: &Connection,
        digest: &Digest,
    ) -> Result<Vec<u8>, Problem> {
        connection
            .prepare_cached("select body from blobs where digest = ?1")
            .and_then(|mut statement| statement.query_row([digest], |row| row.get(0)).optional())
            .map_err(self.unreadable())?
            .ok_or_else(|| {
                Problem::new(
                    codes::S968,
                    "A large value of the journal is missing from the store.",
                )
                .with_help("restore the store from a backup")
            })
    }

    /// The runs that fit a filter, the latest first.
    ///
    /// # Errors
    /// S961 when the store cannot be read.
    pub fn runs(&self, filter: &RunFilter) -> Result<Vec<RunSummary>, Problem> {
        let connection = self.connection();
        let statement = format!(
            "select {COLUMNS} from runs
             where (?1 is null or playbook = ?1) and (?2 is null or environment = ?2)
               and (?3 is null or status = ?3) and (?5 is null or parent = ?5)
               and (?6 is null or line = ?6)
             order by id desc limit ?4"
        );
        connection
            .prepare_cached(&statement)
            .and_then(|mut statement| {
                statement
                    .query_map(
                        params![
                            filter.playbook.as_deref(),
                            filter.environment.as_deref(),
                            filter.status.map(RunStatus::as_str),
                            filter.limit.map_or(-1, i64::from),
                            filter.parent.as_ref().map(|parent| &*parent.0),
                            filter.line.as_deref().map(|line| self.sealer.name(line)),
                        ],
                        summary,
                    )?
                    .collect::<Result<Vec<_>, _>>()
            })
            .map_err(self.unreadable())?
            .into_iter()
            .map(|listed| self.told(listed))
            .collect()
    }

    /// A run of a list, with its text for people.
    fn told(&self, (summary, text): Listed) -> Result<RunSummary, Problem> {
        Ok(RunSummary {
            summary: self.sealer.read_text(text)?,
            ..summary
        })
    }

    /// The runs whose names begin so, at most two.
    ///
    /// # Errors
    /// S961 when the store cannot be read.
    pub fn named(&self, prefix: &str) -> Result<Vec<RunId>, Problem> {
        let connection = self.connection();
        connection
            .prepare_cached("select run from runs where substr(run, 1, length(?1)) = ?1 limit 2")
            .and_then(|mut statement| {
                statement
                    .query_map([prefix], |row| Ok(RunId(row.get::<_, String>(0)?.into())))?
                    .collect()
            })
            .map_err(self.unreadable())
    }

    /// How far a trigger is.
    ///
    /// # Errors
    /// S961 when the store cannot be read.
    pub fn cursor(&self, trigger: &str) -> Result<Option<Timestamp>, Problem> {
        let connection = self.connection();
        connection
            .prepare_cached("select instant from cursors where trigger = ?1")
            .and_then(|mut statement| {
                statement
                    .query_row([trigger], |row| instant(row, 0))
                    .optional()
            })
            .map_err(self.unreadable())
    }

    /// How far triggers are, in their order, as of one instant.
    ///
    /// # Errors
    /// S961 when the store cannot be read.
    pub fn cursors(&self, triggers: &[Arc<str>]) -> Result<Vec<Option<Timestamp>>, Problem> {
        let connection = self.connection();
        let read = || -> Result<_, rusqlite::Error> {
            // One look at the store for all of them: a look for each would take longer than reading.
            let transaction = connection.unchecked_transaction()?;
            let mut statement =
                transaction.prepare_cached("select instant from cursors where trigger = ?1")?;
            let mut cursor = |trigger: &Arc<str>| {
                statement
                    .query_row([&**trigger], |row| instant(row, 0))
                    .optional()
            };
            triggers.iter().map(&mut cursor).collect()
        };
        read().map_err(self.unreadable())
    }

    /// What a trigger on changes has seen of its table: all of it, or the row with a key.
    ///
    /// # Errors
    /// S961 when the store cannot be read; S968 when what it holds cannot.
    pub fn seen(&self, trigger: &str, key: Option<&[u8]>) -> Result<Vec<KeyedRow>, Problem> {
        let connection = self.connection();
        let key = key.map(|key| self.sealer.seen_key(key));
        let rows =
            watched::seen(&connection, trigger, key.as_deref()).map_err(self.unreadable())?;
        rows.into_iter()
            .map(|(key, row)| self.sealer.read_seen(key, row))
            .collect()
    }

    /// What is kept under the name of a state.
    ///
    /// # Errors
    /// S961 when the store cannot be read; S968 when what it holds cannot.
    pub fn state(&self, name: &str) -> Result<Option<Value>, Problem> {
        let connection = self.connection();
        states::stored(&connection, &self.sealer.name(name))
            .map_err(self.unreadable())?
            .map(|body| {
                record::unpack_value(&body, &self.sealer, |digest| {
                    self.large(&connection, digest)
                })
            })
            .transpose()
    }

    /// What came in, each with its environment, in the order of their numbers.
    ///
    /// # Errors
    /// S961 when the store cannot be read; S968 when what it holds cannot.
    pub fn arrivals(&self, filter: &ArrivalFilter) -> Result<Vec<(Arc<str>, Arrival)>, Problem> {
        let connection = self.connection();
        let rows = arrivals::find(&connection, filter).map_err(self.unreadable())?;
        rows.into_iter()
            .map(|(number, environment, event, at, body)| {
                let value = record::unpack_value(&body, &self.sealer, |digest| {
                    self.large(&connection, digest)
                })?;
                let arrival = Arrival {
                    number,
                    event: event.into(),
                    value,
                    at: Timestamp::from_microsecond(at).unwrap_or_default(),
                };
                Ok((environment.into(), arrival))
            })
            .collect()
    }

    pub(super) fn latest_arrival(&self) -> Result<u64, Problem> {
        arrivals::latest(&self.connection()).map_err(self.unreadable())
    }

    pub(super) fn resting(&self) -> Result<Vec<Resting>, Problem> {
        arrivals::resting(&self.connection()).map_err(self.unreadable())
    }

    pub(super) fn claim(&self, claim: &str) -> Result<Option<StoredClaim>, Problem> {
        let connection = self.connection();
        let found = connection
            .prepare_cached(
                "select run, step, within_ms, kept_at, value from claims where claim = ?1",
            )
            .and_then(|mut statement| {
                statement
                    .query_row([&*self.sealer.name(claim)], |row| {
                        Ok((
                            RunId(row.get::<_, String>(0)?.into()),
                            Arc::<str>::from(row.get::<_, String>(1)?),
                            row.get::<_, Option<i64>>(2)?,
                            row.get::<_, Option<i64>>(3)?,
                            row.get::<_, Option<Vec<u8>>>(4)?,
                        ))
                    })
                    .optional()
            })
            .map_err(self.unreadable())?;
        let Some((run, step, within_ms, kept_at, value)) = found else {
            return Ok(None);
        };
        let kept = match (kept_at, value) {
            (Some(at), Some(value)) => {
                let value = record::unpack_value(&value, &self.sealer, |digest| {
                    self.large(&connection, digest)
                })?;
                Some((value, Timestamp::from_microsecond(at).unwrap_or_default()))
            }
            _ => None,
        };
        Ok(Some(StoredClaim {
            run,
            step,
            within_ms,
            kept,
        }))
    }
}

/// A run of a list, and its text for people as the store holds it.
type Listed = (RunSummary, rusqlite::types::Value);

fn summary(row: &Row<'_>) -> Result<Listed, rusqlite::Error> {
    let text =
        |index| -> Result<Arc<str>, rusqlite::Error> { Ok(row.get::<_, String>(index)?.into()) };
    let status: String = row.get(4)?;
    let status = RunStatus::ALL
        .into_iter()
        .find(|known| known.as_str() == status)
        .ok_or(rusqlite::Error::IntegralValueOutOfRange(4, 0))?;
    let ended: Option<i64> = row.get(6)?;
    let summary = RunSummary {
        run: RunId(text(0)?),
        playbook: text(1)?,
        environment: text(2)?,
        plan: text(3)?,
        status,
        created: instant(row, 5)?,
        ended: ended.and_then(|micros| Timestamp::from_microsecond(micros).ok()),
        summary: String::new(),
        line: row.get::<_, Option<String>>(8)?.map(Arc::from),
        parent: row
            .get::<_, Option<String>>(9)?
            .map(|parent| RunId(parent.into())),
    };
    Ok((summary, row.get(7)?))
}

fn instant(row: &Row<'_>, index: usize) -> Result<Timestamp, rusqlite::Error> {
    let micros: i64 = row.get(index)?;
    Timestamp::from_microsecond(micros)
        .map_err(|_| rusqlite::Error::IntegralValueOutOfRange(index, micros))
}
