//! A plan + a journal → durable runs.
//!
//! Three layers: [`kernel`] is the pure reducer, [`journal`] remembers, [`driver`] does. Must not know:
//! what a step does, HTTP, the compiler.

pub mod driver;
pub mod journal;
pub mod kernel;
pub mod runner;

pub use driver::{
    Clock, Engine, Items, Progress, Reader, Rounds, RunDetail, RunOutcome, RunRequest,
    SkippingClock, StepDetail, StepState, Store, Submitted, SystemClock, Wait,
};
pub use journal::{Commits, Cursor, Delivery, RunFilter, RunId, RunStatus, RunSummary};
pub use kernel::{Decision, Failure, Happening, Notice, StepEnd};
pub use runner::{FailureKind, Report, StepCall, StepOutcome, StepRunner};
