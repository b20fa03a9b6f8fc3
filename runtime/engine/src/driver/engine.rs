//! The engine as others use it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};

use jiff::Timestamp;
use sophia_diagnostics::{Problem, codes};
use sophia_plan::Plan;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::clock::{Clock, SystemClock};
use super::dispatch::Means;
use super::gate::Gate;
use super::history::{RunDetail, detail};
use super::keeper;
use super::live::{Handle, Live};
use super::people::{Everybody, People};
use super::playbook::Playbooks;
use super::progress::RunOutcome;
use super::reader::{only, unknown};
use crate::journal::{
    Commits, Journal, Keys, MemoryJournal, Receipt, RunFilter, RunId, RunSummary, SqliteJournal,
    StoredRun, Write,
};
use crate::kernel::Layout;
use crate::limits::Limits;
use crate::runner::StepRunner;

/// Where runs are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Store {
    /// Nowhere: for tests.
    Memory,
    /// In a `SQLite` file.
    Sqlite(PathBuf),
    /// In a `SQLite` file that grows no further than this many bytes.
    SqliteWithin(PathBuf, u64),
    /// In a `SQLite` file whose payloads are encrypted, or may be.
    Sealed(PathBuf, Keys),
}

/// Carries runs on. Cheap to clone; when the last clone is dropped runs stop where they are, and go on
/// when they are resumed.
#[derive(Clone)]
pub struct Engine {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) means: Means,
    /// What wakes runs that were put down.
    pub(super) keepers: Mutex<Vec<JoinHandle<()>>>,
    /// How far arrivals were offered.
    pub(super) offered: watch::Receiver<u64>,
    /// How far they had been when this began.
    pub(super) offered_at_open: u64,
    /// Whether every run that waits is known here: only then is it remembered what was offered.
    pub(super) knows_all: AtomicBool,
    pub(super) live: Arc<Live>,
    pub(super) layouts: Mutex<HashMap<Arc<str>, Arc<Layout>>>,
    pub(super) names: Mutex<ulid::Generator>,
    /// Whether runs that only wait are put down.
    pub(super) shelves: bool,
    /// One resumption at a time, so that no run is taken up twice.
    pub(super) resuming: tokio::sync::Mutex<()>,
    /// One delivery at a time joins a run, so that none joins twice.
    pub(super) joining: tokio::sync::Mutex<()>,
    /// Changes whenever a run is taken up, or leaves its line.
    pub(super) moved: watch::Sender<u64>,
    pub(super) playbooks: RwLock<Option<Arc<dyn Playbooks>>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        for keeper in self
            .keepers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
        {
            keeper.abort();
        }
        for handle in self.live.runs().1.values() {
            handle.task.abort();
        }
    }
}

impl Engine {
    /// Opens a store. Runs that had not ended stay where they are until they are resumed.
    ///
    /// # Errors
    /// S960 when another process carries runs of this store on; S961 when it cannot be read; S962 when
    /// it cannot be written.
    pub async fn open(store: Store, runner: Arc<dyn StepRunner>) -> Result<Self, Problem> {
        Self::with_clock(store, runner, Arc::new(SystemClock)).await
    }

    /// Opens a store under another clock.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub async fn with_clock(
        store: Store,
        runner: Arc<dyn StepRunner>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Problem> {
        Self::with_people(store, runner, clock, Arc::new(Everybody)).await
    }

