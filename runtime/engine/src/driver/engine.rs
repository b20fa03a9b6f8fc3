//! The engine as others use it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};

use jiff::Timestamp;
use sophia_diagnostics::{Problem, codes};
use sophia_plan::step::Overlap;
use sophia_plan::{Plan, Record, StepKind, Value, Work};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::clock::{Clock, SystemClock, whole_microseconds};
use super::dispatch::{Dispatch, Means, Message, Place, has_ended};
use super::history::{History, RunDetail, detail};
use super::keeper;
use super::people::{Everybody, People};
use super::pilot::Pilot;
use super::playbook::{Playbooks, closed};
use super::progress::{Progress, RunOutcome, Standing};
use super::protocol::{Action, Identity};
use super::reader::{only, unknown};
use super::recovery::{Recovered, recover};
use super::shelf::Shelf;
use crate::journal::{
    ArrivalFilter, Arrived, Commits, Created, Creation, Cursor, Delivery, Journal, MemoryJournal,
    NewArrival, Receipt, Resting, RunFilter, RunId, RunStatus, RunSummary, SqliteJournal,
    StoredRun, Write,
};
use crate::kernel::{
    Act, Answer, Arrival, Arrives, Awaits, Brought, Decision, Event, Layout, event_name, horizon,
};
use crate::runner::{StepCall, StepRunner};

/// Where runs are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Store {
    /// Nowhere: for tests.
    Memory,
    /// In a `SQLite` file.
    Sqlite(PathBuf),
    /// In a `SQLite` file that grows no further than this many bytes.
    SqliteWithin(PathBuf, u64),
}

/// A run to start.
#[derive(Clone, Debug)]
pub struct RunRequest {
    /// The plan.
    pub plan: Arc<Plan>,
    /// The inputs that differ from the defaults.
    pub inputs: Record,
    /// Where it runs: `dev`, `production`.
    pub environment: Arc<str>,
    /// What it comes from; the same delivery starts one run.
    pub delivery: Option<Delivery>,
    /// The instant at which it starts.
    pub at: Timestamp,
    /// What came in by one of the plan's triggers.
    pub brought: Option<Brought>,
}

/// A run that was started, or had been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// The run.
    pub run: RunId,
    /// Whether the same delivery had started it before.
    pub already_known: bool,
    /// What became of the request.
    pub admission: Admission,
}

/// What becomes of a request for a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Admission {
    /// The run has begun.
    Began,
    /// The run waits in line.
    Queued,
    /// The same delivery had started this run.
    Known,
    /// There is no run of its own: the one under way has taken what came in.
    Joined,
    /// There is no run of its own: this one is under way.
    Skipped,
}

/// Carries runs on. Cheap to clone; when the last clone is dropped runs stop where they are, and go on
/// when they are resumed.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

pub(super) struct Inner {
    means: Means,
    /// What wakes runs that were put down.
    keepers: Mutex<Vec<JoinHandle<()>>>,
    /// How far arrivals were offered.
    offered: watch::Receiver<u64>,
    /// How far they had been when this began.
    offered_at_open: u64,
    /// Whether every run that waits is known here: only then is it remembered what was offered.
    knows_all: AtomicBool,
    live: Arc<Live>,
    layouts: Mutex<HashMap<Arc<str>, Arc<Layout>>>,
    names: Mutex<ulid::Generator>,
    /// Whether runs that only wait are put down.
    shelves: bool,
    /// One resumption at a time, so that no run is taken up twice.
    resuming: tokio::sync::Mutex<()>,
    /// One delivery at a time joins a run, so that none joins twice.
    joining: tokio::sync::Mutex<()>,
    /// Changes whenever a run is taken up, or leaves its line.
    moved: watch::Sender<u64>,
    playbooks: RwLock<Option<Arc<dyn Playbooks>>>,
}

/// Runs under way, and those that were put down.
#[derive(Default)]
pub(super) struct Live {
    runs: Mutex<(u64, HashMap<RunId, Handle>)>,
    /// Changed while `runs` is held, so that a run is in one of the two.
    shelf: Mutex<Shelf>,
    pub(super) shelf_changed: Notify,
    /// Who is told how runs come to rest.
    resting: Mutex<Vec<mpsc::UnboundedSender<Rested>>>,
}

