//! One attempt, with its deadline, kept from harming the engine.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;

use sophia_diagnostics::{Problem, codes};
use sophia_plan::StepKind;
use tokio::task::{AbortHandle, JoinSet};

use crate::runner::{FailureKind, Report, StepCall, StepOutcome, StepRunner};

/// An attempt that ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) key: Arc<str>,
    pub(super) attempt: u32,
    pub(super) outcome: StepOutcome,
}

/// Makes an attempt on a task of its own. Aborting it cancels the attempt.
pub(super) fn spawn(
    attempts: &mut JoinSet<Ended>,
    runner: Arc<dyn StepRunner>,
    call: StepCall,
) -> AbortHandle {
    attempts.spawn(async move {
        let (key, attempt, step) = (call.key.clone(), call.attempt, call.step.clone());
        let deadline = call.deadline;
        let run = async move {
            let run = runner.run(call);
            match deadline {
                Some(deadline) => tokio::time::timeout(deadline, run).await.ok(),
                None => Some(run.await),
            }
        };
        let effect = matches!(&step.kind, StepKind::Work(work) if work.is_effect());
        let outcome = match unless_it_panics(run).await {
            Some(Some(outcome)) => outcome,
            Some(None) => {
                let took = deadline.unwrap_or_default();
                let problem = Problem::new(
                    codes::S965,
                    format!("`{}` took longer than its timeout of {took:?}.", step.label),
                );
                cut_off(
                    problem,
                    if effect {
                        FailureKind::Unknown
                    } else {
                        FailureKind::Transient
                    },
                )
            }
            None => {
                let problem = Problem::new(
                    codes::S965,
                    format!("The program broke off while it did `{}`.", step.label),
                )
                .with_help(
                    "this is a mistake in Sophia; please report it with the playbook's step",
                );
                cut_off(
                    problem,
                    if effect {
                        FailureKind::Unknown
                    } else {
                        FailureKind::Permanent
                    },
                )
            }
        };
        Ended {
            key,
            attempt,
            outcome,
        }
    })
}

/// What a future gives, or nothing where it panics, which is an outcome like any other.
async fn unless_it_panics<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = std::pin::pin!(work);
    // It is not polled again once it has panicked, so nobody sees what it left half done.
    std::future::poll_fn(move |context| {
        match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
            Ok(polled) => polled.map(Some),
            Err(_) => Poll::Ready(None),
        }
    })
    .await
}

fn cut_off(problem: Problem, kind: FailureKind) -> StepOutcome {
    let problem = if kind == FailureKind::Unknown {
        problem.with_help("look at the other system: it may have happened all the same")
    } else {
        problem
    };
    StepOutcome::Failed {
        problem,
        kind,
        report: Report::default(),
    }
}