    /// As [`Engine::with_clock`], with those who know who may answer a question.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub async fn with_people(
        store: Store,
        runner: Arc<dyn StepRunner>,
        clock: Arc<dyn Clock>,
        people: Arc<dyn People>,
    ) -> Result<Self, Problem> {
        // What memory holds is not freed by putting it down.
        let shelves = store != Store::Memory;
        let journal: Arc<dyn Journal> = match store {
            Store::Memory => Arc::new(MemoryJournal::new()),
            Store::Sqlite(path) => blocking(move || SqliteJournal::open(&path, None))
                .await
                .map(Arc::new)?,
            Store::Sealed(path, keys) => {
                blocking(move || SqliteJournal::open_sealed(&path, None, &keys))
                    .await
                    .map(Arc::new)?
            }
            Store::SqliteWithin(path, bytes) => {
                blocking(move || SqliteJournal::open(&path, Some(bytes)))
                    .await
                    .map(Arc::new)?
            }
        };
        Ok(Self::around(journal, runner, clock, people, shelves))
    }

    /// An engine over a journal that is open. Runs that only wait are not put down.
    #[must_use]
    pub fn over(
        journal: Arc<dyn Journal>,
        runner: Arc<dyn StepRunner>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self::around(journal, runner, clock, Arc::new(Everybody), false)
    }

    fn around(
        journal: Arc<dyn Journal>,
        runner: Arc<dyn StepRunner>,
        clock: Arc<dyn Clock>,
        people: Arc<dyn People>,
        shelves: bool,
    ) -> Self {
        let latest = journal.latest_arrival();
        let (offered, offered_so_far) = watch::channel(*latest.borrow());
        // Where that cannot be read everything is offered again, which changes nothing.
        let offered_at_open = keeper::offered_before(&*journal).unwrap_or(0);
        let engine = Self {
            inner: Arc::new(Inner {
                means: Means {
                    journal,
                    runner,
                    clock: clock.clone(),
                    people,
                    gate: Arc::new(Gate::new(clock.clone())),
                },
                keepers: Mutex::default(),
                offered: offered_so_far,
                offered_at_open,
                knows_all: AtomicBool::new(false),
                shelves,
                live: Arc::default(),
                layouts: Mutex::default(),
                names: Mutex::new(ulid::Generator::new()),
                resuming: tokio::sync::Mutex::new(()),
                joining: tokio::sync::Mutex::new(()),
                moved: watch::Sender::new(0),
                playbooks: RwLock::default(),
            }),
        };
        let (weak, live) = (Arc::downgrade(&engine.inner), engine.inner.live.clone());
        let keepers = vec![
            tokio::spawn(keeper::ring(weak.clone(), live, clock)),
            tokio::spawn(keeper::offer(weak, latest, offered)),
        ];
        *engine.keepers() = keepers;
        engine
    }

    fn keepers(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.inner
            .keepers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn upgrade(inner: &Weak<Inner>) -> Option<Self> {
        inner.upgrade().map(|inner| Self { inner })
    }

    pub(super) fn means(&self) -> &Means {
        &self.inner.means
    }

    pub(super) fn now(&self) -> Timestamp {
        self.inner.means.clock.now()
    }

    pub(super) async fn append(&self, write: Write) -> Result<Receipt, Problem> {
        self.inner.means.journal.append(write).await
    }

    /// Tells those who listen how a run came to rest.
    pub(super) fn rests(&self, run: &RunId, how: &Result<RunOutcome, Problem>) {
        self.inner.live.tell_rested(run, how);
    }

    /// A run began, or left its line.
    pub(super) fn moved(&self) {
        self.inner.moved.send_modify(|version| *version += 1);
    }

    /// Sets the limits, and remembers what began before the program was started. It is done before anything
    /// runs; the first limits stay.
    ///
    /// # Errors
    /// S961 when the store cannot be read.
    pub async fn limit(&self, limits: Limits) -> Result<(), Problem> {
        let (journal, gate) = (self.means().journal.clone(), self.means().gate.clone());
        let rates = limits.places.values().any(|room| room.rate.is_some());
        let opening = rates.then(|| tokio::spawn(gate.clone().open_in_time()));
        self.keepers().extend(opening);
        blocking(move || gate.limit(limits, &*journal)).await
    }

    /// The runs that fit a filter, the latest first.
    ///
    /// # Errors
    /// S961 when the store cannot be read.
    pub async fn runs(&self, filter: RunFilter) -> Result<Vec<RunSummary>, Problem> {
        let journal = self.inner.means.journal.clone();
        blocking(move || journal.runs(&filter)).await
    }

    /// Everything about a run, by its name or the beginning of it.
    ///
    /// # Errors
    /// S963 when there is none, or several; S961 or S968 when it cannot be read.
    pub async fn run(&self, name: &str) -> Result<RunDetail, Problem> {
        let (journal, name) = (self.inner.means.journal.clone(), name.to_owned());
        blocking(move || {
            let run = only(journal.named(&name.to_ascii_uppercase())?, &name)?;
            detail(journal.load(&run)?.ok_or_else(|| unknown(&name))?)
        })
        .await
        .map(|mut detail| {
            let waits = self.waits_for_places(&detail.summary.run);
            detail.waits.extend(waits);
            detail
        })
    }

    /// How well writes share transactions.
    #[must_use]
    pub fn commits(&self) -> Commits {
        self.inner.means.journal.commits()
    }

    /// Stops every run where it is and, where this is the last clone, gives the store back. Runs go on
    /// when they are resumed.
    pub async fn close(self) {
        let keepers = std::mem::take(&mut *self.keepers());
        for keeper in keepers {
            keeper.abort();
            // It was told to end; how it did does not matter.
            let _ = keeper.await;
        }
        let handles: Vec<Handle> = {
            let mut live = self.inner.live.runs();
            live.1.drain().map(|(_, handle)| handle).collect()
        };
        for handle in handles {
            handle.task.abort();
            // It was told to end; how it did does not matter.
            let _ = handle.task.await;
        }
        let journal = self.inner.means.journal.clone();
        if Arc::into_inner(self.inner).is_none() {
            // Another clone goes on.
            return;
        }
        // Runs that have just ended, and reads under way, still hold it for a moment.
        while Arc::strong_count(&journal) > 1 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        // The last one waits for the last write.
        drop(tokio::task::spawn_blocking(move || drop(journal)).await);
    }

    pub(super) fn layout(&self, plan: &Arc<Plan>) -> Result<Arc<Layout>, Problem> {
        let mut layouts = self
            .inner
            .layouts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // Most plans are the ones that runs were begun with before; no hash is needed for those.
        if let Some(same) = (layouts.values()).find(|layout| Arc::ptr_eq(layout.plan(), plan)) {
            return Ok(same.clone());
        }
        let hash = plan.hash().0;
        if let Some(layout) = layouts.get(&hash) {
            return Ok(layout.clone());
        }
        let layout = Arc::new(Layout::of(plan)?);
        layouts.insert(hash, layout.clone());
        Ok(layout)
    }

    pub(super) async fn load(&self, run: &RunId) -> Result<StoredRun, Problem> {
        let (journal, name) = (self.inner.means.journal.clone(), run.clone());
        blocking(move || journal.load(&name))
            .await?
            .ok_or_else(|| unknown(&run.0))
    }
}

/// Does what waits for the disk where it holds nobody up.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| {
        Err(Problem::new(codes::S961, "Reading the store broke off.")
            .with_help("this is a mistake in Sophia; please report it"))
    })
}
