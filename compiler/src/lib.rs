//! Syntax + catalogue → diagnostics and a plan.
//!
//! Kept true here: pure functions over a snapshot; no I/O, no clock, no panics on input.
//! Must not know: the runtime, files, the network, or how a terminal looks.

pub mod catalogue;
pub mod project;