/// A run that came to rest, or could not be carried on.
pub type Rested = (RunId, Result<RunOutcome, Problem>);

struct Handle {
    environment: Arc<str>,
    layout: Arc<Layout>,
    generation: u64,
    mailbox: mpsc::UnboundedSender<Message>,
    standing: watch::Receiver<Standing>,
    task: JoinHandle<()>,
}

impl Live {
    fn runs(&self) -> MutexGuard<'_, (u64, HashMap<RunId, Handle>)> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell_rested(&self, run: &RunId, how: &Result<RunOutcome, Problem>) {
        let mut listeners = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|listener| listener.send((run.clone(), how.clone())).is_ok());
    }
}

/// The place of one run among those under way.
struct LivePlace {
    live: Arc<Live>,
    run: RunId,
    environment: Arc<str>,
    generation: u64,
    /// Whether runs that only wait are put down.
    shelves: bool,
}

impl Place for LivePlace {
    fn leave(&self) {
        let mut live = self.live.runs();
        let mine = |handle: &Handle| handle.generation == self.generation;
        if live.1.get(&self.run).is_some_and(mine) {
            live.1.remove(&self.run);
        }
    }

    fn shelves(&self) -> bool {
        self.shelves
    }

    fn put_down(&self, awaits: &Awaits, has_messages: &dyn Fn() -> bool) -> bool {
        let mut live = self.live.runs();
        // Whoever asks something of a run does so while it holds the list.
        if has_messages() {
            return false;
        }
        live.1.remove(&self.run);
        self.live.shelf().put(Resting {
            run: self.run.clone(),
            environment: self.environment.clone(),
            awaits: awaits.clone(),
        });
        self.live.shelf_changed.notify_one();
        true
    }

    fn rested(&self, how: Result<RunOutcome, Problem>) {
        self.live.tell_rested(&self.run, &how);
    }
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

    /// Says which plans are in force, for steps that run other playbooks.
    pub fn follow(&self, playbooks: Arc<dyn Playbooks>) {
        let mut current = self
            .inner
            .playbooks
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *current = Some(playbooks);
    }

    /// Starts a run, unless its delivery had started one, or its line says otherwise. It is durable when
    /// this returns.
    ///
    /// # Errors
    /// S964 when the inputs do not fit; S968 when the plan cannot be run; S962 when the store cannot be
    /// written.
    pub async fn submit(&self, request: RunRequest) -> Result<Submitted, Problem> {
        self.begin(request, None).await
    }

    pub(super) async fn begin(
        &self,
        request: RunRequest,
        parent: Option<RunId>,
    ) -> Result<Submitted, Problem> {
        let RunRequest {
            plan,
            inputs,
            environment,
            delivery,
            at,
            brought,
        } = request;
        let layout = self.layout(&plan)?;
        let at = whole_microseconds(at);
        let inputs = layout.begins_with(&inputs, brought.as_ref(), at)?;
        let line = layout.line(&inputs, &environment, at)?;
        let overlap = line.as_ref().map(|line| line.overlap);
        let _one_at_a_time = match overlap {
            Some(Overlap::Join) => Some(self.inner.joining.lock().await),
            _ => None,
        };
        let means = &self.inner.means;
        if let (Some(line), Some(Arrives::Before { number })) = (
            line.as_ref().filter(|line| line.overlap == Overlap::Join),
            brought.as_ref().map(|brought| &brought.arrives),
        ) && let Some(run) = self.took(&line.name, *number).await?
        {
            if let Some(cursor) = delivery.and_then(|delivery| delivery.cursor) {
                means.journal.pass(cursor).await?;
            }
            return Ok(Submitted {
                run,
                already_known: false,
                admission: Admission::Joined,
            });
        }
        loop {
            let run = self.name();
            let creation = Creation {
                run: run.clone(),
                plan: plan.clone(),
                environment: environment.clone(),
                inputs: inputs.clone(),
                at,
                delivery: delivery.clone(),
                line: line.clone(),
                parent: parent.clone(),
            };
            let (run, admission) = match means.journal.create(creation.clone()).await? {
                Created::Known(run) => (run, Admission::Known),
                Created::Skipped { by } => (by, Admission::Skipped),
                Created::New => {
                    let identity = Identity {
                        run: run.clone(),
                        environment: environment.clone(),
                        layout: layout.clone(),
                    };
                    let (pilot, actions) = Pilot::start(identity, &inputs, at, means.world())?;
                    self.carry_on(run.clone(), pilot, History::default(), actions);
                    (run, Admission::Began)
                }
                Created::Queued { behind } => {
                    // The recursion is one deep: what is ended or taken up here queues nothing.
                    Box::pin(self.queued(&behind, overlap.unwrap_or(Overlap::Wait))).await?;
                    (run, Admission::Queued)
                }
                Created::Joins(run) => {
                    let (arrival, delivery) = handed_over(&creation, brought.as_ref());
                    let joined = self
                        .ask(&run, |reply| Message::Join(arrival, delivery, reply))
                        .await;
                    match joined {
                        // It ended meanwhile, so the line has moved.
                        Err(problem) if problem.code == codes::S969 => continue,
                        joined => joined?,
                    }
                    (run, Admission::Joined)
                }
            };
            return Ok(Submitted {
                run,
                already_known: admission == Admission::Known,
                admission,
            });
        }
    }

