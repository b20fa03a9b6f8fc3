//! What the engine remembers: the events of every run, claims, deliveries, and where triggers are.
//!
//! Kept true here: events are appended, never changed; the events of a run have no gap; what was handed
//! over earlier is durable no later than what was handed over later.

mod arrivals;
mod claims;
mod connection;
mod desk;
mod former;
mod line;
mod memory;
mod plans;
mod reader;
mod record;
mod schema;
mod seal;
mod sealing;
mod sqlite;
mod states;
mod tables;
mod trail;
pub mod upkeep;
mod watched;
mod within;
mod writer;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Serialize;
use sophia_diagnostics::Problem;
use sophia_plan::{Plan, Record, Value};
use tokio::sync::{oneshot, watch};

use crate::kernel::{Arrival, Event};

pub use arrivals::{ArrivalFilter, Arrived, NewArrival, Rest, Resting};
pub use line::{Line, next_begins};
pub use memory::MemoryJournal;
pub use reader::SqliteReader;
pub use seal::Keys;
pub use sqlite::SqliteJournal;
pub use states::StateChange;
pub use watched::{KeyedRow, SeenRow};

/// The name of a run: a ULID, so that later ones sort after earlier ones.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct RunId(pub Arc<str>);

impl fmt::Display for RunId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What starts a run from outside, so that it starts one only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The same for the same delivery, however often it arrives.
    pub key: Arc<str>,
    /// The trigger that is now up to date to an instant.
    pub cursor: Option<Cursor>,
}

/// How far a trigger is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The trigger.
    pub trigger: Arc<str>,
    /// The last instant that has its run.
    pub instant: Timestamp,
    /// What a trigger on changes has seen besides.
    pub rows: Vec<SeenRow>,
}

/// A run to remember.
#[derive(Clone, Debug)]
pub struct Creation {
    /// Its name.
    pub run: RunId,
    /// Its plan.
    pub plan: Arc<Plan>,
    /// Where it runs: `dev`, `production`.
    pub environment: Arc<str>,
    /// Its inputs, defaults filled in.
    pub inputs: Record,
    /// When.
    pub at: Timestamp,
    /// What it came from.
    pub delivery: Option<Delivery>,
    /// The line of `one run at a time` that it stands in.
    pub line: Option<Line>,
    /// The run that starts it.
    pub parent: Option<RunId>,
    /// Its first record, where it begins at once: both are durable or neither is. One that does not begin
    /// leaves it out.
    pub first: Option<Box<Write>>,
}

/// Whether a delivery started a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    /// It did, and the run is durable.
    New,
    /// It did, the run is durable, and it waits for these, the oldest first.
    Queued {
        /// The runs of its line that have not ended.
        behind: Vec<RunId>,
    },
    /// It had started this run before.
    Known(RunId),
    /// It starts none; it belongs to this one, and is not remembered yet.
    Joins(RunId),
    /// It starts none because this one is under way; so it is remembered.
    Skipped {
        /// The run under way.
        by: RunId,
    },
}

/// Events to append, and what changes with them, all or nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// The run.
    pub run: RunId,
    /// The number of this record in the run, from 0, without gaps.
    pub sequence: u32,
    /// The events, in order.
    pub events: Vec<Event>,
    /// What happens to claims.
    pub claims: Vec<ClaimChange>,
    /// What lists of runs show from now on.
    pub status: Option<StatusChange>,
    /// What playbooks keep from now on, in the order in which it was set.
    pub states: Vec<StateChange>,
    /// What the run tells others.
    pub arrivals: Vec<NewArrival>,
    /// What it waits for from now on, where that changes.
    pub rest: Option<Rest>,
    /// Deliveries that this run took, so that none is taken twice.
    pub delivered: Vec<Delivery>,
}

impl Write {
    /// Whether it changes anything besides the record of its run.
    #[must_use]
    pub fn concerns_others(&self) -> bool {
        let alone = self.claims.is_empty()
            && self.status.is_none()
            && self.states.is_empty()
            && self.arrivals.is_empty()
            && self.rest.is_none()
            && self.delivered.is_empty();
        !alone
    }
}

/// What lists of runs show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusChange {
    /// Where the run stands.
    pub status: RunStatus,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Why, in words; empty where there is nothing to say.
    pub summary: String,
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// It waits in line for another run of its playbook.
    Queued,
    /// It goes on by itself.
    Running,
    /// It waits for people, for time to pass or for something to come in, and does nothing else.
    Waiting,
    /// Every step ended.
    Done,
    /// It ended well, early.
    Stopped,
    /// It failed.
    Failed,
    /// A person ended it.
    Cancelled,
}

