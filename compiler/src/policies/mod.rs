//! Policies: rules that every playbook keeps, proved over their plans.
//!
//! Kept true here: a rule is read once, where it stands; it is judged over what is known of the plans; a rule that
//! is broken is told where it is broken, with a way that breaks it.

mod judge;
mod kinds;
mod rule;

pub(crate) use judge::{Analysed, Heard, hear, standings};
pub use judge::{Standing, Verdict};
pub(crate) use rule::Rule;
