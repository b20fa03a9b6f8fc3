//! A plan + a journal → durable runs.
//!
//! Three layers: [`kernel`] is the pure reducer, [`journal`] remembers, [`driver`] does. Must not know:
//! what a step does, HTTP, the compiler.

pub mod journal;
pub mod kernel;
pub mod runner;

pub use runner::{FailureKind, Report, StepCall, StepOutcome, StepRunner};
