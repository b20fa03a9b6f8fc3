//! What is known about a playbook before it runs.

pub mod cost;
pub(crate) mod reach;
pub(crate) mod visit;