impl RunStatus {
    /// Every status.
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::Running,
        Self::Waiting,
        Self::Done,
        Self::Stopped,
        Self::Failed,
        Self::Cancelled,
    ];

    /// As people read it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether it will not change any more.
    #[must_use]
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Running | Self::Waiting)
    }
}

/// Who wants a claim, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimWanted {
    /// The claim: environment, playbook, step and key value.
    pub claim: Arc<str>,
    /// The run that wants it.
    pub run: RunId,
    /// The step that wants it.
    pub step: Arc<str>,
    /// How long it holds, in milliseconds; for ever without.
    pub within_ms: Option<i64>,
    /// When.
    pub at: Timestamp,
}

/// What came of wanting a claim.
#[derive(Clone, Debug, PartialEq)]
pub enum Claimed {
    /// It is held from now on; a [`ClaimChange::Hold`] with the effect's intent makes it durable.
    Granted,
    /// The effect has happened.
    Kept {
        /// In this run.
        by: Arc<str>,
        /// With this result.
        value: Value,
    },
    /// Another step is at it.
    Busy {
        /// Its run.
        by: Arc<str>,
    },
}

/// What happens to a claim.
#[derive(Clone, Debug, PartialEq)]
pub enum ClaimChange {
    /// A step is about to send its effect.
    Hold(ClaimWanted),
    /// The effect happened, or may have.
    Keep {
        /// The claim.
        claim: Arc<str>,
        /// The result that later ones get.
        value: Value,
        /// When; it holds from here on.
        at: Timestamp,
    },
    /// The effect did not happen, or was taken back. Changes nothing where another holds it by now.
    Free {
        /// The claim.
        claim: Arc<str>,
        /// The step of this run that holds it.
        step: Arc<str>,
    },
}

/// A run in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunSummary {
    /// Its name.
    pub run: RunId,
    /// Its playbook.
    pub playbook: Arc<str>,
    /// Where it runs.
    pub environment: Arc<str>,
    /// The hash of its plan.
    pub plan: Arc<str>,
    /// Where it stands.
    pub status: RunStatus,
    /// When it was submitted.
    pub created: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Why, in words.
    pub summary: String,
    /// The line of `one run at a time` that it stands in.
    pub line: Option<Arc<str>>,
    /// The run that started it, if one did.
    pub parent: Option<RunId>,
}

/// Which runs a list shows, the latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// Of this playbook.
    pub playbook: Option<Arc<str>>,
    /// In this environment.
    pub environment: Option<Arc<str>>,
    /// Standing so.
    pub status: Option<RunStatus>,
    /// At most this many.
    pub limit: Option<u32>,
    /// Started by this run.
    pub parent: Option<RunId>,
    /// Standing in this line.
    pub line: Option<Arc<str>>,
}

/// Everything that a journal holds of a run.
#[derive(Clone, Debug)]
pub struct StoredRun {
    /// What lists show.
    pub summary: RunSummary,
    /// Its plan.
    pub plan: Arc<Plan>,
    /// Its inputs.
    pub inputs: Record,
    /// Its events, in order.
    pub events: Vec<Event>,
    /// How many of them each of its records holds, in order.
    pub records: Vec<usize>,
    /// The number that the next record has.
    pub sequence: u32,
}

/// Resolves once a write is durable, or could not be made so.
pub type Receipt = oneshot::Receiver<Result<(), Problem>>;

