//! Syntax + catalogue → diagnostics and a plan.
//!
//! Kept true here: pure functions over a snapshot; no I/O, no clock, no panics on input.
//! Must not know: the runtime, files, the network, or how a terminal looks.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::panic,
        clippy::unreachable,
        clippy::todo,
        clippy::unimplemented
    )
)]

mod broken;
pub mod catalogue;
mod checker;
pub mod creation;
mod declared;
pub mod facts;
mod follow;
mod foresight;
pub mod found;
mod judged;
mod lower;
mod models;
mod names;
mod outlook;
mod places;
mod policies;
pub mod project;
mod queries;
pub mod query;
mod snapshot;
pub mod sources;
mod spread;
mod standard;
mod test_blocks;
mod tools;
mod types;
mod units;
mod workspace;
mod zones;

pub use outlook::{EffectOutlook, Outlook, PlanLine, PlanMark, PlanSection, PlanSheet, Share};
pub use policies::{Standing, Verdict};
pub use snapshot::{Checked, Playbook, Snapshot, SourceFile};
pub use standard::names as standard_modules;
pub use tools::{changes_world, sampled_type, stated_type};
pub use workspace::{Early, Workspace, check};
