//! A plan + a journal → durable runs.
//!
//! Must not know: what a step does, HTTP, the compiler.

pub mod runner;

pub use runner::{FailureKind, Report, StepCall, StepOutcome, StepRunner};
