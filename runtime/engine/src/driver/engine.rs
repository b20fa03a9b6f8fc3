//! The engine as others use it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use sophia_diagnostics::{Problem, codes};
use sophia_plan::{Plan, Record};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::clock::{Clock, SystemClock, whole_microseconds};
use super::dispatch::{Dispatch, Means, Message, has_ended};
use super::history::{History, RunDetail, detail};
use super::pilot::Pilot;
use super::progress::{Progress, RunOutcome, Standing};
use super::protocol::{Action, Identity};
use super::reader::{only, unknown};
use super::recovery::{Recovered, recover};
use crate::journal::{
    Commits, Created, Creation, Cursor, Delivery, Journal, MemoryJournal, RunFilter, RunId,
    RunStatus, RunSummary, SqliteJournal, StoredRun,
};
use crate::kernel::{Decision, Layout};
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
}

/// A run that was started, or had been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// The run.
    pub run: RunId,
    /// Whether the same delivery had started it before.
    pub already_known: bool,
}

/// Carries runs on. Cheap to clone; when the last clone is dropped runs stop where they are, and go on
/// when they are resumed.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    means: Means,
    live: Arc<Live>,
    layouts: Mutex<HashMap<Arc<str>, Arc<Layout>>>,
    names: Mutex<ulid::Generator>,
    /// One resumption at a time, so that no run is taken up twice.
    resuming: tokio::sync::Mutex<()>,
}

/// Runs under way.
#[derive(Default)]
struct Live {
    runs: Mutex<(u64, HashMap<RunId, Handle>)>,
}

struct Handle {
    generation: u64,
    mailbox: mpsc::UnboundedSender<Message>,
    standing: watch::Receiver<Standing>,
    task: JoinHandle<()>,
}

impl Live {
    fn runs(&self) -> MutexGuard<'_, (u64, HashMap<RunId, Handle>)> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
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
        Ok(Self::over(journal, runner, clock))
    }

    /// An engine over a journal that is open.
    #[must_use]
    pub fn over(
        journal: Arc<dyn Journal>,
        runner: Arc<dyn StepRunner>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                means: Means {
                    journal,
                    runner,
                    clock,
                },
                live: Arc::default(),
                layouts: Mutex::default(),
                names: Mutex::new(ulid::Generator::new()),
                resuming: tokio::sync::Mutex::new(()),
            }),
        }
    }

    /// Starts a run, unless its delivery had started one. It is durable when this returns.
    ///
    /// # Errors
    /// S964 when the inputs do not fit; S968 when the plan cannot be run; S962 when the store cannot be
    /// written.
    pub async fn submit(&self, request: RunRequest) -> Result<Submitted, Problem> {
        let RunRequest {
            plan,
            inputs,
            environment,
            delivery,
            at,
        } = request;
        let layout = self.layout(&plan)?;
        let inputs = layout.inputs(&inputs)?;
        let at = whole_microseconds(at);
        let run = self.name();
        let creation = Creation {
            run: run.clone(),
            plan,
            environment: environment.clone(),
            inputs: inputs.clone(),
            at,
            delivery,
        };
        let means = &self.inner.means;
        match means.journal.create(creation).await? {
            Created::Known(run) => Ok(Submitted {
                run,
                already_known: true,
            }),
            Created::New => {
                let identity = Identity {
                    run: run.clone(),
                    environment,
                    layout,
                };
                let (pilot, actions) = Pilot::start(identity, &inputs, at, means.world())?;
                self.carry_on(run.clone(), pilot, History::default(), actions);
                Ok(Submitted {
                    run,
                    already_known: false,
                })
            }
        }
    }

    /// Resumes every run that had not ended. Those that cannot be resumed stay, and the first such
    /// problem is logged; one damaged run does not keep the others from going on.
    ///
    /// # Errors
    /// S961 when the store cannot be read.
    pub async fn resume_all(&self) -> Result<Vec<RunId>, Problem> {
        let mut resumed = Vec::new();
        for status in [RunStatus::Running, RunStatus::Waiting] {
            let filter = RunFilter {
                status: Some(status),
                ..RunFilter::default()
            };
            for summary in self.runs(filter).await? {
                match self.resume(&summary.run).await {
                    Ok(()) => resumed.push(summary.run),
                    Err(problem) => {
                        tracing::error!(run = %summary.run, %problem, "a run cannot be resumed");
                    }
                }
            }
        }
        resumed.sort();
        Ok(resumed)
    }

    /// Resumes a run. One that is under way goes on as it was.
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
        let layout = self.layout(&stored.plan)?;
        let Recovered {
            pilot,
            history,
            actions,
        } = recover(&stored, layout, &self.inner.means)?;
        self.carry_on(run.clone(), pilot, history, actions);
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

    /// Waits until a run ended, or waits for a person and nothing else. A run that is not under way is
    /// resumed first.
    ///
    /// # Errors
    /// S963 when there is no such run; S962 when it could not be written any further.
    pub async fn wait(&self, run: &RunId) -> Result<RunOutcome, Problem> {
        let mut standing = if let Some(standing) = self.standing(run) {
            standing
        } else {
            let stored = self.load(run).await?;
            if stored.summary.status.is_final() {
                return ended(detail(stored)?);
            }
            self.resume(run).await?;
            match self.standing(run) {
                Some(standing) => standing,
                None => return ended(detail(self.load(run).await?)?),
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
        self.ask(run, Message::Cancel).await
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

    fn layout(&self, plan: &Arc<Plan>) -> Result<Arc<Layout>, Problem> {
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

    async fn load(&self, run: &RunId) -> Result<StoredRun, Problem> {
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
        let (teller, standing) = watch::channel(Standing::Running);
        let dispatch = Dispatch::new(
            run.clone(),
            self.inner.means.clone(),
            pilot,
            history,
            teller,
            messages,
        );
        let mut live = self.inner.live.runs();
        live.0 += 1;
        let generation = live.0;
        let leave = {
            let (live, run) = (self.inner.live.clone(), run.clone());
            move || {
                let mut live = live.runs();
                if live
                    .1
                    .get(&run)
                    .is_some_and(|handle| handle.generation == generation)
                {
                    live.1.remove(&run);
                }
            }
        };
        let task = tokio::spawn(dispatch.work(actions, leave));
        live.1.insert(
            run,
            Handle {
                generation,
                mailbox,
                standing,
                task,
            },
        );
    }
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
