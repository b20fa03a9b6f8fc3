//! How others follow a run: they watch it, or wait until it rests.
//!
//! Kept true here: what is told is on the disk; a run that nobody carries on is taken up before it is
//! waited for.

use std::sync::{PoisonError, Weak};

use jiff::Timestamp;
use sophia_diagnostics::{Problem, codes};
use tokio::sync::{mpsc, oneshot, watch};

use super::engine::{Engine, Inner};
use super::history::{RunDetail, detail};
use super::mailbox::Message;
use super::playbook::closed;
use super::progress::{Progress, RunOutcome, Standing};
use crate::journal::{Journal, RunId, RunStatus};
use crate::kernel::Layout;

/// A run that came to rest, or could not be carried on.
pub type Rested = (RunId, Result<RunOutcome, Problem>);

impl Engine {
    /// What happens in a run: everything so far, then everything that follows, until it ended. Nothing
    /// comes of a run that is neither under way nor known.
    #[must_use]
    pub fn watch(&self, run: &RunId) -> mpsc::UnboundedReceiver<Progress> {
        let (watcher, receiver) = mpsc::unbounded_channel();
        let rejected = match self.inner.live.runs().1.get(run) {
            Some(handle) => match handle.mailbox.send(Box::new(Message::Watch(watcher))) {
                Err(mpsc::error::SendError(message)) => match *message {
                    Message::Watch(watcher) => Some(watcher),
                    _ => None,
                },
                Ok(()) => None,
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
                status if status.is_final() => return ended(detail(stored)?),
                // One that pauses before a further attempt goes on by itself, and does not rest before.
                RunStatus::Waiting if self.is_put_down(run) => return ended(detail(stored)?),
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
        // Whether it was put down as one that only waits.
        let mut waits = false;
        loop {
            let engine = Self::upgrade(inner).ok_or_else(closed)?;
            let mut moved = engine.inner.moved.subscribe();
            if let Some(mut standing) = engine.standing(run) {
                drop(engine);
                loop {
                    let now = standing.borrow_and_update().clone();
                    waits = matches!(now, Standing::Resting(RunOutcome::Waiting(_)));
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
            if waits && engine.is_put_down(run) {
                rests(true);
                drop(engine);
                moved.changed().await.map_err(|_| closed())?;
                continue;
            }
            let stored = engine.load(run).await?;
            match stored.summary.status {
                status if status.is_final() => return ended(detail(stored)?),
                RunStatus::Waiting if engine.is_put_down(run) => waits = true,
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
            Some(handle) => drop(handle.mailbox.send(Box::new(Message::NextTimer(reply)))),
            None => return Ok(None),
        }
        Ok(next.await.unwrap_or(None))
    }

    /// Waits until what a run was told so far is durable. One that is not under way has nothing to do.
    pub(super) async fn catch_up(&self, run: &RunId) -> Result<(), Problem> {
        let (reply, caught_up) = oneshot::channel();
        match self.inner.live.runs().1.get(run) {
            Some(handle) if (handle.mailbox.send(Box::new(Message::CatchUp(reply)))).is_ok() => {}
            _ => return Ok(()),
        }
        // One that ended meanwhile has done everything.
        caught_up.await.unwrap_or(Ok(()))
    }

    pub(super) fn standing(&self, run: &RunId) -> Option<watch::Receiver<Standing>> {
        let live = self.inner.live.runs();
        live.1.get(run).map(|handle| handle.standing.clone())
    }
}

pub(super) fn ended(detail: RunDetail) -> Result<RunOutcome, Problem> {
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
