//! Lowering: checked statements become steps of a plan, with the edges between them.
//!
//! Kept true here: the same playbook gives the same plan; a step's name rests on its own words and on
//! the blocks around it, so that an edit elsewhere leaves it alone.

mod asking;
mod attempted;
mod block;
mod body;
mod calling;
mod choosing;
mod flow;
mod giving;
mod keeping;
mod mentions;
mod naming;
mod needed;
mod numbering;
mod ordering;
mod pending;
mod playbook;
mod policy;
mod readings;
mod recorded;
mod repeating;
mod sources;
mod statement;
mod uses;
mod waiting;

pub(crate) use block::Building;
pub(crate) use body::{Bodies, Body};
pub(crate) use calling::changed;
pub(crate) use giving::{Returning, Yielding, returns};
pub(crate) use keeping::TableUse;
pub(crate) use pending::Pending;
pub(crate) use recorded::Recorded;
pub(crate) use sources::Touched;
pub(crate) use statement::Around;
pub(crate) use uses::Uses;

/// The first part of the names of the steps that run after a failure.
pub(crate) const ON_FAILURE: &str = "on failure";
