//! Follows runs to their rest, and tells how they came there.

use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use sophia_diagnostics::Problem;
use sophia_engine::{Engine, Rested, RunId, RunOutcome};
use tokio::sync::mpsc;

use super::{Happening, Listener};
use crate::environment::Environment;

/// Tells how runs come to rest, and ends what was started for them.
pub(super) struct Follower {
    pub(super) engine: Engine,
    pub(super) environment: Arc<Environment>,
    pub(super) listener: Listener,
}

impl Follower {
    /// Follows every run. It does not end: a daemon without schedules still has runs to go on with.
    pub(super) async fn follow(&self, mut runs: mpsc::UnboundedReceiver<Rested>) {
        let mut telling = FuturesUnordered::new();
        loop {
            tokio::select! {
                Some((run, rested)) = runs.recv() => telling.push(self.tell(run, rested)),
                Some(()) = telling.next() => {}
                else => std::future::pending().await,
            }
        }
    }

    async fn tell(&self, run: RunId, rested: Result<RunOutcome, Problem>) {
        match &rested {
            // It goes on some day, and what it may still spend goes with it.
            Ok(RunOutcome::Waiting(_)) => self.environment.servers.end_run(&run.0).await,
            _ => self.environment.end_run(&run.0).await,
        }
        let playbook = self
            .engine
            .run(&run.0)
            .await
            .map_or_else(|_| "".into(), |detail| detail.summary.playbook);
        (self.listener)(match rested {
            Ok(outcome) => Happening::Ended {
                playbook,
                run,
                outcome: in_words(&outcome),
            },
            Err(problem) => Happening::Trouble { problem },
        });
    }
}

fn in_words(outcome: &RunOutcome) -> String {
    match outcome {
        RunOutcome::Done => "is done".to_owned(),
        RunOutcome::Stopped(reason) => format!("stopped: {reason}"),
        RunOutcome::Failed(failure) => format!("failed: {}", failure.message),
        RunOutcome::Cancelled => "was cancelled".to_owned(),
        RunOutcome::Waiting(waits) => {
            let reasons: Vec<_> = waits.iter().map(|wait| wait.reason.as_str()).collect();
            format!("waits: {}", reasons.join(" "))
        }
    }
}
