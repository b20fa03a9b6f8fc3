//! The journal in a `SQLite` file: WAL, every commit synced, one transaction at a time.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use jiff::Timestamp;
use sophia_diagnostics::{Problem, codes};
use sophia_plan::Value;
use tokio::sync::{oneshot, watch};

use super::arrivals::PackedArrival;
use super::claims::Board;
use super::connection::{self, WriterLock};
use super::desk::{Desk, closed};
use super::line::Line;
use super::plans::PackedPlans;
use super::seal::{Keys, Sealer};
use super::sealing;
use super::states::PackedChange;
use super::tables::Known;
use super::trail;
use super::watched::KeyedRow;
use super::writer::{Append, Counts, Job, NewRun, Writer};
use super::{
    ArrivalFilter, Arrived, ClaimChange, ClaimWanted, Claimed, Commits, Created, Creation, Cursor,
    Delivery, Journal, NewArrival, Receipt, Resting, RunFilter, RunId, RunSummary, SqliteReader,
    StoredRun, Write, record,
};
use crate::kernel::Arrival;

/// A journal in a `SQLite` file. Dropping it waits for the last write.
#[derive(Debug)]
pub struct SqliteJournal {
    desk: Desk,
    reader: SqliteReader,
    sealer: Arc<Sealer>,
    plans: PackedPlans,
    board: Arc<Board>,
    counts: Arc<Counts>,
    latest_arrival: watch::Receiver<u64>,
}

impl SqliteJournal {
    /// Opens a store for writing, and makes it, with its folder, where there is none. With `max_bytes`
    /// the file grows no further.
    ///
    /// # Errors
    /// S960 when another process holds it; S961 when it cannot be read; S962 when it cannot be written.
    pub fn open(path: &Path, max_bytes: Option<u64>) -> Result<Self, Problem> {
        Self::open_sealed(path, max_bytes, &Keys::default())
    }

    /// As [`SqliteJournal::open`], where what runs hold is encrypted, or may be.
    ///
    /// # Errors
    /// Also S909 when the store is encrypted and none of the keys opens it.
    pub fn open_sealed(path: &Path, max_bytes: Option<u64>, keys: &Keys) -> Result<Self, Problem> {
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            std::fs::create_dir_all(folder).map_err(|error| {
                Problem::new(
                    codes::S962,
                    format!("The folder `{}` cannot be made.", folder.display()),
                )
                .because(error)
            })?;
        }
        let lock = WriterLock::take(path)?;
        let mut connection = connection::for_writing(path, max_bytes)?;
        trail::settle(&connection).map_err(|error| connection::write_failed(path, &error))?;
        let sealer = Arc::new(sealing::begin(&mut connection, path, keys)?);
        let reader = SqliteReader::open_sealed(path, keys)?;
        let board = Arc::new(Board::new());
        let counts = Arc::new(Counts::default());
        let (latest, latest_arrival) = watch::channel(reader.latest_arrival()?);
        let writer = Writer {
            path: path.to_owned(),
            connection,
            sealer: sealer.clone(),
            board: board.clone(),
            counts: counts.clone(),
            known: Known::default(),
            latest_arrival: latest,
            alone_and_quick: false,
            _lock: lock,
        };
        Ok(Self {
            desk: Desk::open(writer)?,
            reader,
            sealer,
            plans: PackedPlans::default(),
            board,
            counts,
            latest_arrival,
        })
    }

    /// A new run as it is handed to the writer.
    fn new_run(&self, creation: Creation) -> Result<NewRun, Problem> {
        let inputs = Value::Record(Arc::new(creation.inputs));
        Ok(NewRun {
            run: creation.run,
            playbook: creation.plan.playbook.clone(),
            environment: creation.environment,
            plan: self.plans.of(&creation.plan),
            inputs: record::pack_value(&inputs, &self.sealer)?,
            at: creation.at,
            delivery: creation
                .delivery
                .map(|delivery| named(delivery, &self.sealer))
                .transpose()?,
            line: creation.line.map(|line| Line {
                name: self.sealer.name(&line.name),
                ..line
            }),
            parent: creation.parent,
            first: (creation.first)
                .map(|first| self.packed(*first))
                .transpose()?,
        })
    }

    /// A record as it is brought to the desk.
    fn appending(&self, write: Write) -> Result<(Job, Receipt), Problem> {
        let (reply, receipt) = oneshot::channel();
        let append = Box::new(self.packed(write)?);
        Ok((Job::Append(append, reply), receipt))
    }

    /// A record as it is handed to the writer.
    fn packed(&self, write: Write) -> Result<Append, Problem> {
        let sealer = &*self.sealer;
        let claims = write
            .claims
            .into_iter()
            .map(|change| {
                let value = match &change {
                    ClaimChange::Keep { value, .. } => Some(record::pack_value(value, sealer)?),
                    _ => None,
                };
                Ok((change, value))
            })
            .collect::<Result<Vec<_>, Problem>>()?;
        let states = write
            .states
            .into_iter()
            .map(|change| {
                Ok(PackedChange {
                    name: sealer.name(&change.name),
                    value: record::pack_value(&change.value, sealer)?,
                })
            })
            .collect::<Result<Vec<_>, Problem>>()?;
        Ok(Append {
            run: write.run,
            sequence: write.sequence,
            record: record::pack(write.events, sealer)?,
            claims,
            summary: match &write.status {
                Some(change) => sealer.text(&change.summary)?,
                None => rusqlite::types::Value::Null,
            },
            status: write.status,
            states,
            arrivals: write
                .arrivals
                .into_iter()
                .map(|arrival| packed_arrival(arrival, sealer))
                .collect::<Result<_, _>>()?,
            rest: write.rest,
            delivered: write
                .delivered
                .into_iter()
                .map(|delivery| named(delivery, sealer))
                .collect::<Result<_, _>>()?,
        })
    }
}

