//! What a run can cost at most: rows × calls × tokens × price, and how often each effect can happen.
//!
//! Kept true here: a bound is never below what a run can do; where nothing bounds it, it stays a product
//! of sizes with names, and the loop that lacks a bound is remembered.

mod call;
mod circle;
mod count;
mod effect;
mod envelope;
mod keys;
mod money;
mod month;
mod polynomial;
mod report;
mod size;
mod tokens;
mod total;

pub use call::CallCost;
pub use envelope::Beyond;
pub use money::{about, at_most, grouped};
pub use polynomial::Polynomial;
pub use total::{EffectTotal, ModelTotal, Totals};

pub(crate) use circle::{Circle, Running, Runs, in_order, runs};
pub(crate) use count::{Cost, OpenLoop};
pub(crate) use effect::effect_name;
pub(crate) use envelope::{Envelope, Envelopes, Spent};
pub(crate) use month::runs as runs_a_month;
pub(crate) use report::diagnostics;
