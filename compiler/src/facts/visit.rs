//! What an analysis of a plan is made of: it is told each step once, in the order of the plan.
//!
//! Kept true here: only the one pass walks a plan; an analysis hears of it.

use sophia_plan::step::Step;

/// An analysis that takes part in the one pass.
pub(crate) trait Visit {
    /// A step begins.
    fn begin_step(&mut self, step: &Step);

    /// One of its blocks begins: `block` counts as in `Step::blocks`.
    fn begin_block(&mut self, step: &Step, block: usize);

    /// The block has ended.
    fn end_block(&mut self, step: &Step, block: usize);

    /// The step has ended, its blocks included.
    fn end_step(&mut self, step: &Step);

    /// What follows runs after a failure anywhere before.
    fn begin_failure(&mut self) {}
}