/// Where the engine's memory is.
#[async_trait]
pub trait Journal: Send + Sync + 'static {
    /// Remembers a new run; durable when it returns.
    ///
    /// # Errors
    /// S962 when it cannot be written. Then nothing of it is remembered.
    async fn create(&self, creation: Creation) -> Result<Created, Problem>;

    /// As [`Journal::create`], for a run that no delivery began and that stands in no line, so that it is new
    /// whatever is remembered; laid by as with [`Journal::lay_by`].
    ///
    /// # Errors
    /// S962 when nothing can be written any more; the receipt gives S962 when this could not be.
    async fn lay_by_creation(&self, creation: Creation) -> Result<Receipt, Problem> {
        let (reply, receipt) = oneshot::channel();
        // Nobody has to wait for the receipt.
        let _ = reply.send(self.create(creation).await.map(drop));
        Ok(receipt)
    }

    /// Takes a write over, in the order of the calls. Waits while too many others wait.
    ///
    /// # Errors
    /// S962 when nothing can be written any more; the receipt gives S962 when this could not be.
    async fn append(&self, write: Write) -> Result<Receipt, Problem>;

    /// As [`Journal::append`], for a write that nobody waits for: it may become durable only with the next one
    /// that somebody waits for, or once [`Journal::settle`] is called.
    ///
    /// # Errors
    /// As [`Journal::append`].
    async fn lay_by(&self, write: Write) -> Result<Receipt, Problem> {
        self.append(write).await
    }

    /// What was laid by is made durable now.
    fn settle(&self) {}

    /// Decides at once who gets a claim.
    ///
    /// # Errors
    /// S961 when the store cannot be read.
    fn arbitrate(&self, wanted: &ClaimWanted) -> Result<Claimed, Problem>;

    /// What is kept under the name of a state; nothing where it was never set.
    ///
    /// # Errors
    /// S961 when the store cannot be read; S968 when what it holds cannot.
    fn state(&self, name: &str) -> Result<Option<Value>, Problem>;

    /// Remembers something that came in, once for each key; durable when it returns.
    ///
    /// # Errors
    /// S962 when it cannot be written.
    async fn arrive(&self, arrival: NewArrival) -> Result<Arrived, Problem>;

    /// What came in, each with its environment, in the order of their numbers.
    ///
    /// # Errors
    /// S961 when the store cannot be read; S968 when what it holds cannot.
    fn arrivals(&self, filter: &ArrivalFilter) -> Result<Vec<(Arc<str>, Arrival)>, Problem>;

    /// The number of the latest arrival that is durable.
    fn latest_arrival(&self) -> watch::Receiver<u64>;

    /// Forgets what came in before an instant, unless an unfinished run may still take it.
    ///
    /// # Errors
    /// S962 when it cannot be written.
    async fn forget_arrivals(&self, before: Timestamp) -> Result<(), Problem>;

    /// The runs that wait and do nothing else.
    ///
    /// # Errors
    /// S961 when the store cannot be read.
    fn resting(&self) -> Result<Vec<Resting>, Problem>;

    /// Takes back what a run was granted and did not make durable.
    fn forget(&self, run: &RunId);

    /// Changes whenever a claim is kept or freed.
    fn claims_changed(&self) -> watch::Receiver<u64>;

    /// Everything of a run.
    ///
    /// # Errors
    /// S961 when the store cannot be read; S968 when what it holds cannot.
    fn load(&self, run: &RunId) -> Result<Option<StoredRun>, Problem>;

    /// The runs that fit a filter, the latest first.
    ///
    /// # Errors
    /// S961 when the store cannot be read.
    fn runs(&self, filter: &RunFilter) -> Result<Vec<RunSummary>, Problem>;

    /// The runs whose names begin so, at most two.
    ///
    /// # Errors
    /// S961 when the store cannot be read.
    fn named(&self, prefix: &str) -> Result<Vec<RunId>, Problem>;

    /// Moves a trigger forward without a run; durable when it returns. It is never moved back.
    ///
    /// # Errors
    /// S962 when it cannot be written.
    async fn pass(&self, cursor: Cursor) -> Result<(), Problem>;

    /// How far a trigger is.
    ///
    /// # Errors
    /// S961 when the store cannot be read.
    fn cursor(&self, trigger: &str) -> Result<Option<Timestamp>, Problem>;

    /// How far triggers are, in their order.
    ///
    /// # Errors
    /// S961 when it cannot be read.
    fn cursors(&self, triggers: &[Arc<str>]) -> Result<Vec<Option<Timestamp>>, Problem> {
        triggers
            .iter()
            .map(|trigger| self.cursor(trigger))
            .collect()
    }

    /// What a trigger on changes has seen of its table: all of it, or the row with a key. Each row with its
    /// key.
    ///
    /// # Errors
    /// S961 when the store cannot be read.
    fn seen(&self, trigger: &str, key: Option<&[u8]>) -> Result<Vec<KeyedRow>, Problem>;

    /// How often the disk was waited for, and how many writes that made durable.
    fn commits(&self) -> Commits;
}

/// How well writes share transactions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Commits {
    /// Transactions.
    pub transactions: u64,
    /// Writes in them.
    pub writes: u64,
}
