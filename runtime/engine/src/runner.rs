//! What the engine needs from those who do the work. The engine owns this trait; data, models and
//! tools stand behind it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sophia_diagnostics::Problem;
use sophia_plan::{Plan, Scope, Step, Value};

use crate::driver::RunDetail;

/// One attempt at one step.
#[derive(Clone, Debug)]
pub struct StepCall {
    /// The run.
    pub run: Arc<str>,
    /// The step's path with its loop items: `for each customer[3]/advice`. Unique in the run.
    pub key: Arc<str>,
    /// The plan, for its definitions.
    pub plan: Arc<Plan>,
    /// The step. Its kind is always [`sophia_plan::StepKind::Work`].
    pub step: Arc<Step>,
    /// Everything the step's expressions may name.
    pub scope: Scope,
    /// From 1.
    pub attempt: u32,
    /// The same for every attempt at this step of this run; different for every other.
    pub idempotency_key: Arc<str>,
    /// The time the attempt may take.
    pub deadline: Option<Duration>,
    /// The instant that `now()` gives.
    pub now: jiff::Timestamp,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq)]
pub enum StepOutcome {
    /// It succeeded.
    Done {
        /// Its result.
        value: Value,
        /// What a person would want to know about it.
        report: Report,
    },
    /// It failed.
    Failed {
        /// What happened.
        problem: Problem,
        /// Whether trying again can help.
        kind: FailureKind,
        /// What is known about the attempt all the same.
        report: Report,
    },
}

/// Whether trying again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailureKind {
    /// It may succeed later.
    Transient,
    /// It will fail the same way.
    Permanent,
    /// An effect was sent and nobody knows whether it happened.
    Unknown,
}

/// What a person would want to know about an attempt. Kept with the run, shown by `sophia runs show`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Rows read, trained on, or given.
    pub rows: Option<u64>,
    /// Who answered a model call: the name of a model, or `otherwise`.
    pub answered_by: Option<String>,
    /// The line of the playbook's own answer, where that answered a model call.
    pub otherwise_line: Option<u32>,
    /// For a model call, every route that did not answer, and why: (route, reason).
    pub passed_over: Vec<(String, String)>,
    /// Tokens in and out.
    pub tokens: Option<(u64, u64)>,
    /// What it cost, in USD as decimal text.
    pub cost_usd: Option<String>,
    /// Whether a stand-in answered instead of the real system.
    pub stand_in: bool,
    /// One more fact in words: `AUC 0.836, accepted ≥ 0.80`, `#cs-alerts`.
    pub note: Option<String>,
    /// How long it took, in microseconds.
    pub micros: u64,
}

/// Does the work of steps.
#[async_trait]
pub trait StepRunner: Send + Sync + 'static {
    /// Makes one attempt. Dropping the future cancels it.
    async fn run(&self, call: StepCall) -> StepOutcome;

    /// A run is taken up that had begun before, in this process or an earlier one.
    fn takes_up(&self, _: &RunDetail) {}

    /// Whether this step may simply run again after a crash inside it: a read always, an effect only
    /// where the other side honours idempotency keys.
    fn repeatable(&self, call: &StepCall) -> bool;
}