    /// The latest run of a line, where it has taken this arrival already: it may have ended by it.
    async fn took(&self, line: &Arc<str>, arrival: u64) -> Result<Option<RunId>, Problem> {
        let latest = RunFilter {
            line: Some(line.clone()),
            limit: Some(1),
            ..RunFilter::default()
        };
        let Some(latest) = self.runs(latest).await?.into_iter().next() else {
            return Ok(None);
        };
        let stored = self.load(&latest.run).await?;
        let took = |event: &Event| matches!(event, Event::Arrived { arrival: took, .. } if took.number == arrival);
        Ok(stored.events.iter().any(took).then_some(latest.run))
    }

    /// The plan that new runs of a playbook take.
    pub(super) fn current(&self, playbook: &str) -> Option<Arc<Plan>> {
        let playbooks = self
            .inner
            .playbooks
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        playbooks.as_ref()?.current(playbook)
    }

    /// The inputs that a step gives to another playbook.
    pub(super) fn arguments(&self, call: &StepCall) -> Result<Record, Problem> {
        let StepKind::Work(Work::Playbook { arguments, .. }) = &call.step.kind else {
            return Ok(Record::default());
        };
        self.layout(&call.plan)?
            .arguments(arguments, &call.scope, call.now)
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

    /// Resumes every run that had not ended. Those that only wait are not taken up before what they wait
    /// for is there, and not among those given. Those that cannot be resumed stay, and each such problem
    /// is logged; one damaged run does not keep the others from going on.
    ///
    /// # Errors
    /// S961 when the store cannot be read.
    pub async fn resume_all(&self) -> Result<Vec<RunId>, Problem> {
        let mut resumed = Vec::new();
        self.shelve_all().await?;
        for status in [RunStatus::Running, RunStatus::Waiting] {
            let filter = RunFilter {
                status: Some(status),
                ..RunFilter::default()
            };
            for summary in self.runs(filter).await? {
                if self.is_put_down(&summary.run) {
                    continue;
                }
                match self.resume(&summary.run).await {
                    Ok(()) => resumed.push(summary.run),
                    Err(problem) => {
                        tracing::error!(run = %summary.run, %problem, "a run cannot be resumed");
                    }
                }
            }
        }
        self.settle_lines().await?;
        resumed.sort();
        Ok(resumed)
    }

    /// Puts down every run that only waits, without looking into it; then offers what came in since.
    async fn shelve_all(&self) -> Result<(), Problem> {
        if !self.inner.shelves {
            return Ok(());
        }
        let journal = self.inner.means.journal.clone();
        let resting = blocking(move || journal.resting()).await?;
        let mut woken = Vec::new();
        {
            let live = self.inner.live.runs();
            let mut shelf = self.inner.live.shelf();
            for run in resting {
                if live.1.contains_key(&run.run) {
                    continue;
                }
                if !run.awaits.events.is_empty() {
                    woken.push(run.clone());
                }
                shelf.put(run);
            }
        }
        self.inner.live.shelf_changed.notify_one();
        // What came in while the program was down, and what was offered and led to nothing durable.
        let after = self.inner.offered_at_open;
        let events = woken
            .iter()
            .flat_map(|run| run.awaits.events.iter().cloned())
            .collect::<std::collections::BTreeSet<_>>();
        let mut reached = Vec::new();
        if events.is_empty() {
            self.inner.knows_all.store(true, Ordering::Relaxed);
            return Ok(());
        }
        let missed = self
            .arrivals(ArrivalFilter {
                events,
                after,
                ..ArrivalFilter::default()
            })
            .await?;
        for (environment, arrival) in missed {
            let listening = self
                .inner
                .live
                .shelf()
                .listening(&environment, &arrival.event);
            for run in listening {
                self.resume(&run).await?;
                reached.push(run);
            }
        }
        for run in reached {
            self.catch_up(&run).await?;
        }
        self.inner.knows_all.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Whether every run that waits is under way or was put down here.
    pub(super) fn knows_all(&self) -> bool {
        self.inner.knows_all.load(Ordering::Relaxed)
    }

    /// How many runs were put down: they wait, and nothing of them is in memory but what they wait for.
    #[must_use]
    pub fn put_down(&self) -> usize {
        self.inner.live.shelf().len()
    }

    pub(super) fn is_put_down(&self, run: &RunId) -> bool {
        self.inner.live.shelf().holds(run)
    }

    /// Resumes a run. One that is under way goes on as it was; one that waits in line stays there, and
    /// begins when its turn comes.
    ///
    /// # Errors
    /// S963 when there is no such run; S969 when it has ended; S961 or S968 when it cannot be read.
    pub async fn resume(&self, run: &RunId) -> Result<(), Problem> {
        let _one_at_a_time = self.inner.resuming.lock().await;
        if self.is_live(run) {
            return Ok(());
        }
        let stored = self.load(run).await?;
        if stored.summary.status.is_final() {
            return Err(has_ended(run));
        }
        if stored.summary.status == RunStatus::Queued {
            return Ok(());
        }
        let layout = self.layout(&stored.plan)?;
        // Only models have budgets that a run carries with it.
        if !stored.plan.models.is_empty() {
            let detail = detail(stored.clone())?;
            self.inner.means.runner.takes_up(&detail);
        }
        let Recovered {
            pilot,
            history,
            actions,
        } = recover(&stored, layout, &self.inner.means)?;
        // Nothing that comes in from here on is missed; what came in since it began to wait is looked up.
        let horizon = horizon(pilot.state());
        let events = pilot.identity.layout.events().clone();
        self.carry_on(run.clone(), pilot, history, actions);
        let Some((since, after)) = horizon.filter(|_| !events.is_empty()) else {
            return Ok(());
        };
        let filter = ArrivalFilter {
            environment: Some(stored.summary.environment.clone()),
            events,
            after,
            since: Some(since),
            limit: None,
        };
        let arrivals = self.arrivals(filter).await?;
        if let Some(handle) = self.inner.live.runs().1.get(run) {
            for (_, arrival) in arrivals {
                // It may have ended meanwhile.
                let _ = handle.mailbox.send(Message::Arrived(arrival));
            }
        }
        Ok(())
    }

    /// What happens in a run: everything so far, then everything that follows, until it ended. Nothing
    /// comes of a run that is neither under way nor known.
    #[must_use]
    pub fn watch(&self, run: &RunId) -> mpsc::UnboundedReceiver<Progress> {
        let (watcher, receiver) = mpsc::unbounded_channel();
        let rejected = match self.inner.live.runs().1.get(run) {
            Some(handle) => match handle.mailbox.send(Message::Watch(watcher)) {
                Err(mpsc::error::SendError(Message::Watch(watcher))) => Some(watcher),
                Ok(()) | Err(_) => None,
            },
            None => Some(watcher),
        };
        if let Some(watcher) = rejected {
            let (journal, run) = (self.inner.means.journal.clone(), run.clone());
            // Without the reader's interest there is nothing to answer for.
            drop(tokio::task::spawn_blocking(move || {
                tell_of_the_past(&*journal, &run, &watcher);
            }));
        }
        receiver
    }

    /// Waits until a run ended, or does nothing but wait for people, time or events. A run that is not
    /// under way is resumed first.
    ///
    /// # Errors
    /// S963 when there is no such run; S962 when it could not be written any further.
    pub async fn wait(&self, run: &RunId) -> Result<RunOutcome, Problem> {
        let mut moved = self.inner.moved.subscribe();
        let mut standing = loop {
            if let Some(standing) = self.standing(run) {
                break standing;
            }
            let stored = self.load(run).await?;
            match stored.summary.status {
                status if status.is_final() || self.is_put_down(run) => {
                    return ended(detail(stored)?);
                }
                RunStatus::Queued => {
                    if moved.changed().await.is_err() {
                        return Err(closed());
                    }
                }
                _ => match self.resume(run).await {
                    // It ended meanwhile.
                    Err(problem) if problem.code == codes::S969 => {}
                    resumed => resumed?,
                },
            }
        };
        let rest = standing
            .wait_for(|standing| *standing != Standing::Running)
            .await
            .map(|standing| standing.clone());
        match rest {
            Ok(Standing::Resting(outcome)) => Ok(outcome),
            Ok(Standing::Halted(problem)) => Err(problem),
            Ok(Standing::Running) | Err(_) => Err(Problem::new(
                codes::S965,
                format!("The engine was closed while run {run} was under way."),
            )
            .with_help("resume the run; it goes on where it was")),
        }
    }

    /// Waits until a run has ended for good, people included, without keeping the engine. `rests` is told
    /// whether it does nothing but wait, whenever that changes.
    pub(super) async fn finished(
        inner: &Weak<Inner>,
        run: &RunId,
        rests: &(dyn Fn(bool) + Sync),
    ) -> Result<RunOutcome, Problem> {
        loop {
            let engine = Self::upgrade(inner).ok_or_else(closed)?;
            let mut moved = engine.inner.moved.subscribe();
            if let Some(mut standing) = engine.standing(run) {
                drop(engine);
                loop {
                    let now = standing.borrow_and_update().clone();
                    match now {
                        Standing::Running => rests(false),
                        Standing::Resting(RunOutcome::Waiting(_)) => rests(true),
                        Standing::Resting(outcome) => return Ok(outcome),
                        Standing::Halted(problem) => return Err(problem),
                    }
                    if standing.changed().await.is_err() {
                        break;
                    }
                }
                // It was put down, and may have been taken up since; or the engine is being closed.
                let engine = Self::upgrade(inner).ok_or_else(closed)?;
                if !engine.is_put_down(run) && !engine.is_live(run) {
                    let stored = engine.load(run).await?;
                    if !stored.summary.status.is_final() {
                        return Err(closed());
                    }
                }
                continue;
            }
            if engine.is_put_down(run) {
                rests(true);
                drop(engine);
                moved.changed().await.map_err(|_| closed())?;
                continue;
            }
            let stored = engine.load(run).await?;
            match stored.summary.status {
                status if status.is_final() => return ended(detail(stored)?),
                RunStatus::Queued => {
                    drop(engine);
                    moved.changed().await.map_err(|_| closed())?;
                }
                _ => match engine.resume(run).await {
                    // It ended meanwhile.
                    Err(problem) if problem.code == codes::S969 => {}
                    resumed => resumed?,
                },
            }
        }
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
    }

    /// Decides about an effect of which nobody knows whether it happened. Durable when this returns.
    ///
    /// # Errors
    /// S963 when there is no such run; S969 when the step does not wait for a decision; S962 when it
    /// cannot be written.
    pub async fn settle(&self, run: &RunId, step: &str, decision: Decision) -> Result<(), Problem> {
        self.ask(run, |reply| Message::Settle(step.into(), decision, reply))
            .await
    }

    /// Ends a run: nothing new starts, reads are dropped, effects under way get ten seconds. Durable
    /// when this returns.
    ///
    /// # Errors
    /// S963 when there is no such run; S969 when it has ended; S962 when it cannot be written.
    pub async fn cancel(&self, run: &RunId) -> Result<(), Problem> {
        if self.never_begins(run, None).await? {
            return Ok(());
        }
        self.ask(run, Message::Cancel).await
    }

    /// Ends a run that waits in line. Whether it does.
    async fn never_begins(&self, run: &RunId, by: Option<Arc<str>>) -> Result<bool, Problem> {
        if self.is_live(run) || self.is_put_down(run) {
            return Ok(false);
        }
        let _one_at_a_time = self.inner.resuming.lock().await;
        if self.is_live(run) {
            return Ok(false);
        }
        self.leave_line(&self.load(run).await?, by).await
    }

    /// Answers a question. `step` names it by its key or label, where a run asks several things. Durable
    /// when this returns.
    ///
    /// # Errors
    /// S963 when there is no such run; S969 when nothing, or somebody else, is asked; S979 when a form
    /// does not fit; S962 when it cannot be written.
    pub async fn answer(
        &self,
        run: &RunId,
        step: Option<&str>,
        by: &str,
        answer: Answer,
    ) -> Result<(), Problem> {
        let (step, by) = (step.map(Arc::from), by.into());
        self.ask(run, |reply| Message::Answer(step, by, answer, reply))
            .await
    }

    /// Does something with a run, in a person's name: pauses it, lets it go on, ends it, decides about an
    /// unsure effect. Durable when this returns.
    ///
    /// # Errors
    /// S963 when there is no such run; S969 when it has ended, or does not wait for this; S962 when it
    /// cannot be written.
    pub async fn act(&self, run: &RunId, by: &str, act: Act) -> Result<(), Problem> {
        let by: Arc<str> = by.into();
        if act == Act::Cancels && self.never_begins(run, Some(by.clone())).await? {
            return Ok(());
        }
        self.ask(run, |reply| Message::Act(by, act, reply)).await
    }

    /// Takes something in that came from outside; the same key once. Durable when this returns; runs that
    /// wait for it take it then.
    ///
    /// # Errors
    /// S962 when the store cannot be written.
    pub async fn deliver(&self, arrival: NewArrival) -> Result<Arrived, Problem> {
        let arrival = NewArrival {
            key: in_environment(&arrival.environment, &arrival.key),
            at: whole_microseconds(arrival.at),
            ..arrival
        };
        self.inner.means.journal.arrive(arrival).await
    }

    /// What came in, each with its environment, in the order of their numbers.
    ///
    /// # Errors
    /// S961 when the store cannot be read; S968 when what it holds cannot.
    pub async fn arrivals(
        &self,
        filter: ArrivalFilter,
    ) -> Result<Vec<(Arc<str>, Arrival)>, Problem> {
        let journal = self.inner.means.journal.clone();
        blocking(move || journal.arrivals(&filter)).await
    }

    /// The number of the latest arrival that is durable, whenever that changes: for triggers, which keep
    /// how far they are and look up the rest with [`Engine::arrivals`].
    #[must_use]
    pub fn latest_arrival(&self) -> watch::Receiver<u64> {
        self.inner.means.journal.latest_arrival()
    }

    /// Forgets what came in before an instant, unless an unfinished run may still take it.
    ///
    /// # Errors
    /// S962 when the store cannot be written.
    pub async fn forget_arrivals(&self, before: Timestamp) -> Result<(), Problem> {
        self.inner.means.journal.forget_arrivals(before).await
    }

    /// How runs come to rest from now on, each time: they ended, they wait, or they could not be carried on.
    #[must_use]
    pub fn rested(&self) -> mpsc::UnboundedReceiver<Rested> {
        let (listener, receiver) = mpsc::unbounded_channel();
        let mut listeners = self
            .inner
            .live
            .resting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        listeners.push(listener);
        receiver
    }

    /// Waits until a run has taken everything that is due: what came in so far, and the timers that have
    /// rung. Says when its next timer rings.
    ///
    /// # Errors
    /// S963 when there is no such run; S962 when it cannot be written.
    pub async fn caught_up(&self, run: &RunId) -> Result<Option<Timestamp>, Problem> {
        let latest = *self.latest_arrival().borrow();
        // The sender lives as long as the engine.
        let _ = self
            .inner
            .offered
            .clone()
            .wait_for(|offered| *offered >= latest)
            .await;
        self.catch_up(run).await?;
        let (reply, next) = oneshot::channel();
        match self.inner.live.runs().1.get(run) {
            // One that ends now drops what it was asked.
            Some(handle) => drop(handle.mailbox.send(Message::NextTimer(reply))),
            None => return Ok(None),
        }
        Ok(next.await.unwrap_or(None))
    }

    /// Waits until what a run was told so far is durable. One that is not under way has nothing to do.
    pub(super) async fn catch_up(&self, run: &RunId) -> Result<(), Problem> {
        let (reply, caught_up) = oneshot::channel();
        match self.inner.live.runs().1.get(run) {
            Some(handle) if handle.mailbox.send(Message::CatchUp(reply)).is_ok() => {}
            _ => return Ok(()),
        }
        // One that ended meanwhile has done everything.
        caught_up.await.unwrap_or(Ok(()))
    }

    /// Tells the runs under way what came in. Those that were told, and those that were put down.
    pub(super) fn tell_live(
        &self,
        environment: &Arc<str>,
        arrival: &Arrival,
    ) -> (Vec<RunId>, Vec<RunId>) {
        let live = self.inner.live.runs();
        let mut told = Vec::new();
        for (run, handle) in &live.1 {
            if handle.environment == *environment
                && handle.layout.events().contains(&arrival.event)
                && handle
                    .mailbox
                    .send(Message::Arrived(arrival.clone()))
                    .is_ok()
            {
                told.push(run.clone());
            }
        }
        let put_down = self
            .inner
            .live
            .shelf()
            .listening(environment, &arrival.event);
        (told, put_down)
    }

    /// How far a trigger is.
    ///
    /// # Errors
    /// S961 when the store cannot be read.
    pub async fn trigger_cursor(&self, trigger: &str) -> Result<Option<Timestamp>, Problem> {
        let (journal, trigger) = (self.inner.means.journal.clone(), trigger.to_owned());
        blocking(move || journal.cursor(&trigger)).await
    }

    /// Moves a trigger forward without a run. It is never moved back. Durable when this returns.
    ///
    /// # Errors
    /// S962 when the store cannot be written.
    pub async fn move_trigger_cursor(
        &self,
        trigger: &str,
        instant: Timestamp,
    ) -> Result<(), Problem> {
        let cursor = Cursor {
            trigger: trigger.into(),
            instant,
        };
        self.inner.means.journal.pass(cursor).await
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

    async fn ask(
        &self,
        run: &RunId,
        message: impl FnOnce(oneshot::Sender<Result<(), Problem>>) -> Message,
    ) -> Result<(), Problem> {
        if !self.is_live(run) {
            self.resume(run).await?;
        }
        let (reply, answer) = oneshot::channel();
        let sent = match self.inner.live.runs().1.get(run) {
            Some(handle) => handle.mailbox.send(message(reply)).is_ok(),
            None => false,
        };
        if !sent && self.load(run).await?.summary.status == RunStatus::Queued {
            return Err(Problem::new(
                codes::S969,
                format!("Run {run} waits in line and has not begun."),
            )
            .with_help(format!("`sophia runs show {run}` says what it waits for")));
        }
        match answer.await {
            Ok(answer) if sent => answer,
            _ => Err(has_ended(run)),
        }
    }

    fn name(&self) -> RunId {
        let mut names = self
            .inner
            .names
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // Two runs of one millisecond still sort in the order in which they were named.
        let name = names.generate().unwrap_or_else(|_| ulid::Ulid::generate());
        RunId(name.to_string().into())
    }

    pub(super) fn layout(&self, plan: &Arc<Plan>) -> Result<Arc<Layout>, Problem> {
        let hash = plan.hash().0;
        let mut layouts = self
            .inner
            .layouts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
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

    fn is_live(&self, run: &RunId) -> bool {
        self.inner.live.runs().1.contains_key(run)
    }

    fn standing(&self, run: &RunId) -> Option<watch::Receiver<Standing>> {
        let live = self.inner.live.runs();
        live.1.get(run).map(|handle| handle.standing.clone())
    }

    fn carry_on(&self, run: RunId, pilot: Pilot, history: History, actions: Vec<Action>) {
        let (mailbox, messages) = mpsc::unbounded_channel();
        // Where it rested before, and nothing has changed that is not on the disk yet.
        let rests = !actions
            .iter()
            .any(|action| matches!(action, Action::Write(_)));
        let standing = Some(pilot.standing().clone()).filter(|_| rests);
        let (teller, standing) = watch::channel(standing.unwrap_or(Standing::Running));
        let (environment, layout) = {
            let identity = &pilot.identity;
            (identity.environment.clone(), identity.layout.clone())
        };
        let mut live = self.inner.live.runs();
        live.0 += 1;
        let generation = live.0;
        let place = LivePlace {
            live: self.inner.live.clone(),
            run: run.clone(),
            environment: environment.clone(),
            generation,
            shelves: self.inner.shelves,
        };
        let dispatch = Dispatch::new(
            self.inner.means.clone(),
            Arc::downgrade(&self.inner),
            pilot,
            history,
            teller,
            messages,
            Box::new(place),
        );
        let task = tokio::spawn(dispatch.work(actions));
        self.inner.live.shelf().take(&run);
        live.1.insert(
            run,
            Handle {
                environment,
                layout,
                generation,
                mailbox,
                standing,
                task,
            },
        );
        drop(live);
        self.moved();
    }
}

/// What a run that a delivery joins is handed: what the delivery brings, where that is not among what came
/// in already, and its key.
fn handed_over(
    creation: &Creation,
    brought: Option<&Brought>,
) -> (Option<Box<NewArrival>>, Option<Delivery>) {
    let Creation {
        run,
        plan,
        environment,
        inputs,
        at,
        delivery,
        ..
    } = creation;
    let trigger = brought.and_then(|brought| plan.triggers.get(brought.trigger));
    let (event, value, arrives) = match (brought, trigger) {
        (Some(brought), Some(trigger)) => (
            event_name(&trigger.kind),
            brought.value.clone(),
            &brought.arrives,
        ),
        _ => (
            "on request".into(),
            Value::Record(Arc::new(inputs.clone())),
            &Arrives::WithTheRun,
        ),
    };
    let key = match (arrives, delivery) {
        (Arrives::Before { .. }, _) => return (None, delivery.clone()),
        (Arrives::Under(key), _) => key.clone(),
        (Arrives::WithTheRun, Some(delivery)) => delivery.key.clone(),
        // Nobody sends it twice.
        (Arrives::WithTheRun, None) => run.0.clone(),
    };
    let arrival = NewArrival {
        environment: environment.clone(),
        event,
        key: in_environment(environment, &key),
        value,
        at: *at,
    };
    (Some(Box::new(arrival)), delivery.clone())
}

/// One key may come in several environments.
fn in_environment(environment: &str, key: &str) -> Arc<str> {
    format!("{environment} / {key}").into()
}

fn ended(detail: RunDetail) -> Result<RunOutcome, Problem> {
    detail.outcome.ok_or_else(|| {
        Problem::new(
            codes::S968,
            format!(
                "The journal of run {} does not fit its entry in the list.",
                detail.summary.run
            ),
        )
        .with_help("restore the store from a backup")
    })
}

fn tell_of_the_past(journal: &dyn Journal, run: &RunId, watcher: &mpsc::UnboundedSender<Progress>) {
    let Ok(Some(stored)) = journal.load(run) else {
        return;
    };
    let Ok(layout) = Layout::of(&stored.plan) else {
        return;
    };
    let (state, history) = super::history::fold(&layout, &stored, true);
    for notice in history.notices() {
        if watcher.send(Progress::Step(Box::new(notice))).is_err() {
            return;
        }
    }
    if let Some(outcome) = state.outcome() {
        // A watcher that is gone needs no answer.
        let _ = watcher.send(Progress::Standing(outcome.clone().into()));
    }
}

/// Does what waits for the disk where it holds nobody up.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| {
        Err(Problem::new(codes::S961, "Reading the store broke off.")
            .with_help("this is a mistake in Sophia; please report it"))
    })
}
