//! The attempts that a run makes: each with its deadline, kept from harming the engine.
//!
//! Kept true here: letting an attempt go cancels it, and nothing is heard of it any more; attempts of one run
//! never wait for each other.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;

use sophia_diagnostics::{Problem, codes};
use sophia_plan::StepKind;
use tokio::task::{AbortHandle, JoinSet};

use super::here::begun_here;
use crate::runner::{FailureKind, Report, StepCall, StepOutcome, StepRunner};

/// The attempts of one run that are under way, each on a task of its own.
#[derive(Default)]
pub(super) struct Attempts {
    tasks: JoinSet<Ended>,
    aborts: HashMap<Arc<str>, AbortHandle>,
    /// Those that ended without a task.
    ended: VecDeque<Ended>,
}

impl Attempts {
    pub(super) fn is_empty(&self) -> bool {
        self.tasks.is_empty() && self.ended.is_empty()
    }

    /// Makes an attempt.
    pub(super) fn make(&mut self, runner: Arc<dyn StepRunner>, call: StepCall) {
        let key = call.key.clone();
        let abort = self.tasks.spawn(made(runner, call));
        self.aborts.insert(key, abort);
    }

    /// Makes an attempt of a run that has nothing else to do: what it does before it waits for something is done
    /// here. So one that waits for nothing needs no task, and the run no other thread.
    pub(super) fn make_alone(&mut self, runner: Arc<dyn StepRunner>, call: StepCall) {
        let key = call.key.clone();
        match begun_here(made(runner, call)) {
            Ok(ended) => self.ended.push_back(ended),
            Err(attempt) => {
                let abort = self.tasks.spawn(attempt);
                self.aborts.insert(key, abort);
            }
        }
    }

    /// The next attempt that is over; nothing where it was let go.
    pub(super) async fn next(&mut self) -> Option<Ended> {
        if let Some(ended) = self.ended.pop_front() {
            return Some(ended);
        }
        let ended = self.tasks.join_next().await?.ok()?;
        self.aborts.remove(&ended.key);
        Some(ended)
    }

    /// Lets the attempt at a step go.
    pub(super) fn let_go(&mut self, key: &str) {
        if let Some(abort) = self.aborts.remove(key) {
            abort.abort();
        }
        self.ended.retain(|ended| *ended.key != *key);
    }

    /// Lets all of them go.
    pub(super) fn let_all_go(&mut self) {
        self.tasks.abort_all();
        self.ended.clear();
    }
}

/// An attempt that ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) key: Arc<str>,
    pub(super) attempt: u32,
    pub(super) outcome: StepOutcome,
}

/// Makes one attempt. Dropping it cancels the attempt.
async fn made(runner: Arc<dyn StepRunner>, call: StepCall) -> Ended {
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
            .with_help("this is a mistake in Sophia; please report it with the playbook's step");
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
