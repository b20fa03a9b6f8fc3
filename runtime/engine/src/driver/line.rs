//! `one run at a time`: what the engine does for runs that wait in line.
//!
//! Kept true here: the store decides who begins; here those that may begin are taken up, and those that
//! a newer one replaces are ended. All of it is done again after a crash, and comes out the same.

use std::sync::Arc;

use sophia_diagnostics::{Problem, codes};
use sophia_plan::step::Overlap;

use super::clock::whole_microseconds;
use super::engine::Engine;
use super::pilot::status_change;
use super::progress::{RunOutcome, Standing, Wait};
use crate::journal::{RunFilter, RunId, RunStatus, RunSummary, StoredRun, Write};
use crate::kernel::{Act, Event};

/// Why a run has not begun.
pub(super) fn wait(summary: &RunSummary) -> Wait {
    Wait {
        key: "".into(),
        label: summary.playbook.clone(),
        line: 0,
        reason: summary.summary.clone(),
        for_a_person: false,
        until: None,
    }
}

impl Engine {
    /// A run came into a line behind others: the first of them is under way, or taken up again; where the
    /// newest wins, all of them end.
    pub(super) async fn queued(&self, behind: &[RunId], overlap: Overlap) -> Result<(), Problem> {
        if overlap == Overlap::NewestWins {
            // The one that waits longest goes last, so that none of the others begins meanwhile.
            for run in behind.iter().rev() {
                match self.cancel(run).await {
                    Err(problem) if problem.code != codes::S969 => return Err(problem),
                    _ => {}
                }
            }
            return Ok(());
        }
        if let Some(first) = behind.first().filter(|first| !self.is_put_down(first)) {
            match self.resume(first).await {
                Err(problem) if problem.code != codes::S969 => return Err(problem),
                _ => {}
            }
        }
        Ok(())
    }

    /// A run has ended: the next one of its line begins.
    pub(super) async fn line_moves(&self, ended: &RunId) {
        if let Ok(StoredRun { summary, .. }) = self.load(ended).await
            && let Some(line) = summary.line
        {
            self.begin_next(&line).await;
        }
        self.moved();
    }

    /// Takes up the run of a line that may begin.
    async fn begin_next(&self, line: &str) {
        let filter = RunFilter {
            line: Some(line.into()),
            status: Some(RunStatus::Running),
            ..RunFilter::default()
        };
        let taken_up = async {
            for summary in self.runs(filter).await? {
                self.resume(&summary.run).await?;
            }
            Ok::<_, Problem>(())
        };
        if let Err(problem) = taken_up.await
            && problem.code != codes::S969
        {
            tracing::error!(line, %problem, "the next run of a line cannot begin yet");
        }
    }

    /// After a start of the program: where the newest wins, those before it end.
    pub(super) async fn settle_lines(&self) -> Result<(), Problem> {
        let filter = RunFilter {
            status: Some(RunStatus::Queued),
            ..RunFilter::default()
        };
        for summary in self.runs(filter).await? {
            let stored = self.load(&summary.run).await?;
            let newest_wins = (stored.plan.one_run.as_ref())
                .is_some_and(|rule| rule.overlap == Overlap::NewestWins);
            if !newest_wins || stored.summary.status != RunStatus::Queued {
                continue;
            }
            let line = RunFilter {
                line: summary.line,
                ..RunFilter::default()
            };
            let older: Vec<RunId> = (self.runs(line).await?.into_iter())
                .filter(|other| !other.status.is_final() && other.run < summary.run)
                .map(|other| other.run)
                .collect();
            let older: Vec<RunId> = older.into_iter().rev().collect();
            self.queued(&older, Overlap::NewestWins).await?;
        }
        Ok(())
    }

    /// Ends a run that has not begun, in the name of whoever did. Durable when it returns; false when it
    /// has begun.
    pub(super) async fn leave_line(
        &self,
        stored: &StoredRun,
        by: Option<Arc<str>>,
    ) -> Result<bool, Problem> {
        if stored.summary.status != RunStatus::Queued || stored.sequence != 0 {
            return Ok(false);
        }
        let at = whole_microseconds(self.now());
        let event = match by {
            Some(by) => Event::Acted {
                by,
                act: Act::Cancels,
                at,
            },
            None => Event::Cancelled { at },
        };
        let cancelled = Standing::Resting(RunOutcome::Cancelled);
        let write = Write {
            run: stored.summary.run.clone(),
            sequence: 0,
            events: vec![event],
            claims: Vec::new(),
            status: Some(status_change(&cancelled, at)),
            states: Vec::new(),
            arrivals: Vec::new(),
            rest: None,
            delivered: Vec::new(),
        };
        let receipt = self.append(write).await?;
        receipt
            .await
            .unwrap_or_else(|_| Err(super::playbook::closed()))?;
        self.rests(&stored.summary.run, &Ok(RunOutcome::Cancelled));
        self.moved();
        Ok(true)
    }
}
