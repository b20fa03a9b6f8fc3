//! Which steps a run can reach, on which ways, and what is known of values on each of them.
//!
//! Kept true here: what is said to be impossible is impossible; a way that is drawn may still be one
//! that no run takes, because only constants, ranges and comparisons are looked at.

mod condition;
mod domain;
mod flow;
mod names;
mod node;
mod report;
mod rows;
mod states;

pub(crate) use condition::{Condition, Knowledge, Term};
pub(crate) use domain::Sure;
pub(crate) use flow::Flow;
pub(crate) use names::Names;
pub(crate) use node::{Effect, Node, NodeKind};
pub(crate) use report::diagnostics;
pub(crate) use states::{States, states};
