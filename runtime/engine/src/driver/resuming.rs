//! How runs go on after the program was down, and how those that were put down are taken up.
//!
//! Kept true here: no run is taken up twice; one damaged run does not keep the others from going on;
//! what came in while nobody carried a run on reaches it.

use std::sync::atomic::Ordering;

use sophia_diagnostics::Problem;

use super::engine::{Engine, blocking};
use super::history::detail;
use super::mailbox::{Message, has_ended};
use super::recovery::{Recovered, recover};
use crate::journal::{ArrivalFilter, RunFilter, RunId, RunStatus};
use crate::kernel::horizon;

impl Engine {
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
    pub(super) async fn shelve_all(&self) -> Result<(), Problem> {
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
            .flat_map(|run| {
                run.awaits
                    .events
                    .iter()
                    .map(|listening| listening.event.clone())
            })
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
            let listening = self.inner.live.shelf().listening(&environment, &arrival);
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
                let _ = handle.mailbox.send(Box::new(Message::Arrived(arrival)));
            }
        }
        Ok(())
    }
}
