//! Wires the rooms together: a project folder becomes a snapshot for the checker, an environment
//! becomes live adapters, a plan becomes a run.
//!
//! Must not know: the insides of any room, or how a terminal looks.

pub mod control;
pub mod environment;
pub mod http;
pub mod inputs;
mod lexical;
pub mod project;
pub mod retention;
pub mod run;
pub mod scaffold;
pub mod serve;
pub mod sheet;
pub mod stand_in;
pub mod steps;
pub mod sync;
pub mod testing;
