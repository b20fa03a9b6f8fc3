//! What people do with runs: they decide, answer, pause, end.
//!
//! Kept true here: what was done is durable when it returns; a run that was put down is taken up for it.

use std::sync::Arc;

use sophia_diagnostics::{Problem, codes};
use tokio::sync::oneshot;

use super::engine::Engine;
use super::mailbox::{Message, has_ended};
use crate::journal::{RunId, RunStatus};
use crate::kernel::{Act, Answer, Decision};

impl Engine {
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
    pub(super) async fn never_begins(
        &self,
        run: &RunId,
        by: Option<Arc<str>>,
    ) -> Result<bool, Problem> {
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
    /// S963 when there is no such run; S969 when it has ended, or does not wait for this; S903 when it
    /// cannot begin again; S904 and S905 when a step cannot run again, or be left out; S962 when it cannot
    /// be written.
    pub async fn act(&self, run: &RunId, by: &str, act: Act) -> Result<(), Problem> {
        let by: Arc<str> = by.into();
        if matches!(act, Act::Retries { .. } | Act::Skips { .. }) {
            let ended = || async {
                let stored = self.load(run).await?;
                Ok::<_, Problem>(stored.summary.status.is_final())
            };
            if !ended().await? {
                let asked = self
                    .ask(run, |reply| Message::Act(by.clone(), act.clone(), reply))
                    .await;
                match asked {
                    // It ended meanwhile.
                    Err(problem) if problem.code == codes::S969 => {
                        self.catch_up(run).await?;
                        if !ended().await? {
                            return Err(problem);
                        }
                    }
                    asked => return asked,
                }
            }
            return self.goes_on(run, &by, act).await;
        }
        if act == Act::Cancels && self.never_begins(run, Some(by.clone())).await? {
            return Ok(());
        }
        self.ask(run, |reply| Message::Act(by, act, reply)).await
    }

    pub(super) async fn ask(
        &self,
        run: &RunId,
        message: impl FnOnce(oneshot::Sender<Result<(), Problem>>) -> Message,
    ) -> Result<(), Problem> {
        if !self.is_live(run) {
            self.resume(run).await?;
        }
        let (reply, answer) = oneshot::channel();
        let sent = match self.inner.live.runs().1.get(run) {
            Some(handle) => handle.mailbox.send(Box::new(message(reply))).is_ok(),
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
}
