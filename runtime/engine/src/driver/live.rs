//! The runs under way, and those that were put down.
//!
//! Kept true here: a run is in one of the two; whoever asks something of a run does so while it holds the
//! list.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sophia_diagnostics::Problem;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;

use super::dispatch::{Dispatch, Place};
use super::engine::Engine;
use super::following::Rested;
use super::history::History;
use super::mailbox::Message;
use super::pilot::Pilot;
use super::progress::{RunOutcome, Standing};
use super::protocol::Action;
use super::shelf::Shelf;
use crate::journal::{Resting, RunId};
use crate::kernel::{Awaits, Layout};

/// Runs under way, and those that were put down.
#[derive(Default)]
pub(super) struct Live {
    runs: Mutex<(u64, HashMap<RunId, Handle>)>,
    /// Changed while `runs` is held, so that a run is in one of the two.
    shelf: Mutex<Shelf>,
    pub(super) shelf_changed: Notify,
    /// Who is told how runs come to rest.
    pub(super) resting: Mutex<Vec<mpsc::UnboundedSender<Rested>>>,
}

pub(super) struct Handle {
    pub(super) environment: Arc<str>,
    pub(super) layout: Arc<Layout>,
    pub(super) generation: u64,
    pub(super) mailbox: mpsc::UnboundedSender<Box<Message>>,
    pub(super) standing: watch::Receiver<Standing>,
    pub(super) task: JoinHandle<()>,
}

impl Live {
    pub(super) fn runs(&self) -> MutexGuard<'_, (u64, HashMap<RunId, Handle>)> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tell_rested(&self, run: &RunId, how: &Result<RunOutcome, Problem>) {
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
    /// Whether runs of which nothing is under way are put down.
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

    fn put_down(&self, awaits: &Awaits, is_asked: &dyn Fn() -> bool) -> bool {
        let mut live = self.live.runs();
        // Whoever asks something of a run, or begins to wait for it, does so while it holds the list.
        if is_asked() {
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

impl Engine {
    /// How many runs are carried on: they are in memory, and do or wait for something.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.inner.live.runs().1.len()
    }

    pub(super) fn is_live(&self, run: &RunId) -> bool {
        self.inner.live.runs().1.contains_key(run)
    }

    pub(super) fn carry_on(
        &self,
        run: RunId,
        pilot: Pilot,
        history: History,
        actions: Vec<Action>,
    ) {
        self.take_up(run, pilot, history, actions, false);
    }

    /// As [`Engine::carry_on`]. `lays_by` says that its creation was laid by.
    pub(super) fn take_up(
        &self,
        run: RunId,
        pilot: Pilot,
        history: History,
        actions: Vec<Action>,
        lays_by: bool,
    ) {
        let (mailbox, messages) = mpsc::unbounded_channel();
        // Where it rested before, and nothing has changed that is not on the disk yet, or not told.
        let rests = !actions
            .iter()
            .any(|action| matches!(action, Action::Write(_) | Action::Stand(_)));
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
        let mut dispatch = Dispatch::new(
            self.inner.means.clone(),
            Arc::downgrade(&self.inner),
            pilot,
            history,
            teller,
            messages,
            Box::new(place),
        );
        dispatch.lays_by = lays_by;
        // It is large, and would be moved several times before its task begins.
        let task = tokio::spawn(Box::pin(dispatch.work(actions)));
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