fn packed_arrival(arrival: NewArrival, sealer: &Sealer) -> Result<PackedArrival, Problem> {
    Ok(PackedArrival {
        body: record::pack_value(&arrival.value, sealer)?,
        environment: arrival.environment,
        event: arrival.event,
        key: sealer.name(&arrival.key),
        at: arrival.at,
    })
}

fn named(delivery: Delivery, sealer: &Sealer) -> Result<Delivery, Problem> {
    Ok(Delivery {
        key: sealer.name(&delivery.key),
        cursor: delivery
            .cursor
            .map(|cursor| passed(cursor, sealer))
            .transpose()?,
    })
}

fn passed(cursor: Cursor, sealer: &Sealer) -> Result<Cursor, Problem> {
    let rows = cursor.rows.into_iter().map(|row| sealer.seen(row));
    Ok(Cursor {
        rows: rows.collect::<Result<_, _>>()?,
        ..cursor
    })
}

#[async_trait]
impl Journal for SqliteJournal {
    async fn create(&self, creation: Creation) -> Result<Created, Problem> {
        let new = Box::new(self.new_run(creation)?);
        let (reply, receipt) = oneshot::channel();
        self.desk.bring(Job::Create(new, reply)).await?;
        receipt.await.unwrap_or_else(|_| Err(closed()))
    }

    async fn lay_by_creation(&self, creation: Creation) -> Result<Receipt, Problem> {
        let new = Box::new(self.new_run(creation)?);
        let (reply, receipt) = oneshot::channel();
        self.desk.lay_by(Job::Begin(new, reply)).await?;
        Ok(receipt)
    }

    async fn append(&self, write: Write) -> Result<Receipt, Problem> {
        let (job, receipt) = self.appending(write)?;
        self.desk.bring(job).await?;
        Ok(receipt)
    }

    async fn lay_by(&self, write: Write) -> Result<Receipt, Problem> {
        let (job, receipt) = self.appending(write)?;
        self.desk.lay_by(job).await?;
        Ok(receipt)
    }

    fn settle(&self) {
        self.desk.settle();
    }

    fn arbitrate(&self, wanted: &ClaimWanted) -> Result<Claimed, Problem> {
        self.board
            .arbitrate(wanted, || self.reader.claim(&wanted.claim))
    }

    fn state(&self, name: &str) -> Result<Option<Value>, Problem> {
        self.reader.state(name)
    }

    async fn arrive(&self, arrival: NewArrival) -> Result<Arrived, Problem> {
        let (reply, receipt) = oneshot::channel();
        self.desk
            .bring(Job::Arrive(
                Box::new(packed_arrival(arrival, &self.sealer)?),
                reply,
            ))
            .await?;
        receipt.await.unwrap_or_else(|_| Err(closed()))
    }

    fn arrivals(&self, filter: &ArrivalFilter) -> Result<Vec<(Arc<str>, Arrival)>, Problem> {
        self.reader.arrivals(filter)
    }

    fn latest_arrival(&self) -> watch::Receiver<u64> {
        self.latest_arrival.clone()
    }

    async fn forget_arrivals(&self, before: Timestamp) -> Result<(), Problem> {
        let (reply, receipt) = oneshot::channel();
        self.desk.bring(Job::Forget(before, reply)).await?;
        receipt.await.unwrap_or_else(|_| Err(closed()))
    }

    fn resting(&self) -> Result<Vec<Resting>, Problem> {
        self.reader.resting()
    }

    fn forget(&self, run: &RunId) {
        self.board.forget(run);
    }

    fn claims_changed(&self) -> watch::Receiver<u64> {
        self.board.changed()
    }

    fn load(&self, run: &RunId) -> Result<Option<StoredRun>, Problem> {
        self.reader.load(run)
    }

    fn runs(&self, filter: &RunFilter) -> Result<Vec<RunSummary>, Problem> {
        self.reader.runs(filter)
    }

    fn named(&self, prefix: &str) -> Result<Vec<RunId>, Problem> {
        self.reader.named(prefix)
    }

    async fn pass(&self, cursor: Cursor) -> Result<(), Problem> {
        let (reply, receipt) = oneshot::channel();
        self.desk
            .bring(Job::Pass(passed(cursor, &self.sealer)?, reply))
            .await?;
        receipt.await.unwrap_or_else(|_| Err(closed()))
    }

    fn cursor(&self, trigger: &str) -> Result<Option<Timestamp>, Problem> {
        self.reader.cursor(trigger)
    }

    fn cursors(&self, triggers: &[Arc<str>]) -> Result<Vec<Option<Timestamp>>, Problem> {
        self.reader.cursors(triggers)
    }

    fn seen(&self, trigger: &str, key: Option<&[u8]>) -> Result<Vec<KeyedRow>, Problem> {
        self.reader.seen(trigger, key)
    }

    fn commits(&self) -> Commits {
        Commits {
            transactions: self.counts.transactions.load(Ordering::Relaxed),
            writes: self.counts.writes.load(Ordering::Relaxed),
        }
    }
}
